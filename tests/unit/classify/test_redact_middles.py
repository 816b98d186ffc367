"""Full names that are plain by their middle word or their order; the same words where they are a sentence's stay."""

from __future__ import annotations

import pytest

from ioc.classify import Redactor

_redact = Redactor(("Bãi Cháy", "Quang Trung", "Tuệ Tĩnh"))


def _gone(text: str) -> list[str]:
    return [text[span.start : span.end] for span in _redact(text).spans]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("toi la hoang van be to 7, nha mat nuoc 4 ngay", ["hoang van be"]),
        ("xin so giuong benh cua lenh van quang, cap cuu toi qua", ["lenh van quang"]),
        ("chau la lo van pan, bi cong ty giu bang goc", ["lo van pan"]),
        ("Hai hộ Lý A Pao và Chìu Sám Múi tranh nhau nguồn nước", ["Lý A Pao", "Chìu Sám Múi"]),
        ("Đất cấp cho Vừ Mí Pó nhưng Vừ Mí Nô lại đứng ra bán", ["Vừ Mí Pó", "Vừ Mí Nô"]),
        ("Đơn của tôi: Nguyễn Hữu Đang, cựu chiến binh", ["Nguyễn Hữu Đang"]),
        ("Biên lai ghi người nộp Phùng Quý, số tiền 2 triệu", ["Phùng Quý"]),
        ("Rẫy quế của dòng họ Phàn bị đốt", ["Phàn"]),
    ],
)
def test_full_names_are_found_by_their_middle_word_and_order(text: str, names: list[str]) -> None:
    assert _gone(text) == names


@pytest.mark.parametrize(
    "text",
    [
        "may hoc nghe o dau chu em lo van chua co viec",
        "chup thi ran xuong, co ai giup khong",
        "chi gai dang cho con bu thi no khoc",
        "ong chong van bam vao coc cho cuu",
        "dong ho hong ca tuan roi",
    ],
)
def test_still_and_then_without_their_marks_make_no_name(text: str) -> None:
    assert _gone(text) == []


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Bức xúc vì bảo vệ Đức quát cả người già", ["Đức"]),
        ("Thủ môn Cảnh đội xã bên đấm trọng tài", ["Cảnh"]),
        ("Bac Thuần gác chắn ngủ quên, thì có tai nạn", ["Thuần"]),
        ("Cô hướng dẫn viên, tên Ý, bỏ rơi khách", ["Ý"]),
        ("Ai trả lời? Đức bảo Tuyên, Tuyên lại bảo Đức.", ["Đức", "Tuyên", "Tuyên", "Đức"]),
        ("Em phản ánh xe buýt bỏ bến, lái xe ten Hoàg, phụ xe ten Thuý", ["Hoàg", "Thuý"]),
        ("tui là tư rèn, thợ hàn, ở đầu xóm", ["tư rèn"]),
        ("co ai biet nga beo ban thit o dau", ["nga beo"]),
        ("duy mập đòi tiền cả xóm", ["duy mập"]),
        ("Bên cạnh nhà tôi, Công và Chức cãi nhau vì ranh giới", ["Công", "Chức"]),
        ("cong an xa co anh Tho lam can cuoc nhanh gon", ["Tho"]),
        ("cứu e vs, a long chủ nhà trọ khoá cửa", ["long"]),
    ],
)
def test_single_names_are_found_by_who_somebody_is(text: str, names: list[str]) -> None:
    assert _gone(text) == names


@pytest.mark.parametrize(
    "text",
    [
        "khách Đức quát tháo ở sảnh",
        "chủ quán tên Đ., cuốn sổ để dưới ngăn kéo",
        "năm ngoái có đoàn về đo, bảo quý 2 khởi công",
        "xin cam on hai chien si cuu hoa",
        "xin phan anh mui hoi tu trai lon phia sau",
        "mot nguoi mang ten hoi chu thap do di xin tien",
        "đoạn từ số 40 đến 78 Tuệ Tĩnh xin lát lại",
        "Construction noise at 2 am on Le Loi street, please stop it",
        "em thi hôm 12/9, số báo danh 114, tới nay chưa có kết quả",
        "phi lam ho chieu la 200000 hay 160000 dong",
    ],
)
def test_what_only_looks_like_a_name_or_a_number_stays(text: str) -> None:
    assert _gone(text) == []


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("cccd 0.2.2.3.0.1.0.0.5.5.6.6, sinh 2001", ["0.2.2.3.0.1.0.0.5.5.6.6"]),
        ("mất bằng thuyền trưởng hạng nhỏ của con trai tôi, số TT3-08817, rơi xuống nước", ["TT3-08817"]),
        ("bảo hiểm thất nghiệp, sổ 2210456738, công ty chưa chốt", ["2210456738"]),
        ("tiền lương hưu của mẹ tôi, sổ 1096012873, sao chưa về", ["1096012873"]),
        ("cháu làm mất thẻ học viên công an số 251-774", ["251-774"]),
        ("doi dia chi ve to 2, ngo 15, nha 8 cho ba ngoai", ["to 2, ngo 15, nha 8"]),
        ("mất xe ở hầm cc 24 tầng, toà A2, P1507, bảo vệ ngủ", ["24 tầng, toà A2, P1507"]),
        ("Số phòng là P.7, nhà 135 đường Trới, đêm nào cũng ồn", ["P.7, nhà 135 đường Trới"]),
        ("Địa điểm: 23B, ngách 4/17, phố Đoàn Kết. Thấm dột", ["23B, ngách 4/17, phố Đoàn Kết"]),
        ("trọ ở phòng 4, số 19 ngách 2 ngõ 155 đường Hậu Cần", ["phòng 4, số 19 ngách 2 ngõ 155 đường Hậu Cần"]),
    ],
)
def test_papers_and_addresses_are_found_whole(text: str, values: list[str]) -> None:
    assert _gone(text) == values
