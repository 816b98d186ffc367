"""The product's own agents on a clock that the test moves: no broker, one partition, a whole day in a minute.

The agents are those that a worker would run, with state and outbox of the engine; only Kafka between them is missing:
what they write to each other is handed over at once.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any, Final

import pytest
from prometheus_client import CollectorRegistry

from connectors.cli.province import load_province, province_files
from connectors.simulator.event import PUBLISHER, Event, Feed
from ioc.classify import Classifier, LiveClassifier, shipped_lexicon, shipped_model
from ioc.events import TYPES
from ioc.settings import Settings
from ioc.topics import ALERT_PREFIX, DECISIONS, DLQ, HEALTH, INCIDENTS, INCIDENTS_AGENT, RAW, SIGNALS, intake_agent
from streams import worker
from streams.transport import BatchAgent, Outbox, PartitionState, RecordBatch

_PASSED_ON: Final = (SIGNALS, HEALTH)


@dataclass(slots=True)
class Written:
    """What the agents wrote. Alerts and signals with the moment at which they were written.

    Attributes:
        alerts: All of them, in order.
        signals: All of them, in order.
        incidents: Newest state of each.
        incident_of: Incident that took each signal in, by the signal's id.
        rejected: Dead letters by topic and reason.

    """

    alerts: list[tuple[datetime, dict[str, Any]]] = field(default_factory=list)
    signals: list[tuple[datetime, dict[str, Any]]] = field(default_factory=list)
    incidents: dict[str, dict[str, Any]] = field(default_factory=dict)
    incident_of: dict[str, str] = field(default_factory=dict)
    rejected: Counter[tuple[str, str]] = field(default_factory=Counter)


class Clockwork:
    """A worker without Kafka.

    Args:
        monkeypatch: Puts this clock in the place of the worker's.
        start: What time it is.
        home: Folder for its keys.
        devices: Register of devices, if there is one.
        states: What the agents kept before, by their names: keys and values as their changelogs have them.

    """

    def __init__(
        self,
        monkeypatch: pytest.MonkeyPatch,
        start: datetime,
        home: Path,
        devices: Path | None = None,
        states: Mapping[str, Mapping[bytes, bytes]] | None = None,
    ) -> None:
        self.now = start
        self.written = Written()
        self.kept: dict[str, dict[bytes, bytes]] = {}
        monkeypatch.setattr(worker, "_now", lambda: self.now)
        key = {"pseudonym_key": "a key for tests only"}
        settings = Settings.model_validate({"home": home, "privacy": key, "province": {"devices": devices}})
        catalogue = load_province(settings)
        classifier = LiveClassifier(Classifier(shipped_lexicon(), catalogue.place_names, shipped_model()))
        agents: Sequence[BatchAgent] = worker._agents(
            settings,
            catalogue,
            province_files(settings),
            CollectorRegistry(),
            classifier=classifier,
            keys=None,
            looks=[],
        )
        self._agents = {agent.name: agent for agent in agents}
        self._states = {name: PartitionState(0) for name in self._agents}
        for name, agent in self._agents.items():
            self.kept[name] = dict((states or {}).get(name, {}))
            for entry, value in self.kept[name].items():
                self._states[name].load(entry, value)
            agent.opened(0, self._states[name])
        self._offsets: Counter[str] = Counter()
        self._ticked = start

    def play(self, feed: Feed, start: datetime, until_s: float, tick: timedelta = timedelta(seconds=10)) -> None:
        """Send what is due until a second of the scenario; the clock ticks so often, also between events."""
        end = start + timedelta(seconds=until_s)
        while self.now < end:
            self.now = min(self.now + tick, end)
            self._take(feed.due((self.now - start).total_seconds(), 1_000_000))
            self.tick()

    def tick(self) -> None:
        """Let every agent do what time alone does."""
        now_ms = int(self.now.timestamp() * 1000)
        for name, agent in self._agents.items():
            out = Outbox(name)
            agent.tick(0, self._states[name], out, now_ms)
            self._close(name, out)

    def totals(self) -> Mapping[str, Mapping[str, int]]:
        """Outcomes by source."""
        found: dict[str, dict[str, int]] = {}
        for source in RAW:
            counts = self._agents[intake_agent(source)]._intakes[0].tally.counts  # type: ignore[attr-defined]
            found[source] = {
                key[2]: int(number) for key, number in counts.items() if key[0] == "ioc_events_total" and number
            }
        return found

    def _take(self, events: Sequence[Event]) -> None:
        for source, group in groupby(events, key=lambda event: event.source):
            batch = [*group]
            self._handle(
                intake_agent(source), RAW[source], [event.body for event in batch], [event.key for event in batch],
                [_headers(event) for event in batch],
            )  # fmt: skip

    def _handle(
        self,
        name: str,
        topic: str,
        values: Sequence[bytes],
        keys: Sequence[bytes],
        headers: Sequence[Sequence[tuple[str, bytes]]],
    ) -> None:
        batch = RecordBatch.of(
            topic, 0, values, keys=keys, headers=headers, first_offset=self._offsets[topic],
            timestamps_ms=[int(self.now.timestamp() * 1000)] * len(values),
        )  # fmt: skip
        self._offsets[topic] += len(values)
        out = Outbox(name)
        out.bind(batch)
        self._agents[name].handle(batch, self._states[name], out)
        self._close(name, out)

    def _close(self, name: str, out: Outbox) -> None:
        for entry, value in self._states[name].changes():
            if value is None:
                self.kept[name].pop(entry, None)
            else:
                self.kept[name][entry] = value
        self._states[name].commit()
        passed: dict[str, list[bytes]] = {}
        for topic, _, key, value, headers in out.rows:
            assert value is not None
            self.record(topic, key, value)
            if topic in _PASSED_ON:
                passed.setdefault(topic, []).append(value)
            self._note(topic, value, dict(headers))
        for topic, values in passed.items():
            self._handle(INCIDENTS_AGENT, topic, values, [b""] * len(values), [()] * len(values))

    def record(self, topic: str, key: bytes | None, value: bytes) -> None:
        """Take a record that an agent wrote; nothing is done with it here."""

    def _note(self, topic: str, value: bytes, headers: Mapping[str, bytes | None]) -> None:
        if topic.startswith(ALERT_PREFIX):
            self.written.alerts.append((self.now, json.loads(value)))
        elif topic == SIGNALS:
            self.written.signals.append((self.now, json.loads(value)))
        elif topic == INCIDENTS:
            incident = json.loads(value)
            self.written.incidents[incident["incident_id"]] = incident
        elif topic == DECISIONS:
            decision = json.loads(value)
            if decision["kind"] in {"open", "join"}:
                self.written.incident_of[decision["inputs"]["signal_id"]] = decision["incident_id"]
        elif topic == DLQ:
            origin, reason = headers["__connect.errors.topic"], headers["ioc.error.reason"]
            assert origin is not None
            assert reason is not None
            self.written.rejected[origin.decode(), reason.decode()] += 1


def _headers(event: Event) -> Sequence[tuple[str, bytes]]:
    if event.bare:
        return event.headers
    return (
        ("ce_specversion", b"1.0"),
        ("ce_id", event.id),
        ("ce_source", PUBLISHER.encode()),
        ("ce_type", TYPES[event.source].encode()),
        ("content-type", b"application/json"),
    )


def between(
    written: Sequence[tuple[datetime, dict[str, Any]]], start: datetime, end: datetime
) -> Iterator[dict[str, Any]]:
    """What was written in a span of time."""
    return (record for at, record in written if start <= at < end)


def instant(text: str) -> datetime:
    """A time as the simulator writes it."""
    return datetime.fromisoformat(text).astimezone(UTC)
