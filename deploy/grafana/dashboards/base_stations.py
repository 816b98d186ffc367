"""Base stations: which are in service, where there is coverage, how the programme against gaps goes on."""

from __future__ import annotations

from typing import Final

from deploy.grafana import words
from deploy.grafana.board import CENTRE, Board, Row, Variable
from deploy.grafana.panels import BLUE, GREEN, ORANGE, RED, YELLOW, Column, Query, bars, grid, lines, number, places

_TECH: Final = 'tech=~"$tech"'
_CENTRE: Final = 'centre=~"$centre"'


def _sites(state: str) -> str:
    return f'sum by (tech) (ioc_bts_sites{{{_TECH},state="{state}"}})'


BOARD: Final = Board(
    "ioc-base-stations",
    "IOC · Trạm BTS, vùng phủ và chương trình xóa lõm sóng",
    "Dành cho trực viễn thông: trạm mất dịch vụ, vùng phủ sóng theo trung tâm, tiến độ xóa lõm, trạm thử nghiệm.",
    [Variable("tech", "Công nghệ", "ioc_bts_sites"), CENTRE],
    [
        Row("Bây giờ", [
            number(
                "Trạm đang phục vụ",
                "Số trạm (mỗi nhà mạng và công nghệ tính riêng) đang phục vụ bình thường.",
                f'sum(ioc_bts_sites{{{_TECH},state="in_service"}})', unit="none",
            ),
            number(
                "Trạm mất dịch vụ",
                "Số trạm mất dịch vụ.",
                f'sum(ioc_bts_sites{{{_TECH},state="out_of_service"}})', unit="none", steps=[(1, YELLOW), (50, RED)],
            ),
            number(
                "Tỷ lệ mất dịch vụ",
                "Trạm mất dịch vụ trên tổng số trạm đã nghe thấy.",
                f'sum(ioc_bts_sites{{{_TECH},state="out_of_service"}}) / sum(ioc_bts_sites{{{_TECH}}})',
                unit="percentunit", steps=[(0.02, YELLOW), (0.1, ORANGE), (0.3, RED)],
            ),
            number(
                "Cảnh báo bị tắt do bảo trì",
                "Cảnh báo đang đứng ở trạm bảo trì và không báo cho ai.",
                "sum(ioc_bts_muted_alarms_open)", unit="none", steps=[(1, YELLOW), (50, ORANGE)],
            ),
            number(
                "Vùng phủ tốt",
                "Tỷ lệ ô đo (ô H3, nhà mạng, công nghệ) tốt, trung bình các trung tâm đã chọn theo số ô.",
                f'sum(ioc_bts_coverage_cells{{{_CENTRE},class="ok"}}) / '
                f'sum(ioc_bts_coverage_cells{{{_CENTRE},class!="no_data"}})',
                unit="percentunit", base=RED, steps=[(0.8, YELLOW), (0.95, GREEN)],
            ),
            number(
                "Điểm lõm đã xác minh hết",
                "Phần của chương trình xóa lõm sóng đã có mẫu đo xác minh là có sóng.",
                'sum(ioc_bts_gap_spots{state="verified"}) / sum(ioc_bts_gap_spots)',
                unit="percentunit", base=YELLOW, steps=[(0.95, GREEN)],
            ),
        ]),
        Row("Trạm", [
            lines(
                "Trạm theo trạng thái",
                "Số trạm theo trạng thái qua thời gian: một cơn bão hiện ra ở đây trước tiên.",
                Query(f"sum by (state) (ioc_bts_sites{{{_TECH}}})", "{{state}}"),
                unit="none", stacked=True, words=words.SITE, colours=words.SITE_COLOUR,
            ),
            grid(
                "Công nghệ và trạng thái",
                "Số trạm theo công nghệ và trạng thái.",
                [_sites(state) for state in words.SITE],
                [
                    Column("tech", "Công nghệ"),
                    *(Column(f"Value #{'ABCDE'[place]}", word) for place, word in enumerate(words.SITE.values())),
                ],
                unit="none", height=8,
            ),
            lines(
                "Tín hiệu viễn thông mỗi giờ",
                "Tín hiệu lĩnh vực viễn thông từ mọi nguồn (trạm và người dân) trong 60 phút gần nhất.",
                Query('sum by (source) (increase(ioc_signals_total{category="telecom"}[1h]))', "{{source}}"),
                stacked=True, words=words.SOURCE, steps=[(50, ORANGE)], width=24,
            ),
        ]),
        Row("Vùng phủ", [
            places(
                "Vùng phủ theo trung tâm trên bản đồ",
                "Mỗi trung tâm một điểm, màu theo tỷ lệ ô đo tốt.",
                f"max by (centre) (ioc_bts_coverage_ratio{{{_CENTRE}}})", "centre",
                unit="percentunit", base=RED, steps=[(0.8, YELLOW), (0.95, GREEN)],
            ),
            bars(
                "Vùng phủ theo trung tâm",
                "Tỷ lệ ô đo tốt của từng trung tâm, trong số ngày được tính.",
                Query(f"max by (centre) (ioc_bts_coverage_ratio{{{_CENTRE}}})", "{{centre}}"),
                unit="percentunit", most=1, base=RED, steps=[(0.8, YELLOW), (0.95, GREEN)], width=12, height=12,
            ),
            lines(
                "Ô đo theo mức phủ sóng",
                "Số ô đo (ô H3, nhà mạng, công nghệ) lõm, yếu, tốt hoặc chưa đủ mẫu.",
                Query(f"sum by (class) (ioc_bts_coverage_cells{{{_CENTRE}}})", "{{class}}"),
                unit="none", stacked=True, words=words.COVERAGE, colours=words.COVERAGE_COLOUR,
            ),
            bars(
                "Chương trình xóa lõm sóng",
                "Số điểm của chương trình: trong kế hoạch, đã phát sóng, đã có mẫu đo xác minh.",
                Query("sum by (state) (ioc_bts_gap_spots)", "{{state}}"),
                unit="none", words=words.SPOT, base=BLUE, width=12,
            ),
        ]),
        Row("Trạm thử nghiệm", [
            lines(
                "RSRP",
                "Cường độ tín hiệu mới nhất của trạm thử nghiệm; dưới -110 dBm là yếu.",
                Query("max by (site) (ioc_bts_trial_rsrp_dbm)", "{{site}}"), unit="dBm", base=ORANGE,
                steps=[(-110, GREEN)], from_zero=False, width=6,
            ),
            lines(
                "SINR",
                "Tỷ số tín hiệu trên nhiễu mới nhất của trạm thử nghiệm; dưới 0 dB là kém.",
                Query("max by (site) (ioc_bts_trial_sinr_db)", "{{site}}"), unit="dB", base=ORANGE,
                steps=[(0, GREEN)], from_zero=False, width=6,
            ),
            lines(
                "Tải (PRB)",
                "Tỷ lệ khối tài nguyên đang dùng ở trạm thử nghiệm; trên 80 % là sắp nghẽn.",
                Query("max by (site) (ioc_bts_trial_prb_ratio)", "{{site}}"),
                unit="percentunit", most=1, steps=[(0.8, ORANGE)], width=6,
            ),
            lines(
                "Người dùng",
                "Số người dùng mới nhất của trạm thử nghiệm.",
                Query("max by (site) (ioc_bts_trial_users)", "{{site}}"), unit="none", width=6,
            ),
        ]),
    ],
    since="24h",
)  # fmt: skip
"""The mobile networks."""
