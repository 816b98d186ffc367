"""Landmarks, roads and other spellings: read strictly, and taken for what they are."""

from __future__ import annotations

import pytest

from ioc.catalog import Catalogue, CatalogueError, load_catalogue
from ioc.catalog.evidence import weigh
from ioc.catalog.names import PlaceNames
from ioc.text.normalise import normalise

SURE = [
    ("cháy gần chợ đêm Bãi Cháy", "06673", "chợ đêm Bãi Cháy"),
    ("tai nan o cau bai chay", "06673", "Cầu Bãi Cháy"),
    ("p.bc mất nước", "06673", "Phường Bãi Cháy"),
    ("p bãi cháy mất nước", "06673", "Phường Bãi Cháy"),
    ("bãi cháy, hl ngập", "06673", "Bãi Cháy"),
    ("đg trần phú móng cái kẹt xe", "06712", "Đường Trần Phú"),
    ("phố Trần Phú, Móng Cái", "06712", "Đường Trần Phú"),
    ("QL18 đoạn Đại Yên có tai nạn", "06706", "Đại Yên"),
    ("bv bãi cháy đông quá", "06661", "Bệnh viện Bãi Cháy"),
    ("phường Bải Cháy mất điện", "06673", "Phường Bãi Cháy"),
    ("tp hạ long: chợ hà tu ngập", "06652", "Chợ Hà Tu"),
    ("Bai Chay ward is flooded", "06673", "Phường Bãi Cháy"),
    ("The taxi at Tuan Chau port cheated us", "06706", "Tuan Chau port"),
    ("拜斋那边坐电瓶车", "06673", "拜斋"),
    ("北仑二桥外面排了五天", "06712", "北仑二桥"),
]


@pytest.mark.parametrize(("text", "commune", "name"), SURE)
def test_what_people_write_is_found_and_named_as_the_data_spells_it(
    catalogue: Catalogue, text: str, commune: str, name: str
) -> None:
    where = catalogue.locate(text=text)
    assert where.place
    assert (where.commune, where.place.name, where.by) == (commune, name, "text")


@pytest.mark.parametrize(
    ("text", "centre"),
    [("tx qy ngập", "quang-yen"), ("tp hl ngập", "ha-long"), ("芒街过桥以后", "mong-cai"), ("Halong city", "ha-long")],
)
def test_a_short_or_foreign_name_of_a_former_district_means_its_centre(
    catalogue: Catalogue, text: str, centre: str
) -> None:
    where = catalogue.locate(text=text)
    assert (where.centre, where.by) == (centre, "text")
    assert where.confidence < 0.5
    assert len(where.candidates) > 2


@pytest.mark.parametrize(
    "text",
    [
        "bc ơi giúp với",
        "mc chương trình hay quá",
        "troi oi mua to",
        "thanh niên xung kích",
        "ai cũng đoàn kết giúp nhau",
        "dat sau nha van hoa ban",
        "nhieu nguoi bi thuong",
        "cau troi dung mua",
        "vach da dung dung",
    ],
)
def test_an_abbreviation_or_everyday_word_alone_is_no_place(catalogue: Catalogue, text: str) -> None:
    assert catalogue.locate(text=text).place is None


def test_a_road_of_several_centres_is_named_but_tells_no_commune(catalogue: Catalogue) -> None:
    where = catalogue.locate(text="đường Trần Phú ngập")
    assert where.place
    assert (where.place.name, where.commune, where.by) == ("Đường Trần Phú", "00000", "none")
    assert {catalogue.communes[code].centre for code in where.candidates} == {"mong-cai", "cam-pha"}


def test_two_names_that_agree_are_surer_than_one(catalogue: Catalogue) -> None:
    one = catalogue.locate(text="ở Uông Bí")
    both = catalogue.locate(text="ở Uông Bí, phường Quang Trung")
    assert one.candidates == ("06811", "06820", "06832")
    assert both.candidates == ("06811",)
    assert both.confidence > catalogue.locate(text="phường Quang Trung").confidence > one.confidence


def test_a_former_city_leaves_its_communes_as_candidates(catalogue: Catalogue) -> None:
    where = catalogue.locate(text="thành phố Uông Bí")
    assert set(where.candidates) == {"06811", "06820", "06832"}
    assert where.confidence < catalogue.locate(text="phường Uông Bí").confidence


def test_where_somebody_comes_from_counts_less(catalogue: Catalogue) -> None:
    assert catalogue.locate(text="em đi từ Bãi Cháy bị ngã ở Hà Tu").commune == "06652"


def test_the_place_is_given_in_offsets_of_the_original(catalogue: Catalogue) -> None:
    text = "ko có nc ở  P. Ba\u0303i Cha\u0301y"
    place = catalogue.locate(text=text).place
    assert place
    assert text[place.start : place.end] == "Ba\u0303i Cha\u0301y"


def test_a_position_decides_and_the_place_of_the_text_is_kept(catalogue: Catalogue) -> None:
    where = catalogue.locate(20.96438, 107.04804, 10.0, "ngập ở chợ Hà Tu")
    assert (where.commune, where.by, where.text_commune) == ("06673", "nearest", "06652")
    assert where.place
    assert where.place.name == "Chợ Hà Tu"
    assert len(where.candidate_confidences) == len(where.candidates) == 2


def test_confidences_of_candidates_add_up_to_one_at_most(catalogue: Catalogue) -> None:
    texts = (*(text for text, _, _ in SURE), *catalogue.place_names, *catalogue.landmark_names)
    for text in texts:
        where = catalogue.locate(text=f"ở {text}, {text}")
        assert len(where.candidates) == len(where.candidate_confidences), text
        assert sum(where.candidate_confidences) <= 1, text
        assert list(where.candidate_confidences) == sorted(where.candidate_confidences, reverse=True), text


def test_every_landmark_is_found_beside_its_commune(catalogue: Catalogue) -> None:
    missed = [name for name in catalogue.landmark_names if catalogue.locate(text=f"tại {name}").place is None]
    assert not missed


def test_every_commune_has_landmarks_or_roads(files: dict[str, bytes], catalogue: Catalogue) -> None:
    rows = [line.split(",") for line in files["gazetteer.csv"].decode().splitlines()[1:]]
    named = {code for row in rows for code in row[-2].split(";")}
    assert named == set(catalogue.communes)


def test_no_text_says_nothing() -> None:
    assert weigh(PlaceNames({}, ()).find(normalise("không có gì")), {}) is None


def test_a_province_without_a_gazetteer_works(files: dict[str, bytes]) -> None:
    plain = load_catalogue({name: raw for name, raw in files.items() if name not in {"gazetteer.csv", "spellings.csv"}})
    assert plain.landmark_names == ()
    assert plain.locate(text="ở phường Bãi Cháy").commune == "06673"
    assert plain.locate(text="p.bc").place is None
    assert plain.version != load_catalogue(files).version


def test_an_invented_province_has_its_own(invented: Catalogue) -> None:
    assert invented.locate(text="xe hỏng trên cầu Đá Bạc Đôi").commune == "90002"
    assert invented.locate(text="tp sbc ngập").centre == "suoi-bac"
    assert invented.locate(text="银双桥").commune == "90002"


@pytest.mark.parametrize(
    ("file", "rows", "message"),
    [
        ("gazetteer.csv", "Cầu X,bridge,,90001,", r"line 2, commune_code: '90001' is no commune"),
        ("gazetteer.csv", "Cầu X,bridge,,,", r"line 2, commune_code: must not be empty"),
        ("gazetteer.csv", "Cầu X,brigde,,06673,", r"line 2, kind: 'brigde' is no kind of place"),
        ("gazetteer.csv", "Hà Tu,neighbourhood,,06673,", r"line 2, name: 'Hà Tu' is the name of a unit"),
        ("gazetteer.csv", "Cầu X,bridge,hà tu,06673,", r"line 2, aliases: 'hà tu' is the name of a unit"),
        ("gazetteer.csv", "Cầu X,bridge,?,06673,", r"line 2, aliases: '\?' has no letters"),
        ("gazetteer.csv", "Cầu X,bridge,,06673,\nCầu X,bridge,,06673,", r"line 3, name: 'Cầu X' stands in line 2"),
        ("gazetteer.csv", "Cầu X,bridge,,06673,no", r"line 2, common: expected yes or nothing"),
        ("spellings.csv", "Nơi Nào,nn,", r"line 2, name: 'Nơi Nào' is no bare name"),
        ("spellings.csv", "Hà Tu,h,", r"line 2, short: 'h' is no abbreviation"),
        ("spellings.csv", "Hà Tu,,Hà Lầm", r"line 2, other: 'Hà Lầm' is the name of a unit"),
        ("spellings.csv", "Hà Tu,ht,\nHà Lầm,ht,", r"line 3, short: 'ht' stands in line 2 already"),
    ],
)
def test_a_mistake_is_named_by_file_line_and_column(
    files: dict[str, bytes], file: str, rows: str, message: str
) -> None:
    header = files[file].split(b"\n", 1)[0]
    with pytest.raises(CatalogueError, match=f"^{file.replace('.', chr(92) + '.')}, {message}"):
        load_catalogue(files | {file: header + b"\n" + rows.encode() + b"\n"})
