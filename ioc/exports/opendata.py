"""Open data: which sets there are, and what is made of single reports so that they point at nobody."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, tzinfo
from typing import Any, Final, Literal

from ioc.exports.sheets import Column, Row
from ioc.kinds import Kinds
from ioc.open311 import is_closed, rounded
from ioc.service import COLUMNS as FIGURES

Step = Literal["hour", "month", "week", "now"]

UNKNOWN: Final = ""
"""Stands for what is not told, because too few are alike."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """One set.

    Attributes:
        name: In its address.
        title: Vietnamese and English.
        about: The same.
        keywords: Vietnamese.
        columns: Of its table.
        step: By what it grows: its rows of one step may be fetched alone (``since``, ``until``). ``now``: it is as of
            now, as a whole.
        accrual: How often there is something new, as Dublin Core's collection frequencies name it.

    """

    name: str
    title: tuple[str, str]
    about: tuple[str, str]
    keywords: tuple[str, ...]
    columns: tuple[Column, ...]
    step: Step
    accrual: str


AIR: Final = Dataset(
    "air-quality-hourly",
    ("Chất lượng không khí theo giờ", "Air quality by hour"),
    (
        "Trung bình giờ theo trạm và thông số, chưa kiểm duyệt; 72 giờ gần nhất còn có thể thay đổi.",
        "Hourly means by station and pollutant, not validated; the last 72 hours may still change.",
    ),
    ("không khí", "quan trắc", "bụi mịn", "PM2.5", "môi trường"),
    (
        Column("station", "text", "Mã trạm"),
        Column("station_name", "text", "Tên trạm"),
        Column("lat", "number", "Vĩ độ (WGS 84)"),
        Column("lon", "number", "Kinh độ (WGS 84)"),
        Column("hour", "time", "Giờ bắt đầu"),
        Column("metric", "text", "Thông số"),
        Column("unit", "text", "Đơn vị"),
        Column("mean", "number", "Trung bình"),
        Column("minimum", "number", "Nhỏ nhất"),
        Column("maximum", "number", "Lớn nhất"),
        Column("count", "whole", "Số lần đo hợp lệ"),
        Column("bad", "whole", "Số lần đo không hợp lệ"),
    ),
    "hour",
    "http://purl.org/cld/freq/continuous",
)
COVERAGE: Final = Dataset(
    "mobile-coverage",
    ("Vùng phủ sóng di động theo xã", "Mobile coverage by commune"),
    (
        "Số ô lục giác (H3) theo mức phủ sóng của từng xã, nhà mạng, công nghệ, từ mẫu đo gần đây.",
        "Hexagonal cells (H3) by class of coverage, commune, operator and technology, from recent samples.",
    ),
    ("viễn thông", "phủ sóng", "vùng lõm", "BTS"),
    (
        Column("commune", "text", "Mã xã"),
        Column("commune_name", "text", "Tên xã"),
        Column("operator", "text", "Nhà mạng"),
        Column("technology", "text", "Công nghệ"),
        Column("gap", "whole", "Số ô vùng lõm"),
        Column("weak", "whole", "Số ô sóng yếu"),
        Column("ok", "whole", "Số ô sóng tốt"),
        Column("no_data", "whole", "Số ô chưa đủ mẫu"),
        Column("as_of", "time", "Thời điểm tính"),
    ),
    "now",
    "http://purl.org/cld/freq/daily",
)
SERVICE: Final = Dataset(
    "service-figures",
    ("Kết quả xử lý theo tháng", "How units serve, by month"),
    (
        "Tiếp nhận, đúng hạn, quá hạn, trả lại, mở lại, hài lòng theo đơn vị; quá ít đánh giá thì để trống.",
        "Received, on time, late, returned, reopened, satisfied by unit; too few ratings are left empty.",
    ),
    ("phản ánh", "kết quả xử lý", "đúng hạn", "hài lòng"),
    (
        Column("month", "text", "Tháng"),
        *(
            Column(name, "text" if name in {"centre", "unit", "unit_name"} else
                   "number" if name.endswith(("percent", "hours")) else "whole", name)
            for name in FIGURES
        ),
    ),
    "month",
    "http://purl.org/cld/freq/monthly",
)  # fmt: skip
REPORTS: Final = Dataset(
    "reports",
    ("Phản ánh hiện trường (ẩn danh)", "Citizens' reports (anonymous)"),
    (
        "Mỗi dòng một phản ánh của tuần đã qua, vị trí làm tròn 100 m, không nội dung; nhóm quá ít thì gộp, bỏ.",
        "A row per report of past weeks, positions to 100 m, no text; groups too small are merged or left out.",
    ),
    ("phản ánh", "hiện trường", "đô thị", "1022"),
    (
        Column("week", "day", "Ngày đầu tuần (thứ Hai)"),
        Column("centre", "text", "Trung tâm; trống: gộp"),
        Column("commune", "text", "Mã xã; trống: gộp"),
        Column("category", "text", "Mã lĩnh vực"),
        Column("category_name", "text", "Lĩnh vực"),
        Column("subcategory", "text", "Mã nhóm; trống: gộp"),
        Column("lat", "number", "Vĩ độ làm tròn; trống: gộp"),
        Column("lon", "number", "Kinh độ làm tròn; trống: gộp"),
        Column("status", "text", "open: đang xử lý; closed: đã xong"),
        Column("alike", "whole", "Số phản ánh cùng nhóm trong tuần"),
    ),
    "week",
    "http://purl.org/cld/freq/weekly",
)
DATASETS: Final = {each.name: each for each in (AIR, COVERAGE, SERVICE, REPORTS)}


@dataclass(frozen=True, slots=True)
class Single:
    """A report as far as open data may know it at all."""

    at: datetime
    centre: str
    commune: str
    category: str
    subcategory: str
    lat: float | None
    lon: float | None
    status: str


def week_of(at: datetime, zone: tzinfo) -> date:
    """Monday of the local week of an instant."""
    day = at.astimezone(zone).date()
    return day - timedelta(days=day.weekday())


def anonymous(singles: Iterable[Single], kinds: Kinds, zone: tzinfo, *, k: int) -> Iterator[Row]:
    """Rows of single reports, each like at least ``k`` in what could tell who sent it.

    Of each week: where a commune has ``k`` reports of a category, they keep commune and position. The rest is put
    together by centre, then over the province, each time without what it would be known by; what is still alone is left
    out. Kinds that are not shown to everybody are left out before.

    Args:
        singles: By time, the earliest first; only weeks that are over.
        kinds: What may be shown, and names.
        zone: Whose weeks.
        k: At least 2.

    """
    if k < 2:
        raise ValueError("fewer than two are not alike")
    week: list[Single] = []
    monday: date | None = None
    for each in singles:
        if not kinds.public(each.category, each.subcategory):
            continue
        if (begin := week_of(each.at, zone)) != monday:
            yield from _week(week, monday, kinds, k)
            week, monday = [], begin
        week.append(each)
    yield from _week(week, monday, kinds, k)


def _week(singles: Sequence[Single], monday: date | None, kinds: Kinds, k: int) -> Iterator[Row]:
    rest = list(singles)
    for level in range(3):
        if level == 1:
            rest = [replace(each, commune=UNKNOWN, subcategory=UNKNOWN, lat=None, lon=None) for each in rest]
        elif level == 2:
            rest = [replace(each, centre=UNKNOWN) for each in rest]
        counts: Counter[Hashable] = Counter(_group(each) for each in rest)
        enough = [each for each in rest if counts[_group(each)] >= k]
        for each in sorted(enough, key=_order):
            yield _row(each, monday, kinds, counts[_group(each)])
        rest = [each for each in rest if counts[_group(each)] < k]


def _group(each: Single) -> tuple[str, str, str]:
    return each.centre, each.commune, each.category


def _order(each: Single) -> tuple[Any, ...]:
    """By what is shown alone: the order of arrival would tell times."""
    return (
        *_group(each),
        each.subcategory,
        rounded(each.lat) or 0.0,
        rounded(each.lon) or 0.0,
        not is_closed(each.status),
    )


def _row(each: Single, monday: date | None, kinds: Kinds, count: int) -> Row:
    return (
        monday, each.centre or None, each.commune or None, each.category, kinds.name(each.category, "", "vi"),
        each.subcategory or None, rounded(each.lat), rounded(each.lon),
        "closed" if is_closed(each.status) else "open", count,
    )  # fmt: skip


def service_rows(month: str, table: Iterable[Sequence[object]], *, k: int) -> Iterator[Row]:
    """A month's figures, ratings of few left out: one dissatisfied citizen of a small unit is somebody.

    Args:
        month: Its name.
        table: Rows of :func:`ioc.service.rows`.
        k: Ratings of a unit that are told.

    """
    places = [FIGURES.index(name) for name in ("satisfied", "neutral", "unsatisfied")]
    hidden = [*places, FIGURES.index("satisfied_percent")]
    for row in table:
        cells = list(row)
        if sum(int(str(cells[place] or 0)) for place in places) < k:
            for place in hidden:
                cells[place] = None
        yield [month, *cells]


def air_rows(rows: Iterable[Mapping[Any, Any]], stations: Mapping[str, Any]) -> Iterator[Row]:
    """Hours of stations; ``stations`` is the register by id."""
    for row in rows:
        station = stations[row["device_id"]]
        yield (
            row["device_id"], station.name, station.lat, station.lon, row["hour"], row["metric"], row["unit"],
            _short(row["mean"]), _short(row["minimum"]), _short(row["maximum"]), row["count"], row["bad"],
        )  # fmt: skip


def _short(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
