// Times, durations and numbers for people. Durations are short: a list shows hundreds of them.

const UNITS = {
  vi: { d: " ngày", h: " giờ", m: " phút", s: " giây", ago: (text) => `${text} trước`, now: "vừa xong" },
  en: { d: " d", h: " h", m: " min", s: " s", ago: (text) => `${text} ago`, now: "just now" },
};

/** `createFormat(lang, zone)`: `lang` and `zone` are functions, read with every call. */
export function createFormat(lang, zone) {
  const made = new Map();
  const intl = (kind, options) => {
    const key = `${lang()} ${zone()} ${kind}`;
    if (!made.has(key)) {
      const place = lang() === "vi" ? "vi-VN" : "en-GB";
      made.set(key, kind === "number" ? new Intl.NumberFormat(place, options)
        : new Intl.DateTimeFormat(place, { timeZone: zone() || undefined, ...options }));
    }
    return made.get(key);
  };
  const units = () => UNITS[lang()] ?? UNITS.vi;

  /** `2 giờ 5 phút`, `45 giây`: the two largest units, never negative. */
  function duration(ms) {
    const seconds = Math.max(0, Math.floor(Math.abs(ms) / 1000));
    const unit = units();
    if (seconds < 60) return `${seconds}${unit.s}`;
    const minutes = Math.floor(seconds / 60);
    if (minutes < 60) return `${minutes}${unit.m}`;
    const hours = Math.floor(minutes / 60);
    if (hours < 24) return `${hours}${unit.h}${minutes % 60 ? ` ${minutes % 60}${unit.m}` : ""}`;
    const days = Math.floor(hours / 24);
    return `${days}${unit.d}${hours % 24 ? ` ${hours % 24}${unit.h}` : ""}`;
  }

  return {
    duration,
    /** `1:05:09` or `-0:45`: a clock that runs; days are hours. */
    countdown(ms) {
      const seconds = Math.floor(Math.abs(ms) / 1000);
      const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
      const two = (n) => String(n).padStart(2, "0");
      return `${ms < 0 ? "−" : ""}${h ? `${h}:${two(m)}` : m}:${two(s)}`;
    },
    /** `5 phút trước` of two times in ms. */
    ago: (at, now) => (now - at < 1000 ? units().now : units().ago(duration(now - at))),
    /** `14:05:09` in the province's zone. */
    time: (at) => intl("time", { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false }).format(new Date(at)),
    /** `14:05, 27/11/2026`. */
    dateTime: (at) =>
      intl("dateTime", { hour: "2-digit", minute: "2-digit", day: "2-digit", month: "2-digit", year: "numeric", hour12: false }).format(new Date(at)),
    /** `27/11/2026`. */
    date: (at) => intl("date", { day: "2-digit", month: "2-digit", year: "numeric" }).format(new Date(at)),
    /** `1.234,5`: at most two decimals. */
    number: (value) => intl("number", { maximumFractionDigits: 2 }).format(value),
    /** `85 %` of 0.85. */
    percent: (ratio) => `${intl("number", { maximumFractionDigits: 2 }).format(Math.round(ratio * 1000) / 10)} %`,
  };
}
