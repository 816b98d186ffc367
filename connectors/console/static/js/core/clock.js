// The time as the gateway has it: a wall screen's own clock may be wrong, and ages and deadlines must not be.

import { useEffect, useState } from "../../vendor/preact/htm-preact.js";

/** `now()` in ms since 1970; `heard(ms)` takes the Date of an answer. */
export function createClock() {
  let ahead = 0;
  let known = false;
  return {
    now: () => Date.now() + ahead,
    heard(serverMs) {
      // A Date header names the second that has begun: half a second is its mean error.
      const seen = serverMs + 500 - Date.now();
      if (!known || Math.abs(seen - ahead) > 1500) ahead = Math.abs(seen) > 1500 ? seen : 0;
      known = true;
    },
    /** How far this machine's clock is behind the gateway's, ms; 0 where they agree. */
    behind: () => ahead,
  };
}

let ticking = 0;
const followers = new Set();

function tick() {
  for (const follower of [...followers]) follower();
}

/** Draw a component anew every second (or every `everyS` seconds) while it is seen. */
export function useTick(everyS = 1) {
  const [, redraw] = useState(0);
  useEffect(() => {
    let count = 0;
    const follower = () => {
      count += 1;
      if (!document.hidden && count % everyS === 0) redraw((n) => n + 1);
    };
    const shown = () => !document.hidden && redraw((n) => n + 1);
    followers.add(follower);
    document.addEventListener("visibilitychange", shown);
    if (!ticking) ticking = setInterval(tick, 1000);
    return () => {
      followers.delete(follower);
      document.removeEventListener("visibilitychange", shown);
      if (!followers.size) {
        clearInterval(ticking);
        ticking = 0;
      }
    };
  }, [everyS]);
}
