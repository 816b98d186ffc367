"""Cameras of which somebody has switched something off: that is no fault, and no silence either."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any, Final

import orjson

from ioc.detect.faults import FaultKind, FineKind
from ioc.detect.model import Finding
from ioc.intake.companion import Gauges, Notice
from ioc.ports import Store

PREFIX: Final = b"switched/"
_MOST_DEVICES: Final = 20_000
"""Of one partition; names beyond it are taken for made up."""

_Switches = dict[str, tuple[bool, float]]
"""By condition: whether it is switched off, and since when that is known, Unix seconds."""


class SwitchedOff:
    """Remembers what is switched off until another word about the same condition; a change is written when it happens.

    Args:
        kinds: What words of cameras mean.
        store: State of the partition.

    """

    def __init__(self, kinds: Mapping[str, FaultKind | FineKind], store: Store) -> None:
        self._words = {word: _meaning(kind) for word, kind in kinds.items()}
        self._store = store
        self._devices: dict[str, _Switches] = {}
        for key, value in store.items():
            if key.startswith(PREFIX):
                rows = orjson.loads(value)
                self._devices[key[len(PREFIX) :].decode()] = {each: (off, at_s) for each, (off, at_s) in rows.items()}
        # What was not told before the start is not known.
        self._turned = {name: max(at_s for _, at_s in known.values()) for name, known in self._devices.items()}

    def take(self, event: Any, at_s: float, _accepted_ms: int) -> Finding | None:
        """Note what is switched off or on; nobody is told: the province's owner counts it."""
        meaning = self._words.get(event.kind)
        if meaning is None:
            return None
        device, (conditions, off) = event.camera_id, meaning
        known = self._devices.get(device, {})
        if not known and (not off or len(self._devices) >= _MOST_DEVICES):
            return None
        news = {
            each: (off, at_s)
            for each in conditions
            if (off or each in known) and _is_news(known.get(each), at_s, off=off)
        }
        if news:
            self._store.journal(partial(self._set, device, known))
            self._set(device, known | news)
            self._store.put(PREFIX + device.encode(), orjson.dumps(self._devices[device]))
            self._turned[device] = at_s
        return None

    def maintained(self, device: str) -> bool:
        """Whether something of a camera is switched off."""
        return any(off for off, _ in self._devices.get(device, {}).values())

    def turned(self) -> Iterable[tuple[str, float]]:
        """Cameras of which that has changed since the last call, and when."""
        turned, self._turned = self._turned, {}
        return turned.items()

    def tick(self, _now_ms: int) -> Iterable[Notice]:
        """Time alone switches nothing."""
        return ()

    def flush(self, _now_ms: int) -> None:
        """Changes are written when they happen."""

    def gauges(self, _now_ms: int) -> Gauges:
        """None of its own: devices are counted at the province's owner."""
        return {}

    def _set(self, device: str, switches: _Switches) -> None:
        if switches:
            self._devices[device] = switches
        else:
            self._devices.pop(device, None)


def _meaning(kind: FaultKind | FineKind) -> tuple[tuple[str, ...], bool]:
    """Conditions that a word is about, and whether it switches them off."""
    if isinstance(kind, FaultKind):
        return (kind.condition,), False
    return kind.ends, kind.state == "maintenance"


def _is_news(known: tuple[bool, float] | None, at_s: float, *, off: bool) -> bool:
    """Whether a word changes what is known; an older one does not."""
    return known is None or (at_s > known[1] and off != known[0])
