// What may be done now: buttons with keys, and the dialog of each action.

import { html, useEffect, useRef, useState } from "../../../vendor/preact/htm-preact.js";
import { useKeys } from "../../core/keys.js";
import { Button, Dialog, Field } from "../../core/ui.js";
import { refusal, useAct } from "./acting.js";
import { ready, Fields, first } from "./fields.js";

/** In the order of work; the first of them stand out. */
const MAIN = ["acknowledge", "accept", "start", "resolve", "close", "reopen"];
const MORE = ["assign", "request_info", "comment", "return", "reclassify", "merge", "split", "not_related", "reject"];
const AT_ONCE = new Set(["acknowledge"]);
const KEYS = {
  acknowledge: "a", accept: "n", start: "b", resolve: "x", close: "z", reopen: "o", assign: "u", request_info: "q", comment: "c",
  return: "t", reclassify: "p", merge: "y", split: "v", not_related: "k", reject: "r",
};
const DANGER = new Set(["reject"]);
/** What is said counts most there; pictures come after it. */
const SAID_FIRST = new Set(["resolve", "close", "comment"]);
const MAX_REASON = 2000;

export function Actions({ app, data, wanted, onWanted }) {
  const { t } = app;
  const { incident, standing } = data;
  const [unfolded, setUnfolded] = useState(false);
  const { act, busy, problem } = useAct(app, incident, data.take);
  const choices = new Map((standing?.actions ?? []).map((each) => [each.action, each]));

  async function begin(action) {
    if (!AT_ONCE.has(action)) {
      onWanted({ action });
      return;
    }
    const done = await act(action, { of: incident });
    if (done === undefined) return;
    settled(app, data, action, done);
  }

  useKeys(app.keys, [...choices.keys()].map((action) => ({
    key: KEYS[action], label: `action.${action}`, group: "incident.keys", run: () => { begin(action); },
  })), { widget: ".actions" });

  const buttons = (names, kind) => names.filter((name) => choices.has(name)).map((name) => html`<${Button} key=${name} data-action=${name}
    kind=${DANGER.has(name) ? "danger" : kind(name)} busy=${busy && name === "acknowledge"} onClick=${() => begin(name)}>${sentence(t(`action.${name}`))} <kbd aria-hidden="true">${app.keys.shown(KEYS[name])}</kbd></>`);
  const main = MAIN.filter((name) => choices.has(name));
  return html`<section class="actions" aria-label=${t("incident.actions")}>
    <div class="main">${buttons(MAIN, (name) => (name === main[0] ? "primary" : "plain"))}
      ${MORE.some((name) => choices.has(name)) && html`<button type="button" class="button plain unfold" aria-expanded=${unfolded} aria-controls="more-actions" onClick=${() => setUnfolded(!unfolded)}>${t("incident.more_actions")}</button>`}</div>
    <div class=${`more${unfolded ? " unfolded" : ""}`} id="more-actions">${buttons(MORE, () => "plain")}</div>
    ${standing && choices.size === 0 && html`<p class="muted">${t("incident.no_actions")}</p>`}
    ${problem && !wanted && html`<${Problem} app=${app} problem=${problem} />`}
    ${wanted && html`<${Act} key=${wanted.action} app=${app} data=${data} wanted=${wanted} choice=${choices.get(wanted.action)} onClose=${() => onWanted(null)} />`}
  </section>`;
}

/** Say that it was done, and take up what the gateway answered. */
function settled(app, data, action, incident) {
  if (incident) data.take(incident);
  else data.reload();
  app.say(app.t(incident ? "incident.done" : "incident.pending", { action: app.t(`action.${action}`) }), incident ? "done" : "news");
}

function Act({ app, data, wanted, choice, onClose }) {
  const { t } = app;
  const { action } = wanted;
  const { act, busy, problem, forget } = useAct(app, data.incident, data.take);
  const [reason, setReason] = useState("");
  const [args, setArgs] = useState(() => ({ ...first(action, data.incident), ...wanted.args }));
  const [tried, setTried] = useState(false);
  const needsReason = choice?.reason ?? false;
  const lacking = needsReason && !reason.trim();
  const form = useRef(null);
  // A dialog opens on the first thing to be filled in, not on the button that closes it.
  useEffect(() => form.current?.querySelector("textarea, select, input:not([type=file])")?.focus(), []);

  async function submit(event) {
    event.preventDefault();
    setTried(true);
    if (lacking || !ready(action, args) || busy) return;
    const done = await act(action, { reason, args: sent(args) });
    if (done === undefined) return;
    settled(app, data, action, done);
    onClose();
  }

  const override = problem?.code === "verdict";
  const fields = html`<${Fields} app=${app} action=${action} data=${data} args=${args} tried=${tried} onArgs=${(patch) => { forget(); setArgs((old) => ({ ...old, ...patch })); }} />`;
  return html`<${Dialog} title=${sentence(t(`action.${action}`))} onClose=${onClose} wide=${["merge", "split", "not_related"].includes(action)}>
    <form class="act" ref=${form} data-act=${action} onSubmit=${submit} onKeyDown=${(event) => event.key === "Enter" && (event.ctrlKey || event.metaKey) && submit(event)}>
      <p class="muted">${t(`incident.about.${action}`)}</p>
      ${!SAID_FIRST.has(action) && fields}
      <${Field} label=${t(app.i18n.has(`incident.reason.${action}`) ? `incident.reason.${action}` : needsReason ? "incident.reason.needed" : "incident.reason")}
        hint=${t("incident.reason.hint")} error=${tried && lacking ? t("incident.refused.missing") : ""}>
        <textarea rows="3" maxlength=${MAX_REASON} required=${needsReason} value=${reason} onInput=${(event) => setReason(event.target.value)}></textarea></>
      ${SAID_FIRST.has(action) && fields}
      ${problem && html`<${Problem} app=${app} problem=${problem} />`}
      ${override && html`<label class="check"><input type="checkbox" checked=${args.override === true} onChange=${(event) => setArgs((old) => ({ ...old, override: event.target.checked || undefined }))} /> ${t("incident.override")}</label>`}
      <footer class="dialog-foot"><${Button} onClick=${onClose}>${t("cancel")}</>
        <button type="submit" class=${`button ${DANGER.has(action) ? "danger" : "primary"}`} aria-busy=${busy ? "true" : undefined} disabled=${busy || !choice}>${t(problem?.kind === "changed" || problem?.kind === "unsure" ? "incident.again_anyway" : "incident.confirm", { action: t(`action.${action}`) })}</button></footer>
      ${!choice && html`<p class="warn" role="alert">${t("incident.no_longer")}</p>`}
    </form></>`;
}

/** What is left out is no argument. */
function sent(args) {
  return Object.fromEntries(Object.entries(args).filter(([, value]) => value !== "" && value !== undefined && value !== null && !(Array.isArray(value) && !value.length)));
}

export function Problem({ app, problem }) {
  const { t } = app;
  if (problem.kind === "changed") {
    return html`<div class="problem changed" role="alert"><strong>${t("incident.changed")}</strong>
      <ul>${problem.changes.map((line) => html`<li key=${line}>${line}</li>`)}</ul><p>${t("incident.changed.look")}</p></div>`;
  }
  return html`<div class=${`problem ${problem.kind}`} role="alert"><strong>${t(problem.kind === "unsure" ? "incident.not_known" : "incident.not_done")}</strong> ${problem.text}</div>`;
}

/** With a capital: a word of the catalogue at the beginning of a line. */
export function sentence(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Undo of a merge, parting from a parent: `split` of another incident than the one on the page. */
export function useRelease(app, onDone) {
  const [busy, setBusy] = useState(null);
  const [failed, setFailed] = useState("");
  async function release(parent, child, reason = "") {
    setBusy(child);
    setFailed("");
    try {
      const answer = await app.api.act(parent, "split", { reason, args: { incidents: [child] } });
      if (answer.incident) app.live.take(answer.incident);
      app.say(app.t("incident.released", { id: child }));
      onDone?.(answer.incident ?? null);
    } catch (error) {
      setFailed(error.status === 409 ? refusal(app, error) : app.t("incident.release_failed", { reason: error.message }));
    } finally {
      setBusy(null);
    }
  }
  return { release, busy, failed };
}
