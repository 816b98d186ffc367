"""Where a text speaks in the lexicon's words: phrases found, told from other words by their marks, longest first."""

from __future__ import annotations

from collections.abc import Iterable
from operator import itemgetter
from sys import intern
from typing import Final, NamedTuple

import ahocorasick_rs

from ioc.classify.lexicon import Entry
from ioc.text.normalise import Normalised, fold
from ioc.vocabulary import SEVERITIES, SEVERITY_RANK, Category, Severity

_UNMARKED_WORD: Final = 0.3
"""A single word written without its marks counts so little: "chay" may be fire, running or leaking.

Alone it is left to a person, and it is never critical by itself.
"""
_UNMARKED_PHRASE: Final = 0.9
_new: Final = tuple.__new__
"""Makes a named tuple of a tuple in half the time of a call of its class; a text has a dozen of them."""
_MOST_READINGS: Final = 64
"""So many ways of writing an entry are remembered: more than people have, and nonsense fills no memory."""
_LOW: Final = SEVERITY_RANK["low"]
_HIGH: Final = SEVERITY_RANK["high"]
_NORMAL: Final = SEVERITY_RANK["normal"]
_NONE: Final = len(SEVERITIES)


class Phrase(NamedTuple):
    """An entry of the lexicon or a place's name, with all that is asked of it for each text made once."""

    kind: str
    marked: str
    bordered: bool
    """Whether it stands between word borders."""
    rank: int
    """Of its severity: the graver, the less."""
    category: Category
    subcategory: str
    name: str
    """``category/subcategory``"""
    weight: float
    unmarked_weight: float
    why: str
    unmarked_why: str
    negated_why: str

    @classmethod
    def of(cls, entry: Entry) -> Phrase:
        """What an entry means; thousands of entries share a few dozen words about them."""
        name = intern(f"{entry.category}/{entry.subcategory}")
        unmarked = entry.weight * (_UNMARKED_PHRASE if " " in entry.marked else _UNMARKED_WORD)
        return cls(
            entry.kind, entry.marked, _bordered(entry.marked), SEVERITY_RANK[entry.severity],
            entry.category, entry.subcategory, name, entry.weight, unmarked,
            intern(f"severity {entry.severity}" if entry.kind == "cue" else f"{name} {entry.weight:g}"),
            intern(f"{name} {unmarked:g}"), intern(f"negated: {name}"),
        )  # fmt: skip


class Hit(NamedTuple):
    """A phrase or cue that was found, with offsets in ``Normalised.text``; a weight of 0: a cue, or negated."""

    start: int
    end: int
    weight: float
    phrase: Phrase
    why: str


class _Reading(NamedTuple):
    """What the letters of an entry say as they are written at a place."""

    kind: str
    weight: float
    phrase: Phrase
    why: str


class _Readings(dict[str, "_Reading | None"]):
    """Ways in which an entry is written, each looked at once; ``None``: it is another word."""

    __slots__ = ("_phrase",)

    def __init__(self, phrase: Phrase) -> None:
        super().__init__()
        self._phrase = phrase

    def __missing__(self, written: str) -> _Reading | None:
        phrase = self._phrase
        reading: _Reading | None = None
        if written == phrase.marked:
            reading = _Reading(phrase.kind, phrase.weight, phrase, phrase.why)
        elif _same_words(written, phrase.marked):
            reading = _Reading(phrase.kind, phrase.unmarked_weight, phrase, phrase.unmarked_why)
        if len(self) < _MOST_READINGS:
            self[written] = reading
        return reading


class Matcher:
    """Finds the entries of a lexicon; what is a place's name or an idiom hides the words inside it."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        phrases = [Phrase.of(entry) for entry in entries]
        # With how far a match, in which borders are spaces, begins and ends from where the phrase does.
        self._readings = [(_Readings(phrase), *((0, 2) if phrase.bordered else (1, 1))) for phrase in phrases]
        self._automaton = ahocorasick_rs.AhoCorasick(
            [f" {fold(phrase.marked)} " if phrase.bordered else fold(phrase.marked) for phrase in phrases]
        )

    def hits(self, text: Normalised) -> list[Hit]:
        """What was found and counts, in order; a longer phrase speaks for the shorter ones inside it."""
        found: list[tuple[int, int, _Reading]] = []
        masks: list[tuple[int, int]] = []
        hits: list[Hit] = []
        negated_from: set[int] = set()
        all_text, readings_of = text.text, self._readings
        for index, begin, stop in self._automaton.find_matches_as_indexes(f" {text.folded} ", overlapping=True):
            readings, before, behind = readings_of[index]
            start, end = begin - before, stop - behind
            reading = readings[all_text[start:end]]
            if reading is None:
                continue
            kind = reading[0]
            if kind == "phrase":
                found.append((start - end, start, reading))
            elif kind == "mask":
                masks.append((start, end))
            elif kind == "negation":
                negated_from.add(end + 1)
            else:
                hits.append(Hit(start, end, 0.0, reading.phrase, reading.phrase.why))
        if negated_from:
            hits = [cue for cue in hits if cue.start not in negated_from]
        if found:
            found.sort(key=_first)
            if len(masks) > 1:
                masks.sort(key=_longest)
            taken = 0  # one bit a character
            for minus_length, start, (_, weight, phrase, why) in found:
                span = ((1 << -minus_length) - 1) << start
                if taken & span or (masks and _hidden(masks, start, start - minus_length)):
                    continue
                taken |= span
                if start in negated_from:
                    weight, why = 0.0, phrase.negated_why  # noqa: PLW2901 (what is denied says nothing)
                hits.append(_new(Hit, (start, start - minus_length, weight, phrase, why)))
            hits.sort(key=_first)
        return hits


def topic_scores(hits: list[Hit]) -> dict[Category, float]:
    """The sum of weights of each category that was spoken of."""
    scores: dict[Category, float] = {}
    for hit in hits:
        if hit.weight:
            category = hit.phrase.category
            scores[category] = scores.get(category, 0.0) + hit.weight
    return scores


def severity_of(hits: list[Hit]) -> Severity | None:
    """What the lexicon says of the severity when nothing else is known; ``None``: nothing.

    The gravest of the deciding phrases, raised by cues; what is merely normal may be lowered by one.
    """
    scores: dict[Category, float] = {}
    gravest_of: dict[Category, int] = {}
    raised, lowered = _NONE, False
    for _, _, weight, phrase, _ in hits:
        if weight:
            category, rank = phrase.category, phrase.rank
            if rank == 0 and weight <= _UNMARKED_WORD * phrase.weight:
                rank = _HIGH  # a single word without its marks may mean something else: it is never critical alone
            if category in scores:
                scores[category] += weight
                gravest_of[category] = min(gravest_of[category], rank)
            else:
                scores[category], gravest_of[category] = weight, rank
        elif phrase.kind == "cue":
            if phrase.rank == _LOW:
                lowered = True
            elif phrase.rank < raised:
                raised = phrase.rank
    if not scores:
        return SEVERITIES[raised] if raised < _NONE else "low" if lowered else None
    # Most texts speak of one thing.
    category = next(iter(scores)) if len(scores) == 1 else max(scores, key=scores.__getitem__)
    gravest = gravest_of[category]
    if category != "other":
        gravest = min(gravest, raised)
        if gravest == _NORMAL and lowered:
            gravest = _LOW
    return SEVERITIES[gravest]


_first: Final = itemgetter(0)


def _longest(mask: tuple[int, int]) -> int:
    return mask[0] - mask[1]


def _hidden(masks: list[tuple[int, int]], start: int, end: int) -> bool:
    """A phrase that begins inside an idiom or place name is no phrase, unless it says the same and more.

    Masks are given the longest first: the longest over the phrase's first place speaks, else that over its last.
    """
    over_end = False
    for first, last in masks:
        if first <= start < last:
            return first < start or end <= last
        if first < end <= last and not over_end:
            over_end, covered = True, end - start <= last - first
    return over_end and covered


def _bordered(phrase: str) -> bool:
    """Scripts without spaces between words have no word borders to look for."""
    return fold(phrase).isascii()


def _same_words(written: str, marked: str) -> bool:
    """Each word right, or right but for missing marks: a wrong mark is another word."""
    return all(word in (right, fold(right)) for word, right in zip(written.split(), marked.split(), strict=False))
