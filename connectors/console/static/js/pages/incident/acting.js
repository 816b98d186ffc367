// One action on an incident, from the button to what became of it. Nothing is said to be done before the gateway says so.

import { useRef, useState } from "../../../vendor/preact/htm-preact.js";
import { newId } from "../../core/api.js";
import { reason as inWords } from "../../core/ui.js";
import { address } from "./data.js";

const WAIT_S = 5;

/**
 * `const {act, busy, problem} = useAct(app, incident)`; `await act("resolve", {reason, args})` gives the incident as it is
 * after that, null where the result is not known yet, and undefined where it was not done: `problem` then says why.
 *
 * A command is given for the version that was on screen as the dialog opened. Where somebody was faster, `problem.kind` is
 * "changed" with what is different, and the next try is for the version that was shown then. Where nobody knows whether it
 * was done (the connection broke), the next try is the same command again.
 */
export function useAct(app, incident, onNews) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState(null);
  const seen = useRef(incident);
  const id = useRef(newId());

  async function act(action, { reason = "", args = {}, of = seen.current } = {}) {
    setBusy(true);
    try {
      const answer = await app.api.post(`${address(of.incident_id, "actions")}`, { action, reason, arguments: args }, {
        params: { wait: WAIT_S },
        headers: { "if-match": `"${of.version}"`, "idempotency-key": id.current },
      });
      id.current = newId();
      setProblem(null);
      return answer.result === "pending" ? null : (answer.incident ?? null);
    } catch (error) {
      if (!error.passing) id.current = newId();
      setProblem(await explained(error, of));
      return undefined;
    } finally {
      setBusy(false);
    }
  }

  async function explained(error, before) {
    if (error.passing && error.status !== 429) return { kind: "unsure", text: app.t("incident.unsure", { reason: inWords(app.t, error) }) };
    if (error.status === 412 || error.status === 409) {
      const now = await app.api.get(address(before.incident_id)).catch(() => null);
      if (now) {
        onNews?.(now);
        if (before.incident_id === seen.current.incident_id) seen.current = now;
      }
      if (error.status === 412) return { kind: "changed", changes: now ? differences(app, before, now) : [] };
    }
    return { kind: "refused", code: error.errors?.[0]?.code, text: refusal(app, error) };
  }

  return { act, busy, problem, forget: () => setProblem(null) };
}

/** Why it was not done, in the page's language where the code has words. */
export function refusal(app, error) {
  const first = error.errors?.[0];
  const key = `incident.refused.${first?.code}`;
  const at = first?.pointer ? `incident.refused.${first.pointer.split("/").filter((part) => !/^\d+$/.test(part)).at(-1)}.${first.code}` : "";
  for (const each of [at, key]) if (each && app.i18n.has(each)) return app.t(each);
  return first ? `${inWords(app.t, { ...error, errors: [] })} ${first.message}`.trim() : inWords(app.t, error);
}

const COMPARED = ["status", "severity", "category", "subcategory", "unit", "parent", "acknowledged_by", "due_at", "evidence_count", "children_count"];

/** What is different now, as lines: the fields, then who did what since. */
export function differences(app, before, now) {
  const { t } = app;
  const fields = COMPARED.filter((name) => before[name] !== now[name]).map((name) =>
    t("incident.changed.field", { name: t(`incident.field.${name}`), before: valued(app, name, before), now: valued(app, name, now) }));
  const since = new Set(before.history.map((step) => `${step.at} ${step.rule_id}`));
  const steps = now.history.filter((step) => !since.has(`${step.at} ${step.rule_id}`)).map((step) => {
    return t("incident.changed.step", { by: step.by === "system" ? t("incident.system") : step.by, action: stepName(app, step.action), at: app.format.time(step.at), reason: step.by !== "system" && step.reason ? `: ${step.reason}` : "" });
  });
  return [...fields, ...steps];
}

/** What a step of the history is called: an operator's action, or what the system does; the code where it has no name. */
export function stepName(app, action) {
  const key = [`action.${action}`, `incident.step.${action}`].find((each) => app.i18n.has(each));
  return key ? app.t(key) : action;
}

/** A field of an incident for people. */
function valued(app, name, incident) {
  const value = incident[name];
  if (value === null || value === undefined || value === "") return "–";
  if (name === "status") return app.t(`status.${value}`);
  if (name === "severity") return app.t(`severity.${value}`);
  if (name === "category") return app.t(`category.${value}`);
  if (name === "subcategory") return app.names.subcategory(incident.category, value);
  if (name === "unit") return app.names.unit(value);
  if (name === "due_at") return app.format.dateTime(value);
  return String(value);
}
