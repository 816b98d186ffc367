import { html } from "../../vendor/preact/htm-preact.js";
import { Empty } from "../core/ui.js";
import { words } from "../words/storm.js";

function Page({ app }) {
  return html`<section class="page"><h1>${app.t("page.storm")}</h1><${Empty}>${app.t("storm.none")}</></section>`;
}

export const page = { Page, words };
