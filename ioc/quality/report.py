"""The weekly report, as text."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from ioc.quality.books import QualityBooks
from ioc.quality.figures import DIMENSIONS, Dimension, Sums
from ioc.quality.rules import QualityRules
from ioc.vocabulary import SOURCES, Source

_TITLES: Final[dict[Dimension, str]] = {"correct": "đúng", "complete": "đủ", "clean": "sạch", "live": "sống"}
_ROW: Final = "{:<34} {:>10} {:>10} {:>7} {:>7} {:>7} {:>7} {:>9}"
_UNNAMED: Final = "(ngoài danh mục)"


def quality_report(books: QualityBooks, rules: QualityRules, first: datetime, last: datetime) -> Iterator[str]:
    """Lines of the report: per source and class the four dimensions, then the windows that were worst.

    Args:
        books: What was counted.
        rules: What is asked.
        first: Begin of the period, aware, in the zone that people read it in.
        last: Its end; only whole windows within are counted.

    """
    window_s = books.window_s
    begin, end = -int(-first.timestamp() // window_s), int(last.timestamp() // window_s) - 1
    yield f"Chất lượng dữ liệu {first:%H:%M %d/%m/%Y} – {last:%H:%M %d/%m/%Y}"
    yield ""
    yield _ROW.format(
        "nguồn / loại thiết bị", "đã nhận", "phải có", *(_TITLES[each] for each in DIMENSIONS), "mâu thuẫn"
    )
    for source in SOURCES:
        sums, owed = books.of_source(source, begin, end)
        if not sums.received and not owed:
            continue
        yield _row(source, sums, owed)
        kinds = sorted({kind for window in range(begin, end + 1) for kind in books.kinds(source, window)})
        if kinds != [""]:
            for kind in kinds:
                yield _row(f"  {kind or _UNNAMED}", *books.of_class(source, kind, begin, end))
    low = [(source, parts) for source in SOURCES if (parts := _low(books, rules, source, range(begin, end + 1)))]
    if low:
        yield ""
        yield "Giờ dưới mức tối thiểu:"
    for source, parts in low:
        words = []
        for dimension, windows in parts.items():
            value, window = min(windows)
            at = datetime.fromtimestamp(window * window_s, first.tzinfo)
            words.append(f"{_TITLES[dimension]} {len(windows)} (thấp nhất {_share(value)} % lúc {at:%H:%M %d/%m})")
        yield f"  {source}: {', '.join(words)}"
    yield ""
    yield "đúng: hợp lệ và hợp lý ÷ đã nhận · đủ: đã có ÷ phải có"
    yield "sạch: không lặp ÷ đã nhận · sống: đến kịp ÷ đọc được"
    yield "mâu thuẫn: số bản ghi lặp có nội dung khác bản ghi đầu (bản đầu được dùng)"


def _row(name: str, sums: Sums, owed: int) -> str:
    ratios = sums.ratios(owed)
    shares = [_share(value) for value in ratios]
    return _ROW.format(name[:34], sums.received, owed or "–", *shares, sums.conflicting).rstrip()


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value * 100:.1f}".replace(".", ",")


def _low(
    books: QualityBooks, rules: QualityRules, source: Source, windows: range
) -> dict[Dimension, list[tuple[float, int]]]:
    """Ratio and window of all that were too low, by dimension."""
    found: dict[Dimension, list[tuple[float, int]]] = {each: [] for each in DIMENSIONS}
    for window in windows:
        ratios = books.ratios(source, window)
        for dimension, floor in rules.sources[source].floors.items():
            value = ratios.of(dimension)
            if value is not None and value < floor.least:
                found[dimension].append((value, window))
    return {dimension: low for dimension, low in found.items() if low}
