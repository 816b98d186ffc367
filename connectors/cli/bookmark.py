"""Where a reader of alerts stood, in a file, so that the next one goes on from there."""

from __future__ import annotations

import os
from pathlib import Path

from connectors.cli.errors import EXIT_USAGE, CommandError
from connectors.gateway.cursor import Places, parse


class Bookmark:
    """A file of one line, replaced as a whole whenever an alert has been told.

    An alert that was told when the power went, before the file was replaced, is told once more.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._last: str | None = None

    def read(self) -> str | None:
        """Where the last reader ended; none where there was none.

        Raises:
            CommandError: the file is something else, or cannot be read.

        """
        try:
            text = self._path.read_text(encoding="ascii").strip()
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"{self._path} cannot be read: {_why(error)}", EXIT_USAGE) from None
        places(text, self._path)
        return text

    def move(self, place: str) -> None:
        """Go on from here the next time.

        Raises:
            CommandError: the file cannot be written.

        """
        if place in {"", self._last}:
            return
        new = self._path.with_name(f"{self._path.name}.{os.getpid()}.new")
        try:
            new.write_text(place + "\n", encoding="ascii")
            new.replace(self._path)
        except OSError as error:
            raise CommandError(f"{self._path} cannot be written: {_why(error)}") from None
        self._last = place


def places(text: str, path: Path) -> Places:
    """What a place says.

    Raises:
        CommandError: it is none.

    """
    try:
        return parse(text)
    except ValueError:
        raise CommandError(f"{path} is no file of `ioc watch --resume`: name another one", EXIT_USAGE) from None


def _why(error: OSError | UnicodeDecodeError) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or type(error).__name__
