"""Data quality: correct, complete, clean, live per source; devices; what was refused and why."""

from __future__ import annotations

from typing import Final

from deploy.grafana import words
from deploy.grafana.board import SOURCE, Board, Row
from deploy.grafana.panels import BLUE, GREEN, RED, YELLOW, Column, Query, Step, grid, lines, number

_SOURCE: Final = 'source=~"$source"'
_GOOD: Final[tuple[Step, ...]] = ((0.8, YELLOW), (0.9, GREEN))
_MEANING: Final = {
    "correct": "Đúng: số đo nằm trong dải, không có dấu hiệu lỗi.",
    "complete": "Đủ: đã nhận so với số bản ghi thiết bị phải gửi.",
    "clean": "Sạch: không trùng, không sai định dạng.",
    "live": "Sống: đến kịp trong thời gian cho phép.",
}


def _ratio(dimension: str) -> str:
    return f'ioc_source_quality_ratio{{{_SOURCE},dimension="{dimension}"}}'


BOARD: Final = Board(
    "ioc-quality",
    "IOC · Chất lượng dữ liệu (đúng, đủ, sạch, sống)",
    "Dành cho quản trị dữ liệu: nguồn nào kém, thiết bị nào im lặng, bản ghi nào bị từ chối và vì sao.",
    [SOURCE],
    [
        Row("Giờ vừa được chấm", [
            *(
                number(
                    f"{word} (nguồn kém nhất)",
                    f"{_MEANING[dimension]} Giá trị của nguồn kém nhất trong các nguồn đã chọn, của giờ mới nhất đã chấm.",
                    f"min({_ratio(dimension)})", unit="percentunit", base=RED, steps=_GOOD, width=6,
                )
                for dimension, word in words.DIMENSION.items()
            ),
            grid(
                "Nguồn và tiêu chí",
                "Bốn tiêu chí của từng nguồn, của giờ mới nhất đã chấm; dưới 80 % là có cảnh báo.",
                [f"sum by (source) ({_ratio(dimension)})" for dimension in words.DIMENSION],
                [
                    Column("source", "Nguồn", words=words.SOURCE),
                    *(
                        Column(f"Value #{'ABCD'[place]}", word, unit="percentunit", base=RED, steps=_GOOD)
                        for place, word in enumerate(words.DIMENSION.values())
                    ),
                ],
                unit="percentunit", height=8,
            ),
            lines(
                "Chất lượng theo thời gian (nguồn kém nhất)",
                "Từng tiêu chí của nguồn kém nhất, theo thời gian.",
                Query(f"min by (dimension) (ioc_source_quality_ratio{{{_SOURCE}}})", "{{dimension}}"),
                unit="percentunit", most=1, words=words.DIMENSION, base=RED, steps=_GOOD,
            ),
        ]),
        Row("Thiết bị", [
            lines(
                "Thiết bị theo trạng thái",
                "Thiết bị trong sổ đăng ký: hoạt động, im lặng, lỗi, bảo trì, kẹt giá trị.",
                Query(f"sum by (state) (ioc_devices{{{_SOURCE}}})", "{{state}}"),
                unit="none", stacked=True, words=words.DEVICE, colours=words.DEVICE_COLOUR,
            ),
            grid(
                "Nguồn và trạng thái thiết bị",
                "Số thiết bị của từng nguồn theo trạng thái.",
                [f'sum by (source) (ioc_devices{{{_SOURCE},state="{state}"}})' for state in words.DEVICE],
                [
                    Column("source", "Nguồn", words=words.SOURCE),
                    *(Column(f"Value #{'ABCDE'[place]}", word) for place, word in enumerate(words.DEVICE.values())),
                ],
                unit="none", height=8,
            ),
        ]),
        Row("Bị từ chối", [
            number(
                "Tỷ lệ bị từ chối",
                "Phần sự kiện bị từ chối trong 60 phút gần nhất, của các nguồn đã chọn.",
                f'sum(increase(ioc_events_total{{{_SOURCE},outcome="rejected"}}[1h])) / '
                f"sum(increase(ioc_events_total{{{_SOURCE}}}[1h]))",
                unit="percentunit", steps=[(0.01, YELLOW), (0.05, RED)], width=6,
            ),
            number(
                "Tỷ lệ trùng",
                "Phần sự kiện trùng với sự kiện đã nhận trong 60 phút gần nhất.",
                f'sum(increase(ioc_events_total{{{_SOURCE},outcome="duplicate"}}[1h])) / '
                f"sum(increase(ioc_events_total{{{_SOURCE}}}[1h]))",
                unit="percentunit", steps=[(0.05, YELLOW), (0.2, RED)], width=6,
            ),
            lines(
                "Bị từ chối theo lý do mỗi giờ",
                "Bản ghi vào hàng đợi lỗi (ioc.dlq) trong 60 phút gần nhất, theo nguồn và lý do.",
                Query(
                    f"sum by (source, reason) (increase(ioc_dead_letters_total{{{_SOURCE}}}[1h]))",
                    "{{source}} {{reason}}",
                ),
                steps=[(100, RED)],
            ),
            grid(
                "Đơn vị gửi dữ liệu trong 60 phút",
                "Sự kiện đã nhận của từng đơn vị gửi và phần bị từ chối.",
                [
                    "sum by (publisher) (increase(ioc_publisher_events_total[1h]))",
                    'sum by (publisher) (increase(ioc_publisher_events_total{outcome="rejected"}[1h]))',
                ],
                [
                    Column("publisher", "Đơn vị gửi"),
                    Column("Value #A", "Sự kiện"),
                    Column("Value #B", "Bị từ chối", steps=((1, YELLOW), (100, RED))),
                ],
            ),
            lines(
                "Bị từ chối ở cầu MQTT mỗi giờ",
                "Phần của thông điệp MQTT không đọc được trong 60 phút gần nhất, theo lý do.",
                Query("sum by (reason) (increase(ioc_mqtt_rejects_total[1h]))", "{{reason}}"), steps=[(100, RED)],
            ),
        ]),
        Row("Độ trễ của nguồn", [
            lines(
                "Độ trễ từ lúc đo đến lúc xử lý (95 %)",
                "Từ thời điểm của sự kiện đến lúc được xử lý; đường đứt là 5 phút.",
                Query(
                    f"histogram_quantile(0.95, sum by (source, le) (rate(ioc_event_delay_seconds_bucket{{{_SOURCE}}}[5m])))",
                    "{{source}}",
                ),
                unit="s", words=words.SOURCE, steps=[(300, RED)],
            ),
            lines(
                "Sự kiện mỗi giây theo nguồn",
                "Sự kiện đã xử lý mỗi giây: một nguồn về 0 là mất nguồn.",
                Query(f"sum by (source) (rate(ioc_events_total{{{_SOURCE}}}[5m]))", "{{source}}"),
                unit="eps", words=words.SOURCE, colours={"reports": BLUE},
            ),
        ]),
    ],
    since="24h",
)  # fmt: skip
"""How good the data is."""
