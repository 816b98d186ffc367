// Joins the parts and draws the frame: bar, state of the connection, alert on top, the page that the address names.

import { html, render, useEffect, useState } from "../vendor/preact/htm-preact.js";
import { Alarm, createAlarm } from "./core/alarm.js";
import { createApi } from "./core/api.js";
import { createClock } from "./core/clock.js";
import { createFormat } from "./core/format.js";
import { Bar, Connection, Help } from "./core/frame.js";
import { createI18n } from "./core/i18n.js";
import { createKeys, useKeys } from "./core/keys.js";
import { createLive } from "./core/live.js";
import { createNames } from "./core/names.js";
import { createRouter, href } from "./core/router.js";
import { createSession } from "./core/session.js";
import { createSound } from "./core/sound.js";
import { remembered, store, useStore } from "./core/store.js";
import { AppContext, Empty, Failure, Loading, Notes, say } from "./core/ui.js";
import { PAGES, START } from "./pages/registry.js";
import { words } from "./words/core.js";

const i18n = createI18n();
i18n.add(words);
const clock = createClock();
const session = createSession();
const api = createApi({ csrf: session.csrf, onUnauthorized: session.ended, onDate: clock.heard });
session.use(api);
const names = createNames(i18n);
const live = createLive({ api, clock });
const router = createRouter(PAGES, START);
const sound = createSound();
const keys = createKeys();
const theme = remembered("theme", "auto");
const showTheme = (value) => {
  document.documentElement.dataset.theme = value;
};
theme.subscribe(showTheme);
showTheme(theme.get());

/** What pages get. */
const app = {
  api,
  session,
  live,
  i18n,
  names,
  clock,
  sound,
  keys,
  theme,
  t: i18n.t,
  lang: () => i18n.lang.get(),
  now: clock.now,
  format: createFormat(() => i18n.lang.get(), names.zone),
  go: router.go,
  href,
  at: router.at,
  /** Whether a page is for who is signed in: `opens("map")`. What leads to one that is not is not shown. */
  opens: (name) => PAGES.some((page) => page.name === name && session.opens(page)),
  say,
  /** Codes of all categories, in the gateway's order. */
  categories: () => names.codes("category"),
  failure: store(null),
};
app.alarm = createAlarm(app);

session.who.subscribe((who) => {
  if (!who) {
    live.stop();
    return;
  }
  back();
  if (session.allows("incidents:read")) live.start();
  names.load(api).catch(() => setTimeout(() => session.who.get() && names.load(api).catch(() => {}), 3_000));
});
live.on("gap", () => say(i18n.t("live.gap"), "news", 20_000));

/** Go on to the page that was asked for before somebody went to sign in at the identity provider. */
function back() {
  const address = sessionStorage.getItem("ioc.back");
  sessionStorage.removeItem("ioc.back");
  if (router.at.get().name === "login") router.go(START, [], {}, { replace: true });
  if (address && !address.startsWith("#/login")) location.hash = address;
}

const loaded = new Map();

/** The module of a page with its words and style sheet; asked for again where it could not be had. */
function load(page) {
  if (!loaded.has(page.name)) {
    const coming = Promise.all([import(`./pages/${page.name}.js`), page.style && style(page.name)]).then(([found]) => {
      if (found.page.words) i18n.add(found.page.words);
      return found.page;
    });
    coming.catch(() => loaded.delete(page.name));
    loaded.set(page.name, coming);
  }
  return loaded.get(page.name);
}

function style(name) {
  const address = new URL(`../style/${name}.css`, import.meta.url).href;
  if (document.querySelector(`link[href="${CSS.escape(address)}"]`)) return null;
  return new Promise((done, failed) => {
    const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href: address });
    link.addEventListener("load", done);
    link.addEventListener("error", () => failed(new Error(`no style sheet: ${name}`)));
    document.head.append(link);
  });
}

function Outlet({ entry, args, params }) {
  const [state, setState] = useState({ name: null, page: null, error: null });
  const [turn, setTurn] = useState(0);
  const open = session.opens(entry);
  useEffect(() => {
    let stale = false;
    if (!open) return undefined;
    load(entry).then(
      (page) => !stale && setState({ name: entry.name, page, error: null }),
      (error) => !stale && setState({ name: entry.name, page: null, error }),
    );
    return () => {
      stale = true;
    };
  }, [entry, open, turn]);
  useEffect(() => {
    if (state.name === entry.name) document.getElementById("main")?.focus({ preventScroll: true });
  }, [state.name]);
  if (!open) return html`<section class="page"><h1>${app.t(`page.${entry.name}`)}</h1><${Empty}>${app.t(session.allows(entry.needs) ? "not_for_units" : "not_allowed")}</></section>`;
  if (state.name !== entry.name) return html`<${Loading} />`;
  if (state.error) return html`<${Failure} error=${{ message: app.t("page_failed") }} onAgain=${() => setTurn((n) => n + 1)} />`;
  return html`<${state.page.Page} key=${entry.name} app=${app} args=${args} params=${params} />`;
}

function Console() {
  const who = useStore(session.who);
  const lang = useStore(i18n.lang);
  useStore(i18n.version);
  useStore(names.tables);
  const at = useStore(router.at);
  const error = useStore(app.failure);
  useStore(keys.single);
  const [help, setHelp] = useState(false);
  const pages = PAGES.filter((page) => page.nav && session.opens(page));
  const pressed = useStore(chord);

  useKeys(keys, [
    { key: "?", label: "keys.help", group: "keys.frame", dialog: true, run: () => setHelp((open) => !open) },
    { key: "l", label: "keys.lang", group: "keys.frame", run: () => i18n.lang.set(lang === "vi" ? "en" : "vi") },
    { key: "d", label: "keys.theme", group: "keys.frame", run: () => theme.set(otherTheme) },
    { key: "s", label: "keys.sound", group: "keys.frame", run: () => sound.on.set((on) => !on) },
    { key: "g", run: () => startChord() },
  ]);
  // The second key of g i, g m … comes before everything else that the key means.
  useKeys(keys, pressed ? pages.map((page) => ({ key: page.key, run: () => (chord.set(false), router.go(page.name)) })) : [], { first: true });

  if (error) return html`<main class="centre"><${Failure} error=${error} onAgain=${begin} /></main>`;
  if (who === undefined) return html`<main class="centre"><${Loading} /></main>`;
  const login = PAGES.find((page) => page.name === "login");
  if (who === null) return html`<main id="main" tabindex="-1" class="centre"><${Outlet} entry=${login} args=${[]} params=${at.name === "login" ? at.params : {}} /><${Notes} /></main>`;
  return html`<a class="skip" href="#main" onClick=${(event) => { event.preventDefault(); document.getElementById("main").focus(); }}>${app.t("skip")}</a>
    <${Bar} app=${app} pages=${pages} at=${at} onHelp=${() => setHelp(true)} />
    <${Connection} app=${app} />
    <${Alarm} app=${app} />
    <main id="main" tabindex="-1"><${Outlet} entry=${at.page.name === "login" ? PAGES[0] : at.page} args=${at.args} params=${at.params} /></main>
    <${Notes} />
    ${help && html`<${Help} app=${app} pages=${pages} onClose=${() => setHelp(false)} />`}`;
}

const chord = store(false);

function startChord() {
  chord.set(true);
  setTimeout(() => chord.set(false), 1_500);
}

function otherTheme(now) {
  const dark = now === "auto" ? matchMedia("(prefers-color-scheme: dark)").matches : now === "dark";
  return dark ? "light" : "dark";
}

async function begin() {
  app.failure.set(null);
  try {
    await session.load();
  } catch (error) {
    app.failure.set(error);
  }
}

const root = document.getElementById("app");
root.replaceChildren();
render(html`<${AppContext.Provider} value=${app}><${Console} /></>`, root);
begin();
