// The one source of what is on screen: open incidents, alerts as they come, and how sure that is.
//
// A snapshot (GET /v1/incidents) gives what there is, the stream (GET /v1/stream) each alert, and a look at what has changed
// since (every three seconds) everything that makes no alert: an acknowledgement by somebody else, another unit, a deadline.
// An incident is replaced by a later version of itself only, an alert is known by its id: whatever comes twice changes nothing.

import { ApiError } from "./api.js";
import { store } from "./store.js";

/** Statuses in which an incident is on screen; closed, rejected and duplicate ones are not. */
export const OPEN = ["received", "needs_info", "routed", "accepted", "in_progress", "returned", "reopened", "resolved"];
/** Statuses in which somebody still has to do something about it. */
export const TO_DO = OPEN.filter((status) => status !== "resolved");
/** What a list needs of an incident; its page asks for all of it. */
export const FIELDS = [
  "incident_id", "commune", "centre", "centre_also", "unit", "category", "subcategory", "severity", "status", "title",
  "opened_at", "updated_at", "acknowledged_at", "acknowledged_by", "due_at", "overdue", "lat", "lon", "evidence_count",
  "reporters", "parent", "children_count", "version", "clock", "flapping", "returned_count", "confidence", "informed",
];

const PAGE = 500;
const LOOK_MS = 3_000;
const SOON_MS = 150; // what is asked for in the meantime is asked for once
const OVERLAP_MS = 15_000;
const LOOK_TIMEOUT_MS = 8_000;
const SILENT_MS = 25_000; // the stream says something every ten seconds
const WHOLE_MS = 15 * 60_000;
const STEADY_MS = 5_000; // a stream that lived so long was a good one
const RETRY_MS = [250, 1_000, 2_000, 4_000];
const KEPT_ALERTS = 500;
const KNOWN_ALERTS = 10_000;
const HYDRATED_A_SECOND = 4;
const DRAW_MS = 120;

/** Whether an incident is on screen at all. */
export const isOpen = (incident) => OPEN.includes(incident.status);
/** Whether it waits for somebody to say that they have seen it. */
export const isUnseen = (incident) => !incident.acknowledged_at && TO_DO.includes(incident.status);

export function createLive({ api, clock }) {
  const incidents = new Map();
  const alerts = [];
  const known = new Set();
  const closed = new Map(); // versions of what is no longer on screen: news of before must not bring it back
  const listeners = { alert: new Set(), gap: new Set() };
  const changed = store(0);
  /**
   * state: "idle" | "connecting" | "catching_up" | "connected" | "lost"; asOf: until when everything on screen is known to be
   * true (ms, gateway's clock; 0: nothing is there yet); since: when it was lost; loaded: incidents read of a snapshot;
   * whole: whether there was a whole snapshot; why: what is lost ("stream", "list"), error: its ApiError.
   */
  const status = store({ state: "idle", asOf: 0, since: 0, loaded: 0, whole: false, why: null, error: null });

  let run = null; // {ended: AbortController} while it is running
  let cursor = "";
  let newest = 0;
  let wholeAt = 0;
  let streamUp = false;
  let listUp = false;
  let streams = true;
  let drawing = 0;
  let drawnAt = -Infinity;
  let hydrated = { second: 0, count: 0 };
  let asked = false; // somebody wants a look at the list now
  let wake = null; // ends the pause between two looks
  let breakOff = null; // ends the stream that is open

  const tell = (patch) => status.set((old) => ({ ...old, ...patch }));

  function draw() {
    if (drawing) return;
    // The first of many at once; the others together, a moment later.
    drawing = setTimeout(() => {
      drawing = 0;
      drawnAt = performance.now();
      changed.set((n) => n + 1);
    }, Math.max(0, drawnAt + DRAW_MS - performance.now()));
  }

  /** Take an incident as the gateway tells it; an older version than the known one changes nothing. */
  function take(incident) {
    const id = incident.incident_id;
    const old = incidents.get(id);
    const at = Date.parse(incident.updated_at);
    if (at > newest) newest = at;
    if ((closed.get(id) ?? -1) >= incident.version) return;
    if (old && (old.version > incident.version || (old.version === incident.version && !old.provisional))) return;
    if (isOpen(incident)) incidents.set(id, incident);
    else incidents.delete(id);
    gone(id, incident);
    draw();
  }

  function gone(id, incident) {
    if (isOpen(incident)) closed.delete(id);
    else closed.set(id, incident.version);
    if (closed.size > 20_000) closed.delete(closed.keys().next().value);
  }

  function heard(alert) {
    if (known.has(alert.alert_id)) return;
    known.add(alert.alert_id);
    if (known.size > KNOWN_ALERTS) known.delete(known.values().next().value);
    alerts.unshift(alert);
    alerts.length = Math.min(alerts.length, KEPT_ALERTS);
    const id = alert.incident_id;
    const old = incidents.get(id);
    if ((closed.get(id) ?? -1) < alert.version && (!old || old.version < alert.version)) {
      const shown = {
        ...(old ?? { opened_at: alert.at, due_at: null, overdue: false, acknowledged_at: null, reporters: 0,
          children_count: 0, parent: null, centre_also: null }),
        incident_id: id, version: alert.version, centre: alert.centre, severity: alert.severity, category: alert.category,
        subcategory: alert.subcategory, unit: alert.unit ?? old?.unit ?? "", status: alert.status, commune: alert.commune, lat: alert.lat, lon: alert.lon,
        title: alert.title, evidence_count: alert.evidence_count, updated_at: alert.at, provisional: true,
      };
      if (isOpen(shown)) incidents.set(id, shown);
      hydrate(id);
    }
    for (const listener of listeners.alert) listener(alert);
    draw();
  }

  /** Get what an alert does not tell (the deadline); of many at once the next look at the list tells it, within seconds. */
  function hydrate(id) {
    const second = Math.floor(performance.now() / 1_000);
    if (hydrated.second !== second) hydrated = { second, count: 0 };
    if (!run || hydrated.count >= HYDRATED_A_SECOND) return;
    hydrated.count += 1;
    api.get(`/v1/incidents/${encodeURIComponent(id)}`, {}, { signal: run.ended.signal }).then(take, () => {}); // the look comes anyway
  }

  async function snapshot(signal) {
    const seen = new Set();
    const before = new Map([...incidents].map(([id, each]) => [id, each.version]));
    tell({ loaded: 0 });
    for await (const page of api.pages("/v1/incidents", { status: OPEN, limit: PAGE, fields: FIELDS }, { signal })) {
      for (const each of page.incidents) {
        seen.add(each.incident_id);
        take(each);
      }
      tell({ loaded: seen.size });
    }
    // What was on screen and is no longer listed was closed while nobody looked; what came meanwhile stays.
    for (const [id, version] of before) {
      if (!seen.has(id) && incidents.get(id)?.version === version && !incidents.get(id).provisional) incidents.delete(id);
    }
    wholeAt = clock.now();
    tell({ whole: true });
    draw();
  }

  async function look(signal) {
    const begun = clock.now();
    if (!status.get().whole || begun - wholeAt > WHOLE_MS) await snapshot(signal);
    // Not after now: one incident with a time ahead must not hide what changes until then.
    const since = new Date(Math.min(newest || begun, begun) - OVERLAP_MS).toISOString();
    const params = { since, limit: PAGE, fields: FIELDS };
    for await (const page of api.pages("/v1/incidents", params, { signal, timeoutMs: LOOK_TIMEOUT_MS })) page.incidents.forEach(take);
    listUp = true;
    // True as of the moment at which it was asked, not of the answer.
    if (streamUp || !streams) tell({ state: "connected", asOf: begun, since: 0, why: null, error: null });
    else tell({ asOf: begun });
  }

  function lost(why, error) {
    if (why === "stream") streamUp = false;
    else listUp = false;
    const old = status.get();
    tell({ state: old.asOf ? "lost" : "connecting", since: old.since || clock.now(), why, error: error ?? null });
  }

  function lookNow() {
    asked = true;
    wake?.();
  }

  async function follow(signal) {
    while (!signal.aborted) {
      asked = false;
      try {
        await look(signal);
      } catch (error) {
        if (signal.aborted) return;
        lost("list", error);
      }
      await new Promise((done) => {
        let timer = setTimeout(done, asked ? SOON_MS : LOOK_MS);
        wake = () => {
          clearTimeout(timer);
          timer = setTimeout(done, SOON_MS);
        };
        signal.addEventListener("abort", done, { once: true });
      });
      wake = null;
    }
  }

  async function listen(signal) {
    let failures = 0;
    while (!signal.aborted) {
      let openedAt = Infinity;
      try {
        await stream(signal, () => {
          openedAt = Date.now();
          streamUp = true;
          if (listUp) tell({ state: "catching_up" });
          lookNow();
        });
        lost("stream", null);
      } catch (error) {
        if (signal.aborted) return;
        if (error.status === 403) {
          streams = false; // a handling unit has no stream; looks at the list have to do
          return;
        }
        if (error.status === 400) cursor = "";
        lost("stream", error instanceof ApiError ? error : null);
      }
      if (Date.now() - openedAt > STEADY_MS) failures = 0;
      const pause = RETRY_MS[Math.min(failures++, RETRY_MS.length - 1)];
      await new Promise((done) => {
        const go = () => {
          clearTimeout(timer);
          removeEventListener("online", go);
          done();
        };
        const timer = setTimeout(go, pause);
        addEventListener("online", go);
        signal.addEventListener("abort", go, { once: true });
      });
    }
  }

  async function stream(signal, opened) {
    const ended = new AbortController();
    const stop = () => ended.abort();
    breakOff = stop;
    signal.addEventListener("abort", stop, { once: true });
    let timer = setTimeout(stop, SILENT_MS);
    const alive = () => {
      clearTimeout(timer);
      timer = setTimeout(stop, SILENT_MS);
    };
    try {
      const headers = { accept: "text/event-stream", ...(cursor ? { "last-event-id": cursor } : {}) };
      await api.raw("GET", "/v1/stream", { headers, signal: ended.signal, timeoutMs: 0 }, (answer) => {
        opened();
        return read(answer, alive);
      });
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", stop);
    }
  }

  /** Take in events until the stream ends. */
  async function read(answer, alive) {
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    const events = createEvents();
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      alive();
      for (const event of events(value)) {
        if (event.name === "alert") heard(JSON.parse(event.data));
        else if (event.name === "gap") gap();
        // After the event: what was not taken in is asked for again.
        if (event.id !== null) cursor = event.id;
      }
    }
  }

  function gap() {
    wholeAt = 0;
    lookNow();
    for (const listener of listeners.gap) listener();
  }

  addEventListener("offline", () => {
    if (!run) return;
    lost("stream", null);
    breakOff?.(); // it may look alive for minutes
  });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && run && clock.now() - status.get().asOf > 2 * LOOK_MS) lookNow();
  });

  return {
    /** Open incidents by id. */
    incidents,
    /** Alerts of this session, the newest first, at most 500. */
    alerts,
    /** A store that counts changes of both; at most eight a second. */
    changed,
    status,
    /** Hear of alerts as they come (`on("alert", (alert) => …)`) or of a gap (`on("gap", …)`); the answer ends it. */
    on(kind, listener) {
      listeners[kind].add(listener);
      return () => listeners[kind].delete(listener);
    },
    /** Take in what an action answered, or a page read: later versions only. */
    take,
    /** Look at what has changed now. */
    look: () => lookNow(),
    start() {
      if (run) return;
      run = { ended: new AbortController() };
      streams = true;
      tell({ state: "connecting" });
      listen(run.ended.signal);
      follow(run.ended.signal);
    },
    /** End it and forget everything: somebody else may sign in. */
    stop() {
      run?.ended.abort();
      run = null;
      incidents.clear();
      closed.clear();
      known.clear();
      alerts.length = 0;
      cursor = "";
      newest = wholeAt = 0;
      streamUp = listUp = false;
      status.set({ state: "idle", asOf: 0, since: 0, loaded: 0, whole: false, why: null, error: null });
      draw();
    },
  };
}

/** Take a stream of server-sent events apart: each piece of text gives the events that are complete with it. */
export function createEvents() {
  let rest = "";
  return (text) => {
    rest += text;
    const blocks = rest.split("\n\n");
    rest = blocks.pop();
    const found = [];
    for (const block of blocks) {
      const event = { name: "message", data: "", id: null };
      const data = [];
      for (const line of block.split("\n")) {
        if (line.startsWith("data:")) data.push(line.slice(line[5] === " " ? 6 : 5));
        else if (line.startsWith("event:")) event.name = line.slice(6).trim();
        else if (line.startsWith("id:")) event.id = line.slice(3).trim();
      }
      event.data = data.join("\n");
      if (data.length || event.id !== null) found.push(event);
    }
    return found;
  };
}
