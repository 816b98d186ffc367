// What the signs on the map mean.

import { html } from "../../../vendor/preact/htm-preact.js";
import { Severity } from "../../core/ui.js";
import { GATE_STATES, SITE_STATES } from "./items.js";
import { Aqi } from "./list.js";
import { levelName } from "./popup.js";

export function Legend({ app, levels, layers, open }) {
  const { t } = app;
  return html`<details class="map-legend" open=${open}>
    <summary>${t("map.legend")}</summary>
    <div class="map-legend-body">
      ${layers.incidents && html`<div><h3>${t("map.layer.incidents")}</h3><ul>${["critical", "high", "normal", "low"].map((each) => html`<li key=${each}><${Severity} value=${each} /></li>`)}</ul></div>`}
      ${layers.stations && levels.length > 0 && html`<div><h3>VN_AQI</h3><ul>${levels.map((level, at) => html`<li key=${level.code}><${Aqi} level=${level} index=${`${at ? levels[at - 1].to + 1 : 0}–${level.to}`} /> ${levelName(app, level)}</li>`)}</ul></div>`}
      ${layers.sites && html`<div><h3>${t("map.layer.sites")}</h3><ul>${SITE_STATES.map((each) => html`<li key=${each} class=${`site-word site-${each}`}><span class="mark" aria-hidden="true"></span>${t(`map.site.${each}`)}</li>`)}</ul></div>`}
      ${layers.gates && html`<div><h3>${t("map.layer.gates")}</h3><ul>${GATE_STATES.filter((each) => each !== "low").map((each) => html`<li key=${each}><span class=${`gate-word gate-${each}`}>${t(`map.gate.${each}`)}</span></li>`)}</ul></div>`}
    </div>
  </details>`;
}
