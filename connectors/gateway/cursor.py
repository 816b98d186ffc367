"""Where a reader of the alerts stands: the next offset of every partition that it may see, as one event id.

A single offset would not do: alerts come from several topics and partitions, and resuming must neither skip nor
repeat. The text is ``<centre>=<offset of partition 0>.<of 1>…;<centre>=…`` and may be kept for as long as Kafka keeps
the alerts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from ioc.topics import ALERT_PREFIX

Places = dict[tuple[str, int], int]
"""Next offset by (topic, partition)."""

MAX_CHARS: Final = 8_192
_PART: Final = re.compile(r"([A-Za-z0-9._-]{1,100})=(\d{1,19}(?:\.\d{1,19})*)")


class Cursor:
    """Places of one reader, and their text kept up to date piece by piece."""

    def __init__(self, places: Mapping[tuple[str, int], int]) -> None:
        self._offsets: dict[str, list[int]] = {}
        for (topic, partition), offset in sorted(places.items()):
            offsets = self._offsets.setdefault(topic, [])
            offsets.extend([0] * (partition + 1 - len(offsets)))
            offsets[partition] = offset
        self._texts = {topic: _text(topic, offsets) for topic, offsets in self._offsets.items()}

    def passes(self, topic: str, partition: int, offset: int) -> bool:
        """Move over a record; ``False`` where the reader had it already."""
        offsets = self._offsets.setdefault(topic, [])
        if partition >= len(offsets):
            offsets.extend([0] * (partition + 1 - len(offsets)))
        if offset < offsets[partition]:
            return False
        offsets[partition] = offset + 1
        self._texts[topic] = _text(topic, offsets)
        return True

    def __str__(self) -> str:
        return ";".join(self._texts.values())


def parse(text: str) -> Places:
    """Read an event id.

    Raises:
        ValueError: it is none of ours.

    """
    if len(text) > MAX_CHARS:
        raise ValueError("too long for a cursor")
    places: Places = {}
    for part in text.split(";"):
        match = _PART.fullmatch(part)
        if match is None:
            raise ValueError("not a cursor")
        for partition, offset in enumerate(match[2].split(".")):
            places[ALERT_PREFIX + match[1], partition] = int(offset)
    return places


def _text(topic: str, offsets: list[int]) -> str:
    return f"{topic.removeprefix(ALERT_PREFIX)}={'.'.join(map(str, offsets))}"
