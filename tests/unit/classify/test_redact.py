"""Personal data is found in many spellings, and what only looks like it stays."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc.classify import PLACEHOLDERS, Redactor, redact

TAKEN = [
    ("nick Anh Ba Đất Đỏ lừa bán đất", "nick [tài khoản mạng xã hội] lừa bán đất"),
    ("zalo tên Ngân Hàng Số 24h xưng là", "zalo tên [tài khoản mạng xã hội] xưng là"),
    ('Shop "Ốc Xinh" trên facebook bán giày giả', 'Shop "[tài khoản mạng xã hội]" trên facebook bán giày giả'),
    ("acc fb huong ly order lua em", "acc fb [tài khoản mạng xã hội] lua em"),
    ("Skype: live:haison_qn", "Skype: [tài khoản mạng xã hội]"),
    ("số em 09một2ba45sáu78", "số em [số điện thoại]"),
    ("call zero nine one two 345 678", "call [số điện thoại]"),
    ("hoa mai 88 a còng gmail chấm com", "[email]"),
    ("Bằng lái xe hạng A1 của tôi số 220145012345", "Bằng lái xe hạng A1 của tôi số [số giấy tờ]"),
    ("身份证号450602199001011234", "身份证号[số giấy tờ]"),
    ("Mã sinh viên 20A4012345", "Mã sinh viên [số giấy tờ]"),
    ("thẻ hướng dẫn viên số 122181234", "thẻ hướng dẫn viên số [số giấy tờ]"),
    ("xe biển Lào UN 1234", "xe biển Lào [biển số]"),
    ("toi o 72 le lai to 5", "toi o [địa chỉ]"),
    ("88 Tran Hung Dao, the sewer overflows", "[địa chỉ], the sewer overflows"),
    ("Thôn Đồng Cao, số nhà 8", "[số nhà]"),
    ("chủ quán tên Hoa chửi khách", "chủ quán tên [tên] chửi khách"),
    ("phòng 302 nhà A3 khu tập thể Cột 5", "[địa chỉ]"),
    ("I live in house 45, group 6, Bai Chay ward", "I live in [địa chỉ], Bai Chay ward"),
    ("hang xom toi cu pho duc thin keu cuu", "hang xom toi cu [tên] keu cuu"),
    ("cua nguoi ten vu thai binh, lay phi", "cua nguoi ten [tên], lay phi"),
    ("chu tai khoan le thi bich nga. gio", "chu tai khoan [tên]. gio"),
    ("Gọi em số 0912345678 nhé", "Gọi em số [số điện thoại] nhé"),
    ("sđt 0912.345.678", "sđt [số điện thoại]"),
    ("+84 912 345 678", "[số điện thoại]"),
    ("(+84) 912-345-678 gọi sớm", "[số điện thoại] gọi sớm"),
    ("sdt:84912345678", "sdt:[số điện thoại]"),
    ("09 12 34 56 78", "[số điện thoại]"),
    ("không chín một hai ba bốn năm sáu bảy tám", "[số điện thoại]"),
    ("lien he chin ba bay hai linh mot sau tam nam nhe", "lien he [số điện thoại] nhe"),
    ("khong chin mot hai, ba bon nam, sau bay tam", "[số điện thoại]"),
    ("số không 912 ba bốn năm 678", "số [số điện thoại]"),
    ("0203 3 825 123", "[số điện thoại]"),
    ("o912345678 hoặc 09l2345678", "[số điện thoại] hoặc [số điện thoại]"),
    ("0912 345 678 10 triệu", "[số điện thoại] 10 triệu"),
    ("zalo 912345678", "zalo [số điện thoại]"),
    ("call +44 7911 123456", "call [số điện thoại]"),
    ("我叫王小明，电话13912345678", "我叫[tên]，电话[số điện thoại]"),
    ("cccd 022190001234", "cccd [số giấy tờ]"),
    ("số 022 190 001 234 của tôi", "số [số giấy tờ] của tôi"),
    ("CMND: 101234567", "CMND: [số giấy tờ]"),
    ("hộ chiếu số C1234567", "hộ chiếu số [số giấy tờ]"),
    ("thư về abc.def@gmail.com.", "thư về [email]."),
    ("a.b at gmail dot com", "[email]"),
    ("xe 14A-123.45 đỗ sai", "xe [biển số] đỗ sai"),
    ("xe máy 14b1 23456", "xe máy [biển số]"),
    ("29LD-123.45", "[biển số]"),
    ("stk 1023456789 vietcombank", "stk [số tài khoản] vietcombank"),
    ("e ck nhầm vào stk 9704229204178365 k bít làm sao", "e ck nhầm vào stk [số tài khoản] k bít làm sao"),
    ("took my deposit by transfer to 0691000338172.", "took my deposit by transfer to [số tài khoản]."),
    ("chuyển vào 0011004123456 VCB", "chuyển vào [số tài khoản] VCB"),
    ("tôi tên là Nguyễn Văn Hùng ở tổ 3", "tôi tên là [tên] ở tổ 3"),
    ("toi ten la nguyen van hung o to 3", "toi ten la [tên] o to 3"),
    ("Tôi là Trần Thị Mai, số 12 đường Trần Phú", "Tôi là [tên], [địa chỉ]"),
    ("anh Hùng hàng xóm gây ồn", "anh [tên] hàng xóm gây ồn"),
    ("chị lan ở tổ 3", "chị [tên] ở tổ 3"),
    ("Chủ tịch Nguyễn Thị Hoa", "Chủ tịch [tên]"),
    ("Nguyễn Văn Hùng đánh bạc", "[tên] đánh bạc"),
    ("My name is John Smith from UK", "My name is [tên] from UK"),
    ("Mr. Smith said so", "Mr. [tên] said so"),
    ("BÁC SĨ TRẦN VĂN KHOA KHÁM", "BÁC SĨ [tên] KHÁM"),
    ("bs Tuấn khám", "bs [tên] khám"),
    ("anh Lê Văn A", "anh [tên]"),
    ("ông nguyễn văn ba xây trái phép", "ông [tên] xây trái phép"),
    ("ba nguyen thi hoa bi nga", "ba [tên] bi nga"),
    ("em là Hoà, sinh viên", "em là [tên], sinh viên"),
    ("Trân trọng, Vũ Đình Long", "Trân trọng, [tên]"),
    ("số nhà 45A ngõ 3", "[địa chỉ]"),
    ("nhà tôi ở số 9 ngõ 41 phố Lê Lai", "nhà tôi ở [địa chỉ]"),
    ("gửi về No. 17 Tran Phu street giúp", "gửi về [địa chỉ] giúp"),
    ("chủ quán tên Đỗ Khắc Mẫn chửi khách", "chủ quán tên [tên] chửi khách"),
    ("mail lan.ng chấm qn a còng gmail chấm com nhé", "mail [email] nhé"),
    ("fb Hải Sản Cô Út lừa đảo", "fb [tài khoản mạng xã hội] lừa đảo"),
    ("ở 12/5 Trần Phú", "ở [địa chỉ]"),
    ("fb.com/hung.tran92", "[tài khoản mạng xã hội]"),
    ("facebook: hung_tran92", "facebook: [tài khoản mạng xã hội]"),
    ("nhắn @hungtran nhé", "nhắn [tài khoản mạng xã hội] nhé"),
    ("nhắn @hung_1@lan_2@an3 nhé", "nhắn [tài khoản mạng xã hội] nhé"),
    ("gọi o9l4 33O 8l2 nhé", "gọi [số điện thoại] nhé"),
    ("để lộ số 0966x418x207", "để lộ số [số điện thoại]"),
    ("电话零九三八 117 640", "电话[số điện thoại]"),
    ("Thẻ BHYT HT3222212006784 bị từ chối", "Thẻ BHYT [số giấy tờ] bị từ chối"),
    ("CMND của bà tôi 100 339 572 quá hạn", "CMND của bà tôi [số giấy tờ] quá hạn"),
    ("Passport C4K7T92MX.", "Passport [số giấy tờ]."),
    ("gplx cua toi 22O164557093 loi", "gplx cua toi [số giấy tờ] loi"),
    ("phí bảo trì vào số 8600 1122 7745 3 ngân hàng SHB", "phí bảo trì vào số [số tài khoản] ngân hàng SHB"),
    ("thụ hưởng 1900 2233 4455 66 ngân hàng TPBank", "thụ hưởng [số tài khoản] ngân hàng TPBank"),
    ("biển I4A-557.O3 bỏ chạy", "biển [biển số] bỏ chạy"),
    ("Tàu cá QN-1234TS đánh kích điện", "Tàu cá [biển số] đánh kích điện"),
    ("Quán trà chanh ở 56 Giếng Đồn", "Quán trà chanh ở [địa chỉ]"),
    ("số 12 ngõ 5 Lê Lợi tổ 3 ngập", "[địa chỉ] ngập"),
    ("我住在陈富街45号，太吵", "我住在[địa chỉ]，太吵"),
    ("mail bich ngoc cham halong a cong gmail cham com", "mail [email]"),
    ("his Zalo is dungcruise88", "his Zalo is [tài khoản mạng xã hội]"),
    ("a tuấn anh nhà cạnh quán nước", "a [tên] nhà cạnh quán nước"),
    ("em la thuy duong, hoc sinh lop 11", "em la [tên], hoc sinh lop 11"),
    ("Tôi la nguyeexn thij thoa (may loi go dau)", "Tôi la [tên] (may loi go dau)"),
    ("tran thi hong nhung day, goi lai nhe", "[tên] day, goi lai nhe"),
    ("Anh Pờ Sín Lộc bị điện giật", "Anh [tên] bị điện giật"),
    ("Hoàng A Páo và Mã A Sùng bị kẹt", "[tên] và [tên] bị kẹt"),
    ('tên là Tuấn "sẹo", ai cũng biết', 'tên là [tên]", ai cũng biết'),
    ("thang Cuong den tiem chich", "thang [tên] tiem chich"),
    ("Chủ lò là ông Mạc Đăng Khuê", "Chủ lò là ông [tên]"),
    ("Phó chủ tịch xã Hà Văn Sơn hẹn", "Phó chủ tịch xã [tên] hẹn"),
    ("my wife Park Eun-ji slipped on oil", "my wife [tên] slipped on oil"),
    ("I'm Oluwaseun Adebayo, a teacher", "I'm [tên], a teacher"),
    ("请联系刘洋，他在下龙", "请联系[tên]，他在下龙"),
    ("我丈夫Michael O'Brien被狗咬伤", "我丈夫[tên]被狗咬伤"),
]

KEPT = [
    "Facebook Hội cư dân Bãi Cháy có nhiều bài",
    "Mẹ quay tiktok. Đưa lọ xịt về",
    "email phường baichay.hl@quangninh.gov.vn bị trả lại",
    "Đường dây nóng của sở là 0203.3835.678",
    "số 5 cho toi hoi",
    "hội viên nhận ngay 100 nghìn",
    "sổ đỏ hẹn trả 15/3",
    "chi phi lam so do qua cao",
    "A long crack opened across the road",
    "c gái bán trà đá chửi khách",
    "Con Exciter đỏ không biển",
    "Quán tên Hoa Hồng mở nhạc to",
    "Xe buýt Phương Trinh mở cửa sớm",
    "nút giao Kênh Liêm, phố Nguyễn Công Trứ",
    "toi phan anh khong ai quan ly",
    "gọi 113, 114, 115 hoặc 1022",
    "hotline 19001009, 1900 1234, 1800 6601",
    "QL18A km 12+500",
    "quốc lộ 18A 12345",
    "ngày 08/09/2024 lúc 10:30",
    "ngày 08.09.2024 bị hỏng",
    "từ 12h 2024 đến nay",
    "giá 1.500.000 đồng, trước 850.000đ",
    "tờ khai hải quan 107123456789",
    "tờ khai số 301234567890",
    "mã hồ sơ 000.00.12.H49-240101-0001",
    "tuyến xe 03, 08, 15, 20, 33",
    "xe ben 16 khối, 14 xe mỗi ngày",
    "12/5 đường ngập",
    "cột đèn số 12 đường Lê Lợi",
    "đường Nguyễn Văn Cừ tắc",
    "tôi là người dân tổ 3 khu 2",
    "bà con rất khổ, anh em công nhân cũng vậy",
    "Anh ơi đường ngập",
    "Em Muốn hỏi thủ tục",
    "phường Cửa Ông, Cẩm Phả",
    "Cô Tô mất điện",
    "ra đảo Cô Tô chơi",
    "Điện thoại ở bản em toàn báo không có dịch vụ",
    "nuoc sach ve luc co luc khong",
    "Quán Karaoke Mở Nhạc To Đến 1 Giờ Sáng Có Ai Quản Lý",
    "tổ 5 khu 3 phường Bãi Cháy",
    "từ năm 2019 đến 2024 có 3 vụ",
    "trước cổng chợ Hạ Long 1",
    "trường Lê Hồng Phong tắc, cầu Bài Thơ hẹp",
    "đường Nguyễn Văn Linh cắt phố Trần Quốc Toản",
    "Quỹ mang tên Nguyễn Ái Quốc thu 50 nghìn mỗi hộ",
    "Công ty TNHH Minh Hải đổ bùn thải",
    "Xưởng gỗ Đức Thịnh chạy máy từ sáng",
    "phở Bà Hương, bánh cuốn Bà Yến",
    "các anh lưu giúp, cán bộ thu tiền mặt",
    "Công tơ số 20418837, hóa đơn ghi 01872",
    "mã vận đơn EQ512308877VN",
    "Cột điện hạ thế số 6 lộ 472E5.3",
    "Nhà 5 tầng đang xây cạnh trường",
    "Tủ điện ký hiệu T-0918 mở toang",
    "anh ta thu hai triệu, ông ta bảo ba chục",
    "Cụ thân sinh tôi chín mươi tuổi, bị cô lập",
]


@pytest.mark.parametrize(("text", "expected"), TAKEN)
def test_personal_data_is_taken_out_and_the_sense_stays(redactor: Redactor, text: str, expected: str) -> None:
    assert redactor(text).text == expected


@pytest.mark.parametrize("text", KEPT)
def test_what_is_not_personal_stays(redactor: Redactor, text: str) -> None:
    assert redactor(text).text == text
    assert not redactor(text).spans


def test_spans_are_offsets_of_the_original(redactor: Redactor) -> None:
    text = unicodedata.normalize("NFD", "Chị Hạnh ở số nhà 7, gọi 0912 345 678, xe 14A-123.45")
    result = redactor(text)
    assert [unicodedata.normalize("NFC", text[span.start : span.end]) for span in result.spans] == [
        "Hạnh",
        "số nhà 7",
        "0912 345 678",
        "14A-123.45",
    ]
    rebuilt, done = "", 0
    for span in result.spans:
        rebuilt += text[done : span.start] + PLACEHOLDERS[span.kind]
        done = span.end
    assert rebuilt + text[done:] == result.text


GROUPS = st.sampled_from([(10,), (4, 3, 3), (3, 3, 4), (4, 6), (5, 5), (2, 2, 2, 2, 2), (4, 2, 2, 2)])
SEPARATORS = st.sampled_from([" ", ".", "-", " - ", "  ", "_"])
WORDS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")


@st.composite
def phones(draw: st.DrawFn) -> str:
    """A mobile number in one of the spellings that people use."""
    digits = "0" + draw(st.sampled_from("35789")) + draw(st.text("0123456789", min_size=8, max_size=8))
    form = draw(st.sampled_from(["grouped", "country", "words"]))
    if form == "words":
        return draw(st.sampled_from([" ", ", "])).join(WORDS[int(digit)] for digit in digits)
    if form == "country":
        return draw(st.sampled_from(["+84", "+84 ", "84", "0084", "(+84) "])) + digits[1:]
    parts, start = [], 0
    for size in draw(GROUPS):
        parts.append(digits[start : start + size])
        start += size
    return draw(SEPARATORS).join(parts)


BEFORE = st.sampled_from(["", "Gọi em ", "sđt: ", "Mất nước ở tổ 5. Liên hệ ", "đường 5 mét\n", "báo lúc 7h, "])
AFTER = st.sampled_from(["", " nhé", ", cảm ơn", ". Xin hết", " (anh Ba)", " 2 ngày rồi"])


@given(phones(), BEFORE, AFTER)
def test_a_planted_phone_is_found_in_every_spelling(phone: str, before: str, after: str) -> None:
    assert phone not in redact(before + phone + after).text
    assert PLACEHOLDERS["phone"] in redact(before + phone + after).text


PIECES = st.lists(
    st.one_of(
        st.sampled_from([text for text, _ in TAKEN] + KEPT + list(PLACEHOLDERS.values())),
        st.text("0123456789 .-/+aàbAĐ@[]", max_size=20),
        phones(),
    ),
    max_size=5,
)


@given(PIECES, st.sampled_from([" ", "", ", ", "\n"]))
def test_redacting_twice_changes_nothing(pieces: list[str], glue: str) -> None:
    once = redact(glue.join(pieces)).text
    assert redact(once).text == once
    assert not redact(once).spans


@pytest.mark.parametrize(
    "paper",
    [
        "tốt nghiệp",
        "số hiệu",
        "GPLX",
        "bằng lái",
        "khai sinh",
        "khai tử",
        "kết hôn",
        "thương binh",
        "đảng viên",
        "đoàn viên",
        "hội viên",
        "khuyết tật",
        "người có công",
        "hộ khẩu",
        "hộ nghèo",
        "hành nghề",
        "đăng ký kinh doanh",
        "sổ đỏ",
        "sổ hồng",
        "quyền sử dụng đất",
        "residence card",
        "student card",
        "thẻ sinh viên",
        "thẻ học sinh",
        "mã sinh viên",
        "MSSV",
        "mã số BHXH",
        "số tiết kiệm",
        "mã bệnh nhân",
        "số bệnh án",
        "mã y tế",
        "số báo danh",
        "SBD",
        "thẻ nhân viên",
        "mã nhân viên",
        "thẻ thư viện",
        "quân nhân",
        "thẻ đảng",
        "thẻ nhà báo",
        "thẻ hướng dẫn viên",
    ],
)
def test_each_paper_known_by_its_name_is_looked_for(paper: str) -> None:
    assert redact(f"{paper} số 12345").text == f"{paper} số [số giấy tờ]"


def test_words_with_rare_letters_are_words() -> None:
    # Letters from behind the usual ones are read by another pattern, and so is every other word of such a text.
    assert redact("tôi là Nguyễn Văn Nam 𠮷").text == "tôi là [tên] 𠮷"


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("trang tên Hoa Ban Trắng lừa tiền", "trang tên [tài khoản mạng xã hội] lừa tiền"),
        ("tài khoản Hoa Ban Trắng lừa tiền", "tài khoản [tài khoản mạng xã hội] lừa tiền"),
        ("tình trạng Đường Xuống Cấp", "tình trạng Đường Xuống Cấp"),
    ],
)
def test_names_shown_are_looked_for_behind_what_announces_them(text: str, redacted: str) -> None:
    assert redact(text).text == redacted
