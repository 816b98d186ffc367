// Critical incidents that nobody has acknowledged: a tone, a number in the title, a band on every page, one key to acknowledge.

import { html, useEffect } from "../../vendor/preact/htm-preact.js";
import { useTick } from "./clock.js";
import { useKeys } from "./keys.js";
import { isUnseen } from "./live.js";
import { href } from "./router.js";
import { store, useStore } from "./store.js";
import { Button, reason } from "./ui.js";

const AGAIN_MS = 20_000;
const LOUD = new Set(["opened", "worsened", "escalated"]);

/** The alarm of the whole console. */
export function createAlarm(app) {
  const acting = store(new Set());
  let quiet = false;
  let rung = 0;

  /** Critical and unacknowledged, the newest first; of those only that this person's centres have to see to. */
  function open() {
    const centres = app.session.who.get()?.centres ?? [];
    const found = [];
    for (const each of app.live.incidents.values()) {
      if (each.severity === "critical" && isUnseen(each) && !each.parent && (!centres.length || centres.includes(each.centre))) found.push(each);
    }
    return found.sort((a, b) => (a.opened_at < b.opened_at ? 1 : -1));
  }

  function ring() {
    rung = Date.now();
    app.sound.play("critical");
  }

  app.live.on("alert", (alert) => {
    if (alert.severity !== "critical" || !LOUD.has(alert.reason)) return;
    quiet = false;
    if (Date.now() - rung > 1_500) ring();
  });
  setInterval(() => {
    if (!quiet && app.session.who.get() && Date.now() - rung >= AGAIN_MS && open().length) ring();
  }, 1_000);

  return {
    open,
    /** Incidents whose acknowledgement is on its way: a store of a Set of ids. */
    acting,
    /** No tone until the next alert. */
    mute() {
      quiet = true;
    },
    /** Acknowledge an incident; what became of it is said. Nothing on screen changes before the gateway has said so. */
    async acknowledge(incident) {
      const id = incident.incident_id;
      if (acting.get().has(id)) return;
      acting.set((old) => new Set(old).add(id));
      const { t } = app;
      try {
        const answer = await app.api.act(id, "acknowledge");
        if (answer.incident) app.live.take(answer.incident);
        else app.live.look();
        const done = answer.result !== "pending";
        app.say(t(done ? "act.done" : "act.pending", { title: incident.title }), done ? "done" : "news");
      } catch (error) {
        app.say(t("act.failed", { reason: reason(t, error) }), "failed", 12_000);
        app.live.look();
      } finally {
        acting.set((old) => {
          const rest = new Set(old);
          rest.delete(id);
          return rest;
        });
      }
    },
  };
}

/** The band under the bar, and the title of the window. */
export function Alarm({ app }) {
  const { t, alarm } = app;
  useStore(app.live.changed);
  const acting = useStore(alarm.acting);
  const at = useStore(app.at);
  const open = alarm.open();
  const first = open[0];
  const page = t(`page.${at.page.name}`);

  useEffect(() => {
    const title = open.length ? t("alert.title", { n: open.length, page }) : `${page} – IOC`;
    if (document.title !== title) document.title = title;
  });
  useKeys(app.keys, [
    {
      key: "A",
      label: "alert.acknowledge_key",
      group: "keys.frame",
      run: () => (first && app.session.may("acknowledge", first.centre) ? alarm.acknowledge(first) : false),
    },
    { key: "m", label: "alert.mute", group: "keys.frame", run: () => alarm.mute() },
  ]);

  return html`<div class="alarm-place" role="alert">${first && html`<div class="alarm" data-alarm=${first.incident_id}>
    <${Beat}>${t("alert.critical")}</>
    <a class="alarm-title" href=${href("incident", [first.incident_id])}>${first.title}</a>
    <span class="alarm-where">${app.names.commune(first.commune)} · ${app.names.centreShort(first.centre)} · <${Age} app=${app} at=${first.opened_at} /></span>
    ${open.length > 1 && html`<span class="alarm-more">${t("alert.more", { n: open.length - 1 })}</span>`}
    <span class="alarm-tools">
      ${app.session.may("acknowledge", first.centre) && html`<${Button} kind="primary" icon="check" busy=${acting.has(first.incident_id)} onClick=${() => alarm.acknowledge(first)}>${t("alert.acknowledge")} <kbd aria-hidden="true">${app.keys.shown("A")}</kbd></>`}
      <${Button} icon="bellOff" label=${t("alert.mute")} onClick=${() => alarm.mute()} />
    </span>
  </div>`}</div>`;
}

/** Beats once a second: an animation would draw sixty frames of it, for hours. */
function Beat({ children }) {
  useTick();
  return html`<strong class=${Math.floor(performance.now() / 1_000) % 2 ? "beat" : ""}>${children}</strong>`;
}

function Age({ app, at }) {
  useTick(5);
  return html`<span aria-live="off">${app.format.ago(Date.parse(at), app.now())}</span>`;
}
