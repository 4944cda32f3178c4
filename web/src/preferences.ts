import { createKeptStore, useStore } from "./store";

export type Theme = "system" | "light" | "dark";
export type ZoneMode = "mine" | "utc" | "schedule";
export type Language = "en" | "de";

/** What a reader chose about how the page looks; kept in this browser. */
export interface Preferences {
  theme: Theme;
  zone: ZoneMode;
  language: Language;
  /** Whether single keys are shortcuts. Assistive tools may have them for themselves. */
  shortcuts: boolean;
}

const spoken: Language = navigator.language.toLowerCase().startsWith("de") ? "de" : "en";

export const preferences = createKeptStore<Preferences>(
  "baton.preferences",
  { theme: "system", zone: "mine", language: spoken, shortcuts: true },
  localStorage,
);

export function usePreferences(): Preferences {
  return useStore(preferences);
}

export function prefer(changes: Partial<Preferences>): void {
  preferences.set({ ...preferences.get(), ...changes });
}

/** Have the document follow what is preferred. */
export function applyPreferences(): void {
  const apply = () => {
    const { theme, language } = preferences.get();
    document.documentElement.dataset.theme = theme;
    document.documentElement.lang = language;
  };
  apply();
  preferences.subscribe(apply);
}

/** Be told when the reader chooses another language. */
export function onLanguageChange(listener: () => void): void {
  let before = preferences.get().language;
  preferences.subscribe(() => {
    const { language } = preferences.get();
    if (language === before) return;
    before = language;
    listener();
  });
}
