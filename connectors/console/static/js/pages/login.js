// Signing in with a local account; a one-time password is changed for one's own on the way.

import { html, useEffect, useRef, useState } from "../../vendor/preact/htm-preact.js";
import { Button, Field, reason, useLoad } from "../core/ui.js";
import { words } from "../words/login.js";

const PROBLEMS = new Set(["refused", "role", "away"]);

/** The page that was asked for: shown when the browser is back from the provider. */
function remember() {
  sessionStorage.setItem("ioc.back", location.hash);
}

function Page({ app, params }) {
  const { t } = app;
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [first, setFirst] = useState(false);
  const [fresh, setFresh] = useState("");
  const [again, setAgain] = useState("");
  const [error, setError] = useState(null);
  const [busy, setBusy] = useState(false);
  const start = useRef(null);
  const { value: offers } = useLoad((signal) => app.api.get("/v1/login", {}, { signal }), []);

  useEffect(() => start.current?.focus(), [first]);

  async function enter(event) {
    event.preventDefault();
    if (first && fresh !== again) {
      setError({ at: "again", text: t("login.differ") });
      return;
    }
    setBusy(true);
    setError(null);
    try {
      const who = await app.session.login(name, password, first ? fresh : undefined);
      if (!who) setError({ at: "form", text: t("login.cookie") });
    } catch (failure) {
      if (failure.code === "password-change-required") setFirst(true);
      else setError({ at: failure.errors?.[0]?.pointer === "/new_password" ? "fresh" : "form", text: reason(t, failure) });
    } finally {
      setBusy(false);
    }
  }

  return html`<section class="panel login">
    <h1><span class="logo" aria-hidden="true">IOC</span>${t("login.title")}</h1>
    ${app.session.expired.get() && html`<p class="field-error" role="alert">${t("problem.unauthorized")}</p>`}
    ${PROBLEMS.has(params.provider) && html`<p class="field-error" role="alert">${t(`login.${params.provider}`)}</p>`}
    ${offers?.provider && !first && html`<a class="button primary" href=${offers.provider} onClick=${remember}>${t("login.provider")}</a><p class="or">${t("login.or")}</p>`}
    <form onSubmit=${enter}>
      ${first
        ? html`<p>${t("login.first")}</p>
          <${Field} label=${t("login.new")} error=${error?.at === "fresh" && error.text}><input ref=${start} type="password" name="new-password" autocomplete="new-password" required minlength="12" value=${fresh} onInput=${(event) => setFresh(event.target.value)} /></>
          <${Field} label=${t("login.again")} error=${error?.at === "again" && error.text}><input type="password" name="new-password-again" autocomplete="new-password" required value=${again} onInput=${(event) => setAgain(event.target.value)} /></>`
        : html`<${Field} label=${t("login.name")}><input ref=${start} name="name" autocomplete="username" autocapitalize="none" spellcheck=${false} required value=${name} onInput=${(event) => setName(event.target.value)} /></>
          <${Field} label=${t("login.password")}><input type="password" name="password" autocomplete="current-password" required value=${password} onInput=${(event) => setPassword(event.target.value)} /></>`}
      ${error?.at === "form" && html`<p class="field-error" role="alert">${error.text}</p>`}
      <button type="submit" class=${`button ${offers?.provider && !first ? "plain" : "primary"}`} disabled=${busy} aria-busy=${busy ? "true" : undefined}>${t(first ? "login.set" : "login.enter")}</button>
      ${first && html`<${Button} onClick=${() => { setFirst(false); setError(null); }}>${t("login.back")}</>`}
    </form>
    <footer><${Button} onClick=${() => app.i18n.lang.set(app.lang() === "vi" ? "en" : "vi")}>${t("lang.other")}</></footer>
  </section>`;
}

export const page = { Page, words };
