// Where it is: in words, on a small map, and where the evidence came from.

import { html, useEffect, useState } from "../../../vendor/preact/htm-preact.js";
import { href } from "../../core/router.js";
import { Failure, useLoad } from "../../core/ui.js";
import { MapBox, placesOf } from "../../parts/ground.js";
import { createSpot } from "./spot.js";

const METRES = 111_195; // of a degree of latitude
const MAX_POINTS = 200;
const LISTED = 20;

export function Place({ app, incident, evidence }) {
  const { t, names } = app;
  const here = incident.lat === null ? null : { lat: incident.lat, lon: incident.lon };
  const communes = [incident.commune, ...(incident.communes_also ?? [])];
  const where = communes.map(names.commune).join(", ");
  const pieces = distinct(evidence ?? [], here);
  const shown = here !== null || pieces.length > 0 || names.tables.get().communes.get(incident.commune)?.lat != null;
  return html`<section class="panel place" aria-labelledby="place-title"><h2 id="place-title">${t("incident.place")}</h2>
    <p><strong>${where}</strong> · ${names.centre(incident.centre)}${incident.centre_also && html` <span class="muted">${t("incident.centre_also", { centre: names.centre(incident.centre_also) })}</span>`}</p>
    ${shown ? html`<${Spot} app=${app} here=${here} pieces=${pieces} communes=${communes} severity=${incident.severity} where=${where} />` : html`<p class="muted">${t("incident.place.none")}</p>`}
    ${shown && !here && html`<p class="muted">${t("incident.place.rough")}</p>`}
    ${here && html`<p class="place-links"><span class="number">${written(here)}</span>
      ${app.opens("map") && html`<a href=${href("map", [], { id: incident.incident_id })}>${t("incident.place.map")}</a>`}</p>`}
    ${pieces.length > 0 && html`<details class="place-evidence"><summary>${t("incident.place.evidence", { n: pieces.length })}</summary>
      <ul>${pieces.slice(0, LISTED).map((each) => html`<li key=${`${each.lat} ${each.lon}`}>${t(`source.${each.source}`)}${each.count > 1 && ` (${each.count})`}: <span class="number">${written(each)}</span>${here && html` <span class="muted">${t("incident.place.away", { far: distance(app, each.away) })}</span>`}</li>`)}</ul></details>`}
  </section>`;
}

function Spot({ app, here, pieces, communes, severity, where }) {
  const { t } = app;
  const { value: places, error, again } = useLoad((signal) => placesOf(app, signal), []);
  const [spot, setSpot] = useState(null);
  const reach = Math.max(0, ...pieces.map((each) => each.away));
  const shown = JSON.stringify([here, pieces, communes, severity]);
  useEffect(() => spot?.show({ here, severity, communes, pieces, reach }), [spot, shown]);
  if (error) return html`<${Failure} error=${{ message: t("incident.place.failed") }} onAgain=${again} />`;
  if (!places) return html`<div class="spot"></div>`;
  return html`<div class="spot" data-evidence=${pieces.length}><${MapBox} app=${app} make=${(box) => createSpot(box, app, places)} onMade=${setSpot} deps=${[places, app.lang()]}
    label=${t("incident.place.label", { where, n: pieces.length })} how=${t("incident.place.how")} failed=${t("incident.place.failed")} /></div>`;
}

const written = ({ lat, lon }) => `${lat.toFixed(5)}, ${lon.toFixed(5)}`;

const distance = (app, metres) => (metres < 1_000 ? `${Math.round(metres)} m` : `${app.format.number(Math.round(metres / 100) / 10)} km`);

/** Positions of evidence, each once with how many there are and how far from the incident, the farthest first. */
function distinct(evidence, here) {
  const found = new Map();
  for (const { lat, lon, source } of evidence) {
    if (lat === null || lat === undefined) continue;
    const key = `${lat.toFixed(4)} ${lon.toFixed(4)}`;
    const old = found.get(key);
    if (old) old.count += 1;
    else if (found.size < MAX_POINTS) found.set(key, { lat, lon, source, count: 1, away: here ? away(here, { lat, lon }) : 0 });
  }
  return [...found.values()].sort((one, other) => other.away - one.away);
}

function away(one, other) {
  const north = (one.lat - other.lat) * METRES;
  const east = (one.lon - other.lon) * METRES * Math.cos((one.lat * Math.PI) / 180);
  return Math.hypot(north, east);
}
