"""Keyed pseudonyms: the same person is the same word, and without the keys nobody can tell who.

Keys are rotated by adding one. The pseudonym under the new key is made of the one under the key before, so whoever
has the keys carries a pseudonym over without knowing the person, and a key that leaked tells nobody by itself what
the newer pseudonyms mean.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Sequence
from functools import cache
from typing import Final

MIN_KEY_BYTES: Final = 16

_PHONE: Final = re.compile(r"(?:\+?84|0)[\d\s.\-()]{8,14}")
_PSEUDONYM: Final = re.compile(r"[a-z2-7]{4}-[a-z2-7]{24}")
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
    if len(key) < MIN_KEY_BYTES:
        raise ValueError(f"the pseudonym key has fewer than {MIN_KEY_BYTES} bytes")
    return _word(key_id(key), key, f"{source}\0{one_spelling(reporter)}".encode())


def one_spelling(reporter: str) -> str:
    """An identifier of a person without what spellings differ in: of a phone its digits, from the zero on."""
    who = reporter.strip()
    if not _PHONE.fullmatch(who):
        return who
    digits = re.sub(r"\D", "", who)
    return "0" + digits.removeprefix("84").lstrip("0")


def is_pseudonym(text: str) -> bool:
    """Whether a text looks like a pseudonym, under whatever key."""
    return _PSEUDONYM.fullmatch(text) is not None


class Pseudonyms:
    """The pseudonyms of an installation, under the key in use and those before it.

    With a single key they are those of :func:`pseudonym`.

    Args:
        keys: The oldest first, the one in use last; each at least 16 bytes. Leaving the oldest out makes everybody
            new, so a key stays in the list as long as somebody is to be recognised.

    Raises:
        ValueError: there is no key, one is too short, or one stands there twice.

    """

    def __init__(self, keys: Sequence[bytes]) -> None:
        if not keys:
            raise ValueError("there is no pseudonym key")
        if short := [key for key in keys if len(key) < MIN_KEY_BYTES]:
            raise ValueError(f"{len(short)} of {len(keys)} pseudonym keys have fewer than {MIN_KEY_BYTES} bytes")
        if len(set(keys)) < len(keys):
            raise ValueError("a pseudonym key stands in the list twice")
        self._first = keys[0]
        self._steps: list[tuple[str, bytes]] = []
        self.ids = [key_id(keys[0])]
        """Prefixes of the pseudonyms, the oldest key's first. A prefix depends on the keys before too."""
        chain = keys[0]
        for key in keys[1:]:
            chain = hmac.digest(key, b"ioc pseudonym chain\0" + chain, "sha256")
            self.ids.append(key_id(chain))
            self._steps.append((self.ids[-1], key))

    def of(self, source: str, reporter: str) -> str:
        """Pseudonym under the key in use; arguments as :func:`pseudonym`."""
        return self.renewed(pseudonym(self._first, source, reporter))

    def under_each(self, source: str, reporter: str) -> list[str]:
        """Pseudonyms under every key, the oldest first."""
        words = [pseudonym(self._first, source, reporter)]
        for name, key in self._steps:
            words.append(_next(name, key, words[-1]))
        return words

    def renewed(self, word: str) -> str:
        """The same person's pseudonym under the key in use; one under a key that is not known stays as it is."""
        prefix = word.partition("-")[0]
        if prefix not in self.ids:
            return word
        for name, key in self._steps[self.ids.index(prefix) :]:
            word = _next(name, key, word)
        return word


def _next(name: str, key: bytes, word: str) -> str:
    return _word(name, key, b"ioc pseudonym step\0" + word.encode())


def _word(name: str, key: bytes, message: bytes) -> str:
    digest = hmac.digest(key, message, "sha256")[:_DIGEST_BYTES]
    return f"{name}-{base64.b32encode(digest).decode().lower()}"
