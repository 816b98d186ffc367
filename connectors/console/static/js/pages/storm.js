// Many at once: what gathers others, with everything that is listed under it folded away, counted live.

import { html, useMemo, useState } from "../../vendor/preact/htm-preact.js";
import { useTick } from "../core/clock.js";
import { useKeys } from "../core/keys.js";
import { isUnseen, TO_DO } from "../core/live.js";
import { href } from "../core/router.js";
import { useStore } from "../core/store.js";
import { Button, Empty, Failure, Icon, Severity, Status, useLoad } from "../core/ui.js";
import { words as incidentWords } from "../words/incident.js";
import { words as own } from "../words/storm.js";
import { useRelease } from "./incident/actions.js";

const SEVERITIES = ["critical", "high", "normal", "low"];
const RANK = Object.fromEntries(SEVERITIES.map((name, at) => [name, at]));
const FRESH_MS = 10 * 60_000;
const AT_ONCE = 50;

/** Both pages share words of actions and their refusals. */
const words = { vi: { ...incidentWords.vi, ...own.vi }, en: { ...incidentWords.en, ...own.en } };

/**
 * An acknowledgement of what gathers others is enough: it speaks for them, none of them has to be acknowledged by itself.
 *
 * Of all open incidents: what lists others, gravest first, each with counts of what is listed under it; and what speaks for
 * itself. One pass over all of them, a few milliseconds for ten thousand.
 */
export function families(incidents, now) {
  const parents = new Map();
  const alone = Object.fromEntries(SEVERITIES.map((name) => [name, 0]));
  let unseenAlone = 0;
  let folded = 0;
  const of = (id) => {
    if (!parents.has(id)) parents.set(id, { id, incident: null, open: 0, done: 0, unseen: 0, fresh: 0, overdue: 0, by: Object.fromEntries(SEVERITIES.map((name) => [name, 0])), newest: 0 });
    return parents.get(id);
  };
  for (const each of incidents) {
    const toDo = TO_DO.includes(each.status);
    if (each.children_count > 0) of(each.incident_id).incident = each;
    if (each.parent) {
      const family = of(each.parent);
      const opened = Date.parse(each.opened_at);
      if (toDo) {
        folded += 1;
        family.open += 1;
        family.by[each.severity] += 1;
        family.unseen += isUnseen(each) ? 1 : 0;
        family.overdue += each.overdue ? 1 : 0;
        family.fresh += now - opened < FRESH_MS ? 1 : 0;
      } else family.done += 1;
      if (opened > family.newest) family.newest = opened;
    } else if (toDo && !(each.children_count > 0)) {
      alone[each.severity] += 1;
      unseenAlone += isUnseen(each) ? 1 : 0;
    }
  }
  // A parent that is closed, or of a centre that is not shown, still folds what is listed under it.
  const list = [...parents.values()].filter((each) => each.incident || each.open > 0);
  list.sort((one, other) => rank(one) - rank(other) || other.open - one.open || (one.id < other.id ? -1 : 1));
  return { list, alone, unseenAlone, folded };
}

const rank = (family) => (family.incident ? RANK[family.incident.severity] : SEVERITIES.length);

function Page({ app, params }) {
  const { t, format } = app;
  const changed = useStore(app.live.changed);
  const live = useStore(app.live.status);
  useTick(30);
  const { list, alone, unseenAlone, folded } = useMemo(() => families(app.live.incidents.values(), app.now()), [changed, Math.floor(app.now() / 30_000)]);
  const [open, setOpen] = useState(() => new Set(params.open ? [params.open] : []));
  const [selected, setSelected] = useState(params.open ?? null);
  const at = Math.max(0, list.findIndex((each) => each.id === selected));
  const chosen = list[at];
  const toggle = (id) => setOpen((old) => {
    const next = new Set(old);
    if (!next.delete(id)) next.add(id);
    return next;
  });
  const move = (by) => {
    const next = list[Math.max(0, Math.min(list.length - 1, selected ? at + by : 0))];
    if (!next) return false;
    setSelected(next.id);
    const row = document.getElementById(`family-${next.id}`);
    row?.scrollIntoView({ block: "nearest" });
    row?.querySelector("button.fold")?.focus({ preventScroll: true });
    return true;
  };
  const acting = useStore(app.alarm.acting);
  const may = (family) => family?.incident && isUnseen(family.incident) && app.session.may("acknowledge", family.incident.centre);
  useKeys(app.keys, [
    { key: ["j", "ArrowDown"], label: "storm.next", group: "storm.keys", run: () => move(1) },
    { key: ["k", "ArrowUp"], label: "storm.previous", group: "storm.keys", run: () => move(-1) },
    { key: ["e", "ArrowRight"], label: "storm.unfold", group: "storm.keys", run: () => (chosen && selected ? toggle(chosen.id) : false) },
    { key: "a", label: "action.acknowledge", group: "storm.keys", run: () => (selected && may(chosen) ? (app.alarm.acknowledge(chosen.incident), true) : false) },
    { key: "o", label: "keys.open", group: "storm.keys", run: () => (chosen && selected ? (app.go("incident", [chosen.id]), true) : false) },
  ], { widget: ".families" });

  return html`<section class="page storm">
    <h1>${t("page.storm")}</h1>
    ${app.opens("silences") && html`<${Emergencies} app=${app} />`}
    <dl class="totals" aria-label=${t("storm.totals")}>
      <div data-total="parents"><dt>${t("storm.parents")}</dt><dd class="number">${format.number(list.length)}</dd></div>
      <div data-total="folded"><dt>${t("storm.folded")}</dt><dd class="number">${format.number(folded)}</dd></div>
      <div data-total="alone"><dt><a href=${href("incidents")}>${t("storm.alone")}</a></dt><dd class="number">${format.number(SEVERITIES.reduce((sum, name) => sum + alone[name], 0))}</dd></div>
      ${SEVERITIES.slice(0, 2).map((name) => html`<div key=${name} data-total=${name}><dt><${Severity} value=${name} /></dt><dd class="number">${format.number(alone[name])}</dd></div>`)}
      <div data-total="unseen"><dt>${t("storm.unseen_alone")}</dt><dd class="number">${format.number(unseenAlone)}</dd></div>
    </dl>
    ${list.length === 0 && html`<${Empty}>${t(live.whole ? "storm.none" : "loading")}</>`}
    <ul class="families">${list.map((family) => html`<${Family} key=${family.id} app=${app} family=${family} open=${open.has(family.id)} selected=${family.id === selected}
      onToggle=${() => { setSelected(family.id); toggle(family.id); }} onAcknowledge=${may(family) ? () => app.alarm.acknowledge(family.incident) : null} busy=${acting.has(family.id)} />`)}</ul>
  </section>`;
}

function Emergencies({ app }) {
  const { t, format } = app;
  const { value } = useLoad((signal) => app.api.get("/v1/silences", { kind: "emergency" }, { signal }), [Math.floor(app.now() / 60_000)]);
  return (value?.silences ?? []).map((each) => html`<p key=${each.silence_id} class="mark-line emergency" data-mark="emergency"><${Icon} name="incident" />
    <span>${t("storm.emergency", { where: (each.communes.length ? each.communes.map(app.names.commune) : each.centres.map(app.names.centre)).join(", "), until: format.dateTime(each.ends_at), reason: each.reason || each.owner })}</span></p>`);
}

function Family({ app, family, open, selected, onToggle, onAcknowledge, busy }) {
  const { t, format, names } = app;
  const { incident, id } = family;
  const centre = incident ? names.centre(incident.centre) : "";
  return html`<li id=${`family-${id}`} class=${`family panel${selected ? " selected" : ""}`} data-parent=${id} data-open=${family.open}>
    <div class="family-head">
      <button type="button" class="button plain fold" aria-expanded=${open} aria-controls=${`children-${id}`} onClick=${onToggle}><span aria-hidden="true">${open ? "▾" : "▸"}</span>
        <span>${t(open ? "storm.fold" : "storm.unfold_n", { n: format.number(family.open + family.done) })}</span></button>
      <div class="family-title">${incident ? html`<p class="marks"><${Severity} value=${incident.severity} /> <${Status} value=${incident.status} /> <span>${names.kind(incident)}</span> <span>${centre}</span> <span>${names.unit(incident.unit)}</span>
          <span>${format.ago(Date.parse(incident.opened_at), app.now())}</span></p><h2><a href=${href("incident", [id])}>${incident.title}</a></h2>`
        : html`<h2><a href=${href("incident", [id])}>${t("storm.elsewhere", { id })}</a></h2>`}</div>
      <div class="family-tools">${incident?.acknowledged_at ? html`<span class="muted">${t("storm.seen", { by: incident.acknowledged_by })}</span>`
        : onAcknowledge && html`<${Button} kind="primary" icon="check" busy=${busy} onClick=${onAcknowledge}>${t("alert.acknowledge")}</>`}</div>
    </div>
    <dl class="family-counts">
      <div data-count="open"><dt>${t("storm.open")}</dt><dd class="number">${format.number(family.open)}</dd></div>
      ${SEVERITIES.map((name) => family.by[name] > 0 && html`<div key=${name} data-count=${name}><dt><${Severity} value=${name} /></dt><dd class="number">${format.number(family.by[name])}</dd></div>`)}
      <div data-count="fresh"><dt>${t("storm.fresh")}</dt><dd class="number">${family.fresh > 0 ? `+${format.number(family.fresh)}` : "0"}</dd></div>
      ${family.overdue > 0 && html`<div data-count="overdue" class="late"><dt>${t("incident.overdue")}</dt><dd class="number">${format.number(family.overdue)}</dd></div>`}
      ${family.done > 0 && html`<div data-count="done"><dt>${t("storm.done")}</dt><dd class="number">${format.number(family.done)}</dd></div>`}
    </dl>
    <div id=${`children-${id}`}>${open && html`<${Children} app=${app} id=${id} parent=${incident} />`}</div>
  </li>`;
}

/** What is listed under one, asked for when it is unfolded; open ones as they are now. */
function Children({ app, id, parent }) {
  const { t, format, names } = app;
  const changed = useStore(app.live.changed);
  const [most, setMost] = useState(AT_ONCE);
  const told = useLoad((signal) => app.api.get(`/v1/incidents/${encodeURIComponent(id)}`, {}, { signal }), [id, parent?.version]);
  const ended = useLoad((signal) => app.api.get("/v1/incidents", { parent: id, status: ["closed", "rejected", "duplicate"], limit: 100 }, { signal }), [id]);
  const { release, busy, failed } = useRelease(app, () => app.live.look());
  const rows = useMemo(() => {
    const open = [...app.live.incidents.values()].filter((each) => each.parent === id);
    open.sort((one, other) => RANK[one.severity] - RANK[other.severity] || (one.opened_at < other.opened_at ? 1 : -1));
    const known = new Set(open.map((each) => each.incident_id));
    return [...open, ...(ended.value?.incidents ?? []).filter((each) => !known.has(each.incident_id))];
  }, [changed, ended.value, id]);
  const may = parent && app.session.may("split", parent.centre);
  return html`<div class="children">
    ${told.value?.text && html`<p class="incident-text">${told.value.text}</p>`}
    ${ended.error && html`<${Failure} error=${ended.error} onAgain=${ended.again} />`}
    ${failed && html`<p class="problem refused" role="alert">${failed}</p>`}
    <div class="table"><table><thead><tr><th scope="col">${t("incident.field.severity")}</th><th scope="col">${t("storm.what")}</th><th scope="col">${t("incident.place")}</th>
      <th scope="col">${t("incident.field.status")}</th><th scope="col">${t("incident.opened")}</th>${may && html`<th scope="col"><span class="for-ears">${t("incident.actions")}</span></th>`}</tr></thead>
    <tbody>${rows.slice(0, most).map((each) => html`<tr key=${each.incident_id} data-child=${each.incident_id}><td><${Severity} value=${each.severity} /></td>
      <td><a href=${href("incident", [each.incident_id])}>${each.title}</a> <span class="muted">${names.kind(each)}</span>${each.overdue && html` <span class="tag late">${t("incident.overdue")}</span>`}</td>
      <td>${names.commune(each.commune)}</td><td><${Status} value=${each.status} /></td><td>${format.ago(Date.parse(each.opened_at), app.now())}</td>
      ${may && html`<td>${TO_DO.includes(each.status) && html`<${Button} busy=${busy === each.incident_id} label=${t("storm.release_label", { title: each.title })} onClick=${() => release(id, each.incident_id)}>${t("storm.release")}</>`}</td>`}</tr>`)}</tbody></table></div>
    ${rows.length > most && html`<${Button} onClick=${() => setMost(most + AT_ONCE)}>${t("more", { n: rows.length - most })}</>`}
    ${rows.length === 0 && html`<p class="muted">${t("storm.empty")}</p>`}
  </div>`;
}

export const page = { Page, words };
