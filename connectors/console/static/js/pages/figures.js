// How units and centres serve, by month: on time, time to acknowledge and to resolve, reopened, returned.

import { html, useState } from "../../vendor/preact/htm-preact.js";
import { useStore } from "../core/store.js";
import { Empty, Failure, Loading } from "../core/ui.js";
import { words } from "../words/figures.js";
import { Chart } from "./figures/chart.js";
import { ALL, rowOf, useMonths } from "./figures/months.js";

const MONTHS = 12;
const COLUMNS = ["received", "done", "open", "open_late", "on_time_percent", "median_ack_minutes", "median_hours", "returned", "reopened", "satisfied_percent"];

function Page({ app, params }) {
  const { t } = app;
  const { months, names, loading, error, again } = useMonths(app, MONTHS);
  const tables = useStore(app.names.tables);
  const [order, setOrder] = useState({ by: "on_time_percent", down: false });
  const centre = params.centre ?? ALL;
  const unit = params.unit ?? ALL;
  const month = months.has(params.month) ? params.month : names[0];

  const go = (patch) => {
    const next = { centre, unit, month, ...patch };
    const kept = Object.fromEntries(Object.entries(next).filter(([name, value]) => value && value !== ALL && !(name === "month" && value === names[0])));
    app.go("figures", [], kept, { replace: true });
  };

  if (error && !months.size) return html`<${Failure} error=${error} onAgain=${again} />`;
  if (!months.size) return html`<${Loading} />`;

  const known = names.filter((name) => months.has(name)).reverse();
  const series = known.map((name) => rowOf(months.get(name), centre, unit));
  const values = (name) => series.map((row) => row?.[name] ?? null);
  const counts = (name) => series.map((row) => row?.[name] ?? 0);
  const rows = months.get(month)?.rows ?? [];
  const units = [...new Set([...months.values()].flatMap((each) => each.rows.map((row) => row.unit)))].filter((code) => code !== ALL);
  const whole = rowOf(months.get(month), centre, unit);

  return html`<section class="page figures">
    <header class="figures-head"><h1>${t("page.figures")}</h1>
      <label class="field"><span class="field-label">${t("figures.month")}</span><select value=${month} onChange=${(event) => go({ month: event.target.value })}>${names.filter((name) => months.has(name)).map((name) => html`<option key=${name} value=${name}>${t("figures.month_n", monthParts(name))}</option>`)}</select></label>
      <label class="field"><span class="field-label">${t("figures.centre")}</span><select value=${centre} onChange=${(event) => go({ centre: event.target.value })}><option value=${ALL}>${t("figures.all_centres")}</option>${[...tables.centres.values()].map((each) => html`<option key=${each.code} value=${each.code}>${each.name}</option>`)}</select></label>
      <label class="field"><span class="field-label">${t("figures.unit")}</span><select value=${unit} onChange=${(event) => go({ unit: event.target.value })}><option value=${ALL}>${t("figures.all_units")}</option>${units.map((code) => html`<option key=${code} value=${code}>${app.names.unit(code)}</option>`)}</select></label>
      <span class="muted" role="status">${loading ? t("figures.loading", { n: months.size, all: MONTHS }) : ""}</span>
    </header>
    ${error && html`<${Failure} error=${error} onAgain=${again} />`}
    <${Tiles} app=${app} row=${whole} before=${rowOf(months.get(names[names.indexOf(month) + 1]), centre, unit)} />
    <div class="charts">
      <${Chart} app=${app} title=${t("figures.on_time_percent")} months=${known} unit=" %" whole=${100} series=${[{ label: t("figures.on_time_percent"), values: values("on_time_percent"), kind: "line", colour: "good" }]} />
      <${Chart} app=${app} title=${t("figures.volume")} months=${known} series=${[{ label: t("figures.received"), values: counts("received"), kind: "bars", colour: "accent" }, { label: t("figures.done"), values: counts("done"), kind: "bars", colour: "good" }]} />
      <${Chart} app=${app} title=${t("figures.median_ack_minutes")} months=${known} unit=${t("figures.min")} series=${[{ label: t("figures.median_ack_minutes"), values: values("median_ack_minutes"), kind: "line", colour: "accent" }]} />
      <${Chart} app=${app} title=${t("figures.median_hours")} months=${known} unit=${t("figures.h")} series=${[{ label: t("figures.median_hours"), values: values("median_hours"), kind: "line", colour: "accent" }]} />
      <${Chart} app=${app} title=${t("figures.again")} months=${known} series=${[{ label: t("figures.reopened"), values: counts("reopened"), kind: "bars", colour: "high" }, { label: t("figures.returned"), values: counts("returned"), kind: "bars", colour: "low" }]} />
      <${Chart} app=${app} title=${t("figures.short.satisfied_percent")} months=${known} unit=" %" whole=${100} series=${[{ label: t("figures.short.satisfied_percent"), values: values("satisfied_percent"), kind: "line", colour: "good" }]} />
    </div>
    <${Table} app=${app} id="units" title=${t("figures.by_unit", monthParts(month))} rows=${rows.filter((row) => row.centre === centre && row.unit !== ALL)} order=${order} onOrder=${setOrder} nameOf=${(row) => app.names.unit(row.unit)} onChoose=${(row) => go({ unit: row.unit })} />
    <${Table} app=${app} id="centres" title=${t("figures.by_centre", monthParts(month))} rows=${rows.filter((row) => row.unit === ALL && row.centre !== ALL)} order=${order} onOrder=${setOrder} nameOf=${(row) => app.names.centre(row.centre)} onChoose=${(row) => go({ centre: row.centre, unit: ALL })} />
    <p class="muted">${t("figures.how")}</p>
  </section>`;
}

const monthParts = (name) => ({ month: name?.slice(5), year: name?.slice(0, 4) });

function shown(app, name, value) {
  const { t, format } = app;
  if (value === null || value === undefined) return "–";
  if (name.endsWith("percent")) return `${format.number(value)} %`;
  if (name === "median_hours") return `${format.number(value)}${t("figures.h")}`;
  if (name === "median_ack_minutes") return `${format.number(value)}${t("figures.min")}`;
  return format.number(value);
}

/** Figures of the month beside those of the month before. */
function Tiles({ app, row, before }) {
  const { t } = app;
  return html`<div class="figure-tiles">${["on_time_percent", "median_ack_minutes", "median_hours", "open_late", "reopened", "returned"].map((name) => html`<div key=${name} class="panel figure-tile" data-figure=${name}>
    <span>${t(`figures.${name}`)}</span><strong class="number">${shown(app, name, row?.[name])}</strong>
    <span class="muted">${t("figures.before", { value: shown(app, name, before?.[name]) })}</span></div>`)}</div>`;
}

function Table({ app, id, title, rows, order, onOrder, nameOf, onChoose }) {
  const { t } = app;
  const sorted = [...rows].sort((a, b) => {
    const [x, y] = [a[order.by], b[order.by]];
    if (x === y) return nameOf(a).localeCompare(nameOf(b), "vi");
    if (x === null || x === undefined) return 1;
    if (y === null || y === undefined) return -1;
    return order.down ? y - x : x - y;
  });
  return html`<section class="panel" data-table=${id}><h2>${title}</h2>
    ${rows.length === 0 ? html`<${Empty}>${t("figures.none")}</>` : html`<div class="table-box" tabindex="0" role="region" aria-label=${title}><table class="table">
      <thead><tr><th scope="col">${t(`figures.name.${id}`)}</th>${COLUMNS.map((name) => html`<th key=${name} scope="col" aria-sort=${order.by === name ? (order.down ? "descending" : "ascending") : "none"}><button type="button" onClick=${() => onOrder({ by: name, down: order.by === name ? !order.down : !name.endsWith("percent") })}>${t(`figures.short.${name}`)}</button></th>`)}</tr></thead>
      <tbody>${sorted.map((row) => html`<tr key=${`${row.centre} ${row.unit}`}><th scope="row"><button type="button" class="link" onClick=${() => onChoose(row)}>${nameOf(row)}</button></th>
        ${COLUMNS.map((name) => html`<td key=${name} class="number">${name === "on_time_percent" ? html`<${Share} app=${app} value=${row[name]} />` : shown(app, name, row[name])}</td>`)}</tr>`)}</tbody>
    </table></div>`}
  </section>`;
}

/** A share as a bar with its number. */
function Share({ app, value }) {
  if (value === null || value === undefined) return "–";
  return html`<span class="share"><span class="share-bar" aria-hidden="true"><span style=${{ width: `${value}%` }}></span></span>${shown(app, "percent", value)}</span>`;
}

export const page = { Page, words };
