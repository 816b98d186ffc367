// One incident as a line of the list; on a phone the same parts stand below each other.

import { html } from "../../../vendor/preact/htm-preact.js";
import { isUnseen } from "../../core/live.js";
import { href } from "../../core/router.js";
import { Button, Icon, Severity, Status } from "../../core/ui.js";
import { isOverdue } from "./filter.js";

/** Time to the target in words, and how pressing it is: "over", "soon", "fine" or "none". */
export function target(app, incident) {
  const { t, format } = app;
  if (incident.status === "resolved") return { text: t("incidents.done"), kind: "none" };
  if (incident.provisional && !incident.due_at) return { text: t("incidents.waiting"), kind: "none" };
  if (!incident.due_at) return { text: t("incidents.no_target"), kind: "none" };
  const left = Date.parse(incident.due_at) - app.now();
  if (incident.clock?.paused_at) return { text: t("incidents.stands"), kind: "none" };
  if (left < 0 || incident.overdue) return { text: t("incidents.over", { time: format.duration(left) }), kind: "over" };
  const whole = Date.parse(incident.due_at) - Date.parse(incident.opened_at);
  return { text: t("incidents.left", { time: format.duration(left) }), kind: left < whole / 4 ? "soon" : "fine" };
}

export function Row({ app, incident, selected, acting }) {
  const { t, names, format } = app;
  const unseen = isUnseen(incident);
  const time = target(app, incident);
  const over = isOverdue(incident, app.now());
  const opened = Date.parse(incident.opened_at);
  return html`<div class=${`row ${incident.severity}${unseen ? " unseen" : ""}${over ? " over" : ""}`}>
    <div role="gridcell" class="c-severity"><${Severity} value=${incident.severity} /></div>
    <div role="gridcell" class="c-what">
      <a class="title" href=${href("incident", [incident.incident_id])} tabindex="-1" title=${incident.title}>${incident.title}</a>
      <span class="where">${names.commune(incident.commune)}<span class="sep"> · </span><span class="kind" title=${t(`category.${incident.category}`)}>${names.kind(incident)}</span>${incident.children_count > 0 && html`<span class="tag">${t("incidents.children_n", { n: incident.children_count })}</span>`}${incident.flapping && html`<span class="tag">${t("incidents.flapping")}</span>`}</span>
    </div>
    <div role="gridcell" class="c-who"><span class="unit" title=${names.unit(incident.unit)}>${incident.unit ? names.unit(incident.unit) : t("incidents.no_unit")}</span><span class="where" title=${names.centre(incident.centre)}>${names.centreShort(incident.centre)}</span></div>
    <div role="gridcell" class="c-age number" title=${format.dateTime(opened)}>${format.duration(app.now() - opened)}</div>
    <div role="gridcell" class=${`c-clock number ${time.kind}`} title=${incident.due_at ? format.dateTime(Date.parse(incident.due_at)) : undefined}>${time.text}</div>
    <div role="gridcell" class="c-evidence number" title=${t("incidents.evidence_n", { n: incident.evidence_count })}><${Icon} name="evidence" size="15" />${incident.evidence_count}<span class="for-ears"> ${t("incidents.evidence")}</span></div>
    <div role="gridcell" class="c-state"><${Status} value=${incident.status} /></div>
    <div role="gridcell" class="c-act">${unseen
      ? app.session.may("acknowledge", incident.centre)
        ? html`<${Button} icon="check" tabindex="-1" busy=${acting} onClick=${(event) => { event.stopPropagation(); app.alarm.acknowledge(incident); }}>${t("incidents.acknowledge_short")}</>`
        : html`<span class="where">${t("incidents.not_seen")}</span>`
      : incident.acknowledged_by ? html`<span class="seen" title=${t("incidents.seen_by", { by: incident.acknowledged_by })}><${Icon} name="check" size="15" />${incident.acknowledged_by.replace(/^.*\//, "")}</span>` : ""}</div>
  </div>`;
}

