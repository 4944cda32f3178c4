import { createContext, type ReactNode, useContext, useEffect, useState } from "react";
import { type Language, usePreferences } from "../preferences";
import { en, type Words } from "./en";

export type { Words } from "./en";

const Context = createContext<Words>(en);

export const useWords = (): Words => useContext(Context);

/** The catalogue of a language. English is always there; others are loaded when somebody reads them. */
export async function load(language: Language): Promise<Words> {
  return language === "de" ? (await import("./de")).de : en;
}

export function WordsProvider({ first, children }: { first: Words; children: ReactNode }) {
  const { language } = usePreferences();
  const [words, setWords] = useState(first);
  useEffect(() => {
    let current = true;
    void load(language).then((loaded) => current && setWords(loaded));
    return () => {
      current = false;
    };
  }, [language]);
  return <Context value={words}>{children}</Context>;
}
