import { createStore, useStore } from "../store";

const said = createStore("");

/** Have screen readers say something, once they have finished what they say. */
export function announce(text: string): void {
  // The same words again would be no change, and so not be said.
  said.set(said.get() === text ? `${text}\u00a0` : text);
}

export function LiveRegion() {
  return (
    <div role="status" aria-live="polite" className="unseen">
      {useStore(said)}
    </div>
  );
}
