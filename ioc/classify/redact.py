"""Personal data out of free text, its sense kept: ``gọi 0912…`` becomes ``gọi [số điện thoại]``.

Works on any free text (reports, camera labels, descriptions of security events). Redacting twice changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from operator import attrgetter
from typing import Final, NamedTuple

from ioc.classify.mended import Mended
from ioc.classify.names import NameFinder
from ioc.classify.numbers import find_numbers
from ioc.classify.personal import CONTACTS, PLACEHOLDERS, Span, Views
from ioc.text.normalise import compose

_BLANK: Final = "\N{REPLACEMENT CHARACTER}"
_start: Final = attrgetter("start")
_PATIENCE: Final = 8
"""From this look on, what is taken out is taken out wherever the text says the same: else a word that is written some
hundred times could take as many looks."""
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
        """What is left of a text, and what was taken out."""
        return self.many((text,))[0]

    def many(self, texts: Sequence[str]) -> list[Redacted]:
        """The same of many texts, which cost less each.

        Each part reads all of them before the next one does: by turns they would push each other out of the caches.
        """
        answers = [_Answer(text) for text in texts]
        looked_at = answers
        number = 0
        while looked_at:
            number += 1
            looks = [_Look(answer.text, self._names) for answer in looked_at]
            for look in looks:
                look.find_numbers()
            for look in looks:
                look.find_openings()
            # What was taken out may have hidden something else: only where nothing was it was the last look.
            again = []
            for answer, look in zip(looked_at, looks, strict=True):
                if spans := look.spans():
                    answer.take(spans if number < _PATIENCE else _alike(answer.text, spans))
                    again.append(answer)
            looked_at = again
        return [
            Redacted(answer.text, tuple(sorted(answer.spans, key=_start)) if answer.spans else ()) for answer in answers
        ]


class _Answer:
    """What is left of a text so far.

    Attributes:
        text: It, with placeholders.
        spans: What was taken out, as offsets of the text as it was.

    """

    __slots__ = ("_offsets", "spans", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.spans: Sequence[Span] = ()
        self._offsets: list[int] | None = None

    def take(self, spans: Sequence[Span]) -> None:
        """Take these out, too: spans of what is left."""
        self.text, offsets = _replace(self.text, spans)
        before = self._offsets
        if before is None:
            self.spans, self._offsets = spans, offsets
        else:
            self.spans = [*self.spans, *(Span(before[span.start], before[span.end], span.kind) for span in spans)]
            self._offsets = [before[offset] for offset in offsets]


class _Look:
    """One look at one text."""

    __slots__ = ("_names", "_numbers", "_openings", "_places", "_positions", "_shut", "_views", "_words")

    def __init__(self, text: str, names: NameFinder) -> None:
        composed, self._positions = compose(text)
        self._shut = bytearray(len(composed))
        if "[" in composed:
            for placeholder in _PLACEHOLDER.finditer(composed):
                self._shut[placeholder.start() : placeholder.end()] = b"\x01" * len(placeholder[0])
            # The words of a placeholder are no signs of what stands behind it.
            composed = _PLACEHOLDER.sub(lambda placeholder: _BLANK * len(placeholder[0]), composed)
        self._names = names
        self._words = names.words(composed)
        self._views = Views(composed, self._words.plain_text(), is_near=self._words.is_near)
        self._numbers: Sequence[Span] = ()
        self._openings: Sequence[int] = ()
        self._places: Callable[[], Sequence[tuple[int, int]]]

    def find_numbers(self) -> None:
        """Find all but names; to be asked for before ``spans``, as ``find_openings`` is."""
        words = self._words
        if words.has_slips:
            mended = Mended(words)
            public = self._names.public(mended.views)
            self._numbers = [mended.span(span) for span in find_numbers(mended.views, words, public)]
            self._places = mended.places(public)
        else:
            self._places = public = self._names.public(self._views)
            self._numbers = list(find_numbers(self._views, words, public))

    def find_openings(self) -> None:
        """Find where names may begin."""
        self._openings = self._names.openings(self._words)

    def spans(self) -> list[Span]:
        """All spans, in order, none overlapping another or a placeholder."""
        numbers, shut, positions = self._numbers, self._shut, self._positions
        contacts = [span for span in numbers if span.kind in CONTACTS] if numbers else ()
        found = [*numbers, *self._names.find(self._views, self._words, self._openings, self._places, contacts)]
        if not found:
            return found
        spans: list[Span] = []
        for span in found:
            if shut.find(1, span.start, span.end) < 0:
                shut[span.start : span.end] = b"\x01" * (span.end - span.start)
                spans.append(span)
        spans.sort(key=_start)
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


def _alike(text: str, spans: Sequence[Span]) -> list[Span]:
    """Spans, and where else a text says the same."""
    kinds = {text[span.start : span.end]: span.kind for span in spans}
    longest_first = sorted(kinds, key=len, reverse=True)
    said = re.compile(rf"{_PLACEHOLDER.pattern}|(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)")
    found = [Span(*same.span(), kinds[same[0]]) for same in said.finditer(text) if same[0] in kinds]
    apart = [span for span in spans if all(span.end <= other.start or other.end <= span.start for other in found)]
    return sorted([*found, *apart], key=_start)


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
