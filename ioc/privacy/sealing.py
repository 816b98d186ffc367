"""Bytes in boxes: AES-256-GCM with what a box is about bound into it, and the header that carries one.

The cipher's library takes six megabytes of a process, so it is loaded with the first box: workers without a vault never
see one.
"""

from __future__ import annotations

from typing import Final

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
"""96 bits, the size that GCM is made for (NIST SP 800-38D). Random ones are safe for 2^32 boxes of one key."""
REF_BYTES: Final = 16
"""Random name of a key: says nothing about whose it is."""
_TAG_BYTES: Final = 16
_FORMAT: Final = b"\x01"


class Damaged(ValueError):
    """A box that this key does not open, or that was about something else: altered, moved, or another key's."""


def seal(key: bytes, plain: bytes, about: bytes, nonce: bytes) -> bytes:
    """Put bytes into a box.

    Args:
        key: 32 bytes.
        plain: What goes in.
        about: What the box belongs to; without the same bytes it does not open.
        nonce: 12 random bytes, never used with this key before.

    """
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415

    return nonce + AESGCM(key).encrypt(nonce, plain, about)


def open_box(key: bytes, box: bytes, about: bytes) -> bytes:
    """What is in a box; arguments as :func:`seal`.

    Raises:
        Damaged: the key, the box or what it is about is not right.

    """
    if len(box) < NONCE_BYTES + _TAG_BYTES:
        raise Damaged("a box is too short")
    from cryptography.exceptions import InvalidTag  # noqa: PLC0415
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415

    try:
        return AESGCM(key).decrypt(box[:NONCE_BYTES], box[NONCE_BYTES:], about)
    except InvalidTag:
        raise Damaged("a box does not open") from None


def sealed_header(ref: bytes, box: bytes) -> bytes:
    """Value of the header that carries a report's box: format, name of its key, box."""
    return _FORMAT + ref + box


def split_header(value: bytes) -> tuple[bytes, bytes]:
    """Name of the key and box of :func:`sealed_header`.

    Raises:
        Damaged: it is of another format.

    """
    if value[:1] != _FORMAT or len(value) <= 1 + REF_BYTES:
        raise Damaged("a sealed header has an unknown format")
    return value[1 : 1 + REF_BYTES], value[1 + REF_BYTES :]
