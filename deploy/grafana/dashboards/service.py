"""Citizens' reports and how units serve: what comes in, by which channel, what is done in time, what citizens say."""

from __future__ import annotations

from typing import Final

from deploy.grafana import words
from deploy.grafana.board import CENTRE, Board, Row
from deploy.grafana.panels import BLUE, GREEN, ORANGE, RED, YELLOW, Column, Query, bars, grid, lines, number

_CENTRE: Final = 'centre=~"$centre"'
_WHOLE: Final = 'centre=~"$centre",centre!="*",unit="*"'
_UNITS: Final = 'centre=~"$centre",centre!="*",unit!="*"'


def _month(state: str) -> str:
    return f'sum(ioc_month_incidents{{{_WHOLE},state="{state}"}})'


def _by_centre(state: str) -> str:
    return f'sum by (centre) (ioc_month_incidents{{{_WHOLE},state="{state}"}})'


def _by_unit(state: str) -> str:
    return f'sum by (centre, unit) (ioc_month_incidents{{{_UNITS},state="{state}"}})'


_COUNTS: Final = (
    Column("Value #A", "Tiếp nhận"),
    Column("Value #B", "Đã xong"),
    Column("Value #C", "Xong đúng hạn"),
    Column("Value #D", "Đang mở"),
    Column("Value #E", "Đang quá hạn", steps=((1, ORANGE), (20, RED))),
    Column("Value #F", "Đúng hạn", unit="percentunit", base=RED, steps=((0.8, YELLOW), (0.95, GREEN))),
)
_STATES: Final = ("received", "done", "done_on_time", "open", "open_late")

BOARD: Final = Board(
    "ioc-service",
    "IOC · Phản ánh của người dân và kết quả phục vụ",
    "Dành cho lãnh đạo trung tâm và bộ phận một cửa: phản ánh đến qua kênh nào, xử lý có đúng hạn không, người dân nói gì.",
    [CENTRE],
    [
        Row("Tháng này", [
            number("Tiếp nhận", "Số sự cố tiếp nhận trong tháng này.", _month("received"), base=BLUE),
            number("Đã xong", "Số sự cố đã xử lý xong trong tháng này.", _month("done"), base=BLUE),
            number(
                "Đúng hạn",
                "Tỷ lệ xử lý đúng hạn trên tổng số lẽ ra phải xong trong tháng này (đã xong và đang quá hạn).",
                f'{_month("done_on_time")} / sum(ioc_month_incidents{{{_WHOLE},state=~"done|open_late"}})',
                unit="percentunit", base=RED, steps=[(0.8, YELLOW), (0.95, GREEN)],
            ),
            number(
                "Bị trả lại",
                "Số sự cố mà đơn vị được giao trả lại trong tháng: nhiều là phân công chưa đúng.",
                _month("returned"), steps=[(1, YELLOW), (20, RED)],
            ),
            number(
                "Mở lại",
                "Số sự cố phải mở lại sau khi báo đã xử lý: xử lý chưa dứt điểm.",
                _month("reopened"), steps=[(1, YELLOW), (20, RED)],
            ),
            number(
                "Hài lòng",
                "Tỷ lệ đánh giá hài lòng hoặc bình thường trên tổng số đánh giá của người dân trong tháng.",
                f'sum(ioc_month_ratings{{{_WHOLE},rating=~"satisfied|neutral"}}) / sum(ioc_month_ratings{{{_WHOLE}}})',
                unit="percentunit", base=RED, steps=[(0.7, YELLOW), (0.9, GREEN)],
            ),
        ]),
        Row("Phản ánh đến", [
            lines(
                "Phản ánh mỗi giờ theo kênh",
                "Số phản ánh mà cổng nhận trong 60 phút gần nhất, theo kênh người dân dùng; none là không nói kênh.",
                Query("sum by (channel) (increase(ioc_gateway_reports_total[1h]))", "{{channel}}"), stacked=True,
            ),
            lines(
                "Kết quả tiếp nhận mỗi giờ",
                "Phản ánh trở thành tín hiệu, bị coi là trùng hoặc bị từ chối, trong 60 phút gần nhất.",
                Query('sum by (outcome) (increase(ioc_events_total{source="reports"}[1h]))', "{{outcome}}"),
                stacked=True, words=words.OUTCOME, colours=words.OUTCOME_COLOUR,
            ),
            lines(
                "Phản ánh mỗi giờ theo lĩnh vực",
                "Lĩnh vực mà phân loại gán cho phản ánh, trong 60 phút gần nhất.",
                Query('sum by (category) (increase(ioc_signals_total{source="reports"}[1h]))', "{{category}}"),
                stacked=True, words=words.CATEGORY,
            ),
            lines(
                "Dữ liệu cá nhân được niêm phong",
                "Phản ánh có dữ liệu cá nhân niêm phong, theo kết quả mở; unknown, unavailable, damaged là cần người xem.",
                Query("sum by (outcome) (increase(ioc_sealed_reports_total[1h]))", "{{outcome}}"),
            ),
        ]),
        Row("Theo trung tâm và đơn vị", [
            grid(
                "Trung tâm trong tháng",
                "Số liệu tháng này của từng trung tâm và tỷ lệ đúng hạn.",
                [*(_by_centre(state) for state in _STATES), f"sum by (centre) (ioc_on_time_ratio{{{_WHOLE}}})"],
                [Column("centre", "Trung tâm"), *_COUNTS], width=24,
            ),
            grid(
                "Đơn vị trong tháng",
                "Số liệu tháng này của từng đơn vị xử lý (mã đơn vị) và tỷ lệ đúng hạn.",
                [*(_by_unit(state) for state in _STATES), f"sum by (centre, unit) (ioc_on_time_ratio{{{_UNITS}}})"],
                [Column("centre", "Trung tâm"), Column("unit", "Đơn vị"), *_COUNTS], width=24,
            ),
            bars(
                "Đánh giá của người dân trong tháng",
                "Số đánh giá hài lòng, bình thường và không hài lòng.",
                Query(f"sum by (rating) (ioc_month_ratings{{{_WHOLE}}})", "{{rating}}"),
                words=words.RATING, base=BLUE, width=12,
            ),
            lines(
                "Đúng hạn của tỉnh và các trung tâm",
                "Tỷ lệ đúng hạn của tháng đang chạy; * là toàn tỉnh.",
                Query('ioc_on_time_ratio{centre=~"$centre",unit="*"}', "{{centre}}"),
                unit="percentunit", most=1, base=YELLOW, steps=[(0.95, GREEN)],
            ),
        ]),
        Row("Xử lý", [
            lines(
                "Thời gian xử lý: toàn bộ và phần chờ người dân",
                "Trung bình mỗi sự cố đã xong trong 60 phút gần nhất: toàn bộ, và phần đồng hồ dừng để chờ người dân trả lời.",
                Query(
                    f"sum by (clock) (increase(ioc_incident_clock_seconds_total{{{_CENTRE}}}[1h])) / on () group_left "
                    f"sum(increase(ioc_incident_resolve_seconds_count{{{_CENTRE}}}[1h]))",
                    "{{clock}}",
                ),
                unit="s", words={"raw": "Toàn bộ", "paused": "Chờ người dân"}, steps=[(86_400, YELLOW)],
            ),
            lines(
                "Bước xử lý mỗi giờ",
                "Mười hai bước thường gặp nhất của vòng đời sự cố trong 60 phút gần nhất, theo mã dòng trong bảng chuyển trạng thái.",
                Query("topk(12, sum by (rule) (increase(ioc_transitions_total[1h])))", "{{rule}}"),
            ),
        ]),
    ],
    since="24h",
)  # fmt: skip
"""How citizens are served."""
