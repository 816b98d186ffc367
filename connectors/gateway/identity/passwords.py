"""Passwords: hashed with argon2id, checked at the same cost whether or not there is such an account."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import unicodedata
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MIN_CHARS: Final = 12
"""NIST SP 800-63B-4 (2025): 8 beside another factor, 15 without one; guesses are slowed down here as well."""
MAX_CHARS: Final = 256
"""More would only be work for the hash."""
_SHORT_NAME: Final = 3
"""Characters of a name that words hold by chance."""
_ONE_TIME_ALPHABET: Final = "23456789abcdefghjkmnpqrstuvwxyz"
_ONE_TIME_CHARS: Final = 24
"""31^24 is 119 bits: a plain hash of it is enough, and nothing looks like something else."""


class WeakPassword(ValueError):
    """A password that is refused; the message is one sentence and quotes nothing."""


def prepared(password: str) -> str:
    """The password as it is hashed: keyboards compose Vietnamese letters in more than one way."""
    return unicodedata.normalize("NFKC", password)


def check_new(password: str, name: str) -> None:
    """Whether a password may be taken.

    Raises:
        WeakPassword: it may not.

    """
    text = prepared(password)
    if not MIN_CHARS <= len(text) <= MAX_CHARS:
        raise WeakPassword(f"a password has {MIN_CHARS} to {MAX_CHARS} characters")
    if len(set(text)) < MIN_CHARS // 2 or (len(name) > _SHORT_NAME and name.casefold() in text.casefold()):
        raise WeakPassword("a password has several different characters and does not hold the account's name")


class Hashes:
    """Makes and checks hashes of passwords.

    Args:
        hasher: How: RFC 9106, second recommended option unless given: 3 passes over 64 MiB, 4 lanes.

    """

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._nobody = self._hasher.hash(secrets.token_urlsafe(32))

    def make(self, password: str) -> str:
        """Hash of a password, with its salt and parameters."""
        return self._hasher.hash(prepared(password))

    def match(self, password: str, known: str | None) -> bool:
        """Whether a password is the one of a hash; without a hash it takes as long and is not."""
        try:
            right = self._hasher.verify(known or self._nobody, prepared(password)[: MAX_CHARS + 1])
        except (VerificationError, InvalidHashError):
            return False
        return right and known is not None

    def outdated(self, known: str) -> bool:
        """Whether a hash was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(known)


def one_time() -> str:
    """A new one-time password, in groups that can be read out."""
    letters = "".join(secrets.choice(_ONE_TIME_ALPHABET) for _ in range(_ONE_TIME_CHARS))
    return "-".join(letters[place : place + 6] for place in range(0, _ONE_TIME_CHARS, 6))


def digest(secret: str) -> str:
    """Hash of what is random and long enough to need no slow one."""
    return hashlib.sha256(secret.encode()).hexdigest()


def same(secret: str, known: str | None) -> bool:
    """Whether a secret has this digest, in constant time."""
    return hmac.compare_digest(digest(secret), known or digest("")) and known is not None
