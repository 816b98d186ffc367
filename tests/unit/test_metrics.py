"""Metric names, units, label sets and what they may cost Prometheus."""

from __future__ import annotations

import re

import pytest

from ioc import metrics
from ioc.incidents.lifecycle import RULES
from ioc.metrics import CATALOGUE, DEVICES, EMERGENCY_MODE, MetricSpec

UNIT = {
    "counter": r"_total",
    "histogram": r"_seconds",
    "gauge": (
        r"_(open|records|info|stopped|up|index|level|ratio|vehicles|seconds|hours|sites|cells|spots|incidents|ratings"
        r"|dbm|db|users)"
    ),
}

CONTRACT = {
    "ioc_events_total": ("source", "outcome"),
    "ioc_event_delay_seconds": ("source",),
    "ioc_alert_latency_seconds": ("source",),
    "ioc_signals_total": ("source", "category", "severity"),
    "ioc_incidents_open": ("centre", "category", "severity"),
    "ioc_unacknowledged_incidents": ("centre", "severity"),
    "ioc_incidents_total": ("centre", "category", "severity"),
    "ioc_alerts_total": ("centre", "severity", "reason"),
    "ioc_incident_ack_seconds": ("centre", "severity"),
    "ioc_incident_resolve_seconds": ("centre", "severity"),
    "ioc_transitions_total": ("rule",),
    "ioc_incident_clock_seconds_total": ("centre", "severity", "clock"),
    "ioc_dead_letters_total": ("source", "reason"),
    "ioc_gateway_requests_total": ("route", "status"),
    "ioc_consumer_lag_records": ("topic", "partition"),
    "ioc_build_info": ("version",),
    "ioc_publisher_events_total": ("publisher", "outcome"),
    "ioc_rounds_total": ("outcome",),
    "ioc_round_seconds": (),
    "ioc_air_quality_index": ("station",),
    "ioc_air_quality_level": ("station",),
    "ioc_traffic_sites": ("service",),
    "ioc_readings_total": ("flag",),
    "ioc_devices": ("source", "state"),
    "ioc_source_quality_ratio": ("source", "dimension"),
    "ioc_bts_sites": ("tech", "state"),
    "ioc_bts_coverage_ratio": ("centre",),
    "ioc_bts_gap_spots": ("state",),
    "ioc_silenced_alerts_total": ("centre",),
    "ioc_emergency_mode": ("centre",),
}


@pytest.mark.parametrize("spec", CATALOGUE, ids=lambda spec: spec.name)
def test_name_has_our_prefix_and_a_base_unit(spec: MetricSpec) -> None:
    named_by_contract = spec in {DEVICES, EMERGENCY_MODE}  # after what they show
    assert named_by_contract or re.fullmatch(r"ioc_[a-z][a-z0-9_]*?" + UNIT[spec.kind], spec.name)


@pytest.mark.parametrize("spec", CATALOGUE, ids=lambda spec: spec.name)
def test_help_is_a_sentence(spec: MetricSpec) -> None:
    assert spec.help[0].isupper() or spec.help.startswith("1 ")
    assert spec.help.endswith(".")


@pytest.mark.parametrize("spec", CATALOGUE, ids=lambda spec: spec.name)
def test_only_histograms_have_buckets_and_they_ascend(spec: MetricSpec) -> None:
    assert (spec.kind == "histogram") == bool(spec.buckets)
    assert list(spec.buckets) == sorted(set(spec.buckets))


def test_the_contract_is_there_with_its_label_sets() -> None:
    assert CONTRACT.items() <= {spec.name: spec.labels for spec in CATALOGUE}.items()


def test_every_row_of_the_tables_of_transitions_may_be_counted() -> None:
    assert len(RULES) <= metrics.TRANSITIONS.max_series


def test_names_are_unique() -> None:
    assert len({spec.name for spec in CATALOGUE}) == len(CATALOGUE)


def test_no_label_carries_an_identity() -> None:
    unbounded = {"id", "event_id", "incident_id", "device", "device_id", "report_id", "key", "commune"}
    assert not unbounded & {label for spec in CATALOGUE for label in spec.labels}


def test_the_sum_of_series_stays_in_the_budget() -> None:
    assert sum(spec.max_series for spec in CATALOGUE) <= metrics.SERIES_BUDGET
