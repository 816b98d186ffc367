// Style sheets of third-party parts, loaded with the part itself and once.

/** Load a style sheet: `await sheet(new URL("../../vendor/leaflet/leaflet.css", import.meta.url))`. */
export function sheet(address) {
  const { href } = address;
  if (document.querySelector(`link[href="${CSS.escape(href)}"]`)) return Promise.resolve();
  return new Promise((done, failed) => {
    const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href });
    link.addEventListener("load", () => done());
    link.addEventListener("error", () => failed(new Error(`no style sheet: ${href}`)));
    // Before our own: what a page says of a part goes before what the part says of itself.
    document.head.prepend(link);
  });
}
