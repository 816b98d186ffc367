// How good the data is: correct, complete, clean, live, the worst first; and which devices are silent or stuck.

import { html, useState } from "../../vendor/preact/htm-preact.js";
import { useTick } from "../core/clock.js";
import { remembered, useStore } from "../core/store.js";
import { Button, Empty, Failure, Loading } from "../core/ui.js";
import { useRepeated } from "../parts/repeated.js";
import { words } from "../words/quality.js";

const DIMENSIONS = ["correct", "complete", "clean", "live"];
const STATES = ["silent", "faulty", "stuck", "maintenance"];
const SPANS = [1, 6, 24, 168];
const EVERY_MS = 30_000;
const FIRST = 100;
const steadily = () => () => EVERY_MS;
const span = remembered("quality.hours", 24);
const classesOn = remembered("quality.classes", true);

function Page({ app }) {
  const { t, format } = app;
  const hours = SPANS.includes(useStore(span)) ? span.get() : 24;
  const classes = useStore(classesOn);
  const [state, setState] = useState("");
  const { value, error, at } = useRepeated(app, (signal) => app.api.get("/v1/quality", { hours }, { signal }), steadily, [hours]);
  const { value: trouble, error: failed } = useRepeated(app, (signal) => app.api.get("/v1/quality/devices", { state }, { signal }), steadily, [state]);

  if (error && !value) return html`<${Failure} error=${error} />`;
  if (!value) return html`<${Loading} />`;
  const classesOf = (source) => value.rows.filter((row) => row.source === source && row.class !== null);
  // A source of one class is that class: once is enough.
  const rows = value.rows.filter((row) => row.class === null || (classes && classesOf(row.source).length > 1));
  return html`<section class="page quality">
    <header class="quality-head"><h1>${t("page.quality")}</h1>
      <div class="group" role="group" aria-label=${t("quality.span")}>${SPANS.map((each) => html`<${Button} key=${each} aria-pressed=${each === hours} onClick=${() => span.set(each)}>${t(`quality.hours.${each}`)}</>`)}</div>
      <label class="check"><input type="checkbox" checked=${classes} onChange=${(event) => classesOn.set(event.target.checked)} /> ${t("quality.classes")}</label>
      <span class="muted">${t("quality.as_of", { time: format.time(at), begin: format.dateTime(Date.parse(value.begin)), end: format.dateTime(Date.parse(value.end)) })}</span>
    </header>
    ${(error ?? failed) && html`<${Failure} error=${error ?? failed} />`}
    <section class="panel" data-board="quality"><h2>${t("quality.board")}</h2>
      ${rows.length === 0 ? html`<${Empty}>${t("quality.none")}</>` : html`<div class="table-box" tabindex="0" role="region" aria-label=${t("quality.board")}><table class="table board">
        <thead><tr><th scope="col">${t("quality.what")}</th>${DIMENSIONS.map((name) => html`<th key=${name} scope="col">${t(`quality.${name}`)}<span class="meaning">${t(`quality.${name}.means`)}</span></th>`)}<th scope="col">${t("quality.received")}</th><th scope="col">${t("quality.expected")}</th></tr></thead>
        <tbody>${rows.map((row) => html`<tr key=${`${row.source} ${row.class}`} class=${row.class === null ? "whole" : ""} data-source=${row.source}>
          <th scope="row">${t(`source.${row.source}`)}${row.class !== null && html`<span class="class"> · ${row.class || t("quality.unregistered")}</span>`}</th>
          ${DIMENSIONS.map((name) => html`<td key=${name} data-label=${t(`quality.${name}`)}><${Ratio} app=${app} value=${row[name]} least=${row.least[name]} /></td>`)}
          <td class="number" data-label=${t("quality.received")}>${format.number(row.received)}</td><td class="number" data-label=${t("quality.expected")}>${row.expected === null ? "–" : format.number(row.expected)}</td>
        </tr>`)}</tbody></table></div>`}
    </section>
    <section class="panel" data-board="devices"><h2>${t("quality.devices")}</h2>
      <${Counts} app=${app} counts=${value.devices} />
      <div class="group" role="group" aria-label=${t("quality.state")}>${["", ...STATES].map((each) => html`<${Button} key=${each} aria-pressed=${each === state} onClick=${() => setState(each)}>${t(each ? `quality.state.${each}` : "quality.trouble")}</>`)}</div>
      <${Devices} app=${app} found=${trouble} />
    </section>
    <p class="muted">${t("quality.how")}</p>
  </section>`;
}

/** A share as a bar, a number, and a word where it is less than what is asked. */
function Ratio({ app, value, least }) {
  const { t, format } = app;
  if (value === null) return html`<span class="muted">–</span>`;
  const low = least !== undefined && value < least;
  return html`<span class=${`ratio${low ? " low" : ""}`} title=${least === undefined ? undefined : t("quality.least", { least: format.percent(least) })}>
    <span class="ratio-number number">${format.percent(value)}${low && html` <span class="ratio-low">▼ ${t("quality.low", { least: format.percent(least) })}</span>`}</span>
    <span class="ratio-bar" aria-hidden="true"><span style=${{ width: `${Math.round(value * 100)}%` }}></span>${least !== undefined && html`<i style=${{ left: `${least * 100}%` }}></i>`}</span></span>`;
}

function Counts({ app, counts }) {
  const { t, format } = app;
  const sources = Object.keys(counts);
  if (!sources.length) return html`<p class="muted">${t("quality.no_register")}</p>`;
  return html`<div class="table-box" tabindex="0" role="region" aria-label=${t("quality.counts")}><table class="table counts"><thead><tr><th scope="col">${t("quality.source")}</th>${["online", ...STATES].map((each) => html`<th key=${each} scope="col">${t(`quality.state.${each}`)}</th>`)}</tr></thead>
    <tbody>${sources.map((source) => html`<tr key=${source}><th scope="row">${t(`source.${source}`)}</th>${["online", ...STATES].map((each) => html`<td key=${each} class=${`number ${counts[source][each] ? `state-${each}` : "muted"}`}>${format.number(counts[source][each] ?? 0)}</td>`)}</tr>`)}</tbody></table></div>`;
}

function Devices({ app, found }) {
  const { t, names, format } = app;
  useTick(30);
  if (!found) return html`<${Loading} />`;
  if (!found.devices.length) return html`<${Empty}>${t("quality.no_trouble")}</>`;
  return html`<ul class="device-list">${found.devices.slice(0, FIRST).map((device) => html`<li key=${`${device.source} ${device.id}`} data-device=${device.id}>
      <span class=${`device-state state-${device.state}`}>${t(`quality.state.${device.state}`)}</span>
      <span class="device-name"><strong>${device.name}</strong>${device.name !== device.id && html` <span class="muted">${device.id}</span>`}</span>
      <span class="muted">${t(`source.${device.source}`)} · ${device.class}</span>
      <span class="muted">${names.commune(device.commune)}</span>
      <span class="number" title=${format.dateTime(Date.parse(device.since))}>${t("quality.since", { age: format.duration(app.now() - Date.parse(device.since)) })}</span>
    </li>`)}</ul>
    ${found.count > FIRST && html`<p class="muted">${t("quality.more", { n: format.number(found.count - FIRST) })}</p>`}`;
}

export const page = { Page, words };
