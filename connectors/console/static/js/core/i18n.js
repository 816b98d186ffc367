// Words in Vietnamese and English. Vietnamese is the first language: what has no English word is said in Vietnamese.

import { remembered, store } from "./store.js";

export const LANGUAGES = ["vi", "en"];

/** `t("list.count", {n: 3})`; a text is a string with {names}, or a function of the parameters. */
export function createI18n() {
  const words = { vi: {}, en: {} };
  const lang = remembered("lang", "vi");
  if (!LANGUAGES.includes(lang.get())) lang.set("vi");
  const version = store(0);
  const show = (value) => {
    document.documentElement.lang = value;
  };
  lang.subscribe(show);
  show(lang.get());

  function t(key, params = {}) {
    const text = words[lang.get()][key] ?? words.vi[key];
    if (text === undefined) return key;
    if (typeof text === "function") return text(params);
    return text.replace(/\{(\w+)\}/g, (_, name) => String(params[name] ?? ""));
  }

  return {
    t,
    /** A store: "vi" or "en". */
    lang,
    /** Counts changes of the words themselves. */
    version,
    /** Whether there is a word of this key. */
    has: (key) => key in words[lang.get()] || key in words.vi,
    /** Add words: {vi: {key: text}, en: {…}}. Keys of a page begin with its name. */
    add(more) {
      for (const each of LANGUAGES) Object.assign(words[each], more[each]);
      version.set((n) => n + 1);
    },
  };
}
