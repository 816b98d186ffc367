// What the citizens were told, by report, the newest answer last.

import { html } from "../../../vendor/preact/htm-preact.js";
import { Empty, Failure, Loading, Status } from "../../core/ui.js";

export function Answers({ app, incident, answers, error, onAgain }) {
  const { t, format } = app;
  if (error?.status === 403 || (!answers && app.session.who.get()?.unit)) return null;
  const reports = new Map();
  for (const each of answers ?? []) {
    const name = `${each.source} · ${each.report_id}`;
    reports.set(name, [...(reports.get(name) ?? []), each]);
  }
  const rated = Object.entries(incident.ratings ?? {}).filter(([, n]) => n > 0);
  return html`<section class="panel answers" aria-labelledby="answers-title"><h2 id="answers-title">${t("incident.answers")}</h2>
    ${rated.length > 0 && html`<p>${t("incident.ratings")}: ${rated.map(([rating, n]) => `${t(`incident.rating.${rating}`)} ${n}`).join(", ")}</p>`}
    ${error && html`<${Failure} error=${error} onAgain=${onAgain} />`}
    ${!answers && !error && html`<${Loading} />`}
    ${answers?.length === 0 && html`<${Empty}>${t("incident.answers.none")}</>`}
    ${[...reports].map(([name, told]) => html`<details key=${name} class="report" open=${reports.size === 1}>
      <summary><span>${name}</span> <${Status} value=${told.at(-1).status} /></summary>
      <ol>${told.map((each) => html`<li key=${`${each.at} ${each.status}`}><time datetime=${each.at}>${format.dateTime(each.at)}</time>
        <p>${each.text?.[app.lang()] ?? each.text?.vi}</p>
        ${each.rating && html`<p class="muted">${t(`incident.rating.${each.rating}`)}</p>`}</li>`)}</ol></details>`)}
  </section>`;
}
