// What an action wants to know beside a reason.

import { html, useEffect, useState } from "../../../vendor/preact/htm-preact.js";
import { OPEN } from "../../core/live.js";
import { Button, Field, Severity, Status } from "../../core/ui.js";
import { refusal } from "./acting.js";

const FOUND = 12;
const MAX_LINKS = 10;
const PICTURES = "image/jpeg,image/png,image/webp";
const LOOK_MS = 250;

/** Arguments as the dialog of an action opens. */
export function first(action, incident) {
  if (action === "reclassify") return { category: incident.category, subcategory: incident.subcategory, severity: incident.severity };
  return {};
}

/** Whether everything is filled in. */
export function ready(action, args) {
  if (action === "assign") return Boolean(args.unit);
  if (action === "merge") return Boolean(args.into);
  if (action === "not_related") return Boolean(args.incident);
  if (action === "split") return Boolean(args.signals?.length || args.incidents?.length);
  return true;
}

export function Fields({ app, action, ...rest }) {
  const Part = PARTS[action];
  return Part ? html`<${Part} app=${app} action=${action} ...${rest} />` : null;
}

const PARTS = {
  assign: (props) => html`<${Unit} ...${props} needed />`,
  reject: (props) => html`<${Unit} ...${props} />`,
  merge: (props) => html`<${Other} ...${props} name="into" />`,
  not_related: (props) => html`<${Other} ...${props} name="incident" />`,
  split: Pieces,
  reclassify: Labels,
  resolve: Proof,
  close: Proof,
  comment: Comment,
};

function Unit({ app, data, args, onArgs, tried, needed }) {
  const { t } = app;
  const units = [...app.names.tables.get().units.values()].sort((a, b) => a.name.localeCompare(b.name, "vi"));
  return html`<${Field} label=${t(needed ? "incident.unit" : "incident.unit.asked")} error=${tried && needed && !args.unit ? t("incident.refused.unit.missing") : ""}>
    <select name="unit" value=${args.unit ?? ""} onChange=${(event) => onArgs({ unit: event.target.value })}>
      <option value="">${t(needed ? "incident.choose" : "incident.none_chosen")}</option>
      ${units.map((unit) => html`<option key=${unit.code} value=${unit.code} disabled=${needed && unit.code === data.incident.unit && data.incident.status !== "returned"}>${unit.name}</option>`)}
    </select></>`;
}

function Labels({ app, args, onArgs }) {
  const { t } = app;
  const categories = app.names.codes("category");
  const known = new Set(app.names.subcategories(args.category));
  // What is in use but has no name yet stands among them by its code.
  for (const each of app.live.incidents.values()) if (each.category === args.category && each.subcategory) known.add(each.subcategory);
  if (args.subcategory) known.add(args.subcategory);
  const subcategories = [...known].map((code) => [code, app.names.subcategory(args.category, code)]).sort(([, one], [, other]) => one.localeCompare(other, "vi"));
  return html`<div class="row">
    <${Field} label=${t("incident.field.category")}><select name="category" value=${args.category} onChange=${(event) => onArgs({ category: event.target.value, subcategory: "" })}>
      ${categories.map((code) => html`<option key=${code} value=${code}>${t(`category.${code}`)}</option>`)}</select></>
    <${Field} label=${t("incident.field.subcategory")} hint=${t("incident.subcategory.hint")}><select name="subcategory" value=${args.subcategory} onChange=${(event) => onArgs({ subcategory: event.target.value })}>
      <option value="">${t("incident.none_chosen")}</option>${subcategories.map(([code, name]) => html`<option key=${code} value=${code}>${name}</option>`)}</select></>
    <${Field} label=${t("incident.field.severity")}><select name="severity" value=${args.severity} onChange=${(event) => onArgs({ severity: event.target.value })}>
      ${app.names.codes("severity").map((code) => html`<option key=${code} value=${code}>${t(`severity.${code}`)}</option>`)}</select></>
  </div>`;
}

/** Another incident: of the suggestions, or found by words or id. */
function Other({ app, data, args, onArgs, tried, name }) {
  const { t } = app;
  const { incident } = data;
  const [text, setText] = useState("");
  const [found, setFound] = useState({ rows: [], error: null, asked: "" });
  const suggested = useSuggested(app, incident);
  useEffect(() => {
    const words = text.trim();
    if (!words) {
      setFound({ rows: [], error: null, asked: "" });
      return undefined;
    }
    const ended = new AbortController();
    const timer = setTimeout(() => {
      const byId = /^\d{2}-\d{5}-\d{8}-[A-Z2-7]{6}$/.test(words);
      const asked = byId ? app.api.get(`/v1/incidents/${words}`, {}, { signal: ended.signal }).then((one) => [one])
        : app.api.get("/v1/incidents", { text: words, status: OPEN, limit: FOUND }, { signal: ended.signal }).then((page) => page.incidents);
      asked.then((rows) => setFound({ rows, error: null, asked: words }), (error) => !ended.signal.aborted && setFound({ rows: [], error, asked: words }));
    }, LOOK_MS);
    return () => {
      clearTimeout(timer);
      ended.abort();
    };
  }, [text]);
  const rows = [...suggested, ...found.rows.map((each) => ({ incident: each }))]
    .filter((row, at, all) => row.incident.incident_id !== incident.incident_id && all.findIndex((other) => other.incident.incident_id === row.incident.incident_id) === at);
  return html`<div class="other">
    <${Field} label=${t("incident.other.find")}><input type="search" value=${text} autocomplete="off" onInput=${(event) => setText(event.target.value)} /></>
    ${found.error && html`<p class="field-error" role="alert">${found.error.status === 404 ? t("incident.other.none") : refusal(app, found.error)}</p>`}
    <fieldset class="choices"><legend>${t("incident.other.which")}</legend>
      ${rows.map((row) => html`<label key=${row.incident.incident_id} class="choice"><input type="radio" name=${name} value=${row.incident.incident_id} checked=${args[name] === row.incident.incident_id}
        onChange=${() => onArgs({ [name]: row.incident.incident_id, override: undefined })} />
        <span><strong>${row.incident.title}</strong><span class="choice-facts"><${Severity} value=${row.incident.severity} /> <${Status} value=${row.incident.status} />
          <span>${app.names.commune(row.incident.commune)}</span> <span>${app.format.ago(Date.parse(row.incident.opened_at), app.now())}</span>
          ${row.score !== undefined && html`<span>${t("incident.alike", { score: app.format.percent(row.score) })}</span>`}<code>${row.incident.incident_id}</code></span></span></label>`)}
      ${!rows.length && html`<p class="muted">${t(found.asked && !found.error ? "incident.other.none" : "incident.other.type")}</p>`}
    </fieldset>
    ${tried && !args[name] && html`<p class="field-error" role="alert">${t("incident.refused.into.missing")}</p>`}
  </div>`;
}

/** Suggestions of the owner with what they are: [{incident, score}]. */
export function useSuggested(app, incident) {
  const [rows, setRows] = useState([]);
  const names = (incident.similar ?? []).map((each) => each.incident_id).join(" ");
  useEffect(() => {
    const ended = new AbortController();
    Promise.all((incident.similar ?? []).map((each) =>
      app.api.get(`/v1/incidents/${encodeURIComponent(each.incident_id)}`, {}, { signal: ended.signal })
        .then((found) => ({ incident: found, score: each.score }), () => null)))
      .then((all) => !ended.signal.aborted && setRows(all.filter(Boolean)));
    return () => ended.abort();
  }, [names]);
  return rows;
}

/** Evidence to take out, or incidents that were merged or are listed. */
function Pieces({ app, data, args, onArgs, tried }) {
  const { t } = app;
  const { incident, evidence, merged } = data;
  const [children, setChildren] = useState([]);
  useEffect(() => {
    if (incident.children_count) {
      app.api.get("/v1/incidents", { parent: incident.incident_id, limit: 100 }).then((page) => setChildren(page.incidents.filter((each) => each.status !== "duplicate")), () => {});
    }
  }, []);
  const toggle = (name, value, on) => {
    const other = name === "signals" ? "incidents" : "signals";
    const old = args[name] ?? [];
    onArgs({ [name]: on ? [...old, value] : old.filter((each) => each !== value), [other]: [] });
  };
  const box = (name, value, label) => html`<label key=${value} class="choice"><input type="checkbox" value=${value} checked=${(args[name] ?? []).includes(value)}
    onChange=${(event) => toggle(name, value, event.target.checked)} /><span>${label}</span></label>`;
  const others = [...(merged ?? []), ...children];
  const nothing = tried && !args.signals?.length && !args.incidents?.length;
  return html`<div class="split">
    ${evidence?.length > 1 && html`<fieldset class="choices"><legend>${t("incident.split.evidence")}</legend>${evidence.map((piece) =>
      box("signals", piece.signal_id, html`<strong>${piece.text || piece.title}</strong><span class="choice-facts"><span>${t(`source.${piece.source}`)}</span> <span>${app.format.dateTime(piece.at)}</span> <span>${piece.event_id}</span></span>`))}</fieldset>`}
    ${others.length > 0 && html`<fieldset class="choices"><legend>${t("incident.split.incidents")}</legend>${others.map((each) =>
      box("incidents", each.incident_id, html`<strong>${each.title}</strong><span class="choice-facts"><${Status} value=${each.status} /> <code>${each.incident_id}</code></span>`))}</fieldset>`}
    ${!(evidence?.length > 1) && !others.length && html`<p class="muted">${t("incident.split.nothing")}</p>`}
    ${nothing && html`<p class="field-error" role="alert">${t("incident.split.choose")}</p>`}
  </div>`;
}

function Comment(props) {
  const { app, data, args, onArgs } = props;
  const open = (data.incident.deadlines ?? []).filter((each) => !each.done_at);
  return html`${open.length > 0 && html`<${Field} label=${app.t("incident.deadline.report")}><select name="deadline" value=${args.deadline ?? ""} onChange=${(event) => onArgs({ deadline: event.target.value })}>
      <option value="">${app.t("incident.none_chosen")}</option>${open.map((each) => html`<option key=${each.name} value=${each.name}>${each.title || each.name}</option>`)}</select></>`}
    <${Proof} ...${props} />`;
}

/** Pictures of what was done: uploaded one by one, sent as references. */
function Proof({ app, args, onArgs }) {
  const { t } = app;
  const [busy, setBusy] = useState(0);
  const [failed, setFailed] = useState("");
  const links = args.evidence ?? [];
  async function upload(event) {
    const files = [...event.target.files].slice(0, MAX_LINKS - links.length);
    event.target.value = "";
    setFailed("");
    let added = links;
    setBusy(files.length);
    for (const file of files) {
      try {
        const answer = await app.api.post("/v1/attachments", file, { headers: { "content-type": file.type || "application/octet-stream" }, timeoutMs: 60_000 });
        if (!added.includes(answer.reference)) added = [...added, answer.reference];
        onArgs({ evidence: added });
      } catch (error) {
        setFailed(t("incident.upload_failed", { name: file.name, reason: refusal(app, error) }));
      }
    }
    setBusy(0);
  }
  return html`<div class="proof-field"><${Field} label=${t("incident.proof.add")} hint=${t("incident.proof.hint")} error=${failed}>
      <input type="file" accept=${PICTURES} multiple disabled=${busy > 0 || links.length >= MAX_LINKS} onChange=${upload} /></>
    ${busy > 0 && html`<p role="status">${t("incident.uploading")}</p>`}
    ${links.length > 0 && html`<ul class="uploads">${links.map((link, at) => html`<li key=${link}>${t("incident.pictures.alt", { n: at + 1 })}
      <${Button} icon="close" label=${t("incident.pictures.remove", { n: at + 1 })} onClick=${() => onArgs({ evidence: links.filter((each) => each !== link) })} /></li>`)}</ul>`}</div>`;
}
