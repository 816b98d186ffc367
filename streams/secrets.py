"""The key behind the reporters' pseudonyms."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Final

from ioc.settings import Settings

_FILE: Final = "pseudonym.key"
_BYTES: Final = 32


def pseudonym_key(settings: Settings) -> bytes:
    """The configured key, else the one of this installation, made at first use and readable by its owner only.

    Raises:
        OSError: the file cannot be read or written.

    """
    if settings.privacy.pseudonym_key is not None:
        return settings.privacy.pseudonym_key.get_secret_value().encode()
    path = settings.home / _FILE
    settings.home.mkdir(parents=True, exist_ok=True)
    made = _made(path)
    return made or bytes.fromhex(path.read_text())


def _made(path: Path) -> bytes | None:
    """Write a new key; nothing if another process was first."""
    draft = path.with_suffix(f".{os.getpid()}")
    key = secrets.token_bytes(_BYTES)
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(key.hex())
    try:
        os.link(draft, path)
    except FileExistsError:
        return None
    finally:
        draft.unlink()
    return key
