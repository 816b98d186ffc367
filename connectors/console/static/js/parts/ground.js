// The ground that every map of the console stands on: Leaflet with the communes. It needs no server of tiles: communes are
// outlines, and their points of reference have names.

import { html, useEffect, useRef, useState } from "../../vendor/preact/htm-preact.js";
import { Failure } from "../core/ui.js";
import { el } from "./element.js";
import { sheet } from "./sheet.js";

const VENDOR = new URL("../../vendor/", import.meta.url).href;
const NAMES_FROM_ZOOM = 10.5;

/** Leaflet and, if they are wanted, its clusters; both were written for pages without modules and leave themselves in `window.L`. */
async function leaflet(clusters) {
  // The last one stands first: what we say goes before what they say.
  await Promise.all([
    sheet(new URL("../../style/ground.css", import.meta.url)),
    clusters && sheet(new URL("leaflet.markercluster/MarkerCluster.css", VENDOR)),
    sheet(new URL("leaflet/leaflet.css", VENDOR)),
    import(`${VENDOR}leaflet/leaflet.js`),
  ]);
  if (clusters) await import(`${VENDOR}leaflet.markercluster/leaflet.markercluster.js`);
  return window.L;
}

/** Places that maps are made of: {communes, outlines, outlined_by, tiles}. They change rarely and the browser keeps them. */
export const placesOf = (app, signal) => app.api.get("/v1/map/places", {}, { signal, cache: "default" });

/**
 * Draw the ground into an element.
 *
 * @param options of Leaflet's map, and `clusters`: whether they are needed
 * @returns {L, map, still: no motion is wanted, whole: bounds of all, outlineOf(code), fit(bounds), pane(name, order)}
 */
export async function createGround(box, app, places, { clusters = false, ...options } = {}) {
  const L = await leaflet(clusters);
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const map = L.map(box, { zoomControl: false, attributionControl: Boolean(places.tiles), minZoom: 7, maxZoom: 18, zoomSnap: 0.25, zoomDelta: 0.5, wheelPxPerZoomLevel: 90, zoomAnimation: !still, fadeAnimation: !still, markerZoomAnimation: !still, ...options });
  map.attributionControl?.setPrefix(false);
  L.control.zoom({ position: "topright", zoomInTitle: app.t("ground.zoom_in"), zoomOutTitle: app.t("ground.zoom_out") }).addTo(map);
  const ground = pane("ground", 250);
  const names = pane("names", 260);

  if (places.tiles) {
    L.tileLayer(places.tiles.url, { attribution: escaped(places.tiles.attribution), maxZoom: 18 }).addTo(map);
  }
  const byCode = new Map();
  const outlines = L.geoJSON(places.outlines, {
    renderer: L.svg({ pane: ground }), pane: ground, interactive: false, style: { className: `map-outline by-${places.outlined_by}` },
    onEachFeature: (feature, layer) => byCode.set(feature.properties.code, layer),
  }).addTo(map);
  for (const commune of places.communes) {
    if (commune.lat === null) continue;
    const at = [commune.lat, commune.lon];
    const icon = L.divIcon({ className: "map-name", html: el("span", "", commune.name), iconSize: [0, 0] });
    L.marker(at, { icon, pane: names, interactive: false, keyboard: false }).addTo(map);
  }
  map.on("zoomend", near);

  function near() {
    box.classList.toggle("near", map.getZoom() >= NAMES_FROM_ZOOM);
  }

  function pane(name, order) {
    const made = map.createPane(name);
    made.style.zIndex = order;
    if (order < 400) made.style.pointerEvents = "none";
    return name;
  }

  return {
    L,
    map,
    still,
    whole: outlines.getBounds(),
    outlineOf: (code) => byCode.get(code),
    fit(bounds, padding = 10, maxZoom = 13) {
      map.fitBounds(bounds, { animate: false, padding: [padding, padding], maxZoom });
      near();
    },
    pane,
  };
}

/** Leaflet takes an attribution for markup. */
const escaped = (text) => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);

/** The sign of an incident on a map. */
export function incidentIcon(L, severity, exact = true) {
  return L.divIcon({ className: `pin incident ${severity}${exact ? "" : " rough"}`, html: el("span", "mark"), iconSize: [24, 24] });
}

/**
 * The element of a map: what `make(element)` promises ({resized, remove, …}) is made once, told to `onMade`, and taken away
 * with the component; `failed` is said where it cannot be made.
 */
export function MapBox({ app, make, onMade, label, how, failed, deps }) {
  const box = useRef(null);
  const [error, setError] = useState(null);
  useEffect(() => {
    let gone = false;
    let made = null;
    const watch = new ResizeObserver(() => made?.resized());
    make(box.current).then(
      (found) => {
        if (gone) {
          found.remove();
          return;
        }
        made = found;
        watch.observe(box.current);
        setError(null);
        onMade(found);
      },
      (problem) => !gone && setError(problem),
    );
    return () => {
      gone = true;
      watch.disconnect();
      made?.remove();
      onMade(null);
    };
  }, deps);
  return html`<div class="map-place">
    <div class="map-box" ref=${box} role="application" aria-label=${label} aria-describedby="map-how"></div>
    <p id="map-how" class="for-ears">${how}</p>
    ${error && html`<${Failure} error=${{ message: failed }} />`}
  </div>`;
}
