import {
  Activity,
  CalendarClock,
  FileCheck,
  HeartPulse,
  Inbox,
  KeyRound,
  LayoutDashboard,
  type LucideIcon,
  Play,
  Settings,
} from "lucide-react";
import type { Scope } from "../api/me";
import type { Words } from "../i18n/words";

export interface Destination {
  to:
    | "/"
    | "/schedules"
    | "/runs"
    | "/audits"
    | "/inbox"
    | "/activity"
    | "/health"
    | "/settings"
    | "/tokens";
  word: keyof Words["nav"];
  icon: LucideIcon;
  /** The key that leads there after `g`. */
  key: string;
  scope?: Scope;
  /** Whether it is in the bar of a narrow screen, where there is room for four. */
  isFirst?: boolean;
}

export const DESTINATIONS: readonly Destination[] = [
  { to: "/", word: "overview", icon: LayoutDashboard, key: "o", isFirst: true },
  { to: "/schedules", word: "schedules", icon: CalendarClock, key: "s", isFirst: true },
  { to: "/runs", word: "runs", icon: Play, key: "r", isFirst: true },
  { to: "/audits", word: "audits", icon: FileCheck, key: "a" },
  { to: "/inbox", word: "inbox", icon: Inbox, key: "i", isFirst: true },
  { to: "/activity", word: "activity", icon: Activity, key: "c" },
  { to: "/health", word: "health", icon: HeartPulse, key: "h" },
  { to: "/settings", word: "settings", icon: Settings, key: "e" },
  { to: "/tokens", word: "tokens", icon: KeyRound, key: "t", scope: "admin" },
];
