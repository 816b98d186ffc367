"""First names without capitals are weighed; the fast sum is the same as the signs that are learnt from."""

from __future__ import annotations

from importlib.resources import files
from random import Random

import pytest

from ioc.classify.name_model import HEADER, NOTHING, Counts, NameModel, pack, read, shipped_names
from ioc.classify.name_training import learn_names
from ioc.classify.named_reports import NamedReport
from ioc.classify.names import people, shipped_lists
from ioc.classify.personal import PLAIN
from ioc.classify.small_names import SmallNames
from ioc.classify.training import LabelError
from ioc.classify.words import Words


def words_of(text: str) -> Words:
    return Words(text, shipped_lists())


@pytest.mark.parametrize("ruled", [0, 1, 3])
def test_the_score_is_the_weighed_sum_of_the_signs(ruled: int) -> None:
    model = shipped_names()
    small = SmallNames(shipped_lists(), model)
    data = (files("ioc.classify") / "data" / "named.jsonl").read_bytes().splitlines()
    weighed = set()
    for line in data[::20]:
        text = NamedReport.read(line).text.lower()
        for words in map(words_of, (text, text.translate(PLAIN))):
            for index in range(len(words.low)):
                for length in small.lengths(words, index):
                    signs = model.signs(words, index, length, ruled=ruled)
                    slow = sum(model.weights.get(sign, 0.0) * value for sign, value in signs)
                    assert model.score(words, index, length, ruled=ruled) == pytest.approx(slow)
                    weighed.add((words.style, length))
    assert {length for _, length in weighed} == {1, 2, 3, 4}


def test_what_is_packed_is_read() -> None:
    model = NameModel({"bias": 1.5}, Counts({"anh": 3}, {"anh": {"lan": 2}}), NOTHING)
    assert read(pack(model)) == model


def test_a_file_of_another_version_is_refused() -> None:
    with pytest.raises(ValueError, match="--names"):
        read(b"ioc-names 0\n" + pack(shipped_names())[len(HEADER) :])


@pytest.mark.parametrize(
    ("text", "index", "expected"),
    [
        ("goi anh hung", 2, (1,)),  # behind a title
        ("hạnh ở tổ 9 bảo", 0, (1,)),  # at the beginning
        ("nhà lan cạnh trạm", 1, (1,)),  # behind what stands before people
        ("chợ lan rộng", 1, ()),  # behind a word of a place
        ("đường xấu lan ra", 2, ()),  # nothing stands before
        ("phạt ông lê bá tước nhé", 2, (1, 3)),  # a surname, a middle name, a word that no list has
    ],
)
def test_how_many_words_a_name_may_have(text: str, index: int, expected: tuple[int, ...]) -> None:
    assert SmallNames(shipped_lists(), shipped_names()).lengths(words_of(text), index) == expected


def test_what_stands_side_by_side_speaks_against_a_name() -> None:
    words = words_of("chi phi lam so do qua cao")
    model = NameModel({"1- left": -1.0, "bias": 0.1}, NOTHING, Counts({}, {"chi": {"phi": 40}}))
    assert model.score(words, 1, 1, ruled=0) < 0
    own = Counts({}, {"chi": {"phi": 40}})
    assert dict(model.signs(words, 1, 1, own, ruled=0))["1- left"] < 0  # A text does not speak against itself.


def test_pairs_without_hope_are_named_once_and_weigh_as_before() -> None:
    counts = Counts({}, {"chi": {"phi": 40, "lan": 2}})
    model = NameModel({"1- left": -1.0, "bias": 0.1}, NOTHING, counts)
    named = read(pack(model.without_hope(shipped_lists())))
    assert named.unmarked.pairs == {"chi": {"phi": -40, "lan": 2}}
    words = words_of("chi phi lam so do qua cao")
    assert named.score(words, 1, 1, ruled=0) == model.score(words, 1, 1, ruled=0)
    assert named.unmarked.beside("chi", "phi") == 40


@pytest.mark.parametrize(("text", "told"), [("chau bao 4 tuoi bi lac", "@"), ("chau bao 0912", "#"), ("chau bao", "$")])
def test_what_is_behind_a_name_is_told_apart(text: str, told: str) -> None:
    signs = dict(shipped_names().signs(words_of(text), 1, 1, ruled=0))
    assert f"1 end {told}" in signs


def test_people_get_other_names_as_they_are_written() -> None:
    report = NamedReport("goi anh TUAN, chị Lê Thị Mơ hoặc Jürgen", ("TUAN", "Lê Thị Mơ", "Jürgen"), ("name",) * 3)
    renamed = report.renamed(Random(1), people(), shipped_lists().codes)
    first, second, third = renamed.values
    assert renamed.text == f"goi anh {first}, chị {second} hoặc {third}"
    assert first.isupper()
    assert first.isascii()
    assert first != "TUAN"
    assert second.istitle()
    assert len(second.split()) == 3
    assert third == "Jürgen"  # In no list of names.


def test_a_line_of_another_form_is_named() -> None:
    with pytest.raises(LabelError, match="not a report"):
        NamedReport.read(b'{"text": "abc"}')


def test_names_and_ordinary_words_are_learnt_apart_and_every_time_alike() -> None:
    pytest.importorskip("sklearn")
    named = [NamedReport(f"gọi anh hùng sửa {thing}", ("hùng",), ("name",)) for thing in ("xe", "máy", "điện", "ống")]
    ordinary = [f"con đường hùng vĩ, cho hoa nở {where}" for where in ("ở dốc", "ở cầu", "ở chợ", "ở bến")]
    made = learn_names(named * 10, ordinary * 10)
    assert made == learn_names(named * 10, ordinary * 10)
    model = read(made)
    there, elsewhere = words_of("nhờ anh hùng qua"), words_of("thấy cho hoa nở")
    assert model.score(there, 2, 1, ruled=1) > model.score(elsewhere, 2, 1, ruled=0)
