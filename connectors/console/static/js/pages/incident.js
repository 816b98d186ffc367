// One incident: what it is, by when what has to be done, what may be done, and why everything is as it is.

import { html, useState } from "../../vendor/preact/htm-preact.js";
import { useKeys } from "../core/keys.js";
import { Button, Empty, Failure, Loading } from "../core/ui.js";
import { words as groundWords } from "../words/ground.js";
import { words as own } from "../words/incident.js";
import { stepName } from "./incident/acting.js";
import { Actions } from "./incident/actions.js";
import { Answers } from "./incident/answers.js";
import { Clocks } from "./incident/clocks.js";
import { useIncident } from "./incident/data.js";
import { Evidence, Proof } from "./incident/evidence.js";
import { Head } from "./incident/head.js";
import { Place } from "./incident/place.js";
import { Merged, Related } from "./incident/related.js";
import { Story } from "./incident/story.js";

const words = { vi: { ...groundWords.vi, ...own.vi }, en: { ...groundWords.en, ...own.en } };

function Page({ app, args }) {
  const [id] = args;
  if (!id) return html`<section class="page"><h1>${app.t("page.incident")}</h1><${Empty}>${app.t("incident.which")}</></section>`;
  return html`<${Incident} key=${id} app=${app} id=${id} />`;
}

function Incident({ app, id }) {
  const { t } = app;
  const data = useIncident(app, id);
  const [wanted, setWanted] = useState(null);
  const { incident, failed } = data;
  useKeys(app.keys, [{ key: ["Escape", "Backspace"], label: "keys.back", group: "incident.keys", run: () => back(app) }]);

  if (!incident && data.error) {
    const gone = data.error.status === 404;
    return html`<section class="page"><h1>${t("page.incident")}</h1>${gone ? html`<${Empty}>${t("incident.unknown", { id })}</>` : html`<${Failure} error=${data.error} onAgain=${data.reload} />`}
      <p><${Button} onClick=${() => back(app)}>${t("keys.back")}</></p></section>`;
  }
  if (!incident) return html`<section class="page"><h1 class="for-ears">${t("page.incident")}</h1><${Loading} /></section>`;
  return html`<article class="page incident" data-incident=${id} data-version=${incident.version} data-story=${data.why?.version ?? 0}>
    ${data.error && html`<${Failure} error=${data.error} onAgain=${data.reload} />`}
    <${Head} app=${app} incident=${incident} standing=${data.standing} />
    <${Merged} app=${app} data=${data} />
    <${Actions} app=${app} data=${data} wanted=${wanted} onWanted=${setWanted} />
    ${failed.standing && html`<${Failure} error=${failed.standing} onAgain=${data.reload} />`}
    <${Clocks} app=${app} incident=${incident} standing=${data.standing} />
    <div class="columns">
      <div>
        <${Story} app=${app} incident=${incident} why=${data.why} error=${failed.why} onAgain=${data.reload} />
        <${Evidence} app=${app} incident=${incident} evidence=${data.evidence} error=${failed.evidence} onAgain=${data.reload} />
      </div>
      <div>
        <${Place} app=${app} incident=${incident} evidence=${data.evidence} />
        <${Related} app=${app} data=${data} onWanted=${setWanted} />
        <${Proof} app=${app} proof=${incident.proof} flags=${incident.flags} />
        <${Answers} app=${app} incident=${incident} answers=${data.answers} error=${failed.answers} onAgain=${data.reload} />
        <${History} app=${app} incident=${incident} />
      </div>
    </div>
  </article>`;
}

/** To the list: what was before it in the browser's history may be another site. */
function back(app) {
  app.go("incidents");
}

/** Every step of its life as the record has it. */
function History({ app, incident }) {
  const { t, format } = app;
  return html`<details class="panel history"><summary><h2>${t("incident.history", { n: incident.history.length })}</h2></summary>
    <div class="table"><table><thead><tr><th scope="col">${t("incident.history.at")}</th><th scope="col">${t("incident.history.by")}</th><th scope="col">${t("incident.history.action")}</th>
      <th scope="col">${t("incident.field.status")}</th><th scope="col">${t("incident.history.rule")}</th><th scope="col">${t("incident.history.reason")}</th></tr></thead>
    <tbody>${incident.history.map((step, at) => html`<tr key=${at}><td class="number">${format.dateTime(step.at)}</td><td>${step.by}</td><td>${stepName(app, step.action)}</td>
      <td>${step.from && step.from !== step.to ? `${t(`status.${step.from}`)} → ` : ""}${t(`status.${step.to}`)}</td><td><code>${step.rule_id}</code></td><td>${step.reason}</td></tr>`)}</tbody></table></div>
  </details>`;
}

export const page = { Page, words };
