"""Symbol of a station's file → canonical metric, as data with its source."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from ioc.events.units import METRICS
from ioc.tomlfile import read_toml

_FILE: Final = "symbols.toml"


@dataclass(frozen=True, slots=True)
class Symbols:
    """The table.

    Attributes:
        version: Of the file.
        names: The symbols as the circular writes them.
        metrics: Canonical metric by folded spelling.

    """

    version: str
    names: tuple[str, ...]
    metrics: Mapping[str, str]

    def metric(self, symbol: str) -> str:
        """Canonical metric of a symbol; one that is not known stays as it is."""
        return self.metrics.get(_fold(symbol), symbol)


def read_symbols(raw: bytes, file: str = _FILE) -> Symbols:
    """Read the table.

    Raises:
        ConfigError: names file, line and key: a metric that nobody knows, another unit than the metric's, a spelling
            that two symbols claim.

    """
    root = read_toml(raw, file)
    version = root.text("version")
    names: list[str] = []
    metrics: dict[str, str] = {}
    for entry in root.tables("symbol"):
        name = entry.text("name")
        metric = entry.choice("metric", METRICS)
        if entry.text("unit") != METRICS[metric].unit:
            raise entry.error(f"must be {METRICS[metric].unit}, the unit of {metric}", "unit")
        for spelling in (name, *entry.texts("spellings", ())):
            if metrics.setdefault(_fold(spelling), metric) != metric:
                raise entry.error(f"{spelling} stands for another metric already", "name")
        entry.done()
        names.append(name)
    root.done()
    return Symbols(version, tuple(names), metrics)


@cache
def shipped_symbols() -> Symbols:
    """The table that comes with the package."""
    return read_symbols((files("ioc.stations") / _FILE).read_bytes())


def _fold(symbol: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFKC", symbol).casefold() if char.isalnum())
