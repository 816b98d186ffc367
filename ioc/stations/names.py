"""What the place of a station's file tells: whose it is, when it was made, whether it is one at all.

The exact file-name rule of the annex was not to be had, and loggers differ: ``<STATION>_<YYYYMMDDhhmmss>.txt`` is
usual, but parts for province and plant occur, and names that are only a time. So a folder tells more than a name.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import Final

_STAMP: Final = re.compile(
    r"(?<!\d)(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?(?!\d)"
    r"|(\d{4})-(\d\d)-(\d\d)[T_ -](\d\d)[-:.]?(\d\d)(?:[-:.]?(\d\d))?(?!\d)"
)
_STATION_IN_NAME: Final = re.compile(r"(.+)[_-](?:\d{12}|\d{14})\.txt", re.IGNORECASE)


def is_data_file(name: str) -> bool:
    """Whether a file of this name is taken at all: programs write under other names and rename when they are done."""
    return name.lower().endswith(".txt") and not name.startswith((".", "~"))


def station_of(parts: Sequence[str]) -> str | None:
    """Station that a file belongs to; ``None`` if nothing tells.

    The deepest folder that is not a date (digits only, as in ``<station>/2026/11/27``) is the station; a file that
    lies in no such folder says it in its name, before the time.

    Args:
        parts: Folders below the one that is watched, and the file's name.

    """
    *folders, name = parts
    for folder in reversed(folders):
        if not folder.isdecimal():
            return folder
    found = _STATION_IN_NAME.fullmatch(name)
    return found[1].strip() or None if found else None


def made_at(name: str, zone: tzinfo) -> datetime | None:
    """Time in a file's name, local; ``None`` where there is none. Only the order of files depends on it."""
    found = _STAMP.search(name)
    if found is None:
        return None
    numbers = [int(part) for part in found.groups() if part is not None]
    try:
        return datetime(*numbers, tzinfo=zone)  # type: ignore[misc,arg-type]
    except ValueError:
        return None
