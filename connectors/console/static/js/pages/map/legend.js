// What the signs on the map mean.

import { html } from "../../../vendor/preact/htm-preact.js";
import { Severity } from "../../core/ui.js";
import { GATE_STATES, SITE_STATES } from "./items.js";
import { Aqi } from "./list.js";
import { levelName } from "./popup.js";

export function Legend({ app, levels, layers, places, open, onToggle }) {
  const { t } = app;
  return html`<details class="map-legend" open=${open} onToggle=${(event) => onToggle(event.currentTarget.open)}>
    <summary>${t("map.legend")}</summary>
    <dl class="map-legend-body">
      ${layers.incidents && html`<${Group} name=${t("map.layer.incidents")}>${["critical", "high", "normal", "low"].map((each) => html`<li key=${each}><${Severity} value=${each} /></li>`)}</>`}
      ${layers.stations && levels.length > 0 && html`<${Group} name="VN_AQI">${levels.map((level, at) => html`<li key=${level.code}><${Aqi} level=${level} index=${`${at ? levels[at - 1].to + 1 : 0}–${level.to}`} /> ${levelName(app, level)}</li>`)}</>`}
      ${layers.sites && html`<${Group} name=${t("map.layer.sites")}>${SITE_STATES.map((each) => html`<li key=${each} class=${`site-word site-${each}`}><span class="mark" aria-hidden="true"></span>${t(`map.site.${each}`)}</li>`)}</>`}
      ${layers.gates && html`<${Group} name=${t("map.layer.gates")}>${GATE_STATES.filter((each) => each !== "low").map((each) => html`<li key=${each}><span class=${`gate-word gate-${each}`}>${t(`map.gate.${each}`)}</span></li>`)}</>`}
    </dl>
    ${places.outlined_by === "points" && html`<p class="map-legend-note">${t("map.by_points")}</p>`}
  </details>`;
}

function Group({ name, children }) {
  return html`<div><dt>${name}</dt><dd><ul>${children}</ul></dd></div>`;
}
