import { Link } from "@tanstack/react-router";
import { CircleUser, Languages, Moon, Pause, Play, Search, Sun } from "lucide-react";
import { lazy, Suspense } from "react";
import { paused, usePaused } from "../api/pace";
import { useWords } from "../i18n/words";
import { useOverview } from "../overview/queries";
import { type Language, prefer, usePreferences, type ZoneMode } from "../preferences";
import { Glyph } from "../states/states";
import { about } from "../time/times";
import { MINE } from "../time/zones";
import { useNow } from "../ui/time";

const Account = lazy(() => import("./Account"));

interface Props {
  onSearch: () => void;
  onHelp: () => void;
}

export function Header({ onSearch, onHelp }: Props) {
  const words = useWords();
  return (
    <header className="header">
      <SlotPill />
      <button type="button" className="search-button" onClick={onSearch}>
        <Search aria-hidden="true" />
        <span>{words.shell.search}</span>
        <kbd>{/mac/i.test(navigator.userAgent) ? "⌘K" : "Ctrl K"}</kbd>
      </button>
      <AsOf />
      <ZoneSelect />
      <LanguageSwitch />
      <ThemeSwitch />
      <Suspense
        fallback={
          <span className="icon-button">
            <CircleUser aria-hidden="true" />
          </span>
        }
      >
        <Account onHelp={onHelp} />
      </Suspense>
    </header>
  );
}

/** What holds the slot, and how many wait, on every page. */
function SlotPill() {
  const words = useWords();
  const { data } = useOverview();
  if (!data) return <span className="slot-pill is-empty" />;
  const holders = data.pools.flatMap((pool) => pool.holders);
  const waiting = data.pools.reduce((sum, pool) => sum + pool.waiting, 0);
  const first = holders[0];
  return (
    <Link to="/" className="slot-pill">
      <Glyph state={first ? "running" : "succeeded"} />
      <span className="slot-pill-name">
        {first ? (first.schedule_name ?? words.overview.otherTenant) : words.overview.slotFree}
      </span>
      {first?.progress && first.progress.total > 0 && (
        <span className="slot-pill-part">
          {Math.round((100 * first.progress.done) / first.progress.total)} %
        </span>
      )}
      {holders.length > 1 && <span className="slot-pill-part">+{holders.length - 1}</span>}
      {waiting > 0 && <span className="slot-pill-part">{words.overview.waitCount(waiting)}</span>}
    </Link>
  );
}

/** How old what is shown is, and whether it goes on being asked for. */
function AsOf() {
  const words = useWords();
  const isPaused = usePaused();
  const now = useNow();
  const { dataUpdatedAt } = useOverview();
  const age = Math.max(0, Math.min(now, Date.now()) - dataUpdatedAt);
  const label = isPaused ? words.shell.resumeUpdates : words.shell.pauseUpdates;
  return (
    <span className={isPaused ? "as-of is-paused" : "as-of"}>
      <span className="as-of-text">
        {isPaused ? words.shell.paused : dataUpdatedAt ? words.shell.asOf(about(age)) : ""}
      </span>
      <button
        type="button"
        className="icon-button"
        aria-label={label}
        title={`${label} ( . )`}
        onClick={() => paused.set(!isPaused)}
      >
        {isPaused ? <Play aria-hidden="true" /> : <Pause aria-hidden="true" />}
      </button>
    </span>
  );
}

function ZoneSelect() {
  const words = useWords();
  const { zone } = usePreferences();
  return (
    <select
      className="header-select is-wide-only"
      aria-label={words.shell.zone}
      value={zone}
      onChange={(event) => prefer({ zone: event.target.value as ZoneMode })}
    >
      <option value="mine">{words.shell.zones.mine(MINE)}</option>
      <option value="utc">UTC</option>
      <option value="schedule">{words.shell.zones.schedule}</option>
    </select>
  );
}

function LanguageSwitch() {
  const words = useWords();
  const { language } = usePreferences();
  const other: Language = language === "de" ? "en" : "de";
  return (
    <button
      type="button"
      className="icon-button with-text is-wide-only"
      aria-label={words.shell.otherLanguage}
      title={words.shell.otherLanguage}
      onClick={() => prefer({ language: other })}
    >
      <Languages aria-hidden="true" /> {other.toUpperCase()}
    </button>
  );
}

function ThemeSwitch() {
  const words = useWords();
  const { theme } = usePreferences();
  const isDark =
    theme === "dark" || (theme === "system" && matchMedia("(prefers-color-scheme: dark)").matches);
  const label = isDark ? words.shell.themes.light : words.shell.themes.dark;
  return (
    <button
      type="button"
      className="icon-button is-wide-only"
      aria-label={label}
      title={label}
      onClick={() => prefer({ theme: isDark ? "light" : "dark" })}
    >
      {isDark ? <Sun aria-hidden="true" /> : <Moon aria-hidden="true" />}
    </button>
  );
}
