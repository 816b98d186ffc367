import { html } from "../../vendor/preact/htm-preact.js";
import { Empty } from "../core/ui.js";
import { words } from "../words/incident.js";

function Page({ app }) {
  return html`<section class="page"><h1>${app.t("page.incident")}</h1><${Empty}>${app.t("incident.none")}</></section>`;
}

export const page = { Page, words };
