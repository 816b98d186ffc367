// Months of figures, asked for one after the other, the newest first; months that are over are asked for once.

import { useEffect, useState } from "../../../vendor/preact/htm-preact.js";

/** Of a row: every centre, every unit. */
export const ALL = "*";
const over = new Map();

/** `2026-11` and the months before it, the newest first. */
export function monthsBefore(name, count) {
  const [year, month] = name.split("-").map(Number);
  return Array.from({ length: count }, (_, back) => {
    const at = new Date(Date.UTC(year, month - 1 - back, 1));
    return `${at.getUTCFullYear()}-${String(at.getUTCMonth() + 1).padStart(2, "0")}`;
  });
}

/** {months: of each name its figures, loading, error, again}; the running month is the first that is known. */
export function useMonths(app, count) {
  const [state, setState] = useState({ months: new Map(), names: [], loading: true, error: null });
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const ended = new AbortController();
    const { signal } = ended;
    async function load() {
      const months = new Map();
      const newest = await app.api.get("/v1/figures/monthly", {}, { signal });
      const names = monthsBefore(newest.month, count);
      months.set(newest.month, newest);
      setState({ months: new Map(months), names, loading: true, error: null });
      for (const name of names.slice(1)) {
        if (!over.has(name)) over.set(name, await app.api.get("/v1/figures/monthly", { month: name }, { signal }));
        months.set(name, over.get(name));
        setState({ months: new Map(months), names, loading: name !== names.at(-1), error: null });
      }
    }
    load().catch((error) => !signal.aborted && setState((old) => ({ ...old, loading: false, error })));
    return () => ended.abort();
  }, [turn]);
  return { ...state, again: () => setTurn((n) => n + 1) };
}

/** The row of a centre and unit in a month; undefined where it had nothing to do. */
export const rowOf = (month, centre, unit) => month?.rows.find((row) => row.centre === centre && row.unit === unit);
