// What stands on the map: incidents in clusters, stations, sites, gates, and what each of them says.

import { el } from "../../parts/element.js";
import { createGround, incidentIcon } from "../../parts/ground.js";
import { inkOn, waitingAt } from "./items.js";
import { popup } from "./popup.js";

const ORDER = ["critical", "high", "normal", "low"];

/**
 * Draw a map into an element.
 *
 * @returns {show(items, levels), focus(key), fit(centre), draw(), remove()}
 */
export async function createBoard(box, app, places) {
  const ground = await createGround(box, app, places, { clusters: true });
  const { L, map, still, whole } = ground;
  const dots = ground.pane("dots", 420);
  const first = ground.pane("first", 630);

  const clusters = L.markerClusterGroup({
    clusterPane: first, chunkedLoading: true, maxClusterRadius: 52, showCoverageOnHover: false, animate: !still, spiderLegPolylineOptions: { className: "map-leg" },
    iconCreateFunction: (cluster) => clusterIcon(L, app, cluster),
  }).addTo(map);
  const canvas = L.canvas({ pane: dots, padding: 0.3 });
  const plain = L.layerGroup().addTo(map);
  const shown = new Map();
  let levels = [];
  // Keys: what says something now, and what the map is on its way to.
  let opened = null;
  let going = null;

  map.on("dragstart", () => {
    going = null;
  });
  map.on("popupopen", ({ popup: balloon }) => balloon.getElement()?.querySelector(".leaflet-popup-close-button")?.setAttribute("aria-label", app.t("close")));
  fit("");

  function fit(centre) {
    const own = places.communes.filter((each) => each.lat !== null && (each.centre === centre || each.centre_also === centre));
    const bounds = centre && own.length ? L.latLngBounds(own.map((each) => [each.lat, each.lon])).pad(0.25) : whole;
    ground.fit(bounds);
  }

  function layerOf(item) {
    const at = [item.lat, item.lon];
    if (small(item)) {
      const style = getComputedStyle(box);
      return L.circleMarker(at, { renderer: canvas, pane: dots, radius: 4, weight: 1, color: style.getPropertyValue("--surface"), fillColor: style.getPropertyValue("--good"), fillOpacity: item.row.stale ? 0.35 : 1 });
    }
    return L.marker(at, { icon: iconOf(L, app, item, levels), keyboard: false, title: item.title, zIndexOffset: { sites: 0, stations: 1000, gates: 2000, incidents: 0 }[item.layer], pane: item.layer === "incidents" ? first : "markerPane" });
  }

  function add(item) {
    const layer = layerOf(item);
    layer.item = item;
    layer.bindPopup(() => popup(app, layer.item, levels), { maxWidth: 320, minWidth: 220, autoPanPadding: [24, 24] });
    layer.on("popupopen", () => {
      opened = item.key;
    });
    layer.on("popupclose", () => {
      if (opened === item.key) opened = null;
    });
    return layer;
  }

  /** The same thing in another state, at the same place: it is not taken off the map, where a popup would close. */
  function changed(layer, item) {
    const there = layer.item.lat === item.lat && layer.item.lon === item.lon;
    if (!there || !layer.setIcon || small(item)) return false;
    layer.item = item;
    layer.options.title = item.title;
    layer.setIcon(iconOf(L, app, item, levels));
    if (layer.isPopupOpen()) layer.getPopup().update();
    return true;
  }

  /** Bring the map to where an incident is seen, out of whatever cluster it is in; then says whether it is. */
  function reach(key, then) {
    const layer = shown.get(key);
    if (layer && going === key) clusters.zoomToShowLayer(layer, () => setTimeout(() => then(map.hasLayer(layer))));
  }

  function openAt(key) {
    const layer = shown.get(key);
    going = null;
    if (!layer) return;
    if (layer.item.layer !== "incidents") {
      layer.openPopup();
      return;
    }
    going = key;
    const arrived = () => {
      // It may have been drawn anew before the map has come to it.
      if (going === key) shown.get(key)?.openPopup();
      going = null;
    };
    // Without animations a cluster is spread before the zoom is over, whose end draws it in again: then once more.
    reach(key, (there) => (there ? arrived() : reach(key, arrived)));
  }

  return {
    /** Show these items and no others; what did not change is left as it is, and what is open stays open. */
    show(items, newLevels) {
      if (levels.length !== newLevels.length) levels = newLevels;
      const wanted = new Map();
      for (const item of items) if (item.lat !== null) wanted.set(item.key, item);
      const open = going ?? opened;
      const [come, go, other] = [[], [], []];
      for (const [key, layer] of shown) {
        const item = wanted.get(key);
        if (item && item.version === layer.item.version) continue;
        if (item && changed(layer, item)) {
          if (item.layer === "incidents") other.push(layer);
          continue;
        }
        shown.delete(key);
        if (layer.item.layer === "incidents") go.push(layer);
        else plain.removeLayer(layer);
      }
      for (const [key, item] of wanted) {
        if (shown.has(key)) continue;
        const layer = add(item);
        shown.set(key, layer);
        if (item.layer === "incidents") come.push(layer);
        else plain.addLayer(layer);
      }
      if (go.length) clusters.removeLayers(go);
      if (come.length) clusters.addLayers(come);
      if (other.length) clusters.refreshClusters(other);
      // Clusters that change draw their markers in again, with what one of them says.
      if (open && open !== opened) openAt(open);
    },
    /** Go to an item and open what it says; whether it stands on the map. */
    focus(key) {
      const layer = shown.get(key);
      if (!layer) return false;
      if (layer.item.layer !== "incidents") map.setView(layer.getLatLng(), Math.max(map.getZoom(), 13), { animate: !still });
      openAt(key);
      return true;
    },
    fit,
    /** Draw everything anew: another language, another theme. */
    draw() {
      for (const layer of shown.values()) layer.item = { ...layer.item, version: "" };
      clusters.refreshClusters();
    },
    /** The element has another size. */
    resized: () => map.invalidateSize({ animate: false }),
    remove: () => map.remove(),
  };
}

/** Whether it is one of the many that are well, drawn as a dot. */
const small = (item) => item.layer === "sites" && item.state === "in_service";

function clusterIcon(L, app, cluster) {
  const counts = { critical: 0, high: 0, normal: 0, low: 0 };
  for (const marker of cluster.getAllChildMarkers()) counts[marker.item.state] += 1;
  const worst = ORDER.find((each) => counts[each]) ?? "low";
  const all = cluster.getChildCount();
  const size = all < 10 ? 34 : all < 100 ? 42 : 50;
  const text = el("span", "cluster-count", app.format.number(all), el("span", "for-ears", ` ${app.t("map.cluster", { severity: app.t(`severity.${worst}`), n: counts[worst] })}`));
  return L.divIcon({ className: `cluster ${worst}`, html: text, iconSize: [size, size] });
}

function iconOf(L, app, item, levels) {
  const stale = item.row.stale ? " stale" : "";
  switch (item.layer) {
    case "incidents":
      return incidentIcon(L, item.state, item.exact);
    case "stations": {
      const level = levels[item.row.level - 1];
      const plate = el("span", "plate", String(item.row.index));
      if (level) {
        plate.style.backgroundColor = `rgb(${level.rgb.join(" ")})`;
        plate.style.color = inkOn(level.rgb);
      }
      return L.divIcon({ className: `pin station${stale}`, html: plate, iconSize: [38, 24] });
    }
    case "gates": {
      const waiting = waitingAt(item.row);
      return L.divIcon({ className: `pin gate gate-${item.state}${stale}`, html: el("span", "plate", waiting === null ? "⇄" : `⇄ ${app.format.number(waiting)}`), iconSize: [64, 26] });
    }
    default:
      return L.divIcon({ className: `pin site site-${item.state}${stale}`, html: el("span", "mark"), iconSize: [18, 18] });
  }
}
