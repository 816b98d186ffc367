"""What is said of an incident: at once, together with other news after a pause, or not while something holds it back.

Grave news is said at once. What only brings an incident up to date is said at most once in a pause per incident, and so
often per centre; what comes in between is counted and told with whatever is said next.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final, Literal, NamedTuple

from ioc.incidents import outputs
from ioc.incidents.case import Case, Gathers, Grouped, is_urgent
from ioc.incidents.desk import Desk
from ioc.incidents.gauges import is_gauge
from ioc.incidents.matching import with_condition
from ioc.incidents.memory import Writer
from ioc.incidents.silencing import Silencer
from ioc.paging.silence import Rule
from ioc.vocabulary import AlertReason

_GRAVITY: Final[tuple[AlertReason, ...]] = ("worsened", "escalated", "sla_breached", "updated", "opened", "resolved")
_MAX_TEXTS: Final = 3
_MAX_TEXT: Final = 200

Held = Literal["", "family", "silence", "group"]


class Said(NamedTuple):
    """What becomes of something that there is to say.

    Attributes:
        wanted: As what it would be told; none: there is nothing to say.
        reason: As what it is told now; none: it is not.
        text: Words of the alert.
        grouped: How much of what waited it tells too.
        held: What holds it back.
        rule: The silence that does.

    """

    wanted: AlertReason | None
    reason: AlertReason | None
    text: str
    grouped: int = 0
    held: Held = ""
    rule: Rule | None = None


_NOTHING: Final = Said(None, None, "")


class Voice:
    """The one way from an incident to an alert; only what the law sets a clock for goes past it."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._memory = desk.memory
        self._silencer = Silencer(desk)

    def voiced(self, case: Case, wanted: AlertReason | None, text: str, writer: Writer) -> tuple[Case, Said]:
        """Decide what is said about a case that is about to be put; :meth:`say` says it.

        Args:
            case: As it is about to be put; one that is ``silent`` is told of as ``opened``.
            wanted: What there is to say; none: nothing.
            text: Words of the alert.
            writer: Time, and who takes the changes.

        """
        if wanted is None:
            return case, _NOTHING
        if self.is_held(case, writer.now):
            return case, Said(wanted, None, text, held="family")
        if (rule := self._silencer.rule_for(case, writer)) is not None:
            held = replace(
                case, held_by=rule.record.silence_id, held_until=rule.until(writer.now),
                grouped=_with(case.grouped, wanted, text, writer.now),
            )  # fmt: skip
            return held, Said(wanted, None, text, held="silence", rule=rule)
        if case.silent and case.finished:
            return case, Said(wanted, None, text, held="family")
        reason: AlertReason = "opened" if case.silent else wanted
        # That it is over is known where it was told so, and nothing since.
        waits = reason == "updated" and self._memory.next_update(case) > writer.now
        if waits or (reason == "resolved" and case.told_over and case.grouped is not None):
            return replace(case, grouped=_with(case.grouped, reason, text, writer.now)), Said(
                wanted, None, text, held="group"
            )
        return self._speaks(case, wanted, reason, text, writer)

    def say(self, case: Case, said: Said, writer: Writer) -> None:
        """Alert about a case that was put, or say why there is no alert."""
        if said.reason is not None:
            alert = outputs.alert(case.incident, said.reason, said.text, writer.now, grouped=said.grouped)
            writer.changes.alerts.append(alert)
        elif said.rule is not None and said.wanted is not None:
            self._silencer.hold(said.rule, case, said.wanted, writer)
        elif said.held == "group":
            self._group(case, writer)
        elif said.wanted is not None:
            self._inhibit(case, said.wanted, writer)

    def release(self, case: Case, writer: Writer) -> None:
        """Tell what a silence held back, or what waited for a pause to be over, where its time has come."""
        held = bool(case.held_by)
        if held:
            if (rule := self._silencer.rule_for(case, writer)) is not None:
                writer.keep(replace(case, held_by=rule.record.silence_id, held_until=rule.until(writer.now)))
                return
            case = replace(case, held_by="", held_until=None)
        grouped = case.grouped
        if grouped is None or (case.silent and case.finished):
            writer.keep(replace(case, grouped=None))
            return
        if self.is_held(case, writer.now):
            # As if it came now: what is greater speaks for it.
            writer.keep(replace(case, grouped=None))
            self._inhibit(case, grouped.reason, writer)
            return
        wanted: AlertReason = grouped.reason if grouped.reason != "resolved" else "updated"
        if case.finished:
            wanted = "resolved"  # also where it has come back and gone and nobody was told
        if wanted == "updated" and not case.silent and self._memory.next_update(case) > writer.now:
            writer.keep(case)
            return
        reason: AlertReason = "opened" if case.silent else wanted
        last = (
            Grouped(grouped.number - 1, grouped.since, grouped.reason, grouped.texts[:-1])
            if grouped.number > 1
            else None
        )
        case, said = self._speaks(replace(case, grouped=last), wanted, reason, grouped.texts[-1], writer)
        # What was held back is told as at a time of its own, however often it was told before.
        writer.keep(replace(case, said_at=writer.now))
        self.say(case, said, writer)
        self._tell(case, "release-silence" if held else "release-pause", reason, grouped.number, writer)

    def is_held(self, case: Case, now: datetime) -> bool:
        """Whether something else speaks for a case."""
        parent = self._memory.cases.get(case.incident.parent) if case.incident.parent else None
        if parent is not None and self.speaks_for(parent, case):
            return not parent.finished
        if is_urgent(case) or self._is_urgent_now(case, now):
            return False
        if case.incident.parent is None:
            return case.part_of is not None and with_condition(self._memory, case.part_of) is None
        return parent is not None and bool(parent.gathers) and not parent.finished

    def speaks_for(self, parent: Case, case: Case) -> bool:
        """Whether one incident is of gauges, and the other one of them and nothing else."""
        return parent.gathers == "gauges" and is_gauge(case, self._desk.rules)

    def is_freed(self, before: Case, after: Case, now: datetime) -> bool:
        """Whether more than an instrument speaks for a case now, for which others like it spoke: it must be told of.

        Of one that was never told by itself, that is so also once those others are over.
        """
        parent = self._memory.cases.get(before.incident.parent) if before.incident.parent else None
        return (
            parent is not None
            and self.speaks_for(parent, before)
            and (before.silent or not parent.finished)
            and not after.finished
            and not self.is_held(after, now)
        )

    def _is_urgent_now(self, case: Case, now: datetime) -> bool:
        """Whether an emergency mode has it speak for itself."""
        incident = case.incident
        if case.part_of is not None or not self._memory.registry.rules:
            return False
        emergency = self._memory.registry.mode(incident.centre, incident.commune, now) == "emergency"
        return emergency and self._desk.paging.now.emergency.is_urgent(incident.category, incident.subcategory)

    def _speaks(
        self, case: Case, wanted: AlertReason, reason: AlertReason, text: str, writer: Writer
    ) -> tuple[Case, Said]:
        grouped = case.grouped
        spoken = replace(
            case, silent=False, grouped=None, held_by="", held_until=None, told_over=reason == "resolved",
            said_at=writer.now if reason == "updated" else case.said_at,
        )  # fmt: skip
        if grouped is None:
            return spoken, Said(wanted, reason, text)
        since = grouped.since.astimezone(self._desk.zone)
        words = "; ".join(grouped.texts)
        return spoken, Said(
            wanted, reason, f"{text} [Gộp {grouped.number} tin từ {since:%H:%M}: {words}]", grouped.number
        )

    def _inhibit(self, case: Case, reason: AlertReason, writer: Writer) -> None:
        incident = case.incident
        parent = self._memory.cases.get(incident.parent) if incident.parent else None
        gathers: Gathers = parent.gathers if parent else "outage"
        writer.changes.decisions.append(
            outputs.decision(
                "inhibit", f"inhibit-{gathers or 'done'}", "inhibited", writer.now, incident=incident.incident_id,
                event=None, subject=f"{incident.version}|{reason}",
                inputs={"reason": reason, "parent": incident.parent, "part_of": case.part_of},
                versions=self._desk.paging_versions,
            )
        )  # fmt: skip

    def _group(self, case: Case, writer: Writer) -> None:
        assert case.grouped is not None, "it waits"
        due = self._memory.next_update(case)
        writer.changes.decisions.append(
            outputs.decision(
                "group", "group-pause", "waits", writer.now, incident=case.incident.incident_id, event=None,
                subject=f"{case.incident.version}", versions=self._desk.paging_versions,
                inputs={"reason": case.grouped.reason, "count": case.grouped.number, "told_at": max(due, writer.now)},
            )
        )  # fmt: skip

    def _tell(self, case: Case, rule_id: str, reason: AlertReason, count: int, writer: Writer) -> None:
        writer.changes.decisions.append(
            outputs.decision(
                "group", rule_id, "told", writer.now, incident=case.incident.incident_id, event=None,
                subject=f"{case.incident.version}|{rule_id}|{writer.now.isoformat()}",
                inputs={"reason": reason, "count": count}, versions=self._desk.paging_versions,
            )
        )  # fmt: skip


def _with(grouped: Grouped | None, reason: AlertReason, text: str, now: datetime) -> Grouped:
    """What waits, and one more."""
    cut = text if len(text) <= _MAX_TEXT else text[: _MAX_TEXT - 1] + "…"
    if grouped is None:
        return Grouped(1, now, reason, (cut,))
    gravest = min(grouped.reason, reason, key=_GRAVITY.index)
    texts = (*(each for each in grouped.texts if each != cut), cut)[-_MAX_TEXTS:]
    return Grouped(grouped.number + 1, grouped.since, gravest, texts)
