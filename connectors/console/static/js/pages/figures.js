import { html } from "../../vendor/preact/htm-preact.js";
import { Empty } from "../core/ui.js";
import { words } from "../words/figures.js";

function Page({ app }) {
  return html`<section class="page"><h1>${app.t("page.figures")}</h1><${Empty}>${app.t("figures.none")}</></section>`;
}

export const page = { Page, words };
