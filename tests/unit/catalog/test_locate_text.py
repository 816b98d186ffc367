"""Place names in a text, with their traps: same names, split units, everyday words, missing marks."""

from __future__ import annotations

import pytest

from ioc.catalog import Catalogue
from ioc.text.normalise import normalise

SURE = [
    ("Cây đổ chắn ngang đường ở phường Bãi Cháy", "06673"),
    ("cay do o phuong bai chay", "06673"),
    ("p.bãi cháy mất nước", "06673"),
    ("P BÃI CHÁY MẤT NƯỚC", "06673"),
    ("ngap o ha tu", "06652"),
    ("tổ 3 phường Hùng Thắng cũ", "06673"),
    ("Phường Trần Hưng Đạo mất điện", "06685"),
    ("phường Hưng Đạo mất điện", "07093"),
    ("xã Hạ Long cháy rừng", "06994"),
    ("phường Hạ Long cháy rừng", "06688"),
    ("phường Hải Hòa", "06712"),
    ("xã Hải Hoà", "06799"),
    ("Hải Hòa, Móng Cái", "06712"),
    ("phường Bắc Sơn", "06820"),
    ("xã Bắc Sơn", "06724"),
    ("xã Thanh Sơn", "06970"),
    ("Móng Cái 2 tắc đường", "06709"),
    ("đặc khu vân đồn", "06994"),
    ("cột 5 Hồng Hải Hạ Long", "06688"),
    ("hồng hà, hạ long", "06688"),
    ("xe khách từ Cẩm Phả về đâm ở phường Mông Dương", "06760"),
    ("ở xã Hoành Mô", "06841"),
    ("xã Lương Mông", "06985"),
    ("phường Yết Kiêu", "06685"),
]


@pytest.mark.parametrize(("text", "commune"), SURE)
def test_a_place_name_is_found(catalogue: Catalogue, text: str, commune: str) -> None:
    where = catalogue.locate(text=text)
    assert (where.commune, where.by) == (commune, "text")
    assert where.centre == catalogue.communes[commune].centre
    assert where.candidates == (commune,)


@pytest.mark.parametrize(
    "text",
    [
        "thống nhất với mọi người là dọn vệ sinh",
        "đường Trần Phú ngập",
        "phố Lê Lợi",
        "Trường THCS Nguyễn Huệ",
        "em gai co to qua",
        "hòa bình cho mọi nhà",
        "chỗ này không có tên",
        "",
    ],
)
def test_what_is_no_place_is_not_taken_for_one(catalogue: Catalogue, text: str) -> None:
    where = catalogue.locate(text=text)
    assert (where.commune, where.centre, where.by) == ("00000", "province", "none")


def test_a_former_city_is_a_guess_within_its_centre(catalogue: Catalogue) -> None:
    where = catalogue.locate(text="Tp Hạ Long ngập")
    assert where.centre == "ha-long"
    assert where.commune == "06688"
    assert where.confidence < 0.5
    assert len(where.candidates) > 5


def test_a_split_unit_keeps_its_candidates(catalogue: Catalogue) -> None:
    where = catalogue.locate(text="phường Hà Khẩu")
    assert where.candidates == ("06661", "06706")
    assert where.centre == "ha-long"
    assert where.confidence < 0.5


@pytest.mark.parametrize("text", ["ngập ở Hải Hòa", "ở Bắc Sơn có cháy", "tại Thanh Sơn"])
def test_a_name_of_two_centres_goes_to_the_provincial_one(catalogue: Catalogue, text: str) -> None:
    where = catalogue.locate(text=text)
    assert (where.commune, where.centre, where.by, where.confidence) == ("00000", "province", "text", 0.0)
    assert len({catalogue.communes[code].centre for code in where.candidates}) > 1


def test_a_normalised_text_is_not_normalised_again(catalogue: Catalogue) -> None:
    assert catalogue.locate(text=normalise("ở p. Bãi  Cháy")).commune == "06673"


def test_every_commune_is_found_by_its_own_full_name(catalogue: Catalogue) -> None:
    for code, commune in catalogue.communes.items():
        assert catalogue.locate(text=f"Tại {commune.name} có sự cố").commune == code, commune.name
