// By when what should be done: taken up, handled, reported; and who has had it for how long.

import { html } from "../../../vendor/preact/htm-preact.js";
import { useTick } from "../../core/clock.js";

const SOON_MS = 15 * 60_000;

export function Clocks({ app, incident, standing }) {
  useTick();
  const { t } = app;
  const clocks = standing?.clocks;
  return html`<section class="panel clocks" aria-labelledby="clocks-title"><h2 id="clocks-title">${t("incident.clocks")}</h2>
    <div class="clock-cards">
      <${Acknowledged} app=${app} incident=${incident} waits=${clocks?.acknowledge} />
      <${Held} app=${app} incident=${incident} unit=${clocks?.unit} />
      <${Resolved} app=${app} incident=${incident} clock=${clocks?.resolve} />
    </div>
    <${Deadlines} app=${app} deadlines=${incident.deadlines} />
  </section>`;
}

function Card({ name, state, value, words, children }) {
  return html`<div class=${`clock-card ${state}`} data-clock=${name}><h3>${words}</h3><p class="clock-value number" aria-live="off">${value}</p>${children}</div>`;
}

function Acknowledged({ app, incident, waits }) {
  const { t, format } = app;
  const words = t("incident.clock.acknowledge");
  if (incident.acknowledged_at) {
    return html`<${Card} name="acknowledge" state="done" words=${words} value=${t("incident.clock.done")}>
      <p class="muted">${t("incident.clock.acknowledged", { by: incident.acknowledged_by, at: moment(app, incident.acknowledged_at) })}</p></>`;
  }
  if (!waits) return html`<${Card} name="acknowledge" state="none" words=${words} value="–"><p class="muted">${t("incident.clock.nobody")}</p></>`;
  const left = Date.parse(waits.by) - app.now();
  return html`<${Card} name="acknowledge" state=${urgency(left)} words=${words} value=${remaining(app, left)}>
    <p class="muted">${t("incident.clock.by", { at: moment(app, waits.by) })}</p>
    ${waits.next_at && html`<p class="muted">${t("incident.clock.next", { at: moment(app, waits.next_at), to: t(`receiver.${waits.to}`) })}</p>`}
  </>`;
}

function Held({ app, incident, unit }) {
  const { t, format } = app;
  const words = t("incident.clock.unit");
  const past = (incident.unit_clocks ?? []).filter((each) => each.to);
  const list = past.length > 0 && html`<details><summary>${t("incident.clock.past", { n: past.length })}</summary><ul>${past.map(
    (each) => html`<li>${app.names.unit(each.unit)}: ${format.duration(each.seconds * 1000)}</li>`)}</ul></details>`;
  if (!unit) return html`<${Card} name="unit" state="none" words=${words} value="–"><p class="muted">${t(incident.status === "returned" ? "incident.clock.returned" : "incident.clock.nobodys")}</p>${list}</>`;
  return html`<${Card} name="unit" state="runs" words=${words} value=${format.duration(app.now() - Date.parse(unit.since))}>
    <p>${app.names.unit(unit.unit)}</p><p class="muted">${t("incident.clock.since", { at: moment(app, unit.since) })}</p>
    ${incident.returned_count > 0 && html`<p class="warn">${t("incident.clock.returns", { n: incident.returned_count })}</p>`}${list}</>`;
}

function Resolved({ app, incident, clock }) {
  const { t, format } = app;
  const words = t("incident.clock.resolve");
  const due = incident.due_at && Date.parse(incident.due_at);
  const target = due ? t("incident.clock.by", { at: moment(app, due) }) : t("incident.clock.no_target");
  const waited = (incident.clock?.paused_s ?? 0) * 1000;
  const paused = waited > 0 && html`<p class="muted">${t("incident.clock.waited", { time: format.duration(waited) })}</p>`;
  if (clock?.done_at) {
    const late = due && Date.parse(clock.done_at) > due;
    return html`<${Card} name="resolve" state=${late ? "late" : "done"} words=${words} value=${t(late ? "incident.clock.done_late" : "incident.clock.done")}>
      <p class="muted">${moment(app, clock.done_at)}</p><p class="muted">${target}</p>${paused}</>`;
  }
  if (incident.clock?.paused_at) {
    return html`<${Card} name="resolve" state="paused" words=${words} value=${t("incident.clock.paused")}>
      <p>${t(`incident.pause.${incident.clock.pause}`)}</p>
      <p class="muted">${t("incident.clock.paused_for", { time: format.duration(app.now() - Date.parse(incident.clock.paused_at)) })}</p><p class="muted">${target}</p></>`;
  }
  if (!due) return html`<${Card} name="resolve" state="none" words=${words} value="–"><p class="muted">${target}</p></>`;
  const left = due - app.now();
  return html`<${Card} name="resolve" state=${urgency(left)} words=${words} value=${remaining(app, left)}><p class="muted">${target}</p>${paused}</>`;
}

function Deadlines({ app, deadlines }) {
  if (!deadlines?.length) return null;
  const { t, format } = app;
  return html`<h3>${t("incident.deadlines")}</h3><ul class="deadlines">${deadlines.map((each) => {
    const left = Date.parse(each.due_at) - app.now();
    return html`<li class=${each.done_at ? "done" : urgency(left)}><strong>${each.title || each.name}</strong>
      <span>${each.done_at ? t("incident.deadline.done", { at: moment(app, each.done_at) })
        : `${t("incident.clock.by", { at: moment(app, each.due_at) })} · ${remaining(app, left)}`}</span></li>`;
  })}</ul>`;
}

/** A time, with its day where that is not today. */
function moment(app, at) {
  const { format } = app;
  return format.date(at) === format.date(app.now()) ? format.time(at).slice(0, 5) : format.dateTime(at);
}

function urgency(left) {
  if (left < 0) return "late";
  return left < SOON_MS ? "soon" : "runs";
}

function remaining(app, left) {
  return app.t(left < 0 ? "incident.clock.late" : "incident.clock.left", { time: app.format.duration(left) });
}
