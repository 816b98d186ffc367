import { html } from "../../vendor/preact/htm-preact.js";
import { Empty } from "../core/ui.js";
import { words } from "../words/silences.js";

function Page({ app }) {
  return html`<section class="page"><h1>${app.t("page.silences")}</h1><${Empty}>${app.t("silences.none")}</></section>`;
}

export const page = { Page, words };
