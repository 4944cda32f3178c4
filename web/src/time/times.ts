import { useMemo } from "react";
import { type Language, usePreferences, type ZoneMode } from "../preferences";
import { MINE, offsetMs } from "./zones";

export type Instant = string | number | Date;

const LOCALES: Record<Language, string> = { en: "en-GB", de: "de-DE" };

/** Every time that the page shows is written here, so axis, table and card cannot disagree. */
export class Times {
  constructor(
    readonly language: Language,
    readonly mode: ZoneMode,
    private readonly mine: string = MINE,
  ) {}

  get locale(): string {
    return LOCALES[this.language];
  }

  /** The zone that is shown; `ofSchedule` is that of the schedule in question, if there is one. */
  zone(ofSchedule?: string | null): string {
    if (this.mode === "utc") return "UTC";
    if (this.mode === "schedule" && ofSchedule) return ofSchedule;
    return this.mine;
  }

  /** 13:20 */
  clock(at: Instant, ofSchedule?: string | null): string {
    return this.format(at, ofSchedule, { hour: "2-digit", minute: "2-digit" });
  }

  /** 13:20:05 */
  seconds(at: Instant, ofSchedule?: string | null): string {
    return this.format(at, ofSchedule, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  }

  /** 13:20 today, else with its day: Tue 24 Nov, 13:20; with its year if that is another. */
  short(at: Instant, ofSchedule?: string | null, now: number = Date.now()): string {
    const day = this.day(at, ofSchedule);
    const clock = this.clock(at, ofSchedule);
    return day === this.day(now, ofSchedule)
      ? clock
      : `${this.dayName(at, ofSchedule, now)}, ${clock}`;
  }

  /** Tue 24 Nov */
  dayName(at: Instant, ofSchedule?: string | null, now: number = Date.now()): string {
    const isOtherYear = year(at, this.zone(ofSchedule)) !== year(now, this.zone(ofSchedule));
    return this.format(at, ofSchedule, {
      weekday: "short",
      day: "numeric",
      month: "short",
      ...(isOtherYear && { year: "numeric" }),
    });
  }

  /** The whole of it, with its zone: 24 Nov 2026, 13:20:05 CET. */
  full(at: Instant, zone: string = this.zone()): string {
    return new Intl.DateTimeFormat(this.locale, {
      timeZone: zone,
      dateStyle: "medium",
      timeStyle: "medium",
    })
      .format(dateOf(at))
      .concat(` ${this.zoneName(at, zone)}`);
  }

  /** What a zone is called at an instant: CET, UTC, GMT+5:30. */
  zoneName(at: Instant, zone: string = this.zone()): string {
    const parts = new Intl.DateTimeFormat(this.locale, {
      timeZone: zone,
      timeZoneName: "short",
    }).formatToParts(dateOf(at));
    return parts.find((part) => part.type === "timeZoneName")?.value ?? zone;
  }

  /** One instant in the reader's zone, in UTC and in the schedule's, each once. */
  everywhere(at: Instant, ofSchedule?: string | null): string[] {
    const zones = new Set([this.mine, "UTC", ...(ofSchedule ? [ofSchedule] : [])]);
    return Array.from(zones, (zone) => `${this.full(at, zone)} (${zone})`);
  }

  number(value: number, digits = 0): string {
    return value.toLocaleString(this.locale, { maximumFractionDigits: digits });
  }

  private day(at: Instant, ofSchedule?: string | null): number {
    const ms = dateOf(at).getTime();
    return Math.floor((ms + offsetMs(ms, this.zone(ofSchedule))) / 86_400_000);
  }

  private format(
    at: Instant,
    ofSchedule: string | null | undefined,
    options: Intl.DateTimeFormatOptions,
  ): string {
    return new Intl.DateTimeFormat(this.locale, {
      timeZone: this.zone(ofSchedule),
      hourCycle: "h23",
      ...options,
    }).format(dateOf(at));
  }
}

export function dateOf(at: Instant): Date {
  return at instanceof Date ? at : new Date(at);
}

export function msOf(at: Instant): number {
  return dateOf(at).getTime();
}

function year(at: Instant, zone: string): number {
  const ms = msOf(at);
  return new Date(ms + offsetMs(ms, zone)).getUTCFullYear();
}

/** A length of time in at most two units: 45 s, 4 m 12 s, 2 h 5 m, 3 d 4 h; below a second in ms. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.max(0, Math.round(ms))} ms`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return joined(minutes, "m", seconds % 60, "s");
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return joined(hours, "h", minutes % 60, "m");
  return joined(Math.floor(hours / 24), "d", hours % 24, "h");
}

/** The same in one unit, for where it is a guess. */
export function about(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 60) return `${Math.max(1, Math.round(seconds))} s`;
  if (seconds < 3600) return `${Math.round(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.round(seconds / 360) / 10} h`;
  return `${Math.round(seconds / 8640) / 10} d`;
}

function joined(large: number, unit: string, small: number, smallUnit: string): string {
  return small ? `${large} ${unit} ${small} ${smallUnit}` : `${large} ${unit}`;
}

export function useTimes(): Times {
  const { language, zone } = usePreferences();
  return useMemo(() => new Times(language, zone), [language, zone]);
}
