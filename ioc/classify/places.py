"""Names that are nobody's: of places and of history, where a text has them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import ahocorasick_rs

from ioc.classify.personal import Views
from ioc.text.normalise import fold, place_tones


class PublicNames:
    """Finds public names; with other marks it is another name."""

    def __init__(self, names: Iterable[str]) -> None:
        self._marked: dict[str, set[str]] = {}
        for name in names:
            marked = place_tones(str(name).lower())
            self._marked.setdefault(f" {fold(marked)} ", set()).add(marked)
        self._folded = list(self._marked)
        self._automaton = ahocorasick_rs.AhoCorasick(self._folded)

    def spans(self, views: Views) -> list[tuple[int, int]]:
        """Where they stand in a text; one may lie in another."""
        spans = []
        for index, begin, stop in self._automaton.find_matches_as_indexes(f" {views.folded} ", overlapping=True):
            written = views.text[begin : stop - 2]
            if written.isascii() or place_tones(written.lower()) in self._marked[self._folded[index]]:
                spans.append((begin, stop - 2))
        return spans


class PublicSpans:
    """Public names of one text, looked for when first asked: most texts have nothing that would ask."""

    __slots__ = ("_names", "_spans", "_views")

    def __init__(self, names: PublicNames, views: Views) -> None:
        self._names = names
        self._views = views
        self._spans: list[tuple[int, int]] | None = None

    def __call__(self) -> Sequence[tuple[int, int]]:
        """First and last offset of each."""
        if self._spans is None:
            self._spans = self._names.spans(self._views)
        return self._spans

    def end_at(self, start: int) -> int | None:
        """Where the longest one ends that begins at an offset."""
        return max((last for first, last in self() if first == start), default=None)
