"""Names, addresses and numbers that are plain by what stands right beside them; what only looks like one stays."""

from __future__ import annotations

import pytest

from ioc.classify import Redactor

_redact = Redactor(("Bãi Cháy", "Quang Trung", "Minh Châu", "Võ Nguyên Giáp"))


def _gone(text: str) -> list[str]:
    return [text[span.start : span.end] for span in _redact(text).spans]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("khách oanh trịnh bùng 3 đơn, ai biết thì nhắn", ["oanh trịnh"]),
        ("shipper ten dung nguyen lay hang roi tat may", ["dung nguyen"]),
        ("bắt đền đi, gia huy lớp 8b làm vỡ kính", ["gia huy"]),
        ("gap rieng anh trong ben thanh tra xay dung", ["trong"]),
        ("nho chi lan anh bo phan mot cua goi lai", ["lan anh"]),
        ("c thắm, giữ xe ở cổng chợ, nói năng lịch sự", ["thắm"]),
        ("cho nha ba lieu dem sua ca xom", ["lieu"]),
        ("nguoi dam vo kinh la duong, ca xom deu thay", ["duong"]),
        ("e là gia hân, hs trường bên", ["gia hân"]),
        ("ten toi da thi mai, xin hoi ve so do", ["da thi mai"]),
        ("hoi luat su to thi thanh binh ve dat", ["to thi thanh binh"]),
        ("cccd mang tên lê văn TRÌNH với ít tiền", ["lê văn TRÌNH"]),
        ("ba tôi là hoàng văn trắngg sinh năm 1951", ["hoàng văn trắngg"]),
        ("giay mang ten vuong thi dung, con ba dung thi khong biet gi", ["vuong thi dung", "dung"]),
        ("nhà chìu a lầy chưa có điện", ["chìu a lầy"]),
    ],
)
def test_names_without_capitals_are_plain_by_what_stands_beside_them(text: str, names: list[str]) -> None:
    assert _gone(text) == names


@pytest.mark.parametrize(
    "text",
    [
        "đoàn văn phòng đến muộn, mai văn bản mới có",
        "xe bán hàng thanh lý đỗ cố định dưới lòng đường",
        "em la giao vien, hoi ve che do",
        "người ta nói là giả danh, không biết thật không",
        "cho con em hoc lop 5 o truong nao",
        "nha ba con dang cho xe cuu thuong",
        "cậu thợ lặn đã tìm thấy cháu bé",
        "khu 4b a trắng xoá vì bụi đá",
        "anh em cong an khu vuc rat nhiet tinh",
        "may chi ban ca thi ngoi tran xuong long duong",
    ],
)
def test_the_same_words_beside_others_stay(text: str) -> None:
    assert _gone(text) == []


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Đề nghị đổi cô Minh Châu, bảo mẫu lớp mầm", ["Minh Châu"]),
        ("Bạn Quang Trung lớp 9A2 bị xe tông", ["Quang Trung"]),
        ("Ca nước đục. Vóc, con trai tôi, tắm xong nổi mẩn", ["Vóc"]),
        ("Tôi đã hỏi Anh Thư về khoản này", ["Anh Thư"]),
        ("Nghe đâu Tiền lấy tiền của quỹ lớp", ["Tiền"]),
        ("tránh xa nhé, Kenny Trần bán giày giả", ["Kenny Trần"]),
    ],
)
def test_a_person_who_is_called_like_a_place_is_found(text: str, names: list[str]) -> None:
    assert _gone(text) == names


def test_who_is_called_up_is_found_though_a_place_has_the_name() -> None:
    assert "Minh Châu" in _gone("Nhân chứng là Ngọc hoặc Minh Châu (0382 770 143)")


@pytest.mark.parametrize(
    "text",
    [
        "Đường Quang Trung, đoạn lớp mẫu giáo, ngập",
        "từ tháng Ba đến nay đã ba lần",
        "xã Minh Châu, con đường bê tông, hỏng",
    ],
)
def test_the_places_themselves_stay(text: str) -> None:
    assert _gone(text) == []


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("trước cửa số 90 lê lai có hố ga mất nắp", "trước cửa [địa chỉ] có hố ga mất nắp"),
        ("đc ghi 31 ngõ 6 tô hiến thành, gọi không được", "đc ghi [địa chỉ], gọi không được"),
        ("tiệm ở 40 giếng cổ, làm ồn cả đêm", "tiệm ở [địa chỉ], làm ồn cả đêm"),
        ("spa 102 Hoa Ban làm hỏng mặt em", "spa [địa chỉ] làm hỏng mặt em"),
        ("toi o 19 to 2 thon bac, xin hoi", "toi o [địa chỉ], xin hoi"),
        ("can ho P1204 toa B, 88 quang trung bi dot", "[địa chỉ] bi dot"),
        ("đốt pháo ở nhà số 5 xóm mới, khu 4b gần trường", "đốt pháo ở [địa chỉ] gần trường"),
        ("The water bill for 17 Group 6, Hoa Ban is too high, please check", "[địa chỉ]"),
        ("地址是35 Hoa Ban，每天有人倒垃圾", "地址是[địa chỉ]，每天有人倒垃圾"),
    ],
)
def test_houses_before_streets_of_no_list_are_found(text: str, redacted: str) -> None:
    assert redacted in _redact(text).text


@pytest.mark.parametrize(
    "text",
    [
        "điện thoại con 9 phan tram thôi, cứu với",
        "ở 40 độ, nắng gắt cả tuần",
        "nhà ở 12 hộ dân, ngập hết",
        "quán bán 3 ly nước giá cắt cổ",
        "thửa đất số 127 tờ bản đồ 15 bị đo sai",
        "cột đèn số 14 ngõ sau nhà hỏng",
        "hợp đồng thuê kiot số 17/HD-CHL hết hạn",
    ],
)
def test_what_is_no_house_stays(text: str) -> None:
    assert _gone(text) == []


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("sổ của mẹ tôi mã 2216045873 bị trùng", ["2216045873"]),
        ("Số hồ sơ lái xe 221190045572 không đồng bộ", ["221190045572"]),
        ("Chứng minh thư của vợ, số 100 918 773, và của tôi, 101 002 645, bị mất", ["100 918 773", "101 002 645"]),
        ("thương binh 2/4, sổ số TB-QN 33852, chưa nhận quà", ["TB-QN 33852"]),
        ("thẻ tạm trú của chồng tôi số TT-3390418 ghi sai", ["TT-3390418"]),
    ],
)
def test_numbers_of_papers_are_found_whole_and_one_behind_the_other(text: str, numbers: list[str]) -> None:
    assert _gone(text) == numbers


def test_a_sum_behind_a_number_is_no_paper() -> None:
    assert _gone("mất chứng minh số 100 918 773 và 101 triệu 002") == ["100 918 773"]


@pytest.mark.parametrize(
    "mail",
    [
        "lan . trinh @ gmail . com",
        "lantrinh91 (a còng) gmail . com",
        "chuyen,vp2 @yahoo.com",
        "kh.bh.77@g m a i l.com",
        "moitruong_mo@outlok,com",
        "l a n t r i n h @ g m a i l . c o m",
        "lan.trinh*gmail.com",
        "tranthihoai91@gmal",
        "tb.nguyen@outlook.ie",
    ],
)
def test_mail_is_found_whatever_stands_between_its_letters(mail: str) -> None:
    assert _gone(f"trả lời qua {mail} nhé") == [mail]


@pytest.mark.parametrize(
    ("text", "account"),
    [
        ("nhóm facebook. com/ lan.anh.ngoc.96 đăng bậy", "facebook. com/ lan.anh.ngoc.96"),
        ("fb /quangminh.bds.14 rao đất rừng", "quangminh.bds.14"),
    ],
)
def test_accounts_with_blanks_inside_are_found(text: str, account: str) -> None:
    assert _gone(text) == [account]


@pytest.mark.parametrize(
    "text", ["gửi về phongtnmt@quangninh.gov.vn giúp", "fb/zalo của phường không ai trả lời", "app gmail bị lỗi 24/7"]
)
def test_what_is_no_account_stays(text: str) -> None:
    assert _gone(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "con muốn mượn sách của Nguyễn Tuân và Tô Hoài",
        "xem lai chung chi hanh nghe cua phong kham",
        "Nhờ ad liên hẹ giùm e với",
        "quê em ở xa, que o tien yen",
        "Gặp đồng chí Chủ tịch UBND phường",
        "hoi may bua, dan mat nuoc ca tuan",
    ],
)
def test_words_that_were_taken_for_names_stay(text: str) -> None:
    assert _gone(text) == []


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("你们单位方小姐很好", "你们单位[tên]小姐很好"),
        ("投诉雷师傅乱收费", "投诉[tên]师傅乱收费"),
        ("我是越南女婿梁伟，证件写错了", "我是越南女婿[tên]，证件写错了"),
    ],
)
def test_chinese_surnames_before_titles_are_found_whatever_stands_before(text: str, redacted: str) -> None:
    assert _redact(text).text == redacted


@pytest.mark.parametrize("text", ["中文导游临时换成别人", "对方老师不肯赔钱", "谢谢师傅", "明白医生的意思"])
def test_other_chinese_words_before_titles_stay(text: str) -> None:
    assert _gone(text) == []
