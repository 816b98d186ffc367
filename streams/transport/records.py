"""What an agent is given: one partition's records as parallel columns, without an object per record."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeAlias

Headers: TypeAlias = Sequence[tuple[str, bytes | None]]


class Record(Protocol):
    """One record as the decoder hands it out (aiokafka's compiled ``DefaultRecord`` has this shape)."""

    @property
    def offset(self) -> int: ...
    @property
    def timestamp(self) -> int: ...
    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...
    @property
    def headers(self) -> Sequence[tuple[str, bytes | None]]: ...


class RecordBatch:
    """Consecutive records of one partition, offsets ascending, gaps possible.

    Columns are built on first use and kept: an agent that never looks at headers never pays for them.
    ``batch[a:b]`` is a batch again; indices given to ``Outbox.dead_letter`` count from the batch in hand.
    """

    __slots__ = ("_headers", "_keys", "_offsets", "_records", "_timestamps", "_values", "partition", "topic")

    def __init__(self, topic: str, partition: int, records: Sequence[Record]) -> None:
        self.topic = topic
        self.partition = partition
        self._records = records
        self._values: list[bytes | None] | None = None
        self._keys: list[bytes | None] | None = None
        self._headers: list[Headers] | None = None
        self._offsets: list[int] | None = None
        self._timestamps: list[int] | None = None

    @classmethod
    def of(
        cls,
        topic: str,
        partition: int,
        values: Sequence[bytes | None],
        *,
        keys: Sequence[bytes | None] | None = None,
        headers: Sequence[Headers] | None = None,
        first_offset: int = 0,
        timestamps_ms: Sequence[int] | None = None,
    ) -> RecordBatch:
        """A batch from plain columns, for tests and for code that has no broker behind it."""
        rows = [
            PlainRecord(
                first_offset + index,
                timestamps_ms[index] if timestamps_ms else 0,
                keys[index] if keys else None,
                value,
                headers[index] if headers else (),
            )
            for index, value in enumerate(values)
        ]
        return cls(topic, partition, rows)

    def __len__(self) -> int:
        return len(self._records)

    def __getitem__(self, part: slice) -> RecordBatch:
        return RecordBatch(self.topic, self.partition, self._records[part])

    def __repr__(self) -> str:
        span = f"{self._records[0].offset}..{self._records[-1].offset}" if self._records else "empty"
        return f"<RecordBatch {self.topic}/{self.partition} {span} ({len(self)})>"

    @property
    def values(self) -> list[bytes | None]:
        """Record values in order; None is a tombstone."""
        if self._values is None:
            self._values = [record.value for record in self._records]
        return self._values

    @property
    def keys(self) -> list[bytes | None]:
        """Record keys in order."""
        if self._keys is None:
            self._keys = [record.key for record in self._records]
        return self._keys

    @property
    def headers(self) -> list[Headers]:
        """Header lists in order, as Kafka has them: duplicates kept, values bytes or None."""
        if self._headers is None:
            self._headers = [record.headers for record in self._records]
        return self._headers

    @property
    def offsets(self) -> list[int]:
        """Log offsets in order."""
        if self._offsets is None:
            self._offsets = [record.offset for record in self._records]
        return self._offsets

    @property
    def timestamps_ms(self) -> list[int]:
        """Record times in milliseconds since the epoch (append time on topics configured so)."""
        if self._timestamps is None:
            self._timestamps = [record.timestamp for record in self._records]
        return self._timestamps


class PlainRecord:
    """A record made in Python; the same shape as the compiled decoder's."""

    __slots__ = ("headers", "key", "offset", "timestamp", "value")

    def __init__(self, offset: int, timestamp: int, key: bytes | None, value: bytes | None, headers: Headers) -> None:
        self.offset = offset
        self.timestamp = timestamp
        self.key = key
        self.value = value
        self.headers = headers
