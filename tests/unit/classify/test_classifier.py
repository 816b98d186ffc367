"""What reports mean: a first set of sentences per category, and the traps of everyday Vietnamese."""

from __future__ import annotations

import unicodedata

import pytest

from ioc.classify import PLACEHOLDERS, Classifier
from ioc.text.normalise import fold

REPORTS = {
    "traffic": [
        "Xe máy đâm vào ô tô ở ngã tư, tắc cả đoạn dài",
        "Đèn giao thông ngã tư chợ không hoạt động từ sáng",
        "Ô tô đỗ kín vỉa hè, người đi bộ phải xuống lòng đường",
        "Xe chở than quá tải chạy suốt đêm",
        "Thanh niên tụ tập đua xe nẹt pô ban đêm",
        "Giờ tan tầm ùn tắc kéo dài cả cây số",
        "Biển báo bị cây che, lái xe không thấy",
    ],
    "urban_infrastructure": [
        "Cây đổ chắn ngang đường",
        "Đường nhiều ổ gà, xe đi rất khó",
        "Nắp cống vỡ giữa đường đã ba ngày",
        "Đèn đường hỏng, cả ngõ tối om",
        "Vỉa hè bị lún sụt gạch bong tróc",
        "Cống thoát nước bị tắc, nước chảy lênh láng",
        "Lan can cầu bị gãy một đoạn",
    ],
    "environment": [
        "Rác thải chất đống bốc mùi hôi thối",
        "Nhà máy xả nước thải ra suối ban đêm",
        "Bụi than bay mù mịt vào nhà dân",
        "Quán karaoke mở nhạc to đến 1 giờ sáng",
        "Nhiều người đốt rác khói đen mù trời",
        "Váng dầu loang trên mặt biển gần bến",
        "Xác lợn chết trôi trên sông",
    ],
    "security": [
        "Nhà em bị trộm đột nhập lấy mất xe",
        "Hai nhóm thanh niên đánh nhau trước quán",
        "Có nhóm tụ tập sử dụng ma túy trong ngõ",
        "Tối nào cũng có sòng bạc xóc đĩa sau chợ",
        "Có người gọi điện giả danh công an lừa đảo",
        "Say rượu gây rối mất trật tự cả đêm",
    ],
    "fire_rescue": [
        "Cháy nhà ở ngõ 3, lửa rất lớn",
        "Có người mắc kẹt trong thang máy",
        "Một cháu bé bị đuối nước ngoài bãi",
        "Ngửi thấy mùi gas rò rỉ rất mạnh trong khu trọ",
        "Có tiếng nổ lớn ở xưởng sau nhà",
        "Có cô gái định nhảy cầu",
        "House fire, two people trapped inside",
    ],
    "disaster": [
        "Nước ngập sâu cả mét, nhà dân bị cô lập hết rồi, ngập đến mái",
        "Sạt lở đất đá tràn xuống đường",
        "Bão làm tốc mái nhiều nhà",
        "Triều cường dâng, nước biển tràn vào nhà",
        "Đồi sau nhà có vết nứt, đất nứt dài hơn hai mươi mét",
    ],
    "power_water": [
        "Mất điện từ tối qua tới giờ chưa có",
        "Dây điện đứt rơi xuống đường, rất nguy hiểm",
        "Cả khu mất nước ba ngày nay",
        "Ống nước bị vỡ phun trắng xóa",
        "Nước máy đục ngầu có mùi lạ",
    ],
    "telecom": [
        "Sóng điện thoại yếu, không gọi được",
        "Thôn em không có 4G",
        "Cáp viễn thông sà xuống ngang đầu người đi xe",
        "Trạm BTS kêu to và rung",
        "Mất internet cả tuần, gọi nhà mạng không ai đến",
    ],
    "urban_order": [
        "Nhà hàng xóm xây dựng trái phép ba tầng",
        "Hàng quán lấn chiếm vỉa hè bày bàn ghế",
        "Tờ rơi khoan cắt bê tông dán đầy tường",
        "Chợ cóc họp ngay lòng đường mỗi sáng",
        "Chó thả rông không rọ mõm đuổi trẻ con",
    ],
    "health_food": [
        "Cả nhà bị ngộ độc sau khi ăn ở quán",
        "Quán ăn bán thịt ôi thiu, chế biến mất vệ sinh",
        "Có người bất tỉnh, khó thở, cần xe cấp cứu",
        "Khu này nhiều người bị sốt xuất huyết",
        "Nhà thuốc bán thuốc giả",
    ],
    "tourism": [
        "Nhà hàng chặt chém khách du lịch, hét giá gấp ba",
        "Taxi dù chèo kéo khách ở bến",
        "Tàu du lịch không có áo phao cho khách",
        "Hướng dẫn viên bỏ khách giữa chừng",
        "The tour boat overcharged us",
    ],
    "public_service": [
        "Hồ sơ nộp hai tháng chưa trả kết quả",
        "Cán bộ một cửa hách dịch, gây khó dễ",
        "Nhà trường lạm thu đầu năm",
        "Thủ tục hành chính đăng ký khai sinh rườm rà",
        "Làm tờ khai hải quan chờ thông quan quá lâu",
    ],
    "other": [
        "Cảm ơn các anh đã xử lý rất nhanh, bà con rất hài lòng",
        "Cho hỏi mấy giờ mở cửa ạ",
        "Việc nhẹ lương cao, kiếm tiền online inbox ngay",
        "Đường đã hết ngập, cảm ơn chính quyền",
    ],
}
PAIRS = [(category, text) for category, texts in REPORTS.items() for text in texts]


@pytest.mark.parametrize(("category", "text"), PAIRS)
def test_a_report_is_understood_with_marks(classifier: Classifier, category: str, text: str) -> None:
    result = classifier.classify(text)
    assert result.category == category, result
    assert not result.abstained


def test_most_reports_are_understood_without_marks(classifier: Classifier) -> None:
    missed = [text for category, text in PAIRS if classifier.classify(_unmarked(text)).category != category]
    assert len(missed) <= len(PAIRS) * 0.05, missed


@pytest.mark.parametrize(
    ("text", "severity"),
    [
        ("Cháy nhà, có người mắc kẹt bên trong", "critical"),
        ("Đâm xe, có người bất tỉnh máu chảy nhiều", "critical"),
        ("dây điện đứt rơi xuống đường", "critical"),
        ("Cây đổ chắn ngang đường", "high"),
        ("Nắp cống mất, trẻ em hay đi qua rất nguy hiểm", "high"),
        ("Sạt lở đất xuống đường", "high"),
        ("Đèn đường hỏng", "normal"),
        ("Rác chưa ai thu gom rác", "normal"),
        ("Cảm ơn đã xử lý rất nhanh", "low"),
        ("Cho hỏi thủ tục làm căn cước", "low"),
    ],
)
def test_severity(classifier: Classifier, text: str, severity: str) -> None:
    assert classifier.classify(text).severity == severity


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("Hàng bán chạy, cháy hàng luôn", "fire_rescue"),
        ("Vé xem ca nhạc cháy vé rồi", "fire_rescue"),
        ("Bóng đèn đường bị cháy", "fire_rescue"),
        ("bão giá quá", "disaster"),
        ("lũ trẻ chơi vui", "disaster"),
        ("Em bị mất điện thoại", "power_water"),
        ("quán nước mía ngon", "power_water"),
        ("rừng ngập mặn đẹp", "disaster"),
        ("Bãi Cháy hôm nay đẹp", "fire_rescue"),
        ("bai chay hom nay dep", "fire_rescue"),
        ("Ở Bãi Cháy rừng cây đẹp lắm", "fire_rescue"),
        ("Ở Bãi Cháy nhà nào cũng đẹp", "fire_rescue"),
        ("Món này đang cháy hàng", "fire_rescue"),
        ("Không có cháy gì đâu", "fire_rescue"),
        ("Gọi [số điện thoại] giúp tôi", "telecom"),
    ],
)
def test_words_that_mislead(classifier: Classifier, text: str, category: str) -> None:
    assert classifier.classify(text).category != category


def test_what_nothing_speaks_for_is_left_to_a_person(classifier: Classifier) -> None:
    for text in ("", "zzz qqq", "Chỗ này sao thế nhỉ"):
        result = classifier.classify(text)
        assert (result.category, result.abstained, result.confidence) == ("other", True, 0.0)
        assert result.severity == "normal"


@pytest.mark.parametrize("placeholder", PLACEHOLDERS.values())
def test_what_redaction_leaves_says_nothing(classifier: Classifier, placeholder: str) -> None:
    assert classifier.classify(f"Gọi {placeholder} nhé").explanation == ()


def test_a_torn_report_abstains_with_a_best_guess(classifier: Classifier) -> None:
    result = classifier.classify("bác sĩ, du khách, gây rối")
    assert result.abstained
    assert result.category == "health_food"
    assert result.also == ("tourism", "security")


def test_the_reasons_stand_where_they_are_in_the_original(classifier: Classifier) -> None:
    text = unicodedata.normalize("NFD", "Ko biết  sao CÂY ĐỔ chắn ngang đường ở phường Bãi Cháy")
    result = classifier.classify(text)
    assert result.category == "urban_infrastructure"
    for reason in result.explanation:
        assert text[reason.start : reason.end] == reason.text
    assert any(unicodedata.normalize("NFC", reason.text) == "CÂY ĐỔ chắn" for reason in result.explanation)


def test_marks_count_more_than_none(classifier: Classifier) -> None:
    assert classifier.classify("cháy").confidence > classifier.classify("chay").confidence
    assert classifier.classify("chạy").explanation == ()
    doubtful = classifier.classify("xe tai chay rat nhanh")
    assert (doubtful.abstained, doubtful.severity) == (True, "high")


def test_a_decision_names_its_lexicon(classifier: Classifier) -> None:
    assert len(classifier.classify("cháy nhà").versions["lexicon"]) == 12


def _unmarked(text: str) -> str:
    """Without marks, punctuation kept."""
    return "".join(fold(char) if char.isalnum() else char for char in text)
