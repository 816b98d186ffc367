// The small map of one incident: where it is, its commune, where the evidence came from and how far apart that is.

import { createGround, incidentIcon } from "../../parts/ground.js";

const NEAREST_M = 20; // what is nearer together than that is one place

/**
 * Draw it into an element.
 *
 * @returns {show({here, severity, communes, pieces, reach}), resized(), remove()}; `here` is {lat, lon} or null, `pieces`
 * {lat, lon, source, count}, `reach` of the evidence in metres
 */
export async function createSpot(box, app, places) {
  // The wheel and one finger scroll the page; buttons, keys and two fingers zoom.
  const dragging = matchMedia("(pointer: fine)").matches;
  const { L, map, whole, outlineOf, fit, pane } = await createGround(box, app, places, { scrollWheelZoom: false, dragging });
  L.control.scale({ imperial: false, position: "bottomleft" }).addTo(map);
  const lines = L.svg({ pane: pane("evidence", 420) });
  const signs = L.layerGroup().addTo(map);
  let own = [];
  let seen = null; // what the view was fitted to: news of it moves nothing that somebody looks at
  fit(whole);

  return {
    show({ here, severity, communes, pieces, reach }) {
      signs.clearLayers();
      own.forEach((layer) => layer.getElement()?.classList.remove("own"));
      own = communes.map(outlineOf).filter(Boolean);
      own.forEach((layer) => layer.getElement()?.classList.add("own"));
      const drawn = { renderer: lines, pane: "evidence", interactive: false };
      if (here && reach >= NEAREST_M) L.circle([here.lat, here.lon], { ...drawn, radius: reach, className: "evidence-reach" }).addTo(signs);
      for (const each of pieces) {
        L.circleMarker([each.lat, each.lon], { ...drawn, radius: 5 + Math.min(5, Math.log2(each.count)), className: `evidence-dot ${each.source}` }).addTo(signs);
      }
      if (here) L.marker([here.lat, here.lon], { icon: incidentIcon(L, severity), interactive: false, keyboard: false }).addTo(signs);

      const points = [...(here ? [here] : []), ...pieces].map((each) => [each.lat, each.lon]);
      const key = JSON.stringify([points, communes]);
      if (key === seen) return;
      seen = key;
      if (points.length) fit(L.latLngBounds(points), 40);
      else if (own.length) fit(own.slice(1).reduce((bounds, layer) => bounds.extend(layer.getBounds()), L.latLngBounds(own[0].getBounds())));
      else fit(whole);
    },
    /** The element has another size. */
    resized: () => map.invalidateSize({ animate: false }),
    remove: () => map.remove(),
  };
}
