"""Master keys: what the keys of the vault are wrapped with."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from typing import Final

from ioc.privacy.sealing import KEY_BYTES, Damaged, open_box, seal

_ID_BYTES: Final = 4
_ABOUT: Final = b"ioc vault key\0"


class MasterKeysError(ValueError):
    """Master keys that cannot be used; the text holds none of them."""


def master_keys(current: str, previous: Sequence[str] = ()) -> MasterKeys:
    """Master keys from their configured texts.

    Args:
        current: At least 32 bytes in Base64, of either alphabet.
        previous: Keys before it.

    Raises:
        MasterKeysError: one is not Base64, too short, or there twice.

    """
    return MasterKeys([_decoded(text) for text in (current, *previous)])


def _decoded(text: str) -> bytes:
    plain = text.strip().replace("-", "+").replace("_", "/")
    try:
        key = base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (ValueError, binascii.Error):
        raise MasterKeysError("a vault key is not Base64") from None
    if len(key) < KEY_BYTES:
        raise MasterKeysError(f"a vault key has {len(key)} bytes; at least {KEY_BYTES} are needed")
    return key


class MasterKeys:
    """Wraps keys with the first of some master keys, and unwraps what any of them has wrapped.

    Args:
        keys: The one in use first; each at least 32 bytes.

    Raises:
        MasterKeysError: one is there twice.

    """

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._keys = {_id(key): hmac.digest(key, b"ioc vault wrapping", "sha256") for key in keys}
        if len(self._keys) < len(keys):
            raise MasterKeysError("a vault key stands in the list twice")
        self._current = _id(keys[0])

    def wrap(self, key: bytes, name: bytes, nonce: bytes) -> bytes:
        """A key under the master key in use.

        Args:
            key: What is wrapped.
            name: Its name, bound into it: a wrapped key does not open in another one's place.
            nonce: 12 random bytes.

        """
        return self._current + seal(self._keys[self._current], key, _ABOUT + name, nonce)

    def unwrap(self, wrapped: bytes, name: bytes) -> bytes:
        """The key of :meth:`wrap`.

        Raises:
            Damaged: none of the master keys has wrapped it under this name.

        """
        master = self._keys.get(wrapped[:_ID_BYTES])
        if master is None:
            raise Damaged("a key was wrapped with a master key that is not configured")
        return open_box(master, wrapped[_ID_BYTES:], _ABOUT + name)

    def is_current(self, wrapped: bytes) -> bool:
        """Whether the master key in use has wrapped it."""
        return wrapped[:_ID_BYTES] == self._current


def _id(key: bytes) -> bytes:
    return hashlib.sha256(b"ioc vault key id\0" + key).digest()[:_ID_BYTES]
