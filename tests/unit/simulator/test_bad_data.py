"""Every kind of broken input ends as the scenario says, by the contract's own reader."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest

from connectors.simulator.bad_data import KINDS, BadData
from ioc.events import CODES, decode_batch
from ioc.topics import RAW
from ioc.vocabulary import SOURCES, Source
from tests.unit.simulator.conftest import START, whole


def test_every_code_and_every_source_has_its_kinds() -> None:
    assert {kind.expected for kind in KINDS} - {"quiet"} == set(CODES) - {"invalid"}
    assert {kind.source for kind in KINDS} == set(SOURCES)
    assert len({(kind.source, kind.name) for kind in KINDS}) == len(KINDS) > 130


def test_all_is_refused_for_its_reason_and_the_rest_is_taken() -> None:
    feed = BadData(start=START, rate=10)
    events = whole(feed, 2 * len(KINDS) / 10)
    truth = feed.truth()
    assert sum(kind["events"] for kind in truth["kinds"]) == len(events) == 2 * len(KINDS)
    for source in SOURCES:
        chosen = [event for event in events if event.source == source]
        batch = decode_batch(
            source, RAW[source], [event.body for event in chosen], [event.headers for event in chosen],
            now=START + timedelta(seconds=len(events) / 10), max_future=timedelta(minutes=5),
        )  # fmt: skip
        assert Counter(reject.reason for reject in batch.rejects) == truth["reasons"][source]
        assert len(batch) == sum(truth["outcomes"][source].values()) - len(batch.rejects)
        names = Counter(batch.identity(n) for n in range(len(batch)))
        assert sum(number - 1 for number in names.values()) == truth["outcomes"][source].get("duplicate", 0)


def test_no_device_sends_three_bad_values() -> None:
    feed = BadData(start=START, rate=10)
    assert max(Counter(event.key for event in whole(feed, 60)).values()) <= 2


@pytest.mark.parametrize("sources", [("gate",), ("reports", "sensors")])
def test_chosen_sources_only(sources: tuple[Source, ...]) -> None:
    feed = BadData(start=START, rate=10, sources=sources)
    assert {event.source for event in whole(feed, 20)} == set(sources)
