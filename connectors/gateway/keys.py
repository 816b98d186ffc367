"""API keys: made, listed, revoked and checked; only hashes are kept.

A key reads ``ioc_<key id>_<secret>``. The secret is 256 random bits, so a plain SHA-256 of it is as good as a slow
password hash and costs a microsecond per request. The file is JSON, mode 0600, replaced as a whole; a running gateway
notices the replacement by itself.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import hmac
import logging
import math
import os
import re
import secrets
import tempfile
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import orjson
from pydantic import TypeAdapter, ValidationError

from ioc.vocabulary import SCOPES, Scope

_log = logging.getLogger(__name__)

KEYS_FILE: Final = "keys.json"
"""Name of the file under the home folder where settings name no other."""

OPERATOR: Final = "operator"
"""Publisher of the key that a start on one machine hands out."""

OPERATOR_SCOPES: Final[tuple[Scope, ...]] = tuple(scope for scope in SCOPES if scope not in {"audit:read", "admin"})
OPERATOR_LIFETIME: Final = timedelta(hours=24)

_PUBLISHER: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,99}")
_TOKEN: Final = re.compile(r"ioc_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")
_NOBODY: Final = hashlib.sha256(b"").hexdigest()


class KeysFileError(Exception):
    """The keys file cannot be used; the message is one sentence for a person."""


@dataclass(frozen=True, slots=True)
class Key:
    """One key as it is stored.

    Attributes:
        id: 12 hex digits; not secret, written to logs.
        sha256: Hex digest of the secret.
        publisher: Source that the key writes: exactly this, or anything below it (``<publisher>/…``).
        scopes: What it may do.
        centres: Whose alerts and incidents it may see and handle; empty means every centre.
        created: When it was made.
        expires: When it ends by itself; ``None`` for never.
        revoked: When it was taken back; ``None`` while it holds.
        rate: Items per second that it may send; ``None``: as many as the settings give every key.

    """

    id: str
    sha256: str
    publisher: str
    scopes: tuple[Scope, ...]
    centres: tuple[str, ...]
    created: datetime
    expires: datetime | None = None
    revoked: datetime | None = None
    rate: float | None = None

    def holds(self, now: datetime) -> bool:
        """Whether the key opens anything at this instant."""
        return self.revoked is None and (self.expires is None or now < self.expires)

    def allows(self, scope: Scope) -> bool:
        """Whether the key has a scope; ``admin`` has them all."""
        return scope in self.scopes or "admin" in self.scopes

    def sees(self, centre: str) -> bool:
        """Whether a centre's alerts and incidents are open to the key."""
        return not self.centres or centre in self.centres or "admin" in self.scopes

    def owns(self, source: str) -> bool:
        """Whether an event's source belongs to the key's publisher."""
        return source == self.publisher or source.startswith(self.publisher + "/")


@dataclass(frozen=True, slots=True)
class _File:
    keys: list[Key]
    version: int = 1


_FILE: Final = TypeAdapter(_File)


def keys_path(home: Path, configured: Path | None) -> Path:
    """Where the keys are: the configured file, else the one under the home folder."""
    return configured if configured is not None else home / KEYS_FILE


def new_key(
    path: Path,
    publisher: str,
    scopes: Collection[Scope],
    centres: Collection[str] = (),
    expires: datetime | None = None,
    *,
    rate: float | None = None,
    now: datetime | None = None,
) -> tuple[str, Key]:
    """Make a key and store its hash.

    Args:
        path: Keys file; made when it is missing.
        publisher: Source of what the key writes, e.g. ``app.citizen`` or ``urn:example:stations``.
        scopes: At least one of ``ioc.vocabulary.SCOPES``.
        centres: Centre codes; empty means every centre.
        expires: Aware instant; ``None`` for never.
        rate: Items per second that it may send, above 0; ``None``: as many as the settings give every key.
        now: For tests; the clock otherwise.

    Returns:
        The token, which is stored nowhere, and the stored key.

    Raises:
        ValueError: the publisher, a scope, the expiry or the rate is not usable.
        KeysFileError: the file cannot be read or written.

    """
    if not _PUBLISHER.fullmatch(publisher):
        raise ValueError("a publisher has 1 to 100 letters, digits and . _ : / -, and starts with a letter or digit")
    if not scopes or set(scopes) - set(SCOPES):
        raise ValueError(f"a key has at least one scope of: {', '.join(SCOPES)}")
    if expires is not None and expires.tzinfo is None:
        raise ValueError("the expiry needs a time zone")
    if rate is not None and not (math.isfinite(rate) and rate > 0):
        raise ValueError("a rate is a number of items per second, above 0")
    secret = secrets.token_urlsafe(32)
    key = Key(
        id=secrets.token_hex(6),
        sha256=_digest(secret),
        publisher=publisher,
        scopes=tuple(scope for scope in SCOPES if scope in scopes),
        centres=tuple(sorted(set(centres))),
        created=now or datetime.now(UTC),
        expires=expires,
        rate=rate,
    )
    with _changing(path) as keys:
        keys.append(key)
    return f"ioc_{key.id}_{secret}", key


def operator_key(path: Path, *, now: datetime | None = None) -> tuple[str, Key]:
    """Make the one-time key of a start on one machine: every scope of daily work, every centre, 24 hours.

    The key of the start before is dropped.
    """
    at = now or datetime.now(UTC)
    with _changing(path) as keys:
        keys[:] = [key for key in keys if key.publisher != OPERATOR]
    return new_key(path, OPERATOR, OPERATOR_SCOPES, (), at + OPERATOR_LIFETIME, now=at)


def list_keys(path: Path) -> list[Key]:
    """All stored keys in the order of their making, revoked and expired ones too.

    Raises:
        KeysFileError: the file cannot be read.

    """
    try:
        return _FILE.validate_json(path.read_bytes()).keys
    except FileNotFoundError:
        return []
    except OSError as error:
        raise KeysFileError(f"{path} cannot be read: {error.strerror}") from error
    except ValidationError as error:
        raise KeysFileError(f"{path} is not a file of keys") from error


def revoke_key(path: Path, key_id: str, *, now: datetime | None = None) -> Key:
    """Take a key back; the gateway refuses it from the next request on.

    Raises:
        KeyError: no such key.
        KeysFileError: the file cannot be read or written.

    """
    with _changing(path) as keys:
        for index, key in enumerate(keys):
            if key.id == key_id:
                keys[index] = replace(key, revoked=key.revoked or now or datetime.now(UTC))
                return keys[index]
    raise KeyError(key_id)


class KeyRing:
    """The keys of a running gateway; follows its file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stamp: tuple[int, int, int] | None = None
        self._keys: dict[str, Key] = {}

    def find(self, token: str, now: datetime) -> Key | None:
        """The key that a token opens, or ``None``: unknown, wrong, expired and revoked look the same."""
        self._follow()
        match = _TOKEN.fullmatch(token)
        key = self._keys.get(match[1]) if match else None
        right = hmac.compare_digest(_digest(match[2] if match else ""), key.sha256 if key else _NOBODY)
        return key if key is not None and right and key.holds(now) else None

    def _follow(self) -> None:
        try:
            stat = self._path.stat()
        except OSError:
            self._stamp, self._keys = None, {}
            return
        stamp = (stat.st_mtime_ns, stat.st_ino, stat.st_size)
        if stamp == self._stamp:
            return
        self._stamp = stamp
        try:
            self._keys = {key.id: key for key in list_keys(self._path)}
        except KeysFileError as error:
            # A half-edited file locks nobody out: the keys read last go on until it can be read again.
            _log.error("keys_file_unusable", extra={"reason": str(error)})


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


@contextlib.contextmanager
def _changing(path: Path) -> Iterator[list[Key]]:
    """Read, change and replace the file while no other process does."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.with_name(path.name + ".lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            keys = list_keys(path)
            yield keys
            _replace(path, _FILE.dump_json(_File(keys), indent=2))
    except OSError as error:
        raise KeysFileError(f"{path} cannot be written: {error.strerror}") from error


def _replace(path: Path, content: bytes) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)  # mkstemp gives mode 0600
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content + b"\n")
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def describe(key: Key) -> bytes:
    """JSON of a key without its hash, for listings."""
    return orjson.dumps({name: getattr(key, name) for name in Key.__slots__ if name != "sha256"})
