// Dialogs: hold alerts back, maintain something, call an emergency mode, end one of them.

import { html, useState } from "../../../vendor/preact/htm-preact.js";
import { newId } from "../../core/api.js";
import { Button, Dialog, Field, reason } from "../../core/ui.js";

const HOURS = [1, 2, 4, 8, 12, 24, 48, 72, 168];
const LATER = [0, 1, 2, 4, 8, 12, 24, 48];
const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const SEVERITIES = ["critical", "high", "normal", "low"];
const HOUR_MS = 3_600_000;

/** Centres whose alerts this person may hold back. */
export function ownCentres(app) {
  const mine = app.session.who.get()?.centres ?? [];
  const all = [...app.names.tables.get().centres.values()];
  return mine.length && !app.session.allows("admin") ? all.filter((each) => mine.includes(each.code)) : all;
}

/** Sends something once, however often it is clicked; says what became of it. */
function useSending(app, onDone) {
  const [state, setState] = useState({ busy: false, error: null });
  const [id] = useState(newId);
  async function send(action, said) {
    setState({ busy: true, error: null });
    try {
      const answer = await action({ headers: { "idempotency-key": id } });
      app.say(answer.result === "pending" ? app.t("silences.pending") : said, answer.result === "pending" ? "news" : "done");
      onDone(answer);
    } catch (error) {
      setState({ busy: false, error });
    }
  }
  return { ...state, send };
}

function Refused({ app, error }) {
  return error && html`<p class="field-error" role="alert">${reason(app.t, error)}</p>`;
}

function Centres({ app, value, onChange, among }) {
  const { t } = app;
  return html`<fieldset class="choices"><legend>${t("silences.centres")}</legend>${among.map((each) => html`<label key=${each.code} class="check"><input type="checkbox" checked=${value.includes(each.code)}
    onChange=${(event) => onChange(event.target.checked ? [...value, each.code] : value.filter((code) => code !== each.code))} /> ${each.name}</label>`)}</fieldset>`;
}

function Ending({ app, hours, later = 0, most = 168, onHours, onLater }) {
  const { t, format } = app;
  const begin = app.now() + later * HOUR_MS;
  return html`<div class="ending">
    ${onLater && html`<${Field} label=${t("silences.begins")}><select value=${later} onChange=${(event) => onLater(Number(event.target.value))}>${LATER.map((n) => html`<option key=${n} value=${n}>${n ? t("silences.in_hours", { n }) : t("silences.at_once")}</option>`)}</select></>`}
    <${Field} label=${t("silences.lasts")}><select name="hours" value=${hours} onChange=${(event) => onHours(Number(event.target.value))}>${HOURS.filter((n) => n <= most).map((n) => html`<option key=${n} value=${n}>${n % 24 || n === 24 ? t("silences.hours", { n }) : t("silences.days", { n: n / 24 })}</option>`)}</select></>
    <p class="muted">${t("silences.until", { time: format.dateTime(begin + hours * HOUR_MS) })}</p>
  </div>`;
}

const endsAt = (app, hours, later = 0) => new Date(app.now() + (hours + later) * HOUR_MS).toISOString();

/** Hold alerts back, or maintain devices and sites. */
export function SilenceDialog({ app, onClose, onDone }) {
  const { t, names } = app;
  const among = ownCentres(app);
  const [form, setForm] = useState({
    kind: "silence", owner: app.session.who.get()?.name ?? "", reason: "", centres: among.length === 1 ? [among[0].code] : [], category: "", subcategory: "", severity: "",
    commune: "", device: "", site: "", more: "", hours: 4, later: 0, days: [], start: "", end: "",
  });
  const [tried, setTried] = useState(false);
  const { busy, error, send } = useSending(app, onDone);
  const set = (patch) => setForm((old) => ({ ...old, ...patch }));
  const text = (name) => ({ value: form[name], name, onInput: (event) => set({ [name]: event.target.value }) });

  const matchers = [
    ...["category", "subcategory", "severity", "commune", "device", "site"].filter((name) => form[name].trim()).map((name) => `${name} = ${form[name].trim()}`),
    ...form.more.split("\n").map((line) => line.trim()).filter(Boolean),
  ];
  const windowed = form.days.length || form.start || form.end;
  const missing = {
    owner: !form.owner.trim(), reason: !form.reason.trim(), centres: !form.centres.length, matchers: !matchers.length,
    window: windowed && !(form.days.length && form.start && form.end),
  };
  const communes = [...names.tables.get().communes.values()].filter((each) => !form.centres.length || form.centres.includes(each.centre) || form.centres.includes(each.centre_also));
  const wrong = (name) => (tried && missing[name] ? t(`silences.missing.${name}`) : null);

  function submit(event) {
    event.preventDefault();
    setTried(true);
    if (Object.values(missing).some(Boolean)) return;
    send(
      (options) => app.api.post("/v1/silences", {
        kind: form.kind, owner: form.owner.trim(), reason: form.reason.trim(), centres: form.centres, matchers,
        ends_at: endsAt(app, form.hours, form.later), ...(form.later ? { starts_at: endsAt(app, 0, form.later) } : {}),
        windows: windowed ? [{ days: form.days, start: form.start, end: form.end }] : [],
      }, options),
      t(form.kind === "maintenance" ? "silences.maintained" : "silences.silenced"),
    );
  }

  return html`<${Dialog} title=${t("silences.new")} onClose=${onClose} wide><form class="silence-form" onSubmit=${submit} novalidate>
    <fieldset class="choices"><legend>${t("silences.kind")}</legend>${["silence", "maintenance"].map((kind) => html`<label key=${kind} class="check"><input type="radio" name="kind" value=${kind} checked=${form.kind === kind} onChange=${() => set({ kind })} /> <span><strong>${t(`silences.kind.${kind}`)}</strong> <span class="muted">${t(`silences.kind.${kind}.means`)}</span></span></label>`)}</fieldset>
    <${Centres} app=${app} value=${form.centres} onChange=${(centres) => set({ centres })} among=${among} />
    ${wrong("centres") && html`<p class="field-error" role="alert">${wrong("centres")}</p>`}
    <fieldset class="about"><legend>${t("silences.about")}</legend>
      <${Field} label=${t("silences.category")}><select ...${text("category")} onChange=${(event) => set({ category: event.target.value, subcategory: "" })}><option value="">${t("silences.any")}</option>${app.categories().map((code) => html`<option key=${code} value=${code}>${t(`category.${code}`)}</option>`)}</select></>
      ${form.category && html`<${Field} label=${t("silences.subcategory")}><select ...${text("subcategory")} onChange=${(event) => set({ subcategory: event.target.value })}><option value="">${t("silences.any")}</option>${names.subcategories(form.category).map((code) => html`<option key=${code} value=${code}>${names.subcategory(form.category, code)}</option>`)}</select></>`}
      <${Field} label=${t("silences.severity")}><select ...${text("severity")} onChange=${(event) => set({ severity: event.target.value })}><option value="">${t("silences.any")}</option>${SEVERITIES.map((code) => html`<option key=${code} value=${code}>${t(`severity.${code}`)}</option>`)}</select></>
      <${Field} label=${t("silences.commune")}><select ...${text("commune")} onChange=${(event) => set({ commune: event.target.value })}><option value="">${t("silences.any")}</option>${communes.map((each) => html`<option key=${each.code} value=${each.code}>${each.name}</option>`)}</select></>
      <${Field} label=${t("silences.device")}><input ...${text("device")} autocomplete="off" /></>
      <${Field} label=${t("silences.site")}><input ...${text("site")} autocomplete="off" /></>
      <${Field} label=${t("silences.more")} hint=${t("silences.more_hint")}><textarea rows="2" ...${text("more")}></textarea></>
      ${wrong("matchers") && html`<p class="field-error" role="alert">${wrong("matchers")}</p>`}
    </fieldset>
    <${Field} label=${t("silences.owner")} error=${wrong("owner")}><input ...${text("owner")} maxlength="500" required /></>
    <${Field} label=${t("silences.reason")} error=${wrong("reason")}><textarea rows="2" ...${text("reason")} maxlength="500" required></textarea></>
    <${Ending} app=${app} hours=${form.hours} later=${form.later} onHours=${(hours) => set({ hours })} onLater=${(later) => set({ later })} />
    <details class="window"><summary>${t("silences.window")}</summary>
      <div class="days" role="group" aria-label=${t("silences.window_days")}>${DAYS.map((day) => html`<label key=${day} class="check"><input type="checkbox" checked=${form.days.includes(day)} onChange=${(event) => set({ days: event.target.checked ? [...form.days, day] : form.days.filter((each) => each !== day) })} /> ${t(`silences.day.${day}`)}</label>`)}</div>
      <div class="ending"><${Field} label=${t("silences.window_from")}><input type="time" ...${text("start")} /></><${Field} label=${t("silences.window_to")}><input type="time" ...${text("end")} /></></div>
      ${wrong("window") && html`<p class="field-error" role="alert">${wrong("window")}</p>`}
    </details>
    <${Refused} app=${app} error=${error} />
    <footer class="dialog-tools"><${Button} onClick=${onClose}>${t("cancel")}</><button type="submit" class="button primary" disabled=${busy} aria-busy=${busy}>${t("silences.begin")}</button></footer>
  </form></>`;
}

/** Call an emergency mode: first what and where, then what that means, to be confirmed. */
export function EmergencyDialog({ app, onClose, onDone }) {
  const { t, names, format } = app;
  const among = ownCentres(app);
  const [form, setForm] = useState({ owner: app.session.who.get()?.name ?? "", reason: "", centres: among.length === 1 ? [among[0].code] : [], communes: [], hours: 24 });
  const [step, setStep] = useState("what");
  const [sure, setSure] = useState(false);
  const [tried, setTried] = useState(false);
  const { busy, error, send } = useSending(app, onDone);
  const set = (patch) => setForm((old) => ({ ...old, ...patch }));
  const text = (name) => ({ value: form[name], name, onInput: (event) => set({ [name]: event.target.value }) });
  const communes = [...names.tables.get().communes.values()].filter((each) => form.centres.includes(each.centre));
  const missing = { owner: !form.owner.trim(), reason: !form.reason.trim(), centres: !form.centres.length };
  const wrong = (name) => (tried && missing[name] ? t(`silences.missing.${name}`) : null);
  const where = form.communes.length ? form.communes.map(names.commune).join(", ") : form.centres.map(names.centre).join(", ");

  function submit(event) {
    event.preventDefault();
    if (step === "what") {
      setTried(true);
      if (!Object.values(missing).some(Boolean)) setStep("sure");
      return;
    }
    if (!sure) return;
    send(
      (options) => app.api.post("/v1/silences", { kind: "emergency", owner: form.owner.trim(), reason: form.reason.trim(), centres: form.centres, communes: form.communes, ends_at: endsAt(app, form.hours) }, options),
      t("silences.emergency_on", { where }),
    );
  }

  return html`<${Dialog} title=${t("silences.emergency")} onClose=${onClose} wide><form class="silence-form" onSubmit=${submit} novalidate>
    ${step === "what" ? html`
      <${Centres} app=${app} value=${form.centres} onChange=${(centres) => set({ centres, communes: [] })} among=${among} />
      ${wrong("centres") && html`<p class="field-error" role="alert">${wrong("centres")}</p>`}
      ${communes.length > 0 && html`<details class="window"><summary>${t("silences.only_communes")}</summary><div class="communes" role="group" aria-label=${t("silences.only_communes")}>${communes.map((each) => html`<label key=${each.code} class="check"><input type="checkbox" checked=${form.communes.includes(each.code)} onChange=${(event) => set({ communes: event.target.checked ? [...form.communes, each.code] : form.communes.filter((code) => code !== each.code) })} /> ${each.name}</label>`)}</div></details>`}
      <${Field} label=${t("silences.owner_emergency")} error=${wrong("owner")}><input ...${text("owner")} maxlength="500" required /></>
      <${Field} label=${t("silences.reason")} error=${wrong("reason")}><textarea rows="2" ...${text("reason")} maxlength="500" required></textarea></>
      <${Ending} app=${app} hours=${form.hours} most=${72} onHours=${(hours) => set({ hours })} />
      <footer class="dialog-tools"><${Button} onClick=${onClose}>${t("cancel")}</><button type="submit" class="button danger">${t("silences.go_on")}</button></footer>` : html`
      <div class="confirm"><p><strong>${t("silences.confirm", { where })}</strong></p><p>${t("silences.confirm_until", { time: format.dateTime(app.now() + form.hours * HOUR_MS) })}</p>
        <ul class="bullets">${[1, 2, 3].map((n) => html`<li key=${n}>${t(`silences.confirm.${n}`)}</li>`)}</ul>
        <label class="check"><input type="checkbox" name="sure" checked=${sure} onChange=${(event) => setSure(event.target.checked)} /> <strong>${t("silences.sure")}</strong></label></div>
      <${Refused} app=${app} error=${error} />
      <footer class="dialog-tools"><${Button} onClick=${() => setStep("what")}>${t("silences.back")}</><button type="submit" class="button danger solid" disabled=${busy || !sure} aria-busy=${busy}>${t("silences.emergency_begin")}</button></footer>`}
  </form></>`;
}

/** End a silence, a maintenance window or an emergency mode before its time. */
export function EndDialog({ app, silence, onClose, onDone }) {
  const { t, names } = app;
  const [why, setWhy] = useState("");
  const { busy, error, send } = useSending(app, onDone);
  const emergency = silence.kind === "emergency";
  function submit(event) {
    event.preventDefault();
    send((options) => app.api.del(`/v1/silences/${encodeURIComponent(silence.silence_id)}`, undefined, { ...options, params: { reason: why.trim() } }), t("silences.ended"));
  }
  return html`<${Dialog} title=${t(emergency ? "silences.end_emergency" : "silences.end_title")} onClose=${onClose}><form class="silence-form" onSubmit=${submit}>
    <p>${t(`silences.kind.${silence.kind}`)}: <strong>${silence.reason}</strong> · ${silence.centres.map(names.centre).join(", ")}</p>
    ${emergency && html`<p>${t("silences.end_emergency_means")}</p>`}
    <${Field} label=${t("silences.why_end")}><input value=${why} name="why" maxlength="500" onInput=${(event) => setWhy(event.target.value)} /></>
    <${Refused} app=${app} error=${error} />
    <footer class="dialog-tools"><${Button} onClick=${onClose}>${t("cancel")}</><button type="submit" class="button danger" disabled=${busy} aria-busy=${busy}>${t(emergency ? "silences.end_emergency" : "silences.end")}</button></footer>
  </form></>`;
}
