"""Air, water, weather and roads as the instruments tell them, and how far they can be trusted."""

from __future__ import annotations

from typing import Final

from deploy.grafana import words
from deploy.grafana.board import CENTRE, Board, Row, Variable
from deploy.grafana.panels import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    RED,
    YELLOW,
    Query,
    Step,
    bars,
    lines,
    number,
    places,
    states,
)

_STATION: Final = 'station=~"$station"'
_NATURE: Final = 'category=~"environment|disaster"'
_AQI: Final[tuple[Step, ...]] = (
    (51, YELLOW), (101, ORANGE), (151, RED), (201, "purple"), (301, "#7e0023"),
)  # fmt: skip
"""Classes of VN_AQI, Quyết định 1459/QĐ-TCMT."""
_LEVELS: Final = {"1": "Tốt", "2": "Trung bình", "3": "Kém", "4": "Xấu", "5": "Rất xấu", "6": "Nguy hại"}
_LEVEL_STEPS: Final[tuple[Step, ...]] = (
    (1, GREEN), (2, YELLOW), (3, ORANGE), (4, RED), (5, "purple"), (6, "#7e0023"),
)  # fmt: skip

BOARD: Final = Board(
    "ioc-environment",
    "IOC · Môi trường và giao thông",
    "Dành cho trực môi trường: chất lượng không khí theo trạm, cảnh báo thiên tai, mức phục vụ của đường, độ tin cậy của trạm đo.",
    [Variable("station", "Trạm", "ioc_air_quality_index"), CENTRE],
    [
        Row("Không khí", [
            number(
                "VN_AQI cao nhất",
                "VN_AQI giờ cao nhất trong các trạm đã chọn, của giờ vừa xong (QĐ 1459/QĐ-TCMT, 0 đến 500).",
                f"max(ioc_air_quality_index{{{_STATION}}})", unit="none", steps=_AQI, width=6,
            ),
            number(
                "Mức xấu nhất",
                "Mức VN_AQI xấu nhất trong các trạm đã chọn, từ 1 (tốt) đến 6 (nguy hại).",
                f"max(ioc_air_quality_level{{{_STATION}}})",
                unit="none", words=_LEVELS, base=GREY, steps=_LEVEL_STEPS, width=6,
            ),
            number(
                "Trạm từ mức kém trở lên",
                "Số trạm có VN_AQI giờ trên 100.",
                f"sum(ioc_air_quality_index{{{_STATION}}} > bool 100)", unit="none", steps=[(1, ORANGE), (5, RED)], width=6,
            ),
            number(
                "Trạm có số liệu",
                "Số trạm có VN_AQI của một giờ trong ba giờ gần nhất.",
                f"count(ioc_air_quality_index{{{_STATION}}})", unit="none", base=BLUE, width=6,
            ),
            places(
                "VN_AQI trên bản đồ",
                "Mỗi trạm một điểm, màu theo mức VN_AQI; vị trí lấy từ sổ thiết bị (devices.csv).",
                f"max by (station) (ioc_air_quality_index{{{_STATION}}})", "station", unit="none", steps=_AQI,
            ),
            lines(
                "VN_AQI theo trạm",
                "VN_AQI giờ của từng trạm; đường đứt là ranh giới các mức.",
                Query(f"max by (station) (ioc_air_quality_index{{{_STATION}}})", "{{station}}"),
                unit="none", steps=_AQI, height=12,
            ),
            states(
                "Mức theo trạm",
                "Trạm nào ở mức nào, khi nào.",
                Query(f"max by (station) (ioc_air_quality_level{{{_STATION}}})", "{{station}}"),
                words=_LEVELS, base=GREY, steps=_LEVEL_STEPS, width=24, height=9,
            ),
        ]),
        Row("Sự cố môi trường và thiên tai", [
            lines(
                "Tín hiệu môi trường và thiên tai mỗi giờ",
                "Số tín hiệu từ mọi nguồn trong 60 phút gần nhất, theo mức độ.",
                Query(f"sum by (severity) (increase(ioc_signals_total{{{_NATURE}}}[1h]))", "{{severity}}"),
                stacked=True, words=words.SEVERITY, colours=words.SEVERITY_COLOUR,
            ),
            bars(
                "Sự cố đang mở theo trung tâm",
                "Số sự cố môi trường và thiên tai còn mở.",
                Query(f'sum by (centre) (ioc_incidents_open{{centre=~"$centre",{_NATURE}}})', "{{centre}}"),
                steps=[(5, YELLOW), (20, RED)], width=12,
            ),
        ]),
        Row("Độ tin cậy của số đo", [
            number(
                "Số đo tin được",
                "Tỷ lệ số đo không có dấu hiệu lỗi trong 60 phút gần nhất.",
                'sum(increase(ioc_readings_total{flag=~"ok|late"}[1h])) / sum(increase(ioc_readings_total[1h]))',
                unit="percentunit", base=RED, steps=[(0.9, YELLOW), (0.97, GREEN)],
            ),
            lines(
                "Số đo theo độ tin cậy",
                "Số đo mỗi giây: tin được, đến muộn, hoặc lý do vì sao không phải là số đo.",
                Query("sum by (flag) (rate(ioc_readings_total[$__rate_interval]))", "{{flag}}"),
                unit="cps", words=words.FLAG, stacked=True, width=10,
            ),
            lines(
                "Tệp của trạm quan trắc (Thông tư 10/2021)",
                "Dòng của tệp trạm mỗi giây: nhận, trùng, từ chối.",
                Query("sum by (outcome) (rate(ioc_station_readings_total[$__rate_interval]))", "{{outcome}}"),
                unit="cps", words={"accepted": "Nhận", "duplicate": "Trùng", "rejected": "Từ chối"}, width=10,
            ),
            lines(
                "Tệp đã xử lý mỗi giờ",
                "Tệp xong, và tệp bị cách ly vì có ít nhất một dòng hỏng, trong 60 phút gần nhất.",
                Query("sum by (outcome) (increase(ioc_station_files_total[1h]))", "{{outcome}}"),
                words={"done": "Xong", "quarantined": "Cách ly"}, colours={"quarantined": RED},
            ),
            number(
                "Tệp đang chờ",
                "Tệp của trạm chưa ổn định hoặc chưa vào Kafka; tăng mãi là có tắc nghẽn.",
                "sum(ioc_station_files_open)", steps=[(50, YELLOW), (500, RED)],
            ),
        ]),
        Row("Giao thông", [
            bars(
                "Mức phục vụ của đường",
                "Số điểm đo (vòng từ, camera) theo mức phục vụ A đến F (HCM).",
                Query("sum by (service) (ioc_traffic_sites)", "{{service}}"), base=BLUE, width=12,
            ),
            lines(
                "Điểm đo ùn tắc (mức E và F)",
                "Số điểm đo ở mức phục vụ E hoặc F theo thời gian.",
                Query('sum(ioc_traffic_sites{service=~"E|F"}) or vector(0)', "E và F"), steps=[(5, ORANGE), (20, RED)],
            ),
        ]),
    ],
)  # fmt: skip
"""What the instruments say."""
