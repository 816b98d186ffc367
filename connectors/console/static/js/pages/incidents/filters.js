// The bar of filters, and filters that this machine remembers for each centre.

import { html, useState } from "../../../vendor/preact/htm-preact.js";
import { remembered, useStore } from "../../core/store.js";
import { Button, Dialog, Field, Icon } from "../../core/ui.js";
import { isEmpty, NO_FILTER, ORDERS } from "./filter.js";

const SEVERITIES = ["critical", "high", "normal", "low"];
/** The filter as it was left, and those that were given a name: {centre: [{name, filter}]}. */
export const current = remembered("filter", NO_FILTER);
export const saved = remembered("filters", {});

/** Filters saved for a centre ("" for all of them). */
export const savedOf = (centre) => saved.get()[centre] ?? [];

const patch = (changes) => current.set((old) => ({ ...old, ...changes }));

export function Filters({ app, filter, shown, all, search }) {
  const { t, names } = app;
  const [open, setOpen] = useState(false);
  const [naming, setNaming] = useState(false);
  useStore(saved);
  const tables = names.tables.get();
  const mine = app.session.who.get()?.centres ?? [];
  const centres = [...tables.centres.values()].filter((each) => !mine.length || mine.includes(each.code));
  const units = [...tables.units.values()].sort((a, b) => a.name.localeCompare(b.name, "vi"));
  const subcategories = names.subcategories(filter.category).map((code) => [code, names.subcategory(filter.category, code)]).sort(([, one], [, other]) => one.localeCompare(other, "vi"));
  const choose = (name, label, every, options, more = {}) => html`<span class="choice">
    <select aria-label=${t(label)} value=${filter[name]} onChange=${(event) => patch({ [name]: event.target.value, ...more })}><option value="">${t(every)}</option>
    ${options.map(([code, text]) => html`<option key=${code} value=${code} selected=${filter[name] === code}>${text}</option>`)}</select></span>`;
  return html`<div class=${`filters${open ? " open" : ""}`} role="search" aria-label=${t("incidents.filters")}>
    <div class="filter-line">
      ${choose("centre", "incidents.centre", "incidents.all_centres", centres.map((each) => [each.code, each.name]))}
      <span class="search"><input ref=${search} type="search" aria-label=${t("incidents.search")} placeholder=${t("incidents.search_hint")} value=${filter.text}
        onInput=${(event) => patch({ text: event.target.value })} onKeyDown=${(event) => (event.key === "Escape" || event.key === "Enter") && (event.preventDefault(), event.target.blur())} /></span>
      <${Button} class="for-phone" icon="filter" aria-expanded=${open} onClick=${() => setOpen(!open)}>${t("incidents.filters")}</>
      <div class="more-filters">
        <div class="group" role="group" aria-label=${t("incidents.severities")}>${SEVERITIES.map((code) => {
          const on = filter.severities.includes(code);
          return html`<button key=${code} type="button" class=${`button severity ${code}`} aria-pressed=${on}
            onClick=${() => patch({ severities: on ? filter.severities.filter((each) => each !== code) : [...filter.severities, code] })}><span class="mark" aria-hidden="true"></span><span>${t(`severity.${code}`)}</span></button>`;
        })}</div>
        ${choose("category", "incidents.category", "incidents.all_categories", app.categories().map((code) => [code, t(`category.${code}`)]), { subcategory: "" })}
        ${subcategories.length > 0 && choose("subcategory", "incidents.subcategory", "incidents.all_subcategories", subcategories)}
        ${choose("unit", "incidents.unit", "incidents.all_units", units.map((each) => [each.code, each.name]))}
        <span class="choice"><select aria-label=${t("incidents.order")} value=${filter.order} onChange=${(event) => patch({ order: event.target.value })}>
          ${Object.keys(ORDERS).map((name) => html`<option key=${name} value=${name} selected=${filter.order === name}>${t(`incidents.order.${name}`)}</option>`)}</select></span>
        <label class="check"><input type="checkbox" checked=${filter.resolved} onChange=${() => patch({ resolved: !filter.resolved })} />${t("incidents.resolved")}</label>
        <label class="check"><input type="checkbox" checked=${filter.children} onChange=${() => patch({ children: !filter.children })} />${t("incidents.children")}</label>
      </div>
      <span class="count" data-shown=${shown} data-all=${all}>${t("incidents.count", { shown: app.format.number(shown), all: app.format.number(all) })}</span>
    </div>
    ${(!isEmpty(filter) || savedOf(filter.centre).length > 0) && html`<div class="filter-line">
      ${!isEmpty(filter) && html`<${Button} icon="close" onClick=${() => current.set({ ...NO_FILTER, order: filter.order })}>${t("incidents.reset")}</><${Button} icon="star" onClick=${() => setNaming(true)}>${t("incidents.save")}</>`}
      <span class="saved" role="group" aria-label=${t("incidents.saved")}>${savedOf(filter.centre).map((each, at) => html`<span class="chip" key=${each.name}>
        <button type="button" onClick=${() => current.set({ ...NO_FILTER, ...each.filter })}>${at < 9 && html`<kbd aria-hidden="true">${app.keys.shown(String(at + 1))}</kbd> `}${each.name}</button><button type="button" class="forget" aria-label=${t("incidents.forget", { name: each.name })} onClick=${() => forget(filter.centre, each.name)}><${Icon} name="close" size="14" /></button></span>`)}</span>
    </div>`}
    ${naming && html`<${Naming} app=${app} filter=${filter} onClose=${() => setNaming(false)} />`}
  </div>`;
}

function Naming({ app, filter, onClose }) {
  const { t } = app;
  const [name, setName] = useState("");
  function keep(event) {
    event.preventDefault();
    const others = savedOf(filter.centre).filter((each) => each.name !== name.trim());
    saved.set((old) => ({ ...old, [filter.centre]: [...others, { name: name.trim(), filter }] }));
    onClose();
  }
  return html`<${Dialog} title=${t("incidents.save")} onClose=${onClose}><form class="naming" onSubmit=${keep}>
    <${Field} label=${t("incidents.save_name")} hint=${t("incidents.save_hint", { centre: filter.centre ? app.names.centre(filter.centre) : t("incidents.all_centres") })}>
      <input name="filter-name" required maxlength="40" autofocus value=${name} onInput=${(event) => setName(event.target.value)} /></>
    <button type="submit" class="button primary">${t("save")}</button></form></>`;
}

function forget(centre, name) {
  saved.set((old) => ({ ...old, [centre]: savedOf(centre).filter((each) => each.name !== name) }));
}
