import { useSyncExternalStore } from "react";

/** A value that components follow and anybody may set. */
export interface Store<T> {
  get(): T;
  set(value: T): void;
  subscribe(listener: () => void): () => void;
}

export function createStore<T>(initial: T, kept?: (value: T) => void): Store<T> {
  let current = initial;
  const listeners = new Set<() => void>();
  return {
    get: () => current,
    set(value) {
      if (Object.is(value, current)) return;
      current = value;
      kept?.(value);
      for (const listener of listeners) listener();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

export function useStore<T>(store: Store<T>): T {
  return useSyncExternalStore(store.subscribe, store.get);
}

/** A store that outlives the tab, under a key of the browser's storage; null where it holds none. */
export function createKeptStore<T>(key: string, initial: T, storage: Storage): Store<T> {
  const text = read(storage, key);
  let value = initial;
  if (text !== null) {
    try {
      value = isPlainObject(initial) ? { ...initial, ...JSON.parse(text) } : JSON.parse(text);
    } catch {
      value = initial;
    }
  }
  return createStore(value, (now) => write(storage, key, now));
}

function isPlainObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function read(storage: Storage, key: string): string | null {
  try {
    return storage.getItem(key);
  } catch {
    return null;
  }
}

function write(storage: Storage, key: string, value: unknown): void {
  try {
    if (value === null) storage.removeItem(key);
    else storage.setItem(key, JSON.stringify(value));
  } catch {
    // A browser that keeps nothing is no reason to stop.
  }
}
