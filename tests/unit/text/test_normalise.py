"""Normal forms keep the way back to what was written."""

from __future__ import annotations

import unicodedata
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc.text.normalise import fold, normalise, read_abbreviations

TEXTS = st.text(
    alphabet=st.one_of(st.sampled_from("aàảãáạâầđĐơưôỳ hko dcwa.,\n\u0301\u0300\u200b k5"), st.characters())
)


@pytest.mark.parametrize(
    ("written", "text", "folded"),
    [
        ("Đường NGẬP!", "đường ngập!", "duong ngap "),
        ("Hoà, thuỷ, quý, hoàn, khoẻ", "hòa, thủy, quý, hoàn, khỏe", "hoa  thuy  quy  hoan  khoe"),
        ("ko dc", "không được", "khong duoc"),
        ("5 k, 10 m", "5 k, 10 m", "5 k  10 m"),
        ("mất   điện", "mất điện", "mat dien"),
        ("ng\u00f4\u0323i", "ngội", "ngoi"),
        ("cháy\u200b nhà", "cháy nhà", "chay nha"),
        ("Ｃháy", "ｃháy", "chay"),
    ],
)
def test_forms(written: str, text: str, folded: str) -> None:
    normal = normalise(written)
    assert (normal.text, normal.folded) == (text, folded)


@given(TEXTS)
def test_both_forms_have_one_length_and_offsets_stay_inside_the_original(text: str) -> None:
    normal = normalise(text)
    assert len(normal.text) == len(normal.folded)
    spans = [normal.origin(index, index + 1) for index in range(len(normal.text))]
    assert all(0 <= start <= end <= len(text) for start, end in spans)
    assert [start for start, _ in spans] == sorted(start for start, _ in spans)


@given(st.lists(TEXTS))
def test_many_together_are_the_same_as_one_by_one(texts: list[str]) -> None:
    assert normalise.many(texts) == [normalise(text) for text in texts]


def test_every_abbreviation_is_written_out_among_many() -> None:
    shorts = read_abbreviations((files("ioc.text") / "data" / "abbreviations.yaml").read_bytes())
    texts = [f"Ở {short} nữa" for short in shorts]
    assert [normal.text for normal in normalise.many(texts)] == [f"ở {full} nữa" for full in shorts.values()]


@pytest.mark.parametrize("odd", ["xo\u0300a", "İstanbul", "a\0ko", "ko\u200b dc", "  ", "😀 hoà  thuỷ", "ΑΣ"])
def test_an_odd_text_does_not_change_those_beside_it(odd: str) -> None:
    texts = ["Hoà ko biết", odd, "", "thuỷ  triều", "k/h 5 k"]
    assert normalise.many(texts) == [normalise(text) for text in texts]


@given(st.text(alphabet=st.characters(max_codepoint=0x24F)))
def test_composed_and_decomposed_texts_are_the_same(text: str) -> None:
    composed = unicodedata.normalize("NFC", text)
    assert normalise(unicodedata.normalize("NFD", composed)).folded == normalise(composed).folded


@given(TEXTS)
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def test_offsets_lead_back_through_decomposed_and_abbreviated_words() -> None:
    written = unicodedata.normalize("NFD", "Ko có điện ở tổ 5")
    normal = normalise(written)
    start = normal.text.index("điện")
    begin, end = normal.origin(start, start + len("điện"))
    assert unicodedata.normalize("NFC", written[begin:end]) == "điện"


def test_abbreviations_must_be_words() -> None:
    with pytest.raises(ValueError, match="quote y, n, on, no"):
        read_abbreviations(b"no: khong")


@pytest.mark.parametrize(
    ("traditional", "simplified"),
    [
        ("纜車停在半空中", "缆车停在半空中"),
        ("有個小女孩掉進水溝裡", "有个小女孩掉进水沟里"),
        ("下龍灣 Bãi Cháy 遊船", "下龙湾 bãi cháy 游船"),
    ],
)
def test_traditional_characters_are_read_as_simplified_ones(traditional: str, simplified: str) -> None:
    for found in (normalise(traditional), *normalise.many([traditional, "Đường ngập", traditional])[::2]):
        assert found.text == simplified
        assert found.folded == normalise(simplified).folded
        assert found.original == traditional
        assert found.origin(0, len(simplified)) == (0, len(traditional))
