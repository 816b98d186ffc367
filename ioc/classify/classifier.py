"""What a report is about, how grave it is, and which words say so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
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
_ALSO_CHANCE: Final = 0.2
_TOGETHER: Final = 32
"""Texts whose n-grams are looked up together: enough to share the cost of each numpy call, few enough for the cache."""
_SUBCATEGORY_LEXICON: Final = 0.2
_COMMANDS_FROM: Final = 4.0
"""Weight from which a phrase decides against the model too; the shipped lexicon has none so heavy.

The fitted fusion trusts the lexicon little, because the model has learnt its phrases: without this, an operator's new
phrase would change nothing before the next training.
"""
_COMMAND_LOGIT: Final = 1.2
"""How far such a phrase's category is put above the likeliest, which stays among the secondary ones."""
_CATEGORY_RANK: Final = {category: rank for rank, category in enumerate(CATEGORIES)}


@dataclass(frozen=True, slots=True)
class Reason:
    """Words of the original text (offsets in it) and what they were taken for."""

    text: str
    start: int
    end: int
    why: str


@dataclass(frozen=True, slots=True)
class Classification:
    """The decision. When ``abstained``, ``category`` is the best guess and a person has to sort the report."""

    category: Category
    subcategory: str
    also: tuple[Category, ...]
    severity: Severity
    confidence: float
    abstained: bool
    explanation: tuple[Reason, ...]
    versions: dict[str, str]


class _Hit(NamedTuple):
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
        self._entries = (*lexicon.entries, *places)
        self._abstain_below = lexicon.abstain_below
        self._model = model
        self._versions = {"lexicon": lexicon.version}
        if model is not None:
            self._versions["model"] = model.version
        self._bordered = [_bordered(entry.marked) for entry in self._entries]
        self._automaton = ahocorasick_rs.AhoCorasick([_pattern(entry.marked) for entry in self._entries])

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

    def lexicon_scores(self, text: Normalised) -> tuple[list[float], Severity | None]:
        """What the lexicon alone says: a score per category in the order of ``CATEGORIES``, and a severity, if any."""
        hits = self._hits(text)
        return _scores(hits), _lexicon_severity(hits)

    def _by_both(self, texts: Sequence[Normalised], model: Model) -> Iterator[Classification]:
        all_hits = [self._hits(text) for text in texts]
        said = model.judge(texts)
        fusion = model.fusion
        scores = np.array([_scores(hits) for hits in all_hits])
        logits = fusion.margin * said.categories + fusion.lexicon * scores
        commands = [_command(hits) for hits in all_hits]
        for row, command in enumerate(commands):
            if command is not None:
                logits[row, _CATEGORY_RANK[command.category]] = logits[row].max() + _COMMAND_LOGIT
        chances = _softmax(logits)
        says = np.zeros(said.severities.shape)
        for row, hits in enumerate(all_hits):
            alone = _lexicon_severity(hits)
            if alone is not None:
                says[row, SEVERITY_RANK[alone]] = 1.0
        severities = _softmax(fusion.severity_margin * said.severities + fusion.severity_lexicon * says)
        winners = chances.argmax(axis=1)
        best, all_words = winners.tolist(), model.words(said, winners)
        likely = [[n for n, chance in enumerate(row) if chance >= _ALSO_CHANCE] for row in chances.tolist()]
        for row, (text, hits) in enumerate(zip(texts, all_hits, strict=True)):
            category = CATEGORIES[best[row]]
            confidence = round(float(chances[row, best[row]]), 2)
            words = all_words[row]
            known = bool(hits or words)
            subcategory = (
                _subcategory(category, hits, model.subcategories, said.subcategories[row]) if known else _UNCLEAR
            )
            severity = _fused_severity(category, severities[row], fusion.critical_from)
            least = self._abstain_below
            command = commands[row]
            if command is not None:
                subcategory, least = command.subcategory, 0.0
                severity = min(severity, command.severity, key=SEVERITY_RANK.__getitem__)
            yield Classification(
                category if known else "other",
                subcategory,
                tuple(CATEGORIES[other] for other in likely[row] if other != best[row]),
                severity,
                confidence if known else 0.0,
                subcategory == _UNCLEAR or confidence < least,
                (
                    *(_reason(text, hit) for hit in hits),
                    *(_word_reason(text, word.start, word.end, category, word.adds) for word in words),
                ),
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
        phrases: list[tuple[Entry, int, int]] = []
        masks: list[tuple[int, int]] = []
        cues: list[_Hit] = []
        negated_from: set[int] = set()
        for index, begin, stop in self._automaton.find_matches_as_indexes(f" {text.folded} ", overlapping=True):
            entry = self._entries[index]
            start, end = (begin, stop - 2) if self._bordered[index] else (begin - 1, stop - 1)
            written = text.text[start:end]
            if written != entry.marked and not _same_words(written, entry.marked):
                continue
            if entry.kind == "negation":
                negated_from.add(end + 1)
            elif entry.kind == "cue":
                cues.append(_Hit(entry, start, end, 0.0))
            elif entry.kind == "mask":
                masks.append((start, end))
            else:
                phrases.append((entry, start, end))
        phrases.sort(key=lambda found: found[1] - found[2])
        mask_at = _mask_at(masks)
        taken = bytearray(len(text.text))
        hits: list[_Hit] = []
        for entry, start, end in phrases:
            if taken.find(1, start, end) >= 0 or (mask_at and _hidden(mask_at, start, end)):
                continue
            taken[start:end] = b"\x01" * (end - start)
            clarity = _clarity(text.text[start:end], entry.marked)
            hits.append(_Hit(entry, start, end, 0.0 if start in negated_from else entry.weight * clarity))
        hits.extend(cue for cue in cues if cue.start not in negated_from)
        hits.sort(key=lambda hit: hit.start)
        return hits


class LiveClassifier:
    """The classifier of the moment: everybody who holds it decides by the one that was put in last."""

    def __init__(self, classifier: Classifier) -> None:
        self._now = classifier

    def replace(self, classifier: Classifier) -> None:
        """Decide by another one from now on; texts that are being classified together stay with the one before."""
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


def _clarity(written: str, marked: str) -> float:
    if written == marked:
        return 1.0
    return _UNMARKED_PHRASE if " " in marked else _UNMARKED_WORD


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
    entry = hit.entry
    if entry.kind == "cue":
        why = f"severity {entry.severity}"
    elif hit.weight:
        why = f"{entry.category}/{entry.subcategory} {hit.weight:g}"
    else:
        why = f"negated: {entry.category}/{entry.subcategory}"
    return Reason(text.original[start:end], start, end, why)


def _scores(hits: list[_Hit]) -> list[float]:
    scores = [0.0] * len(CATEGORIES)
    for hit in hits:
        if hit.weight:
            scores[_CATEGORY_RANK[hit.entry.category]] += hit.weight
    return scores


def _command(hits: list[_Hit]) -> Entry | None:
    """The heaviest phrase that decides against the model too, if any."""
    heaviest: _Hit | None = None
    for hit in hits:
        # Half of its weight: a single word without its marks has less, a phrase without them more.
        clear = hit.entry.weight >= _COMMANDS_FROM and hit.weight > hit.entry.weight / 2
        if clear and (heaviest is None or hit.weight > heaviest.weight):
            heaviest = hit
    return heaviest and heaviest.entry


def _lexicon_severity(hits: list[_Hit]) -> Severity | None:
    """What the lexicon says of the severity when nothing else is known; ``None``: nothing."""
    phrases = [hit for hit in hits if hit.weight]
    cues = [hit for hit in hits if hit.entry.kind == "cue"]
    if not phrases:
        return min((cue.entry.severity for cue in cues), key=SEVERITY_RANK.__getitem__, default=None)
    scores = _scores(hits)
    category = CATEGORIES[scores.index(max(scores))]
    return _severity(category, [hit for hit in phrases if hit.entry.category == category], cues)


def _fused_severity(category: Category, chances: NDArray[np.floating], critical_from: float) -> Severity:
    if category != "other" and chances[0] >= critical_from:
        return "critical"
    # Praise, questions and spam are slight; anything else is at least worth days.
    return SEVERITIES[1 + int(chances[1:].argmax())]


def _subcategory(category: Category, hits: list[_Hit], names: tuple[str, ...], margins: NDArray[np.floating]) -> str:
    """The likeliest of the category's: margin of the model and, of the lexicon, a fifth of the weights."""
    scores = {own: float(margins[column]) for own, column in _columns(names)[category]}
    for hit in hits:
        if hit.weight and hit.entry.category == category:
            scores[hit.entry.subcategory] = scores.get(hit.entry.subcategory, -1.0) + hit.weight * _SUBCATEGORY_LEXICON
    return max(scores, key=scores.__getitem__, default=_UNCLEAR)


@cache
def _columns(names: tuple[str, ...]) -> dict[str, list[tuple[str, int]]]:
    """Subcategories of each category, with their columns."""
    found: dict[str, list[tuple[str, int]]] = {category: [] for category in CATEGORIES}
    for column, name in enumerate(names):
        category, _, own = name.partition("/")
        found[category].append((own, column))
    return found


def _word_reason(text: Normalised, start: int, end: int, category: Category, adds: float) -> Reason:
    first, last = text.origin(start, end)
    return Reason(text.original[first:last], first, last, f"model: {category} {adds:.2f}")


def _softmax(logits: NDArray[np.floating]) -> NDArray[np.floating]:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    result: NDArray[np.floating] = powers / powers.sum(axis=1, keepdims=True)
    return result
