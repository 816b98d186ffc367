"""Many texts at once: each is read as if it were alone; where a text's numbers are looked for."""

from __future__ import annotations

import sys

import pytest

from ioc.classify import Redactor
from ioc.classify.cues import cues_of
from ioc.classify.personal import within

_redact = Redactor(("Bãi Cháy", "Cô Tô"))
_TEXTS = (
    "Tôi là Nguyễn Văn Minh, số 12 ngõ 3, gọi 0912345678",
    "đường ngập ở Bãi Cháy",
    "",
    "Minh ơi đèn hỏng rồi",
    "chú [tên] và chú Hải đều mất điện, gọi [số điện thoại] hoặc 0987 654 321",
    "Nguyê\u0303n Va\u0306n Minh o\u031b\u0309 đây",
    "THÙNG RÁC ĐẦY",
)


def test_each_is_read_as_if_it_were_alone() -> None:
    assert _redact.many(_TEXTS) == [_redact(text) for text in _TEXTS]


def test_their_order_says_nothing() -> None:
    assert _redact.many(_TEXTS[::-1]) == _redact.many(_TEXTS)[::-1]


def test_of_none_nothing_is_left() -> None:
    assert _redact.many(()) == []


def test_what_they_show_is_taken_out() -> None:
    first, second = _redact.many(_TEXTS)[:2]
    assert first.text == "Tôi là [tên], [địa chỉ], gọi [số điện thoại]"
    assert second.text == _TEXTS[1]
    assert [_TEXTS[0][span.start : span.end] for span in first.spans] == [
        "Nguyễn Văn Minh",
        "số 12 ngõ 3",
        "0912345678",
    ]


@pytest.mark.parametrize(
    ("plain", "before", "behind"),
    [
        ("xin chao! goi (+84) 912 345 678 nhe", " (+84)", "678 nhe"),
        ("mat dien, nha toi so 7", " nha toi so 7", "so 7"),
        ("7 ngay chua thay ai den sua cho dan chung toi", "7 ngay", "7 ngay chua thay "),
    ],
)
def test_numbers_are_looked_for_with_the_words_beside_them(plain: str, before: str, behind: str) -> None:
    start, end = within(plain)
    assert before in plain[start:]
    assert plain[:end].endswith(behind)


def test_without_a_digit_no_number_is_looked_for() -> None:
    assert within("khong co so nao") == (0, 0)


def test_a_digit_of_another_script_is_one() -> None:
    assert within("so \u0663")[1] > 0


def test_only_words_that_are_asked_for_are_cues() -> None:
    assert cues_of(("mot", "nobodyasksforthis", "ngo")) == {"mot", "ngo"}


@pytest.mark.parametrize("text", ["Anh " * 400, "Anh Nam " * 200, "Chị ơi, Anh Nam bảo Anh " * 60])
def test_a_word_that_is_written_hundreds_of_times_takes_a_few_looks(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    module, looks = sys.modules["ioc.classify.redact"], 0
    look = module._Look

    def counting(*parts: object) -> object:
        nonlocal looks
        looks += 1
        return look(*parts)

    monkeypatch.setattr(module, "_Look", counting)
    redacted = _redact(text)
    assert looks < 20
    assert [span.start for span in redacted.spans] == sorted({span.start for span in redacted.spans})
    assert all(one.end <= other.start for one, other in zip(redacted.spans, redacted.spans[1:], strict=False))
    assert _redact(redacted.text).spans == ()
