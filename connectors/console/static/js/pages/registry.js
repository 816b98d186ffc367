// The console's pages. Each is a module `pages/<name>.js` that exports `page = {Page, words?}`, with `words/<name>.js` and
// `style/<name>.css` of its own; it is loaded when it is opened first, so that one that fails takes nothing else with it.
// `needs` is a scope; `units`: for handling units too, whom the gateway tells of their own incidents only; `nav`: stands in the bar, under the words `page.<name>`, opened by g and `key`; `style`: has a style sheet.

export const START = "incidents";

export const PAGES = [
  { name: "incidents", icon: "list", needs: "incidents:read", nav: true, units: true, key: "i", style: true },
  { name: "map", icon: "map", needs: "incidents:read", nav: true, key: "m", style: true },
  { name: "storm", icon: "storm", needs: "incidents:read", nav: true, units: true, key: "s", style: true },
  { name: "figures", icon: "figures", needs: "incidents:read", nav: true, key: "f", style: true },
  { name: "quality", icon: "quality", needs: "incidents:read", nav: true, key: "q", style: true },
  { name: "silences", icon: "silences", needs: "incidents:read", nav: true, key: "t", style: true },
  { name: "incident", icon: "incident", needs: "incidents:read", nav: false, units: true, style: true },
  { name: "login", icon: "out", needs: null, nav: false, units: true, style: true },
];
