"""The border gates: how many wait, for how long, how full the yards are."""

from __future__ import annotations

from typing import Final

from deploy.grafana import words
from deploy.grafana.board import Board, Row, Variable
from deploy.grafana.panels import BLUE, ORANGE, RED, YELLOW, Column, Query, Step, bars, grid, lines, number, places

_GATE: Final = 'gate=~"$gate"'
_BACKLOG: Final[tuple[Step, ...]] = ((4, YELLOW), (12, ORANGE), (24, RED))
_WAITING: Final[tuple[Step, ...]] = ((200, YELLOW), (500, ORANGE), (1000, RED))
_FILL: Final[tuple[Step, ...]] = ((0.8, YELLOW), (0.95, RED))
"""All three as in thresholds.toml, at which alerts are raised."""

BOARD: Final = Board(
    "ioc-gate",
    "IOC · Cửa khẩu",
    "Dành cho trực cửa khẩu: bao nhiêu xe chờ, chờ bao lâu, bãi đầy đến đâu.",
    [Variable("gate", "Cửa khẩu", "ioc_gate_queue_vehicles")],
    [
        Row("Bây giờ", [
            number(
                "Xe đang chờ",
                "Tổng số xe từ bãi đến barie ở các cửa khẩu đã chọn.",
                f"sum(ioc_gate_queue_vehicles{{{_GATE}}})", unit="none", steps=_WAITING, width=6,
            ),
            number(
                "Tồn dài nhất",
                "Số giờ cần để cho qua hết xe đang chờ với tốc độ thông quan hiện tại, ở cửa khẩu tồn nhiều nhất.",
                f"max(ioc_gate_backlog_hours{{{_GATE}}})", unit="h", steps=_BACKLOG, width=6,
            ),
            number(
                "Chờ lâu nhất",
                "Thời gian chờ dài nhất, kể cả xe chưa qua.",
                f'max(ioc_gate_wait_seconds{{{_GATE},quantile="1"}})',
                unit="s", steps=[(14_400, YELLOW), (43_200, ORANGE), (86_400, RED)], width=6,
            ),
            number(
                "Bãi đầy nhất",
                "Mức đầy của bãi đầy nhất.",
                f"max(ioc_gate_yard_fill_ratio{{{_GATE}}})", unit="percentunit", steps=_FILL, width=6,
            ),
        ]),
        Row("Diễn biến", [
            lines(
                "Xe chờ theo thời gian",
                "Số xe chờ theo cửa khẩu và chiều; đường đứt là mốc cảnh báo.",
                Query(f"sum by (gate, direction) (ioc_gate_queue_vehicles{{{_GATE}}})", "{{gate}} {{direction}}"),
                unit="none", steps=_WAITING,
            ),
            lines(
                "Tồn quy ra giờ",
                "Xe đang chờ chia cho số xe qua mỗi giờ; đường đứt là mốc 4, 12, 24 giờ.",
                Query(f"max by (gate, direction) (ioc_gate_backlog_hours{{{_GATE}}})", "{{gate}} {{direction}}"),
                unit="h", steps=_BACKLOG,
            ),
            lines(
                "Thời gian chờ theo loại hàng (trung vị)",
                "Một nửa số xe vừa qua đã chờ ít hơn mức này, theo loại hàng.",
                Query(f'max by (gate, goods) (ioc_gate_wait_seconds{{{_GATE},quantile="0.5"}})', "{{gate}} {{goods}}"),
                unit="s",
            ),
            lines(
                "Thời gian chờ theo loại hàng (90 %)",
                "Chín phần mười số xe vừa qua đã chờ ít hơn mức này: hàng tươi phải thấp.",
                Query(f'max by (gate, goods) (ioc_gate_wait_seconds{{{_GATE},quantile="0.9"}})', "{{gate}} {{goods}}"),
                unit="s", steps=[(43_200, ORANGE)],
            ),
        ]),
        Row("Bãi và vị trí", [
            bars(
                "Mức đầy của bãi",
                "Mức đầy của từng bãi, 100 % là đầy; từ 80 % là cảnh báo.",
                Query(f"max by (gate, yard) (ioc_gate_yard_fill_ratio{{{_GATE}}})", "{{gate}} {{yard}}"),
                unit="percentunit", most=1, steps=_FILL, width=6, height=12,
            ),
            grid(
                "Cửa khẩu",
                "Xe chờ và tồn theo cửa khẩu và chiều.",
                [
                    f"sum by (gate, direction) (ioc_gate_queue_vehicles{{{_GATE}}})",
                    f"max by (gate, direction) (ioc_gate_backlog_hours{{{_GATE}}})",
                ],
                [
                    Column("gate", "Cửa khẩu"),
                    Column("direction", "Chiều", words=words.DIRECTION),
                    Column("Value #A", "Xe chờ", unit="none", steps=_WAITING),
                    Column("Value #B", "Tồn", unit="h", steps=_BACKLOG),
                ],
                width=8, height=12,
            ),
            places(
                "Tồn trên bản đồ",
                "Mỗi cửa khẩu một điểm, màu theo số giờ tồn; vị trí lấy từ sổ thiết bị (devices.csv).",
                f"max by (gate) (ioc_gate_backlog_hours{{{_GATE}}})", "gate", unit="h", steps=_BACKLOG, width=10,
            ),
            lines(
                "Tín hiệu của cửa khẩu mỗi giờ",
                "Tín hiệu từ số liệu cửa khẩu trong 60 phút gần nhất, theo mức độ: dự báo ùn, ùn, nặng thêm.",
                Query('sum by (severity) (increase(ioc_signals_total{source="gate"}[1h]))', "{{severity}}"),
                stacked=True, words=words.SEVERITY, colours=words.SEVERITY_COLOUR, width=24,
            ),
            lines(
                "Số liệu cửa khẩu nhận được",
                "Sự kiện cửa khẩu mỗi giây: bằng không là không có gì để kết luận.",
                Query('sum by (outcome) (rate(ioc_events_total{source="gate"}[$__rate_interval]))', "{{outcome}}"),
                unit="cps", words=words.OUTCOME, colours={**words.OUTCOME_COLOUR, "quiet": BLUE}, width=24, height=6,
            ),
        ]),
    ],
    since="24h",
)  # fmt: skip
"""What goes on at the border."""
