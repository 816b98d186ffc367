"""The pipeline's own health: throughput, latency, lag, Kafka, the edges, the store, and which files are in force."""

from __future__ import annotations

from typing import Final

from deploy.grafana import words
from deploy.grafana.board import SOURCE, Board, Row
from deploy.grafana.panels import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    RED,
    YELLOW,
    Column,
    Query,
    buckets,
    grid,
    lines,
    number,
    states,
)

_SOURCE: Final = 'source=~"$source"'


def _p(share: float, histogram: str, by: str = "le", window: str = "5m", selector: str = "") -> str:
    return f"histogram_quantile({share}, sum by ({by}) (rate({histogram}_bucket{selector}[{window}])))"


BOARD: Final = Board(
    "ioc-pipeline",
    "IOC · Sức khỏe hệ thống xử lý",
    "Dành cho quản trị hệ thống: lưu lượng, độ trễ, tồn đọng, Kafka, cổng tiếp nhận, kho dữ liệu, tệp cấu hình đang dùng.",
    [SOURCE],
    [
        Row("Bây giờ", [
            number(
                "Sự kiện mỗi giây",
                "Sự kiện đã xử lý mỗi giây, trung bình một phút.",
                f"sum(rate(ioc_events_total{{{_SOURCE}}}[1m]))", unit="eps", base=BLUE,
            ),
            number(
                "Đến cảnh báo (99 %)",
                "Từ lúc Kafka nhận sự kiện đến lúc cảnh báo đọc được, 99 % nhanh hơn mức này, trong 5 phút gần nhất.",
                _p(0.99, "ioc_alert_latency_seconds", selector=f"{{{_SOURCE}}}"),
                unit="s", steps=[(1, YELLOW), (5, RED)],
            ),
            number(
                "Tồn đọng",
                "Bản ghi đã có trong Kafka mà chưa được xử lý, cộng mọi chủ đề.",
                "sum(ioc_consumer_lag_records)", unit="none", steps=[(5_000, YELLOW), (100_000, RED)],
            ),
            number(
                "Kafka",
                "1 khi mọi tiến trình đều nối được Kafka.",
                "min(ioc_broker_up)", unit="none", words=words.UP, base=RED, steps=[(1, GREEN)],
            ),
            number(
                "Tiến trình trả lời",
                "Số tiến trình mà Prometheus hỏi được trên tổng số tiến trình nó biết.",
                "sum(up) / count(up)", unit="percentunit", base=RED, steps=[(1, GREEN)],
            ),
            number(
                "Tác tử bị dừng",
                "Số tác tử bị phanh lại vì lỗi liên tiếp; lớn hơn 0 là phải xem nhật ký.",
                "sum(ioc_agents_stopped) or vector(0)", unit="none", steps=[(1, RED)],
            ),
        ]),
        Row("Cảnh báo của Prometheus", [
            grid(
                "Đang kêu",
                "Cảnh báo của bộ quy tắc đang kêu; IocWatchdog luôn kêu khi bộ quy tắc được tính: không thấy nó là có chuyện.",
                ['sum by (alertname, severity) (ALERTS{alertstate="firing"})'],
                [Column("alertname", "Cảnh báo"), Column("severity", "Mức độ"), Column("Value", "Số lượng")],
                unit="none", height=7,
            ),
            lines(
                "Số cảnh báo theo thời gian",
                "Cảnh báo của bộ quy tắc đang chờ (pending) và đang kêu (firing).",
                Query("sum by (alertstate) (ALERTS)", "{{alertstate}}"),
                unit="none", colours={"firing": RED, "pending": YELLOW}, steps=[(10, ORANGE)], height=7,
            ),
        ]),
        Row("Lưu lượng và độ trễ", [
            lines(
                "Sự kiện theo nguồn",
                "Sự kiện đã xử lý mỗi giây theo nguồn.",
                Query(f"sum by (source) (rate(ioc_events_total{{{_SOURCE}}}[$__rate_interval]))", "{{source}}"),
                unit="eps", stacked=True, words=words.SOURCE,
            ),
            lines(
                "Sự kiện theo kết quả",
                "Sự kiện mỗi giây: thành tín hiệu, bình thường, trùng, bị từ chối.",
                Query(f"sum by (outcome) (rate(ioc_events_total{{{_SOURCE}}}[$__rate_interval]))", "{{outcome}}"),
                unit="eps", stacked=True, words=words.OUTCOME, colours=words.OUTCOME_COLOUR,
            ),
            lines(
                "Đến cảnh báo",
                "Từ lúc Kafka nhận sự kiện đến lúc cảnh báo đọc được: trung vị và 99 %.",
                Query(_p(0.5, "ioc_alert_latency_seconds", selector=f"{{{_SOURCE}}}"), "50 %"),
                Query(_p(0.99, "ioc_alert_latency_seconds", selector=f"{{{_SOURCE}}}"), "99 %"),
                unit="s", steps=[(1, ORANGE)],
            ),
            lines(
                "Độ trễ của sự kiện khi đến (95 %)",
                "Từ thời điểm của sự kiện đến lúc xử lý, theo nguồn: lớn là nguồn gửi muộn, không phải hệ thống chậm.",
                Query(_p(0.95, "ioc_event_delay_seconds", by="source, le", selector=f"{{{_SOURCE}}}"), "{{source}}"),
                unit="s", words=words.SOURCE, steps=[(300, ORANGE)],
            ),
            lines(
                "Tín hiệu và cảnh báo mỗi phút",
                "Tín hiệu ghi ra, sự cố mở mới và cảnh báo gửi đi, mỗi phút.",
                Query(f"60 * sum(rate(ioc_signals_total{{{_SOURCE}}}[5m]))", "Tín hiệu"),
                Query("60 * sum(rate(ioc_incidents_total[5m]))", "Sự cố mới"),
                Query("60 * sum(rate(ioc_alerts_total[5m]))", "Cảnh báo"),
            ),
            lines(
                "Hàng đợi lỗi",
                "Bản ghi vào hàng đợi lỗi (ioc.dlq) trong 60 phút gần nhất, theo lý do.",
                Query(f"sum by (reason) (increase(ioc_dead_letters_total{{{_SOURCE}}}[1h]))", "{{reason}}"),
                steps=[(100, RED)],
            ),
        ]),
        Row("Bộ xử lý", [
            lines(
                "Tồn đọng theo chủ đề",
                "Bản ghi chưa xử lý theo chủ đề Kafka.",
                Query("sum by (topic) (ioc_consumer_lag_records)", "{{topic}}"), unit="none", steps=[(5_000, ORANGE)],
            ),
            lines(
                "Giao dịch mỗi giây theo kết quả",
                "Giao dịch của bộ xử lý: committed là xong; aborted, fenced, unknown nhiều là có trục trặc.",
                Query("sum by (outcome) (rate(ioc_rounds_total[$__rate_interval]))", "{{outcome}}"),
                unit="cps", colours={"committed": GREEN, "aborted": RED, "fenced": ORANGE, "unknown": GREY},
            ),
            buckets(
                "Thời gian mỗi giao dịch",
                "Phân bố thời gian của một giao dịch: xử lý, ghi kết quả, ghi vị trí, xác nhận.",
                "sum by (le) (increase(ioc_round_seconds_bucket[$__rate_interval]))",
            ),
            states(
                "Tác tử bị dừng theo thời gian",
                "Tác tử nào bị phanh lại, khi nào.",
                Query("max by (agent) (ioc_agents_stopped)", "{{agent}}"),
                words={"0": "Chạy", "1": "Dừng"}, base=GREEN, steps=[(1, RED)], height=9,
            ),
        ]),
        Row("Cổng tiếp nhận và cầu nối", [
            lines(
                "Yêu cầu HTTP theo mã trả lời",
                "Yêu cầu mà cổng trả lời mỗi giây, theo mã HTTP.",
                Query("sum by (status) (rate(ioc_gateway_requests_total[$__rate_interval]))", "{{status}}"),
                unit="reqps", stacked=True, colours={"503": RED, "500": RED},
            ),
            lines(
                "Yêu cầu HTTP theo đường dẫn",
                "Mười đường dẫn được gọi nhiều nhất.",
                Query(
                    "topk(10, sum by (route) (rate(ioc_gateway_requests_total[$__rate_interval])))", "{{route}}"
                ),
                unit="reqps",
            ),
            lines(
                "Bị chặn vì gửi quá nhanh mỗi giờ",
                "Bản ghi bị cổng từ chối (429) vì khóa của đơn vị gửi vượt mức mỗi giây, trong 60 phút gần nhất.",
                Query("sum by (publisher) (increase(ioc_gateway_rate_limited_total[1h]))", "{{publisher}}"),
                steps=[(100, ORANGE)],
            ),
            lines(
                "Sự kiện VES mỗi giờ",
                "Sự kiện của đầu nghe ONAP VES trong 60 phút gần nhất, theo miền và kết quả.",
                Query("sum by (domain, outcome) (increase(ioc_ves_events_total[1h]))", "{{domain}} {{outcome}}"),
            ),
            lines(
                "Thông điệp MQTT",
                "Thông điệp của cầu MQTT mỗi giây: ghi được, ghi một phần, bị từ chối, không có gì để ghi.",
                Query("sum by (outcome) (rate(ioc_mqtt_messages_total[$__rate_interval]))", "{{outcome}}"),
                unit="mps",
                words={"written": "Ghi được", "partial": "Một phần", "rejected": "Bị từ chối", "passed": "Bỏ qua"},
            ),
            lines(
                "Bản ghi từ MQTT",
                "Bản ghi mà thông điệp MQTT trở thành, mỗi giây, theo nguồn.",
                Query("sum by (source) (rate(ioc_mqtt_records_total[$__rate_interval]))", "{{source}}"),
                unit="eps", words=words.SOURCE,
            ),
            number(
                "Cầu MQTT",
                "1 khi cầu nối được máy chủ MQTT.",
                "min(ioc_mqtt_up)", unit="none", words=words.UP, base=RED, steps=[(1, GREEN)], width=6,
            ),
            number(
                "MQTT đang chờ",
                "Thông điệp MQTT đã nhận mà chưa vào Kafka.",
                "sum(ioc_mqtt_pending_open)", unit="none", steps=[(1_000, YELLOW), (10_000, RED)], width=6,
            ),
        ]),
        Row("Báo ra ngoài", [
            lines(
                "Cảnh báo gửi ra ngoài mỗi giờ",
                "Cảnh báo cho người đăng ký bên ngoài trong 60 phút gần nhất: đã gửi, gửi lại, bỏ, không còn đăng ký.",
                Query("sum by (outcome) (increase(ioc_notifications_total[1h]))", "{{outcome}}"),
                words={"sent": "Đã gửi", "retried": "Gửi lại", "dead": "Bỏ", "dropped": "Không còn đăng ký"},
                colours={"dead": RED, "retried": ORANGE}, width=12,
            ),
            number(
                "Cảnh báo chờ gửi ra ngoài",
                "Cảnh báo còn chờ gửi, cộng mọi đăng ký: giờ yên tĩnh, gom tin, hoặc bên nhận không trả lời.",
                "sum(ioc_notifications_open)", unit="none", steps=[(100, YELLOW), (1_000, RED)], width=4,
            ),
            number(
                "Cảnh báo chờ lâu nhất",
                "Thời gian chờ của cảnh báo cũ nhất còn chưa gửi được ra ngoài.",
                "max(ioc_notifications_oldest_seconds)", unit="s", steps=[(3_600, YELLOW), (43_200, RED)], width=4,
            ),
            number(
                "Cảnh báo không đọc được để gửi",
                "Số lần không đọc được cảnh báo để báo ra ngoài: Kafka đã xóa, chủ đề tạo lại, bản ghi hỏng.",
                "sum(ioc_notification_gaps_total)", unit="none", steps=[(1, RED)], width=4,
            ),
        ]),
        Row("Kho dữ liệu", [
            lines(
                "Bản ghi vào kho",
                "Bản ghi mà kho đọc mỗi giây theo kết quả: ghi được, không đọc được, cơ sở dữ liệu từ chối.",
                Query("sum by (outcome) (rate(ioc_store_records_total[$__rate_interval]))", "{{outcome}}"),
                unit="recps",
                words={"stored": "Ghi được", "unreadable": "Không đọc được", "refused": "Bị từ chối"},
                colours={"unreadable": ORANGE, "refused": RED},
            ),
            lines(
                "Dòng ghi theo bảng",
                "Dòng mà kho ghi mỗi giây, theo bảng.",
                Query("topk(10, sum by (table) (rate(ioc_store_rows_total[$__rate_interval])))", "{{table}}"),
                unit="rowsps",
            ),
            lines(
                "Thời gian giao dịch của kho",
                "Một giao dịch của kho: trung vị và 99 %.",
                Query(_p(0.5, "ioc_store_batch_seconds"), "50 %"),
                Query(_p(0.99, "ioc_store_batch_seconds"), "99 %"),
                unit="s", steps=[(1, ORANGE)], width=8,
            ),
            lines(
                "Dòng cũ đã xóa mỗi giờ",
                "Dòng quá hạn lưu đã xóa trong 60 phút gần nhất, theo bảng.",
                Query("sum by (table) (increase(ioc_store_deleted_rows_total[1h]))", "{{table}}"), width=8,
            ),
            number(
                "Cơ sở dữ liệu của kho",
                "1 khi cơ sở dữ liệu của kho trả lời.",
                "min(ioc_store_up)", unit="none", words=words.UP, base=RED, steps=[(1, GREEN)],
            ),
            number(
                "Chỗ hổng",
                "Số lần kho thấy thiếu bản ghi: Kafka đã xóa trước khi đọc, hoặc chủ đề được tạo lại. Lớn hơn 0 là phải dựng lại kho.",
                "sum(ioc_store_gaps_total)", unit="none", steps=[(1, RED)],
            ),
            lines(
                "Kafka hoặc cơ sở dữ liệu không trả lời",
                "Số lần thử mà Kafka hoặc cơ sở dữ liệu không trả lời kho, trong 60 phút gần nhất.",
                Query("sum by (whose) (increase(ioc_store_failures_total[1h]))", "{{whose}}"), steps=[(1, RED)],
            ),
            grid(
                "Bản ghi theo chủ đề trong 60 phút",
                "Bản ghi mà kho đọc theo chủ đề.",
                ["sum by (topic) (increase(ioc_store_records_total[1h]))"],
                [Column("topic", "Chủ đề"), Column("Value", "Bản ghi")],
            ),
        ]),
        Row("Đang dùng", [
            *(
                number(
                    title,
                    f"1 khi {what} đang dùng đúng là tệp hiện có; 0 khi tệp sai hoặc mất và bản trước đó còn quyết định.",
                    f"min({metric})", unit="none", words={"0": "Bản cũ", "1": "Đúng tệp"}, base=RED, steps=[(1, GREEN)],
                    width=6,
                )
                for title, what, metric in (
                    ("Danh mục tỉnh", "danh mục", "ioc_catalogue_up"),
                    ("Từ điển phân loại", "từ điển", "ioc_lexicon_up"),
                    ("Tuyến phân công", "bảng phân công", "ioc_routes_up"),
                    ("Leo thang và tạm im", "bảng leo thang", "ioc_paging_up"),
                )
            ),
            grid(
                "Phiên bản chương trình",
                "Mỗi tiến trình chạy phiên bản nào; hai phiên bản cùng lúc là đang nâng cấp.",
                ["sum by (job, instance, version) (ioc_build_info)"],
                [Column("job", "Tiến trình"), Column("instance", "Địa chỉ"), Column("version", "Phiên bản")],
                width=8,
            ),
            grid(
                "Danh mục đang dùng",
                "Phiên bản danh mục tỉnh mà mỗi bộ xử lý đang dùng.",
                ["sum by (instance, version) (ioc_catalogue_info)"],
                [Column("instance", "Địa chỉ"), Column("version", "Phiên bản")], width=8,
            ),
            grid(
                "Từ điển và mô hình đang dùng",
                "Phiên bản từ điển và mô hình phân loại phản ánh.",
                ["sum by (instance, lexicon, model) (ioc_classifier_info)"],
                [Column("instance", "Địa chỉ"), Column("lexicon", "Từ điển"), Column("model", "Mô hình")], width=8,
            ),
        ]),
    ],
)  # fmt: skip
"""Whether the machinery works."""
