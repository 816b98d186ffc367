// Keys of the keyboard: each is bound with the words that the help overlay shows for it.

import { useEffect, useRef } from "../../vendor/preact/htm-preact.js";

const TYPING = "input:not([type=checkbox]):not([type=radio]):not([type=button]), textarea, select, [contenteditable]";

/**
 * The bindings in force. One is {key, label, run, group, typing, dialog}: `key` as in KeyboardEvent.key (a list for several),
 * `label` and `group` keys of words, `shown` what stands for the keys in the help, `typing`: holds in a text field too, `dialog`: holds while a dialog is open too.
 * The latest binding of a key wins.
 */
export function createKeys() {
  const layers = [];
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return;
    const typing = event.target instanceof Element && event.target.matches(TYPING);
    const dialog = document.querySelector("dialog[open]") !== null;
    for (const layer of [...layers].reverse()) {
      for (const each of layer()) {
        if (![each.key].flat().includes(event.key)) continue;
        if ((typing && !each.typing) || (dialog && !each.dialog)) continue;
        // A button that has the focus is pressed by Enter and blank: that is its own business.
        if ((event.key === "Enter" || event.key === " ") && event.target.closest?.("button, a, summary, [role=option]")) continue;
        if (each.run(event) !== false) event.preventDefault();
        return;
      }
    }
  });
  return {
    /** Add bindings, given as a function that says what they are now; the answer takes them away. */
    add(bindings) {
      layers.push(bindings);
      return () => layers.splice(layers.indexOf(bindings), 1);
    },
    /** All bindings in force with a label, the latest of each key. */
    all() {
      const found = new Map();
      for (const layer of layers) for (const each of layer()) if (each.label) found.set(String(each.key), each);
      return [...found.values()];
    },
  };
}

/** Bind keys while a component is shown: `useKeys(app.keys, [{key: "a", label: "…", run}])`. */
export function useKeys(keys, bindings) {
  const holder = useHolder(bindings);
  useEffect(() => keys.add(() => holder.current), [keys]);
}

function useHolder(value) {
  const holder = useRef(value);
  holder.current = value;
  return holder;
}
