// What is listed and in which order: pure functions of incidents, a filter and the time.

import { isUnseen } from "../../core/live.js";

export const NO_FILTER = {
  centre: "", severities: [], category: "", subcategory: "", unit: "", overdue: false, unseen: false, resolved: false, children: false,
  text: "", order: "urgency",
};

const RANK = { critical: 0, high: 1, normal: 2, low: 3 };
const MARKS = /[\u0300-\u036f]/g;

/** Lower case without Vietnamese marks, as people type in a hurry. */
export const fold = (text) => text.toLowerCase().normalize("NFD").replace(MARKS, "").replace(/đ/g, "d");

/** Whether time is up: the flag comes with the next word of the owner, the clock runs here. */
export const isOverdue = (incident, now) =>
  incident.status !== "resolved" && (incident.overdue || (Boolean(incident.due_at) && !incident.clock?.paused_at && Date.parse(incident.due_at) < now));

/** Whether a filter keeps nothing back. */
export const isEmpty = (filter) => Object.keys(NO_FILTER).every((name) => name === "order" || String(filter[name]) === String(NO_FILTER[name]));

/** The incidents that fit, in order. `searched(incident)` is the folded text that is looked through. */
export function listed(incidents, filter, now, searched) {
  const words = fold(filter.text).split(/\s+/).filter(Boolean);
  const found = [];
  for (const each of incidents) {
    if (filter.centre && each.centre !== filter.centre && each.centre_also !== filter.centre) continue;
    if (filter.severities.length && !filter.severities.includes(each.severity)) continue;
    if (filter.category && each.category !== filter.category) continue;
    if (filter.subcategory && each.subcategory !== filter.subcategory) continue;
    if (filter.unit && each.unit !== filter.unit) continue;
    if (!filter.resolved && each.status === "resolved") continue;
    if (!filter.children && each.parent) continue;
    if (filter.overdue && !isOverdue(each, now)) continue;
    if (filter.unseen && !isUnseen(each)) continue;
    if (words.length) {
      const text = searched(each);
      if (!words.every((word) => text.includes(word))) continue;
    }
    found.push(each);
  }
  return found.sort(ORDERS[filter.order] ?? ORDERS.urgency);
}

const newest = (a, b) => (a.opened_at === b.opened_at ? (a.incident_id < b.incident_id ? -1 : 1) : a.opened_at < b.opened_at ? 1 : -1);
const due = (a, b) => {
  const [x, y] = [a.due_at ?? "9", b.due_at ?? "9"];
  return x === y ? newest(a, b) : x < y ? -1 : 1;
};

export const ORDERS = {
  /** By severity, those that nobody has seen before others, overdue before others, the newest first. */
  urgency: (a, b) =>
    RANK[a.severity] - RANK[b.severity] || Number(!isUnseen(a)) - Number(!isUnseen(b)) || Number(!a.overdue) - Number(!b.overdue) || newest(a, b),
  newest,
  due,
};

/**
 * Figures above the list, of all that are open and not listed under another; `all` is what would be listed if nothing were
 * asked for but whether resolved ones and children are wanted.
 */
export function totals(incidents, filter, now) {
  const { centre } = filter;
  const found = { critical: 0, overdue: 0, unseen: 0, hour: 0, open: 0, all: 0 };
  for (const each of incidents) {
    if ((filter.resolved || each.status !== "resolved") && (filter.children || !each.parent)) found.all += 1;
    if (each.status === "resolved" || each.parent) continue;
    if (centre && each.centre !== centre && each.centre_also !== centre) continue;
    found.open += 1;
    const unseen = isUnseen(each);
    if (unseen) found.unseen += 1;
    if (unseen && each.severity === "critical") found.critical += 1;
    if (isOverdue(each, now)) found.overdue += 1;
    if (now - Date.parse(each.opened_at) < 3_600_000) found.hour += 1;
  }
  return found;
}
