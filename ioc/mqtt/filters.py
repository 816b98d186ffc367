"""Topic filters (MQTT 5, section 4.7) whose one-level wildcards may have names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Self

_NAMED: Final = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_MAX_BYTES: Final = 65_535
"""Longest UTF-8 string of MQTT."""


@dataclass(frozen=True, slots=True)
class TopicFilter:
    """A filter such as ``stations/{device_id}/+/#``.

    Attributes:
        text: As it was written.
        levels: Its levels; named ones are ``+``.
        names: Name of each level, empty where it has none.

    """

    text: str
    levels: tuple[str, ...]
    names: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a filter.

        Raises:
            ValueError: it is none; the message says why.

        """
        if not text or "\0" in text or len(text.encode()) > _MAX_BYTES:
            raise ValueError("must be a topic filter of 1 to 65,535 bytes without NUL")
        if text.startswith("$share/"):
            raise ValueError("is shared by IOC_MQTT__SHARE, not here")
        levels: list[str] = []
        names: list[str] = []
        parts = text.split("/")
        for number, part in enumerate(parts):
            name = _NAMED.fullmatch(part)
            if name is None and ("+" in part or "#" in part or "{" in part) and part not in {"+", "#"}:
                raise ValueError("must have + , # or {name} alone in a level, a name in lower case")
            if part == "#" and number + 1 < len(parts):
                raise ValueError("must have # at its end only")
            if name is not None and name[1] in names:
                raise ValueError(f"names {name[1]} twice")
            levels.append("+" if name is not None else part)
            names.append(name[1] if name is not None else "")
        return cls(text, tuple(levels), tuple(names))

    @property
    def mqtt(self) -> str:
        """What is subscribed to."""
        return "/".join(self.levels)

    def match(self, topic: str) -> dict[str, str] | None:
        """The named levels of a topic; ``None`` if it does not match."""
        levels = topic.split("/")
        own = self.levels
        if own[-1] == "#":
            own = own[:-1]
            if len(levels) < len(own):
                return None
        elif len(levels) != len(own):
            return None
        if topic.startswith("$") and self.levels[0] in {"+", "#"}:
            return None
        found: dict[str, str] = {}
        for wanted, name, level in zip(own, self.names, levels, strict=False):
            if wanted not in ("+", level):
                return None
            if name:
                found[name] = level
        return found

    def covers(self, other: TopicFilter) -> bool:
        """Whether this one matches every topic that the other one matches."""
        if other.levels[0].startswith("$") and self.levels[0] in {"+", "#"}:
            return False
        for number, level in enumerate(self.levels):
            if level == "#":
                return True
            if number >= len(other.levels):
                return False
            theirs = other.levels[number]
            if theirs == "#" or level not in ("+", theirs):
                return False
        # What is left of the other one is nothing; where this one ends with #, it has returned above.
        return len(self.levels) == len(other.levels)
