"""Pairs of ordinary words: what is written is read, and no pair with a capital in it, which may be a name."""

from __future__ import annotations

from importlib.resources import files

import orjson
import pytest

from ioc.classify.names import ordinary_pairs
from ioc.classify.pairs import HEADER, NONE, followers, read, shipped_pairs, write
from ioc.classify.training import PHRASE

NAMELY = frozenset({"lan", "thu", "hoa", "tiền", "tien"})


def pairs_of(*texts: str) -> frozenset[str]:
    return read(made_of(*texts))


def made_of(*texts: str) -> bytes:
    return write(texts, NAMELY, lambda first, second: (first, second) == ("chị", "hoa"))


def test_what_is_written_is_read() -> None:
    found = pairs_of("Em hai bông hoa lan ở chậu, chị Lan thấy. Cán bộ thu tiền")
    assert found == {"bông hoa", "hoa lan", "lan ở", "bộ thu", "thu tiền"}


def test_without_marks_a_pair_counts_from_the_second_text_on() -> None:
    assert pairs_of("chi lan ban hang", "thu tiền đò") == {"thu tiền", "tiền đò"}
    assert "thu tien" in pairs_of("thu tien nuoc", "thu tiền đò")


def test_what_looks_like_a_name_counts_from_the_third_text_on() -> None:
    assert "chị hoa" not in pairs_of("mua chị hoa này", "nhờ chị hoa đỏ")
    assert "chị hoa" in pairs_of("mua chị hoa này", "nhờ chị hoa đỏ", "cho chị hoa khô")


def test_the_order_of_the_texts_does_not_matter() -> None:
    texts = ["thu tiền rác", "hoa nở thu tien", "thu tien"]
    assert made_of(*texts) == made_of(*texts[::-1])


def test_a_file_of_another_version_is_refused() -> None:
    with pytest.raises(ValueError, match="--train"):
        read(b"ioc-pairs 1\n" + made_of()[len(HEADER) :])


def test_the_shipped_file_is_hardly_older_than_the_shipped_texts_and_lists() -> None:
    data = files("ioc.classify") / "data"
    rows = [
        orjson.loads(line)
        for source in data.iterdir()
        if source.name.startswith("train") and source.name.endswith(".jsonl")
        for line in source.read_bytes().splitlines()
    ]
    texts = [row["text"] for row in rows if row["style"] != PHRASE]
    made, shipped = read(ordinary_pairs(texts)), shipped_pairs()
    known = sum(second in shipped.get(first, NONE) for first, second in map(str.split, made)) / len(made)
    assert known > 0.8, "make pairs.bin again: README of ioc/classify, ioc classify --train … --pairs-only"


def test_the_shipped_pairs_have_ordinary_words_and_no_names() -> None:
    pairs = shipped_pairs()
    assert "an" in pairs["công"]
    assert "an" in pairs["cong"]
    assert "vệ" in pairs["bảo"]
    assert "mận" not in pairs["chị"]
    assert "hoa" not in pairs["chị"]
    assert "anh" not in pairs.get("tuấn", NONE)


def test_pairs_are_held_by_their_first_word() -> None:
    held = followers(["hoa lan", "hoa nở", "lan ở"])
    assert {first: set(seconds) for first, seconds in held.items()} == {"hoa": {"lan", "nở"}, "lan": {"ở"}}
    many = [f"hoa {letter}" for letter in "abcdefghij"]
    assert set(followers(many)["hoa"]) == set("abcdefghij")
