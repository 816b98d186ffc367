// The start page: every open incident, the most urgent first, as it is now.

import { html, useEffect, useMemo, useRef, useState } from "../../vendor/preact/htm-preact.js";
import { useTick } from "../core/clock.js";
import { useKeys } from "../core/keys.js";
import { isUnseen } from "../core/live.js";
import { store, useStore } from "../core/store.js";
import { Empty, Loading } from "../core/ui.js";
import { moves, VirtualList } from "../core/virtual.js";
import { words } from "../words/incidents.js";
import { fold, isEmpty, listed, NO_FILTER, totals } from "./incidents/filter.js";
import { current, Filters, savedOf } from "./incidents/filters.js";
import { Row } from "./incidents/row.js";

const WIDE = { height: 56, query: "(min-width: 901px)" };
const NARROW_HEIGHT = 140;
const COLUMNS = ["severity", "what", "who", "age", "clock", "evidence", "state"];
/** What a press on a figure asks for, beside what is asked for already. */
const TILES = { critical: { severities: ["critical"], unseen: true }, overdue: { overdue: true }, unseen: { unseen: true } };
const id = (incident) => incident.incident_id;
/** The selected incident: kept while other pages are open. */
const selection = store(null);

function Page({ app }) {
  const { t, live } = app;
  const changed = useStore(live.changed);
  const filter = { ...NO_FILTER, ...useStore(current) };
  const state = useStore(live.status);
  const acting = useStore(app.alarm.acting);
  const selected = useStore(selection);
  const wide = useWide();
  const search = useRef(null);
  useTick(5);

  const searched = useSearched(app);
  const now = Math.floor(app.now() / 5_000) * 5_000; // what is overdue is looked at every five seconds
  const asked = [changed, current.get(), app.names.tables.get(), app.lang(), now];
  const items = useMemo(() => listed(live.incidents.values(), filter, now, searched), asked);
  const sums = useMemo(() => totals(live.incidents.values(), filter, now), asked);

  const select = (key) => selection.set(key);
  const open = (key) => app.go("incident", [key]);
  const chosen = selected ? live.incidents.get(selected) : undefined;
  const patch = (changes) => current.set((old) => ({ ...old, ...changes }));

  useKeys(app.keys, [
    ...moves({ items, keyOf: id, selected, onSelect: select, onOpen: open }),
    { key: "a", label: "incidents.key_ack", group: "keys.list", run: () => acknowledge(app, chosen) },
    {
      key: "c",
      label: "incidents.key_critical",
      group: "keys.list",
      run: () => {
        const first = app.alarm.open()[0];
        if (first) select(first.incident_id);
      },
    },
    { key: "/", label: "incidents.key_search", group: "keys.list", run: () => search.current?.focus() },
    { key: "v", label: "incidents.key_overdue", group: "keys.list", run: () => patch({ overdue: !filter.overdue }) },
    { key: "u", label: "incidents.key_unseen", group: "keys.list", run: () => patch({ unseen: !filter.unseen }) },
    { key: "x", label: "incidents.key_reset", group: "keys.list", run: () => current.set({ ...NO_FILTER, order: filter.order }) },
    {
      key: ["1", "2", "3", "4", "5", "6", "7", "8", "9"],
      shown: ["1 … 9"],
      label: "incidents.key_saved",
      group: "keys.list",
      run: (_, pressed) => {
        const found = savedOf(filter.centre)[Number(pressed) - 1];
        if (found) current.set({ ...NO_FILTER, ...found.filter });
      },
    },
  ], { widget: "[role=grid]" });

  return html`<section class="incidents">
    <h1 class="for-ears">${t("page.incidents")}</h1>
    <${Tiles} app=${app} sums=${sums} filter=${filter} />
    <${Filters} app=${app} filter=${filter} shown=${items.length} all=${sums.all} search=${search} />
    ${items.length
      ? html`<${VirtualList} items=${items} keyOf=${id} height=${wide ? WIDE.height : NARROW_HEIGHT} selected=${selected} onSelect=${select} onOpen=${open}
          label=${t("incidents.list")} columns=${COLUMNS.length + 1}
          head=${wide && html`<div class="row head">${COLUMNS.map((name) => html`<div role="columnheader" class=${`c-${name}`} key=${name}>${t(`incidents.${name}`)}</div>`)}<div role="columnheader" class="c-act"><span class="for-ears">${t("incidents.acknowledge")}</span></div></div>`}
          row=${(incident, _, isSelected) => html`<${Row} app=${app} incident=${incident} selected=${isSelected} acting=${acting.has(incident.incident_id)} />`} />`
      : state.whole ? html`<${Empty}>${t(isEmpty(filter) ? "incidents.none" : "incidents.none_fit")}</>` : html`<${Loading} />`}
  </section>`;
}

function acknowledge(app, incident) {
  if (!incident || !isUnseen(incident) || !app.session.may("acknowledge", incident.centre)) return false;
  app.alarm.acknowledge(incident);
  return true;
}

/** Figures that are filters too. */
function Tiles({ app, sums, filter }) {
  const { t, format } = app;
  const figure = (name) => html`<strong class="number">${format.number(sums[name])}</strong><span>${t(`incidents.tile.${name}`)}</span>`;
  return html`<div class="tiles">${["critical", "overdue", "unseen", "hour", "open"].map((name) => {
    const wanted = TILES[name];
    const kind = `tile ${name}${sums[name] ? " some" : ""}`;
    if (!wanted) return html`<div key=${name} class=${kind} data-tile=${name}>${figure(name)}</div>`;
    const on = Object.entries(wanted).every(([key, value]) => String(filter[key]) === String(value));
    return html`<button type="button" key=${name} class=${kind} data-tile=${name} aria-pressed=${on}
      onClick=${() => current.set({ ...filter, ...(on ? without(wanted) : wanted) })}>${figure(name)}</button>`;
  })}</div>`;
}

const without = (wanted) => Object.fromEntries(Object.keys(wanted).map((name) => [name, NO_FILTER[name]]));

/** Folded text of an incident, made once for each version. */
function useSearched(app) {
  const cache = useRef(new Map());
  return (incident) => {
    const key = `${incident.incident_id} ${incident.version} ${app.lang()}`;
    const known = cache.current.get(key);
    if (known !== undefined) return known;
    const { names, t } = app;
    const text = fold([incident.title, incident.incident_id, names.commune(incident.commune), names.unit(incident.unit), names.centre(incident.centre), t(`category.${incident.category}`), names.kind(incident)].join(" "));
    if (cache.current.size > 30_000) cache.current.clear();
    cache.current.set(key, text);
    return text;
  };
}

function useWide() {
  const [wide, setWide] = useState(() => matchMedia(WIDE.query).matches);
  useEffect(() => {
    const media = matchMedia(WIDE.query);
    const look = () => setWide(media.matches);
    media.addEventListener("change", look);
    return () => media.removeEventListener("change", look);
  }, []);
  return wide;
}

export const page = { Page, words };
