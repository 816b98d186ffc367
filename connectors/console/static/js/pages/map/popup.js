// What a place on the map says when it is opened; nodes only, so that nothing that was sent becomes markup.

import { href } from "../../core/router.js";
import { el } from "../../parts/element.js";

/** The content of an item's popup. */
export function popup(app, item, levels) {
  return { incidents: ofIncident, stations: ofStation, sites: ofSite, gates: ofGate }[item.layer](app, item, levels);
}

function head(app, item, kind) {
  return [el("span", "popup-kind", kind), el("strong", "popup-title", item.title)];
}

function pairs(rows) {
  const list = el("dl", "popup-pairs");
  for (const [name, value] of rows) if (value !== null && value !== "") list.append(el("dt", "", name), el("dd", "", value));
  return list;
}

function told(app, row) {
  const { t, format } = app;
  const age = format.ago(Date.parse(row.told_at), app.now());
  return el("span", row.stale ? "popup-told stale" : "popup-told", row.stale ? t("map.stale", { age }) : t("map.told", { age }));
}

function where(app, row) {
  return [app.names.commune(row.commune), app.names.centreShort(row.centre)].filter(Boolean).join(" · ");
}

function ofIncident(app, item) {
  const { t, names, format } = app;
  const { row } = item;
  const link = el("a", "popup-link", t("map.open"));
  link.href = href("incident", [item.id]);
  return el("div", "popup",
    ...head(app, item, `${t(`severity.${row.severity}`)} · ${app.names.kind(row)}`),
    pairs([
      [t("map.where"), where(app, row)],
      [t("map.status"), t(`status.${row.status}`)],
      [t("map.unit"), row.unit ? names.unit(row.unit) : ""],
      [t("map.age"), format.duration(app.now() - item.at)],
      [t("map.evidence"), String(row.evidence_count)],
    ]),
    item.exact ? null : el("span", "popup-told", t("map.by_commune")),
    link);
}

/** Name of a level of the index: the table's own in Vietnamese. */
export function levelName(app, level) {
  return app.lang() === "vi" ? level.name : app.t(`map.aqi.${level.code}`);
}

function ofStation(app, item, levels) {
  const { t, format } = app;
  const { row } = item;
  const level = levels[row.level - 1];
  return el("div", "popup",
    ...head(app, item, t("map.layer.stations")),
    pairs([
      ["VN_AQI", `${row.index} – ${level ? levelName(app, level) : row.state}`],
      [t("map.hour"), format.dateTime(Date.parse(row.hour_end))],
      [t("map.where"), where(app, row)],
    ]),
    told(app, row));
}

function ofSite(app, item) {
  const { t, format } = app;
  const { row } = item;
  const cells = el("ul", "popup-cells");
  for (const cell of row.cells) {
    cells.append(el("li", `site-${cell.state}`, `${cell.operator} ${cell.technology}: ${t(`map.site.${cell.state}`)}`,
      el("span", "muted", ` · ${format.duration(app.now() - Date.parse(cell.since))}`)));
  }
  return el("div", "popup", ...head(app, item, t("map.layer.sites")), el("span", "", where(app, row)), cells, told(app, row));
}

function ofGate(app, item) {
  const { t } = app;
  const { row } = item;
  const parts = row.directions.map((each) => el("div", "popup-part", el("strong", "", `${t(`map.direction.${each.direction}`)}: ${t(`map.gate.${each.state}`)}`), pairs(gateFigures(app, each))));
  return el("div", "popup", ...head(app, item, t("map.layer.gates")), el("span", "", where(app, row)), ...parts, told(app, row));
}

/** Names and values of what is known of one direction of a gate. */
export function gateFigures(app, direction) {
  const { t, format } = app;
  const hours = (value) => (value === undefined ? "" : t("map.hours", { n: format.number(value) }));
  const wait = ({ p50_s: half, p90_s: most, longest_s: longest }) =>
    [half !== undefined && t("map.wait.half", { time: format.duration(half * 1000) }), most !== undefined && t("map.wait.most", { time: format.duration(most * 1000) }),
      longest !== undefined && t("map.wait.longest", { time: format.duration(longest * 1000) })].filter(Boolean).join(", ");
  return [
    [t("map.waiting"), direction.waiting === undefined ? "" : t("map.vehicles", { n: format.number(direction.waiting) })],
    [t("map.backlog"), hours(direction.backlog_h)],
    [t("map.forecast"), hours(direction.forecast_h)],
    [t("map.rates"), direction.arrivals === undefined && direction.crossings === undefined ? "" : t("map.rates_n", { in: format.number(direction.arrivals ?? 0), out: format.number(direction.crossings ?? 0) })],
    ...direction.yards.map(({ yard, fill }) => [yard ? t("map.yard", { yard }) : t("map.yard_whole"), format.percent(fill)]),
    ...direction.waits.map((each) => [each.goods ? t("map.wait_of", { goods: each.goods }) : t("map.wait"), wait(each)]),
  ];
}
