from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import islice
from random import Random
from zoneinfo import ZoneInfo

import pytest

from connectors.simulator.event import Event
from connectors.simulator.generator import NORMAL, STEADY, WHEEL, Generator
from connectors.simulator.province import SyntheticProvince, build_province
from connectors.simulator.texts import ReportWriter
from ioc.catalog import common_data, load_catalogue, load_folder, shipped_province
from ioc.classify import Classifier, shipped_lexicon
from ioc.detect import (
    CameraDetector,
    Rules,
    SecurityDetector,
    SensorDetector,
    State,
    load_rules,
)
from ioc.events import decode_batch
from ioc.intake.gate_watch import GateWatch
from ioc.intake.machines import Detector
from ioc.intake.sites import SiteWatch
from ioc.topics import RAW
from ioc.vocabulary import SOURCES, Source
from streams.transport import PartitionState

START = datetime(2026, 11, 22, 1, 2, 3, 250_000, tzinfo=UTC)
FILES = load_folder(common_data()) | load_folder(shipped_province())
CATALOGUE = load_catalogue(FILES)
COUNT = 30_000


@pytest.fixture(scope="module")
def rules() -> Rules:
    return load_rules(FILES["thresholds.toml"], ZoneInfo(CATALOGUE.timezone))


@pytest.fixture(scope="module")
def province(rules: Rules) -> SyntheticProvince:
    return build_province(list(CATALOGUE.communes.values()), rules, 7)


def generator(
    province: SyntheticProvince, rules: Rules, seed: int = 7, sources: tuple[Source, ...] = SOURCES
) -> Generator:
    return Generator(province, rules, STEADY, seed=seed, start=START, rate=1000, sources=sources)


@pytest.fixture(scope="module")
def made(province: SyntheticProvince, rules: Rules) -> tuple[list[Event], Generator]:
    source = generator(province, rules)
    return list(source.take(COUNT)), source


def test_the_same_seed_gives_the_same_bytes_however_they_are_taken(
    made: tuple[list[Event], Generator], rules: Rules
) -> None:
    again = generator(build_province(list(CATALOGUE.communes.values()), rules, 7), rules)
    pieces = [*again.take(1), *again.take(998), *islice(again.take(5000), 4001)]
    assert pieces == made[0][:5000]
    assert again.tally.events.total() == 5000


def test_another_seed_gives_others(
    province: SyntheticProvince, rules: Rules, made: tuple[list[Event], Generator]
) -> None:
    assert list(generator(province, rules, seed=8).take(100)) != made[0][:100]


@pytest.mark.parametrize("source", SOURCES)
def test_every_event_keeps_the_contract(source: Source, made: tuple[list[Event], Generator]) -> None:
    events = [event for event in made[0] if event.source == source]
    now = START + timedelta(hours=1)
    bodies = [event.body for event in events]
    batch = decode_batch(source, RAW[source], bodies, [()] * len(bodies), now=now, max_future=timedelta(0))
    assert batch.rejects == []
    assert len(batch) == len(events) > 0
    assert len({batch.identity(n) for n in range(len(batch))}) == len(batch)
    assert all(b'"synthetic":true' in body for body in bodies)


def test_times_follow_the_rate(made: tuple[list[Event], Generator]) -> None:
    assert b'"2026-11-22T01:02:03.250000Z"' in made[0][0].body
    assert b'"2026-11-22T01:02:33.249000Z"' in made[0][COUNT - 1].body


def test_the_mix_is_kept_exactly_and_news_are_few(made: tuple[list[Event], Generator]) -> None:
    tally = made[1].tally
    assert tally.events == {source: COUNT * share for source, share in STEADY.mix.items()}
    assert tally.planted["reports"] == tally.events["reports"]
    assert 0.005 < tally.planted.total() / COUNT < 0.02


def test_chosen_sources_share_the_rate(province: SyntheticProvince, rules: Rules) -> None:
    source = generator(province, rules, sources=("bts", "sensors"))
    assert Counter(event.source for event in source.take(10_000)).keys() == {"bts", "sensors"}


def test_what_is_planted_is_what_the_detectors_find(made: tuple[list[Event], Generator], rules: Rules) -> None:
    """One finding for each planted condition, and none for the rest: the summary of a run can be relied on."""
    detectors: dict[Source, Detector] = {
        "sensors": SensorDetector(rules.sensors),
        "cameras": CameraDetector(rules.cameras),
        "security": SecurityDetector(rules.security),
    }
    events, source = made
    found: Counter[Source] = Counter()
    for name, detector in detectors.items():
        bodies = [event.body for event in events if event.source == name]
        batch = decode_batch(name, RAW[name], bodies, [()] * len(bodies), now=START, max_future=timedelta(hours=1))
        states: dict[str, State] = {}
        for event in batch.events:
            key = detector.key(event)
            finding, state = detector.evaluate(event, states.get(key))
            if state is not None:
                states[key] = state
            found[name] += finding is not None and not finding.clears
    bodies = [event.body for event in events if event.source == "bts"]
    batch = decode_batch("bts", RAW["bts"], bodies, [()] * len(bodies), now=START, max_future=timedelta(hours=1))
    sites = SiteWatch(rules.bts, {}, PartitionState(0), checkpoint=timedelta(seconds=30))
    for event, at_s in zip(batch.events, batch.times, strict=True):
        lost = sites.take(event, at_s, round(at_s * 1000))
        found["bts"] += lost is not None and not lost.clears
    watch = GateWatch(rules.gate, UTC, PartitionState(0), vehicle=str, renewed=str, hide=str)
    bodies = [event.body for event in events if event.source == "gate"]
    batch = decode_batch("gate", RAW["gate"], bodies, [()] * len(bodies), now=START, max_future=timedelta(hours=1))
    for event in batch.events:
        at_s = event.at.timestamp()
        finding = watch.take(event, at_s, int(at_s * 1000))
        found["gate"] += finding is not None and not finding.clears
    assert found == {name: source.tally.planted[name] for name in (*detectors, "gate", "bts")}


def test_reports_vary_and_are_about_what_their_family_says() -> None:
    writer, random = ReportWriter(), Random(3)
    classifier = Classifier(shipped_lexicon(), CATALOGUE.place_names)
    places = [commune.name for commune in CATALOGUE.communes.values()]
    written = [writer.write(random, random.choice(places)) for _ in range(400)]
    assert len({text for text, _ in written}) > 390
    right = sum(classifier.classify(text).category == category for text, category in written)
    assert right / len(written) > 0.7


def test_citizens_sleep_at_night(province: SyntheticProvince, rules: Rules) -> None:
    """Shares of the local hour, exact in each ten thousand events; the rest of the mix fills what is left."""
    reports: dict[int, int] = {}
    for hour in (3, 9):
        start = datetime(2026, 11, 22, hour, tzinfo=ZoneInfo(CATALOGUE.timezone))
        day = Generator(province, rules, NORMAL, seed=1, start=start, rate=1000)
        reports[hour] = Counter(event.source for event in day.take(WHEEL))["reports"]
    assert len(NORMAL.rhythm) == 24
    assert sum(NORMAL.rhythm) / 24 == pytest.approx(1)
    assert reports[9] > 10 * reports[3] > 0
