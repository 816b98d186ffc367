// Silences, maintenance and emergency modes: what holds now, what it held back; begin and end.

import { html, useState } from "../../vendor/preact/htm-preact.js";
import { useTick } from "../core/clock.js";
import { useKeys } from "../core/keys.js";
import { useStore } from "../core/store.js";
import { Button, Empty, Failure, Loading } from "../core/ui.js";
import { useRepeated } from "../parts/repeated.js";
import { words } from "../words/silences.js";
import { EmergencyDialog, EndDialog, ownCentres, SilenceDialog } from "./silences/forms.js";

const EVERY_MS = 5_000;
const SOON_MS = 600;
const PAST = 50;

function Page({ app }) {
  const { t } = app;
  const [turn, setTurn] = useState(0);
  const [dialog, setDialog] = useState(null);
  useStore(app.names.tables);
  useTick(10);

  const get = async (signal) => (await app.api.get("/v1/silences", { over: true }, { signal })).silences;
  // What was just asked for is on its way: it is looked for more often.
  const pausing = () => {
    let soon = turn ? 5 : 0;
    return () => (soon-- > 0 ? SOON_MS : EVERY_MS);
  };
  const state = useRepeated(app, get, pausing, [turn]);

  const may = app.session.allows("incidents:write");
  useKeys(app.keys, may ? [{ key: "n", label: "silences.key_new", group: "keys.list", run: () => setDialog({ what: "silence" }) }] : []);
  if (state.error && !state.value) return html`<${Failure} error=${state.error} onAgain=${() => setTurn((n) => n + 1)} />`;
  if (!state.value) return html`<${Loading} />`;

  const now = state.value.filter((row) => !row.ended_at);
  const emergencies = now.filter((row) => row.kind === "emergency");
  const quiet = now.filter((row) => row.kind !== "emergency");
  const past = state.value.filter((row) => row.ended_at).slice(0, PAST);
  const close = () => setDialog(null);
  const done = () => {
    close();
    setTurn((n) => n + 1);
  };
  const end = (silence) => setDialog({ what: "end", silence });
  return html`<section class="page silences">
    <header class="silences-head"><h1>${t("page.silences")}</h1>${may && html`<${Button} kind="primary" icon="silences" onClick=${() => setDialog({ what: "silence" })}>${t("silences.new")}</><${Button} kind="danger" icon="incident" onClick=${() => setDialog({ what: "emergency" })}>${t("silences.emergency_new")}</>`}</header>
    ${state.error && html`<${Failure} error=${state.error} />`}
    <section class=${`panel emergency${emergencies.length ? " on" : ""}`} data-list="emergency"><h2>${t("silences.emergency")}</h2>
      ${emergencies.length === 0 ? html`<p class="muted">${t("silences.emergency_off")}</p>` : html`<ul>${emergencies.map((row) => html`<${Row} key=${row.silence_id} app=${app} row=${row} onEnd=${end} />`)}</ul>`}
    </section>
    <section class="panel" data-list="silences"><h2>${t("silences.now")} <span class="muted number">${quiet.length}</span></h2>
      ${quiet.length === 0 ? html`<${Empty}>${t("silences.none")}</>` : html`<ul>${quiet.map((row) => html`<${Row} key=${row.silence_id} app=${app} row=${row} onEnd=${end} />`)}</ul>`}
    </section>
    <section class="panel" data-list="past"><h2>${t("silences.past")}</h2>
      ${past.length === 0 ? html`<p class="muted">${t("silences.none_past")}</p>` : html`<ul>${past.map((row) => html`<${Row} key=${row.silence_id} app=${app} row=${row} />`)}</ul>`}
    </section>
    ${dialog?.what === "silence" && html`<${SilenceDialog} app=${app} onClose=${close} onDone=${done} />`}
    ${dialog?.what === "emergency" && html`<${EmergencyDialog} app=${app} onClose=${close} onDone=${done} />`}
    ${dialog?.what === "end" && html`<${EndDialog} app=${app} silence=${dialog.silence} onClose=${close} onDone=${done} />`}
  </section>`;
}

function Row({ app, row, onEnd }) {
  const { t, names, format } = app;
  const own = new Set(ownCentres(app).map((each) => each.code));
  const begin = Date.parse(row.starts_at);
  const until = Date.parse(row.ended_at ?? row.ends_at);
  const held = Object.entries(row.hidden);
  const all = held.reduce((sum, [, count]) => sum + count, 0);
  const may = onEnd && app.session.allows("incidents:write") && row.centres.every((centre) => own.has(centre));
  return html`<li class=${`silence ${row.kind}`} data-silence=${row.silence_id}>
    <div class="silence-what"><span class="silence-kind">${t(`silences.kind.${row.kind}`)}</span> <strong>${row.reason}</strong></div>
    <div class="silence-about">${row.communes.length ? row.communes.map(names.commune).join(", ") : row.centres.map(names.centreShort).join(", ")}
      ${row.matchers.map((each) => html` <span key=${each} class="matcher">${spoken(app, each, row.matchers)}</span>`)}
      ${row.windows.map((each) => html` <span class="matcher">${each.days.map((day) => t(`silences.day.${day}`)).join(", ")} ${each.start}–${each.end}</span>`)}</div>
    <div class="silence-time number">${row.ended_at ? t("silences.ended_at", { time: format.dateTime(until), by: person(row.ended_by) })
      : begin > app.now() ? t("silences.begins_at", { time: format.dateTime(begin), end: format.dateTime(until) })
      : t("silences.ends_at", { left: format.duration(until - app.now()), time: format.dateTime(until) })}</div>
    <div class="silence-who muted">${t("silences.by", { owner: row.owner, by: person(row.created_by) })}</div>
    ${row.kind !== "emergency" && html`<div class="silence-held">${all ? html`<strong>${t("silences.held", { n: format.number(all) })}</strong> <span class="muted">${held.map(([centre, count]) => `${names.centreShort(centre)}: ${format.number(count)}`).join(" · ")}</span>` : html`<span class="muted">${t("silences.held_none")}</span>`}</div>`}
    ${may && html`<div class="silence-tools"><${Button} kind=${row.kind === "emergency" ? "danger" : "plain"} onClick=${() => onEnd(row)}>${t(row.kind === "emergency" ? "silences.end_emergency" : "silences.end")}</></div>`}
  </li>`;
}

const person = (name) => (name ?? "").replace(/^.*\//, "") || "–";

/** A condition in words where it is one of ours, else as it stands. */
function spoken(app, matcher, matchers) {
  const { t, names } = app;
  const [, label, value] = /^(\w+) = (.+)$/.exec(matcher) ?? [];
  switch (label) {
    case "category": return t(`category.${value}`);
    case "subcategory": return names.subcategory(matchers.map((each) => /^category = (.+)$/.exec(each)?.[1]).find(Boolean), value);
    case "severity": return t(`severity.${value}`);
    case "commune": return names.commune(value);
    case "device": return `${t("silences.device")}: ${value}`;
    case "site": return `${t("silences.site")}: ${value}`;
    default: return matcher;
  }
}

export const page = { Page, words };
