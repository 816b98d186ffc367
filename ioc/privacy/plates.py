"""Number plates as keyed hashes: the same plate is the same word for a while, and never a plate again.

A plate with times and places of many cameras is the track of a person, so the hashes are of short use: their key
changes with every period (by event time), and without the key nobody can join two periods. There are few plates, so
whoever has the key can try them all: it is kept like a password, and gateway, bridge and worker alone have it.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

from ioc.classify.redact import redact
from ioc.events.camera import Camera
from ioc.events.fields import MAX_NAME
from ioc.events.gate import Gate
from ioc.events.identifiers import HASHED_PLATE, has_plate, plate_spelling
from ioc.privacy.vehicles import Vehicles

MIN_KEY_BYTES: Final = 16
_PURPOSE: Final = b"ioc plate period\0"
"""Keeps this key's uses apart from those of any other, should somebody use one key for two things."""
_DIGEST_BYTES: Final = 15
"""120 bits, 24 letters: no two plates of a country collide."""
_PERIODS: Final = 128
"""Keys at hand: events are at most days old."""
_REMEMBERED: Final = 4096


class Plates:
    """Hashes of plates.

    Args:
        key: At least 16 bytes, the same for everything that is to make the same hashes.
        period: How long a plate keeps its hash.

    Raises:
        ValueError: the key is too short to keep a secret, or the period is shorter than a second.

    """

    def __init__(self, key: bytes, period: timedelta) -> None:
        if len(key) < MIN_KEY_BYTES:
            raise ValueError(f"the plate key has fewer than {MIN_KEY_BYTES} bytes")
        if period < timedelta(seconds=1):
            raise ValueError("the period of plate keys is shorter than a second")
        self._period_s = period.total_seconds()

        @lru_cache(_PERIODS)
        def key_of(number: int) -> bytes:
            return hmac.digest(key, _PURPOSE + str(number).encode(), "sha256")

        self._key_of = key_of

    def of(self, plate: str, at: datetime) -> str:
        """Hash of a plate that was seen at an instant: ``plate-<period>-<24 letters>``, the same in every spelling."""
        period = int(at.timestamp() // self._period_s)
        digest = hmac.digest(self._key_of(period), plate_spelling(plate).encode(), "sha256")[:_DIGEST_BYTES]
        return f"plate-{period}-{base64.b32encode(digest).decode().lower()}"


class PlateGuard:
    """Takes plates out of camera and gate events: their field becomes a hash, other words lose theirs.

    Args:
        plates: What hashes are made with; none: there is no key, and plates are dropped.
        redact: Takes personal data out of a text.
        vehicles: What pseudonyms of vehicles at gates are made with; none: as with ``plates``.

    """

    def __init__(self, plates: Plates | None, redact: Callable[[str], str], vehicles: Vehicles | None = None) -> None:
        self._plates = plates
        self._vehicles = vehicles
        self._redact = lru_cache(_REMEMBERED)(redact)

    def clean(self, event: Camera) -> Camera:
        """The event without a plate in clear; the same object where there is none."""
        label, zone, plate = self._words(event.label), self._words(event.zone), event.plate
        if plate is None or HASHED_PLATE.fullmatch(plate):
            if label == event.label and zone == event.zone:
                return event
            return replace(event, label=label, zone=zone)
        label, zone, snapshot = (
            None if text is not None and has_plate(text, plate) else text for text in (label, zone, event.snapshot)
        )
        hashed = None if self._plates is None else self._plates.of(plate, event.observed_at)
        return replace(event, plate=hashed, label=label, zone=zone, snapshot=snapshot)

    def clean_gate(self, event: Gate) -> Gate:
        """The event without a vehicle in clear; without its vehicle where there is no key."""
        goods, yard, vehicle = self._words(event.goods), self._words(event.yard), event.vehicle_ref
        if vehicle is not None:
            goods, yard = (None if text is not None and has_plate(text, vehicle) else text for text in (goods, yard))
            vehicle = None if self._vehicles is None else self._vehicles.of(vehicle)
        return replace(event, vehicle_ref=vehicle, goods=goods, yard=yard)

    def _words(self, text: str | None) -> str | None:
        return None if text is None else self._redact(text)[:MAX_NAME]


def _redacted(text: str) -> str:
    return redact(text).text


NO_PLATES: Final = PlateGuard(None, _redacted)
"""Of who has no key: plates are dropped."""
