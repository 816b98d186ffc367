"""The topic catalogue against the contract's table."""

from __future__ import annotations

import pytest

from ioc import topics
from ioc.topics import TopicSpec, catalogue

DAY_MS = 86_400_000


@pytest.fixture
def specs() -> dict[str, TopicSpec]:
    return {spec.name: spec for spec in catalogue(["province", "north"])}


def test_every_centre_has_an_alert_topic_and_no_other_has(specs: dict[str, TopicSpec]) -> None:
    assert {name for name in specs if name.startswith(topics.ALERT_PREFIX)} == {
        "ioc.alerts.province",
        "ioc.alerts.north",
    }


@pytest.mark.parametrize(
    ("name", "days"),
    [
        ("ioc.raw.reports", 7), ("ioc.raw.sensors", 2), ("ioc.raw.cameras", 2), ("ioc.raw.bts", 2),
        ("ioc.raw.gate", 2), ("ioc.raw.security", 7), ("ioc.signals", 7), ("ioc.health", 1), ("ioc.commands", 7),
        ("ioc.alerts.north", 30), ("ioc.feedback", 90), ("ioc.receipts", 7), ("ioc.decisions", 365),
        ("ioc.dlq", 30), ("ioc.audit", 365), ("ioc.shifts", 365),
    ],
)  # fmt: skip
def test_retention_is_the_contracts(specs: dict[str, TopicSpec], name: str, days: int) -> None:
    assert specs[name].config()["retention.ms"] == str(days * DAY_MS)


def test_what_is_restricted_outlives_its_retention_by_a_day_at_most(specs: dict[str, TopicSpec]) -> None:
    segments = {name: spec.config().get("segment.ms") for name, spec in specs.items() if spec.restricted}
    assert set(segments.values()) == {str(DAY_MS)}


def test_raw_topics_are_stamped_by_the_broker(specs: dict[str, TopicSpec]) -> None:
    for name in topics.RAW.values():
        assert specs[name].config()["message.timestamp.type"] == "LogAppendTime"


def test_states_are_compacted(specs: dict[str, TopicSpec]) -> None:
    assert specs["ioc.incidents"].config()["cleanup.policy"] == "compact"
    assert specs["ioc.silences"].config()["cleanup.policy"] == "compact"
    assert specs["ioc.feedback"].config()["cleanup.policy"] == "compact,delete"


def test_topics_with_personal_data_are_restricted(specs: dict[str, TopicSpec]) -> None:
    assert {name for name, spec in specs.items() if spec.restricted} == {
        "ioc.raw.reports",
        "ioc.raw.security",
        "ioc.dlq",
    }
