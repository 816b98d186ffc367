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
        ("me toi la ba nguyen thi nhieu bi suy tim", ["nguyen thi nhieu"]),
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
        # Who somebody's kin is, and who stands behind "tên", whatever the name means.
        ("Bố em là Lượng đi biển chưa về", ["Lượng"]),
        ("Ông xã em là Thuyên bị ngã giàn giáo", ["Thuyên"]),
        ("Con gái bà là Sểnh học lớp 4", ["Sểnh"]),
        ("Nhân viên đọc công tơ tên Lễ không vào nhà", ["Lễ"]),
        ("Người giữ xe ở bến tàu tên Hạch thu 20 nghìn", ["Hạch"]),
        ("gđ tên Yoon bỏ về nước, công nhân mất lương", ["Yoon"]),
        ("cau Hiep con ba Lien trom ga", ["Hiep", "Lien"]),
        ("Cháu Bình con nhà Thịnh trèo cột điện", ["Bình", "Thịnh"]),
        ("Gia đình Chíu Văn Tặng nuôi ong sát trường học", ["Chíu Văn Tặng"]),
        ("Hộ sinh Yến và lính biên phòng Chìu Văn Ón giúp vợ tôi", ["Yến", "Chìu Văn Ón"]),
        ("Vụ lừa đất do Chinh cầm đầu đã có đơn", ["Chinh"]),
        ("Thảo Vân 9c nó giật tóc em", ["Thảo Vân"]),
        # A title without marks, or misspelt, among words with marks; names misspelt.
        ("hôm qua chi Thuý Hằngg bán cá ở chợ cân thiếu", ["Thuý Hằngg"]),
        ("Toi Lương Van Tien ở xóm trên bị cây đổ đè bếp", ["Lương Van Tien"]),
        ("chị Phưong thu phí mắng dân", ["Phưong"]),
        # What is something else as a rule, behind a title with its marks.
        ("bác tư sửa xe trả lại tôi cái ví", ["tư"]),
        ("thằng phát con bà hồng đốt pháo", ["phát", "hồng"]),
        ("chị nga bên bảo hiểm nói như quát", ["nga"]),
        ("lão tuấn gù đầu xóm chặt cây của tôi", ["tuấn gù"]),
        ("thím năm hàng xóm nhờ em báo giùm", ["năm"]),
        ("chị thu ở tổ 5 nợ tiền", ["thu"]),
        ("ong tu xe om bi danh o ben tau", ["tu"]),
        ("em la thu, nha o dau ngo", ["thu"]),
        # Names without capitals and marks that no list has.
        ("nguoi ban ten la lam a dao, noi roi khong giao hang", ["lam a dao"]),
        ("so ho khau ghi hoang thi sai nam sinh", ["hoang thi sai"]),
        # Signed behind a dash.
        ("Thank you all! - Anouk & Mateus", ["Anouk", "Mateus"]),
        # Professions and short forms.
        ("工程师刘志强说设备坏了", ["刘志强"]),
        ("谢谢小梅护士的照顾", ["小梅"]),
        ("客服小陈态度差", ["小陈"]),
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
        "小姐姐态度好，还教我填表",  # a girl
        "Cụ ông lão thành cách mạng được cấp lại huân chương",  # what he is
        "Rất đáng quý, hằng năm nên khen thưởng",  # ordinary words
        "Hỏi: bằng lái quốc tế làm ở đâu",  # a question
        "Một là ổ gà. Ba là lan can cầu gãy",  # a list
        "chi phi lam so do qua cao",  # what something costs
        "Quán net nhỏ, toàn khách học sinh",  # all of them
        "Hai anh em nhà bên mồ côi",  # how many
        "Mẹ em là Giáo viên, chồng là Công an",  # what they are
        "Quán mới mở tên Sóng Biển bán đắt",  # a shop
        "Ăn tối ở quán tên Hoa Hồng bị đau bụng",  # a shop, behind where
        "ông Ba Mươi về bắt lợn của bản",  # the tiger
        "họ gọi nhà t hoài không nghe",  # again and again
        "Thằng cháu tôi lên cơn trong đêm",  # kin
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
        ("我住在下龙路16巷8号，下水道堵了", "我住在[địa chỉ]，下水道堵了"),
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
        ("ở số 5 dãy 2 tập thể Xi măng bị nứt tường", "ở [địa chỉ] bị nứt tường"),
        ("khu tập thể dãy B phòng 9 tổ 2 mất nước", "[địa chỉ] mất nước"),
        ("nha 31 tap the Cot 8 nau ruou", "[địa chỉ] nau ruou"),
        ("nhà nó 14/6 Lê Lợi đổ rác", "nhà nó [địa chỉ] đổ rác"),
        ("nhà 88 Đông Thành mất nước", "[địa chỉ] mất nước"),
        ("sn 7/3 Đặng Dung mở nhạc to", "[địa chỉ] mở nhạc to"),
        ("nhà tôi 45 ngõ 8 phố Hải Phúc ngập", "nhà tôi [địa chỉ] ngập"),
        ("số 4 ngách 9/2 đường 30-4 đốt rác", "[địa chỉ] đốt rác"),
        ("so 16 to 3 thon trung xin cap nuoc", "[địa chỉ] xin cap nuoc"),
        ("gas smell in apartment 904, Green Bay block B.", "gas smell in [địa chỉ]."),
        ("robbed at 12 Tran Phu alley 5 last night", "robbed at [địa chỉ] last night"),
        ("my neighbour at 9, lane 41, filled it", "my neighbour [địa chỉ], filled it"),
        ("hàng xóm Chiến nhà 56 tổ 4", "hàng xóm [tên] [địa chỉ]"),
        ("bảo hiểm của vợ tôi bị từ chối, mã số 2214077361", "bảo hiểm của vợ tôi bị từ chối, mã số [số giấy tờ]"),
        ("thẻ sv mã 2150061733 rơi ở bến", "thẻ sv mã [số giấy tờ] rơi ở bến"),
        ("hc N2234561 bị mất ở bến tàu", "hc [số giấy tờ] bị mất ở bến tàu"),
        ("sh 5 12 đổ rác", "[địa chỉ] đổ rác"),
        ("phòng 1204 ct2 mất nước", "[địa chỉ] mất nước"),
        ("nha em 12 ngo 5 mat dien", "nha em [địa chỉ] mat dien"),
        ("12b hem 7/2 ngap", "[địa chỉ] ngap"),
        ("house no. 7 is dark", "house no. 7 is dark"),
        ("012345 678901 là số của tôi", "[số giấy tờ] là số của tôi"),
        ("số 022 197 004128 của tôi", "số [số giấy tờ] của tôi"),
        ("thu the 4221 0034 5567 8812 roi o cho", "thu the [số tài khoản] roi o cho"),
        ("thẻ HT3 2222 1200 6784 rơi", "thẻ [số giấy tờ] rơi"),
        ("room 403 Hai Au hotel has no water", "room 403 Hai Au hotel has no water"),
        ("ban công tầng 2 ngõ 62 bị cây đè", "ban công tầng 2 ngõ 62 bị cây đè"),
        ("số sổ QN/20561-TB của bố tôi", "số sổ [số giấy tờ] của bố tôi"),
        ("thuong binh, so the QN/TB-05528", "thuong binh, so the [số giấy tờ]"),
        ("giấy phép lái tàu của tôi số TMH-21-00834", "giấy phép lái tàu của tôi số [số giấy tờ]"),
        ("the hoc sinh so HS-BC-30118 bi mat", "the hoc sinh so [số giấy tờ] bi mat"),
        ("cavet va bang lai so 201178 00 4416", "cavet va bang lai so [số giấy tờ]"),
        ("里面有身份证450621198807155511", "里面有身份证[số giấy tờ]"),
        ("giấy chứng nhận vệ sinh số 318/2025 còn hạn", "giấy chứng nhận vệ sinh số 318/2025 còn hạn"),
        ("dt o9 7 2 1 5 8 o 3 6", "dt [số điện thoại]"),
        ("tin nhắn từ +84 56 7730 2298 dọa", "tin nhắn từ [số điện thoại] dọa"),
        ("biển 14 C - 321 45", "biển [biển số]"),
        ("mail sv.lan@sv.daihochalong.vn", "mail [email]"),
        ("kênh youtube.com/@rauquegoc", "kênh [tài khoản mạng xã hội]"),
        ("nó hack zalo mượn tiền khắp nơi", "nó hack zalo mượn tiền khắp nơi"),
        ("bài của hoangthuynga.1988 trên facebook", "bài của [tài khoản mạng xã hội] trên facebook"),
    ],
)
def test_flats_papers_accounts_and_army_plates(text: str, redacted: str) -> None:
    assert _redact(text).text == redacted
