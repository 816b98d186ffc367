"""What a report is about, how grave it is, and which words say so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ioc.classify.lexicon import Entry, Lexicon
from ioc.classify.matching import Hit, Matcher, severity_of, topic_scores
from ioc.classify.model import Fusion, Model, danger, softmax
from ioc.text.normalise import Normalised, normalise
from ioc.vocabulary import CATEGORIES, SEVERITIES, SEVERITY_RANK, Category, Severity

_DOUBT: Final = 1.0
"""Weight that always speaks for nothing: one hint alone must not look certain."""
_ALSO_SHARE: Final = 0.5
_ALSO_LEAST: Final = 1.5
_UNCLEAR: Final = "unclear"
"""Subcategory of what says nothing: known to say nothing is no decision, a person reads it."""
_TOGETHER: Final = 256
"""Texts whose n-grams are looked up together: they share the cost of each numpy call."""
_NEWS: Final = 0.8
"""What a point of weight adds for a phrase that the model has not learnt: an operator's new phrase counts at once."""
_NEWS_SEVERITY: Final = 5.0
"""Added to the margin of the severity that such a phrase means."""
_UNHEARD: Final = -1.0
"""Margin of a subcategory that only the lexicon knows: that of one of which no word was seen."""
_NEVER: Final = -9.0
_new: Final = tuple.__new__
"""Makes a named tuple of a tuple in half the time of a call of its class; a text has a dozen of them."""
_OTHER: Final = CATEGORIES.index("other")
_MOST_WHYS: Final = 1_000
"""So many of a category are remembered: weights are seldom greater than three."""


class _Whys(dict[int, str]):
    """Words for what the model's n-grams add to a category, by hundredths; each is written once."""

    def __init__(self, category: Category) -> None:
        super().__init__()
        self._category = category

    def __missing__(self, hundredths: int) -> str:
        why = f"model: {self._category} {hundredths / 100:.2f}"
        if len(self) < _MOST_WHYS:
            self[hundredths] = why
        return why


_MODEL_WHY: Final = {category: _Whys(category) for category in CATEGORIES}


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


class Classifier:
    """Decides by lexicon and model; place names are data of the province and hide the words inside them.

    Without a model the lexicon decides alone.
    """

    def __init__(self, lexicon: Lexicon, place_names: Iterable[str] = (), model: Model | None = None) -> None:
        places = (Entry("mask", normalise(name).text) for name in place_names)
        self._matcher = Matcher((*lexicon.entries, *places))
        self._abstain_below = lexicon.abstain_below
        self._versions = {"lexicon": lexicon.version}
        self._both: _Both | None = None
        if model is not None:
            self._versions["model"] = model.version
            self._both = _Both(lexicon, model)

    def classify(self, text: str | Normalised) -> Classification:
        """Decide about one text; never fails, an empty text is ``other`` and abstained."""
        return self.classify_many([normalise(text) if isinstance(text, str) else text])[0]

    def classify_many(self, texts: Sequence[Normalised]) -> list[Classification]:
        """Decide about texts, in their order; many at once cost less each, and the results are the same."""
        if self._both is None:
            return [self._by_lexicon(text) for text in texts]
        found: list[Classification] = []
        for start in range(0, len(texts), _TOGETHER):
            found.extend(self._by_both(texts[start : start + _TOGETHER], self._both))
        return found

    def spoken(self, text: Normalised) -> tuple[list[tuple[str, float]], Severity | None]:
        """What the lexicon alone says: weights of subcategories (``category/subcategory``), and a severity, if any."""
        hits = self._matcher.hits(text)
        return [(hit.phrase.name, hit.weight) for hit in hits if hit.weight], severity_of(hits)

    def _by_both(self, texts: Sequence[Normalised], both: _Both) -> Iterator[Classification]:
        find = self._matcher.hits
        all_hits = [find(text) for text in texts]
        names, below, versions = both.names, self._abstain_below, self._versions
        verdicts = both.decide(texts, all_hits)
        for text, hits, (winner, chance, also, severity, words) in zip(texts, all_hits, verdicts, strict=True):
            (category, subcategory), confidence = names[winner], chance
            original, positions = text.original, text.positions
            why = _MODEL_WHY[category]
            if positions is None:
                found = [_new(Reason, (original[start:end], start, end, says)) for start, end, _, _, says in hits]
                found += [_new(Reason, (original[start:end], start, end, why[more])) for start, end, more in words]
            else:
                spans = [(positions[start], positions[end], says) for start, end, _, _, says in hits]
                spans += [(positions[start], positions[end], why[more]) for start, end, more in words]
                found = [_new(Reason, (original[start:end], start, end, says)) for start, end, says in spans]
            reasons = tuple(found)
            if not reasons:
                category, subcategory, confidence = "other", _UNCLEAR, 0.0
            abstained = subcategory == _UNCLEAR or confidence < below
            yield _new(
                Classification, (category, subcategory, also, severity, confidence, abstained, reasons, versions)
            )

    def _by_lexicon(self, normal: Normalised) -> Classification:
        hits = self._matcher.hits(normal)
        explanation = tuple(_reason(normal, hit) for hit in hits)
        scores = topic_scores(hits)
        if not scores:
            return Classification("other", _UNCLEAR, (), "normal", 0.0, True, explanation, self._versions)
        category, best = max(scores.items(), key=lambda item: item[1])
        confidence = best / (sum(scores.values()) + _DOUBT)
        least = max(_ALSO_LEAST, _ALSO_SHARE * best)
        also = tuple(other for other, score in scores.items() if other != category and score >= least)
        deciding = [hit for hit in hits if hit.weight and hit.phrase.category == category]
        subcategory = max(deciding, key=lambda hit: hit.weight).phrase.subcategory
        return Classification(
            category,
            subcategory,
            also,
            severity_of(hits) or "normal",
            round(confidence, 2),
            subcategory == _UNCLEAR or confidence < self._abstain_below,
            explanation,
            self._versions,
        )


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


_Words = list[tuple[int, int, int]]
"""The model's reasons: start, end, what they add to the margin, in hundredths."""
_Verdict = tuple[int, float, tuple[Category, ...], Severity, _Words]
"""Column of the subcategory, confidence, further topics, severity, the model's reasons."""


class _Both:
    """Joins what the model says with the lexicon's phrases.

    Columns are the subcategories that either knows, category after category in the order of ``CATEGORIES``.
    """

    def __init__(self, lexicon: Lexicon, model: Model) -> None:
        self._model = model
        self._fusion: Fusion = model.fusion
        spoken = {f"{entry.category}/{entry.subcategory}" for entry in lexicon.entries if entry.kind == "phrase"}
        known = {*model.subcategories, *spoken}
        self.names: list[tuple[Category, str]] = []
        """Category and subcategory of each column."""
        starts = []
        for category in CATEGORIES:
            starts.append(len(self.names))
            own = sorted(name.partition("/")[2] for name in known if name.startswith(f"{category}/"))
            self.names.extend((category, subcategory) for subcategory in own or [_UNCLEAR])
        number = {f"{category}/{subcategory}": column for column, (category, subcategory) in enumerate(self.names)}
        self._starts = np.array(starts)
        self._category = np.repeat(np.arange(len(CATEGORIES)), np.diff([*starts, len(self.names)]))
        self._learnt = np.array([number[name] for name in model.subcategories], np.intp)
        self._of_model = np.full(len(self.names), -1, np.intp)
        self._of_model[self._learnt] = np.arange(len(self._learnt))
        self._unheard = np.array([_UNHEARD if name in known else _NEVER for name in number], np.float32)
        # Of each phrase that adds to its subcategory: which, how much a point of its weight adds, and whether the model
        # has not learnt it. Those that it has learnt may add nothing, and then only an operator's new ones are left.
        self._phrases: dict[str, tuple[int, float, bool]] = {}
        for entry in lexicon.entries:
            new = not model.knows(entry.marked)
            factor = _NEWS if new else self._fusion.lexicon
            if entry.kind == "phrase" and factor:
                self._phrases[entry.marked] = number[f"{entry.category}/{entry.subcategory}"], factor, new

    def decide(self, texts: Sequence[Normalised], all_hits: Sequence[list[Hit]]) -> Iterable[_Verdict]:
        """About each text."""
        model, fusion = self._model, self._fusion
        said = model.judge(texts)
        scores = np.tile(self._unheard, (len(texts), 1))
        scores[:, self._learnt] = said.subcategories
        critical, others = self._add_lexicon(all_hits, scores, said.critical, said.severities)
        winners = scores.argmax(axis=1)
        best, own = self._category[winners], np.arange(len(texts))
        of_category = np.maximum.reduceat(scores, self._starts, axis=1)
        chances = softmax(fusion.certainty * of_category)
        confidences = np.round(chances[own, best].astype(float), 2).tolist()
        second = of_category >= fusion.also_from
        second[own, best] = False
        # Praise beside a complaint is no topic, nor is a complaint inside a question.
        second[:, _OTHER] = False
        second[best == _OTHER] = False
        also: list[tuple[Category, ...]] = [()] * len(texts)
        for row in np.flatnonzero(second.any(axis=1)).tolist():
            also[row] = tuple(CATEGORIES[other] for other in np.flatnonzero(second[row]))
        # Praise, questions and spam are slight; anything else is at least worth days.
        others[best != _OTHER, SEVERITY_RANK["low"] - 1] = -np.inf
        is_critical = (danger(critical, chances) >= fusion.critical_from) & (best != _OTHER)
        ranks = np.where(is_critical, 0, others.argmax(axis=1) + 1).tolist()
        words = model.words(said, self._of_model[winners])
        return zip(winners.tolist(), confidences, also, [SEVERITIES[rank] for rank in ranks], words, strict=True)

    def _add_lexicon(
        self,
        all_hits: Sequence[list[Hit]],
        scores: NDArray[np.float32],
        critical: NDArray[np.float32],
        others: NDArray[np.float32],
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        fusion, phrases = self._fusion, self._phrases
        if not phrases and not fusion.critical_lexicon and not fusion.severity_lexicon:
            return critical, others  # all that the lexicon says has been learnt, and adds nothing
        rows, columns, adds = [], [], []
        severity_adds = np.zeros((len(all_hits), len(SEVERITIES)), np.float32)
        for row, hits in enumerate(all_hits):
            if not hits:
                continue
            news = False
            if phrases:
                for _, _, weight, phrase, _ in hits:
                    if weight and phrase.marked in phrases:
                        column, factor, new = phrases[phrase.marked]
                        news = news or new
                        rows.append(row)
                        columns.append(column)
                        adds.append(factor * weight)
            severity = severity_of(hits)
            if severity is not None:
                learnt = fusion.critical_lexicon if severity == "critical" else fusion.severity_lexicon
                severity_adds[row, SEVERITY_RANK[severity]] = _NEWS_SEVERITY if news else learnt
        if adds:
            np.add.at(scores, (rows, columns), np.array(adds, np.float32))
        return critical + severity_adds[:, :1], others + severity_adds[:, 1:]


def _reason(text: Normalised, hit: Hit) -> Reason:
    start, end = text.origin(hit.start, hit.end)
    return Reason(text.original[start:end], start, end, hit.why)
