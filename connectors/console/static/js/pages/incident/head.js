// What an incident is, in one look: title, marks, who has it; and what holds its alerts back.

import { html } from "../../../vendor/preact/htm-preact.js";
import { useTick } from "../../core/clock.js";
import { href } from "../../core/router.js";
import { Icon, Severity, Status } from "../../core/ui.js";

export function Head({ app, incident, standing }) {
  const { t, names, format } = app;
  useTick(10);
  return html`<header class="incident-head">
    <p class="marks"><${Severity} value=${incident.severity} /> <${Status} value=${incident.status} />
      <span class="about">${t(`category.${incident.category}`)}${incident.subcategory && ` · ${app.names.subcategory(incident.category, incident.subcategory)}`}</span>
      ${incident.overdue && html`<span class="tag late">${t("incident.overdue")}</span>`}
      ${incident.flapping && html`<span class="tag">${t("incident.flapping", { n: incident.flaps })}</span>`}
      ${incident.flags?.includes("no_evidence") && html`<span class="tag late">${t("incident.proof.none")}</span>`}</p>
    <h1>${incident.title}</h1>
    ${incident.text && html`<p class="incident-text">${incident.text}</p>`}
    <dl class="facts head-facts">
      <div><dt>${t("incident.opened")}</dt><dd><time datetime=${incident.opened_at}>${format.dateTime(incident.opened_at)}</time> (${format.ago(Date.parse(incident.opened_at), app.now())})</dd></div>
      <div><dt>${t("incident.field.unit")}</dt><dd>${names.unit(incident.unit)}${incident.informed?.length > 0 && html`<span class="muted"> · ${t("incident.informed", { units: incident.informed.map(names.unit).join(", ") })}</span>`}</dd></div>
      ${incident.confidence !== null && html`<div><dt>${t("incident.confidence")}</dt><dd class="number">${format.percent(incident.confidence)}</dd></div>`}
      <div><dt>${t("incident.id")}</dt><dd><code>${incident.incident_id}</code> <span class="muted">${t("incident.version", { n: incident.version, at: format.dateTime(incident.updated_at) })}</span></dd></div>
    </dl>
    <${Marks} app=${app} standing=${standing} />
  </header>`;
}

/** Silences and emergency modes that concern it now. */
function Marks({ app, standing }) {
  const { t, format } = app;
  const line = (each, icon, words) => html`<p key=${each.silence_id} class=${`mark-line ${each.kind}`} data-mark=${each.kind}><${Icon} name=${icon} />
    <span>${t(words, { owner: each.owner, until: format.dateTime(each.ends_at), reason: each.reason || "–" })}</span> ${app.opens("silences") && html`<a href=${href("silences")}>${t("incident.silence.open")}</a>`}</p>`;
  return [
    ...(standing?.emergencies ?? []).map((each) => line(each, "incident", "incident.emergency")),
    ...(standing?.silences ?? []).map((each) => line(each, "bellOff", each.kind === "maintenance" ? "incident.maintenance" : "incident.silenced")),
  ];
}
