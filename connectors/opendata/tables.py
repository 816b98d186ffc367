"""Data sets as files: CSV, or Parquet, written bit by bit and put in place as a whole."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, Final

from ioc.exports.sheets import Column, Row, heading, lines

_AT_ONCE: Final = 5_000
"""Rows in memory at a time; a row group of Parquet has as many."""


def write_table(path: Path, form: str, columns: Sequence[Column], rows: Iterable[Row]) -> str:
    """Write a file in the place of the one before; returns a digest of its content.

    Args:
        path: Where to.
        form: ``csv`` or ``parquet``.
        columns: Of the rows.
        rows: Read as they are written.

    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}")
    try:
        with os.fdopen(handle, "w+b") as file:
            (_csv if form == "csv" else _parquet)(file, columns, rows)
            file.flush()
            file.seek(0)
            digest = hashlib.file_digest(file, "sha256").hexdigest()[:32]
        Path(draft).replace(path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise
    return digest


def _csv(file: BinaryIO, columns: Sequence[Column], rows: Iterable[Row]) -> None:
    file.write(heading(columns))
    file.writelines(lines(some) for some in _bits(rows))


def _parquet(file: BinaryIO, columns: Sequence[Column], rows: Iterable[Row]) -> None:
    # Sixty megabytes of library that nothing else needs.
    import pyarrow as pa  # type: ignore[import-untyped]  # noqa: PLC0415
    from pyarrow import parquet  # noqa: PLC0415

    types: dict[str, Any] = {
        "text": pa.string(), "whole": pa.int64(), "number": pa.float64(), "day": pa.date32(),
        "time": pa.timestamp("us", tz="UTC"),
    }  # fmt: skip
    schema = pa.schema(
        [pa.field(each.name, types[each.type], metadata={"description": each.about}) for each in columns]
    )
    with parquet.ParquetWriter(file, schema, compression="zstd") as writer:
        for some in _bits(rows):
            arrays = [
                pa.array(values, type=field.type) for values, field in zip(zip(*some, strict=True), schema, strict=True)
            ]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))


def _bits(rows: Iterable[Row]) -> Iterator[list[Row]]:
    each = iter(rows)
    while some := list(islice(each, _AT_ONCE)):
        yield some
