"""The model's file, its figures on the frozen set, and that texts judged together are judged as if alone."""

from __future__ import annotations

import hashlib
from importlib.resources import files
from pathlib import Path
from typing import Any

import orjson
import pytest

from ioc.classify import Classifier, Lexicon, Model, ModelError, shipped_lexicon, shipped_model
from ioc.classify.evaluation import Scores, evaluate
from ioc.classify.model import FORMAT, shipped_bytes
from ioc.classify.training import LabelError, Labelled, read_labelled
from ioc.text.normalise import normalise
from ioc.vocabulary import CATEGORIES

LEXICON = (files("ioc.classify") / "data" / "lexicon.yaml").read_bytes()
VALIDATION = Path(__file__).parents[2] / "data" / "reports" / "validation.jsonl"
FRESH = VALIDATION.with_name("fresh.jsonl")
"""By a writer of whom nothing was learnt; a fifth in Chinese, a quarter in English."""
FRESH_2 = FRESH.with_name("fresh2.jsonl")
"""By another one; 160 texts in English, 154 in Chinese, 200 in Vietnamese."""
FRESH_3 = FRESH.with_name("fresh3.jsonl")
"""By a third one, an examiner who knew what the classifier has to do; 581 of 670 in Vietnamese, all styles."""
FRESH_4 = FRESH.with_name("fresh4.jsonl")
"""By a fourth one, another examiner; 627 of 718 in Vietnamese."""
READERS = FRESH.with_name("validation_readers.jsonl")
"""What two readers, who had the requirement's words and the texts alone, made of the validation set."""
FROZEN = {
    VALIDATION: "42d8dcd80c53c45fa425f64798323c136793d325781d34ef85370acd260df746",
    FRESH: "a4d36c7e2c3186d92d85645235eba4b68193cb4be066177d3bb503573c716ad8",
    FRESH_3: "67c7397d4b598d1a70a468f2bc50efd34e61a887b691d46076f9c46f6fdf5edc",
    FRESH_4: "8d08b4301b0be4c62a3b10161d32d3030eb54a4c3e1ea89692cc5648398c55b9",
    FRESH_2: "068805b061a7e5571ef0f953062442ed27707c7e403c77a5dafcf3159b8bc667",
}


def _lines(path: Path) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in path.read_bytes().splitlines()]


@pytest.fixture(scope="module")
def hybrid(place_names: tuple[str, ...]) -> Classifier:
    return Classifier(shipped_lexicon(), place_names, shipped_model())


@pytest.fixture(scope="module")
def scores(hybrid: Classifier) -> Scores:
    return evaluate(hybrid, read_labelled(VALIDATION.read_bytes()))


@pytest.mark.parametrize("path", FROZEN, ids=lambda path: path.name)
def test_the_set_is_the_frozen_one(path: Path) -> None:
    assert hashlib.sha256(path.read_bytes()).hexdigest() == FROZEN[path]


def test_the_figures_do_not_fall_below_what_was_reached(scores: Scores) -> None:
    assert scores.accuracy >= 0.96
    assert scores.with_marks >= 0.95
    assert scores.without_marks >= 0.97
    assert scores.subcategory_accuracy >= 0.94
    assert scores.critical_recall >= 0.94
    assert scores.critical_precision >= 0.9


@pytest.mark.parametrize(
    ("path", "accuracy", "with_marks", "without_marks", "critical_recall", "critical_precision"),
    [
        (FRESH, 0.98, 0.99, 0.96, 0.99, 0.89),
        (FRESH_2, 0.955, 0.96, 0.98, 0.99, 0.92),
        (FRESH_3, 0.94, 0.94, 0.925, 0.98, 0.9),
        (FRESH_4, 0.935, 0.925, 0.94, 0.98, 0.81),
    ],
    ids=lambda value: getattr(value, "name", None),
)
def test_the_figures_on_fresh_texts_do_not_fall(  # noqa: PLR0917  # a row of a table
    hybrid: Classifier,
    path: Path,
    accuracy: float,
    with_marks: float,
    without_marks: float,
    critical_recall: float,
    critical_precision: float,
) -> None:
    scores = evaluate(hybrid, read_labelled(path.read_bytes()))
    assert scores.accuracy >= accuracy
    assert scores.with_marks >= with_marks
    assert scores.without_marks >= without_marks
    assert scores.styles["chinese"][0] >= 0.94
    assert scores.styles["english"][0] >= 0.94
    assert scores.critical_recall >= critical_recall
    assert scores.critical_precision >= critical_precision


def test_over_all_frozen_sets_every_bar_is_met(hybrid: Classifier) -> None:
    """Five writers, none of whom saw lexicon or model, nor the model their texts."""
    rows = [row for path in FROZEN for row in read_labelled(path.read_bytes())]
    scores = evaluate(hybrid, rows)
    assert len(rows) == 3_444
    assert scores.with_marks >= 0.95
    assert scores.without_marks >= 0.92
    assert scores.critical_recall >= 0.97
    assert scores.critical_precision >= 0.85


@pytest.mark.parametrize(
    ("figure", "bar"),
    [("critical_recall", 0.97)],
)
@pytest.mark.xfail(strict=True, reason="not reached yet: the README of ioc/classify says by how much")
def test_the_figure_reaches_its_bar(scores: Scores, figure: str, bar: float) -> None:
    assert getattr(scores, figure) >= bar


@pytest.mark.parametrize(("reader", "found", "right"), [(0, 143, 148), (1, 140, 143)])
def test_careful_readers_find_as_many_critical_reports(reader: int, found: int, right: int) -> None:
    """The README holds the model's figures against these."""
    wanted = {row["id"] for row in _lines(VALIDATION) if row["severity"] == "critical"}
    named = {row["id"] for row in _lines(READERS) if row["readers"][reader]["severity"] == "critical"}
    assert (len(wanted & named), len(named)) == (found, right)


def test_together_or_alone_the_result_is_the_same(hybrid: Classifier) -> None:
    texts = [normalise(text) for text in ("Cháy nhà!", "", "duong ngap  sau", "water leak", "井盖不见了", "👍", "x")]
    together = hybrid.classify_many(texts * 50)  # more than are looked up at once
    alone = [hybrid.classify(text) for text in texts]
    assert together == alone * 50
    assert together[0].versions.keys() == {"lexicon", "model"}
    assert alone[1].abstained


def test_words_of_the_model_stand_in_the_original(hybrid: Classifier) -> None:
    text = "Đường   ngập sâu quá, ko đi đc"
    reasons = hybrid.classify(text).explanation
    assert any(reason.why.startswith("model: disaster") for reason in reasons)
    assert all(text[reason.start : reason.end] == reason.text for reason in reasons)


def test_a_text_without_spaces_is_decided_and_its_characters_are_named(hybrid: Classifier) -> None:
    # None of these words is in the lexicon: what is no reason would leave the text to be sorted by hand.
    text = "公交站牌 的 候车亭顶棚破了，下雨全漏，手机在码头老是没网"
    found = hybrid.classify(text)
    assert (found.subcategory, found.abstained) != ("unclear", True)
    learnt = [reason for reason in found.explanation if reason.why.startswith("model")]
    assert learnt
    assert all(text[reason.start : reason.end] == reason.text for reason in found.explanation)
    assert all(1 <= len(reason.text) <= 2 for reason in learnt)


def test_a_phrase_that_the_model_has_not_learnt_counts_at_once(place_names: tuple[str, ...]) -> None:
    text = "ở ngõ em có con blivet to lắm"
    groups = (
        b"groups:\n  - {category: telecom, subcategory: bts, severity: critical, weight: 3, phrases: [con blivet]}\n"
    )
    lexicon = Lexicon.load(LEXICON.replace(b"groups:\n", groups, 1))
    before = Classifier(shipped_lexicon(), place_names, shipped_model()).classify(text)
    after = Classifier(lexicon, place_names, shipped_model()).classify(text)
    assert (before.category, before.severity) != ("telecom", "critical")
    assert (after.category, after.subcategory, after.severity) == ("telecom", "bts", "critical")


def test_a_subcategory_that_only_the_lexicon_knows_can_win(place_names: tuple[str, ...]) -> None:
    groups = (
        b"groups:\n  - {category: telecom, subcategory: blivets, severity: high, weight: 3, phrases: [con blivet]}\n"
    )
    lexicon = Lexicon.load(LEXICON.replace(b"groups:\n", groups, 1))
    found = Classifier(lexicon, place_names, shipped_model()).classify("ở đây có con blivet")
    assert (found.category, found.subcategory) == ("telecom", "blivets")


def test_a_second_topic_is_named(hybrid: Classifier) -> None:
    found = hybrid.classify("Bão làm tốc mái nhà, cây đổ, mất điện cả khu từ đêm qua")
    assert {found.category, *found.also} >= {"disaster", "power_water"}


def test_further_topics_are_counted(hybrid: Classifier) -> None:
    text = "Bão làm tốc mái nhà, cây đổ, mất điện cả khu từ đêm qua"
    found = hybrid.classify(text)
    wrong = next(category for category in CATEGORIES if category not in {found.category, *found.also})
    rows = [
        Labelled("f", "accented", text, found.category, found.subcategory, found.severity, also)
        for also in (found.also, (*found.also, wrong))
    ]
    figure = evaluate(hybrid, rows).also
    number = len(found.also)
    assert figure.texts == 2 * number + 1
    assert (figure.precision, figure.recall) == (1.0, 2 * number / (2 * number + 1))


def test_a_model_that_is_damaged_or_of_another_format_is_refused() -> None:
    raw = shipped_bytes()
    with pytest.raises(ModelError, match="checksum"):
        Model.load(raw[:-1] + b"?")
    with pytest.raises(ModelError, match="not a model file"):
        Model.load(b"weights")
    with pytest.raises(ModelError, match="format 99"):
        Model.load(raw.replace(f'"format":{FORMAT}'.encode(), b'"format":99', 1))


def test_a_wrong_line_of_a_set_is_named() -> None:
    good = b'{"family":"f","style":"typo","text":"x","category":"other","subcategory":"spam","severity":"low"}\n'
    assert len(read_labelled(good * 2)) == 2
    with pytest.raises(LabelError, match="line 2: unknown"):
        read_labelled(good + good.replace(b"other", b"otter"))
    with pytest.raises(LabelError, match="line 1: unknown"):
        read_labelled(good.replace(b"}", b',"also":["otter"]}'))
    with pytest.raises(LabelError, match="line 1"):
        read_labelled(b"{}\n")


def test_only_praise_questions_and_spam_are_slight(hybrid: Classifier) -> None:
    """A name and a number at the end read like an advertisement; a tree across the road stays worth days."""
    found = hybrid.classify("Cây đổ chắn ngang đường ở phường Bãi Cháy, gọi anh Nguyễn Văn Nam 0912 345 678")
    assert found.category == "urban_infrastructure"
    assert found.severity in {"normal", "high"}
