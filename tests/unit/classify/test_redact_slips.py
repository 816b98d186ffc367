"""Names and numbers written in a hurry: letters twice, keys of marks left over, words that are glued together."""

from __future__ import annotations

import pytest

from ioc.classify import redact


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
