"""Names behind "tên" and "là", and behind titles, of words that no list has; what only looks like one stays."""

from __future__ import annotations

import pytest

from ioc.classify import Redactor

_redact = Redactor(("Bãi Cháy", "Cô Tô", "Võ Nguyên Giáp", "Hồng Hải"))


def _gone(text: str) -> list[str]:
    return [text[span.start : span.end] for span in _redact(text).spans]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("mẹ tên hạt, đang ở phòng bảo vệ chợ", ["hạt"]),
        ("xe khách do lái xe tên sành của nhà xe chở quá người", ["sành"]),
        ("có ai tên thư ở ngõ trên không, có giấy báo", ["thư"]),
        ("quán net cho trẻ con hút thuốc, chủ tên tây đô", ["tây đô"]),
        ("chuyen khoan techcombank ten do thi nhan la lua dao", ["do thi nhan"]),
        ("gui lai so dien thoai, ten thanh tuoi, khi nao xuong thi goi", ["thanh tuoi"]),
        ("tài khoản ví, tên hiện NGO THI BE, bán vé giả", ["NGO THI BE"]),
        ("tôi tên hạnh nhân viên bán hàng", ["hạnh"]),
        ("em là nông thị chiêm ở trên bản xuống", ["nông thị chiêm"]),
        ("anh tần a lở bẫy chim đêm", ["tần a lở"]),
        ("e là Hải Đăng ctv báo trường", ["Hải Đăng"]),
    ],
)
def test_what_somebody_is_called_is_a_name_whatever_it_means(text: str, names: list[str]) -> None:
    assert _gone(text) == names


@pytest.mark.parametrize(
    "text",
    [
        "biển tên đường bị mất chữ, đề nghị thay",
        "ba tên bịt mặt đang ở quầy lễ tân",
        "2 tên cướp vừa chạy qua cầu",
        "giấy mời ghi tên đầy đủ nhưng sai ngày",
        "tiệm đổi tên thành bán giày",
        "nick a đó lừa tiền của em",
        "hoc phi cao gap ten lua, ai chiu noi",
        "nha may thai ra ten goi khac nhau",
    ],
)
def test_what_is_nobodys_name_stays(text: str) -> None:
    assert _gone(text) == []


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("tôi bị chó nhà ông sần cắn vào bắp chân", ["sần"]),
        ("anh lềnh sửa điện nước ở chợ lấy cọc rồi mất hút", ["lềnh"]),
        ("Nhà chị hợi số 92 nứt nặng nhất", ["hợi"]),
        ("ai là người nhà cụ xoa, cụ đang ngồi khóc", ["xoa"]),
        ("cô thía giữ xe ở cổng chợ", ["thía"]),
        ("ông tám tàng nhậu xỉn nằm giữa đường", ["tám tàng"]),
        ("bác sáu lèo bán thịt chuyển tiền", ["sáu lèo"]),
        ("thím chúc báo bị mất bốn bao lúa", ["chúc"]),
    ],
)
def test_a_word_of_no_list_behind_a_title_is_a_name_before_a_deed(text: str, names: list[str]) -> None:
    assert _gone(text) == names


@pytest.mark.parametrize(
    "text",
    [
        "hai ông quật nhau rầm rầm giữa sân",
        "bà ngáy khò khò mà gọi không tỉnh",
        "có bác cả đời mới đi biển lần đầu",
        "lon dich ta chau Phi chet hang loat",
        "mấy anh hốt giùm đống rác",
        "cô chăm cháu tôi suốt mười ngày",
        "mà anh hdv kêu nghỉ tí là hết",
        "xe e bị hỏng mà a ý kêu k chịu trách nhiệm",
        "mùi thơm nồng nặc như hóa chất",
        "người dân kiên quyết không đồng ý",
        "hung thinh plaza doi rac ra duong",
        "Duong Vo Nguyen Giap bi nguoi dan phoi thoc",
        "lua lan nhanh, can 114 toi gap",
        "Cô giáo mầm non Hoa Hồng ngày nào cũng đón con tôi",
    ],
)
def test_what_people_do_and_places_stay(text: str) -> None:
    assert _gone(text) == []


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Chi Hoa ban bun o dau ngo do nuoc thai", ["Hoa"]),
        ("thuê xe của a Long bds, lúc trả nó bắt đền", ["Long"]),
        ("Cô giáo mầm non Lan Phương dán băng dính", ["Lan Phương"]),
        ("Scammer Kevin Trinh sells fake vouchers", ["Kevin Trinh"]),
    ],
)
def test_capitals_behind_a_title_are_a_name(text: str, names: list[str]) -> None:
    assert _gone(text) == names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("nguyen van minh o khu tren bao mat dien", ["nguyen van minh"]),
        ("Cháu là Ngyễn Hữu Phúc muốn phản ánh", ["Ngyễn Hữu Phúc"]),
        ("nho xem lai tien den bu cho ho Ninh Van Dau, con thieu", ["Ninh Van Dau"]),
        ("nguyen van con bui than tren cay", []),
    ],
)
def test_full_names_are_found_without_marks_misspelt_and_behind_a_household(text: str, names: list[str]) -> None:
    assert _gone(text) == names
