import { useNavigate } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { paused } from "../api/pace";
import { preferences } from "../preferences";
import { isTyping } from "../ui/focus";
import { DESTINATIONS } from "./navigation";

const CHORD_MS = 1_200;

/** The keys that work on every page. Single ones can be switched off; the palette's key always works. */
export function useShortcuts({ onPalette, onHelp }: { onPalette: () => void; onHelp: () => void }) {
  const navigate = useNavigate();
  const openers = useRef({ onPalette, onHelp });
  openers.current = { onPalette, onHelp };
  useEffect(() => {
    let goneAt = 0;
    const onKey = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() === "k" && (event.metaKey || event.ctrlKey)) {
        event.preventDefault();
        return openers.current.onPalette();
      }
      if (!isFree(event)) return;
      const isChord = Date.now() - goneAt < CHORD_MS;
      goneAt = 0;
      if (isChord) {
        const destination = DESTINATIONS.find(({ key }) => key === event.key);
        if (destination) return void navigate({ to: destination.to });
      }
      if (event.key === "g") goneAt = Date.now();
      else if (event.key === "?") openers.current.onHelp();
      else if (event.key === ".") paused.set(!paused.get());
      else if (event.key === "/") {
        const search = document.querySelector<HTMLElement>("main [type=search]");
        if (search) {
          event.preventDefault();
          search.focus();
        } else openers.current.onPalette();
      }
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [navigate]);
}

/** Whether a key is meant as a shortcut: nobody writes, no dialog is open, and the reader wants shortcuts. */
export function isFree(event: KeyboardEvent): boolean {
  return (
    preferences.get().shortcuts &&
    !event.defaultPrevented &&
    !event.metaKey &&
    !event.ctrlKey &&
    !event.altKey &&
    !isTyping(event.target) &&
    document.querySelector("[role=dialog], [role=alertdialog], [role=menu]") === null
  );
}
