"""Section ``owner``: signals per second of a province's owner, with and without the detector of outages.

Without Kafka, CPU time of one core, the collector of cycles set as a worker sets it: the same signals go through an
incident book alone and through the area detectors first, alternating, so that a busy machine disturbs both alike; the
best round counts. ``quiet``: reports and sensors' signals of other kinds, which the detector only passes on. ``storm``:
the typhoon of the unit tests; the detector adds what outages say of themselves, and the book lists every station under
its outage. ``mixed``: with 10,000 open incidents all over the province, happenings told by every source that may tell
them (three reports with texts, a camera, a sensor, one more), and what is nothing but itself; each happening ends as
one incident.
"""

import gc
import sys
from collections.abc import Callable
from random import Random
from time import process_time

from ioc.area import AreaWriter, ProvinceWatch
from ioc.incidents.similarity import sketch
from ioc.records import Signal
from ioc.vocabulary import Category, Severity, Source
from streams.transport import PartitionState
from streams.transport.worker import collect_seldom
from tests.unit.area.storm import Owner, at, catalogue, made, new_book, typhoon

ROUNDS = 7
QUIET = 3000
OPEN = 10_000
HAPPENINGS = 400
COMMUNES = sorted(catalogue().communes.values(), key=lambda each: each.code)
WORDS = [f"tu{number}" for number in range(2000)]
"""What texts are made of."""

Kind = tuple[Category, str, Severity]
REPORTED: tuple[Kind, ...] = (
    ("urban_infrastructure", "tree", "normal"), ("environment", "waste", "low"), ("traffic", "jam", "normal"),
    ("power_water", "no_water", "normal"), ("urban_infrastructure", "drain", "normal"), ("security", "theft", "high"),
)  # fmt: skip
MEASURED: tuple[Kind, ...] = (
    ("environment", "air", "normal"), ("disaster", "rain", "normal"), ("environment", "water", "normal"),
    ("other", "device_fault", "low"),
)  # fmt: skip
HAPPENING: tuple[tuple[Kind, Kind, tuple[Source, Kind]], ...] = (
    (("fire_rescue", "fire", "critical"), ("environment", "air", "high"), ("bts", ("telecom", "no_signal", "high"))),
    (("disaster", "flood", "high"), ("disaster", "rain", "high"), ("sensors", ("disaster", "river", "high"))),
    (("traffic", "accident", "high"), ("traffic", "jam", "high"), ("cameras", ("traffic", "stopped_vehicle", "low"))),
)  # fmt: skip
"""What happens: as people and cameras tell it, as a sensor does, as something else does."""


def quiet() -> list[Signal]:
    """Signals of other kinds, far apart: most open an incident."""
    storm = typhoon(1, lost=200, reports=0, sensors=0, critical=0)
    sites = list(storm.sites.values())
    return [
        made(
            f"s-{number}", "sensors", "environment", "air", "normal", at(number / 60),
            sites[number % len(sites)].commune, lat=sites[number % len(sites)].lat, lon=sites[number % len(sites)].lon,
            kind="limit", device=f"station-{number}",
        )
        for number in range(QUIET)
    ]  # fmt: skip


def _text(random: Random) -> str:
    """A sketch as of a report of some thirty words."""
    return sketch(" ".join(random.choice(WORDS) for _ in range(30)))


def open_incidents() -> list[Signal]:
    """So many different things, each with its place: half are reports, half are of machines."""
    random = Random(1)
    found = []
    for number in range(OPEN):
        commune = random.choice(COMMUNES)
        what = REPORTED[number % len(REPORTED)] if number % 2 else MEASURED[number % len(MEASURED)]
        source: Source = "reports" if number % 2 else "sensors"
        one = made(
            f"open-{number}", source, *what, at(-600 - number % 50), commune.code,
            lat=20.8 + number // 100 * 0.006, lon=106.5 + number % 100 * 0.015,
            kind="citizen_report" if number % 2 else "limit", device=None if number % 2 else f"device-{number}",
        )  # fmt: skip
        if number % 2:
            one.evidence = {"sketch": _text(random), "photo_ids": []}
        found.append(one)
    return found


def mixed() -> list[Signal]:
    """Happenings that several sources tell of, between what is nothing but itself."""
    random = Random(2)
    found = []
    for number in range(HAPPENINGS):
        commune = random.choice(COMMUNES)
        lat, lon = 20.803 + number // 20 * 0.03, 106.508 + number % 20 * 0.075
        what = HAPPENING[number % len(HAPPENING)]
        text = _text(random)
        told: list[tuple[Source, tuple[Category, str, Severity]]] = [
            ("reports", what[0]), ("cameras", what[0]), ("sensors", what[1]), ("reports", what[0]), what[2],
            ("reports", what[0]), ("reports", ("tourism", "beach", "low")),
        ]  # fmt: skip
        for place, (source, kind) in enumerate(told):
            report = source == "reports"
            one = made(
                f"mixed-{number}-{place}", source, *kind, at(number / 60), commune.code,
                lat=lat + place * 0.0001, lon=lon, kind="citizen_report" if report else "limit",
                device=None if report else f"mixed-{number}-{place}",
            )  # fmt: skip
            if report:
                one.evidence = {"sketch": text if kind is what[0] else _text(random), "photo_ids": []}
            found.append(one)
    return found


def fused() -> tuple[float, int, int]:
    """CPU seconds of the mixed signals over the open incidents; how many incidents there were, and are then."""
    book, state = new_book(), PartitionState(0)
    for signal in open_incidents():
        book.apply_signal(signal, at(-600), state.journal)
    before = sum(book.open_counts.values())
    journal: list[Callable[[], None]] = []
    signals = mixed()
    gc.collect()
    gc.freeze()
    begin = process_time()
    for signal in signals:
        book.apply_signal(signal, signal.at, journal.append)
    took = process_time() - begin
    gc.unfreeze()
    return took, before, sum(book.open_counts.values())


def alone(signals: list[Signal]) -> float:
    """Seconds of the book alone."""
    owner = Owner()
    owner.watch = ProvinceWatch(())
    begin = process_time()
    for signal in signals:
        owner.signal(signal, signal.at)
    return process_time() - begin


def watched(signals: list[Signal]) -> float:
    """Seconds of detectors and book; what detectors say comes back."""
    owner = Owner()
    begin = process_time()
    for signal in signals:
        owner.signal(signal, signal.at)
    return process_time() - begin


def detector(signals: list[Signal]) -> float:
    """Seconds of the detectors alone."""
    owner = Owner()
    writer = AreaWriter(owner.state)
    begin = process_time()
    for signal in signals:
        owner.watch.signal(signal, signal.at, writer)
    return process_time() - begin


def main() -> int:
    """Print signals per second and the detector's share."""
    collect_seldom()
    runs = [fused() for _ in range(ROUNDS)]
    _, before, after = runs[0]
    count = len(mixed())
    print(
        f"mixed: book {count / min(runs)[0]:,.0f}/s with {before:,} open incidents; "
        f"{count} signals, {after - before} new incidents"
    )
    for name, signals in (("quiet", quiet()), ("storm", typhoon(1).signals)):
        times = [(alone(signals), watched(signals), detector(signals)) for _ in range(ROUNDS)]
        book, both, own = (min(column) for column in zip(*times, strict=True))
        count = len(signals)
        print(
            f"{name}: book {count / book:,.0f}/s, with detectors {count / both:,.0f}/s (x {both / book:.2f}), "
            f"detectors alone {1e6 * own / count:.1f} µs a signal"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
