// A small map without any server of tiles: where it is among the communes around it, and where the evidence came from.

import { html } from "../../../vendor/preact/htm-preact.js";
import { href } from "../../core/router.js";

const WIDTH = 360;
const HEIGHT = 200;
const MARGIN = 26;
const LEAST_M = 1_500;
const METRES = 111_195; // of a degree of latitude
const NAMED = 6;
const MAX_POINTS = 200;

export function Place({ app, incident, evidence }) {
  const { t, names } = app;
  const communes = [...names.tables.get().communes.values()].filter((each) => each.lat !== null && each.lat !== undefined);
  const here = incident.lat === null ? null : { lat: incident.lat, lon: incident.lon };
  const pieces = distinct(evidence ?? []);
  const own = communes.find((each) => each.code === incident.commune);
  const shown = [...(here ? [here] : []), ...pieces];
  const points = shown.length ? shown : own ? [own] : [];
  const where = [incident.commune, ...(incident.communes_also ?? [])].map(names.commune).join(", ");
  return html`<section class="panel place" aria-labelledby="place-title"><h2 id="place-title">${t("incident.place")}</h2>
    <p><strong>${where}</strong> · ${names.centre(incident.centre)}${incident.centre_also && html` <span class="muted">${t("incident.centre_also", { centre: names.centre(incident.centre_also) })}</span>`}</p>
    ${points.length > 0 ? html`<${Drawing} app=${app} points=${points} here=${here} pieces=${pieces} communes=${communes} where=${where} />` : html`<p class="muted">${t("incident.place.none")}</p>`}
    ${here && html`<p class="place-links"><span class="number">${here.lat.toFixed(5)}, ${here.lon.toFixed(5)}</span>
      ${app.opens("map") && html`<a href=${href("map", [], { id: incident.incident_id })}>${t("incident.place.map")}</a>`}</p>`}
  </section>`;
}

function Drawing({ app, points, here, pieces, communes, where }) {
  const { t } = app;
  const view = frame(points, communes);
  const near = communes.map((each) => ({ ...each, at: view.place(each) })).filter((each) => view.holds(each.at));
  const named = labels(near.map((each) => ({ ...each, far: away(view.centre, each) })).sort((a, b) => a.far - b.far), here && view.place(here));
  const label = t("incident.place.label", { where, n: pieces.length });
  return html`<svg class="drawing" viewBox=${`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label=${label}>
    <rect class="sea" width=${WIDTH} height=${HEIGHT} />
    ${near.map((each) => html`<circle key=${each.code} class="commune" cx=${each.at.x} cy=${each.at.y} r="3" />`)}
    ${named.map((each) => html`<text key=${each.code} class="commune-name" x=${each.x} y=${each.y} text-anchor="middle">${each.name}</text>`)}
    ${pieces.map((each) => {
      const at = view.place(each);
      return html`<circle key=${`${each.lat} ${each.lon}`} class=${`piece-dot ${each.source}`} cx=${at.x} cy=${at.y} r=${4 + Math.min(4, Math.log2(each.count))} />`;
    })}
    ${here && html`<g class="here" transform=${`translate(${view.place(here).x} ${view.place(here).y})`}><circle r="11" /><circle class="dot" r="4" /></g>`}
    <g class="scale" transform=${`translate(12 ${HEIGHT - 12})`}><path d=${`M0 -5V0H${view.bar.px}V-5`} /><text x=${view.bar.px + 6} y="0">${view.bar.text}</text></g>
  </svg>`;
}

/** Names of the nearest communes where they fit: below the point or above it, over no other name and not over the mark. */
function labels(near, here) {
  const taken = here ? [{ left: here.x - 13, right: here.x + 13, top: here.y - 13, bottom: here.y + 13 }] : [];
  taken.push({ left: 0, right: WIDTH / 2, top: HEIGHT - 24, bottom: HEIGHT }); // the scale
  const found = [];
  for (const each of near) {
    const half = each.name.length * 3.1;
    const x = Math.min(Math.max(each.at.x, half + 4), WIDTH - half - 4);
    for (const y of [each.at.y + 14, each.at.y - 7, here && Math.abs(each.at.y - here.y) < 13 ? here.y + 25 : -1]) {
      const box = { left: x - half, right: x + half, top: y - 10, bottom: y + 3 };
      if (box.top < 2 || box.bottom > HEIGHT - 2) continue;
      if (taken.some((other) => box.left < other.right && other.left < box.right && box.top < other.bottom && other.top < box.bottom)) continue;
      taken.push(box);
      found.push({ ...each, x, y });
      break;
    }
    if (found.length === NAMED) break;
  }
  return found;
}

/** Positions of evidence, each once with how many there are. */
function distinct(evidence) {
  const found = new Map();
  for (const { lat, lon, source } of evidence) {
    if (lat === null || lat === undefined) continue;
    const key = `${lat.toFixed(4)} ${lon.toFixed(4)}`;
    const old = found.get(key);
    if (old) old.count += 1;
    else if (found.size < MAX_POINTS) found.set(key, { lat, lon, source, count: 1 });
  }
  return [...found.values()];
}

/** A frame around the points that shows some commune too, and how to get from degrees to it. */
function frame(points, communes) {
  const mean = (name) => (Math.min(...points.map((each) => each[name])) + Math.max(...points.map((each) => each[name]))) / 2;
  const centre = { lat: mean("lat"), lon: mean("lon") };
  const nearest = communes.map((each) => away(centre, each)).sort((a, b) => a - b);
  const reach = Math.max(LEAST_M, ...points.map((each) => away(centre, each) * 1.2), (nearest[2] ?? nearest.at(-1) ?? 0) * 1.1);
  const scale = (Math.min(WIDTH, HEIGHT) / 2 - MARGIN) / reach;
  const place = ({ lat, lon }) => ({
    x: WIDTH / 2 + (lon - centre.lon) * METRES * Math.cos((centre.lat * Math.PI) / 180) * scale,
    y: HEIGHT / 2 - (lat - centre.lat) * METRES * scale,
  });
  const metres = [50_000, 20_000, 10_000, 5_000, 2_000, 1_000, 500, 200].find((each) => each * scale < WIDTH / 3) ?? 200;
  return {
    centre,
    place,
    holds: ({ x, y }) => x > 0 && x < WIDTH && y > 0 && y < HEIGHT,
    bar: { px: metres * scale, text: metres >= 1_000 ? `${metres / 1_000} km` : `${metres} m` },
  };
}

function away(one, other) {
  const north = (one.lat - other.lat) * METRES;
  const east = (one.lon - other.lon) * METRES * Math.cos((one.lat * Math.PI) / 180);
  return Math.hypot(north, east);
}
