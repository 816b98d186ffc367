"""How late an event may arrive and still say something of now.

A logger that was cut off sends days of readings, the oldest first. What they say is true and belongs into sums, means,
the index and the counts; but it is over, as far as anybody knows, and nobody is alarmed about it as if it were now.

What is not here judges lateness by itself: hours of air by their end (``[air]``), base stations by what still holds
once a stored hour is told (``[bts]``), faults of devices likewise: those are states, and hold until their end is told.
Citizens' reports and the SOC's events are never too late: a person waits for the one, duties begin with the other.
"""

from __future__ import annotations

from dataclasses import dataclass

from ioc.events.units import METRICS
from ioc.tomlfile import Table


@dataclass(frozen=True, slots=True)
class Lateness:
    """From an event's time to its acceptance by Kafka, seconds.

    Attributes:
        sensors_s: A reading that is older alarms nobody and ends nothing.
        holding: Metrics whose readings hold until the next one: they are news however late.
        cameras_s: A detection that is older is for a person to look at.

    """

    sensors_s: float
    holding: frozenset[str]
    cameras_s: float


def read_lateness(root: Table) -> Lateness:
    """Read ``[lateness]``.

    Raises:
        ConfigError: names file, line and key.

    """
    table = root.table("lateness")
    holding = table.texts("holding", ())
    if unknown := [metric for metric in holding if metric not in METRICS]:
        raise table.error(f"has {unknown[0]!r}, which is no metric", "holding")
    found = Lateness(
        sensors_s=table.number("sensors_s", low=60.0),
        holding=frozenset(holding),
        cameras_s=table.number("cameras_s", low=60.0),
    )
    table.text("source")
    table.day("date")
    table.done()
    return found
