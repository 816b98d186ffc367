"""The accounts of a town: what was asked for over HTTP, what Kafka's readers see, and what the stores have."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise, takewhile
from typing import Any, Final

from aiokafka.structs import ConsumerRecord
from sqlalchemy import Engine, func, select

from connectors.store import schema
from ioc import topics
from ioc.audit.verify import Verifier
from ioc.incidents.history import MAX_HISTORY
from ioc.incidents.lifecycle import FINISHED, TRANSITIONS
from tests.chaos.operators import Given, Ledger

Row = dict[str, Any]
Records = Mapping[str, list[ConsumerRecord]]

_BY_HAND: Final = frozenset(row.rule_id for row in TRANSITIONS.values())
_SHOWN: Final = 5


@dataclass
class Account:
    """What does not add up, by what it is about; and the sums, for whoever reads the result."""

    sums: dict[str, int] = field(default_factory=dict)
    faults: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def fault(self, about: str, what: str) -> None:
        self.faults[about].append(what)

    def same(self, about: str, wanted: Iterable[object], found: Iterable[object]) -> None:
        """Compare what ought to be there with what is, as bags."""
        one, other = Counter(iter(wanted)), Counter(iter(found))
        for each in (one - other).elements():
            self.fault(about, f"missing: {each}")
        for each in (other - one).elements():
            self.fault(about, f"too much: {each}")

    @property
    def clean(self) -> bool:
        return not self.faults

    def __str__(self) -> str:
        sums = ", ".join(f"{count} {name}" for name, count in self.sums.items())
        shown = [
            f"\n  {about} ({len(each)}): " + "\n    ".join(each[:_SHOWN]) for about, each in sorted(self.faults.items())
        ]
        return f"{sums}; " + ("nothing lost, nothing twice" if self.clean else "".join(shown))


def rows(records: Iterable[ConsumerRecord]) -> list[Row]:
    """Values as JSON, in log order per partition; tombstones left out."""
    return [json.loads(record.value) for record in records if record.value is not None]


def alert_rows(records: Records) -> list[Row]:
    return [row for topic, found in records.items() if topic.startswith(topics.ALERT_PREFIX) for row in rows(found)]


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


class Reckoning:
    """One reading of all topics against what was sent.

    Args:
        ledger: What was sent and answered.
        records: Committed records by topic, each topic whole.
        still: What was due before then has to be done.
        closes: What is resolved is closed so long after.

    """

    def __init__(self, ledger: Ledger, records: Records, still: datetime, closes: timedelta) -> None:
        self.account = Account()
        self._ledger = ledger
        self._records = records
        self._still = still
        self._closes = closes
        self._versions: dict[str, list[Row]] = defaultdict(list)
        for row in rows(records[topics.INCIDENTS]):
            self._versions[row["incident_id"]].append(row)
        self._alerts = alert_rows(records)
        self._decisions = rows(records[topics.DECISIONS])
        self._receipts = rows(records[topics.RECEIPTS])

    def reckon(self) -> Account:
        """All accounts of the topics."""
        self._count()
        self._dead_letters()
        self._histories()
        self._events()
        self._commands()
        self._audited()
        self._alerted()
        self._timers()
        self._answers()
        return self.account

    def _count(self) -> None:
        ledger = self._ledger
        said = Counter(result for each in ledger.commands for status, result in each.answers if status == 202)
        asked = [row["command_id"] for row in rows(self._records[topics.COMMANDS])]
        ends = Counter(step["rule_id"] for found in self._versions.values() for step in steps_of(found))
        self.account.sums |= {
            "events": len(ledger.events),
            "readings": len(ledger.readings),
            "commands": len(ledger.commands),
            "attempts": sum(each.attempts for each in ledger.commands),
            "lost attempts": sum(each.lost for each in ledger.commands),
            "answers accepted": said["accepted"],
            "pending": said["pending"],
            "repeated": said["duplicate_of"],
            "commands done": sum(
                row["result"] == "accepted" and row["source"] == topics.COMMANDS_SOURCE for row in self._receipts
            ),
            "commands in Kafka again": len(asked) - len(set(asked)),
            "incidents": len(self._versions),
            "versions": sum(map(len, self._versions.values())),
            "alerts": len(self._alerts),
            "breaches": ends["sla-breach"],
            "closed by time": ends["close-time"],
            "reopened by citizens": ends["reopen-rating"],
            "answers to citizens": len(self._records[topics.FEEDBACK]),
        }

    def _dead_letters(self) -> None:
        for record in self._records[topics.DLQ]:
            self.account.fault("dead letters", str([(name, value) for name, value in record.headers])[:400])
        for what, count in self._ledger.odd.items():
            self.account.fault("answers of the gateway", f"{count} times {what}")
        for name in self._ledger.unheard:
            self.account.fault("events that nobody took", name)

    def _histories(self) -> None:
        """Versions go up by one; a history only ever grows."""
        for name, found in self._versions.items():
            numbers = [row["version"] for row in found]
            if numbers != [*range(1, len(numbers) + 1)]:
                self.account.fault("versions", f"{name}: {numbers}")
            for before, after in pairwise(found):
                if (
                    len(after["history"]) < MAX_HISTORY
                    and after["history"][: len(before["history"])] != before["history"]
                ):
                    self.account.fault("histories", f"{name}: version {after['version']} rewrites what was")
                if after["updated_at"] < before["updated_at"]:
                    self.account.fault("histories", f"{name}: version {after['version']} is older than the one before")

    def _events(self) -> None:
        """Each event has one acceptance; a report is evidence, and one signal."""
        accepted = Counter(
            row["id"]
            for row in self._receipts
            if row["result"] == "accepted" and row["source"] != topics.COMMANDS_SOURCE
        )
        self.account.same(
            "acceptances of events", self._ledger.events, (each for each in accepted.elements() if "rain" not in each)
        )
        signals = Counter(row["signal_id"] for row in rows(self._records[topics.SIGNALS]))
        for each, count in signals.items():
            if count > 1:
                self.account.fault("signals", f"{count} times {each}")
        reports = {row["event_id"] for row in rows(self._records[topics.SIGNALS]) if row["source"] == "reports"}
        wanted = {each for each, source in self._ledger.events.items() if source == "reports"}
        self.account.same("signals of reports", wanted, reports)
        evidence = {
            each["event_id"]
            for found in self._versions.values()
            for row in found
            for each in row["evidence"]
            if each["source"] == "reports"
        }
        self.account.same("reports as evidence", wanted, evidence)

    def _commands(self) -> None:
        """Each record of a command has its receipt; one is accepted at most, and has its one effect."""
        written = rows(self._records[topics.COMMANDS])
        asked = Counter(row["command_id"] for row in written)
        receipts: dict[str, Counter[str]] = defaultdict(Counter)
        for row in self._receipts:
            if row["source"] == topics.COMMANDS_SOURCE:
                receipts[row["id"]][row["result"]] += 1
        self.account.same(
            "receipts of commands",
            asked.elements(),
            (each for each, found in receipts.items() for _ in found.elements()),
        )
        for each, found in receipts.items():
            if found["accepted"] > 1:
                self.account.fault("commands done twice", f"{each}: {dict(found)}")
        names: dict[str, set[str]] = defaultdict(set)
        for row in written:
            names[row["by"]].add(row["command_id"])
        effects = Counter(
            (step["by"], name)
            for name, found in self._versions.items()
            for step in steps_of(found)
            if step["rule_id"] in _BY_HAND
        )
        given = {each.by: each for each in self._ledger.commands}
        for by, _ in effects:
            if by not in given:
                self.account.fault("effects of nobody's command", by)
        for by, each in given.items():
            ids = names.get(by, set())
            if len(ids) > 1:
                self.account.fault("commands", f"{by} has {len(ids)} ids")
            sent = sum(asked[one] for one in ids)
            done = sum(receipts[one]["accepted"] for one in ids)
            self._command(each, sent, done, effects[by, each.incident])

    def _command(self, each: Given, sent: int, done: int, effects: int) -> None:
        about = f"{each.by} {each.action} {each.incident}: {each.answers}, {each.lost} lost, {sent} in Kafka"
        taken = sum(status == 202 for status, _ in each.answers)
        if sent < taken:
            self.account.fault("commands lost", about)
        if sent > each.attempts:
            self.account.fault("commands written twice", about)
        if effects != done:
            self.account.fault("effects of commands", f"{about}; accepted {done}, in the history {effects} times")
        said = {result for status, result in each.answers if status == 202}
        if said & {"accepted", "duplicate_of"} and not done:
            self.account.fault("commands that were said to be done", about)
        if each.answers and not taken and done:
            self.account.fault("commands that were said not to be done", about)

    def _audited(self) -> None:
        """Each record of a command is in the audit, whose chains hold."""
        verifier = Verifier()
        for record in self._records[topics.AUDIT]:
            verifier.take(record.partition, record.offset, record.value)
        for chain in verifier.chains(lambda _: False, None):
            if chain.broken is not None:
                self.account.fault("audit", f"{chain.chain} {chain.actor}: {chain.broken}")
        noted = (
            row["details"]["command_id"]
            for row in rows(self._records[topics.AUDIT])
            if row["action"].startswith("incident.")
        )
        wanted = (row["command_id"] for row in rows(self._records[topics.COMMANDS]) if row["action"] != "rate")
        self.account.same("commands in the audit", wanted, noted)

    def _alerted(self) -> None:
        """One ``opened`` per incident, unless a decision says why there is none; no alert twice."""
        for each, count in Counter(row["alert_id"] for row in self._alerts).items():
            if count > 1:
                self.account.fault("alerts", f"{count} times {each}")
        opened = Counter(row["incident_id"] for row in self._alerts if row["reason"] == "opened")
        held = {row["incident_id"] for row in self._decisions if row["kind"] == "inhibit"}
        for name in self._versions:
            if opened[name] > 1 or (not opened[name] and name not in held):
                self.account.fault("opened alerts", f"{name}: {opened[name]}")
        for each, count in Counter(
            (row["decision_id"], row["outcome"]) for row in self._decisions if row["outcome"] != "rejected"
        ).items():
            if count > 1:
                self.account.fault("decisions", f"{count} times {each}")

    def _timers(self) -> None:
        """What was due is overdue, once; what was resolved long enough is closed, once a resolution."""
        breached = Counter(row["incident_id"] for row in self._alerts if row["reason"] == "sla_breached")
        decided = Counter(row["incident_id"] for row in self._decisions if row["rule_id"] == "sla-breach")
        held = {row["incident_id"] for row in self._decisions if row["kind"] == "inhibit"}
        closed_by_time = Counter(row["incident_id"] for row in self._decisions if row["rule_id"] == "close-time")
        for name, found in self._versions.items():
            steps, last = Counter(step["rule_id"] for step in steps_of(found)), found[-1]
            if steps["sla-breach"] != last["overdue"]:
                self.account.fault("breaches", f"{name}: {steps['sla-breach']} times, overdue is {last['overdue']}")
            if decided[name] != steps["sla-breach"]:
                self.account.fault("breaches", f"{name}: {decided[name]} decisions, {steps['sla-breach']} steps")
            if breached[name] > steps["sla-breach"] or (breached[name] < steps["sla-breach"] and name not in held):
                self.account.fault("breaches", f"{name}: {breached[name]} alerts, {steps['sla-breach']} steps")
            if closed_by_time[name] != steps["close-time"]:
                self.account.fault("closings", f"{name}: {closed_by_time[name]} decisions, {steps['close-time']} steps")
            self._due(name, last)

    def _due(self, name: str, last: Row) -> None:
        waits = last["clock"]["paused_at"] is not None
        if last["status"] not in FINISHED and not waits and not last["overdue"] and last["due_at"]:
            late = (self._still - instant(last["due_at"])).total_seconds()
            if late > 0:
                self.account.fault("timers that did not go off", f"{name}: due {late:.1f} s before the end")
        if last["status"] == "resolved":
            ends = [step for step in last["history"] if step["to"] == "resolved" != step["from"]]
            late = (self._still - instant(ends[-1]["at"]) - self._closes).total_seconds()
            if late > 0:
                self.account.fault("timers that did not go off", f"{name}: to be closed {late:.1f} s before the end")

    def _answers(self) -> None:
        """Each answer belongs to a version; each status that a citizen sees is told once."""
        told: dict[tuple[str, str], list[Row]] = defaultdict(list)
        for row in rows(self._records[topics.FEEDBACK]):
            if row["incident_id"] is not None:
                told[row["incident_id"], row["at"]].append(row)
        times = {(name, row["updated_at"]) for name, found in self._versions.items() for row in found}
        for moment in told:
            if moment not in times:
                self.account.fault("answers to citizens", f"of no version: {moment}")
        for name, found in self._versions.items():
            before = None
            for row in found:
                if row["status"] not in {before, "duplicate"}:
                    answers = Counter(
                        answer["report_id"]
                        for answer in told[name, row["updated_at"]]
                        if answer["status"] == row["status"]
                    )
                    wanted = [each["event_id"] for each in row["evidence"] if each["source"] == "reports"]
                    for each in wanted:
                        if not answers[each]:
                            about = f"{each} was not told that {name} is {row['status']} (version {row['version']})"
                            self.account.fault("answers to citizens", about)
                before = row["status"]
        whole = Counter(json.dumps(row, sort_keys=True) for found in told.values() for row in found)
        for each, count in whole.items():
            if count > 1:
                self.account.fault("answers to citizens", f"{count} times {each[:200]}")


def steps_of(versions: list[Row]) -> list[Row]:
    """Every step of an incident, in order, those too that a history at its bound has dropped since."""
    found: list[Row] = []
    known: list[Row] = []
    for version in versions:
        history = version["history"]
        if len(history) < MAX_HISTORY:
            found += history[len(known) :]
        else:
            new = [*takewhile(lambda step, last=known[-1]: step != last, reversed(history))]
            found += reversed(new)
        known = history
    return found


def reckon_store(account: Account, name: str, engine: Engine, records: Records, readings: int) -> None:
    """Rows of a store against the newest records of the topics."""
    newest = {row["incident_id"]: row for row in rows(records[topics.INCIDENTS])}
    steps: dict[str, set[str]] = defaultdict(set)
    for row in rows(records[topics.INCIDENTS]):
        steps[row["incident_id"]] |= {json.dumps(step, sort_keys=True) for step in row["history"]}
    documents = {
        "alerts": {row["alert_id"]: row for row in alert_rows(records)},
        "decisions": {row["decision_id"]: row for row in rows(records[topics.DECISIONS])},
    }
    with engine.connect() as connection:
        found = connection.execute(select(schema.incidents.c.incident_id, schema.incidents.c.version)).all()
        account.same(f"{name}: incidents", ((each, row["version"]) for each, row in newest.items()), map(tuple, found))
        for incident, document in connection.execute(select(*schema.incident_documents.c)):
            if json.loads(document) != newest.get(incident):
                account.fault(f"{name}: incidents", f"{incident} is not as in the topic")
        counted = connection.execute(
            select(schema.transitions.c.incident_id, func.count()).group_by(schema.transitions.c.incident_id)
        )
        account.same(
            f"{name}: transitions", ((each, len(found)) for each, found in steps.items()), map(tuple, counted.all())
        )
        for table in (schema.alerts, schema.decisions):
            key = next(iter(table.primary_key))
            stored = {
                each: json.loads(document) for each, document in connection.execute(select(key, table.c.document))
            }
            account.same(f"{name}: {table.name}", documents[table.name], stored)
        for table, topic in ((schema.receipts, topics.RECEIPTS), (schema.answers, topics.FEEDBACK)):
            values = {record.value.decode() for record in records[topic]}
            account.same(f"{name}: {table.name}", values, connection.execute(select(table.c.document)).scalars())
        last = {(row["source"], row["report_id"]): row for row in rows(records[topics.FEEDBACK])}
        reports = connection.execute(
            select(schema.reports.c.source, schema.reports.c.report_id, schema.reports.c.status)
        ).all()
        account.same(f"{name}: reports", ((*each, row["status"]) for each, row in last.items()), map(tuple, reports))
        hours = schema.telemetry_hours.c
        total = connection.execute(select(func.coalesce(func.sum(hours.count + hours.bad), 0))).scalar_one()
        if total != readings:
            account.fault(f"{name}: hours of readings", f"{total} readings of {readings}")
        signals = connection.execute(select(schema.signals.c.signal_id)).scalars()
        account.same(f"{name}: signals", {row["signal_id"] for row in rows(records[topics.SIGNALS])}, signals)
        audited = connection.execute(select(schema.audit.c.document)).scalars()
        account.same(f"{name}: audit", (record.value.decode() for record in records[topics.AUDIT]), audited)
        gaps = connection.execute(select(func.count()).select_from(schema.gaps)).scalar_one()
        if gaps:
            account.fault(f"{name}: gaps", str(gaps))
