// Tones for alerts, made by the browser itself. Browsers are silent until somebody has pressed or clicked something.

import { remembered, store } from "./store.js";

const CRITICAL = [[880, 0, 0.16], [660, 0.2, 0.16], [880, 0.4, 0.16], [660, 0.6, 0.22]];
const NOTICE = [[520, 0, 0.12]];
const TUNES = { critical: [CRITICAL, 0.35], notice: [NOTICE, 0.15] };

export function createSound() {
  const on = remembered("sound", true);
  const ready = store(false);
  let context = null;
  let played = 0;

  function unlock() {
    const Context = globalThis.AudioContext ?? globalThis.webkitAudioContext;
    if (!Context) return;
    context ??= new Context();
    context.onstatechange = () => ready.set(context.state === "running");
    if (context.state === "suspended") context.resume().catch(() => {});
    ready.set(context.state === "running");
  }
  for (const kind of ["pointerdown", "keydown"]) addEventListener(kind, unlock, { passive: true });

  return {
    /** A store: whether alerts are heard on this machine. */
    on,
    /** A store: whether the browser lets us; false until somebody has pressed something. */
    ready,
    /** How many tunes were begun. */
    played: () => played,
    /** Play `critical` or `notice`; whether it could be heard. */
    play(name) {
      if (!on.get()) return false;
      if (!context || context.state !== "running") return false;
      const [tones, loud] = TUNES[name];
      played += 1;
      for (const [hertz, at, length] of tones) {
        const begin = context.currentTime + at;
        const tone = new OscillatorNode(context, { type: "square", frequency: hertz });
        const gain = new GainNode(context, { gain: 0 });
        gain.gain.setValueAtTime(0, begin);
        gain.gain.linearRampToValueAtTime(loud, begin + 0.01);
        gain.gain.setValueAtTime(loud, begin + length - 0.03);
        gain.gain.linearRampToValueAtTime(0, begin + length);
        tone.connect(gain).connect(context.destination);
        tone.start(begin);
        tone.stop(begin + length);
      }
      return true;
    },
  };
}
