"""Section ``owner``: signals per second of a province's owner, with and without the detector of outages.

Without Kafka, CPU time of one core, the collector of cycles set as a worker sets it: the same signals go through an
incident book alone and through the area detectors first, alternating, so that a busy machine disturbs both alike; the
best round counts. ``quiet``: reports and sensors' signals of other kinds, which the detector only passes on. ``storm``:
the typhoon of the unit tests; the detector adds what outages say of themselves, and the book lists every station under
its outage.
"""

import sys
from time import process_time

from ioc.area import AreaWriter, ProvinceWatch
from ioc.records import Signal
from streams.transport.worker import collect_seldom
from tests.unit.area.storm import Owner, at, made, typhoon

ROUNDS = 7
QUIET = 3000


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
