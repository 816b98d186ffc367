"""Users of the MQTT broker, in the file that Mosquitto reads."""

from __future__ import annotations

import secrets
from base64 import b64encode
from hashlib import pbkdf2_hmac
from typing import Final

_ITERATIONS: Final = 20_000
"""Mosquitto's own tool takes 101; passwords made here have 256 random bits, those that people choose have not."""
_SALT_BYTES: Final = 12


def password_line(user: str, password: str) -> str:
    """A line of Mosquitto's password file: PBKDF2 with SHA-512, its format 7."""
    salt = secrets.token_bytes(_SALT_BYTES)
    digest = pbkdf2_hmac("sha512", password.encode(), salt, _ITERATIONS)
    return f"{user}:$7${_ITERATIONS}${b64encode(salt).decode()}${b64encode(digest).decode()}\n"
