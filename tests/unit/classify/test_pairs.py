"""Pairs of ordinary words: what is written is read, and no pair with a capital in it, which may be a name."""

from __future__ import annotations

from ioc.classify.pairs import read, shipped_pairs, write


def test_what_is_written_is_read() -> None:
    raw = write(["Em hai bông hoa lan ở chậu, chị Lan thấy. Cán bộ thu tiền"], frozenset({"lan", "thu", "hoa", "tiền"}))
    assert read(raw) == {
        "bông hoa", "bong hoa", "hoa lan", "lan ở", "lan o", "bộ thu", "bo thu", "thu tiền", "thu tien",
    }  # fmt: skip


def test_the_shipped_pairs_have_ordinary_words_and_no_names() -> None:
    pairs = shipped_pairs()
    assert {"công an", "cong an", "bảo vệ"} <= pairs
    assert not {"chị mận", "tuấn anh", "nguyễn văn"} & pairs
