// A value that components follow. Everything that lasts longer than one page lies in one of these.

import { useEffect, useState } from "../../vendor/preact/htm-preact.js";

/** Make a store. `set` takes a new value or a function of the old one; followers hear of another value only. */
export function store(initial) {
  let value = initial;
  const followers = new Set();
  return {
    get: () => value,
    set(next) {
      const changed = typeof next === "function" ? next(value) : next;
      if (Object.is(changed, value)) return;
      value = changed;
      for (const follower of [...followers]) follower(value);
    },
    subscribe(follower) {
      followers.add(follower);
      return () => followers.delete(follower);
    },
  };
}

/** A store's value in a component, or what `select` takes of it; drawn anew when that changes. */
export function useStore(of, select = (value) => value) {
  const [, redraw] = useState(0);
  const chosen = select(of.get());
  useEffect(() => {
    let last = select(of.get());
    if (!Object.is(last, chosen)) redraw((n) => n + 1);
    return of.subscribe((value) => {
      const next = select(value);
      if (Object.is(next, last)) return;
      last = next;
      redraw((n) => n + 1);
    });
  }, [of]);
  return chosen;
}

/** A store that this browser remembers; what cannot be read is as if it had never been. */
export function remembered(name, initial) {
  const key = `ioc.${name}`;
  let first = initial;
  try {
    const text = localStorage.getItem(key);
    if (text !== null) first = JSON.parse(text);
  } catch {
    // Private windows and full disks: the console works without a memory.
  }
  const kept = store(first);
  kept.subscribe((value) => {
    try {
      localStorage.setItem(key, JSON.stringify(value));
    } catch {
      // As above.
    }
  });
  return kept;
}
