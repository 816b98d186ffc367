"""What base stations cost: ``python -m tests.bench.sites``. CPU time of one core, the collector of cycles set as a
worker sets it: the best of some rounds, the median of ticks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from statistics import median
from time import process_time
from zoneinfo import ZoneInfo

from ioc.catalog import common_data, load_catalogue, load_folder, shipped_province
from ioc.detect import load_rules
from ioc.events.bts import Alarm, Bts
from ioc.intake.companion import Companion
from ioc.intake.coverage import CoverageWatch
from ioc.intake.sites import SiteWatch
from streams.transport.state import PartitionState
from streams.transport.worker import collect_seldom

SITES = 2649
"""As many as the province has (the press of 2022)."""
ROUNDS = 12
TICKS = 240
"""The second half is measured: sites may be silent by then."""
START = datetime(2026, 11, 27, 1, tzinfo=UTC)
Make = Callable[[int, datetime], Bts]


def quiet(number: int, at: datetime) -> Bts:
    """A sample with good figures and a position."""
    return Bts(
        site_id=f"site-{number}", operator="a", technology="4G", observed_at=at, state="in_service",
        rsrp_dbm=-85.0 - number % 9, rsrq_db=-9.0, sinr_db=12.0, users=30, lat=20.9 + number % 50 * 0.01,
        lon=107 + number // 50 * 0.01, interval_s=300.0,
    )  # fmt: skip


def faulty(number: int, at: datetime) -> Bts:
    """An alarm that begins or ends with every sample: each changes the state."""
    alarm = Alarm(severity="critical" if at.minute // 5 % 2 else "normal", id="PowerLost", problem="Mains power lost")
    return Bts(site_id=f"site-{number}", operator="a", technology="4G", observed_at=at, alarm=alarm)


def cost(make: Make, companion: Companion, state: PartitionState) -> tuple[float, float]:
    """Microseconds of a sample, milliseconds of a tick."""
    samples, ticks, now_ms = [], [], 0
    for number in range(ROUNDS):
        at = START + timedelta(minutes=5 * number)
        at_s = at.timestamp()
        now_ms = round(at_s * 1000)
        events = [make(site, at) for site in range(SITES)]
        began = process_time()
        for event in events:
            companion.take(event, at_s, now_ms)
        companion.flush(now_ms)
        samples.append((process_time() - began) / SITES * 1e6)
        state.commit()
    for second in range(TICKS):
        began = process_time()
        for _ in companion.tick(now_ms + second * 1000):
            pass
        ticks.append((process_time() - began) * 1e3)
        state.commit()
    return min(samples), median(ticks[TICKS // 2 :])


def main() -> None:
    """Print the table."""
    collect_seldom()
    files = load_folder(common_data()) | load_folder(shipped_province())
    catalogue = load_catalogue(files)
    rules = load_rules(files["thresholds.toml"], ZoneInfo(catalogue.timezone)).bts
    cases: list[tuple[str, Make, Callable[[PartitionState], Companion]]] = [
        ("sites, quiet samples", quiet, lambda state: SiteWatch(rules, {}, state, checkpoint=timedelta(seconds=30))),
        ("sites, alarms that come and go", faulty,
         lambda state: SiteWatch(rules, {}, state, checkpoint=timedelta(seconds=30))),
        ("coverage", quiet,
         lambda state: CoverageWatch(
             rules.coverage, state, catalogue.programme, checkpoint=timedelta(minutes=5)
         )),
    ]  # fmt: skip
    for name, make, new in cases:
        state = PartitionState(0)
        sample, tick = cost(make, new(state), state)
        print(f"{name:<32}{sample:6.2f} µs/sample {1e6 / sample:>10,.0f} samples/s, {tick:.2f} ms/tick")


if __name__ == "__main__":
    main()
