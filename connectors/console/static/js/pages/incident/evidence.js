// What people and machines said: redacted texts, measurements, pictures (each look at one is written down).

import { html, useState } from "../../../vendor/preact/htm-preact.js";
import { Button, Empty, Failure, Icon, Loading } from "../../core/ui.js";

const AT_ONCE = 20;
const ATTACHMENT = "ioc:attachment/";
const NOT_SHOWN = new Set(["attachments", "photos", "channel", "also", "abstained", "text_commune", "address_commune", "category_hint"]);

export function Evidence({ app, incident, evidence, error, onAgain }) {
  const { t } = app;
  const [most, setMost] = useState(AT_ONCE);
  if (error?.status === 403 || (!evidence && app.session.who.get()?.unit)) return null;
  return html`<section class="panel evidence" aria-labelledby="evidence-title">
    <header><h2 id="evidence-title">${t("incident.evidence")} <span class="count number">${incident.evidence_count}</span></h2>
      ${incident.reporters > 0 && html`<span class="muted">${t("incident.reporters", { n: incident.reporters })}</span>`}</header>
    ${error && html`<${Failure} error=${error} onAgain=${onAgain} />`}
    ${!evidence && !error && html`<${Loading} />`}
    ${evidence?.length === 0 && html`<${Empty}>${t("incident.evidence.none")}</>`}
    <ul class="pieces">${(evidence ?? []).slice(0, most).map((piece) => html`<${Piece} key=${piece.signal_id} app=${app} piece=${piece} />`)}</ul>
    ${evidence?.length > most && html`<${Button} onClick=${() => setMost(most + AT_ONCE)}>${t("more", { n: evidence.length - most })}</>`}
  </section>`;
}

function Piece({ app, piece }) {
  const { t, format } = app;
  const details = piece.details ?? {};
  const pictures = (details.attachments ?? []).filter((each) => typeof each === "string" && each.startsWith(ATTACHMENT));
  const elsewhere = (details.photos ?? 0) - pictures.length;
  const facts = Object.entries(details).filter(([name, value]) => !NOT_SHOWN.has(name) && shown(value) !== "");
  const reported = piece.source === "reports";
  return html`<li class=${`piece ${piece.source}`} data-signal=${piece.signal_id}>
    <p class="piece-head"><strong>${t(`source.${piece.source}`)}</strong>
      ${details.channel && html`<span>${t("incident.channel", { channel: details.channel })}</span>`}
      <time datetime=${piece.at}>${format.dateTime(piece.at)}</time>
      <span class="muted">${piece.publisher} · ${piece.event_id}</span></p>
    <p class="piece-text">${piece.text || piece.title || t("incident.evidence.untold")}</p>
    <p class="muted piece-rule">${piece.rule_id === "open" ? t("incident.evidence.opened") : t("incident.evidence.joined", { rule: piece.rule_id, score: format.number(piece.score) })}
      ${piece.severity && html` · ${t(`severity.${piece.severity}`)}`}${piece.device && html` · ${t("incident.device", { device: piece.device })}`}</p>
    ${pictures.length > 0 && html`<${Pictures} app=${app} pictures=${pictures} />`}
    ${elsewhere > 0 && html`<p class="muted">${t("incident.photos_elsewhere", { n: elsewhere })}</p>`}
    ${!reported && facts.length > 0 && html`<details><summary>${t("incident.evidence.details")}</summary><dl class="facts">${facts.map(
      ([name, value]) => html`<div key=${name}><dt>${name}</dt><dd>${shown(value)}</dd></div>`)}</dl></details>`}
  </li>`;
}

function shown(value) {
  if (value === null || value === undefined || value === "") return "";
  if (Array.isArray(value)) return value.map(shown).filter(Boolean).slice(0, 20).join(", ");
  if (typeof value === "object") return Object.entries(value).map(([name, each]) => `${name} ${shown(each)}`).join(", ");
  return String(value);
}

/** Pictures are shown when somebody asks for them: they are personal data, and who looks is in the audit. */
export function Pictures({ app, pictures }) {
  const { t } = app;
  const [open, setOpen] = useState(false);
  if (!open) {
    return html`<p><${Button} icon="evidence" onClick=${() => setOpen(true)}>${t("incident.pictures.show", { n: pictures.length })}</> <span class="muted">${t("incident.pictures.noted")}</span></p>`;
  }
  return html`<div class="pictures">${pictures.map((each, at) => html`<${Picture} key=${each} app=${app} address=${`/v1/attachments/${encodeURIComponent(each.slice(ATTACHMENT.length))}`} at=${at} />`)}</div>`;
}

function Picture({ app, address, at }) {
  const { t } = app;
  const [gone, setGone] = useState(false);
  if (gone) return html`<p class="muted">${t("incident.pictures.gone")}</p>`;
  return html`<a href=${address} target="_blank" rel="noopener"><img src=${address} alt=${t("incident.pictures.alt", { n: at + 1 })} onError=${() => setGone(true)} /></a>`;
}

/** What shows that it was done: uploads as pictures, links as links that somebody may follow. */
export function Proof({ app, proof, flags }) {
  const { t } = app;
  const lacking = flags?.includes("no_evidence");
  if (!proof?.length && !lacking) return null;
  const pictures = (proof ?? []).filter((each) => each.startsWith(ATTACHMENT));
  const links = (proof ?? []).filter((each) => !each.startsWith(ATTACHMENT));
  return html`<section class="panel proof" aria-labelledby="proof-title"><h2 id="proof-title">${t("incident.proof")}</h2>
    ${lacking && html`<p class="warn"><${Icon} name="incident" /> ${t("incident.proof.lacking")}</p>`}
    ${pictures.length > 0 && html`<${Pictures} app=${app} pictures=${pictures} />`}
    ${links.length > 0 && html`<ul>${links.map((link) => html`<li key=${link}>${/^https:\/\//.test(link)
      ? html`<a href=${link} target="_blank" rel="noopener noreferrer">${link}</a>` : html`<span>${link}</span>`}</li>`)}</ul>`}
  </section>`;
}
