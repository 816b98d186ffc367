// Keys of the keyboard: each is bound with the words that the help overlay shows for it.

import { useEffect, useRef } from "../../vendor/preact/htm-preact.js";
import { remembered } from "./store.js";

const TYPING = "input:not([type=checkbox]):not([type=radio]):not([type=button]), textarea, select, [contenteditable]";

/** Whether a key writes a sign: those are what somebody who dictates, or whose hand slips, presses without meaning to. */
const isSign = (key) => [...key].length === 1;

/** The key that is pressed together with Alt: some systems make another sign of the two. */
function beside(event) {
  if (!isSign(event.key) || /^[!-~]$/.test(event.key)) return event.key;
  const [, letter, digit] = /^(?:Key([A-Z])|Digit(\d))$/.exec(event.code) ?? [];
  if (letter) return event.shiftKey ? letter : letter.toLowerCase();
  return digit ?? event.key;
}

/**
 * The bindings in force. One is {key, label, run, group, typing, dialog}: `key` as in KeyboardEvent.key (a list for several),
 * `label` and `group` keys of words, `shown` what stands for the keys in the help, `typing`: holds in a text field too, `dialog`: holds while a dialog is open too.
 * The latest binding of a key wins.
 *
 * Somebody may switch keys of a single sign off (WCAG 2.1.4): they hold then with Alt, or alone while the widget that they
 * belong to has the focus.
 */
export function createKeys() {
  const layers = [];
  const single = remembered("keys.single", true);

  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.isComposing || event.defaultPrevented) return;
    const pressed = event.altKey ? beside(event) : event.key;
    if (event.altKey && (single.get() || !isSign(pressed))) return;
    const alone = !event.altKey && isSign(pressed) && !single.get();
    const target = event.target instanceof Element ? event.target : document.body;
    const typing = target.matches(TYPING);
    const dialog = document.querySelector("dialog[open]") !== null;
    const order = [...layers].reverse().sort((one, other) => Number(other.first) - Number(one.first));
    for (const { bindings, widget } of order) {
      if (alone && !(widget && target.closest(widget))) continue;
      for (const each of bindings()) {
        if (![each.key].flat().includes(pressed)) continue;
        if ((typing && !each.typing) || (dialog && !each.dialog)) continue;
        // A button that has the focus is pressed by Enter and blank: that is its own business.
        if ((pressed === "Enter" || pressed === " ") && target.closest("button, a, summary, [role=option]")) continue;
        if (each.run(event, pressed) !== false) event.preventDefault();
        return;
      }
    }
  });

  return {
    /** A store: whether keys of a single sign do something by themselves, wherever the focus is. */
    single,
    /** How a key is pressed now: `a`, or `Alt+a`. */
    shown(key) {
      const text = SHOWN[key] ?? (/^[A-Z]$/.test(key) ? `⇧${key}` : key);
      return single.get() || !/^\S(?: |$)/.test(key) ? text : `Alt+${text}`;
    },
    /** Add bindings, given as a function that says what they are now; the answer takes them away. */
    add(bindings, { widget = "", first = false } = {}) {
      const layer = { bindings, widget, first };
      layers.push(layer);
      return () => layers.splice(layers.indexOf(layer), 1);
    },
    /** All bindings in force with a label, the latest of each key. */
    all() {
      const found = new Map();
      for (const { bindings } of layers) for (const each of bindings()) if (each.label) found.set(String(each.key), each);
      return [...found.values()];
    },
  };
}

const SHOWN = { ArrowDown: "↓", ArrowUp: "↑", ArrowRight: "→", Enter: "↵", Escape: "Esc", " ": "␣" };

/**
 * Bind keys while a component is shown: `useKeys(app.keys, [{key: "a", label: "…", run}])`. `widget` selects what the keys
 * belong to, a list for instance; `first`: they come before all others.
 */
export function useKeys(keys, bindings, { widget = "", first = false } = {}) {
  const holder = useHolder(bindings);
  useEffect(() => keys.add(() => holder.current, { widget, first }), [keys, widget, first]);
}

function useHolder(value) {
  const holder = useRef(value);
  holder.current = value;
  return holder;
}
