// What is drawn on a canvas has its colours from the moment of drawing: this says when they are others.

import { useEffect, useState } from "../../vendor/preact/htm-preact.js";
import { useStore } from "../core/store.js";

/** A text that is another one when the page's colours are: for the dependencies of what draws. */
export function useScheme(app) {
  const theme = useStore(app.theme);
  const [dark, setDark] = useState(() => matchMedia("(prefers-color-scheme: dark)").matches);
  useEffect(() => {
    const media = matchMedia("(prefers-color-scheme: dark)");
    const look = () => setDark(media.matches);
    media.addEventListener("change", look);
    return () => media.removeEventListener("change", look);
  }, []);
  return `${theme} ${dark}`;
}
