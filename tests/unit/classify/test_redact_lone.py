"""A single capitalised word without a title that is somebody's name; places, days, offices and brands stay."""

from __future__ import annotations

import pytest

from ioc.classify import Redactor

_redact = Redactor(("Bãi Cháy", "Cô Tô", "Võ Nguyên Giáp", "Hồng Hải"))


def _gone(text: str) -> list[str]:
    return [text[span.start : span.end] for span in _redact(text).spans]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Hôm nay đi cùng Quân lên phường làm giấy tờ", ["Quân"]),
        ("Vay Sửa hai chục triệu mà nó tính lãi cắt cổ", ["Sửa"]),
        ("Hàng cau nhà Chín đổ sang vườn tôi", ["Chín"]),
        ("Bà con đồn là Sửu thả lưới điện", ["Sửu"]),
        ("Khi đó có Thành, thợ nề, chạy ra kéo cháu bé", ["Thành"]),
        ("Đừng đổ cho Phận nữa, ai cũng biết hắn nổ mìn", ["Phận"]),
        ("Đánh người xong, Tuấn (con chủ quán) bỏ chạy", ["Tuấn"]),
        ("Tôi cho Lệnh mượn xe, nó đem cầm", ["Lệnh"]),
        ("Chìa khoá nhà văn hoá thì Luận cầm đi mất", ["Luận"]),
        ("Cái cày của tổ do Miện giữ, muốn mượn phải xin", ["Miện"]),
        ("Hôm họp, Chương phó bí thư chi bộ đuổi tôi ra ngoài", ["Chương"]),
        ("Theo Tươi kể lại, cô giáo thu điện thoại rồi làm mất", ["Tươi"]),
        ("Ngoài Tiến ra không ai có chìa khoá trạm bơm", ["Tiến"]),
        ("Nhờ chị lao công Mây đứng ra làm chứng", ["Mây"]),
        ("Bà đồng Thêu lập điện thờ gõ trống suốt đêm", ["Thêu"]),
        ("doi tuong trom ga ten Sen, hay vao xom luc 2 gio chieu", ["Sen"]),
    ],
)
def test_a_capital_within_a_sentence_is_a_name(text: str, names: list[str]) -> None:
    assert _gone(text) == names


@pytest.mark.parametrize(
    "text",
    [
        "Đề nghị Công an xã xuống kiểm tra ngay trong đêm",
        "Rác từ trước Tết đến giờ vẫn chưa ai dọn",
        "Đèn ở cầu Trắng cái sáng cái tắt",
        "Sáng thứ Năm không có ai trực ở bộ phận một cửa",
        "Biển hiệu ghi toàn chữ Hàn, khách Tây chụp ảnh",
        "Có được hỗ trợ theo Nghị định mới không",
        "Con tôi đi làm ở Cam-pu-chia bị giữ hộ chiếu",
        "Tôi là người gốc Hoa, bán hàng khô ở chợ",
        "Hàng xóm hát Duyên phận đến nửa đêm",
        "khach Han goi xuong le tan hoi nuoc nong",
        "Chúng tôi mong Chính phủ, Quốc hội và Thủ tướng quan tâm",
        "Gửi Mặt trận phường, căn cứ Hiến pháp và Luật đất đai",
        "Bị Cướp giật túi, thấy Khói bốc lên, có Cháy ở kho",
        "Quán tên Sạch mà bếp gián chạy khắp nơi",
        "Mua thuốc Nam của ông lang, bán vịt Cỏ, cam Canh ngoài chợ",
        "Khoá học 'Sống sót' quảng cáo đầy đường",
    ],
)
def test_what_ordinary_reports_write_with_a_capital_stays(text: str) -> None:
    assert _gone(text) == []
