"""The duty officer's overview: what is open, what is late, how fast it is answered, and where."""

from __future__ import annotations

from typing import Final

from deploy.grafana import words
from deploy.grafana.board import CENTRE, Board, Row
from deploy.grafana.panels import (
    BLUE,
    GREEN,
    ORANGE,
    RED,
    YELLOW,
    Column,
    Query,
    bars,
    buckets,
    grid,
    lines,
    number,
    places,
    states,
)

_CENTRE: Final = 'centre=~"$centre"'
_MONTH: Final = 'centre=~"$centre",centre!="*",unit="*"'


def _mean(histogram: str) -> str:
    return f"sum(increase({histogram}_sum{{{_CENTRE}}}[$__range])) / sum(increase({histogram}_count{{{_CENTRE}}}[$__range]))"


def _quantile(share: float, histogram: str) -> str:
    return f"histogram_quantile({share}, sum by (severity, le) (increase({histogram}_bucket{{{_CENTRE}}}[1h])))"


BOARD: Final = Board(
    "ioc-duty",
    "IOC · Tổng quan trực ban",
    "Dành cho cán bộ trực: việc gì đang mở, việc gì quá hạn, phản ứng nhanh hay chậm, ở trung tâm nào.",
    [CENTRE],
    [
        Row("Bây giờ", [
            number(
                "Sự cố đang mở",
                "Số sự cố còn cần xử lý ở các trung tâm đã chọn.",
                f"sum(ioc_incidents_open{{{_CENTRE}}})", base=BLUE,
            ),
            number(
                "Khẩn cấp đang mở",
                "Số sự cố mức khẩn cấp còn mở; lớn hơn 0 là phải có người xử lý ngay.",
                f'sum(ioc_incidents_open{{{_CENTRE},severity="critical"}}) or vector(0)', steps=[(1, RED)],
            ),
            number(
                "Đang quá hạn",
                "Số sự cố của tháng này còn mở và đã quá thời hạn xử lý.",
                f'sum(ioc_month_incidents{{{_MONTH},state="open_late"}})', steps=[(1, ORANGE), (20, RED)],
            ),
            number(
                "Đúng hạn trong tháng",
                "Tỷ lệ xử lý đúng hạn trên tổng số lẽ ra phải xong trong tháng này (đã xong và đang quá hạn).",
                f'sum(ioc_month_incidents{{{_MONTH},state="done_on_time"}}) / '
                f'sum(ioc_month_incidents{{{_MONTH},state=~"done|open_late"}})',
                unit="percentunit", base=RED, steps=[(0.8, YELLOW), (0.95, GREEN)],
            ),
            number(
                "Thời gian xác nhận trung bình (MTTA)",
                "Trung bình từ lúc mở sự cố đến lúc có người xác nhận đã biết, trong khoảng thời gian đang xem.",
                _mean("ioc_incident_ack_seconds"), unit="s", steps=[(300, YELLOW), (900, RED)],
            ),
            number(
                "Thời gian xử lý trung bình (MTTR)",
                "Trung bình từ lúc mở sự cố đến lúc báo đã xử lý, trong khoảng thời gian đang xem.",
                _mean("ioc_incident_resolve_seconds"), unit="s", steps=[(86_400, YELLOW), (259_200, RED)],
            ),
        ]),
        Row("Diễn biến", [
            lines(
                "Sự cố đang mở theo mức độ",
                "Số sự cố còn mở, chồng theo mức độ nghiêm trọng.",
                Query(f"sum by (severity) (ioc_incidents_open{{{_CENTRE}}})", "{{severity}}"),
                stacked=True, words=words.SEVERITY, colours=words.SEVERITY_COLOUR,
            ),
            lines(
                "Chưa ai nhận theo mức độ",
                "Số sự cố đã báo mà chưa ai xác nhận hay nhận xử lý: mức khẩn cấp không được ở đây quá vài phút.",
                Query(f"sum by (severity) (ioc_unacknowledged_incidents{{{_CENTRE}}})", "{{severity}}"),
                stacked=True, words=words.SEVERITY, colours=words.SEVERITY_COLOUR,
            ),
            lines(
                "Sự cố mới mỗi giờ theo lĩnh vực",
                "Số sự cố mở mới trong 60 phút gần nhất, theo lĩnh vực.",
                Query(f"sum by (category) (increase(ioc_incidents_total{{{_CENTRE}}}[1h]))", "{{category}}"),
                stacked=True, words=words.CATEGORY,
            ),
            lines(
                "Cảnh báo mỗi giờ theo lý do",
                "Số cảnh báo ghi ra kênh của các trung tâm trong 60 phút gần nhất: mới, nặng thêm, quá hạn, chuyển cấp …",
                Query(f"sum by (reason) (increase(ioc_alerts_total{{{_CENTRE}}}[1h]))", "{{reason}}"),
                stacked=True, words=words.REASON,
            ),
            lines(
                "Cảnh báo bị giữ lại mỗi giờ",
                "Số cảnh báo mà lệnh tạm im hoặc lịch bảo trì giữ lại, theo trung tâm: tăng bất thường là có lệnh tạm im bị quên.",
                Query(f"sum by (centre) (increase(ioc_silenced_alerts_total{{{_CENTRE}}}[1h]))", "{{centre}}"),
                steps=[(50, ORANGE)],
            ),
            lines(
                "Quá hạn theo trung tâm",
                "Sự cố của tháng này còn mở và đã quá thời hạn xử lý, theo trung tâm.",
                Query(f'sum by (centre) (ioc_month_incidents{{{_MONTH},state="open_late"}})', "{{centre}}"),
                stacked=True, steps=[(20, ORANGE)],
            ),
        ]),
        Row("Theo trung tâm", [
            places(
                "Sự cố đang mở trên bản đồ",
                "Mỗi trung tâm một điểm, cỡ và màu theo số sự cố đang mở.",
                f"sum by (centre) (ioc_incidents_open{{{_CENTRE}}})", "centre",
                steps=[(10, YELLOW), (50, ORANGE), (200, RED)],
            ),
            grid(
                "Trung tâm và lĩnh vực",
                "Số sự cố đang mở theo trung tâm và lĩnh vực; cột khẩn cấp đếm riêng mức khẩn cấp.",
                [
                    f"sum by (centre, category) (ioc_incidents_open{{{_CENTRE}}}) > 0",
                    f'sum by (centre, category) (ioc_incidents_open{{{_CENTRE},severity="critical"}}) > 0',
                ],
                [
                    Column("centre", "Trung tâm"),
                    Column("category", "Lĩnh vực", words=words.CATEGORY),
                    Column("Value #A", "Đang mở", steps=((10, YELLOW), (50, RED))),
                    Column("Value #B", "Khẩn cấp", steps=((1, RED),)),
                ],
                height=12,
            ),
            bars(
                "Sự cố đang mở theo trung tâm",
                "So sánh tải hiện tại giữa các trung tâm.",
                Query(f"sort_desc(sum by (centre) (ioc_incidents_open{{{_CENTRE}}}))", "{{centre}}"),
                steps=[(10, YELLOW), (50, ORANGE), (200, RED)], width=12, height=7,
            ),
            states(
                "Chế độ khẩn cấp",
                "Khi nào chế độ khẩn cấp có hiệu lực ở một phần địa bàn của trung tâm.",
                Query(f"max by (centre) (ioc_emergency_mode{{{_CENTRE}}})", "{{centre}}"),
                words=words.ON, base=GREEN, steps=[(1, RED)],
            ),
        ]),
        Row("Phản ứng", [
            lines(
                "Thời gian xác nhận theo mức độ (trung vị)",
                "Một nửa số sự cố được xác nhận nhanh hơn mức này, tính trên 60 phút gần nhất.",
                Query(_quantile(0.5, "ioc_incident_ack_seconds"), "{{severity}}"),
                unit="s", steps=[(300, YELLOW), (900, RED)], words=words.SEVERITY, colours=words.SEVERITY_COLOUR,
            ),
            lines(
                "Thời gian xử lý theo mức độ (90 %)",
                "Chín phần mười số sự cố được xử lý nhanh hơn mức này, tính trên 60 phút gần nhất.",
                Query(_quantile(0.9, "ioc_incident_resolve_seconds"), "{{severity}}"),
                unit="s", steps=[(86_400, YELLOW)], words=words.SEVERITY, colours=words.SEVERITY_COLOUR,
            ),
            buckets(
                "Phân bố thời gian xác nhận",
                "Bao nhiêu sự cố được xác nhận trong từng khoảng thời gian; ô đậm là nhiều.",
                f"sum by (le) (increase(ioc_incident_ack_seconds_bucket{{{_CENTRE}}}[$__rate_interval]))", width=24,
            ),
        ]),
    ],
    alerts=True,
)  # fmt: skip
"""First screen of a shift."""
