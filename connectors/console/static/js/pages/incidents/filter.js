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

/** What is looked at again with every drawing, made once of each version of an incident: thousands are gone through. */
const known = new WeakMap();

function facts(incident) {
  let found = known.get(incident);
  if (!found) {
    const unseen = isUnseen(incident);
    const done = incident.status === "resolved";
    const running = incident.due_at && !incident.clock?.paused_at;
    found = {
      incident,
      id: incident.incident_id,
      done,
      unseen,
      opened: Date.parse(incident.opened_at),
      due: incident.due_at ? Date.parse(incident.due_at) : Infinity,
      /** From then on time is up: the flag comes with the next word of the owner, the clock runs here. */
      over: done ? Infinity : incident.overdue ? -Infinity : running ? Date.parse(incident.due_at) : Infinity,
      urgency: RANK[incident.severity] * 4 + (unseen ? 0 : 2) + (incident.overdue ? 0 : 1),
    };
    known.set(incident, found);
  }
  return found;
}

/** Whether time is up. */
export const isOverdue = (incident, now) => facts(incident).over < now;

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
    const fact = facts(each);
    if (filter.overdue && fact.over >= now) continue;
    if (filter.unseen && !fact.unseen) continue;
    if (words.length) {
      const text = searched(each);
      if (!words.every((word) => text.includes(word))) continue;
    }
    found.push(fact);
  }
  return found.sort(ORDERS[filter.order] ?? ORDERS.urgency).map((fact) => fact.incident);
}

const newest = (a, b) => b.opened - a.opened || (a.id < b.id ? -1 : 1);

/** Of facts. */
export const ORDERS = {
  /** By severity, those that nobody has seen before others, overdue before others, the newest first. */
  urgency: (a, b) => a.urgency - b.urgency || newest(a, b),
  newest,
  due: (a, b) => (a.due === b.due ? newest(a, b) : a.due - b.due),
};

/**
 * Figures above the list, of all that are open and not listed under another; `all` is what would be listed if nothing were
 * asked for but whether resolved ones and children are wanted.
 */
export function totals(incidents, filter, now) {
  const { centre } = filter;
  const found = { critical: 0, overdue: 0, unseen: 0, hour: 0, open: 0, all: 0 };
  for (const each of incidents) {
    const { done, unseen, over, opened } = facts(each);
    if ((filter.resolved || !done) && (filter.children || !each.parent)) found.all += 1;
    if (done || each.parent) continue;
    if (centre && each.centre !== centre && each.centre_also !== centre) continue;
    found.open += 1;
    if (unseen) found.unseen += 1;
    if (unseen && each.severity === "critical") found.critical += 1;
    if (over < now) found.overdue += 1;
    if (now - opened < 3_600_000) found.hour += 1;
  }
  return found;
}
