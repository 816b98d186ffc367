import { html } from "../../vendor/preact/htm-preact.js";
import { Empty } from "../core/ui.js";
import { words } from "../words/map.js";

function Page({ app }) {
  return html`<section class="page"><h1>${app.t("page.map")}</h1><${Empty}>${app.t("map.none")}</></section>`;
}

export const page = { Page, words };
