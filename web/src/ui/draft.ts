import { useEffect, useState } from "react";

const PREFIX = "baton.draft.";

export function readDraft<T>(key: string): T | null {
  try {
    const text = sessionStorage.getItem(PREFIX + key);
    return text === null ? null : (JSON.parse(text) as T);
  } catch {
    return null;
  }
}

export function dropDraft(key: string): void {
  sessionStorage.removeItem(PREFIX + key);
}

/** What somebody is writing: kept as they write, over reloads, sign-ins and deployments, until it is dropped. */
export function useDraft<T>(key: string, initial: T): [T, (value: T) => void, () => void, boolean] {
  const [value, setValue] = useState<T>(() => readDraft<T>(key) ?? initial);
  const [isTouched, setTouched] = useState(() => readDraft<T>(key) !== null);
  useEffect(() => {
    if (!isTouched) return;
    try {
      sessionStorage.setItem(PREFIX + key, JSON.stringify(value));
    } catch {
      // What is on the screen stays there all the same.
    }
  }, [key, value, isTouched]);
  const change = (now: T) => {
    setTouched(true);
    setValue(now);
  };
  const drop = () => {
    dropDraft(key);
    setTouched(false);
  };
  return [value, change, drop, isTouched];
}
