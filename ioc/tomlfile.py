"""Reading configuration written in TOML, so that every complaint names file, line and key."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from datetime import date
from difflib import get_close_matches
from typing import Any, Final

Path = tuple[str | int, ...]

_HEADER: Final = re.compile(r"^\s*(\[\[?)\s*([^\]#]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY: Final = re.compile(r'^\s*(?:"([^"]+)"|([A-Za-z0-9_-]+))\s*=')
_STRING: Final = re.compile(r'"(?:\\.|[^"\\])*"|\'[^\']*\'')


class ConfigError(ValueError):
    """A configuration file that cannot be used; the message is for the person who edits it."""

    def __init__(self, file: str, line: int, key: str, problem: str) -> None:
        self.file = file
        self.line = line
        self.key = key
        self.problem = problem
        super().__init__(f"{file}:{line}: {key}: {problem}" if key else f"{file}:{line}: {problem}")


def _lines(text: str) -> dict[Path, int]:
    """Line of every table header, of every key that starts a line, and of every table in a list under such a key."""
    found: dict[Path, int] = {}
    counts: dict[Path, int] = {}
    table: Path = ()
    depth = 0
    key_path: Path = ()
    items = 0
    for number, line in enumerate(text.splitlines(), start=1):
        if depth == 0 and (header := _HEADER.match(line)):
            names = [part.strip().strip("\"'") for part in header[2].split(".")]
            table = _resolve(names, counts, new=header[1] == "[[")
            found.setdefault(table, number)
        elif depth == 0 and (key := _KEY.match(line)):
            key_path, items = (*table, key[1] or key[2]), 0
            found.setdefault(key_path, number)
        bare = _STRING.sub("", line).split("#", 1)[0]
        if depth > 0 or not _HEADER.match(line):
            for _ in range(bare.count("{")):
                found.setdefault((*key_path, items), number)
                items += 1
            depth = max(0, depth + bare.count("[") + bare.count("{") - bare.count("]") - bare.count("}"))
    return found


def _resolve(names: list[str], counts: dict[Path, int], *, new: bool) -> Path:
    path: Path = ()
    for position, name in enumerate(names):
        path = (*path, name)
        last = position == len(names) - 1
        if last and new:
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path = (*path, counts[path])
    return path


class Table:
    """One table of a TOML file; reading a key checks its type, and :meth:`done` refuses the keys nobody read."""

    def __init__(self, file: str, lines: dict[Path, int], path: Path, data: dict[str, Any]) -> None:
        self._file = file
        self._lines = lines
        self._path = path
        self._data = data
        self._read: set[str] = set()

    def error(self, problem: str, key: str = "") -> ConfigError:
        """Build the complaint about a key of this table, or about the table."""
        path: Path = (*self._path, key) if key else self._path
        # A list of tables has the line of its first one.
        at = path if path in self._lines else (*path, 0)
        while at and at not in self._lines:
            at = at[:-1]
        shown = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".")
        return ConfigError(self._file, self._lines.get(at, 1), shown, problem)

    def __contains__(self, key: str) -> bool:
        return key in self._data

    def keys(self) -> Iterable[str]:
        """Names of what this table holds; every one counts as read."""
        self._read.update(self._data)
        return self._data.keys()

    def _get(self, key: str, kind: type | tuple[type, ...], wanted: str) -> Any:
        self._read.add(key)
        if key not in self._data:
            close = get_close_matches(key, [other for other in self._data if other not in self._read], n=1)
            hint = f" (is {close[0]!r} meant to be it?)" if close else ""
            raise self.error(f"is missing; {wanted} is needed{hint}", key)
        value = self._data[key]
        kinds = kind if isinstance(kind, tuple) else (kind,)
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            raise self.error(f"must be {wanted}", key)
        return value

    def text(self, key: str, default: str | None = None) -> str:
        """Text that is not empty, unless the default is."""
        if key not in self._data and default is not None:
            return default
        value: str = self._get(key, str, "text")
        if not value.strip():
            raise self.error("must not be empty", key)
        return value

    def choice(self, key: str, choices: Iterable[str], default: str | None = None) -> str:
        """One of a closed set of codes."""
        value = self.text(key, default)
        if value not in (known := tuple(choices)):
            raise self.error(f"must be one of {', '.join(known)}", key)
        return value

    def number(self, key: str, default: float | None = None, *, low: float | None = None) -> float:
        """A number, at least ``low``."""
        if key not in self._data and default is not None:
            return default
        value = float(self._get(key, (int, float), "a number"))
        if low is not None and value < low:
            raise self.error(f"must be at least {low:g}", key)
        return value

    def flag(self, key: str, *, default: bool) -> bool:
        """Either ``true`` or ``false``."""
        if key not in self._data:
            return default
        value: bool = self._get(key, bool, "true or false")
        return value

    def day(self, key: str) -> date:
        """A date, written without quotes."""
        value: date = self._get(key, date, "a date like 2026-01-31")
        return value

    def texts(self, key: str, default: tuple[str, ...] | None = None) -> tuple[str, ...]:
        """A list of texts."""
        if key not in self._data and default is not None:
            return default
        values = self._get(key, list, "a list of texts")
        if not all(isinstance(value, str) for value in values):
            raise self.error("must be a list of texts", key)
        return tuple(values)

    def numbers(self, key: str, *, size: int | None = None) -> tuple[float, ...]:
        """A list of numbers, of a given length."""
        wanted = "a list of numbers" if size is None else f"a list of {size} numbers"
        values = self._get(key, list, wanted)
        if (size is not None and len(values) != size) or not all(
            isinstance(value, int | float) and not isinstance(value, bool) for value in values
        ):
            raise self.error(f"must be {wanted}", key)
        return tuple(float(value) for value in values)

    def scalar(self, key: str) -> str | float | bool:
        """Text, which may be empty, a number, or ``true`` or ``false``."""
        value: str | float | bool = self._get(key, (str, int, float, bool), "text, a number, true or false")
        return value

    def table(self, key: str) -> Table:
        """Return the table of this name, empty if it is not there."""
        self._read.add(key)
        value = self._data.get(key, {})
        if not isinstance(value, dict):
            raise self.error("must be a table", key)
        return Table(self._file, self._lines, (*self._path, key), value)

    def tables(self, key: str) -> Iterator[Table]:
        """Every table of an array of tables, in the file's order; none if it is not there."""
        self._read.add(key)
        values = self._data.get(key, [])
        if not isinstance(values, list) or not all(isinstance(value, dict) for value in values):
            raise self.error("must be a list of tables", key)
        for index, value in enumerate(values):
            yield Table(self._file, self._lines, (*self._path, key, index), value)

    def done(self) -> None:
        """Refuse what was not read: most often a misspelt key."""
        for key in self._data:
            if key not in self._read:
                raise self.error("is not known here", key)


def read_toml(raw: bytes, file: str) -> Table:
    """Root table of a TOML document.

    Args:
        raw: Content of the file, UTF-8.
        file: Name that complaints give.

    Raises:
        ConfigError: it is not TOML.

    """
    try:
        text = raw.decode()
        data = tomllib.loads(text)
    except UnicodeDecodeError as error:
        raise ConfigError(file, raw.count(b"\n", 0, error.start) + 1, "", "is not UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"at line (\d+)", str(error))
        line = int(place[1]) if place else text.count("\n") + 1
        raise ConfigError(file, line, "", f"is not TOML: {error}") from error
    return Table(file, _lines(text), (), data)
