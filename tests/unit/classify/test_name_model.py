"""First names without capitals are weighed; the fast sum is the same as the signs that are learnt from."""

from __future__ import annotations

from importlib.resources import files

import pytest

from ioc.classify.name_model import HEADER, NOTHING, Counts, NameModel, may_begin, pack, read, shipped_names
from ioc.classify.name_training import NamedReport, learn_names
from ioc.classify.names import shipped_lists
from ioc.classify.training import LabelError
from ioc.classify.words import Words


def words_of(text: str) -> Words:
    return Words(text, shipped_lists())


@pytest.mark.parametrize("by_rule", [True, False])
def test_the_score_is_the_weighed_sum_of_the_signs(by_rule: bool) -> None:
    model = shipped_names()
    data = (files("ioc.classify") / "data" / "named.jsonl").read_bytes().splitlines()
    weighed = 0
    for line in data[::40]:
        words = words_of(NamedReport.read(line).text.lower())
        for index in filter(lambda index: may_begin(words, index), range(len(words.low))):
            signs = model.signs(words, index, by_rule=by_rule)
            slow = sum(model.weights.get(sign, 0.0) * value for sign, value in signs)
            assert model.score(words, index, by_rule=by_rule) == pytest.approx(slow)
            weighed += 1
    assert weighed > 20


def test_what_is_packed_is_read() -> None:
    model = NameModel({"bias": 1.5}, Counts({"anh": 3}, {"anh lan": 2}), NOTHING)
    assert read(pack(model)) == model


def test_a_file_of_another_version_is_refused() -> None:
    with pytest.raises(ValueError, match="--names"):
        read(b"ioc-names 0\n" + pack(shipped_names())[len(HEADER) :])


@pytest.mark.parametrize(
    ("text", "index", "expected"),
    [
        ("goi anh hung sua xe", 2, True),  # behind a title
        ("hạnh ở tổ 9 bảo", 0, True),  # at the beginning
        ("nhà lan cạnh trạm", 1, True),  # behind what stands before people
        ("chợ lan rộng", 1, False),  # behind a word of a place
        ("đường xấu lan ra", 2, False),  # nothing stands before
    ],
)
def test_where_a_first_name_may_begin(text: str, index: int, expected: bool) -> None:
    assert may_begin(words_of(text), index) is expected


def test_what_stands_side_by_side_speaks_against_a_name() -> None:
    words = words_of("chi phi lam so do qua cao")
    model = NameModel({"left -": -1.0, "bias": 0.1}, NOTHING, Counts({}, {"chi phi": 40}))
    assert model.score(words, 1, by_rule=False) < 0
    own = Counts({}, {"chi phi": 40})
    assert dict(model.signs(words, 1, own, by_rule=False))["left -"] < 0  # A text does not speak against itself.


def test_a_line_of_another_form_is_named() -> None:
    with pytest.raises(LabelError, match="not a report"):
        NamedReport.read(b'{"text": "abc"}')


def test_names_and_ordinary_words_are_learnt_apart_and_every_time_alike() -> None:
    pytest.importorskip("sklearn")
    named = [NamedReport.of(f"gọi anh hùng sửa {thing}", ["hùng"], ["name"]) for thing in ("xe", "máy", "điện", "ống")]
    ordinary = [f"con đường hùng vĩ, cho hoa nở {where}" for where in ("ở dốc", "ở cầu", "ở chợ", "ở bến")]
    made = learn_names(named * 10, ordinary * 10)
    assert made == learn_names(named * 10, ordinary * 10)
    model = read(made)
    there, elsewhere = words_of("nhờ anh hùng qua"), words_of("thấy cho hoa nở")
    assert model.score(there, 2, by_rule=True) > model.score(elsewhere, 2, by_rule=False)
