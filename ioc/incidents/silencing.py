"""Which silence holds an incident's alerts back, and what becomes of a machine's signals under maintenance."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from ioc.incidents import outputs
from ioc.incidents.case import Case, condition_key
from ioc.incidents.desk import Desk
from ioc.incidents.memory import Writer
from ioc.incidents.registry import MAX_MUTED_IDS, Muted
from ioc.paging.silence import Rule
from ioc.records import Signal
from ioc.vocabulary import AlertReason, Source


class Silencer:
    """Asks the silences in force."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._registry = desk.memory.registry
        self._subjects = desk.memory.subjects

    def rule_for(self, case: Case, writer: Writer) -> Rule | None:
        """The silence that an alert about a case falls under now.

        What citizens say is critical is silenced only by what says so in words.
        """
        if not self._registry.rules:
            return None
        subject, incident = self._subjects.of_case(case, writer.now), case.incident
        danger = incident.severity == "critical" and case.reports > 0
        for rule in self._registry.silences:
            if rule.covers(subject, incident.centre, writer.now) and (rule.names_critical or not danger):
                return rule
        return None

    def mute(self, signal: Signal, writer: Writer) -> bool:
        """Keep a machine's signal to itself while it is maintained; whether that is done.

        Its condition is remembered: it is heard when the maintenance is over and it still goes on.
        """
        condition = condition_key(signal)
        if condition is None or not (self._registry.rules or self._registry.muted):
            return False
        known = self._registry.muted.get(condition)
        if signal.clears:
            if known is not None and signal.at >= known.signal.at:
                writer.set_muted(condition, None)
            return False
        if known is not None and signal.signal_id in known.ids:
            return True
        rule = self._maintenance(signal, condition, writer)
        if rule is None or signal.eases or signal.deadlines:
            return False
        newest = signal if known is None or signal.at >= known.signal.at else known.signal
        ids = (*(known.ids if known else ())[1 - MAX_MUTED_IDS :], signal.signal_id)
        writer.set_muted(condition, Muted(rule.record.silence_id, rule.until(writer.now), newest, ids))
        inputs = {
            "signal_id": signal.signal_id, "source": signal.source, "kind": signal.kind, "severity": signal.severity,
            "device": signal.device,
        }  # fmt: skip
        self._hid(rule, signal.centre, writer)
        writer.changes.decisions.append(
            outputs.decision(
                "silence", "mute-maintenance", "muted", writer.now, incident=None, event=signal.event_id,
                subject=f"{rule.record.silence_id}|{signal.signal_id}|{writer.now.isoformat()}",
                inputs=inputs | _told(rule), versions=signal.versions | self._desk.paging_versions,
            )
        )  # fmt: skip
        return True

    def unmuted(self, writer: Writer) -> list[Signal]:
        """Signals of conditions that go on after what muted them; they are muted no more."""
        heard: list[Signal] = []
        for condition, muted in sorted(self._registry.muted.items()):
            if self._registry.release_at(muted.rule, muted.until) > writer.now:
                continue
            rule = self._maintenance(muted.signal, condition, writer)
            if rule is not None:
                until = rule.until(writer.now)
                writer.set_muted(condition, muted._replace(rule=rule.record.silence_id, until=until))
                continue
            writer.set_muted(condition, None)
            heard.append(muted.signal)
        return heard

    def hold(self, rule: Rule, case: Case, reason: AlertReason, writer: Writer) -> None:
        """Say that a silence held back an alert about a case, and count it."""
        incident = case.incident
        self._hid(rule, incident.centre, writer)
        writer.changes.decisions.append(
            outputs.decision(
                "silence", f"silence-{rule.record.kind}", "silenced", writer.now, incident=incident.incident_id,
                event=None, subject=f"{incident.version}|{reason}|{rule.record.silence_id}",
                inputs={"reason": reason} | _told(rule), versions=self._desk.paging_versions,
            )
        )  # fmt: skip

    def maintenance(self, at: datetime) -> Iterator[tuple[str, Callable[[str, Source], bool]]]:
        """Maintenance windows in force, by a name that no other one ever has."""
        for rule in self._registry.silences:
            if rule.is_maintenance(at):
                record = rule.record
                yield f"{record.silence_id}/{record.created_at.isoformat()}", partial(self._maintains, rule)

    def _maintains(self, rule: Rule, device: str, source: Source) -> bool:
        return rule.maintains(self._subjects.of_device(device, source, rule.record.starts_at))

    def _hid(self, rule: Rule, centre: str, writer: Writer) -> None:
        before = self._registry.rules[rule.record.silence_id].record
        hidden = {**before.hidden, centre: before.hidden.get(centre, 0) + 1}
        told_at = before.told_at or writer.now
        writer.set_silence(replace(before, hidden=hidden, told_at=told_at, version=before.version + 1))
        writer.changes.silenced.append(centre)

    def _maintenance(self, signal: Signal, condition: str, writer: Writer) -> Rule | None:
        subject = self._subjects.of_signal(signal, condition, writer.now)
        rules = (rule for rule in self._registry.silences if rule.record.kind == "maintenance")
        return next((rule for rule in rules if rule.covers(subject, signal.centre, writer.now)), None)


def _told(rule: Rule) -> dict[str, Any]:
    """What a decision says of a silence."""
    record = rule.record
    return {
        "silence": record.silence_id, "owner": record.owner, "silence_reason": record.reason, "ends_at": record.ends_at,
        "matchers": record.matchers,
    }  # fmt: skip
