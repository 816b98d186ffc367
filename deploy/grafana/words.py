"""What people read in legends and tables instead of codes, and the colours that go with them."""

from __future__ import annotations

from typing import Final

from deploy.grafana.panels import BLUE, GREEN, GREY, ORANGE, RED, YELLOW, Words
from ioc.story.texts import shipped_story_texts
from ioc.vocabulary import ALERT_REASONS, CATEGORIES, SEVERITIES, SOURCES


def _words(kind: str, codes: tuple[str, ...]) -> Words:
    texts = shipped_story_texts()
    return {code: texts.word(kind, code, "vi").capitalize() for code in codes}


CATEGORY: Final = _words("category", CATEGORIES)
SEVERITY: Final = _words("severity", SEVERITIES)
SEVERITY_COLOUR: Final[Words] = {"critical": RED, "high": ORANGE, "normal": YELLOW, "low": BLUE}
SOURCE: Final = {**_words("source", SOURCES), "bts": "Trạm BTS"}
REASON: Final = _words("reason", ALERT_REASONS)
OUTCOME: Final[Words] = {
    "signal": "Thành tín hiệu", "quiet": "Bình thường", "duplicate": "Trùng", "rejected": "Bị từ chối",
}  # fmt: skip
OUTCOME_COLOUR: Final[Words] = {"signal": BLUE, "quiet": GREEN, "duplicate": GREY, "rejected": RED}
DIMENSION: Final[Words] = {"correct": "Đúng", "complete": "Đủ", "clean": "Sạch", "live": "Sống"}
DEVICE: Final[Words] = {
    "online": "Hoạt động", "silent": "Im lặng", "faulty": "Lỗi", "maintenance": "Bảo trì", "stuck": "Kẹt giá trị",
}  # fmt: skip
DEVICE_COLOUR: Final[Words] = {
    "online": GREEN, "silent": RED, "faulty": ORANGE, "maintenance": BLUE, "stuck": YELLOW,
}  # fmt: skip
SITE: Final[Words] = {
    "in_service": "Phục vụ", "degraded": "Suy giảm", "out_of_service": "Mất dịch vụ", "maintenance": "Bảo trì",
    "unknown": "Chưa rõ",
}  # fmt: skip
SITE_COLOUR: Final[Words] = {
    "in_service": GREEN, "degraded": YELLOW, "out_of_service": RED, "maintenance": BLUE, "unknown": GREY,
}  # fmt: skip
COVERAGE: Final[Words] = {"ok": "Tốt", "weak": "Yếu", "gap": "Lõm sóng", "no_data": "Chưa đủ mẫu"}
COVERAGE_COLOUR: Final[Words] = {"ok": GREEN, "weak": YELLOW, "gap": RED, "no_data": GREY}
SPOT: Final[Words] = {"planned": "Trong kế hoạch", "on_air": "Đã phát sóng", "verified": "Đã xác minh"}
DIRECTION: Final[Words] = {"out": "Xuất", "in": "Nhập"}
STATE: Final[Words] = {
    "received": "Tiếp nhận", "done": "Đã xong", "done_on_time": "Xong đúng hạn", "open": "Đang mở",
    "open_late": "Đang quá hạn", "returned": "Bị trả lại", "reopened": "Mở lại",
}  # fmt: skip
RATING: Final[Words] = {"satisfied": "Hài lòng", "neutral": "Bình thường", "unsatisfied": "Không hài lòng"}
FLAG: Final[Words] = {
    "ok": "Tin được", "late": "Đến muộn", "calibrating": "Đang hiệu chuẩn", "device_error": "Thiết bị báo lỗi",
    "out_of_range": "Ngoài dải đo", "sentinel": "Giá trị giữ chỗ", "flatline": "Đứng yên", "zeros": "Toàn số 0",
}  # fmt: skip
ON: Final[Words] = {"0": "Không", "1": "Có"}
UP: Final[Words] = {"0": "Mất", "1": "Tốt"}
