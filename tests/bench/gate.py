"""Microbenchmark of the gates' watch without Kafka: ``python -m tests.bench.gate``.

CPU time of one core, best of several passes, state committed every 500 events as in a round: a jam of
1,400 vehicles as it is told over days, an ordinary day, and counts without news. Decoding and repeats are not in it.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from connectors.simulator.border import DECEMBER_2021, NORMAL, Course, border_events
from ioc.catalog import common_data, load_folder
from ioc.classify.pseudonym import Pseudonyms
from ioc.detect import load_rules
from ioc.events.gate import Gate
from ioc.events.sources import SPECS, read_event
from ioc.intake.gate_watch import GateWatch
from ioc.privacy import Vehicles
from streams.transport import PartitionState

PASSES = 7
ROUND = 500
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
START = datetime(2021, 12, 20, 17, tzinfo=UTC)


def course(what: Course) -> list[Gate]:
    """Events of a course as models, in order of sending."""
    made: list[Gate] = []
    for at, body in border_events(1, START, what, zone=ZONE):
        event = read_event(SPECS["gate"], body, at, None)
        assert isinstance(event, Gate)
        made.append(event)
    return made


def counts(number: int) -> list[Gate]:
    """Counts of a calm queue, one a second in each of eight directions."""
    return [
        Gate(
            gate_id=f"gate-{n % 4}",
            direction="in" if n % 8 < 4 else "out",
            kind="queue",
            observed_at=START + timedelta(seconds=n // 8),
            vehicles_waiting=n % 100,
        )
        for n in range(number)
    ]


def passes(events: Sequence[Gate], limits: bytes) -> float:
    """Seconds of CPU for one pass."""
    vehicles = Vehicles(Pseudonyms([b"sixteen bytes or more"]))
    state = PartitionState(0)
    watch = GateWatch(
        load_rules(limits, ZONE).gate, ZONE, state,
        vehicle=vehicles.of, renewed=vehicles.renewed, hide=str,
    )  # fmt: skip
    told = [(event, event.at.timestamp(), int(event.at.timestamp() * 1000)) for event in events]
    began = time.process_time()
    for first in range(0, len(told), ROUND):
        for event, at_s, accepted_ms in told[first : first + ROUND]:
            watch.take(event, at_s, accepted_ms)
        watch.flush(0)
        state.commit()
    return time.process_time() - began


def main() -> None:
    """Print a table."""
    limits = load_folder(common_data())["thresholds.toml"]
    gc.freeze()  # as workers do
    gc.set_threshold(50_000, 20, 50)
    sets: dict[str, Callable[[], list[Gate]]] = {
        "jam of December 2021": lambda: course(DECEMBER_2021),
        "ordinary day": lambda: course(NORMAL),
        "calm counts": lambda: counts(20_000),
    }
    print(f"{'events':24}{'number':>8}{'µs each':>10}{'a second':>12}")
    for name, make in sets.items():
        events = make()
        seconds = min(passes(events, limits) for _ in range(PASSES))
        print(f"{name:24}{len(events):8}{seconds / len(events) * 1e6:10.2f}{len(events) / seconds:12,.0f}")


if __name__ == "__main__":
    main()
