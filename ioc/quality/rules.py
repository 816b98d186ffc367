"""What is asked of each source: its allowance of delay, and the least that each dimension may be. Data, in a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import cast

from ioc.quality.figures import DIMENSIONS, Dimension
from ioc.tomlfile import Table, read_toml
from ioc.vocabulary import SEVERITIES, SOURCES, Severity, Source


@dataclass(frozen=True, slots=True)
class Floor:
    """A dimension below ``least`` is told; one that is at ``clear`` or above again ends that."""

    least: float
    clear: float


@dataclass(frozen=True, slots=True)
class SourceQuality:
    """What is asked of one source.

    Attributes:
        allowance_s: Delay from event time to Kafka, in seconds, that is in order for 95 % of the records.
        floors: By dimension; one that is not there is shown but never told.

    """

    allowance_s: float
    floors: Mapping[Dimension, Floor]


@dataclass(frozen=True, slots=True)
class QualityRules:
    """What is asked of every source.

    Attributes:
        version: Goes into the signals.
        window_s: Length of a window of event time, seconds.
        grace_s: How long after its end a window is judged: late records are waited for so long.
        least_records: A window with fewer received and fewer expected records says nothing.
        windows: Bad windows in a row that are told.
        severity: Of what is told.
        source: Where the figures stand, and since when.
        since: See ``source``.
        sources: By source.

    """

    version: str
    window_s: int
    grace_s: float
    least_records: int
    windows: int
    severity: Severity
    source: str
    since: date
    sources: Mapping[Source, SourceQuality]


def load_quality(raw: bytes, file: str = "quality.toml") -> QualityRules:
    """Read and check the file.

    Raises:
        ConfigError: a key is missing, misspelt or contradictory; names file, line and key.

    """
    root = read_toml(raw, file)
    rules = QualityRules(
        version=root.text("version"),
        window_s=int(root.number("window_s", low=1.0)),
        grace_s=root.number("grace_s", low=0.0),
        least_records=int(root.number("least_records", low=1.0)),
        windows=int(root.number("windows", low=1.0)),
        severity=cast("Severity", root.choice("severity", SEVERITIES)),
        source=root.text("source"),
        since=root.day("date"),
        sources={source: _source(root.table(source)) for source in SOURCES},
    )
    root.done()
    return rules


def _source(table: Table) -> SourceQuality:
    allowance_s = table.number("allowance_s", low=0.0)
    floors: dict[Dimension, Floor] = {}
    for dimension in DIMENSIONS:
        if dimension not in table:
            continue
        least, clear = table.numbers(dimension, size=2)
        if not 0 < least <= clear <= 1:
            raise table.error("must be two shares, the least and the one that ends it: [0.9, 0.95]", dimension)
        floors[dimension] = Floor(least, clear)
    table.done()
    return SourceQuality(allowance_s, floors)
