"""Names in every position: after titles without capitals or marks, in lists, again, in other scripts."""

from __future__ import annotations

import pytest

from ioc.classify import Redactor

_redact = Redactor(("Bãi Cháy", "Cô Tô", "Minh Thành", "Hồng Hải", "Hoàng Văn Thụ"))


def _gone(text: str) -> list[str]:
    return [text[span.start : span.end] for span in _redact(text).spans]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        # Behind a title or a short one, without capitals and marks.
        ("c lan thu ngan benh vien thu thua toi 50 nghin", ["lan"]),
        ("ong bay xe om hay dung do", ["bay"]),
        ("chu hung bao ve benh vien thu ve xe", ["hung"]),
        ("bac lien to pho doc loa 5 gio sang", ["lien"]),
        ("a kiên ship hàng bị chó cắn ở ngõ trên", ["kiên"]),
        ("ô khang cạnh nhà nuôi gà gáy từ 3h", ["khang"]),
        ("e ngân nè, tháng này báo tiền điện gấp đôi", ["ngân"]),
        ("a tàii bv chung cư quát e", ["tàii"]),
        ("bạn linh bị bắt nạt trước cổng trường", ["linh"]),
        # Where two words seldom meet, two names that many people have.
        ("hom qua thuy linh bi cuop dien thoai", ["thuy linh"]),
        # An age behind it.
        ("chau gia bao 4 tuoi bi lac o cho dem", ["gia bao"]),
        # Within a sentence, behind what no list has.
        ("anh giao hàng Phong ném hộp qua cổng", ["Phong"]),
        ("Thanh kế toán trường giữ tiền ăn của các cháu", ["Thanh"]),
        ("Đứa con gái út, Mai Chi, học mẫu giáo lớn", ["Mai Chi"]),
        ("Chinh ơi em gửi đơn rồi nhé", ["Chinh"]),
        ("em Ngân Hà bị sàm sỡ, gặp anh Khanh thanh tra", ["Ngân Hà", "Khanh"]),
        ("bọn cho vay Tý Đen, Sơn Lùn đến nhà ném mắm", ["Tý Đen", "Sơn Lùn"]),
        # The word for a lake is a surname, too.
        ("Cần giúp đỡ: Hồ Thanh Bình mắc kẹt trong thang máy", ["Hồ Thanh Bình"]),
        ("Mình là Jenny, tourist from Canada", ["Jenny"]),
        ("한국인 관광객 박지훈입니다.", ["박지훈"]),
        # The title of a name is none of it, and what somebody does goes on.
        ("cho tôi gặp anh Trọng ở đội đô thị", ["Trọng"]),
        # Full names without capitals.
        ("chung toi gom ha van bao, ngo thi lanh cung ky ten", ["ha van bao", "ngo thi lanh"]),
        ("toi la mac dang khoa, sinh vien o tro", ["mac dang khoa"]),
        ("can cuoc cua luong thi nhung bi sai", ["luong thi nhung"]),
        ("toi ten la duong bao long, cong dan phuong", ["duong bao long"]),
        # Capitals without title: by what they do, who they are with, what they are called.
        ("Hạnh hỏi: thủ tục nộp ở đâu?", ["Hạnh"]),
        ("Hùng sẹo với mấy thanh niên rú ga ở dốc", ["Hùng sẹo"]),
        ("Nghe Bích kể, hố ga ở vòng xuyến sụt", ["Bích"]),
        ("Thủy Tiên livestream bán hàng giả ở chợ", ["Thủy Tiên"]),
        ("Hôm qua Thiên và Địa lội suối suýt bị cuốn", ["Thiên", "Địa"]),
        ("Nhà Dung – Hòa làm mộc, bụi sơn bay", ["Dung – Hòa"]),
        ("Loan A Quý bị ngã xe vì cát", ["Loan A Quý"]),
        ("Tôi, N. V. Thắng, phản ánh vụ đổ đất", ["N. V. Thắng"]),
        ("Người nhận tiền là Đỗ.Văn.Chung, không có phiếu", ["Đỗ.Văn.Chung"]),
        ("Coóng Thị Phượng kiến nghị tiền đền bù", ["Coóng Thị Phượng"]),
        ("Bảo vệ tên là Lễ không cho đỗ xe", ["Lễ"]),
        ("Xưởng của ông Đề cưa đá bụi trắng", ["Đề"]),
        ("Cô Tô Thị Tằng người Tày mất sổ hưu", ["Tô Thị Tằng"]),
        # Again, without the sign.
        ("Chị Mận bán cá. Hôm qua đến lượt Mận quát cháu", ["Mận", "Mận"]),
        ("Tôi là Vũ Đức Thịnh. Ai hỏi cứ gặp thợ Thịnh nhé", ["Vũ Đức Thịnh", "Thịnh"]),
        # Other countries and scripts.
        ("my wife anna got food poisoning", ["anna"]),
        ("제 이름은 김민수입니다. 쓰레기가 많습니다.", ["김민수"]),
        ("가이드 최민호 씨가 팁을 강요했습니다.", ["최민호"]),
        ("吴丽华：步行街的摊位占了人行道。", ["吴丽华"]),
        ("周杰和孙美玲在码头丢了行李。", ["周杰", "孙美玲"]),
        ("出租车司机阮文雄绕路，多收了钱。", ["阮文雄"]),
    ],
)
def test_names_in_every_position_are_taken_out(text: str, names: list[str]) -> None:
    assert _gone(text) == names


@pytest.mark.parametrize(
    "text",
    [
        "Mai là hạn cuối nộp hồ sơ",  # tomorrow
        "Thu gom rác chậm, cứ đến thứ Năm là đầy đường",  # Thursday
        "Hùng hổ xông vào quán đòi tiền",  # a word of two
        "Chị thủ quỹ không niêm yết thu chi",  # who she is
        "Mã khách hàng PA22HL0019384 tăng gấp ba",  # letters of a number
        "Phường Hoàng Văn Thụ cũ nộp giấy tờ ở đâu",  # a place that is called like a person
        "Chạy dự án kiểu Thạch Sanh thì ít, Lý Thông thì nhiều",  # out of a tale
        "Đồng chí trưởng công an xã tiếp dân đúng giờ",  # an office
        "Họ gọi điện tự xưng bệnh viện",  # "they", not the surname before a name
        "cho e gửi bill tiền nước",  # an English word
        "Bác Sĩ trực ngủ quên, Ông Chủ Tịch phường không biết",  # what they are
        "Hồ Yên Trung cạn nước, cá chết",  # a lake
        "thu tiền gửi xe học sinh sai quy định",  # "sai" is no "Sái" where other words have marks
        "chi oi cho em hoi thu tuc lam khai sinh",  # somebody is called
        "goi cho anh so 0203",  # what announces a number
        "Tôi người Dao, tiếng phổ thông chưa sõi",  # a people
        "阿姨在市场摔倒了，地上全是水。",  # an aunt
        "小区门口堵了三天",  # a neighbourhood
    ],
)
def test_what_only_looks_like_a_name_stays(text: str) -> None:
    assert _gone(text) == []


def test_a_name_stands_free_where_it_is_found_again() -> None:
    text = "Ở chợ Minh Thành chỉ có chị Minh niêm yết giá"
    assert _redact(text).text == "Ở chợ Minh Thành chỉ có chị [tên] niêm yết giá"


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("Căn 1208 tòa A chung cư Newlife có mùi ga", "[địa chỉ] có mùi ga"),
        ("p304 toa b2 bi tham tran", "[địa chỉ] bi tham tran"),
        ("kiot so 7 cho cam dong do nuoc ban", "[số nhà] cho cam dong do nuoc ban"),
        ("Xóm 4, nhà số 31 thôn Thượng Đạt bị tốc mái", "[địa chỉ] bị tốc mái"),
        ("我住在下龙路16巷8号，下水道堵了", "[địa chỉ]，下水道堵了"),
        ("Cần 115 đưa đi viện ngay", "Cần 115 đưa đi viện ngay"),
        ("Visa DN 3390184 hết hạn", "Visa [số giấy tờ] hết hạn"),
        (
            "Giấy chứng nhận thương binh số QN-20417 không được nhận",
            "Giấy chứng nhận thương binh số [số giấy tờ] không được nhận",
        ),
        ("gplx AK 207714 doi o dau", "gplx [số giấy tờ] doi o dau"),
        ("Refund to IBAN DE44 5001 0517 5407 3249 31 please", "Refund to [số tài khoản] please"),
        ("vào tài khoản 0141 0003 7728 4 Ngân hàng VCB", "vào tài khoản [số tài khoản] Ngân hàng VCB"),
        ("Xe quân đội TM-41-27 đỗ chắn lối", "Xe quân đội [biển số] đỗ chắn lối"),
        ("xe bien do AT 5316 chay nguoc chieu", "xe bien do [biển số] chay nguoc chieu"),
        ("số riêng của tài xế là 0774 58 58 19", "số riêng của tài xế là [số điện thoại]"),
        ("báo qua chín không bốn, hai một năm, bảy bảy sáu", "báo qua [số điện thoại]"),
        ("Biệt thự BT3-14 xả nước bể bơi", "[địa chỉ] xả nước bể bơi"),
        ("LK07-22 khu đô thị Mon Bay xây vượt tầng", "[địa chỉ] xây vượt tầng"),
        ("em o khu tap the mo, day 4, phong 12, nha ben on", "em o [địa chỉ], nha ben on"),
        ("nhà ở xóm 2, thôn Đồng Mương, số 41 mất điện", "nhà ở [địa chỉ] mất điện"),
        ("e ở trọ phòng 203 số 8 ngõ 44 Lê Lai", "e ở trọ [địa chỉ]"),
        ("đối diện số 77 đường Tô Hiệu có đống rác", "đối diện [địa chỉ] có đống rác"),
        ("Nguyễn Văn An, sn 1962, đi lạc", "[tên], sn 1962, đi lạc"),
        ("Công nhân lò XV-14 vẫn vào ca", "Công nhân lò XV-14 vẫn vào ca"),
        (
            "giấy phép kinh doanh hộ số 22A8019964 hết hạn",
            "giấy phép kinh doanh hộ số [số giấy tờ] hết hạn",
        ),
        ("mã số sinh viên B22DCCN417 in sai", "mã số sinh viên [số giấy tờ] in sai"),
        ("visa E7 VJ5538217 hết hạn", "visa E7 [số giấy tờ] hết hạn"),
        ("cccd 0 2 2 0 9 7 0 0 4 1 2 8 lam tu thang 6", "cccd [số giấy tờ] lam tu thang 6"),
        ("Techcom 1903 5511 7720 15 nhận tiền", "Techcom [số tài khoản] nhận tiền"),
        ("cái qr ra VQRQ0001kx8wl đấy", "cái qr ra [số tài khoản] đấy"),
        ("mau den 14b9 55573 giat tui", "mau den [biển số] giat tui"),
        ("xe 14N1/227.56 chở 4 người", "xe [biển số] chở 4 người"),
        ("biển ngoại giao 41-291-NN-02", "biển ngoại giao [biển số]"),
        ("sà lan HP-3341 neo sai chỗ", "sà lan [biển số] neo sai chỗ"),
        ("thuhuyen22@gmailcom em gõ nhầm", "[email] em gõ nhầm"),
        ("ha.linh.2909@gmail,com nhé", "[email] nhé"),
        ("ai nhat dc ib fb kha han cute nhe", "ai nhat dc ib fb [tài khoản mạng xã hội] nhe"),
        ("bài của hoangthuynga.1988 trên facebook", "bài của [tài khoản mạng xã hội] trên facebook"),
    ],
)
def test_flats_papers_accounts_and_army_plates(text: str, redacted: str) -> None:
    assert _redact(text).text == redacted
