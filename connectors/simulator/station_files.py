"""Readings as the stations' own files (Thông tư 10/2021/TT-BTNMT), dropped where the watcher on them looks."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any, Final

import orjson

from connectors.simulator.event import Event
from connectors.simulator.sinks import SinkError

_MEASURING: Final = "00"


class StationFiles:
    """A :class:`~connectors.simulator.sinks.Sink` of sensor readings.

    A folder for each station, a file for each of its cycles; a file gets its name when it is whole.

    Args:
        folder: Where stations upload to.
        zone: Of the stations' clocks.

    """

    def __init__(self, folder: Path, zone: tzinfo) -> None:
        self.failed: Counter[str] = Counter()
        self._folder = folder
        self._zone = zone
        self._written = 0

    async def start(self) -> None:
        if not self._folder.is_dir():
            raise SinkError(f"there is no folder {self._folder} for the files of the stations")

    async def send(self, events: Sequence[Event]) -> None:
        cycles: dict[tuple[str, str], list[dict[str, Any]]] = {}
        for event in events:
            reading = orjson.loads(event.body)
            stamp = datetime.fromisoformat(reading["observed_at"]).astimezone(self._zone).strftime("%Y%m%d%H%M%S")
            cycles.setdefault((reading["device_id"], stamp), []).append(reading)
        await asyncio.to_thread(self._write, cycles)

    async def stop(self) -> None:
        """Nothing is on its way."""

    def _write(self, cycles: dict[tuple[str, str], list[dict[str, Any]]]) -> None:
        for (station, stamp), readings in cycles.items():
            self._written += 1
            place = self._folder / station / f"{station}_{stamp}-{self._written}.txt"
            try:
                place.parent.mkdir(exist_ok=True)
                growing = place.with_suffix(".part")
                growing.write_bytes("".join(_line(reading, stamp) for reading in readings).encode())
                growing.rename(place)
            except OSError as error:
                self.failed[type(error).__name__] += len(readings)


def _line(reading: dict[str, Any], stamp: str) -> str:
    """A symbol that the circular does not have keeps its own name, and so does its unit."""
    status = reading.get("status", _MEASURING)
    return f"{reading['metric']}\t{reading['value']}\t{reading['unit']}\t{stamp}\t{status}\r\n"
