"""A gate's watch on a simulated clock, committed event by event, with the shipped limits."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from ioc.classify.pseudonym import Pseudonyms
from ioc.detect import Finding
from ioc.detect.gate_rules import GateRules
from ioc.events.gate import Gate
from ioc.intake.gate_watch import GateWatch
from ioc.privacy import Vehicles
from streams.transport import PartitionState
from tests.unit.detect.support import NOON, ZONE, after, rules
from tests.unit.intake.store import Changelog

KEY = b"a key of sixteen bytes or more"


def limits(**other: Any) -> GateRules:
    return replace(rules().gate, **other)


def sample(waiting: int | None, fill: float | None = None, minutes: float = 0, **fields: Any) -> Gate:
    known: dict[str, Any] = {"gate_id": "cua-khau-1", "direction": "out", "kind": "queue"} | fields
    return Gate(**known, observed_at=after(minutes), vehicles_waiting=waiting, yard_fill_ratio=fill)


def passage(vehicle: str, state: Any, minutes: float = 0, **fields: Any) -> Gate:
    known: dict[str, Any] = {"gate_id": "cua-khau-1", "direction": "out", "kind": "passage"} | fields
    return Gate(**known, observed_at=after(minutes), vehicle_ref=vehicle, state=state)


class Post:
    """One partition: what it says as time goes on."""

    def __init__(self, gate_rules: GateRules | None = None, *, keys: tuple[bytes, ...] = (KEY,)) -> None:
        self.rules = gate_rules or limits()
        self.keys = keys
        self.changelog = Changelog()
        self.now = NOON - timedelta(days=30)
        self.found: list[Finding] = []
        self.restart()

    def restart(self) -> None:
        vehicles = Vehicles(Pseudonyms(list(self.keys)))
        self.state: PartitionState = self.changelog.recover()
        self.watch = GateWatch(
            self.rules, ZONE, self.state,
            vehicle=vehicles.of, renewed=vehicles.renewed,
            hide=lambda text: text.replace("0912345678", "[số điện thoại]"),
        )  # fmt: skip
        self.state.release()

    def take(self, *events: Gate, delay_s: float = 1.0, commit: bool = True) -> list[Finding]:
        """Findings of events that arrive so long after they happened; time passes until they do."""
        found: list[Finding] = []
        for event in events:
            arrives = event.at + timedelta(seconds=delay_s)
            if self.now < NOON - timedelta(days=1):
                self.now = arrives
            found += self.wait_until(arrives)
            self.now = max(self.now, arrives)
            finding = self.watch.take(event, event.at.timestamp(), self.now_ms)
            found += [finding] if finding else []
            self.watch.flush(self.now_ms)
            if commit:
                self.changelog.commit(self.state)
        self.found += found if commit else []
        return found

    def wait_until(self, moment: datetime) -> list[Finding]:
        found: list[Finding] = []
        while self.now + timedelta(seconds=60) <= moment:
            self.now += timedelta(seconds=60)
            found += [notice.finding for notice in self.watch.tick(self.now_ms)]
            self.changelog.commit(self.state)
        return found

    def wait(self, minutes: float) -> list[Finding]:
        """Findings of time alone."""
        return self.wait_until(self.now + timedelta(minutes=minutes))

    @property
    def now_ms(self) -> int:
        return int(self.now.timestamp() * 1000)

    def figure(self, name: str, *labels: str) -> float | None:
        self.watch._shown_ms = 0
        value = self.watch.gauges(self.now_ms).get((name, *labels))
        assert value is None or isinstance(value, int | float)
        return value

    @property
    def waiting(self) -> float | None:
        return self.figure("ioc_gate_queue_vehicles", "cua-khau-1", "out")


def told(findings: list[Finding]) -> list[tuple[str, bool]]:
    return [(finding.severity, finding.clears) for finding in findings]
