// The story in order: everything that was decided, by whom and by which rule, with what people said.

import { html, useState } from "../../../vendor/preact/htm-preact.js";
import { remembered, useStore } from "../../core/store.js";
import { Button, Empty, Failure, Loading } from "../../core/ui.js";
import { stepName } from "./acting.js";

const AT_ONCE = 200;
const newestFirst = remembered("story.newest_first", false);

export function Story({ app, incident, why, error, onAgain }) {
  const { t } = app;
  const [people, setPeople] = useState(false);
  const [most, setMost] = useState(AT_ONCE);
  const turned = useStore(newestFirst);
  const lines = why ? told(app, incident, why.story) : stepped(app, incident);
  const chosen = people ? lines.filter((line) => line.by !== "system") : lines;
  const ordered = turned ? [...chosen].reverse() : chosen;
  const limited = error?.status === 403;
  return html`<section class="panel story" aria-labelledby="story-title">
    <header><h2 id="story-title">${t("incident.story")}</h2>
      <div class="story-tools">
        <button type="button" class="button plain" aria-pressed=${people} onClick=${() => setPeople(!people)}>${t("incident.story.people")}</button>
        ${why?.dossier && html`<${Button} onClick=${() => save(app, incident, why)}>${t("incident.dossier")}</>`}
        <button type="button" class="button plain" aria-pressed=${turned} onClick=${() => newestFirst.set(!turned)}>${t("incident.story.newest")}</button>
      </div></header>
    ${error && !limited && html`<${Failure} error=${error} onAgain=${onAgain} />`}
    ${!why && !error && html`<${Loading} />`}
    ${why && why.version < incident.version && html`<p class="muted">${t("incident.story.behind")}</p>`}
    ${ordered.length === 0 && (why || limited) && html`<${Empty}>${t("incident.story.none")}</>`}
    <ol class="timeline">${ordered.slice(0, most).map((line, at, all) => html`${(at === 0 || app.format.date(line.at) !== app.format.date(all[at - 1].at)) && html`<li key=${`day ${at}`} class="day">${app.format.date(line.at)}</li>`}<li key=${`${line.at} ${line.kind} ${line.rule_id} ${at}`} class=${`line ${tone(line)}`} data-kind=${line.kind} data-rule=${line.rule_id}>
      <time datetime=${line.at}>${app.format.time(line.at)}</time>
      <div><p class="said">${line.said}</p>${line.words && html`<blockquote>${line.words}</blockquote>`}
        <p class="rule">${t("incident.story.rule", { rule: line.rule_id })}</p></div></li>`)}</ol>
    ${ordered.length > most && html`<button type="button" class="button plain" onClick=${() => setMost(most + AT_ONCE)}>${t("more", { n: ordered.length - most })}</button>`}
  </section>`;
}

/** The dossier as a file: quick report, updates, summary, reasons. */
function save(app, incident, why) {
  const text = why.dossier[app.lang()] ?? why.dossier.vi;
  const address = URL.createObjectURL(new Blob([text], { type: "text/markdown;charset=utf-8" }));
  Object.assign(document.createElement("a"), { href: address, download: `${incident.incident_id}.md` }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

/** Lines of the story, with what operators said at their steps. */
function told(app, incident, story) {
  const words = new Map(incident.history.map((step) => [key(step), step.reason]));
  return story.map((line) => {
    const command = line.kind === "command";
    return {
      ...line,
      said: command ? commanded(app, line) : (line.text[app.lang()] ?? line.text.vi),
      words: command ? words.get(key(line)) : "",
    };
  });
}

/** Times are written with different endings by the topic and by the store: the instant counts, and the rule. */
const key = (line) => `${Date.parse(line.at)} ${line.rule_id}`;

function commanded(app, line) {
  const refused = line.rule_id.startsWith("refuse-");
  const params = { by: line.by, action: app.t(`action.${line.inputs?.action}`) };
  return app.t(refused ? "incident.story.refused" : "incident.story.did", params);
}

/** Steps alone, for who may not read the story, or until it is there. */
function stepped(app, incident) {
  const { t } = app;
  return incident.history.map((step) => ({
    at: step.at, kind: "step", rule_id: step.rule_id, by: step.by,
    said: t("incident.story.step", { by: t(step.by === "system" ? "incident.system" : "incident.person", { name: step.by }),
      action: stepName(app, step.action), status: t(`status.${step.to}`) }),
    words: step.by === "system" ? "" : step.reason,
  }));
}

const GRAVE = new Set(["escalate", "breach", "worsen"]);

function tone(line) {
  if (line.rule_id.startsWith("refuse-")) return "refused";
  if (GRAVE.has(line.kind)) return "grave";
  if (line.by !== "system") return "person";
  return line.kind === "inhibit" || line.kind === "silence" ? "quiet" : "";
}
