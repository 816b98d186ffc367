// What stands around every page: the bar, the state of the connection, the table of keys.

import { html } from "../../vendor/preact/htm-preact.js";
import { useTick } from "./clock.js";
import { href } from "./router.js";
import { useStore } from "./store.js";
import { Button, Dialog, Icon, reason } from "./ui.js";

/** Pages, clock, state of the connection, and what belongs to the machine and the person before it. */
export function Bar({ app, pages, at, onHelp }) {
  const { t } = app;
  const province = app.names.tables.get().province?.name?.[app.lang()] ?? "";
  const who = useStore(app.session.who);
  useStore(app.theme);
  const single = useStore(app.keys.single);
  return html`<header class="bar">
    <div class="brand"><span class="logo" aria-hidden="true">IOC</span><span class="brand-name"><strong>${t("brand")}</strong><span>${province}</span></span></div>
    <nav aria-label=${t("nav")}>${pages.map((page) => html`<a key=${page.name} href=${href(page.name)}
      aria-current=${at.page.name === page.name ? "page" : undefined} title=${t(`page.${page.name}`)}><${Icon} name=${page.icon} /><span>${t(`nav.${page.name}`)}</span></a>`)}</nav>
    <div class="tools">
      <${LiveState} app=${app} />
      <${WallClock} app=${app} />
      <${SoundSwitch} app=${app} />
      <${Button} icon="sun" class="for-wide" label=${t("theme")} onClick=${() => app.theme.set(isDark(app.theme.get()) ? "light" : "dark")} />
      <button type="button" class="button plain lang" lang=${app.lang() === "vi" ? "en" : "vi"} title=${t("lang.other")} aria-label=${t("lang.other")} onClick=${() => app.i18n.lang.set(app.lang() === "vi" ? "en" : "vi")}>${app.lang() === "vi" ? "EN" : "VI"}</button>
      <${Button} icon=${single ? "keys" : "keysOff"} class="keys for-wide" label=${t("keys.single")} aria-pressed=${single} onClick=${() => app.keys.single.set(!single)} />
      <${Button} icon="help" label=${t("help")} onClick=${onHelp} />
      <span class="who" title=${t("account", { name: who?.name })}>${who?.name}</span>
      <${Button} icon="out" label=${t("logout")} onClick=${() => app.session.logout().catch(() => {})} />
    </div>
  </header>`;
}

function isDark(theme) {
  return theme === "auto" ? matchMedia("(prefers-color-scheme: dark)").matches : theme === "dark";
}

function WallClock({ app }) {
  useTick();
  const behind = Math.abs(app.clock.behind());
  const off = behind > 5_000 ? app.t("live.clock", { age: app.format.duration(behind) }) : undefined;
  return html`<time class=${`wall-clock${off ? " off" : ""}`} title=${off}>${app.format.time(app.now())}</time>`;
}

function SoundSwitch({ app }) {
  const on = useStore(app.sound.on);
  const ready = useStore(app.sound.ready);
  const words = on ? (ready ? "sound.on" : "sound.waiting") : "sound.off";
  return html`<button type="button" class=${`button plain bare sound ${on && !ready ? "waiting" : ""}`} aria-pressed=${on}
    aria-label=${app.t(words)} title=${app.t(words)} onClick=${() => app.sound.on.set((old) => !old)}><${Icon} name=${on ? "bell" : "bellOff"} /></button>`;
}

const LATE_MS = 6_000;

/** A word, a mark and an age for how live the screen is. */
function LiveState({ app }) {
  const { t } = app;
  useTick();
  const live = useStore(app.live.status);
  const age = live.asOf ? app.now() - live.asOf : 0;
  const late = live.state === "connected" && age > LATE_MS;
  const words = live.state === "connecting" && live.error ? "live.unreachable" : `live.${live.state}`;
  const reading = !live.whole && live.loaded > 0;
  const said = reading ? t("live.loading", { n: app.format.number(live.loaded) }) : t(late ? "live.late" : words);
  return html`<span class=${`live-state ${late ? "late" : live.state}`} data-live=${live.state} title=${live.asOf ? t("live.as_of", { time: app.format.time(live.asOf) }) : undefined}><span class="dot" aria-hidden="true"></span>
    <span>${said}</span>${live.asOf > 0 && html`<span class="age number">${app.format.duration(age)}</span>`}</span>`;
}

/** Says at once, over the whole width, that what is on screen may no longer be true, and since when. */
export function Connection({ app }) {
  const live = useStore(app.live.status);
  const failing = live.state === "lost" || (live.state === "connecting" && live.error);
  return html`<div class="connection-place" role="alert">${failing && html`<${Lost} app=${app} live=${live} />`}</div>`;
}

function Lost({ app, live }) {
  const { t } = app;
  useTick();
  const told = live.why === "list" && live.error ? t("live.lost_list", { reason: reason(t, live.error) }) : t("live.lost_stream");
  const age = live.asOf
    ? t("live.as_of_age", { time: app.format.time(live.asOf), age: app.format.duration(app.now() - live.asOf) })
    : t("live.never");
  return html`<div class="connection" data-connection="lost"><strong>${t(live.asOf ? "live.lost" : "live.unreachable")}</strong>
    <span aria-live="off">${age}</span> <span>${told}</span></div>`;
}

/** Every key that does something now, and the way to what programs may ask this server. */
export function Help({ app, pages, onClose }) {
  const { t } = app;
  const groups = new Map();
  for (const each of app.keys.all()) {
    const group = each.group ?? "keys.frame";
    groups.set(group, [...(groups.get(group) ?? []), { keys: each.shown ?? [each.key].flat(), text: t(each.label) }]);
  }
  const go = pages.map((page) => ({ keys: [`g ${page.key}`], text: t("keys.go", { page: t(`page.${page.name}`) }) }));
  groups.set("keys.frame", [...(groups.get("keys.frame") ?? []), ...go]);
  return html`<${Dialog} title=${t("help")} onClose=${onClose} wide>
    <${SingleKeys} app=${app} />
    <div class="help">${[...groups].map(([group, rows]) => html`<section key=${group}><h3>${t(group)}</h3><dl>
      ${rows.map((row) => html`<div key=${row.text}><dt>${row.keys.map((key) => html`<kbd key=${key}>${app.keys.shown(key)}</kbd> `)}</dt><dd>${row.text}</dd></div>`)}
    </dl></section>`)}</div>
    <p class="help-more"><a href="/docs" target="_blank" rel="noopener">${t("help.api")}</a></p></>`;
}

/** The switch of keys that are pressed alone, with what holds instead. */
function SingleKeys({ app }) {
  const { t } = app;
  const on = useStore(app.keys.single);
  return html`<div class="single-keys"><label class="check"><input type="checkbox" name="single-keys" checked=${on} onChange=${() => app.keys.single.set((old) => !old)} /> ${t("keys.single")}</label>
    <p class="muted" role="status">${t(on ? "keys.single.on" : "keys.single.off")}</p></div>`;
}
