// A chart over months: bars or a line. What it shows stands in a table too; a drawing says nothing to those who hear the page.

import { html, useEffect, useRef, useState } from "../../../vendor/preact/htm-preact.js";
import { useScheme } from "../../parts/scheme.js";
import { sheet } from "../../parts/sheet.js";

const VENDOR = new URL("../../../vendor/uplot/", import.meta.url).href;
const HEIGHT = 190;
/** Steps of an axis of things that are counted. */
const WHOLE = [1, 2, 5].flatMap((each) => [1, 10, 100, 1_000, 10_000].map((by) => each * by)).sort((a, b) => a - b);

async function uplot() {
  const [{ default: made }] = await Promise.all([import(`${VENDOR}uPlot.esm.js`), sheet(new URL("uPlot.min.css", VENDOR))]);
  return made;
}

/**
 * @param months names, the oldest first
 * @param series [{label, values, kind: "bars" | "line", colour: token}]: values as many as months, null for none
 * @param unit after numbers of the axis
 * @param whole highest value that there can be, where there is one
 */
export function Chart({ app, title, months, series, unit = "", whole }) {
  const box = useRef(null);
  const [Plot, setPlot] = useState(null);
  const scheme = useScheme(app);
  useEffect(() => {
    let gone = false;
    uplot().then((made) => !gone && setPlot(() => made), () => {});
    return () => {
      gone = true;
    };
  }, []);

  const key = JSON.stringify([months, series, unit]);
  useEffect(() => {
    if (!Plot) return undefined;
    const element = box.current;
    const style = getComputedStyle(document.documentElement);
    const token = (name) => style.getPropertyValue(`--${name}`).trim();
    const at = months.map((_, place) => place);
    const bars = series.filter((each) => each.kind === "bars");
    const width = () => Math.max(240, element.clientWidth);
    const plot = new Plot(
      {
        width: width(), height: HEIGHT, cursor: { y: false, drag: { x: false, y: false } }, legend: { show: false },
        scales: { x: { time: false, range: () => [-0.6, months.length - 0.4] }, y: { range: (_, low, high) => [0, whole ?? (high ? high * 1.12 : 1)] } },
        axes: [
          { stroke: token("muted"), grid: { show: false }, ticks: { show: false }, font: `12px ${token("font")}`, splits: () => at, values: () => months.map(monthLabel), size: 42, space: 20 },
          { stroke: token("muted"), grid: { stroke: token("line"), width: 1 }, ticks: { show: false }, font: `12px ${token("font")}`, values: (_, ticks) => ticks.map((tick) => `${app.format.number(tick)}${unit}`), size: 70, ...(bars.length ? { incrs: WHOLE } : {}) },
        ],
        series: [
          {},
          ...series.map((each) => each.kind === "line"
            ? { label: each.label, stroke: token(each.colour), width: 2.5, points: { show: true, size: 8, fill: token("surface") }, spanGaps: true }
            : { label: each.label, stroke: token(each.colour), fill: token(each.colour), width: 0, points: { show: false }, paths: beside(Plot, bars.indexOf(each), bars.length) }),
        ],
      },
      [at, ...series.map((each) => each.values)],
      element,
    );
    const watch = new ResizeObserver(() => plot.setSize({ width: width(), height: HEIGHT }));
    watch.observe(element);
    return () => {
      watch.disconnect();
      plot.destroy();
    };
  }, [Plot, key, scheme, app.lang()]);

  return html`<figure class="panel chart" data-chart=${title}>
    <figcaption><h2>${title}</h2>${series.length > 1 && html`<ul class="chart-legend">${series.map((each) => html`<li key=${each.label} class=${each.kind}><span class="sign" style=${{ background: `var(--${each.colour})` }} aria-hidden="true"></span>${each.label}</li>`)}</ul>`}</figcaption>
    <div class="chart-box" ref=${box} aria-hidden="true"></div>
    <table class="for-ears"><caption>${title}</caption><thead><tr><th scope="col">${app.t("figures.month")}</th>${series.map((each) => html`<th key=${each.label} scope="col">${each.label}</th>`)}</tr></thead>
      <tbody>${months.map((month, place) => html`<tr key=${month}><th scope="row">${month}</th>${series.map((each) => html`<td key=${each.label}>${each.values[place] === null ? app.t("figures.no_value") : `${app.format.number(each.values[place])}${unit}`}</td>`)}</tr>`)}</tbody></table>
  </figure>`;
}

/** Bars of several series side by side: the same paths, each moved by its share of the width. */
function beside(Plot, place, count) {
  const share = 0.7 / count;
  return Plot.paths.bars({
    disp: {
      x0: { unit: 1, values: (plot) => plot.data[0].map((at) => at - 0.35 + place * share) },
      size: { unit: 1, values: (plot) => plot.data[0].map(() => share * 0.92) },
    },
  });
}

const monthLabel = (name) => {
  const [year, month] = name.split("-");
  return month === "01" ? `${month}\n${year}` : month;
};
