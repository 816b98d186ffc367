"""The n-grams of a text are its own, whatever stands beside it, and are found where they are."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc.classify.features import BLOCKS, Grams, grams
from ioc.text.normalise import normalise

TEXTS = st.lists(st.text(alphabet=st.sampled_from("abàđes .,\n井盖见6"), max_size=20), min_size=1, max_size=6)


def spans(text: str) -> list[str]:
    """The readable n-grams, as written."""
    normal = normalise(text)
    starts, ends = places(grams([normal]))
    return [normal.text[start:end] for start, end in zip(starts, ends, strict=True)]


def places(found: Grams) -> tuple[list[int], list[int]]:
    """Where the readable n-grams begin and end, each in its text."""
    texts = found.readable_texts()
    starts, ends = found.spans(np.arange(len(texts)), texts)
    return starts.tolist(), ends.tolist()


def count(text: str, block: str) -> int:
    found = grams([normalise(text)])
    number = BLOCKS.index(block)
    return found.bounds[number + 1] - found.bounds[number]


def test_one_and_two_words_stand_where_they_are_written() -> None:
    assert spans("Cháy   nhà!! ở đây") == ["cháy", "nhà", "ở", "đây", "cháy nhà", "nhà!! ở", "ở đây"]


def test_characters_of_scripts_without_spaces_stand_where_they_are_written() -> None:
    assert spans("在 Hạ Long 停电了")[-5:] == ["停", "电", "了", "停电", "电了"]


def test_each_kind_has_its_n_grams() -> None:
    assert count("cháy nhà", "characters") == 5  # "chay ", "hay n", "ay nh", "y nha", "nha" with the space behind it
    assert count("cháy nhà", "scripts") == 0
    assert count("井盖见", "scripts") == 3 + 2
    assert count("cháy nhà", "words") == count("cháy nhà", "marked") == 3


def test_marks_make_another_word_in_one_block_only() -> None:
    with_marks, without = grams([normalise("cháy")]), grams([normalise("chay")])
    start, middle, end = with_marks.bounds[:3]
    assert with_marks.hashes[start:middle].tolist() == without.hashes[start:middle].tolist()
    assert with_marks.hashes[middle:end].tolist() != without.hashes[middle:end].tolist()


def test_english_endings_make_no_other_word_in_one_block() -> None:
    one, other = grams([normalise("leaks")]), grams([normalise("leaking")])
    start, middle, end = one.bounds[:3]
    assert one.hashes[start:middle].tolist() == other.hashes[start:middle].tolist()
    assert one.hashes[middle:end].tolist() != other.hashes[middle:end].tolist()
    assert spans("leaks") == ["leaks"]


@pytest.mark.parametrize(("one", "other"), [("thuê", "thu"), ("king", "k"), ("gas", "ga"), ("wire", "wir")])
def test_short_words_keep_their_endings(one: str, other: str) -> None:
    found = [grams([normalise(word)]) for word in (one, other)]
    assert len({tuple(each.hashes[: each.bounds[1]].tolist()) for each in found}) == 2


@given(TEXTS)
def test_together_or_alone_the_n_grams_are_the_same(texts: list[str]) -> None:
    together = grams([normalise(text) for text in texts])
    starts, ends = map(np.array, places(together))
    for number, text in enumerate(texts):
        alone = grams([normalise(text)])
        own = together.texts == number
        assert together.hashes[own].tolist() == alone.hashes.tolist()
        readable = together.readable_texts() == number
        assert (starts[readable].tolist(), ends[readable].tolist()) == places(alone)
