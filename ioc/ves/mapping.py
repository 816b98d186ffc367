"""Where a VES event's site, operator, technology and figures stand, as data: the province's ``ves.toml``."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Final, Literal, cast, get_args

from ioc.events.bts import AlarmSeverity, Technology
from ioc.tomlfile import Table, read_toml
from ioc.ves.schema import header_texts

FILE: Final = "ves.toml"

Where = Literal["header", "additional", "publisher"]

SEVERITIES: Final = ("CRITICAL", "MAJOR", "MINOR", "WARNING", "NORMAL")
"""``eventSeverity`` of faults and of threshold crossings."""

_FIGURES: Final = ("rsrp_dbm", "rsrq_db", "sinr_db", "prb_ratio", "users", "lat", "lon")
_SEVERAL: Final[Mapping[str, Callable[[Sequence[float]], float]]] = {
    "lowest": min,
    "highest": max,
    "sum": sum,
    "first": lambda values: values[0],
}
_PUNCTUATION: Final = re.compile(r"[\W_]+")
_TECHNOLOGIES: Final[tuple[Technology, ...]] = get_args(Technology)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value may stand: a field of the header, a name in hash maps, or the publisher itself."""

    where: Where
    name: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of a sample.

    Attributes:
        field: Of our sample.
        names: Its names in hash maps, as :func:`plain` writes them; the first that an event has counts.
        fields: Fields of the block itself that have it where no hash map does.
        scale: What a value is multiplied with.
        of_several: Which value counts, of those of several hash maps; ``lowest``, ``highest``, ``sum`` or ``first``.

    """

    field: str
    names: tuple[str, ...]
    fields: tuple[str, ...]
    scale: float
    of_several: str

    def joined(self, values: Sequence[float]) -> float:
        """The value that counts, of at least one."""
        return _SEVERAL[self.of_several](values)


@dataclass(frozen=True, slots=True)
class VesMapping:
    """A whole ``ves.toml``.

    Attributes:
        site: Places of the site's name.
        operator: Places of the operator's.
        technology: Places of the technology's.
        technologies: Spelling, as :func:`plain` writes it, to technology.
        default_technology: Of events that name none; ``None`` refuses them.
        severities: By domain and ``eventSeverity``.
        figures: In order; the first of a field that has a value counts.
        no_value: Texts that say that there is none, in lower case.

    """

    site: tuple[Place, ...]
    operator: tuple[Place, ...]
    technology: tuple[Place, ...]
    technologies: Mapping[str, Technology]
    default_technology: Technology | None
    severities: Mapping[str, Mapping[str, AlarmSeverity]]
    figures: tuple[Figure, ...]
    no_value: frozenset[str]


@lru_cache(maxsize=4096)
def plain(name: str) -> str:
    """A name without case and punctuation: those of hash maps are written in every way.

    >>> plain("RSRP_dBm")
    'rsrpdbm'

    """
    return _PUNCTUATION.sub("", name.casefold())


@cache
def shipped_ves_mapping() -> VesMapping:
    """The mapping that comes with the product."""
    return load_ves_mapping((files("ioc.catalog") / "common" / FILE).read_bytes())


def load_ves_mapping(raw: bytes, file: str = FILE) -> VesMapping:
    """Read and check a ``ves.toml``.

    Args:
        raw: Content of the file.
        file: Name that complaints give.

    Raises:
        ConfigError: a key is missing, misspelt or contradicts another; names file, line and key.

    """
    root = read_toml(raw, file)
    root.text("source")
    root.day("date")
    places = {}
    for name in ("site", "operator"):
        part = root.table(name)
        places[name] = _places(part)
        part.done()
    technology = root.table("technology")
    spellings = _spellings(technology.table("spellings"))
    default = technology.choice("default", _TECHNOLOGIES) if "default" in technology else None
    severity = root.table("severity")
    mapping = VesMapping(
        site=places["site"],
        operator=places["operator"],
        technology=_places(technology),
        technologies=spellings,
        default_technology=cast("Technology | None", default),
        severities={domain: _severities(severity.table(domain)) for domain in ("fault", "thresholdCrossingAlert")},
        figures=_figures(root),
        no_value=frozenset(text.strip().lower() for text in root.texts("no_value")),
    )
    for part in (technology, severity, root):
        part.done()
    return mapping


def _places(table: Table) -> tuple[Place, ...]:
    found = []
    for text in table.texts("from"):
        where, dot, name = text.partition(".")
        if where not in get_args(Where) or (where == "publisher") is bool(dot) or (dot and not plain(name)):
            raise table.error(f"{text!r} is no place: it is header.<field>, additional.<name> or publisher", "from")
        if where == "header" and name not in header_texts():
            raise table.error(f"{name!r} is no text of the commonEventHeader", "from")
        found.append(Place(cast("Where", where), plain(name) if where == "additional" else name))
    if not found:
        raise table.error("needs at least one place", "from")
    return tuple(found)


def _spellings(table: Table) -> dict[str, Technology]:
    known: dict[str, Technology] = {}
    for name in table.keys():  # noqa: SIM118 - reading marks them as known
        if name not in _TECHNOLOGIES:
            raise table.error(f"must be one of {', '.join(_TECHNOLOGIES)}", name)
        for spelling in table.texts(name):
            if known.setdefault(plain(spelling), name) != name:
                raise table.error(f"{spelling!r} is a spelling of another technology too", name)
    return known


def _severities(table: Table) -> dict[str, AlarmSeverity]:
    found = {word: table.choice(word, get_args(AlarmSeverity)) for word in SEVERITIES}
    table.done()
    return cast("dict[str, AlarmSeverity]", found)


def _figures(root: Table) -> tuple[Figure, ...]:
    figures: list[Figure] = []
    taken: set[str] = set()
    for entry in root.tables("figures"):
        names = tuple(dict.fromkeys(plain(name) for name in entry.texts("names")))
        if not all(names):
            raise entry.error("must have letters or digits", "names")
        if clash := taken.intersection(names):
            raise entry.error(f"{min(clash)!r} is a name of another figure too", "names")
        taken.update(names)
        scale = entry.number("scale", 1.0)
        if scale <= 0:
            raise entry.error("must be more than 0", "scale")
        figures.append(
            Figure(
                field=entry.choice("field", _FIGURES),
                names=names,
                fields=entry.texts("fields", ()),
                scale=scale,
                of_several=entry.choice("of_several", _SEVERAL),
            )
        )
        entry.done()
    return tuple(figures)
