"""Prometheus objects of the bridge; every series with closed labels is there from the start."""

from __future__ import annotations

from collections import Counter as Tally
from importlib import metadata

from prometheus_client import CollectorRegistry, Counter, Gauge, disable_created_metrics, generate_latest

from ioc import metrics as catalogue
from ioc.mqtt import PRESETS, Decoded
from ioc.mqtt.decoder import OUTCOMES, UNMAPPED


class Metrics:
    """What the bridge counts, in a registry of its own."""

    def __init__(self) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self._registry = CollectorRegistry()
        self._messages = self._counter(catalogue.MQTT_MESSAGES)
        for preset in (*PRESETS, UNMAPPED):
            for outcome in OUTCOMES:
                self._messages.labels(preset, outcome)
        self._records = self._counter(catalogue.MQTT_RECORDS)
        self._rejects = self._counter(catalogue.MQTT_REJECTS)
        self._pending = self._gauge(catalogue.MQTT_PENDING)
        self._mqtt = self._gauge(catalogue.MQTT_UP)
        self._broker = self._gauge(catalogue.BROKER_UP)
        build = catalogue.BUILD_INFO
        version = metadata.version("ioc-stream")
        Gauge(build.name, build.help, build.labels, registry=self._registry).labels(version).set(1)

    def _counter(self, spec: catalogue.MetricSpec) -> Counter:
        return Counter(spec.name, spec.help, spec.labels, registry=self._registry)

    def _gauge(self, spec: catalogue.MetricSpec) -> Gauge:
        return Gauge(spec.name, spec.help, registry=self._registry)

    def count(self, batch: list[Decoded]) -> None:
        """Count messages that are in Kafka."""
        for (preset, outcome), number in Tally((one.preset, one.outcome) for one in batch).items():
            self._messages.labels(preset, outcome).inc(number)
        for source, number in Tally(record.source for one in batch for record in one.records).items():
            self._records.labels(source).inc(number)
        for reason, number in Tally(reject.errors[0].code for one in batch for reject in one.rejects).items():
            self._rejects.labels(reason).inc(number)

    def pending(self, messages: int) -> None:
        """Say how many messages are not in Kafka yet."""
        self._pending.set(messages)

    def mqtt(self, *, up: bool) -> None:
        """Say whether the MQTT broker is there."""
        self._mqtt.set(up)

    def broker(self, *, up: bool) -> None:
        """Say whether Kafka is there."""
        self._broker.set(up)

    def text(self) -> bytes:
        """The exposition text."""
        return generate_latest(self._registry)
