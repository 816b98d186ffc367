// What is asked for again and again while a page is open.

import { useEffect, useState } from "../../vendor/preact/htm-preact.js";

/**
 * Ask now and after each pause, but not while nobody looks; what was there stays on screen when an answer does not come.
 *
 * @param app the console
 * @param get asks, given a signal that ends it
 * @param pausing gives, at each new beginning, what tells the next pause in milliseconds
 * @param deps begin anew when one of them changes
 * @returns {value: of the newest answer (null: none yet), error: of the newest attempt, at: when the answer came (ms)}
 */
export function useRepeated(app, get, pausing, deps) {
  const [state, setState] = useState({ value: null, error: null, at: 0 });
  useEffect(() => {
    const ended = new AbortController();
    const pause = pausing();
    let timer = 0;
    async function look() {
      if (!document.hidden) {
        try {
          const value = await get(ended.signal);
          if (!ended.signal.aborted) setState({ value, error: null, at: app.now() });
        } catch (error) {
          if (!ended.signal.aborted) setState((old) => ({ ...old, error }));
        }
      }
      if (!ended.signal.aborted) timer = setTimeout(look, pause());
    }
    look();
    return () => {
      ended.abort();
      clearTimeout(timer);
    };
  }, deps);
  return state;
}
