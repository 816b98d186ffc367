from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc.incidents.similarity import is_sketch, similarity, sketch
from ioc.text.normalise import normalise

SAME = [
    (
        "Cây phượng to bị đổ chắn ngang đường trước cổng chợ Hạ Long 1, xe máy không qua được",
        "Trước chợ Hạ Long 1 có cây phượng đổ ra giữa đường, kẹt xe",
        "cay do truoc cong cho ha long 1 chan het duong roi, cuu",
    ),
    (
        "Hố ga mất nắp ở ngã tư Loong Toòng rất nguy hiểm cho xe máy",
        "nắp cống ở ngã tư loong toong bị mất, tối đi dễ sụp hố ga",
        "ho ga mat nap nga tu Loong Toong",
    ),
    (
        "Rác thải chất đống bốc mùi hôi thối cạnh trường tiểu học Cao Xanh mấy ngày không ai thu gom",
        "Đống rác cạnh trường Cao Xanh hôi lắm, chưa thấy ai đến thu gom",
        "rac ko ai thu gom o canh truong tieu hoc cao xanh",
    ),
]
"""One thing each, in the words of three people."""


def of(text: str) -> str:
    return sketch(normalise(text).folded)


@pytest.mark.parametrize("texts", SAME)
def test_the_same_thing_in_other_words_is_alike(texts: tuple[str, ...]) -> None:
    assert min(similarity(of(one), of(other)) or 0 for one, other in combinations(texts, 2)) >= 0.4


def test_different_things_are_not() -> None:
    for one, other in combinations(SAME, 2):
        assert max(similarity(of(a), of(b)) or 0 for a in one for b in other) < 0.2


def test_numbers_tell_places_apart() -> None:
    one, other = of("Mất nước từ sáng ở tổ 5 khu 3"), of("Mất nước từ sáng ở tổ 2 khu 7")
    assert (similarity(one, other) or 0) < 0.45
    assert similarity(one, of("mất nước từ sáng ở tổ 5 khu 3")) == 1


def test_two_words_say_too_little_to_be_compared() -> None:
    assert of("Cháy nhà!") == ""
    assert similarity(of("Cháy nhà!"), of(SAME[0][0])) is None


words = st.lists(st.sampled_from([f"w{number}" for number in range(400)]), min_size=5, max_size=300)


@given(words, words)
def test_likeness_is_a_ratio_the_same_both_ways(one: list[str], other: list[str]) -> None:
    a, b = sketch(" ".join(one)), sketch(" ".join(other))
    found = similarity(a, b)
    assert found == similarity(b, a)
    assert found is None or 0 <= found <= 1
    assert len(a) <= 260
    if a:
        assert similarity(a, a) == 1


@pytest.mark.parametrize("value", ["no sketch", "AAAA=", "A" * 400, 7, None, ["x"]])
def test_what_is_no_sketch_is_told(value: object) -> None:
    assert not is_sketch(value)
    assert is_sketch("")
