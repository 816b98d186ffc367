"""Personal data out of free text, its sense kept: ``gọi 0912…`` becomes ``gọi [số điện thoại]``.

Works on any free text (reports, camera labels, descriptions of security events). Redacting twice changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Final, NamedTuple

from ioc.classify.mended import Mended
from ioc.classify.names import NameFinder
from ioc.classify.normalise import compose
from ioc.classify.numbers import find_numbers
from ioc.classify.personal import CONTACTS, PLACEHOLDERS, Span, Views

_BLANK: Final = "\N{REPLACEMENT CHARACTER}"
_PLACEHOLDER: Final = re.compile("|".join(re.escape(words) for words in PLACEHOLDERS.values()))


class Redacted(NamedTuple):
    """A text without personal data, and what was taken out, as offsets of the text before."""

    text: str
    spans: tuple[Span, ...]


class Redactor:
    """Redacts; ``public_names`` are the province's place names, which are no people."""

    def __init__(self, public_names: Iterable[str] = ()) -> None:
        self._names = NameFinder(public_names)

    def know(self, public_names: Iterable[str]) -> None:
        """Take these for the province's place names from the next look at a text on."""
        self._names = NameFinder(public_names)

    def __call__(self, text: str) -> Redacted:
        spans = self._pass(text)
        if not spans:
            return Redacted(text, ())
        result, offsets = _replace(text, spans)
        found = list(spans)
        while more := self._pass(result):
            found.extend(Span(offsets[span.start], offsets[span.end], span.kind) for span in more)
            result, later = _replace(result, more)
            offsets = [offsets[offset] for offset in later]
        return Redacted(result, tuple(sorted(found, key=lambda span: span.start)))

    def _pass(self, text: str) -> list[Span]:
        """Spans of one look at the text, in order, none overlapping another or a placeholder."""
        names = self._names
        composed, positions = compose(text)
        shut = bytearray(len(composed))
        if "[" in composed:
            for placeholder in _PLACEHOLDER.finditer(composed):
                shut[placeholder.start() : placeholder.end()] = b"\x01" * len(placeholder[0])
            # The words of a placeholder are no signs of what stands behind it.
            composed = _PLACEHOLDER.sub(lambda placeholder: _BLANK * len(placeholder[0]), composed)
        words = names.words(composed)
        views = Views(composed, words.plain_text(), is_near=words.is_near)
        places: Callable[[], Sequence[tuple[int, int]]]
        if words.has_slips:
            mended = Mended(words)
            public = names.public(mended.views)
            numbers = [mended.span(span) for span in find_numbers(mended.views, words, public)]
            places = mended.places(public)
        else:
            places = public = names.public(views)
            numbers = list(find_numbers(views, words, public))
        contacts = [span for span in numbers if span.kind in CONTACTS] if numbers else ()
        found = [*numbers, *names.find(views, words, places, contacts)]
        if not found:
            return found
        spans: list[Span] = []
        for span in found:
            if shut.find(1, span.start, span.end) < 0:
                shut[span.start : span.end] = b"\x01" * (span.end - span.start)
                spans.append(span)
        spans.sort(key=lambda span: span.start)
        if positions is None:
            return spans
        # Marks that stand in another order than composed belong to one place: a letter at least is taken out with them.
        return [
            Span(positions[span.start], max(positions[span.end], positions[span.start] + 1), span.kind)
            for span in spans
        ]


def redact(text: str) -> Redacted:
    """With the names of history alone as public names; ``Redactor`` knows a province's places too."""
    return _plain_redactor()(text)


@cache
def _plain_redactor() -> Redactor:
    return Redactor()


def _replace(text: str, spans: Sequence[Span]) -> tuple[str, list[int]]:
    """The text with placeholders, and for each of its offsets the one in ``text``."""
    parts: list[str] = []
    offsets: list[int] = []
    done = 0
    for span in spans:
        placeholder = PLACEHOLDERS[span.kind]
        parts += (text[done : span.start], placeholder)
        offsets += (*range(done, span.start), *([span.start] * len(placeholder)))
        done = span.end
    parts.append(text[done:])
    offsets += range(done, len(text) + 1)
    return "".join(parts), offsets
