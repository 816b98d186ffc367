"""Two people side by side; friends, colleagues and kin behind words that without marks are others."""

from __future__ import annotations

import pytest

from ioc.classify import Redactor

_redact = Redactor(("Bãi Cháy", "Cô Tô"))


def _gone(text: str) -> list[str]:
    return [text[span.start : span.end] for span in _redact(text).spans]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("tu va nam hai anh em no tron nghia vu", ["tu", "nam"]),
        ("Ly va Dat la hai nguoi ban phao tren mang", ["Ly", "Dat"]),
        ("ban Duc lop 9a bi danh hoi dong", ["Duc"]),
        ("ban Hoang Yen bi bat nat, ban ay nghi hoc roi", ["Hoang Yen"]),
        ("chau va ban Tra deu thay chiec xe tai", ["Tra"]),
        ("chu Mon va em deu thay chiec xe tai", ["Mon"]),
        ("nho anh Hai ben dien luc qua xem cong to", ["Hai"]),
        ("truong thon va con re la Cong chia nhau may xuc", ["Cong"]),
        ("da noi voi co quynh nhu ke toan ma chua xong", ["quynh nhu"]),
        ("tai xe xe buyt ten toan hut thuoc trong xe", ["toan"]),
        ("minh ten hien, thu ngan sieu thi", ["hien"]),
        ("bị lừa mua máy cũ, ng bán tên sang, hẹn ở cầu", ["sang"]),
        ("cho Vuong van muon tien, gio Vuong bo tron", ["Vuong", "Vuong"]),
        ("hàng xóm thường gọi Nhớ Cụt, bán vé số", ["Nhớ Cụt"]),
    ],
)
def test_they_are_found(text: str, names: list[str]) -> None:
    assert _gone(text) == names


@pytest.mark.parametrize(
    "text",
    [
        "nam va nu hai ben duong deu bi ngap",
        "ban Duc bi ngap, dan ban phai di vong",
        "không có nhân viên nào tên thế cả",
        "loi va lai, anh em khong so thiet",
        "duong va hai ben duong day rac",
    ],
)
def test_what_only_looks_so_stays(text: str) -> None:
    assert _gone(text) == []
