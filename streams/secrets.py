"""The keys behind pseudonyms and hashes of plates: where they are, and how another one is put in use."""

from __future__ import annotations

import hmac
import os
import secrets
from datetime import timedelta
from pathlib import Path
from typing import Final

from pydantic import SecretStr

from ioc.classify.pseudonym import Pseudonyms
from ioc.privacy import Plates
from ioc.settings import Settings

PSEUDONYM_FILE: Final = "pseudonym.key"
"""Keys that this installation made, in hex, one a line, the one in use last."""
PLATE_FILE: Final = "plate.key"
"""Key for number plates that this installation made, in hex."""
OPEN311_FILE: Final = "open311.key"
"""Key for ids of what is posted by Open311 that this installation made, in hex."""
_BYTES: Final = 32
_HEX: Final = "hex:"


class SecretsError(ValueError):
    """Keys that cannot be used; the text is one sentence and holds none of them."""


def pseudonyms(settings: Settings) -> Pseudonyms:
    """The configured keys, else those of this installation, of which the first is made at first use.

    Raises:
        SecretsError: a key is too short or is no key.
        OSError: the file cannot be read or written.

    """
    privacy = settings.privacy
    older = [_key(secret) for secret in privacy.previous_pseudonym_keys]
    if privacy.pseudonym_key is not None:
        newer = [_key(privacy.pseudonym_key)]
    else:
        path = settings.home / PSEUDONYM_FILE
        newer = _read(path) if path.exists() else _first(path)
    try:
        return Pseudonyms([*older, *newer])
    except ValueError as error:
        raise SecretsError(f"the pseudonym keys cannot be used: {error}") from None


def plates(settings: Settings) -> Plates:
    """The configured key for number plates, else that of this installation, which is made at first use.

    Processes with homes of their own make the same hashes only with one configured key.

    Raises:
        SecretsError: the key is too short or is no key.
        OSError: the file cannot be read or written.

    """
    privacy = settings.privacy
    if privacy.plate_key is not None:
        key = _key(privacy.plate_key)
    else:
        path = settings.home / PLATE_FILE
        found = _read(path) if path.exists() else _first(path)
        if not found:
            raise SecretsError(f"{path} holds no key")
        key = found[-1]
    try:
        return Plates(key, timedelta(hours=privacy.plate_hours))
    except ValueError as error:
        raise SecretsError(f"the plate key cannot be used: {error}") from None


def open311_key(settings: Settings) -> bytes:
    """Key for ids of posted reports: of the configured pseudonym key, else this installation's, made at first use.

    Gateways with homes of their own make the same ids only with one configured key.

    Raises:
        SecretsError: the key is no key.
        OSError: the file cannot be read or written.

    """
    privacy = settings.privacy
    if privacy.pseudonym_key is not None:
        return hmac.digest(_key(privacy.pseudonym_key), OPEN311_FILE.encode(), "sha256")
    path = settings.home / OPEN311_FILE
    found = _read(path) if path.exists() else _first(path)
    if not found:
        raise SecretsError(f"{path} holds no key")
    return found[-1]


def rotate(settings: Settings) -> Pseudonyms:
    """Put a new key behind those that this installation made; the file is replaced as a whole.

    Raises:
        SecretsError: the key is configured, so whoever configures it has to add the new one.
        OSError: the file cannot be read or written.

    """
    if settings.privacy.pseudonym_key is not None:
        raise SecretsError(
            "the pseudonym key comes from IOC_PRIVACY__PSEUDONYM_KEY: append it to "
            "IOC_PRIVACY__PREVIOUS_PSEUDONYM_KEYS, set a new one, and restart the workers"
        )
    pseudonyms(settings)
    path = settings.home / PSEUDONYM_FILE
    draft = _draft(path, [*_read(path), secrets.token_bytes(_BYTES)])
    draft.replace(path)
    return pseudonyms(settings)


def _key(secret: SecretStr) -> bytes:
    text = secret.get_secret_value()
    if not text.startswith(_HEX):
        return text.encode()
    try:
        return bytes.fromhex(text.removeprefix(_HEX))
    except ValueError:
        raise SecretsError("a key begins with hex: and is no hexadecimal number") from None


def _read(path: Path) -> list[bytes]:
    try:
        return [bytes.fromhex(line) for line in path.read_text(encoding="ascii").splitlines() if line.strip()]
    except ValueError:
        raise SecretsError(f"{path} holds something else than keys in hex, one a line") from None


def _first(path: Path) -> list[bytes]:
    """Write a first key; if another process was quicker, its key."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = _draft(path, [secrets.token_bytes(_BYTES)])
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return _read(path)


def _draft(path: Path, keys: list[bytes]) -> Path:
    """Keys in a file beside the one that they are for, which only its owner may read."""
    draft = path.with_suffix(f".{os.getpid()}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.writelines(f"{key.hex()}\n" for key in keys)
        file.flush()
        os.fsync(file.fileno())
    return draft
