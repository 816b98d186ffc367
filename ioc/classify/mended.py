"""A text without the letters that slipped in, for finders that read characters, and the way back to its offsets."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ioc.classify.personal import PLAIN, Span, Views
from ioc.classify.words import Words


class Mended:
    """The text of ``words``.

    Attributes:
        views: It without what slipped in.

    """

    __slots__ = ("_ends", "_starts", "views")

    def __init__(self, words: Words) -> None:
        parts: list[str] = []
        starts: list[int] = []
        ends: list[int] = [0]
        at = 0
        for index, low in enumerate(words.low):
            begin, end = words.start(index), words.end(index)
            stop = begin + len(low)
            if end <= stop:
                continue  # As nearly all: written as it is read, it is taken over with what is around it.
            written = words.text[begin:stop]
            written = low.upper() if words.caps[index] == "A" else low if written.islower() else low.capitalize()
            parts += (words.text[at:begin], written)
            starts += range(at, stop)
            ends += range(at + 1, stop)
            ends.append(end)
            at = end
        parts.append(words.text[at:])
        starts += range(at, len(words.text) + 1)
        ends += range(at + 1, len(words.text) + 1)
        self._starts, self._ends = starts, ends
        text = "".join(parts)
        self.views = Views(text, text.translate(PLAIN), is_near=words.is_near)

    def span(self, span: Span) -> Span:
        """A span of the mended text, in the text as written."""
        return Span(self._starts[span.start], self._ends[span.end], span.kind)

    def places(self, find: Callable[[], Sequence[tuple[int, int]]]) -> Callable[[], Sequence[tuple[int, int]]]:
        """What finds places in the mended text finds them in the text as written."""
        return lambda: [(self._starts[first], self._ends[last]) for first, last in find()]
