"""The benchmark job: one pure function that every engine runs on the same records.

Decode and validate a citizen report (pydantic), classify its Vietnamese text by patterns (Aho-Corasick over the phrases
of ``job.json``), route it by table, and answer the severe ones, about 30 % of the input, with an alert as JSON.

It has two forms with the same answers: :func:`process` for engines that hand over one record at a time and
:func:`process_batch` for those that hand over many. (Parsing a joined array with one pydantic call was measured: 3.7
instead of 3.9 µs per record, lost again on every array that holds a broken record.) The JVM programs in ``kstreams/``
read the same ``job.json`` and write the same bytes.
"""

import json
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal

import orjson
from ahocorasick_rs import AhoCorasick, MatchKind
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

SPEC: dict[str, Any] = json.loads(Path(__file__).with_name("job.json").read_text(encoding="utf-8"))
"""Phrases, units and sizes that Python and Java share."""


class Report(BaseModel):
    """What a citizen tells: the fields of a report that the job looks at."""

    model_config = ConfigDict(extra="ignore")

    id: Annotated[str, Field(min_length=1, max_length=64)]
    occurred_at: AwareDatetime
    text: Annotated[str, Field(min_length=1, max_length=2000)]
    commune: Annotated[str, Field(pattern=r"^[0-9]{5}$")]
    lat: Annotated[float, Field(ge=-90, le=90)]
    lon: Annotated[float, Field(ge=-180, le=180)]
    channel: Literal["app", "web", "hotline", "zalo"] = "app"


Alert = tuple[bytes, bytes]
"""Key and value of a record for the output topic."""

_CODES = [*(c["code"] for c in SPEC["categories"]), SPEC["other"]["code"]]
_UNITS = {c["code"]: c["unit"] for c in [*SPEC["categories"], SPEC["other"]]}
_CENTRES = {f"{10_000 + 7 * n}": f"centre-{n % SPEC['centres']}" for n in range(SPEC["communes"])}
COMMUNES = tuple(_CENTRES)
"""The commune codes that have a centre."""

_SEVERE = -1
_OTHER = len(SPEC["categories"])
_FROM = SPEC["produce_from_severity"]
_MOST = 2
_PATTERNS = [
    *((phrase, index) for index, category in enumerate(SPEC["categories"]) for phrase in category["phrases"]),
    *((phrase, _SEVERE) for phrase in SPEC["severe"]),
]
_MEANINGS = [meaning for _, meaning in _PATTERNS]
_find = partial(
    AhoCorasick(
        [phrase for phrase, _ in _PATTERNS], matchkind=MatchKind.Standard, store_patterns=False
    ).find_matches_as_indexes,
    overlapping=True,
)
_validate = TypeAdapter(Report).validate_json


def classify(text: str) -> tuple[str, int]:
    """Category of highest rank that a phrase of the text names, and severity: 1 plus the severe phrases, 3 at most."""
    best, severe = _OTHER, 0
    for pattern, _, _ in _find(text.lower()):
        meaning = _MEANINGS[pattern]
        if meaning == _SEVERE:
            severe += 1
        elif meaning < best:
            best = meaning
    return _CODES[best], 1 + min(severe, _MOST)


def decide(report: Report) -> Alert | None:
    """Classify and route; the alert of a severe report, None for the others."""
    category, severity = classify(report.text)
    if severity < _FROM:
        return None
    return report.id.encode(), orjson.dumps(
        {
            "alert_id": "a-" + report.id,
            "report_id": report.id,
            "category": category,
            "severity": severity,
            "unit": _UNITS[category],
            "centre": _CENTRES.get(report.commune, "province"),
            "at_ms": round(report.occurred_at.timestamp() * 1000),
            "lat": report.lat,
            "lon": report.lon,
            "text": report.text,
        },
    )


def process(value: bytes) -> Alert | None:
    """The job for one record: the alert to produce, or None for a quiet or a broken one."""
    try:
        report = _validate(value)
    except ValidationError:
        return None
    return decide(report)


def process_batch(values: Iterable[bytes]) -> list[Alert]:
    """The job for many records: the alerts to produce, in the records' order."""
    return [alert for alert in map(process, values) if alert is not None]
