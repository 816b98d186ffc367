"""Matchers of silences and chains: those of routes, and ``device``, ``site`` and ``kind``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from ioc.paging.subject import Subject
from ioc.routing.labels import Known, Moment
from ioc.routing.matchers import Names, parse

OWN: Final = ("device", "site", "kind")
"""Labels that an incident may have several values of: ``=`` holds if one fits, ``!=`` if none does."""

MAX_MATCHERS: Final = 16
MAX_CHARS: Final = 300

_OWN: Final = re.compile(r"\s*(device|site|kind)\s*(=~|!~|!=|=)\s*(.+?)\s*")
_SEVERITY: Final = re.compile(r"\s*severity\s*(=~|=)\s*(.+?)\s*")


@dataclass(frozen=True, slots=True)
class Matcher:
    """One condition, as it is written, and whether something fulfils it."""

    label: str
    text: str
    holds: Callable[[Subject, Moment], bool]


def all_hold(matchers: Iterable[Matcher], subject: Subject, moment: Moment) -> bool:
    """Whether every one is fulfilled."""
    return all(matcher.holds(subject, moment) for matcher in matchers)


def read_matchers(texts: Sequence[str], known: Known, names: Names) -> tuple[Matcher, ...]:
    """Read matchers.

    Raises:
        ValueError: with what was expected.

    """
    if len(texts) > MAX_MATCHERS:
        raise ValueError(f"there are at most {MAX_MATCHERS} matchers")
    return tuple(read_matcher(text, known, names) for text in texts)


def read_matcher(text: str, known: Known, names: Names) -> Matcher:
    """Read one matcher; see :func:`read_matchers`."""
    if len(text) > MAX_CHARS:
        raise ValueError(f"a matcher has at most {MAX_CHARS} characters")
    if (found := _OWN.fullmatch(text)) is not None:
        label, operator, value = found.groups()
        return Matcher(label, text.strip(), _among(label, operator, value.strip('"')))
    found_by_routes = parse(text, known, names)
    holds = found_by_routes.holds
    return Matcher(found_by_routes.label, text.strip(), lambda subject, moment: holds(subject.labels, moment))


def names_critical(texts: Iterable[str]) -> bool:
    """Whether a matcher names the severity ``critical`` by its word, so that nobody silences it without saying so."""
    for text in texts:
        found = _SEVERITY.fullmatch(text)
        if found is not None and "critical" in re.findall(r"[a-z]+", found[2]):
            return True
    return False


def _among(label: str, operator: str, value: str) -> Callable[[Subject, Moment], bool]:
    values: Callable[[Subject], frozenset[str]] = {
        "device": lambda subject: subject.devices,
        "site": lambda subject: subject.sites,
        "kind": lambda subject: subject.kinds,
    }[label]
    if operator in {"=", "!="}:
        return lambda subject, _: (value in values(subject)) is (operator == "=")
    try:
        fits = re.compile(value).fullmatch
    except re.error as error:
        raise ValueError(f"{value!r} is no regular expression: {error}") from None
    return lambda subject, _: any(map(fits, values(subject))) is (operator == "=~")
