// What codes are called, from GET /v1/catalogue; the code itself until that is here.

import { store } from "./store.js";

export function createNames(i18n) {
  const tables = store({ centres: new Map(), units: new Map(), communes: new Map(), province: null, words: {} });
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
        i18n.add({ [lang]: words });
      }
      tables.set({
        centres: map(found.centres), units: map(found.units), communes: map(found.communes),
        province: found.province ?? null, words: found.words ?? {},
      });
    },
    centre: (code) => name("centres", code),
    unit: (code) => name("units", code),
    commune: (code) => (code === "00000" ? i18n.t("unlocated") : name("communes", code)),
    /** Codes of a list of words: `codes("category")`, also severity, status, action, source, reason. */
    codes: (list) => Object.keys(tables.get().words[list] ?? {}),
    zone: () => tables.get().province?.timezone ?? "",
  };
}
