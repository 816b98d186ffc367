"""What Prometheus finds on ``/metrics`` of worker and gateway is the catalogue, and reads well."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from prometheus_client.parser import text_string_to_metric_families

from ioc.metrics import (
    ACK_BUCKETS,
    AGENTS_STOPPED,
    BROKER_UP,
    BUILD_INFO,
    CATALOGUE,
    GATE_WAIT,
    GATEWAY_REPORTS,
    GATEWAY_REQUESTS,
    MQTT_MESSAGES,
    MQTT_PENDING,
    MQTT_RECORDS,
    MQTT_REJECTS,
    MQTT_UP,
    NOTIFY,
    PARTITIONED,
    RATE_LIMITED,
    SEALED_REPORTS,
    SERIES_BUDGET,
    SILENCED_ALERTS,
    STATION_FILES,
    STATION_FILES_OPEN,
    STATION_READINGS,
    STORE,
    VES_EVENTS,
    MetricSpec,
)
from ioc.topics import ALERT_PREFIX, COMMANDS, INCIDENTS, RAW
from tests.system.product import Event, Reader, bodies, province, publish
from tests.system.running import Running, lacking

pytestmark = [
    pytest.mark.usefixtures("running"),
    pytest.mark.timeout(400),  # the first may have to wait for the start
]

ONLY_GATEWAY = {RATE_LIMITED.name, GATEWAY_REPORTS.name, GATEWAY_REQUESTS.name, VES_EVENTS.name}
OF_STATIONS = {STATION_READINGS.name, STATION_FILES.name, STATION_FILES_OPEN.name}
"""Of ``ioc stations`` alone."""
OF_MQTT = {spec.name for spec in (MQTT_MESSAGES, MQTT_RECORDS, MQTT_REJECTS, MQTT_PENDING, MQTT_UP)}
"""Of ``ioc mqtt`` alone."""
OF_NOTIFY = {spec.name for spec in NOTIFY}
"""Of ``ioc notify run`` alone."""
OF_STORE = {spec.name for spec in STORE}
"""Of ``ioc store run`` alone."""
OF_GATEWAY = {*ONLY_GATEWAY, BROKER_UP.name, BUILD_INFO.name}
ON_OCCASION = {
    RATE_LIMITED.name,
    SILENCED_ALERTS.name,
    AGENTS_STOPPED.name,
    SEALED_REPORTS.name,
    VES_EVENTS.name,
    *(spec.name for spec in PARTITIONED),
}
"""Have a series only where something went wrong, came or speaks, or there is a vault; names are always exposed."""
ACKNOWLEDGED, RESOLVED = (f'ioc_transitions_total{{rule="ROU-{action}"}}' for action in ("acknowledge", "resolve"))
BY_NAME = {spec.name: spec for spec in CATALOGUE}


@dataclass(frozen=True, slots=True)
class Exposed:
    """What one process exposes, and what it did before this file's events: others use it too."""

    text: str
    earlier: str = ""

    def families(self) -> dict[str, tuple[str, list[dict[str, str]]]]:
        """Type and label sets of every metric by its catalogue name; each label set once per series."""
        found: dict[str, tuple[str, list[dict[str, str]]]] = {}
        for family in text_string_to_metric_families(self.text):
            name = f"{family.name}_total" if family.type == "counter" else family.name
            found[name] = (family.type, [dict(sample.labels) for sample in family.samples])
        return found

    def series(self) -> int:
        return sum(1 for line in self.text.splitlines() if line and not line.startswith("#"))


@pytest.fixture(scope="module")
def worker(running: Running) -> Exposed:
    """The worker's exposition after one event of every kind of outcome and an incident that ran its course."""
    earlier = running.metrics(running.worker_url)
    asyncio.run(_happen(running, earlier))
    return Exposed(running.metrics(running.worker_url), earlier)


@pytest.fixture(scope="module")
def gateway(running: Running) -> Exposed:
    running.get("/v1/incidents")
    return Exposed(running.metrics(running.url))


async def _happen(running: Running, earlier: str) -> None:
    """A report becomes an incident that is acknowledged and resolved; a broken record becomes a dead letter."""
    now = datetime.now(UTC).isoformat()
    text = "Cháy lớn ở phường Móng Cái 1, có người mắc kẹt"
    report = {"id": "metrics-1", "occurred_at": now, "text": text}
    await publish(
        running.bootstrap,
        [
            Event(RAW["reports"], "metrics-1", json.dumps(report).encode()),
            Event(RAW["sensors"], "bad", b'{"device_id"'),
        ],
    )
    alerts = f"{ALERT_PREFIX}mong-cai"
    async with Reader(running.bootstrap, [alerts, INCIDENTS]) as reader:
        alert = bodies(await reader.until(1, alerts))[0]
        commands = [
            {"command_id": f"metrics-{action}", "incident_id": alert["incident_id"], "action": action, "by": "tests",
             "at": now}
            for action in ("acknowledge", "resolve")
        ]  # fmt: skip
        key = province().province_code
        await publish(running.bootstrap, [Event(COMMANDS, key, json.dumps(command).encode()) for command in commands])
        await reader.until(2, alerts)
    await asyncio.to_thread(_until_counted, running, earlier)


def _until_counted(running: Running, earlier: str) -> None:
    """Committed totals are exported when the round is through, a moment after readers see its outputs; lag, twice a
    second, and anew after each rebalance."""
    awaited = ("ioc_incident_resolve_seconds", "ioc_dead_letters_total", "ioc_consumer_lag_records")
    before = _total(earlier, RESOLVED)
    deadline = time.monotonic() + 20.0
    while time.monotonic() < deadline:
        text = running.metrics(running.worker_url)
        found = Exposed(text).families()
        if all(found[name][1] for name in awaited) and _total(text, RESOLVED) > before:
            return
    raise AssertionError("what happened was never counted")


def _total(text: str, series: str) -> float:
    """Value of a series; 0 while there is none."""
    return next((float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if line.startswith(series)), 0.0)


@pytest.fixture(scope="module")
def promtool() -> str:
    found = shutil.which("promtool")
    if found is None:
        lacking("promtool is not on the path: it comes with the system's package prometheus")
    return found


@pytest.mark.parametrize("process", ["worker", "gateway"])
def test_promtool_has_nothing_to_say(process: str, promtool: str, request: pytest.FixtureRequest) -> None:
    text: str = request.getfixturevalue(process).text
    done = subprocess.run(
        [promtool, "check", "metrics"], input=text, capture_output=True, text=True, timeout=30, check=False
    )
    # The label `quantile` of this gauge is the contract's; promtool would have it in summaries only.
    known = f'{GATE_WAIT.name} non-summary metrics should not have "quantile" label'
    said = [line for line in (done.stdout + done.stderr).splitlines() if line != known]
    assert said == []


def _specs(exposed: Exposed) -> Iterator[tuple[MetricSpec, str, list[dict[str, str]]]]:
    for name, (kind, labels) in exposed.families().items():
        if name.startswith("ioc_"):
            assert name in BY_NAME, f"{name} is not in the catalogue"
            yield BY_NAME[name], kind, labels


@pytest.mark.parametrize("process", ["worker", "gateway"])
def test_names_types_labels_and_bounds_are_the_catalogues(process: str, request: pytest.FixtureRequest) -> None:
    exposed: Exposed = request.getfixturevalue(process)
    for spec, kind, series in _specs(exposed):
        assert kind == spec.kind, spec.name
        assert {frozenset(labels) - {"le"} for labels in series} <= {frozenset(spec.labels)}, spec.name
        assert len(series) <= spec.max_series, spec.name
        bounds = {labels["le"] for labels in series if "le" in labels}
        assert not bounds or bounds == {*(str(bound) for bound in spec.buckets), "+Inf"}, spec.name


def test_the_worker_has_all_that_it_owns(worker: Exposed) -> None:
    found = worker.families()
    owned = set(BY_NAME) - ONLY_GATEWAY - OF_STATIONS - OF_MQTT - OF_NOTIFY - OF_STORE
    assert {name for name in found if name.startswith("ioc_")} == owned
    assert [name for name in owned - ON_OCCASION if not found[name][1]] == []


def test_the_gateway_has_all_that_it_owns(gateway: Exposed) -> None:
    found = gateway.families()
    assert {name for name in found if name.startswith("ioc_")} == OF_GATEWAY
    assert [name for name in OF_GATEWAY - ON_OCCASION if not found[name][1]] == []


def test_a_small_province_costs_few_series(worker: Exposed, gateway: Exposed) -> None:
    assert worker.series() + gateway.series() < SERIES_BUDGET


def test_what_happened_is_counted(worker: Exposed) -> None:
    samples = dict(line.rsplit(" ", 1) for line in worker.text.splitlines() if line and not line.startswith("#"))
    assert float(samples['ioc_events_total{outcome="signal",source="reports"}']) >= 1
    assert float(samples['ioc_events_total{outcome="rejected",source="sensors"}']) >= 1
    assert float(samples['ioc_dead_letters_total{reason="json",source="sensors"}']) >= 1
    assert float(samples["ioc_broker_up"]) == 1
    bucket = f'ioc_incident_ack_seconds_bucket{{centre="mong-cai",le="{ACK_BUCKETS[-1]}",severity="critical"}}'
    assert float(samples[bucket]) == 1
    assert re.search(
        r'^ioc_alerts_total\{centre="mong-cai",reason="resolved",severity="critical"\} 1', worker.text, re.MULTILINE
    )
    steps = {rule: float(samples[f'ioc_transitions_total{{rule="{rule}"}}']) for rule in ("open", "route")}
    assert min(steps.values()) >= 1
    grown = [_total(worker.text, rule) - _total(worker.earlier, rule) for rule in (ACKNOWLEDGED, RESOLVED)]
    assert grown == [1, 1]
    raw, paused = (
        float(samples[f'ioc_incident_clock_seconds_total{{centre="mong-cai",clock="{clock}",severity="critical"}}'])
        for clock in ("raw", "paused")
    )
    assert raw >= paused == 0
