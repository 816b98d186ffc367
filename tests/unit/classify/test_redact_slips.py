"""Names and numbers written in a hurry: letters twice, keys of marks left over, words that are glued together."""

from __future__ import annotations

import pytest

from ioc.classify import redact
from ioc.text.normalise import fold


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ôngg Bảy nhà bên cho đổ đất ra mương", "Ôngg [tên] nhà bên cho đổ đất ra mương"),
        ("Chij Hợi nuôi chim yến ồn cả xóm", "Chij [tên] nuôi chim yến ồn cả xóm"),
        ("Đề nghị kiểm tra lò mổ của ôngg Đínhh, nước thải chảy ra suối", "[tên], nước thải"),
        ("Trường hợp của bàTẹo hộ nghèo mà không có tên", "bà[tên] hộ nghèo"),
        ("Chủ trọ Vânkhông khai tạm trú cho chúng tôi", "Chủ trọ [tên]không khai"),
        ("EmHươngg nhân viên một cửa hướng dẫn tận tình", "Em[tên] nhân viên"),
    ],
    ids=str,
)
def test_names_with_slips_are_found(text: str, expected: str) -> None:
    assert expected in redact(text).text


@pytest.mark.parametrize(
    "text",
    [
        "Anhh công ann phường rất nhiệt tình, xinn cảm ơn",
        "Trên TikTok và Zalo bán hàng giả, acc bị khóa, app lỗi",
        "Con đường tinhh 4 ổ gàa to, xe máyy hay ngãa",
        "cứu hộ ở khu lưu trú, hưu trí, rượu lậu",
        "The staff at the inn was free of fees and off duty",
    ],
)
def test_ordinary_words_with_slips_stay(text: str) -> None:
    assert redact(text).text == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tài khảon 1903 5567 21 8014 nhận tiền cọc xong chặn luôn", "tài khảon [số tài khoản] nhận"),
        ("mat tien tk bidv 4521 oooo 8876 32, ai lam ben ngan hang chi e vs", "bidv [số tài khoản],"),
        ("Mất giấy phép láii xe số 2201 7800 5523, ai nhặt được cho xin lại", "số [số giấy tờ],"),
        ("Hộ chiếu C 887 12 O5 của vợ tôi in sai chữ lót", "Hộ chiếu [số giấy tờ] của"),
        ("thương binh 2/4, số sổ TB 44 120 9, hỏi chế độ điều dưỡng", "số sổ [số giấy tờ],"),
        ("mn cẩn thận sim 0 7 6 5 . 4 4 . 3 2 1 O giả danh điện lực", "sim [số điện thoại] giả"),
        ("sđt e o3 4 5 ... 66.77.88 anh nào rảnh gọi e", "sđt e [số điện thoại] anh"),
        ("nó cầm hồ sơ, gọi 0862 kog kog 1 7 4 9 không nghe", "gọi [số điện thoại] không"),
        ("xe ô tô 30H 7 4 5.0 6 đậu trên vỉa hè", "xe ô tô [biển số] đậu"),
        ("bien xe mik 14 F1-8 8 2 . 07 bi lay mat", "mik [biển số] bi"),
    ],
    ids=str,
)
def test_numbers_whose_digits_stand_apart_are_found(text: str, expected: str) -> None:
    assert expected in redact(text).text


@pytest.mark.parametrize(
    "text",
    [
        "Giấy phép xây dựng 3 tầng, rộng 5 x 20, cấp năm 2019",
        "hop dong dien 12 thang, tra 2 500 000 dong",
        "tk cua em bi tru 1 200 000 dong",
    ],
)
def test_sizes_and_money_behind_papers_stay(text: str) -> None:
    assert redact(text).text == text


def test_letters_that_have_another_length_without_marks_or_in_lower_case_do_no_harm() -> None:
    odd = [char for char in map(chr, range(0xD800)) if len(fold(char.lower())) != 1]
    assert "İ" in odd
    for char in odd:
        for text in (f"{char}aaa", f"anh {char}ann{char}", char * 3):
            once = redact(text).text
            assert redact(once).text == once


def test_what_is_taken_out_is_never_nothing() -> None:
    text = (
        "\u1e8du\u0201c%\u60bf\u033b\u7465\u0358\u013ae\xdcoa\u033e\u010c\u0341et"
        " \u1ea4\u0310 c\u0326\u64e0a u\u030ecu\u1ee4 \u1eb3\u0309\u0348\u0345\u0331"
    )
    assert all(span.start < span.end for span in redact(text).spans)


@pytest.mark.timeout(20)
@pytest.mark.parametrize("part", ["ĐovsĐov", "ưRoomK", "ơRooma", "ngậpp"])
def test_a_word_of_thousands_of_letters_is_none(part: str) -> None:
    text = part * 3000
    assert redact(text).text == text
