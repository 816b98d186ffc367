"""What looks like a name and is nobody's stays; and names that a place's word or name stands in are found."""

from __future__ import annotations

import pytest

from ioc.classify import Redactor

_redact = Redactor(("Bãi Cháy", "Cô Tô", "Võ Nguyên Giáp", "Hồng Hải", "Hòa Bình", "Đồng Văn"))


def _gone(text: str) -> list[str]:
    return [text[span.start : span.end] for span in _redact(text).spans]


@pytest.mark.parametrize(
    "text",
    [
        "Toà xử cho tôi thắng, bên kia vẫn không dỡ rào",
        "Thịt cá hỏng hết, tôi ước thiệt hại ba triệu",
        "Đất của tôi giáp mương thoát nước",
        "Năm Dần xây nhà, năm Tuất sửa lại",
        "năm tân sửu đã hứa làm đường",
        "giấy nợ là của cô ta, tôi chỉ ký làm chứng",
        "nguoi dan ong khoang 40 tuoi cao to",
        "vi van nhuong duong cho xe, ai ngo anh y say ruou",
        "cu 2 thang thu 1 lan ma lai thu 3 thang tien",
        "ten nguoi, khong phai ten huyen, xin doc ky",
        "nha thuoc Minh Duc ban khau trang gia cao",
        "Vỉa hè pho Hai Phuc bi chiem de ban hàng ăn uống hết",
        "Yến nuôi trong phố kêu cả đêm",
        "Tùng la hán trồng giữa đường bị chết khô",
        "vợ chồng thuận tình ly hôn nộp đơn ở đâu",
        "Trường Đoàn Thị Điểm thu tiền điều hoà",
        "隔壁小哥把车停在路口",
        "taxi charged me a lot from the port to Hon Gai",
    ],
)
def test_what_is_nobodys_name_stays(text: str) -> None:
    assert _gone(text) == []


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Bè nuôi hàu của Đồng Văn Tráng chứa phao xốp", ["Đồng Văn Tráng"]),
        ("Đất ruộng cạnh nhà Hồ Sỹ Hanh bị lấn", ["Hồ Sỹ Hanh"]),
        ("chuyen tien cua Luc Van Dinh ma phan khong thay dau", ["Luc Van Dinh"]),
        ("thua cac bac con la Phuong Anh o ky tuc xa", ["Phuong Anh"]),
        ("Cháu bé nhà Mỹ Duyên mới sinh không ngủ được", ["Mỹ Duyên"]),
        ("Ông nội cháu tên Hoà Bình, cả làng biết", ["Hoà Bình"]),
        ("Ông từ miếu Lục Văn Phiên đuổi mãi không được", ["Lục Văn Phiên"]),
        ("khong co ai truc ngoai chi Hoa Hong ho sinh, mot minh do de", ["Hoa Hong"]),
        ("我是越南媳妇黄氏花的丈夫", ["黄氏花"]),
        ("请帮我找周建国,68岁,在海滩走失", ["周建国"]),
    ],
)
def test_names_that_have_a_places_word_or_name_in_them(text: str, names: list[str]) -> None:
    assert _gone(text) == names
