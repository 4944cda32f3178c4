// How much JavaScript the dashboard may weigh, compressed as a browser gets it. Run after the build.
import { readdirSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const KIB = 1024;
const FIRST_VIEW = 200 * KIB;
const EVERYTHING = 400 * KIB;

const page = readFileSync("dist/index.html", "utf8");
const sizes = readdirSync("dist/assets")
  .filter((name) => name.endsWith(".js"))
  .map((name) => [name, gzipSync(readFileSync(`dist/assets/${name}`), { level: 6 }).length])
  .sort(([, one], [, other]) => other - one);
const total = (files) => files.reduce((sum, [, bytes]) => sum + bytes, 0);
const shown = (bytes) => `${(bytes / KIB).toFixed(1).padStart(7)} KiB`;

// What the page names itself, and the overview that it opens with.
const first = sizes.filter(([name]) => page.includes(name) || name.startsWith("OverviewPage"));
for (const [name, bytes] of sizes) console.log(shown(bytes), name);
console.log(shown(total(first)), `first view (at most ${FIRST_VIEW / KIB} KiB)`);
console.log(shown(total(sizes)), `everything (at most ${EVERYTHING / KIB} KiB)`);
if (total(first) > FIRST_VIEW || total(sizes) > EVERYTHING) {
  console.error("The dashboard is over its budget: load less, or load it later.");
  process.exit(1);
}
