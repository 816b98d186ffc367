"""Dead letters as values: what the headers say, which ones a filter wants, what may be shown. No Kafka here."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from typing import Any, Final

import orjson

from connectors.cli.errors import EXIT_USAGE, CommandError
from ioc.privacy.ports import HEADER as SEALED
from ioc.topics import DLQ, SOURCE_OF

Header = tuple[str, bytes | None]

CONTEXT: Final = "__connect.errors."
REASON: Final = "ioc.error.reason"
POINTER: Final = "ioc.error.pointer"
TRUNCATED: Final = "ioc.error.truncated"
REPLAYED: Final = "ioc.dlq.replayed"
"""Header of a replayed record: how many times this event has been replayed by now."""
ORIGIN: Final = "ioc.dlq.origin"
"""Header of a replayed record: ``topic-partition-offset`` where the event first stood; kept by later replays."""

PLAIN_FIELDS: Final = frozenset(
    {
        *("id", "source", "device_id", "camera_id", "site_id", "gate_id", "asset_id"),
        *("occurred_at", "observed_at", "ended_at", "time"),
        *("metric", "unit", "status", "kind", "state", "severity", "operator", "technology", "direction", "goods"),
        *("channel", "locale", "category_hint", "specversion", "type", "datacontenttype", "dataschema"),
    }
)
"""Fields whose text is never personal; all other text is masked."""
_PLAIN_HEADERS: Final = ("ce_id", "ce_source", "ce_type", "ce_time", "ce_specversion", "content-type", "ioc.")
_DURATION: Final = re.compile(r"(\d+)\s*([smhd])")
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


@dataclass(frozen=True, slots=True)
class Letter:
    """One dead letter.

    Attributes:
        partition: Partition of the dead-letter topic.
        offset: Offset there; with the partition it names the letter.
        at: When it was written.
        key: Key of the original record.
        value: Bytes of the original record; ``None`` for a tombstone and for a letter that was too large.
        headers: Headers of the original record, unchanged and in order.
        context: What the worker added: where from, why.

    """

    partition: int
    offset: int
    at: datetime
    key: bytes | None
    value: bytes | None
    headers: tuple[Header, ...]
    context: dict[str, str]

    @property
    def name(self) -> str:
        """``partition-offset``, as the commands take it."""
        return f"{self.partition}-{self.offset}"

    @property
    def identity(self) -> str:
        """Name of this letter for ever: also apart from one of a topic that was deleted and made again."""
        return f"{DLQ}-{self.name}@{round(self.at.timestamp() * 1000)}"

    @property
    def topic(self) -> str:
        """Where the record was read from."""
        return self.context.get(CONTEXT + "topic", "")

    @property
    def origin_partition(self) -> int:
        """Partition that it was read from; -1 if unknown."""
        return _number(self.context.get(CONTEXT + "partition"))

    @property
    def origin_offset(self) -> int:
        """Offset that it was read at; -1 if unknown."""
        return _number(self.context.get(CONTEXT + "offset"))

    @property
    def source(self) -> str:
        """Source of the raw topic; empty for another topic's record."""
        return SOURCE_OF.get(self.topic, "")

    @property
    def reason(self) -> str:
        return self.context.get(REASON) or self.context.get(CONTEXT + "exception.class.name", "")

    @property
    def message(self) -> str:
        return self.context.get(CONTEXT + "exception.message", "")

    @property
    def pointer(self) -> str:
        return self.context.get(POINTER, "")

    @property
    def replays(self) -> int:
        """How many replays this event has behind it."""
        return max(0, _number(dict(self.headers).get(REPLAYED)))

    @property
    def truncated(self) -> bool:
        """The letter holds no value because the whole would not have fitted; the original topic may still."""
        return TRUNCATED in self.context


def letter(
    place: tuple[int, int], timestamp_ms: int, key: bytes | None, value: bytes | None, headers: Sequence[Header]
) -> Letter:
    """Read a record of the dead-letter topic that stands at ``place`` (partition, offset).

    The worker appends its context after the original headers. So the last ``__connect.errors.topic`` is where the
    context begins, and a publisher's own headers of that name stay part of the original.
    """
    starts = [index for index, (name, _) in enumerate(headers) if name == CONTEXT + "topic"]
    begin = starts[-1] if starts else len(headers)
    return Letter(
        *place,
        datetime.fromtimestamp(timestamp_ms / 1000, UTC),
        key,
        value,
        tuple(headers[:begin]),
        {name: (content or b"").decode(errors="replace") for name, content in headers[begin:]},
    )


@dataclass(frozen=True, slots=True)
class Filter:
    """Which letters are meant; every condition that is given must hold.

    Attributes:
        names: ``partition-offset`` of single letters.
        sources: Codes of sources.
        reasons: Reasons, with ``*`` and ``?`` as wildcards.
        topics: Original topics, with wildcards.
        since: Not older than this.
        headers: ``name`` (present) or ``name=value`` (with wildcards), of the original or the context.

    """

    names: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()
    reasons: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    since: datetime | None = None
    headers: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether anything is asked for at all."""
        return bool(self.names or self.sources or self.reasons or self.topics or self.since or self.headers)

    def wants(self, found: Letter) -> bool:
        """Whether a letter is meant."""
        return (
            (not self.names or found.name in self.names)
            and (not self.sources or found.source in self.sources)
            and (not self.reasons or any(fnmatchcase(found.reason, reason) for reason in self.reasons))
            and (not self.topics or any(fnmatchcase(found.topic, topic) for topic in self.topics))
            and (self.since is None or found.at >= self.since)
            and all(_has_header(found, wanted) for wanted in self.headers)
        )


def _has_header(found: Letter, wanted: str) -> bool:
    name, equals, pattern = wanted.partition("=")
    values = [(content or b"").decode(errors="replace") for header, content in found.headers if header == name]
    if name in found.context:
        values.append(found.context[name])
    return any(fnmatchcase(value, pattern) for value in values) if equals else bool(values)


def letter_names(given: Sequence[str]) -> frozenset[str]:
    """``0-17`` or ``ioc.dlq-0-17`` as ``0-17``.

    Raises:
        CommandError: it is neither.

    """
    names = set()
    for text in given:
        name = text.removeprefix(DLQ + "-")
        if not re.fullmatch(r"\d+-\d+", name):
            raise CommandError(
                f"{text} names no dead letter: write partition-offset, as `ioc dlq list` does", EXIT_USAGE
            )
        names.add(name)
    return frozenset(names)


def since(text: str | None, now: datetime) -> datetime | None:
    """A moment from ``90s``, ``30m``, ``2h``, ``7d`` (ago) or RFC 3339 with offset.

    Raises:
        CommandError: it is neither.

    """
    if text is None:
        return None
    if match := _DURATION.fullmatch(text):
        return now - timedelta(**{_UNITS[match[2]]: int(match[1])})
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = datetime.min  # noqa: DTZ901 - naive on purpose: refused below like every naive time
    if moment.tzinfo is None:
        raise CommandError(f"{text} is no time: write 30m, 2h, 7d, or RFC 3339 with an offset", EXIT_USAGE)
    return moment


def masked(value: bytes | None) -> str:
    """What may be seen of a value: its shape, numbers and harmless codes; all other text as its length.

    Positions are cut to two decimals (about a kilometre).
    """
    if value is None:
        return "(no value)"
    try:
        document = orjson.loads(value)
    except orjson.JSONDecodeError:
        return f"({len(value)} bytes, not JSON)"
    return orjson.dumps(_mask(document, plain=False), option=orjson.OPT_INDENT_2).decode()


def _mask(node: Any, *, plain: bool) -> Any:  # JSON is any
    if isinstance(node, dict):
        return {name: _position(name, _mask(inner, plain=name in PLAIN_FIELDS)) for name, inner in node.items()}
    if isinstance(node, list):
        return [_mask(inner, plain=False) for inner in node]
    if isinstance(node, str) and not plain:
        return f"•••({len(node)})"
    return node


def _position(name: str, value: Any) -> Any:
    return round(value, 2) if name in {"lat", "lon"} and isinstance(value, float) else value


def shown_header(header: Header, *, raw: bool) -> str:
    """A header's value for a person; unknown ones are masked."""
    name, content = header
    if name == SEALED:
        return f"({len(content or b'')} bytes, sealed)"
    text = (content or b"").decode(errors="replace")
    return text if raw or name.startswith(_PLAIN_HEADERS) else f"•••({len(text)})"


def replay_headers(found: Letter) -> list[Header]:
    """The original headers, plus the count of replays and where the event first stood."""
    kept = [(name, content) for name, content in found.headers if name != REPLAYED]
    if ORIGIN not in dict(found.headers):
        first = f"{found.topic}-{found.origin_partition}-{found.origin_offset}"
        kept.append((ORIGIN, first.encode()))
    return [*kept, (REPLAYED, b"%d" % (found.replays + 1))]


def _number(content: bytes | str | None) -> int:
    try:
        return int(content or -1)
    except ValueError:
        return -1
