"""Every metric as data: names and label sets are a contract, the objects live at the edges.

A test holds names, units, label sets and the sum of ``max_series`` under a budget.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["counter", "gauge", "histogram"]

DELAY_BUCKETS: Final = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0, 7200.0, 86400.0)
LATENCY_BUCKETS: Final = (0.01, 0.025, 0.05, 0.08, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0)
ROUND_BUCKETS: Final = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 5.0, 30.0)
ACK_BUCKETS: Final = (30.0, 60.0, 180.0, 300.0, 600.0, 1800.0, 3600.0, 14400.0, 86400.0)
RESOLVE_BUCKETS: Final = (600.0, 3600.0, 14400.0, 43200.0, 86400.0, 259200.0, 604800.0, 2592000.0)


@dataclass(frozen=True, slots=True)
class MetricSpec:
    """One metric.

    Attributes:
        name: Exposed name, counters with their ``_total``.
        kind: Prometheus type.
        labels: Label names, in the contract's order.
        help: One sentence for the person who builds a dashboard.
        max_series: Upper bound of exported series over all label values (histograms: one per bucket, sum and count).
        buckets: Upper bounds in seconds, for histograms.

    """

    name: str
    kind: Kind
    labels: tuple[str, ...]
    help: str
    max_series: int
    buckets: tuple[float, ...] = ()


def _histogram(name: str, labels: tuple[str, ...], text: str, children: int, buckets: tuple[float, ...]) -> MetricSpec:
    return MetricSpec(name, "histogram", labels, text, children * (len(buckets) + 3), buckets)


# Sizes of the label sets, for the budget: 6 sources, 13 categories, 4 severities, centres up to 16,
# topics x partitions up to 80, publishers up to 64.
EVENTS: Final = MetricSpec(
    "ioc_events_total", "counter", ("source", "outcome"),
    "Events consumed, by source and what became of them: signal, quiet, duplicate or rejected.", 6 * 4,
)  # fmt: skip
EVENT_DELAY: Final = _histogram(
    "ioc_event_delay_seconds", ("source",), "Time from an event's own time to its processing.", 6, DELAY_BUCKETS
)
ALERT_LATENCY: Final = _histogram(
    "ioc_alert_latency_seconds", ("source",),
    "Time from an event's acceptance by Kafka to its alert being committed.", 6, LATENCY_BUCKETS,
)  # fmt: skip
SIGNALS: Final = MetricSpec(
    "ioc_signals_total", "counter", ("source", "category", "severity"),
    "Signals written: happenings that may need action.", 6 * 13 * 4,
)  # fmt: skip
INCIDENTS_OPEN: Final = MetricSpec(
    "ioc_incidents_open", "gauge", ("centre", "category", "severity"),
    "Incidents that still need work, by centre in charge.", 16 * 13 * 4,
)  # fmt: skip
INCIDENTS: Final = MetricSpec(
    "ioc_incidents_total", "counter", ("centre", "category", "severity"),
    "Incidents opened, by their centre, category and severity at opening.", 16 * 13 * 4,
)  # fmt: skip
UNACKNOWLEDGED: Final = MetricSpec(
    "ioc_unacknowledged_incidents", "gauge", ("centre", "severity"),
    "Incidents that were told and that nobody has acknowledged or taken up; without what a silence holds back.", 16 * 4,
)  # fmt: skip
ALERTS: Final = MetricSpec(
    "ioc_alerts_total", "counter", ("centre", "severity", "reason"), "Alerts written to the centres' topics.",
    16 * 4 * 6,
)  # fmt: skip
SILENCED_ALERTS: Final = MetricSpec(
    "ioc_silenced_alerts_total", "counter", ("centre",), "Alerts that a silence or a maintenance window held back.", 16
)
EMERGENCY_MODE: Final = MetricSpec(
    "ioc_emergency_mode", "gauge", ("centre",), "1 while an emergency mode is in force in a part of the centre.", 16
)
INCIDENT_ACK: Final = _histogram(
    "ioc_incident_ack_seconds", ("centre", "severity"), "Time from opening to acknowledgement.", 16 * 4, ACK_BUCKETS
)
INCIDENT_RESOLVE: Final = _histogram(
    "ioc_incident_resolve_seconds", ("centre", "severity"), "Time from opening to resolution.", 16 * 4, RESOLVE_BUCKETS
)
TRANSITIONS: Final = MetricSpec(
    "ioc_transitions_total", "counter", ("rule",),
    "Steps of incidents' lives, by the row of the table of transitions that allowed them.", 128,
)  # fmt: skip
CLOCK_SECONDS: Final = MetricSpec(
    "ioc_incident_clock_seconds_total", "counter", ("centre", "severity", "clock"),
    "Time from opening to resolution of what was resolved: raw, and paused, the part in which a citizen was awaited.",
    16 * 4 * 2,
)  # fmt: skip
DEAD_LETTERS: Final = MetricSpec(
    "ioc_dead_letters_total", "counter", ("source", "reason"),
    "Records written to the dead letter topic, by source and reason.", 7 * 24,
)  # fmt: skip
GATEWAY_REQUESTS: Final = MetricSpec(
    "ioc_gateway_requests_total", "counter", ("route", "status"),
    "HTTP requests answered by the gateway, by route template and status code.", 33 * 12,
)  # fmt: skip
GATEWAY_REPORTS: Final = MetricSpec(
    "ioc_gateway_reports_total", "counter", ("channel",),
    "Reports that the gateway accepted, by the channel that citizens used, none where it was not said; one that is "
    "sent again counts again.", 6,
)  # fmt: skip
VES_EVENTS: Final = MetricSpec(
    "ioc_ves_events_total", "counter", ("domain", "outcome"),
    "Events of the VES listener, by domain and what became of them: accepted, unused or rejected.", 15 * 3,
)  # fmt: skip
RATE_LIMITED: Final = MetricSpec(
    "ioc_gateway_rate_limited_total", "counter", ("publisher",),
    "Items that the gateway refused because their key may send fewer a second, by the key's publisher.", 64,
)  # fmt: skip
CONSUMER_LAG: Final = MetricSpec(
    "ioc_consumer_lag_records", "gauge", ("topic", "partition"),
    "Records that a read_committed reader could read and this worker has not processed.", 80,
)  # fmt: skip
BUILD_INFO: Final = MetricSpec("ioc_build_info", "gauge", ("version",), "Always 1; the label tells the version.", 1)
PUBLISHER_EVENTS: Final = MetricSpec(
    "ioc_publisher_events_total", "counter", ("publisher", "outcome"),
    "Events consumed, by publisher and what became of them.", 64 * 4,
)  # fmt: skip
SEALED_REPORTS: Final = MetricSpec(
    "ioc_sealed_reports_total", "counter", ("outcome",),
    "Reports with sealed personal values, by what became of these: opened, erased, unknown, unavailable or damaged.", 5,
)  # fmt: skip
ROUNDS: Final = MetricSpec(
    "ioc_rounds_total", "counter", ("outcome",), "Transactions of the worker: committed, aborted, fenced, unknown.", 6
)
ROUND_SECONDS: Final = _histogram(
    "ioc_round_seconds", (), "Duration of a round: handlers, outputs, offsets and commit.", 1, ROUND_BUCKETS
)
AGENTS_STOPPED: Final = MetricSpec(
    "ioc_agents_stopped", "gauge", ("agent",), "1 where an agent was stopped by its failure brake.", 8
)
MQTT_MESSAGES: Final = MetricSpec(
    "ioc_mqtt_messages_total", "counter", ("preset", "outcome"),
    "MQTT messages, by what became of them: written, partial, rejected, or passed where there was nothing to tell.",
    7 * 4,
)  # fmt: skip
MQTT_RECORDS: Final = MetricSpec(
    "ioc_mqtt_records_total", "counter", ("source",), "Records that MQTT messages became.", 6
)
MQTT_REJECTS: Final = MetricSpec(
    "ioc_mqtt_rejects_total", "counter", ("reason",), "Parts of MQTT messages that could not be read, by reason.", 24
)
MQTT_PENDING: Final = MetricSpec(
    "ioc_mqtt_pending_open", "gauge", (), "MQTT messages that were received and are not in Kafka yet.", 1
)
MQTT_UP: Final = MetricSpec("ioc_mqtt_up", "gauge", (), "1 while this process is connected to its MQTT broker.", 1)
AIR_QUALITY_INDEX: Final = MetricSpec(
    "ioc_air_quality_index", "gauge", ("station",),
    "Hourly VN_AQI of a station (QĐ 1459/QĐ-TCMT), 0 to 500, of its newest hour that is over.", 176,
)  # fmt: skip
AIR_QUALITY_LEVEL: Final = MetricSpec(
    "ioc_air_quality_level", "gauge", ("station",),
    "Class of a station's hourly VN_AQI, from 1 (tốt) to 6 (nguy hại).", 176,
)  # fmt: skip
TRAFFIC_SITES: Final = MetricSpec(
    "ioc_traffic_sites", "gauge", ("service",),
    "Loops and cameras at roads by level of service, A to F (HCM): the worse of control delay and relative speed.", 6,
)  # fmt: skip
READINGS: Final = MetricSpec(
    "ioc_readings_total", "counter", ("flag",),
    "Readings by how far they can be trusted: ok, late, or the reason why they are no measurement.", 8,
)  # fmt: skip
DEVICES: Final = MetricSpec(
    "ioc_devices", "gauge", ("source", "state"),
    "Devices of the register by state: online, silent, faulty, maintenance or stuck; others count where heard.", 6 * 5,
)  # fmt: skip
SOURCE_QUALITY: Final = MetricSpec(
    "ioc_source_quality_ratio", "gauge", ("source", "dimension"),
    "Live data quality of the newest hour that was judged, 0 to 1: correct, complete, clean or live.", 6 * 4,
)  # fmt: skip
STATION_READINGS: Final = MetricSpec(
    "ioc_station_readings_total", "counter", ("outcome",),
    "Lines of stations' files, by what became of them: accepted, duplicate or rejected.", 3,
)  # fmt: skip
STATION_FILES: Final = MetricSpec(
    "ioc_station_files_total", "counter", ("outcome",),
    "Files of stations that were handled: done, or quarantined for at least one bad line.", 2,
)  # fmt: skip
STATION_FILES_OPEN: Final = MetricSpec(
    "ioc_station_files_open", "gauge", (), "Files of stations that wait: not settled yet, or not in Kafka.", 1
)
# Subscriptions: 50 at most.
NOTIFICATIONS: Final = MetricSpec(
    "ioc_notifications_total", "counter", ("subscription", "outcome"),
    "Alerts for those outside: sent, dead or dropped; retried counts messages that were not taken and are sent again.",
    50 * 4,
)  # fmt: skip
NOTIFICATIONS_OPEN: Final = MetricSpec(
    "ioc_notifications_open", "gauge", ("subscription",), "Alerts that wait to be sent to a subscription.", 50
)
NOTIFICATIONS_OLDEST: Final = MetricSpec(
    "ioc_notifications_oldest_seconds", "gauge", ("subscription",), "How long the oldest of them has waited.", 50
)
NOTIFICATION_GAPS: Final = MetricSpec(
    "ioc_notification_gaps_total", "counter", ("kind",),
    "Alerts that could not be read for those outside: gone by retention, topic made anew, or unreadable.", 3,
)  # fmt: skip
NOTIFY: Final = (NOTIFICATIONS, NOTIFICATIONS_OPEN, NOTIFICATIONS_OLDEST, NOTIFICATION_GAPS)
# Base stations: 4 technologies, 5 states, centres up to 16.
BTS_SITES: Final = MetricSpec(
    "ioc_bts_sites", "gauge", ("tech", "state"),
    "Sites of base stations that were heard of, each operator's and technology's apart, by their state.", 4 * 5,
)  # fmt: skip
BTS_MUTED_ALARMS: Final = MetricSpec(
    "ioc_bts_muted_alarms_open", "gauge", (), "Alarms that stand at sites under maintenance and are told to nobody.", 1
)
BTS_COVERAGE_RATIO: Final = MetricSpec(
    "ioc_bts_coverage_ratio", "gauge", ("centre",),
    "Share of measured rows (H3 cell, operator, technology) that are ok, within the days that count.", 16,
)  # fmt: skip
BTS_COVERAGE_CELLS: Final = MetricSpec(
    "ioc_bts_coverage_cells", "gauge", ("centre", "class"),
    "Rows (H3 cell, operator, technology) by class of coverage: gap, weak, ok or no_data.", 16 * 4,
)  # fmt: skip
BTS_GAP_SPOTS: Final = MetricSpec(
    "ioc_bts_gap_spots", "gauge", ("state",),
    "Spots of the programme against gaps in coverage: planned, on_air, or verified by samples.", 3,
)  # fmt: skip
BTS_TRIAL_RSRP: Final = MetricSpec(
    "ioc_bts_trial_rsrp_dbm", "gauge", ("site",), "Newest RSRP of a site on which a technology is tried out.", 16
)
BTS_TRIAL_SINR: Final = MetricSpec(
    "ioc_bts_trial_sinr_db", "gauge", ("site",), "Newest SINR of a site on which a technology is tried out.", 16
)
BTS_TRIAL_PRB: Final = MetricSpec(
    "ioc_bts_trial_prb_ratio", "gauge", ("site",),
    "Newest share of resource blocks in use at a site on which a technology is tried out.", 16,
)  # fmt: skip
BTS_TRIAL_USERS: Final = MetricSpec(
    "ioc_bts_trial_users",
    "gauge",
    ("site",),
    "Newest number of users of a site on which a technology is tried out.",
    16,
)
BASE_STATIONS: Final = (
    BTS_SITES, BTS_MUTED_ALARMS, BTS_COVERAGE_RATIO, BTS_COVERAGE_CELLS, BTS_GAP_SPOTS, BTS_TRIAL_RSRP, BTS_TRIAL_SINR,
    BTS_TRIAL_PRB, BTS_TRIAL_USERS,
)  # fmt: skip
"""What companions and the province's owner know of base stations."""
BROKER_UP: Final = MetricSpec("ioc_broker_up", "gauge", (), "1 while this process reaches Kafka.", 1)
CLASSIFIER_INFO: Final = MetricSpec(
    "ioc_classifier_info", "gauge", ("lexicon", "model"),
    "Always 1; the labels tell the versions by which reports are classified now.", 2,
)  # fmt: skip
LEXICON_UP: Final = MetricSpec(
    "ioc_lexicon_up", "gauge", (),
    "1 while the lexicon in force is its file as it is; 0 where the file is wrong or away and an older one decides.", 1,
)  # fmt: skip
CATALOGUE_INFO: Final = MetricSpec(
    "ioc_catalogue_info", "gauge", ("version",), "Always 1; the label tells the version of the catalogue in force.", 2
)
CATALOGUE_UP: Final = MetricSpec(
    "ioc_catalogue_up", "gauge", (),
    "1 while the catalogue in force is its files as they are; 0 where they are wrong or away and an older one decides.",
    1,
)  # fmt: skip
ROUTES_UP: Final = MetricSpec(
    "ioc_routes_up", "gauge", (),
    "1 while the routes in force are their file as it is; 0 where the file is wrong or away and older ones decide.", 1,
)  # fmt: skip
PAGING_UP: Final = MetricSpec(
    "ioc_paging_up", "gauge", (),
    "1 while escalation, updates and limits in force are their file as it is; 0 where an older one decides.", 1,
)  # fmt: skip

GATE_QUEUE: Final = MetricSpec(
    "ioc_gate_queue_vehicles", "gauge", ("gate", "direction"), "Vehicles at a border gate, from yard to barrier.", 16
)
GATE_WAIT: Final = MetricSpec(
    "ioc_gate_wait_seconds", "gauge", ("gate", "goods", "quantile"),
    "Wait at a border gate by class of goods: 0.5 and 0.9 of those that crossed lately, 1 of those that wait too.",
    8 * 17 * 3,
)  # fmt: skip
GATE_BACKLOG: Final = MetricSpec(
    "ioc_gate_backlog_hours", "gauge", ("gate", "direction"),
    "Hours that the crossing of all who wait takes at the present rate.", 16,
)  # fmt: skip
GATE_YARD_FILL: Final = MetricSpec(
    "ioc_gate_yard_fill_ratio", "gauge", ("gate", "yard"),
    "Fill of a border gate's yard, 1 = full; the direction names a yard without name.", 8 * 17,
)  # fmt: skip
GATES: Final = (GATE_QUEUE, GATE_WAIT, GATE_BACKLOG, GATE_YARD_FILL)

# The store: its topics up to 26, its tables up to 24.
STORE_RECORDS: Final = MetricSpec(
    "ioc_store_records_total", "counter", ("topic", "outcome"),
    "Records that the store read, by topic and what became of them: stored, unreadable or refused by the database.",
    26 * 3,
)  # fmt: skip
STORE_ROWS: Final = MetricSpec(
    "ioc_store_rows_total", "counter", ("table",), "Rows that the store wrote, new or again.", 24
)
STORE_DELETED: Final = MetricSpec(
    "ioc_store_deleted_rows_total", "counter", ("table",), "Rows that the store deleted because they were old.", 24
)
STORE_GAPS: Final = MetricSpec(
    "ioc_store_gaps_total", "counter", ("kind",),
    "Gaps in what the store read: retention (Kafka had deleted it) or recreated (the topic was made anew).", 2,
)  # fmt: skip
STORE_FAILURES: Final = MetricSpec(
    "ioc_store_failures_total", "counter", ("whose",), "Tries that Kafka or the database did not answer.", 2
)
STORE_BATCH: Final = _histogram(
    "ioc_store_batch_seconds", (), "Duration of a transaction of the store.", 1, ROUND_BUCKETS
)
STORE_UP: Final = MetricSpec("ioc_store_up", "gauge", (), "1 while the store's database answers.", 1)
ON_TIME: Final = MetricSpec(
    "ioc_on_time_ratio", "gauge", ("centre", "unit"),
    "Share of what should have been done in the running month that was done by its target; unit * is a whole centre, "
    "centre * the province.", 300,
)  # fmt: skip
MONTH_INCIDENTS: Final = MetricSpec(
    "ioc_month_incidents", "gauge", ("centre", "unit", "state"),
    "Incidents of the running month: received, done, done_on_time, open, open_late, returned, reopened.", 2_000,
)  # fmt: skip
MONTH_RATINGS: Final = MetricSpec(
    "ioc_month_ratings", "gauge", ("centre", "unit", "rating"), "Citizens' ratings in the running month.", 900
)
STORE: Final = (
    STORE_RECORDS, STORE_ROWS, STORE_DELETED, STORE_GAPS, STORE_FAILURES, STORE_BATCH, STORE_UP, ON_TIME,
    MONTH_INCIDENTS, MONTH_RATINGS,
)  # fmt: skip

CATALOGUE: Final[tuple[MetricSpec, ...]] = (
    EVENTS, EVENT_DELAY, ALERT_LATENCY, SIGNALS, INCIDENTS_OPEN, INCIDENTS, ALERTS, INCIDENT_ACK, INCIDENT_RESOLVE,
    DEAD_LETTERS, GATEWAY_REQUESTS, CONSUMER_LAG, BUILD_INFO, PUBLISHER_EVENTS, SEALED_REPORTS, ROUNDS, ROUND_SECONDS,
    AGENTS_STOPPED, AIR_QUALITY_INDEX, SOURCE_QUALITY, STATION_READINGS, STATION_FILES, STATION_FILES_OPEN, BROKER_UP,
    CATALOGUE_INFO, CATALOGUE_UP, RATE_LIMITED,
    CLASSIFIER_INFO, LEXICON_UP, ROUTES_UP, DEVICES, VES_EVENTS, MQTT_MESSAGES, MQTT_RECORDS, MQTT_REJECTS,
    MQTT_PENDING, MQTT_UP, *GATES, AIR_QUALITY_LEVEL, READINGS, TRAFFIC_SITES,
    *BASE_STATIONS, TRANSITIONS, CLOCK_SECONDS,
    SILENCED_ALERTS, EMERGENCY_MODE, PAGING_UP, GATEWAY_REPORTS, UNACKNOWLEDGED,
    *STORE, *NOTIFY,
)  # fmt: skip

COMMITTED: Final = (
    EVENTS, SIGNALS, PUBLISHER_EVENTS, SEALED_REPORTS, INCIDENTS, INCIDENTS_OPEN, ALERTS, READINGS,
    TRANSITIONS, CLOCK_SECONDS,
    SILENCED_ALERTS, EMERGENCY_MODE, UNACKNOWLEDGED,
)  # fmt: skip
"""Exported from committed state rather than from this process's memory, so that a crash neither loses nor repeats."""

PARTITIONED: Final = (
    AIR_QUALITY_INDEX, AIR_QUALITY_LEVEL, SOURCE_QUALITY, DEVICES, *GATES, *BASE_STATIONS, TRAFFIC_SITES,
)  # fmt: skip
"""Gauges of what the partitions hold now; figures of several partitions are added."""

SERIES_BUDGET: Final = 11_000
"""Upper bound of series that one province may cost Prometheus."""
