"""Accounts on networks and papers that are called by few words; an office's page and a file's number stay."""

from __future__ import annotations

import pytest

from ioc.classify import Redactor

_redact = Redactor(("Bãi Cháy", "Cẩm Phả"))


def _gone(text: str) -> list[str]:
    return [text[span.start : span.end] for span in _redact(text).spans]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("page Rao Vặt Cẩm Phả 24h toàn đăng tin lừa", ["Rao Vặt Cẩm Phả 24h"]),
        ("facebook Hội Chị Em Hòn Gai Pass Đồ do ai lập", ["Hội Chị Em Hòn Gai Pass Đồ"]),
        ("có đứa lập fb giả Trúc Xinh Gái Cute, đi mượn tiền", ["Trúc Xinh Gái Cute"]),
        ("ban iphone dung, fb no la cuongdo mobile", ["cuongdo mobile"]),
        ("zalo 0366 gam nha tro, treo gia mot dang", ["0366 gam nha tro"]),
        ("mất tài khoản facebook, kẻ lấy được đổi tên thành Sàn Vàng Uy Tín 24/7", ["Sàn Vàng Uy Tín 24/7"]),
        ("nó đi xe trắng, zalo khanhvieclamkcn, ai biết báo giúp", ["khanhvieclamkcn"]),
    ],
)
def test_an_account_is_found(text: str, found: list[str]) -> None:
    assert _gone(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "page fb tỉnh đăng lịch tiêm mà link lỗi",
        "page Báo Cẩm Phả đăng tin chậm",
        "bán hàng trên facebook marketplace, livestream suốt đêm",
        "xã đổi tên thành Bãi Cháy từ tháng bảy",
        "zalo congankhuvuc báo mãi không ai trả lời",
        "facebook là chỗ tung tin nhảm",
    ],
)
def test_what_is_nobodys_account_stays(text: str) -> None:
    assert _gone(text) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("nghỉ đẻ k đc đồng nào, sổ bh e 2216028834, cứu e", ["2216028834"]),
        ("lai xe so giay phep B2-220098104437, bi phat oan", ["B2-220098104437"]),
        ("Xin một nơi trả lời. Số sổ QN/CC 004417.", ["QN/CC 004417"]),
        ("thương binh nhà tôi, số hồ sơ QN/TB-40718, chưa được lĩnh", ["QN/TB-40718"]),
    ],
)
def test_a_paper_is_found_by_its_form(text: str, found: list[str]) -> None:
    assert _gone(text) == found


@pytest.mark.parametrize("text", ["mã khách hàng PA07MC0041928 chưa đóng", "hồ sơ số 12/QĐ-UBND chưa trả lời"])
def test_numbers_of_offices_stay(text: str) -> None:
    assert _gone(text) == []
