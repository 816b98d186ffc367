"""Keyed pseudonyms: the same person is the same word, and without the key nobody can tell who."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from functools import cache
from typing import Final

_PHONE: Final = re.compile(r"(?:\+?84|0)[\d\s.\-()]{8,14}")
_DIGEST_BYTES: Final = 15
"""120 bits, 24 letters: no two people of a country collide."""


@cache
def key_id(key: bytes) -> str:
    """Four letters that tell which key made a pseudonym, and nothing about the key."""
    return base64.b32encode(hashlib.sha256(b"ioc pseudonym key id\0" + key).digest())[:4].decode().lower()


def pseudonym(key: bytes, source: str, reporter: str) -> str:
    """HMAC-SHA256 of who reported, truncated, as ``<key id>-<24 letters>``.

    Args:
        key: At least 16 bytes; a new key makes new pseudonyms, told apart by their key id.
        source: Whose identifier it is (the publisher's name): the same number of two apps is two people.
        reporter: Id or phone; a phone gives the same pseudonym in every spelling.

    Raises:
        ValueError: the key is too short to keep a secret.

    """
    if len(key) < 16:
        raise ValueError("the pseudonym key has fewer than 16 bytes")
    who = reporter.strip()
    if _PHONE.fullmatch(who):
        digits = re.sub(r"\D", "", who)
        who = "0" + digits.removeprefix("84").lstrip("0")
    digest = hmac.digest(key, f"{source}\0{who}".encode(), "sha256")[:_DIGEST_BYTES]
    return f"{key_id(key)}-{base64.b32encode(digest).decode().lower()}"
