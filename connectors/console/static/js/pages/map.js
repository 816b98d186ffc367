// The map: incidents in clusters, base stations, stations, gates; beside it the same as a list.

import { html, useEffect, useMemo, useRef, useState } from "../../vendor/preact/htm-preact.js";
import { useTick } from "../core/clock.js";
import { useKeys } from "../core/keys.js";
import { remembered, useStore } from "../core/store.js";
import { Button, Empty, Failure, Loading, reason, useLoad } from "../core/ui.js";
import { MapBox, placesOf } from "../parts/ground.js";
import { useScheme } from "../parts/scheme.js";
import { words as groundWords } from "../words/ground.js";
import { words as own } from "../words/map.js";
import { createBoard } from "./map/board.js";
import { useDevices } from "./map/devices.js";
import { deviceItems, incidentItems, LAYERS } from "./map/items.js";
import { Legend } from "./map/legend.js";
import { List } from "./map/list.js";

const words = { vi: { ...groundWords.vi, ...own.vi }, en: { ...groundWords.en, ...own.en } };
const SLOW_MS = 500;
const ALL_LAYERS = Object.fromEntries(LAYERS.map((name) => [name, true]));
const layersOn = remembered("map.layers", ALL_LAYERS);
const centreOn = remembered("map.centre", "");
const legendOn = remembered("map.legend", matchMedia("(min-width: 901px)").matches);

function Page({ app, params }) {
  const { t, live } = app;
  const { value: places, error, again } = useLoad((signal) => placesOf(app, signal), []);
  const changed = useSlowly(live.changed);
  const layers = { ...ALL_LAYERS, ...useStore(layersOn) };
  const wanted = useStore(centreOn);
  const tables = useStore(app.names.tables);
  const centre = tables.centres.has(wanted) ? wanted : "";
  const devices = useDevices(app);
  const legend = useStore(legendOn);
  const [chosen, setChosen] = useState(null);
  const board = useRef(null);
  // What the board goes to as soon as it is there and has it.
  const asked = useRef(params.id ? `incidents/${params.id}` : null);
  useTick(30);

  const lang = app.lang();
  const items = useMemo(
    () => ({ incidents: incidentItems(app, centre), ...deviceItems(devices, centre) }),
    [changed, devices, centre, tables, lang],
  );
  const shown = useMemo(() => LAYERS.filter((name) => layers[name]).flatMap((name) => items[name]), [items, layersOn.get()]);

  const toggle = (name) => layersOn.set({ ...layers, [name]: !layers[name] });
  const choose = (item) => {
    setChosen(item.key);
    if (!layers[item.layer]) toggle(item.layer);
    if (item.layer === "incidents" && item.lat === null) app.go("incident", [item.id]);
    else if (!board.current?.focus(item.key)) asked.current = item.key;
  };
  useKeys(app.keys, LAYERS.map((name, at) => ({ key: String(at + 1), label: `map.key.${name}`, group: "keys.list", run: () => toggle(name) })), { widget: ".map-layers, .map-body" });

  if (error) return html`<${Failure} error=${error} onAgain=${again} />`;
  if (!places) return html`<${Loading} />`;
  return html`<section class="map-page">
    <h1 class="for-ears">${t("page.map")}</h1>
    <div class="map-tools">
      <label class="choice"><span class="for-ears">${t("map.centre")}</span><select value=${centre} onChange=${(event) => { centreOn.set(event.target.value); board.current?.fit(event.target.value); }}>
        <option value="">${t("map.all_centres")}</option>
        ${[...tables.centres.values()].map((each) => html`<option key=${each.code} value=${each.code}>${each.name}</option>`)}
      </select></label>
      <div class="map-layers" role="group" aria-label=${t("map.layers")}>${LAYERS.map((name) => html`<${Button} key=${name} aria-pressed=${layers[name]} data-layer=${name} onClick=${() => toggle(name)}>${t(`map.layer.${name}`)} <span class="number">${app.format.number(items[name].length)}</span></>`)}</div>
      <${Button} onClick=${() => board.current?.fit(centre)}>${t("map.fit")}</>
      <${AsOf} app=${app} devices=${devices} />
    </div>
    <div class="map-body">
      <${Board} app=${app} places=${places} shown=${shown} levels=${devices.levels} board=${board} centre=${centre} asked=${asked} />
      <${Legend} app=${app} levels=${devices.levels} layers=${layers} places=${places} open=${legend} onToggle=${(open) => legendOn.set(open)} />
      <div class="map-lists" tabindex="0" role="region" aria-label=${t("map.lists")}>
        ${LAYERS.filter((name) => layers[name]).map((name) => html`<${List} key=${name} app=${app} layer=${name} items=${items[name]} levels=${devices.levels} chosen=${chosen} onChoose=${choose} />`)}
        ${!LAYERS.some((name) => layers[name]) && html`<${Empty}>${t("map.no_layer")}</>`}
      </div>
    </div>
  </section>`;
}

/** A store's value, at most twice a second: a burst of alerts must not draw the map for each of them. */
function useSlowly(of) {
  const [value, setValue] = useState(of.get());
  useEffect(() => {
    let timer = 0;
    const follow = () => {
      timer ||= setTimeout(() => {
        timer = 0;
        setValue(of.get());
      }, SLOW_MS);
    };
    const leave = of.subscribe(follow);
    setValue(of.get());
    return () => {
      clearTimeout(timer);
      leave();
    };
  }, [of]);
  return value;
}

/** As of when stations, sites and gates are; an answer that does not come is said. */
function AsOf({ app, devices }) {
  const { t, format } = app;
  const time = devices.at ? format.time(devices.at) : "–";
  if (devices.error) return html`<span class="map-as-of failed" role="alert">${t("map.as_of_failed", { time, reason: reason(t, devices.error) })}</span>`;
  return html`<span class="map-as-of muted">${t("map.as_of", { time })}</span>`;
}

/** The map's element; the board is made once and told what to show. */
function Board({ app, places, shown, levels, board, centre, asked }) {
  const { t } = app;
  const [made, setMade] = useState(null);
  const scheme = useScheme(app);
  const lang = app.lang();

  useEffect(() => {
    board.current = made;
    if (made && centre) made.fit(centre);
  }, [made]);
  useEffect(() => made?.draw(), [scheme, lang]);
  useEffect(() => made?.show(shown, levels), [made, shown, levels, scheme, lang]);
  useEffect(() => {
    if (asked.current && made?.focus(asked.current)) asked.current = null;
  }, [made, shown]);

  return html`<${MapBox} app=${app} make=${(box) => createBoard(box, app, places)} onMade=${setMade} deps=${[places]}
    label=${t("map.label")} how=${t("map.how")} failed=${t("map.failed")} />`;
}

export const page = { Page, words };
