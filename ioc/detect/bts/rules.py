"""What is read from ``[bts]`` of the limits: states, alarms, figures, times, causes, classes, coverage."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Final, Literal, cast

from ioc.detect.ladder import Ladder, read_ladder
from ioc.tomlfile import Table
from ioc.vocabulary import SEVERITIES, Severity

Condition = Literal["in_service", "degraded", "out_of_service", "muted", "unknown"]
Cause = Literal["power", "transmission", "unknown"]

KPIS: Final = ("rsrp_dbm", "rsrq_db", "sinr_db")
"""Radio figures of a sample, each with one limit."""
CONDITIONS: Final[tuple[Condition, ...]] = ("in_service", "degraded", "out_of_service", "muted", "unknown")
CAUSES: Final[tuple[Cause, ...]] = ("power", "transmission", "unknown")

_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_PUNCTUATION: Final = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Kpi:
    """Limit of one radio figure; what lies outside ``valid`` (3GPP's report range) is no figure at all."""

    name: str
    valid: tuple[float, float]
    ladder: Ladder


@dataclass(frozen=True, slots=True)
class Timing:
    """Times of a site, in microseconds where the name says so.

    Attributes:
        interval_s: Assumed between two samples of a site of which neither a sample nor the register says it. Such a
            site cannot be silent: nobody promised that it speaks.
        silent: Intervals without a sample after which a site is silent.
        hold: Intervals for which a site has to be better before that is told.
        late_us: An event that is older on arrival changes what is known and raises nothing by itself.
        settle_us: What late events say is raised where it still holds so long after they came.
        grace_us: Nobody is called silent so soon after a start, or while the partition's input is behind.
        forget_us: A site of which nothing came for so long is forgotten.

    """

    interval_s: float
    silent: float
    hold: float
    late_us: int
    settle_us: int
    grace_us: int
    forget_us: int


@dataclass(frozen=True, slots=True)
class SignalClass:
    """A class of a radio figure: what is above ``above`` and in no better class."""

    code: str
    name: str
    above: float


@dataclass(frozen=True, slots=True)
class CoverageRules:
    """When a cell has coverage.

    Attributes:
        resolution: Of the H3 cells.
        days: Local days that count, today among them.
        samples: Fewer say nothing.
        gap_dbm: RSRP that has to be reached by ``gap_share`` of the samples, or the cell is a gap.
        gap_share: See ``gap_dbm``.
        weak_dbm: RSRP that has to be reached by ``weak_share`` of the samples, or the cell is weak.
        weak_share: See ``weak_dbm``.
        reach_km: How far a site is taken to reach.
        source: Where the figures stand.

    """

    resolution: int
    days: int
    samples: int
    gap_dbm: float
    gap_share: float
    weak_dbm: float
    weak_share: float
    reach_km: float
    source: str


@dataclass(frozen=True, slots=True)
class BtsRules:
    """How states and alarm severities read, when radio figures are bad, and how long what takes.

    ``samples`` periods in a row make a site degraded by its figures, and as many good ones end that.
    """

    states: Mapping[str, Condition]
    alarms: Mapping[str, Condition]
    kpis: tuple[Kpi, ...]
    samples: int
    degraded: Severity
    out_of_service: Severity
    timing: Timing
    causes: tuple[tuple[Cause, re.Pattern[str]], ...]
    classes: Mapping[str, tuple[SignalClass, ...]]
    coverage: CoverageRules
    source: str

    def cause(self, *texts: str | None) -> Cause:
        """What an alarm's words hint at; the first cause of the list with one of its words counts."""
        said = _plain(" ".join(filter(None, texts)))
        return next((cause for cause, words in self.causes if words.search(said)), "unknown")

    def signal_class(self, figure: str, value: float) -> SignalClass | None:
        """Class of a radio figure; ``None`` where no table has classes for it."""
        return next((each for each in self.classes.get(figure, ()) if value > each.above), None)


def _plain(text: str) -> str:
    """Words in lower case, those of names like ``PowerLost`` or ``MAINS_FAIL`` apart."""
    return _PUNCTUATION.sub(" ", _CAMEL.sub(" ", text)).casefold().strip()


def read_bts_rules(root: Table) -> BtsRules:
    """Read ``[bts]``.

    Raises:
        ConfigError: names file, line and key.

    """
    table = root.table("bts")
    kpis: list[Kpi] = []
    for name in KPIS:
        part = table.table(name)
        ladder = read_ladder(part, "below")
        if ladder is None or len(ladder.rungs) != 1:
            raise part.error("needs exactly one limit", "below")
        low, high = part.numbers("valid", size=2)
        if not low < ladder.rungs[0].limit < high:
            raise part.error("a limit outside `valid` is never passed", "below")
        part.done()
        kpis.append(Kpi(name, (low, high), ladder))
    table.day("date")
    rules = BtsRules(
        states=_conditions(table.table("states"), CONDITIONS),
        alarms=_conditions(table.table("alarms"), ("in_service", "degraded", "out_of_service")),
        kpis=tuple(kpis),
        samples=int(table.number("samples", low=1.0)),
        degraded=cast("Severity", table.choice("degraded", SEVERITIES)),
        out_of_service=cast("Severity", table.choice("out_of_service", SEVERITIES)),
        timing=_timing(table.table("timing")),
        causes=tuple(_cause(entry) for entry in table.tables("cause")),
        classes=_classes(table),
        coverage=_coverage(table.table("coverage")),
        source=table.text("source"),
    )
    table.done()
    return rules


def _conditions(table: Table, known: tuple[str, ...]) -> dict[str, Condition]:
    words = list(table.keys())
    read = {word: cast("Condition", table.choice(word, known)) for word in words}
    if "in_service" not in read.values():
        raise table.error("has no word for in_service: nothing would ever end")
    return read


def _timing(table: Table) -> Timing:
    _sourced(table)
    silent, hold = table.number("silent_intervals", low=1.0), table.number("hold_intervals", low=0.0)
    interval = table.number("interval_s", low=1.0)
    times = {name: int(table.number(f"{name}_s", low=0.0) * 1e6) for name in ("late", "settle", "grace")}
    forget = table.number("forget_days", low=1.0)
    if forget * 86_400 <= silent * interval:
        raise table.error("must be longer than a silence, or nobody is told of one", "forget_days")
    table.done()
    return Timing(
        interval, silent, hold, times["late"], times["settle"], times["grace"], int(forget * 86_400e6)
    )  # fmt: skip


def _cause(entry: Table) -> tuple[Cause, re.Pattern[str]]:
    cause = cast("Cause", entry.choice("cause", CAUSES))
    words = [_plain(word) for word in entry.texts("words")]
    if not words or not all(words):
        raise entry.error("must name at least one word, and none that is empty", "words")
    _sourced(entry)
    entry.done()
    return cause, re.compile(rf"\b(?:{'|'.join(map(re.escape, words))})\b")


def _classes(table: Table) -> dict[str, tuple[SignalClass, ...]]:
    found: dict[str, tuple[SignalClass, ...]] = {}
    for entry in table.tables("class"):
        figure = entry.choice("figure", KPIS)
        if figure in found:
            raise entry.error("has classes already", "figure")
        _sourced(entry)
        classes = []
        for part in entry.tables("classes"):
            classes.append(SignalClass(part.text("code"), part.text("name"), part.number("above", float("-inf"))))
            part.done()
        if not classes or any(low.above >= high.above for high, low in pairwise(classes)):
            raise entry.error("must run from the best class to the worst", "classes")
        if classes[-1].above != float("-inf"):
            raise entry.error("the last class takes what is left: it has no `above`", "classes")
        entry.done()
        found[figure] = tuple(classes)
    return found


def _coverage(table: Table) -> CoverageRules:
    resolution, days = int(table.number("resolution", low=0.0)), int(table.number("days", low=1.0))
    if resolution > 15:
        raise table.error("must be at most 15, the finest resolution of H3", "resolution")
    rules = CoverageRules(
        resolution=resolution,
        days=days,
        samples=int(table.number("samples", low=1.0)),
        gap_dbm=table.number("gap_dbm"),
        gap_share=table.number("gap_share", low=0.0),
        weak_dbm=table.number("weak_dbm"),
        weak_share=table.number("weak_share", low=0.0),
        reach_km=table.number("reach_km", low=0.0),
        source=table.text("source"),
    )
    table.day("date")
    for key in ("gap_share", "weak_share"):
        if not 0 < getattr(rules, key) <= 1:
            raise table.error("must be more than 0 and at most 1", key)
    if rules.gap_dbm > rules.weak_dbm or rules.gap_share > rules.weak_share:
        raise table.error("must not be stricter than the one of `weak`: no cell would be weak", "gap_dbm")
    table.done()
    return rules


def _sourced(table: Table) -> date:
    """Every figure says where it stands and since when."""
    table.text("source")
    return table.day("date")
