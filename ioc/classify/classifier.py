"""What a report is about, how grave it is, and which words say so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Final, NamedTuple

import ahocorasick_rs
import numpy as np
from numpy.typing import NDArray

from ioc.classify.lexicon import Entry, Lexicon
from ioc.classify.model import Model
from ioc.classify.normalise import Normalised, fold, normalise
from ioc.vocabulary import CATEGORIES, SEVERITIES, SEVERITY_RANK, Category, Severity

_UNMARKED_WORD: Final = 0.3
"""A single word written without its marks counts so little: "chay" may be fire, running or leaking.

Alone it is left to a person, and it is never critical by itself.
"""
_UNMARKED_PHRASE: Final = 0.9
_DOUBT: Final = 1.0
"""Weight that always speaks for nothing: one hint alone must not look certain."""
_ALSO_SHARE: Final = 0.5
_ALSO_LEAST: Final = 1.5
_UNCLEAR: Final = "unclear"
"""Subcategory of what says nothing: known to say nothing is no decision, a person reads it."""
_TOGETHER: Final = 64
"""Texts whose n-grams are looked up together: enough to share the cost of each numpy call, few enough for the cache."""
_NEWS: Final = 0.4
"""What a point of weight adds for a phrase that the model has not learnt: an operator's new phrase counts at once."""
_NEWS_SEVERITY: Final = 2.0
"""Added to the margin of the severity that such a phrase means."""
_NEVER: Final = -9.0
_MODEL_WHY: Final = {category: f"model: {category} " for category in CATEGORIES}
_OTHER: Final = CATEGORIES.index("other")


class Reason(NamedTuple):
    """Words of the original text (offsets in it) and what they were taken for."""

    text: str
    start: int
    end: int
    why: str


class Classification(NamedTuple):
    """The decision. When ``abstained``, ``category`` is the best guess and a person has to sort the report."""

    category: Category
    subcategory: str
    also: tuple[Category, ...]
    severity: Severity
    confidence: float
    abstained: bool
    explanation: tuple[Reason, ...]
    versions: dict[str, str]


class _Phrase(NamedTuple):
    """An entry of the lexicon or a place's name, with what is asked of it for each text."""

    entry: Entry
    kind: str
    marked: str
    bordered: bool
    many: bool
    """More than one word."""
    column: int
    """Of its subcategory."""
    learnt: bool
    """Whether the model has learnt from it."""


class _Hit(NamedTuple):
    phrase: _Phrase
    entry: Entry
    start: int
    end: int
    weight: float


class Classifier:
    """Decides by lexicon and model; place names are data of the province and hide the words inside them.

    Without a model the lexicon decides alone.
    """

    def __init__(self, lexicon: Lexicon, place_names: Iterable[str] = (), model: Model | None = None) -> None:
        places = (Entry("mask", normalise(name).text) for name in place_names)
        entries = (*lexicon.entries, *places)
        self._columns = _Columns.of(lexicon, model)
        self._phrases = [
            _Phrase(
                entry, entry.kind, entry.marked, _bordered(entry.marked), " " in entry.marked,
                self._columns.number.get(_name(entry), -1), model is not None and model.knows(entry.marked),
            )
            for entry in entries
        ]  # fmt: skip
        self._abstain_below = lexicon.abstain_below
        self._model = model
        self._versions = {"lexicon": lexicon.version}
        if model is not None:
            self._versions["model"] = model.version
        self._automaton = ahocorasick_rs.AhoCorasick([_pattern(entry.marked) for entry in entries])

    def classify(self, text: str | Normalised) -> Classification:
        """Decide about one text; never fails, an empty text is ``other`` and abstained."""
        return self.classify_many([normalise(text) if isinstance(text, str) else text])[0]

    def classify_many(self, texts: Sequence[Normalised]) -> list[Classification]:
        """Decide about texts, in their order; many at once cost less each, and the results are the same."""
        if self._model is None:
            return [self._by_lexicon(text) for text in texts]
        found: list[Classification] = []
        for start in range(0, len(texts), _TOGETHER):
            found.extend(self._by_both(texts[start : start + _TOGETHER], self._model))
        return found

    def spoken(self, text: Normalised) -> tuple[list[tuple[str, float]], Severity | None]:
        """What the lexicon alone says: weights of subcategories (``category/subcategory``), and a severity, if any."""
        hits = self._hits(text)
        return [(_name(hit.entry), hit.weight) for hit in hits if hit.weight], _lexicon_severity(hits)

    def _by_both(self, texts: Sequence[Normalised], model: Model) -> Iterator[Classification]:
        all_hits = [self._hits(text) for text in texts]
        said = model.judge(texts)
        fusion, columns = model.fusion, self._columns
        scores = columns.placed(said.subcategories)
        critical, severities = said.critical.copy(), said.severities
        for row, hits in enumerate(all_hits):
            if not hits:
                continue
            for hit in hits:
                if hit.weight:
                    scores[row, hit.phrase.column] += hit.weight * (fusion.lexicon if hit.phrase.learnt else _NEWS)
            severity = _lexicon_severity(hits)
            if severity is not None:
                news = any(hit.weight and not hit.phrase.learnt for hit in hits)
                if severity == "critical":
                    critical[row] += _NEWS_SEVERITY if news else fusion.critical_lexicon
                else:
                    added = _NEWS_SEVERITY if news else fusion.severity_lexicon
                    severities[row, SEVERITY_RANK[severity] - 1] += added
        winners = scores.argmax(axis=1)
        best = columns.category[winners]
        of_category = np.maximum.reduceat(scores, columns.starts, axis=1)
        chances = _softmax(fusion.certainty * of_category)
        own = np.arange(len(texts))
        confidences = np.round(chances[own, best], 2).tolist()
        second = of_category >= fusion.also_from
        second[own, best] = False
        also: list[tuple[Category, ...]] = [()] * len(texts)
        for row in np.flatnonzero(second.any(axis=1)).tolist():
            also[row] = tuple(CATEGORIES[other] for other in np.flatnonzero(second[row]))
        grave = ((critical[own, best] >= fusion.critical_from) & (best != _OTHER)).tolist()
        # Praise, questions and spam are slight; anything else is at least worth days.
        rest = (severities.argmax(axis=1) + 1).tolist()
        all_words = model.words(said, columns.of_model[winners])
        for row, (text, hits, words, winner) in enumerate(
            zip(texts, all_hits, all_words, winners.tolist(), strict=True)
        ):
            category, subcategory = columns.names[winner]
            confidence = confidences[row]
            why = _MODEL_WHY[category]
            reasons = [_reason(text, hit) for hit in hits]
            for start, end, adds in words:
                first, last = text.origin(start, end)
                reasons.append(Reason(text.original[first:last], first, last, f"{why}{adds:.2f}"))
            if not reasons:
                category, subcategory, confidence = "other", _UNCLEAR, 0.0
            yield Classification(
                category,
                subcategory,
                also[row],
                "critical" if grave[row] else SEVERITIES[rest[row]],
                confidence,
                subcategory == _UNCLEAR or confidence < self._abstain_below,
                tuple(reasons),
                self._versions,
            )

    def _by_lexicon(self, normal: Normalised) -> Classification:
        hits = self._hits(normal)
        scores: dict[Category, float] = {}
        for hit in hits:
            if hit.weight:
                scores[hit.entry.category] = scores.get(hit.entry.category, 0.0) + hit.weight
        explanation = tuple(_reason(normal, hit) for hit in hits)
        if not scores:
            return Classification("other", _UNCLEAR, (), "normal", 0.0, True, explanation, self._versions)
        category, best = max(scores.items(), key=lambda item: item[1])
        confidence = best / (sum(scores.values()) + _DOUBT)
        least = max(_ALSO_LEAST, _ALSO_SHARE * best)
        also = tuple(other for other, score in scores.items() if other != category and score >= least)
        deciding = [hit for hit in hits if hit.weight and hit.entry.category == category]
        subcategory = max(deciding, key=lambda hit: hit.weight).entry.subcategory
        return Classification(
            category,
            subcategory,
            also,
            _severity(category, deciding, [hit for hit in hits if hit.entry.kind == "cue"]),
            round(confidence, 2),
            subcategory == _UNCLEAR or confidence < self._abstain_below,
            explanation,
            self._versions,
        )

    def _hits(self, text: Normalised) -> list[_Hit]:
        """What was found and counts, in order; a longer phrase speaks for the shorter ones inside it."""
        found: list[tuple[int, int, _Phrase, str]] = []
        masks: list[tuple[int, int]] = []
        hits: list[_Hit] = []
        negated_from: set[int] = set()
        written_text, phrases = text.text, self._phrases
        for index, begin, stop in self._automaton.find_matches_as_indexes(f" {text.folded} ", overlapping=True):
            phrase = phrases[index]
            start, end = (begin, stop - 2) if phrase.bordered else (begin - 1, stop - 1)
            written = written_text[start:end]
            if written != phrase.marked and not _same_words(written, phrase.marked):
                continue
            kind = phrase.kind
            if kind == "phrase":
                found.append((start - end, start, phrase, written))
            elif kind == "mask":
                masks.append((start, end))
            elif kind == "negation":
                negated_from.add(end + 1)
            else:
                hits.append(_Hit(phrase, phrase.entry, start, end, 0.0))
        if negated_from:
            hits = [cue for cue in hits if cue.start not in negated_from]
        if found:
            found.sort(key=_by_length)
            mask_at = _mask_at(masks) if masks else None
            taken = bytearray(len(written_text))
            for minus_length, start, phrase, written in found:
                end = start - minus_length
                if taken.find(1, start, end) >= 0 or (mask_at and _hidden(mask_at, start, end)):
                    continue
                taken[start:end] = b"\x01" * -minus_length
                entry = phrase.entry
                weight = 0.0 if start in negated_from else entry.weight
                if written != phrase.marked:
                    weight *= _UNMARKED_PHRASE if phrase.many else _UNMARKED_WORD
                hits.append(_Hit(phrase, entry, start, end, weight))
        hits.sort(key=_by_start)
        return hits


_by_length: Final = itemgetter(0)
_by_start: Final = itemgetter(2)


class _Columns(NamedTuple):
    """Subcategories that model and lexicon know, category after category in the order of ``CATEGORIES``.

    Attributes:
        names: Category and subcategory of each column.
        number: Column of each ``category/subcategory``.
        category: Number of each column's category.
        starts: First column of each category.
        of_model: The model's column; -1: it has none.
        learnt: Column of each of the model's.
        unheard: Margins before anything is said: a subcategory that only the lexicon knows is as likely as one of
            which no word was seen, one that nobody knows is as unlikely as can be.

    """

    names: list[tuple[Category, str]]
    number: dict[str, int]
    category: NDArray[np.intp]
    starts: NDArray[np.intp]
    of_model: NDArray[np.intp]
    learnt: NDArray[np.intp]
    unheard: NDArray[np.float32]

    @classmethod
    def of(cls, lexicon: Lexicon, model: Model | None) -> _Columns:
        """All subcategories of both, and one of each category that has none."""
        learnt = model.subcategories if model is not None else ()
        known = {*learnt, *(_name(entry) for entry in lexicon.entries if entry.kind == "phrase")}
        names: list[tuple[Category, str]] = []
        starts = []
        for category in CATEGORIES:
            starts.append(len(names))
            own = sorted(name.partition("/")[2] for name in known if name.startswith(f"{category}/"))
            names.extend((category, subcategory) for subcategory in own or [_UNCLEAR])
        number = {f"{category}/{subcategory}": column for column, (category, subcategory) in enumerate(names)}
        placed = np.array([number[name] for name in learnt], np.intp)
        of_model = np.full(len(names), -1, np.intp)
        of_model[placed] = np.arange(len(learnt))
        unheard = np.array([-1.0 if name in known else _NEVER for name in number], np.float32)
        category_of = np.repeat(np.arange(len(CATEGORIES)), np.diff([*starts, len(names)]))
        return cls(names, number, category_of, np.array(starts), of_model, placed, unheard)

    def placed(self, margins: NDArray[np.float32]) -> NDArray[np.float32]:
        """The model's margins in these columns."""
        placed = np.tile(self.unheard, (len(margins), 1))
        placed[:, self.learnt] = margins
        return placed


class LiveClassifier:
    """The classifier of the moment: everybody who holds it decides by the one that was put in last."""

    def __init__(self, classifier: Classifier) -> None:
        self._now = classifier

    def replace(self, classifier: Classifier) -> None:
        """Decide by another one from now on; to be called between batches only."""
        self._now = classifier

    def classify(self, text: str | Normalised) -> Classification:
        """Decide about one text."""
        return self._now.classify(text)

    def classify_many(self, texts: Sequence[Normalised]) -> list[Classification]:
        """Decide about texts, all by the same classifier."""
        return self._now.classify_many(texts)


def _mask_at(masks: list[tuple[int, int]]) -> dict[int, tuple[int, int]]:
    """The longest mask over each position that has one."""
    masks.sort(key=lambda mask: mask[1] - mask[0])
    return {position: mask for mask in masks for position in range(*mask)}


def _hidden(mask_at: dict[int, tuple[int, int]], start: int, end: int) -> bool:
    """A phrase that begins inside an idiom or place name is no phrase, unless it says the same and more."""
    mask = mask_at.get(start)
    if mask is not None:
        return mask[0] < start or end <= mask[1]
    mask = mask_at.get(end - 1)
    return mask is not None and end - start <= mask[1] - mask[0]


def _bordered(phrase: str) -> bool:
    """Scripts without spaces between words have no word borders to look for."""
    return fold(phrase).isascii()


def _pattern(phrase: str) -> str:
    return f" {fold(phrase)} " if _bordered(phrase) else fold(phrase)


@lru_cache(1 << 16)
def _same_words(written: str, marked: str) -> bool:
    """Each word right, or right but for missing marks: a wrong mark is another word."""
    return all(word in (right, fold(right)) for word, right in zip(written.split(), marked.split(), strict=False))


def _severity(category: Category, deciding: list[_Hit], cues: list[_Hit]) -> Severity:
    """The gravest of the deciding phrases, raised by cues; what is merely normal may be lowered by one."""
    base = min((_said_severity(hit) for hit in deciding), key=SEVERITY_RANK.__getitem__)
    if category == "other":
        return base
    said = [cue.entry.severity for cue in cues]
    gravest = min((base, *(severity for severity in said if severity != "low")), key=SEVERITY_RANK.__getitem__)
    return "low" if gravest == "normal" and "low" in said else gravest


def _said_severity(hit: _Hit) -> Severity:
    unclear = hit.weight <= _UNMARKED_WORD * hit.entry.weight
    return "high" if unclear and hit.entry.severity == "critical" else hit.entry.severity


def _reason(text: Normalised, hit: _Hit) -> Reason:
    start, end = text.origin(hit.start, hit.end)
    return Reason(text.original[start:end], start, end, _why(hit.entry, hit.weight))


@lru_cache(1 << 14)
def _why(entry: Entry, weight: float) -> str:
    if entry.kind == "cue":
        return f"severity {entry.severity}"
    if weight:
        return f"{_name(entry)} {weight:g}"
    return f"negated: {_name(entry)}"


def _name(entry: Entry) -> str:
    return f"{entry.category}/{entry.subcategory}"


def _lexicon_severity(hits: list[_Hit]) -> Severity | None:
    """What the lexicon says of the severity when nothing else is known; ``None``: nothing."""
    scores: dict[Category, float] = {}
    cues = []
    for hit in hits:
        if hit.weight:
            scores[hit.entry.category] = scores.get(hit.entry.category, 0.0) + hit.weight
        elif hit.phrase.kind == "cue":
            cues.append(hit)
    if not scores:
        return min((cue.entry.severity for cue in cues), key=SEVERITY_RANK.__getitem__, default=None)
    category = max(scores, key=scores.__getitem__) if len(scores) > 1 else next(iter(scores))
    return _severity(category, [hit for hit in hits if hit.weight and hit.entry.category == category], cues)


def _softmax(logits: NDArray[np.floating]) -> NDArray[np.floating]:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    result: NDArray[np.floating] = powers / powers.sum(axis=1, keepdims=True)
    return result
