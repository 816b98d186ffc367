"""Keys of a terminal: read one by one without an Enter, with names for those that are no letters."""

from __future__ import annotations

import asyncio
import codecs
import os
import termios
import tty
from collections.abc import Callable
from typing import Any, Final, Self

_NAMES: Final[dict[str, str]] = {
    "[A": "up", "[B": "down", "[5~": "page up", "[6~": "page down", "[H": "home", "[F": "end", "[1~": "home",
    "[4~": "end", "OA": "up", "OB": "down", "OH": "home", "OF": "end",
}  # fmt: skip
_SINGLE: Final[dict[str, str]] = {"\r": "enter", "\n": "enter", "\x7f": "backspace", "\b": "backspace", "\x15": "clear"}
_ESCAPE: Final = "\x1b"
_ALONE_S: Final = 0.05
"""Nothing after an escape for so long: it was the key itself and no sequence."""


class Keys:
    """Makes names of what a terminal sends; a sequence may come in pieces."""

    def __init__(self, take: Callable[[str], None]) -> None:
        self._take = take
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._begun = ""

    @property
    def begun(self) -> bool:
        """Whether an escape waits for what follows."""
        return bool(self._begun)

    def feed(self, data: bytes) -> None:
        """Take bytes."""
        for char in self._decoder.decode(data):
            if self._begun:
                self._go_on(char)
            elif char == _ESCAPE:
                self._begun = char
            elif char in _SINGLE:
                self._take(_SINGLE[char])
            elif char.isprintable():
                self._take(char)

    def settle(self) -> None:
        """Nothing follows the escape."""
        if self._begun == _ESCAPE:
            self._take("escape")
        self._begun = ""

    def _go_on(self, char: str) -> None:
        self._begun += char
        sequence = self._begun[1:]
        if sequence in {"[", "O"} or (sequence[0] == "[" and (char.isdigit() or char == ";")):
            return
        self._begun = ""
        if sequence in _NAMES:
            self._take(_NAMES[sequence])


class Keyboard:
    """A terminal's keys while it is entered; they are not shown, and Ctrl-C goes on to interrupt."""

    def __init__(self, descriptor: int, take: Callable[[str], None]) -> None:
        self._descriptor = descriptor
        self._keys = Keys(take)
        self._before: list[Any] = []
        self._alone: asyncio.TimerHandle | None = None

    def __enter__(self) -> Self:
        self._before = termios.tcgetattr(self._descriptor)
        tty.setcbreak(self._descriptor)
        asyncio.get_running_loop().add_reader(self._descriptor, self._read)
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.get_running_loop().remove_reader(self._descriptor)
        if self._alone is not None:
            self._alone.cancel()
        termios.tcsetattr(self._descriptor, termios.TCSADRAIN, self._before)

    def _read(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            data = os.read(self._descriptor, 1024)
        except OSError:
            data = b""
        if not data:
            loop.remove_reader(self._descriptor)  # the terminal has gone
            return
        if self._alone is not None:
            self._alone.cancel()
        self._keys.feed(data)
        self._alone = loop.call_later(_ALONE_S, self._keys.settle) if self._keys.begun else None
