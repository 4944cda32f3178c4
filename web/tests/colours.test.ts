import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

/** The states that stand side by side on the timeline. Shapes and words tell all of them apart besides. */
const SIDE_BY_SIDE = ["succeeded", "running", "queued", "failed", "skipped", "forecast"] as const;
const LEAST_CONTRAST = 4.5;
const LEAST_DIFFERENCE = 10;
const MACHADO_DEUTERANOPIA = [
  [0.367322, 0.860646, -0.227968],
  [0.280085, 0.672501, 0.047413],
  [-0.01182, 0.04294, 0.968881],
] as const;

type Rgb = [number, number, number];

const states = colours(readFileSync("src/states/states.css", "utf8"));
const base = colours(readFileSync("src/styles/base.css", "utf8"));

function colours(css: string): Map<string, [string, string]> {
  const found = css.matchAll(/--([\w-]+):\s*light-dark\((#\w{6}),\s*(#\w{6})\)/g);
  return new Map(
    Array.from(found, ([, name = "", light = "", dark = ""]) => [name, [light, dark]]),
  );
}

function colourOf(map: Map<string, [string, string]>, name: string, theme: 0 | 1): string {
  const pair = map.get(name);
  if (!pair) throw new Error(`there is no colour ${name}`);
  return pair[theme];
}

/** Linear light, 0 to 1. */
function linear(hex: string): Rgb {
  const channel = (at: number) => {
    const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  };
  return [channel(1), channel(3), channel(5)];
}

function luminance([red, green, blue]: Rgb): number {
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [low = 0, high = 0] = [luminance(linear(one)), luminance(linear(other))].sort();
  return (high + 0.05) / (low + 0.05);
}

function withoutGreen(rgb: Rgb): Rgb {
  const row = (weights: readonly number[]) =>
    weights.reduce((sum, weight, at) => sum + weight * (rgb[at] ?? 0), 0);
  const [red, green, blue] = MACHADO_DEUTERANOPIA;
  return [row(red), row(green), row(blue)];
}

function lab([red, green, blue]: Rgb): Rgb {
  const f = (t: number) => (t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116);
  const x = f((0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.9505);
  const y = f(0.2126 * red + 0.7152 * green + 0.0722 * blue);
  const z = f((0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.089);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

function difference(one: Rgb, other: Rgb): number {
  const [a, b] = [lab(one), lab(other)];
  return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

describe.each([
  ["light", 0],
  ["dark", 1],
] as const)("the %s theme", (_name, theme) => {
  test.each([...states.keys()])("words in the colour of %s can be read", (name) => {
    const colour = colourOf(states, name, theme);
    for (const ground of ["surface", "ground", "raised"]) {
      expect(contrast(colour, colourOf(base, ground, theme))).toBeGreaterThanOrEqual(
        LEAST_CONTRAST,
      );
    }
  });

  test("states are told apart, by colour-blind eyes too", () => {
    for (const one of SIDE_BY_SIDE) {
      for (const other of SIDE_BY_SIDE) {
        if (one >= other) continue;
        const [a, b] = [one, other].map((name) => linear(colourOf(states, name, theme))) as [
          Rgb,
          Rgb,
        ];
        expect(difference(a, b), `${one} and ${other}`).toBeGreaterThan(LEAST_DIFFERENCE);
        expect(
          difference(withoutGreen(a), withoutGreen(b)),
          `${one} and ${other} without green`,
        ).toBeGreaterThan(LEAST_DIFFERENCE);
      }
    }
  });
});
