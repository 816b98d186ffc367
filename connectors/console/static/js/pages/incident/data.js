// All that the page shows of one incident, kept in step with what the live list hears of it.

import { useCallback, useEffect, useRef, useState } from "../../../vendor/preact/htm-preact.js";
import { isOpen } from "../../core/live.js";
import { useStore } from "../../core/store.js";

const BEHIND_MS = 400;
const BEHIND_TRIES = 12;
const STANDING_MS = 15_000; // a silence that begins changes no incident

const NOTHING = { incident: null, error: null, standing: null, why: null, evidence: null, answers: null, merged: null, failed: {} };

/** Address of an incident, or of a part of it. */
export function address(id, part = "") {
  return `/v1/incidents/${encodeURIComponent(id)}${part && `/${part}`}`;
}

/**
 * {incident, error, standing, why, evidence, answers, merged, failed: {part: ApiError}, reload(), take(incident)}.
 *
 * The incident itself and its standing are as of now. Story, evidence and answers come from the store, which is moments
 * behind: they are asked for until they are of the incident's version.
 */
export function useIncident(app, id) {
  const [state, setState] = useState({ id, ...NOTHING });
  const running = useRef(null);
  const version = useRef(0);
  const heard = useRef(-1); // the version in the live list that was last asked for
  const unit = useStore(app.session.who)?.unit;

  const load = useCallback(async () => {
    running.current?.abort();
    const ended = new AbortController();
    running.current = ended;
    const { signal } = ended;
    const put = (patch) => !signal.aborted && setState((old) => ({ ...(old.id === id ? old : { id, ...NOTHING }), ...patch }));
    const part = (name, asked) =>
      asked.then(
        (value) => !signal.aborted && setState((old) => ({ ...old, [name]: value, failed: { ...old.failed, [name]: null } })),
        (error) => !signal.aborted && setState((old) => ({ ...old, failed: { ...old.failed, [name]: error } })),
      );
    const get = (what, params) => app.api.get(address(id, what), params, { signal });
    let incident;
    try {
      incident = await get("");
    } catch (error) {
      put({ error });
      return;
    }
    if (incident.version < version.current) return; // an action has answered with a later one meanwhile
    version.current = incident.version;
    put({ incident, error: null });
    app.live.take(incident);
    part("standing", get("standing"));
    part("merged", app.api.get("/v1/incidents", { parent: id, status: "duplicate", limit: 100 }, { signal }).then((page) => page.incidents));
    if (unit) return; // handling units have the incident, not who reported it
    await part("why", upToDate(() => get("why"), incident.version, signal));
    if (signal.aborted) return;
    part("evidence", get("evidence").then((found) => found.evidence));
    part("answers", get("answers").then((found) => found.answers));
  }, [app, id, unit]);

  useEffect(() => {
    version.current = 0;
    heard.current = -1;
    load();
    return () => running.current?.abort();
  }, [load]);

  // What the live list knows of it: a later version, or that it is open no more.
  const listed = useStore(app.live.changed, () => app.live.incidents.get(id)?.version ?? 0);
  const here = state.id === id ? state.incident : null;
  useEffect(() => {
    if (!here) return;
    const news = listed ? listed > here.version : app.live.status.get().whole && isOpen(here);
    if (!news) return;
    // Lists and single incidents come to the gateway by two ways: what is asked for at once may still be of before.
    const timer = setTimeout(load, heard.current === listed ? BEHIND_MS : 0);
    heard.current = listed;
    return () => clearTimeout(timer);
  }, [listed, here]);

  useEffect(() => {
    const again = () => {
      if (document.hidden || !running.current) return;
      app.api.get(address(id, "standing"), {}, { signal: running.current.signal }).then(
        (standing) => setState((old) => (old.id === id ? { ...old, standing } : old)),
        () => {}, // the band above the page tells of a gateway that is away
      );
    };
    const timer = setInterval(again, STANDING_MS);
    return () => clearInterval(timer);
  }, [app, id]);

  const take = (incident) => {
    if (incident.version < version.current) return;
    version.current = incident.version;
    app.live.take(incident);
    setState((old) => ({ ...old, incident }));
    load();
  };
  return { ...(state.id === id ? state : { id, ...NOTHING }), reload: load, take };
}

/** What the store says, as soon as it is of a version; at last whatever it has. */
async function upToDate(get, version, signal) {
  for (let tries = 0; ; tries += 1) {
    try {
      const found = await get();
      if (found.version >= version || tries >= BEHIND_TRIES) return found;
    } catch (error) {
      if (signal.aborted || error.status !== 404 || tries >= BEHIND_TRIES) throw error;
    }
    await new Promise((done) => setTimeout(done, BEHIND_MS));
    if (signal.aborted) throw new DOMException("ended", "AbortError");
  }
}
