// The same as on the map as a list: for the keyboard, for those who hear the page, and for what has no position.

import { html, useState } from "../../../vendor/preact/htm-preact.js";
import { Button, Severity } from "../../core/ui.js";
import { inkOn, waitingAt } from "./items.js";
import { levelName } from "./popup.js";

const FIRST = 30;

export function List({ app, layer, items, levels, chosen, onChoose }) {
  const { t, format } = app;
  const [all, setAll] = useState(false);
  const listed = layer === "sites" ? items.filter((each) => each.state !== "in_service") : items;
  const shown = all ? listed : listed.slice(0, FIRST);
  return html`<section class="map-list" data-list=${layer} aria-labelledby=${`map-list-${layer}`}>
    <h2 id=${`map-list-${layer}`}>${t(`map.list.${layer}`)} <span class="muted number">${format.number(listed.length)}</span></h2>
    ${listed.length === 0 && html`<p class="muted">${t(`map.none.${layer}`, { n: format.number(items.length) })}</p>`}
    <ul>${shown.map((item) => html`<li key=${item.key}><button type="button" class="map-row" aria-pressed=${item.key === chosen} data-key=${item.key} onClick=${() => onChoose(item)}>
      <${Row} app=${app} item=${item} levels=${levels} />
    </button></li>`)}</ul>
    ${listed.length > FIRST && html`<${Button} onClick=${() => setAll(!all)}>${all ? t("map.fewer") : t("map.more", { n: format.number(listed.length - FIRST) })}</>`}
  </section>`;
}

function Row({ app, item, levels }) {
  const { t, names, format } = app;
  const { row } = item;
  const place = item.lat === null ? t("map.nowhere") : names.commune(row.commune);
  const stale = row.stale ? html` · <span class="stale">${t("map.stale", { age: format.ago(Date.parse(row.told_at), app.now()) })}</span>` : "";
  switch (item.layer) {
    case "incidents":
      return html`<span class="map-row-state"><${Severity} value=${item.state} /></span><span class="map-row-title">${item.title}</span>
        <span class="map-row-where">${place} · ${format.duration(app.now() - item.at)}</span>`;
    case "stations": {
      const level = levels[row.level - 1];
      return html`<span class="map-row-state"><${Aqi} level=${level} index=${row.index} /> ${level ? levelName(app, level) : ""}</span>
        <span class="map-row-title">${item.title}</span><span class="map-row-where">${place}${stale}</span>`;
    }
    case "gates": {
      const waiting = waitingAt(row);
      return html`<span class=${`map-row-state gate-word gate-${item.state}`}>${t(`map.gate.${item.state}`)}</span><span class="map-row-title">${item.title}</span>
        <span class="map-row-where">${waiting === null ? t("map.unknown_queue") : t("map.vehicles", { n: format.number(waiting) })}${stale}</span>`;
    }
    default:
      return html`<span class=${`map-row-state site-word site-${item.state}`}><span class="mark" aria-hidden="true"></span>${t(`map.site.${item.state}`)}</span>
        <span class="map-row-title">${item.title}</span><span class="map-row-where">${place} · ${row.cells.filter((cell) => cell.state !== "in_service").map((cell) => `${cell.operator} ${cell.technology}`).join(", ")}${stale}</span>`;
  }
}

/** An index on the colour of its level. */
export function Aqi({ level, index }) {
  const style = level ? { backgroundColor: `rgb(${level.rgb.join(" ")})`, color: inkOn(level.rgb) } : {};
  return html`<span class="aqi number" style=${style}>${index}</span>`;
}
