"""What is remembered of lost stations, outages and complaints; immutable: to undo is to put the old one back."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final, Literal, NamedTuple, TypeVar

import orjson

Cause = Literal["power", "fibre", "unknown"]

_T = TypeVar("_T", "Site", "Outage", "Complaint")


class Site(NamedTuple):
    """A station that was lost or lives on its battery, and is back or not.

    Attributes:
        operator: Whose.
        site_id: As its operator names it.
        commune: Code.
        centre: In charge.
        upstream: Transmission node, where it is known.
        hint: Cause that its own alarm names, or ``unknown``.
        lost_at: When its first technology was hit, event time.
        out: Technologies that are hit: without service, or on battery.
        signals: Ids of the signals that said so.
        back_at: When the last technology came back; none as long as one is out.
        outage: Key of the outage that it belongs to.
        silent: It said nothing any more, rather than that something is wrong.
        dead: Technologies without service.
        made: A simulator has made it: never in one outage with what is real.

    """

    operator: str
    site_id: str
    commune: str
    centre: str
    upstream: str | None
    hint: str
    lost_at: datetime
    out: tuple[str, ...]
    signals: tuple[str, ...]
    back_at: datetime | None = None
    outage: str | None = None
    silent: bool = False
    dead: tuple[str, ...] = ()
    made: bool = False

    @property
    def area(self) -> str:
        """What is lost in one area may belong together."""
        return area(self.centre, made=self.made)

    @property
    def key(self) -> str:
        """Names the station among those of all operators."""
        return f"{self.operator}|{self.site_id}"


class Outage(NamedTuple):
    """Stations of one centre that were lost together.

    Attributes:
        key: Names it; made of the signal that made it one.
        centre: In charge.
        first_at: Event time of the first loss, ``last_at`` of the latest.
        last_at: See ``first_at``.
        cause: What it is taken for, and how sure that is.
        confidence: See ``cause``.
        serial: How often something was said of it.
        said: Stations, stations without service and stations back when it was said last, and when; processing time.
        said_dead: See ``said``.
        said_back: See ``said``.
        said_at: See ``said``.
        dark: Communes and hamlets without any station.
        over: Enough stations are back.
        made: Of stations that a simulator has made.

    """

    key: str
    centre: str
    first_at: datetime
    last_at: datetime
    cause: Cause = "unknown"
    confidence: float = 0.0
    serial: int = 0
    said: int = 0
    said_dead: int = 0
    said_back: int = 0
    said_at: datetime | None = None
    dark: tuple[str, ...] = ()
    over: bool = False
    made: bool = False

    @property
    def area(self) -> str:
        """See :attr:`Site.area`."""
        return area(self.centre, made=self.made)

    @property
    def device(self) -> str:
        """What its signals name as device."""
        return f"outage:{self.key}"


class Complaint(NamedTuple):
    """A citizen's report that there is no signal, or the suspicion that several of them were; ``lat``: an exact one."""

    signal_id: str
    at: datetime
    reporter: str
    commune: str
    centre: str
    lat: float | None
    lon: float | None
    suspicion: bool = False
    made: bool = False

    @property
    def area(self) -> str:
        """See :attr:`Site.area`."""
        return area(self.centre, made=self.made)


def area(centre: str, *, made: bool) -> str:
    """A centre, or what a simulator has made of it."""
    return f"{centre}~" if made else centre


_TIMES: Final = frozenset({"lost_at", "back_at", "first_at", "last_at", "said_at", "at"})


def encode(record: Site | Outage | Complaint) -> bytes:
    """Write a record; equal ones give equal bytes."""
    return orjson.dumps(dict(zip(record._fields, record, strict=True)), option=orjson.OPT_UTC_Z)


def decode(kind: type[_T], raw: bytes) -> _T:
    """Read :func:`encode`.

    Raises:
        ValueError: it is not such a record.

    """
    data: dict[str, Any] = orjson.loads(raw)
    for name, value in data.items():
        if name in _TIMES and value is not None:
            data[name] = datetime.fromisoformat(value)
        elif isinstance(value, list):
            data[name] = tuple(value)
    try:
        return kind(**data)
    except TypeError as error:
        raise ValueError(f"not a {kind.__name__}: {error}") from error
