// Addresses behind the #: `#/incident/22-…?tab=why`. A page is one module; it is loaded when it is opened first.

import { store } from "./store.js";

/** Take an address apart: {path, parts, params}. */
export function parse(hash) {
  const [path, search = ""] = hash.replace(/^#/, "").split("?");
  const parts = path.split("/").filter(Boolean).map(decode);
  return { path: `/${parts.join("/")}`, parts, params: Object.fromEntries(new URLSearchParams(search)) };
}

function decode(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** Address of a page: `href("incident", ["22-1"], {tab: "why"})` is `#/incident/22-1?tab=why`. */
export function href(name, parts = [], params = {}) {
  const search = new URLSearchParams(params).toString();
  return `#/${[name, ...parts].map(encodeURIComponent).join("/")}${search ? `?${search}` : ""}`;
}

/** Follow the address bar: `at` is a store of {page, name, args, params}; `page` is the registry's entry. */
export function createRouter(registry, start) {
  const find = () => {
    const { parts, params } = parse(location.hash);
    const name = parts[0] ?? start;
    const page = registry.find((each) => each.name === name) ?? registry.find((each) => each.name === start);
    return { page, name: page.name, args: page.name === name ? parts.slice(1) : [], params };
  };
  const at = store(find());
  addEventListener("hashchange", () => at.set(find()));
  return {
    at,
    /** Open a page: `go("incident", ["22-1"])`. With `replace` the address before is not in the history. */
    go(name, parts = [], params = {}, { replace = false } = {}) {
      const to = href(name, parts, params);
      if (to === location.hash) return;
      if (replace) {
        history.replaceState(null, "", to);
        at.set(find());
      } else {
        location.hash = to;
      }
    },
  };
}
