"""Section ``owner``: signals per second of a province's owner, with and without the detector of outages.

Without Kafka, one core: the same signals go through an incident book alone and through the area detectors first,
alternating, so that a busy machine disturbs both alike. ``quiet``: reports and sensors' signals of other kinds, which
the detector only passes on. ``storm``: the typhoon of the unit tests; the detector adds what outages say of themselves,
and the book lists every station under its outage.
"""

import sys
import time
from statistics import median

from ioc.area import AreaWriter, ProvinceWatch
from ioc.records import Signal
from tests.unit.area.storm import Owner, at, made, typhoon

ROUNDS = 5
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
    begin = time.perf_counter()
    for signal in signals:
        owner.signal(signal, signal.at)
    return time.perf_counter() - begin


def watched(signals: list[Signal]) -> float:
    """Seconds of detectors and book; what detectors say comes back."""
    owner = Owner()
    begin = time.perf_counter()
    for signal in signals:
        owner.signal(signal, signal.at)
    return time.perf_counter() - begin


def detector(signals: list[Signal]) -> float:
    """Seconds of the detectors alone."""
    owner = Owner()
    writer = AreaWriter(owner.state)
    begin = time.perf_counter()
    for signal in signals:
        owner.watch.signal(signal, signal.at, writer)
    return time.perf_counter() - begin


def main() -> int:
    """Print signals per second and the detector's share."""
    for name, signals in (("quiet", quiet()), ("storm", typhoon(1).signals)):
        times = [(alone(signals), watched(signals), detector(signals)) for _ in range(ROUNDS)]
        book, both, own = (median(column) for column in zip(*times, strict=True))
        count = len(signals)
        print(
            f"{name}: book {count / book:,.0f}/s, with detectors {count / both:,.0f}/s (x {both / book:.2f}), "
            f"detectors alone {1e6 * own / count:.1f} µs a signal"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
