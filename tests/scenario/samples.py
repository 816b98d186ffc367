"""``python -m tests.scenario.samples``: what this release writes, kept for the releases that come after it.

A part of the storm is played to the agents; of each topic the first records, and each agent's whole state at the end,
go into ``tests/data/records/<version>.json.gz``. Made once per release, then never again: that is its point.
"""

from __future__ import annotations

import gzip
import json
import sys
import tempfile
from base64 import b85decode, b85encode
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest

from connectors.cli.province import load_province
from connectors.cli.simulate import load_limits
from connectors.simulator.province import PROVINCE, build_province
from connectors.simulator.register import register
from connectors.simulator.scenarios import SCENARIOS, Wish
from ioc.settings import Settings
from tests.scenario.clockwork import Clockwork

FOLDER: Final = Path(__file__).parents[1] / "data" / "records"
START: Final = datetime(2026, 11, 20, 0, 0, tzinfo=UTC)
_SCALE: Final = 0.04
_HOURS: Final = 4.5
_RATE: Final = 0.3
_PER_TOPIC: Final = 40


@dataclass(frozen=True, slots=True)
class Samples:
    """What one release wrote.

    Attributes:
        version: Of the release.
        until: The time at which it stopped.
        devices: Register of devices that it had (CSV).
        records: Values by topic.
        states: What each agent kept, by its name.
        incidents: Newest state of every incident, by its id.

    """

    version: str
    until: datetime
    devices: str
    records: Mapping[str, list[bytes]]
    states: Mapping[str, Mapping[bytes, bytes]]
    incidents: Mapping[str, dict[str, Any]]


class _Recorder(Clockwork):
    def __init__(self, *arguments: Any) -> None:
        self.records: defaultdict[str, list[bytes]] = defaultdict(list)
        super().__init__(*arguments)

    def record(self, topic: str, key: bytes | None, value: bytes) -> None:
        del key
        if len(self.records[topic]) < _PER_TOPIC:
            self.records[topic].append(value)


def make(version: str) -> Path:
    """Play, and write the file."""
    settings = Settings()
    catalogue = load_province(settings)
    rules = load_limits(settings, ZoneInfo(catalogue.timezone))
    province = build_province(list(catalogue.communes.values()), rules, 1, PROVINCE.scaled(_SCALE))
    feed, intervals = SCENARIOS["storm-yagi"].make(Wish(province, rules, 1, START, _RATE))
    with pytest.MonkeyPatch.context() as monkeypatch, tempfile.TemporaryDirectory() as folder:
        devices = Path(folder) / "devices.csv"
        devices.write_text(register(province, intervals), encoding="utf-8")
        clockwork = _Recorder(monkeypatch, START, Path(folder), devices)
        clockwork.play(feed, START, _HOURS * 3600)
        tree = {
            "version": version,
            "until": clockwork.now.isoformat(),
            "devices": devices.read_text(encoding="utf-8"),
            "records": {topic: [value.decode() for value in values] for topic, values in clockwork.records.items()},
            "states": {
                agent: {b85encode(key).decode(): b85encode(value).decode() for key, value in entries.items()}
                for agent, entries in clockwork.kept.items()
            },
            "incidents": clockwork.written.incidents,
        }
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / f"{version}.json.gz"
    text = json.dumps(tree, ensure_ascii=False, sort_keys=True).encode()
    path.write_bytes(gzip.compress(text, mtime=0))
    return path


def read(path: Path) -> Samples:
    """What a release wrote."""
    tree = json.loads(gzip.decompress(path.read_bytes()))
    return Samples(
        tree["version"],
        datetime.fromisoformat(tree["until"]),
        tree["devices"],
        {topic: [value.encode() for value in values] for topic, values in tree["records"].items()},
        {
            agent: {b85decode(key): b85decode(value) for key, value in entries.items()}
            for agent, entries in tree["states"].items()
        },
        tree["incidents"],
    )


if __name__ == "__main__":
    print(make(metadata.version("ioc-stream")))
    sys.exit(0)
