// What codes are called, from GET /v1/catalogue; the code itself until that is here.

import { store } from "./store.js";

/** A name without the first words that at least half of all names share. */
export function shortened(name, all) {
  const words = name.split(" ");
  let from = 0;
  for (let count = 1; count < words.length; count += 1) {
    const start = `${words.slice(0, count).join(" ")} `;
    if (all.filter((each) => each.startsWith(start)).length * 2 < all.length) break;
    from = count;
  }
  return words.slice(from).join(" ");
}

export function createNames(i18n) {
  const tables = store({ centres: new Map(), units: new Map(), communes: new Map(), short: new Map(), province: null, words: {}, subcategories: {} });
  const name = (of, code) => tables.get()[of].get(code)?.name ?? code ?? "";
  return {
    /** A store of {centres, units, communes: Map by code, province}. */
    tables,
    async load(api) {
      const found = await api.get("/v1/catalogue");
      const map = (rows) => new Map((rows ?? []).map((row) => [row.code, row]));
      for (const lang of ["vi", "en"]) {
        const words = {};
        for (const [list, codes] of Object.entries(found.words ?? {})) {
          for (const [code, texts] of Object.entries(codes)) words[`${list}.${code}`] = texts[lang];
        }
        for (const [category, codes] of Object.entries(found.subcategories ?? {})) {
          for (const [code, texts] of Object.entries(codes)) words[`subcategory.${category}.${code}`] = texts[lang];
        }
        i18n.add({ [lang]: words });
      }
      const all = (found.centres ?? []).map((each) => each.name);
      tables.set({
        short: new Map((found.centres ?? []).map((each) => [each.code, shortened(each.name, all)])), centres: map(found.centres), units: map(found.units), communes: map(found.communes),
        province: found.province ?? null, words: found.words ?? {}, subcategories: found.subcategories ?? {},
      });
    },
    centre: (code) => name("centres", code),
    /** What tells a centre from the others: without the words that most of their names begin with. */
    centreShort: (code) => {
      const { centres, short } = tables.get();
      return centres.get(code)?.kind === "province" ? i18n.t("centre.province") : (short.get(code) ?? code ?? "");
    },
    unit: (code) => name("units", code),
    commune: (code) => (code === "00000" ? i18n.t("unlocated") : name("communes", code)),
    /** Codes of a list of words: `codes("category")`, also severity, status, action, source, reason. */
    codes: (list) => Object.keys(tables.get().words[list] ?? {}),
    /** Codes of a category's subcategories. */
    subcategories: (category) => Object.keys(tables.get().subcategories[category] ?? {}),
    /** What a subcategory is called, of any category where none is given; its code where nobody has named it. */
    subcategory(category, code) {
      const among = category ? [category] : Object.keys(tables.get().subcategories);
      const key = among.map((each) => `subcategory.${each}.${code}`).find(i18n.has);
      return key ? i18n.t(key) : (code ?? "");
    },
    /** What an incident is about, as short as it is clear: its subcategory, else its category. */
    kind({ category, subcategory }) {
      const key = `subcategory.${category}.${subcategory}`;
      return i18n.t(i18n.has(key) ? key : `category.${category}`);
    },
    zone: () => tables.get().province?.timezone ?? "",
  };
}
