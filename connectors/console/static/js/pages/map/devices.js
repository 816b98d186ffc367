// How stations, sites and gates are now, asked for every half minute; what is shown says as of when.

import { useEffect, useState } from "../../../vendor/preact/htm-preact.js";

const EVERY_MS = 30_000;
const NOTHING = { stations: [], levels: [], sites: [], gates: [], at: 0, error: null };

/** {stations, levels, sites, gates, at: of the newest answer (ms, 0: none yet), error: of the newest attempt}. */
export function useDevices(app) {
  const [state, setState] = useState(NOTHING);
  useEffect(() => {
    const ended = new AbortController();
    const { signal } = ended;
    let timer = 0;
    async function look() {
      clearTimeout(timer);
      if (!document.hidden) {
        const get = (what) => app.api.get(`/v1/map/${what}`, {}, { signal });
        try {
          const [air, sites, gates] = await Promise.all([get("stations"), get("sites"), get("gates")]);
          if (signal.aborted) return;
          setState({ ...air, ...sites, ...gates, at: app.now(), error: null });
        } catch (error) {
          if (signal.aborted) return;
          setState((old) => ({ ...old, error }));
        }
      }
      timer = setTimeout(look, EVERY_MS);
    }
    const shown = () => !document.hidden && look();
    document.addEventListener("visibilitychange", shown);
    look();
    return () => {
      ended.abort();
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", shown);
    };
  }, []);
  return state;
}
