"""A record of a topic, and the careful reading of its JSON: what cannot be used is named, never guessed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import orjson

_LARGEST: Final = 2**63 - 1


class UnreadableError(ValueError):
    """A record that is not what its topic promises; it is counted and passed over."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record, as Kafka has it.

    Attributes:
        at_ms: Its time in Kafka, milliseconds since 1970.

    """

    topic: str
    partition: int
    offset: int
    at_ms: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]] = ()

    @property
    def written_at(self) -> datetime:
        """Its time in Kafka."""
        return datetime.fromtimestamp(self.at_ms / 1000, UTC)

    @property
    def name(self) -> str:
        """Its key."""
        return clean((self.key or b"").decode(errors="replace"))

    @property
    def document(self) -> str:
        """Its value as text; valid JSON has no NUL, which PostgreSQL does not take."""
        return (self.value or b"").decode()


class Body:
    """Fields of a JSON object by type."""

    def __init__(self, fields: dict[str, Any]) -> None:
        self.fields = fields

    @classmethod
    def of(cls, record: Record) -> Body:
        """The object that a record's value is.

        Raises:
            UnreadableError: it is none.

        """
        try:
            fields = orjson.loads(record.value or b"")
        except orjson.JSONDecodeError:
            raise UnreadableError("is not JSON") from None
        return cls.within(fields)

    @classmethod
    def within(cls, fields: object) -> Body:
        """An object within another.

        Raises:
            UnreadableError: it is none.

        """
        if not isinstance(fields, dict):
            raise UnreadableError("is no object")
        return cls(fields)

    def text(self, name: str) -> str:
        """A text that has to be there."""
        value = self.fields.get(name)
        if not isinstance(value, str):
            raise UnreadableError(f"{name} is no text")
        return clean(value)

    def text_or(self, name: str, default: str | None = None) -> Any:
        """A text, or the default where there is none."""
        return default if self.fields.get(name) is None else self.text(name)

    def integer(self, name: str, default: int | None = None) -> int:
        """A whole number that a database can hold."""
        value = self.fields.get(name, default)
        if not isinstance(value, int) or isinstance(value, bool) or abs(value) > _LARGEST:
            raise UnreadableError(f"{name} is no whole number")
        return value

    def number_or(self, name: str) -> float | None:
        """A number, or none."""
        value = self.fields.get(name)
        if value is None:
            return None
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise UnreadableError(f"{name} is no number")
        return float(value)

    def flag(self, name: str) -> bool:
        """True or false; false where it is not said."""
        return self.fields.get(name) is True

    def instant(self, name: str) -> datetime:
        """A time that has to be there."""
        try:
            at = datetime.fromisoformat(self.text(name))
        except ValueError:
            raise UnreadableError(f"{name} is no time") from None
        if at.tzinfo is None:
            raise UnreadableError(f"{name} has no offset")
        try:
            return at.astimezone(UTC)
        except OverflowError:
            raise UnreadableError(f"{name} is out of range") from None

    def instant_or(self, name: str) -> datetime | None:
        """A time, or none."""
        return None if self.fields.get(name) is None else self.instant(name)

    def objects(self, name: str) -> list[Body]:
        """A list of objects; empty where there is none."""
        value = self.fields.get(name) or []
        if not isinstance(value, list):
            raise UnreadableError(f"{name} is no list")
        return [Body.within(each) for each in value]


def clean(text: str) -> str:
    """A text without NUL, which PostgreSQL does not take."""
    return text.replace("\0", "\ufffd")
