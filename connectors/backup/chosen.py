"""Which files of a home folder belong into a backup."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

OF_ONE_RUN: Final = frozenset({"kafka", "logs", "slots", "gateway", "mqtt", "prometheus", "operator.token"})
"""Names at the top of a home folder that the next run makes itself."""
_BESIDE_DATABASES: Final = ("-wal", "-shm", "-journal")
_DATABASE: Final = b"SQLite format 3\x00"


def chosen(home: Path) -> Iterator[Path]:
    """Files that are kept, relative to the home folder, in a stable order."""
    for path in sorted(home.rglob("*")):
        name = path.relative_to(home)
        if path.is_symlink() or not path.is_file() or name.parts[0] in OF_ONE_RUN:
            continue
        if not path.name.endswith((*_BESIDE_DATABASES, ".lock")):
            yield name


def is_database(path: Path) -> bool:
    """Whether SQLite has to copy it."""
    with path.open("rb") as file:
        return file.read(len(_DATABASE)) == _DATABASE
