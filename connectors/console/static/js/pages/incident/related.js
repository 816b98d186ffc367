// Other incidents: what it is listed under, what was merged into it, what may be the same, the episode before.

import { html, useState } from "../../../vendor/preact/htm-preact.js";
import { href } from "../../core/router.js";
import { Button, Severity, Status } from "../../core/ui.js";
import { sentence, useRelease } from "./actions.js";
import { useSuggested } from "./fields.js";

export function Related({ app, data, onWanted }) {
  const { t } = app;
  const { incident, merged, standing } = data;
  const may = new Set((standing?.actions ?? []).map((each) => each.action));
  const suggested = useSuggested(app, incident);
  const { release, busy, failed } = useRelease(app, data.reload);
  const [sure, setSure] = useState(null);
  const listed = incident.children_count > 0;
  if (!listed && !incident.previous_incident && !merged?.length && !suggested.length && !(incident.parent && incident.status !== "duplicate")) return null;
  return html`<section class="panel related" aria-labelledby="related-title"><h2 id="related-title">${t("incident.related")}</h2>
    ${incident.parent && incident.status !== "duplicate" && html`<p>${t("incident.under")} <${Link} id=${incident.parent} /></p>`}
    ${listed && html`<p><a href=${href("storm", [], { open: incident.incident_id })}>${t("incident.lists", { n: incident.children_count })}</a></p>`}
    ${incident.previous_incident && html`<p>${t("incident.before")} <${Link} id=${incident.previous_incident} /></p>`}
    ${suggested.length > 0 && html`<h3>${t("incident.similar")}</h3><ul class="others">${suggested.map(({ incident: other, score }) => html`<li key=${other.incident_id} data-similar=${other.incident_id}>
      <${Row} app=${app} other=${other} /><span class="muted">${t("incident.alike", { score: app.format.percent(score) })}</span>
      <span class="row-tools">${may.has("merge") && html`<${Button} onClick=${() => onWanted({ action: "merge", args: { into: other.incident_id } })}>${t("incident.merge_into")}</>`}
      ${may.has("not_related") && html`<${Button} onClick=${() => onWanted({ action: "not_related", args: { incident: other.incident_id } })}>${sentence(t("action.not_related"))}</>`}</span></li>`)}</ul>`}
    ${merged?.length > 0 && html`<h3>${t("incident.merged")}</h3><ul class="others">${merged.map((other) => html`<li key=${other.incident_id} data-merged=${other.incident_id}>
      <${Row} app=${app} other=${other} />
      <span class="row-tools">${may.has("split") && (sure === other.incident_id
        ? html`<${Button} kind="primary" busy=${busy === other.incident_id} onClick=${() => release(incident.incident_id, other.incident_id).then(() => setSure(null))}>${t("incident.unmerge_sure")}</> <${Button} onClick=${() => setSure(null)}>${t("cancel")}</>`
        : html`<${Button} onClick=${() => setSure(other.incident_id)}>${t("incident.unmerge")}</>`)}</span></li>`)}</ul>`}
    ${failed && html`<p class="problem refused" role="alert">${failed}</p>`}
  </section>`;
}

/** What an incident that was merged says in the place of its buttons: into which, and how to take that back. */
export function Merged({ app, data }) {
  const { t } = app;
  const { incident } = data;
  const { release, busy, failed } = useRelease(app, data.reload);
  if (incident.status !== "duplicate" || !incident.parent) return null;
  return html`<section class="panel merged-into" role="status"><p>${t("incident.merged_into")} <${Link} id=${incident.parent} /></p>
    ${app.session.may("split", incident.centre) && html`<${Button} busy=${busy === incident.incident_id} onClick=${() => release(incident.parent, incident.incident_id)}>${t("incident.unmerge")}</>`}
    ${failed && html`<p class="problem refused" role="alert">${failed}</p>`}</section>`;
}

export function Link({ id }) {
  return html`<a class="number" href=${href("incident", [id])}>${id}</a>`;
}

function Row({ app, other }) {
  return html`<div class="other-row"><a href=${href("incident", [other.incident_id])}>${other.title}</a>
    <span class="choice-facts"><${Severity} value=${other.severity} /> <${Status} value=${other.status} /> <span>${app.names.commune(other.commune)}</span></span></div>`;
}
