// Small parts that pages are made of. They say everything in words: a colour alone tells nothing.

import { createContext, html, useContext, useEffect, useRef, useState } from "../../vendor/preact/htm-preact.js";
import { store, useStore } from "./store.js";

/** The running app, for components below it: `const app = useContext(AppContext)`. */
export const AppContext = createContext(null);
export const useApp = () => useContext(AppContext);

const ICONS = {
  list: "M4 6h16M4 12h16M4 18h16",
  map: "M9 4 3 6.5v13L9 17l6 3 6-2.5V4.5L15 7 9 4zm0 0v13m6-10v13",
  storm: "M13 2 5 13h6l-1 9 9-12h-6l1-8z",
  figures: "M4 20V10m6 10V4m6 16v-7m5 7H2",
  quality: "M12 3 4 6v6c0 4.5 3.4 7.5 8 9 4.6-1.5 8-4.5 8-9V6l-8-3zm-3.5 9 2.5 2.5 4.5-5",
  silences: "M6 9a6 6 0 0 1 12 0v5l2 3H4l2-3V9zm4 11h4M3 3l18 18",
  incident: "M12 3 2 20h20L12 3zm0 6v5m0 3v.5",
  bell: "M6 9a6 6 0 0 1 12 0v5l2 3H4l2-3V9zm4 11h4",
  bellOff: "M6 9a6 6 0 0 1 12 0v5l2 3H4l2-3V9zm4 11h4M3 3l18 18",
  sun: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zm0-5v2m0 14v2M3 12h2m14 0h2M5.6 5.6 7 7m10 10 1.4 1.4M5.6 18.4 7 17m10-10 1.4-1.4",
  moon: "M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5z",
  keys: "M3 6h18v12H3V6zm4 4h.010M12 10h.010M17 10h.010M8 14h8",
  keysOff: "M3 6h18v12H3V6zm5 8h8M3 3l18 18",
  help: "M9.5 9a2.5 2.5 0 1 1 3.6 2.2c-.8.4-1.1 1-1.1 1.8v.5m0 3v.5M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z",
  out: "M14 4h5v16h-5M10 8l-4 4 4 4m-4-4h10",
  check: "M4 12.5 9.5 18 20 6.5",
  close: "M6 6l12 12M18 6 6 18",
  clock: "M12 7v5l3 2m-3-11a9 9 0 1 0 0 18 9 9 0 0 0 0-18z",
  evidence: "M7 3h7l4 4v14H7V3zm7 0v4h4M10 12h5m-5 4h5",
  filter: "M3 5h18l-7 8v6l-4-2v-4L3 5z",
  star: "m12 3 2.7 5.8 6.3.8-4.6 4.4 1.2 6.3L12 17.2l-5.6 3.1 1.2-6.3L3 9.6l6.3-.8L12 3z",
  more: "M5 12h.010M12 12h.010M19 12h.010",
};

/** A drawing of a registered name; it says nothing to those who hear the page. */
export function Icon({ name, size = 18 }) {
  return html`<svg class="icon" width=${size} height=${size} viewBox="0 0 24 24" fill="none" stroke="currentColor"
    stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path d=${ICONS[name] ?? ""} /></svg>`;
}

/** `<${Button} icon="check" kind="primary|plain|danger" busy onClick>Text</>`; an icon alone needs `label`. */
export function Button({ icon, kind = "plain", label, busy, children, class: more = "", ...rest }) {
  return html`<button type="button" class=${`button ${kind} ${children ? "" : "bare"} ${more}`} aria-label=${label} title=${label}
    aria-busy=${busy ? "true" : undefined} ...${rest} disabled=${rest.disabled || busy}>${icon && html`<${Icon} name=${icon} />`}${children && html`<span>${children}</span>`}</button>`;
}

/** Severity by colour, form and word. */
export function Severity({ value, short }) {
  const { t } = useApp();
  return html`<span class=${`severity ${value}`}><span class="mark" aria-hidden="true"></span><span class=${short ? "for-ears" : ""}>${t(`severity.${value}`)}</span></span>`;
}

/** Status of an incident as a word in a frame. */
export function Status({ value }) {
  const { t } = useApp();
  return html`<span class=${`status ${value}`}>${t(`status.${value}`)}</span>`;
}

/** A line that says why something cannot be shown, and a way to try again. */
export function Failure({ error, onAgain }) {
  const { t } = useApp();
  return html`<div class="failure" role="alert"><strong>${t("failed")}</strong> <span>${reason(t, error)}</span>
    ${onAgain && html`<${Button} onClick=${onAgain}>${t("again")}</>`}</div>`;
}

/** What an error means, in words: of its code where there are some, else what the gateway says. */
export function reason(t, error) {
  const key = `problem.${error?.code}`;
  const words = t(key);
  const first = error?.errors?.[0]?.message;
  const text = words === key ? (error?.message ?? String(error)) : words;
  return first ? `${text} (${first})` : text;
}

/** Something comes: shown after a moment only, so that quick answers do not flicker. */
export function Loading({ children }) {
  const { t } = useApp();
  return html`<div class="loading" role="status">${children ?? t("loading")}</div>`;
}

/** Nothing is there. */
export function Empty({ children }) {
  return html`<div class="empty">${children}</div>`;
}

/** A dialog over the page; Escape and a click beside it close it, the focus goes back to where it was. */
export function Dialog({ title, onClose, children, wide }) {
  const { t } = useApp();
  const box = useRef(null);
  useEffect(() => {
    const before = document.activeElement;
    const dialog = box.current;
    dialog.showModal();
    return () => {
      dialog.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return html`<dialog ref=${box} class=${wide ? "wide" : ""} aria-labelledby="dialog-title"
      onCancel=${(event) => { event.preventDefault(); onClose(); }} onClick=${(event) => event.target === box.current && onClose()}>
    <div class="dialog-body"><header><h2 id="dialog-title">${title}</h2><${Button} icon="close" label=${t("close")} onClick=${onClose} /></header>${children}</div>
  </dialog>`;
}

/** A labelled field: `<${Field} label=…><input …/></>`. */
export function Field({ label, hint, error, children }) {
  return html`<label class=${`field${error ? " wrong" : ""}`}><span class="field-label">${label}</span>${children}
    ${hint && html`<span class="field-hint">${hint}</span>`}${error && html`<span class="field-error" role="alert">${error}</span>`}</label>`;
}

const notes = store([]);
let numbered = 0;

/** Say something for some seconds, out loud to those who hear the page: kind is "done", "failed" or "news". */
export function say(text, kind = "done", ms = 6000) {
  const id = ++numbered;
  notes.set((old) => [...old.slice(-3), { id, text, kind }]);
  setTimeout(() => notes.set((old) => old.filter((each) => each.id !== id)), ms);
}

export function Notes() {
  const shown = useStore(notes);
  return html`<div class="notes" role="status" aria-live="polite">${shown.map((each) => html`<div key=${each.id} class=${`note ${each.kind}`}>${each.text}</div>`)}</div>`;
}

/** Load something when a component is shown: {value, error, again}. `get` takes a signal; `deps` say when it is another. */
export function useLoad(get, deps) {
  const [state, setState] = useState({ value: undefined, error: null });
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const ended = new AbortController();
    get(ended.signal).then(
      (value) => !ended.signal.aborted && setState({ value, error: null }),
      (error) => !ended.signal.aborted && setState((old) => ({ value: old.value, error })),
    );
    return () => ended.abort();
  }, [...deps, turn]);
  return { ...state, again: () => setTurn((n) => n + 1) };
}
