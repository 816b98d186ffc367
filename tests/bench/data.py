"""The benchmark's data set: citizen reports in Vietnamese, 200 to 250 bytes each, the same for the same seed.

About 30 % are severe (the job answers with an alert), about 1 % break the contract: a missing or wrong field mostly,
one in two thousand no JSON at all. Nobody's words: the sentences are put together from the phrases of ``job.json``.
"""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

import orjson

from tests.bench.job import COMMUNES, SPEC

SEVERE_RATIO = 0.30
INVALID_RATIO = 0.0095
BROKEN_RATIO = 0.0005
_LOCAL = timezone(timedelta(hours=7))
_START = datetime(2026, 11, 1, 0, 0, tzinfo=UTC).astimezone(_LOCAL)

_OPENINGS = (
    "Tôi xin phản ánh tình trạng {} ở tổ {}",
    "Khu vực gần chợ đang có {}, tổ {}",
    "Đề nghị xử lý {} tại ngõ {}",
    "Người dân báo {} trước nhà số {}",
    "Hiện nay có {} trên tuyến đường số {}",
)
_MILD = ("mong sớm được xem xét", "đã kéo dài mấy hôm nay", "xin cảm ơn", "rất bất tiện", "mong cơ quan kiểm tra")
_SEVERE = tuple(SPEC["severe"])
_PHRASES = tuple(phrase for c in SPEC["categories"] for phrase in c["phrases"] if phrase not in _SEVERE)
_CHANNELS = ("app", "web", "hotline", "zalo")


def _report(rng: random.Random, number: int) -> dict[str, object]:
    text = rng.choice(_OPENINGS).format(rng.choice(_PHRASES), rng.randint(1, 99))
    if rng.random() < SEVERE_RATIO:
        text += f", {rng.choice(_SEVERE)}, {rng.choice(_PHRASES)}"
    else:
        text += f", {rng.choice(_MILD)}"
    return {
        "id": f"r-{number:09d}",
        "occurred_at": (_START + timedelta(seconds=number)).isoformat(),
        "text": text,
        "commune": rng.choice(COMMUNES),
        "lat": round(rng.uniform(20.5, 21.5), 5),
        "lon": round(rng.uniform(106.5, 108.0), 5),
        "channel": rng.choice(_CHANNELS),
    }


def _spoil(rng: random.Random, report: dict[str, object]) -> dict[str, object]:
    """Break one field: gone, out of range, without a time zone, of another type, or empty."""
    match rng.randrange(5):
        case 0:
            del report["text"]
        case 1:
            report["lat"] = 120.5
        case 2:
            report["occurred_at"] = str(report["occurred_at"])[:19]
        case 3:
            report["lon"] = "không rõ"
        case _:
            report["id"] = ""
    return report


def reports(count: int, *, seed: int = 22) -> Iterator[bytes]:
    """The first ``count`` records of the data set as JSON."""
    rng = random.Random(seed)
    for number in range(count):
        report = _report(rng, number)
        luck = rng.random()
        if luck < INVALID_RATIO:
            yield orjson.dumps(_spoil(rng, report))
        elif luck < INVALID_RATIO + BROKEN_RATIO:
            yield orjson.dumps(report)[: rng.randint(1, 150)]
        else:
            yield orjson.dumps(report)
