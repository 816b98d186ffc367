"""Words that no other test has."""

from __future__ import annotations

import secrets


def new_word() -> str:
    """A word of a text, or the end of an id: letters alone, since digits might be taken for somebody's number."""
    return "z" + "".join(secrets.choice("bcdfgkmpt") for _ in range(9))
