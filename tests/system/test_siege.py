"""The whole product under kills, freezes and restarts: commands, timers and stores, nothing lost and nothing twice.

30 s of load here, 90 s with ``IOC_LONG``; the long form is ``make chaos``.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from deploy.local.kafka import Broker
from ioc import topics
from ioc.audit.chain import link
from ioc.audit.entry import entry_of
from tests.chaos.operators import Given, Ledger
from tests.chaos.reckoning import Account, Reckoning
from tests.chaos.siege import besiege
from tests.postgres import Postgres, find_postgres
from tests.postgres import running as postgres_running

SECONDS = 90.0 if os.environ.get("IOC_LONG") else 30.0
NOW = datetime(2026, 11, 27, 3, 0, tzinfo=UTC)
LATER = "2026-11-27T03:00:30Z"
SOON = "2026-11-27T03:00:10Z"


@pytest.fixture
def own_postgres() -> Iterator[Postgres | None]:
    """A server for one test that kills it, where there is one to be had."""
    programs = find_postgres()
    if programs is None:
        if os.environ.get("CI") or os.environ.get("IOC_REQUIRE_BROKER"):
            pytest.fail("the tests need PostgreSQL, and there is no initdb here", pytrace=False)
        yield None
        return
    with postgres_running(programs) as server:
        yield server


@pytest.mark.chaos
@pytest.mark.timeout(600)
def test_a_town_under_siege_loses_nothing_and_does_nothing_twice(
    fresh_broker: Broker, own_postgres: Postgres | None, tmp_path: Path
) -> None:
    outcome = besiege(tmp_path / "town", fresh_broker, own_postgres, seconds=SECONDS, seed=3)
    assert outcome.account.clean, str(outcome)
    sums = outcome.account.sums
    assert outcome.faults.total() >= 4, str(outcome)
    assert min(sums["events"], sums["commands done"], sums["commands in Kafka again"]) > 0, str(outcome)
    assert sums["breaches"] + sums["closed by time"] > 0, str(outcome)


@dataclass
class Written:
    """A record as a reader sees it."""

    value: bytes
    offset: int = 0
    partition: int = 0
    headers: tuple[tuple[str, bytes], ...] = ()


@dataclass
class Topics:
    """Topics of one incident with one report and one command, all in order; to be spoilt."""

    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    given: Given = field(default_factory=lambda: Given("town/op-1", "i-1", "accept", [(202, "accepted")]))

    def __post_init__(self) -> None:
        opened = {"at": SOON, "by": "system", "action": "open", "from": None, "to": "routed", "rule_id": "open"}
        accepted = {"at": LATER, "by": "town/op-1", "action": "accept", "from": "routed", "to": "accepted"}
        first = {
            "incident_id": "i-1", "version": 1, "status": "routed", "updated_at": SOON, "overdue": False,
            "due_at": None, "history": [opened], "evidence": [{"event_id": "r-1", "source": "reports"}],
            "clock": {"paused_at": None},
        }  # fmt: skip
        second = first | {
            "version": 2, "status": "accepted", "updated_at": LATER,
            "history": [opened, accepted | {"rule_id": "ROU-accept"}],
        }  # fmt: skip
        entry = entry_of("e-1", NOW, "town/op-1", "incident.accept", "i-1", outcome="requested", command_id="c-1")
        audited, _ = link(entry, "gateway", None)
        answer = {"report_id": "r-1", "incident_id": "i-1"}
        self.rows = {
            topics.INCIDENTS: [first, second],
            topics.SIGNALS: [{"signal_id": "s-1", "event_id": "r-1", "source": "reports"}],
            topics.COMMANDS: [{"command_id": "c-1", "by": "town/op-1", "incident_id": "i-1", "action": "accept"}],
            topics.RECEIPTS: [
                {"source": "town", "id": "r-1", "result": "accepted"},
                {"source": topics.COMMANDS_SOURCE, "id": "c-1", "result": "accepted"},
            ],
            topics.DECISIONS: [],
            topics.DLQ: [],
            topics.AUDIT: [orjson.loads(audited)],
            topics.FEEDBACK: [
                answer | {"status": "routed", "at": SOON}, answer | {"status": "accepted", "at": LATER},
            ],
            "ioc.alerts.province": [{"alert_id": "a-1", "incident_id": "i-1", "reason": "opened"}],
        }  # fmt: skip

    def account(self) -> Account:
        ledger = Ledger(events={"r-1": "reports"}, commands=[self.given])
        records = {
            topic: [Written(orjson.dumps(row), number) for number, row in enumerate(rows)]
            for topic, rows in self.rows.items()
        }
        return Reckoning(ledger, records, NOW, timedelta(minutes=1)).reckon()  # type: ignore[arg-type]


def test_the_accounts_add_up_where_all_is_well() -> None:
    assert Topics().account().clean


@pytest.mark.parametrize(
    ("topic", "about"),
    [
        (topics.INCIDENTS, "versions"),
        (topics.SIGNALS, "signals"),
        (topics.COMMANDS, "commands written twice"),
        (topics.RECEIPTS, "receipts of commands"),
        (topics.AUDIT, "audit"),
        (topics.FEEDBACK, "answers to citizens"),
        ("ioc.alerts.province", "opened alerts"),
    ],
)
def test_the_accounts_notice_what_is_there_twice_and_what_is_lost(topic: str, about: str) -> None:
    twice, lost = Topics(), Topics()
    twice.rows[topic].append(twice.rows[topic][-1])
    assert about in twice.account().faults
    lost.rows[topic].pop()
    assert not lost.account().clean


def test_the_accounts_notice_what_was_said_and_is_not_so() -> None:
    undone, done, late = Topics(), Topics(), Topics()
    undone.rows[topics.RECEIPTS][1]["result"] = "rejected"
    assert {"effects of commands", "commands that were said to be done"} <= {*undone.account().faults}
    done.given.answers = [(412, "urn:ioc:problem:precondition-failed")]
    assert "commands that were said not to be done" in done.account().faults
    late.rows[topics.INCIDENTS][1]["due_at"] = "2026-11-27T02:59:00Z"
    assert "timers that did not go off" in late.account().faults
    strange = Topics()
    strange.rows[topics.DLQ].append({})
    assert "dead letters" in strange.account().faults
