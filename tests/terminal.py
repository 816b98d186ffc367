"""A program in a terminal of its own: its screen, keys that are pressed, its size; and a line that is cut."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import socket
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import Any, Self

_CONTROL = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]|\x1b[()=>][A-Z0-9]?|\r")
_HOME = re.compile(r"\x1b\[H|\x1b\[\?1049h")
PATIENCE_S = 60.0


class Terminal:
    """A program under a pseudo-terminal."""

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str], folder: Path, *, columns: int, lines: int
    ) -> None:
        self._command = command
        # A size that somebody exported would be that of another terminal.
        own = {name: value for name, value in environment.items() if name not in {"COLUMNS", "LINES"}}
        self._environment = {**own, "TERM": "xterm-256color"}
        self._folder = folder
        self._size = (lines, columns)
        self._sent = b""

    def __enter__(self) -> Self:
        self._ours, theirs = pty.openpty()
        self.resize(*reversed(self._size))
        self.before: list[Any] = termios.tcgetattr(theirs)
        self.process = subprocess.Popen(
            self._command, stdin=theirs, stdout=theirs, stderr=theirs, env=self._environment, cwd=self._folder,
            start_new_session=True,
            preexec_fn=_own_terminal,  # noqa: PLW1509 - one call of the system; without it Ctrl-C interrupts nobody
        )  # fmt: skip
        self._theirs = theirs
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self._ours)
        os.close(self._theirs)

    def attributes(self) -> list[Any]:
        """How the terminal is set: what a program changed it has to put back."""
        return termios.tcgetattr(self._theirs)

    def resize(self, columns: int, lines: int) -> None:
        """Give the window another size."""
        fcntl.ioctl(self._ours, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        if hasattr(self, "process"):
            self.process.send_signal(signal.SIGWINCH)

    def press(self, keys: str) -> None:
        """Press keys."""
        os.write(self._ours, keys.encode())

    def screen(self) -> list[str]:
        """Lines of the last whole picture."""
        self._read(0.05)
        pictures = _HOME.split(self._sent.decode(errors="replace"))
        # The last one may still be on its way.
        picture = pictures[-2] if len(pictures) > 1 else pictures[-1]
        return _CONTROL.sub("", picture).split("\n")

    def until(self, fits: Callable[[str], bool], patience_s: float = PATIENCE_S) -> str:
        """The screen once it is as it should be."""
        deadline = time.monotonic() + patience_s
        while True:
            shown = "\n".join(self.screen())
            if fits(shown):
                return shown
            assert self.process.poll() is None, f"it ended with {self.process.returncode}:\n{shown}"
            assert time.monotonic() < deadline, shown

    def shows(self, text: str) -> str:
        """The screen once a text stands on it."""
        return self.until(lambda shown: text in shown)

    def ends(self) -> int:
        """Its exit code."""
        deadline = time.monotonic() + PATIENCE_S
        while self.process.poll() is None:
            self._read(0.05)
            assert time.monotonic() < deadline
        return self.process.returncode

    def _read(self, wait_s: float) -> None:
        while select.select([self._ours], [], [], wait_s)[0]:
            try:
                piece = os.read(self._ours, 65_536)
            except OSError:
                return
            self._sent = (self._sent + piece)[-200_000:]
            wait_s = 0


def _own_terminal() -> None:
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


class CutLine:
    """Hands connections on to a server, until the line is cut; whole again, it takes new ones."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._open: list[socket.socket] = []
        self._whole = True
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]

    def __enter__(self) -> Self:
        Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.cut()
        self._listening.close()

    def cut(self) -> None:
        """End every connection and take no more."""
        self._whole = False
        for one in self._open:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        self._open.clear()

    def mend(self) -> None:
        """Take connections again."""
        self._whole = True

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listening.accept()
            except OSError:
                return
            if not self._whole:
                near.close()
                continue
            far = socket.create_connection(("127.0.0.1", self._target))
            self._open += [near, far]
            Thread(target=_join, args=(near, far), daemon=True).start()


def _join(near: socket.socket, far: socket.socket) -> None:
    """Hand on in both directions until both have ended."""
    with near, far:
        back = Thread(target=_pass_on, args=(far, near), daemon=True)
        back.start()
        _pass_on(near, far)
        back.join()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while piece := source.recv(65_536):
            target.sendall(piece)
    for one in (source, target):
        with suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
