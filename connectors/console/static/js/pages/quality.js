import { html } from "../../vendor/preact/htm-preact.js";
import { Empty } from "../core/ui.js";
import { words } from "../words/quality.js";

function Page({ app }) {
  return html`<section class="page"><h1>${app.t("page.quality")}</h1><${Empty}>${app.t("quality.none")}</></section>`;
}

export const page = { Page, words };
