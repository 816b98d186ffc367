"""Everything that a province's folder holds, read as the running system reads it: one list for all who check it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final, Self
from zoneinfo import ZoneInfo

from ioc.area.liveness import load_liveness
from ioc.area.outage_rules import OUTAGES_FILE, load_outage_rules
from ioc.area.tide_rain import TIDE_RAIN_FILE, load_tide_rain
from ioc.catalog import BOUNDARIES_FILE, Catalogue, CatalogueError, Content
from ioc.detect import load_rules
from ioc.detect.air import load_vn_aqi
from ioc.incidents import load_correlation
from ioc.paging import PAGING_FILE, load_paging
from ioc.quality import load_quality
from ioc.routing import ROUTES_FILE, load_routes
from ioc.tomlfile import ConfigError
from ioc.ves import load_ves_mapping

_BY_THEMSELVES: Final[Mapping[str, Callable[[bytes], object]]] = {
    "vn_aqi.toml": load_vn_aqi,
    "correlation.toml": load_correlation,
    OUTAGES_FILE: load_outage_rules,
    "liveness.toml": load_liveness,
    TIDE_RAIN_FILE: load_tide_rain,
    "quality.toml": load_quality,
    "ves.toml": load_ves_mapping,
}
"""Tables that need nothing of the catalogue, and what reads them."""


@dataclass(frozen=True, slots=True)
class Complaint:
    """What is wrong with a file.

    Attributes:
        file: Its name.
        line: From 1; 0 for the file as a whole.
        column: Column or key; empty for the whole line.
        reason: What was expected, with what was found.
        says: All of it in one sentence.

    """

    file: str
    line: int
    column: str
    reason: str
    says: str

    @classmethod
    def of(cls, error: CatalogueError | ConfigError, names: Mapping[str, str]) -> Self:
        """From what a reader raised; ``names`` are how files are called that lie elsewhere than in the folder."""
        file = names.get(error.file, error.file)
        if isinstance(error, CatalogueError):
            told: ValueError = CatalogueError(file, error.line, error.column, error.reason)
            return cls(file, error.line, error.column, error.reason, str(told))
        told = ConfigError(file, error.line, error.key, error.problem)
        return cls(file, error.line, error.key, error.problem, str(told))


@dataclass(frozen=True, slots=True)
class Checked:
    """A province's files, read.

    Attributes:
        catalogue: The catalogue; none where its own tables are wrong.
        complaints: The first of every table and file: what reads one ends at what is wrong in it.

    """

    catalogue: Catalogue | None
    complaints: tuple[Complaint, ...]


def check(content: Content, names: Mapping[str, str] | None = None) -> Checked:
    """Read everything.

    Args:
        content: The files.
        names: How complaints call files that lie elsewhere than in the folder.

    """
    found: list[Complaint] = []
    called = {"boundaries": BOUNDARIES_FILE} | dict(names or {})

    def read(load: Callable[[], object]) -> object | None:
        try:
            return load()
        except (CatalogueError, ConfigError) as error:
            found.append(Complaint.of(error, called))
        return None

    catalogue = read(content.catalogue)
    if isinstance(catalogue, Catalogue):
        zone = ZoneInfo(catalogue.timezone)
        read(partial(load_rules, content.files["thresholds.toml"], zone, devices=catalogue.devices))
        read(partial(load_routes, content.files.get(ROUTES_FILE, b""), catalogue.known, zone))
        read(partial(load_paging, content.files[PAGING_FILE], catalogue.known, zone))
    for name, load in _BY_THEMSELVES.items():
        read(partial(load, content.files[name]))
    return Checked(catalogue if isinstance(catalogue, Catalogue) else None, tuple(found))
