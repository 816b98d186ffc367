"""How people really write places: short, drawn together, misspelt, without marks; and what only looks like one."""

from __future__ import annotations

import re

import pytest

from ioc.catalog import Catalogue, CatalogueError, load_catalogue
from ioc.catalog.variants import is_syllable, joined, same_letters, slips

FOUND = [
    # short and drawn together
    ("bcháy mất nước", "Bãi Cháy", "06673"),
    ("bchay mat nuoc", "Bãi Cháy", "06673"),
    ("ở mcai tắc biên từ sáng", "Móng Cái", "06712"),
    ("cphả bụi quá", "Cẩm Phả", "06793"),
    ("hlong mưa to", "Hạ Long", "06688"),
    ("dưới uongbi ngập rồi", "Uông Bí", "06811"),
    ("tp hl kẹt xe", "Thành phố Hạ Long", "06688"),
    ("ks gần chợ, p bãi cháy", "Phường Bãi Cháy", "06673"),
    ("o bc mat nuoc", "Bãi Cháy", "06673"),
    ("kđt cao xanh ngập", "Cao Xanh", "06658"),
    # one slip of the keyboard, or a mark on the wrong letter
    ("Uôgn Bí mất điện", "Uông Bí", "06811"),
    ("bai chya mat dien", "Bãi Cháy", "06673"),
    ("mông dươngg bụi mù", "Mông Dương", "06760"),
    ("Móng Caí kẹt xe", "Móng Cái", "06712"),
    ("quốc lộ 18 đoạn Đông Triêu", "Đông Triều", "07093"),
    ("ghế dù ở bãi biển Tuân Châu", "Tuần Châu", "06706"),
    # without marks: a capital, a number, a word of ground
    ("Are dogs allowed on the ferry to Co To?", "Cô Tô", "07192"),
    ("dead dog on the road to Yen Tu", "Yên Tử", "06832"),
    ("bãi tắm không phao: bai Tra Co", "Trà Cổ", "06712"),
    ("nha o xom 4 hai ha", "Hải Hà", "06922"),
    ("chung ở tổ 6 Cao Thắng", "Cao Thắng", "06676"),
    ("chay roi, ngo 12 ha tu", "Hà Tu", "06652"),
    ("cong truong o uong bi", "Uông Bí", "06811"),
    # an everyday word with capitals, behind what stands there
    ("thả dê trong khu đô thị Hải Yên", "Hải Yên", "06736"),
    ("Đê bao Liên Hoà sụt một đoạn", "Liên Hòa", "07180"),
    ("nhà em ở khu 2 Trới", "Trới", "07030"),
    ("o to di lan tren cau Trieu", "Cầu Triều", "07093"),
    # landmarks and roads
    ("Vỉa hè Lê Thánh Tông đầy bàn ghế", "Lê Thánh Tông", "06685"),
    ("Ngã ba Chạp Khê: va chạm", "ngã ba Chạp Khê", "06820"),
    ("hải quan Bắc Luân", "Bắc Luân", "06712"),
    ("dust along Highway 18 near Mao Khe", "Mạo Khê", "07069"),
    # other languages
    ("下龙湾游船太贵", "下龙湾", "06673"),
    ("在觀瀾島，島上沒有醫生", "观澜岛", "06994"),
    ("北仑口岸货车排了三天", "北仑口岸", "06712"),
    ("Halong Bay cruise", "Halong Bay", "06673"),
]


@pytest.mark.parametrize(("text", "name", "commune"), FOUND)
def test_it_is_found(catalogue: Catalogue, text: str, name: str, commune: str) -> None:
    where = catalogue.locate(text=text)
    assert where.place is not None
    assert (where.place.name, where.commune) == (name, commune)


NO_PLACE = [
    "có đám cháy lớn, cháy to lắm",
    "trước cửa ông hàng xóm đầy rác",
    "trước cửa ông Tư đầy rác",
    "giay xac nhan thuong binh cua ong toi",
    "tặng bằng vàng danh dự",
    "bãi cháy đen thui sau khi đốt rác",
    "yên tử tế với nhau đi",
    "lễ khai trương hạ long trọng",
    "anh Hùng Thắng gây rối",
    "ông Hồng Hà chửi bới",
    "chị Hải Hà ở cửa hàng bán gian",
    "em tên Hải Hà",
    "cây chè trà cổ thụ bị chặt",
    "cho troi mua to qua",
    "hôm nào phường mình có hiến máu",
    "mk hỏi phường ko trả lời, hk biết làm sao",
    "minh khong biet phuong nao",
    "be nuoc cong dong co xac chuot",
    "dong ho vach do ma van chay",
    "nước tràn từ nắp hố đồng hồ",
    "khach vap nga hoai, nho ben do lam lai",
    "bè nuôi bỏ hoang tan ra",
    "chuột chết mà đông luôn",
    "dong luon, ban hang canh ma muon xiu",
    "giá 2 tỷ, lãi 3 tỷ",
    "chịu trách nhiệm ở tổ 5 thống nhất với nhau",
    "ngã tư Tân Mai",
    "we came from Cat Ba island",
    "tôi ở Hà Nội xuống",
    "ok ub nhé",
    "tim tro chung cu hai yen tinh",
    "cau trieu phu tren ti vi",
    "phong tro khu 2 troi oi nong qua",
    "bãi thống nhất giá giữ xe",
    "hợp tác Việt Nam - Thụy Điển",
]


@pytest.mark.parametrize("text", NO_PLACE)
def test_what_names_no_place_has_none(catalogue: Catalogue, text: str) -> None:
    assert catalogue.locate(text=text).place is None


@pytest.mark.parametrize(
    "text", ["QL 18 kẹt", "QL.18 kẹt", "ql18 kẹt", "quốc lộ 18 kẹt", "Highway 18 jam", "duong 18 ket"]
)
def test_a_road_with_a_number_is_one_road_however_it_is_written(catalogue: Catalogue, text: str) -> None:
    named = catalogue.locate(text="quốc lộ 18 kẹt").candidates
    where = catalogue.locate(text=text)
    assert where.candidates == named
    assert (where.commune, where.by) == ("00000", "none")


@pytest.mark.parametrize("text", ["ĐT326 xấu", "TL 326 xấu", "tỉnh lộ 326 xấu", "đường tỉnh 326 xấu"])
def test_so_is_a_provincial_one(catalogue: Catalogue, text: str) -> None:
    assert catalogue.locate(text=text).candidates == catalogue.locate(text="Đường tỉnh 326").candidates != ()


def test_people_of_a_place_are_no_person_of_its_name(catalogue: Catalogue) -> None:
    assert catalogue.locate(text="các bác Cẩm Phả ơi").centre == "cam-pha"
    assert catalogue.locate(text="phường Cửa Ông bà con kêu nhiều").commune == "06781"


def test_a_slip_hides_no_name_that_is_written_right(catalogue: Catalogue) -> None:
    where = catalogue.locate(text="Tại Phường Đông Triều")
    assert where.commune == "07093"


def test_a_misspelt_name_is_less_sure_than_the_right_one(catalogue: Catalogue) -> None:
    right, wrong = (catalogue.locate(text=text).confidence for text in ("mông dương bụi", "mông dươngg bụi"))
    assert 0.5 < wrong < right


def test_no_misspelling_is_a_syllable_that_exists(catalogue: Catalogue) -> None:
    for name in catalogue.place_names:
        for form, place in slips(name):
            assert not is_syllable(form.split()[place]), (name, form)


@pytest.mark.parametrize("word", ["chay", "nghieng", "quynh", "thuyen", "khuya", "ong", "y", "gieng", "loong", "hoach"])
def test_syllables_of_the_language_are_known(word: str) -> None:
    assert is_syllable(word)


@pytest.mark.parametrize("word", ["chya", "uogn", "hpa", "dduong", "mcai", "xyz", "", "gas", "lng"])
def test_what_is_no_syllable_is_none(word: str) -> None:
    assert not is_syllable(word)


def test_names_are_drawn_together_only_where_no_word_comes_out() -> None:
    assert joined("núi chuông") == "nchuông"
    assert joined("tân an") is None
    assert joined("chuông") is None
    assert joined("núi chuông to") is None
    assert list(slips("hà an")) == []


def test_a_mark_may_stand_on_another_letter_of_the_word() -> None:
    assert same_letters("caí", "cái")
    assert not same_letters("cài", "cái")


def test_every_unit_old_and_new_is_found_by_its_full_name(files: dict[str, bytes], catalogue: Catalogue) -> None:
    """54 in force, 177 of before: those that were split keep every part as a candidate, the sum of which is below 1."""
    header, *lines = (line.split(",") for line in files["legacy_units.csv"].decode().splitlines())
    rows = [dict(zip(header, line, strict=True)) for line in lines]
    assert (len(catalogue.communes), len(rows)) == (54, 177)
    in_force = {commune.name for commune in catalogue.communes.values()}
    for row in rows:
        if row["name"] in in_force:
            continue
        where = catalogue.locate(text=f"Sự cố tại {row['name']}, {row['district']}")
        wanted = {row["new_code"], *filter(None, row["new_code_also"].split(";"))}
        assert wanted & set(where.candidates), row["name"]
        assert sum(where.candidate_confidences) < 1, row["name"]


def test_an_invented_province_may_have_everyday_words_too(files: dict[str, bytes]) -> None:
    rows = "name,means\nHà Lầm,hà làm\nHà Lầm,hà lầm lì\n"
    changed = load_catalogue(files | {"everyday.csv": rows.encode()})
    assert changed.locate(text="ha lam vay").place is None
    assert changed.locate(text="chị hà lầm lì lắm").place is None
    assert changed.locate(text="Hà Lầm mất nước").commune == "06676"
    assert changed.version != load_catalogue(files).version
    without = load_catalogue({name: raw for name, raw in files.items() if name != "everyday.csv"})
    assert without.locate(text="trước cửa ông hàng xóm").place is not None


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("Hà Tu,trời", "everyday.csv, line 2, means: 'trời' is not 'Hà Tu' with other marks, or within a phrase"),
        ("Hà Tu,hả tư\nHà Tu,hả tư", "everyday.csv, line 3, name: 'Hà Tu' stands in line 2 already"),
        ("?,trời", "everyday.csv, line 2, name: '?' has no letters"),
    ],
)
def test_a_mistake_in_the_everyday_words_is_named(files: dict[str, bytes], rows: str, message: str) -> None:
    with pytest.raises(CatalogueError, match=re.escape(message)):
        load_catalogue(files | {"everyday.csv": f"name,means\n{rows}\n".encode()})
