"""Laws of decoding: what was written is read, nothing raises, batches are their records, errors quote nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ioc.events import (
    CODES,
    SPECS,
    Alarm,
    Bts,
    Camera,
    DecodedBatch,
    EnvelopeError,
    Event,
    Gate,
    Report,
    Reporter,
    Security,
    Sensor,
    decode_batch,
    encode_event,
    event_id,
    from_http_headers,
    parse_batch,
    parse_structured,
    to_binary_headers,
    to_structured,
)
from ioc.events.bts import AlarmSeverity, MeasuredBy, SiteState, Technology
from ioc.events.cloudevents import Envelope
from ioc.events.gate import Direction, Inspections, InspectionState, VehicleState
from ioc.events.identifiers import PERSONAL, with_plate
from ioc.events.report import Channel
from ioc.events.security import SocSeverity
from ioc.events.units import METRICS
from ioc.records import FieldError
from ioc.vocabulary import SOURCES, Source
from tests.unit.events.examples import FULL, MAX_FUTURE, NOW, check, vary

MARKER = "q7zxQ7ZX"

Record = tuple[bytes | None, list[tuple[str, bytes | None]]]


def bounded(longest: int) -> st.SearchStrategy[str]:
    visible = st.characters(exclude_categories=["C", "Z"])
    return st.text(visible, min_size=1, max_size=longest)


def perhaps(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


ids, names, codes, lines = bounded(256), bounded(128), bounded(64), bounded(512)
instants = st.datetimes(datetime(2000, 1, 1), datetime(2026, 9, 1), timezones=st.just(UTC))  # noqa: DTZ001 - Hypothesis takes naive bounds
ratios = st.floats(0, 1)
counts = st.integers(0, 1_000_000_000)


def options(literal: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from(literal.__args__)


@st.composite
def placed(draw: st.DrawFn, /, model: Any, **fields: st.SearchStrategy[Any]) -> Any:
    lat = draw(perhaps(st.floats(-90, 90)))
    lon = None if lat is None else draw(st.floats(-180, 180))
    return model(lat=lat, lon=lon, **{name: draw(strategy) for name, strategy in fields.items()})


@st.composite
def readings(draw: st.DrawFn) -> Sensor:
    metric = draw(st.sampled_from(sorted(METRICS)))
    reading: Sensor = draw(
        placed(
            Sensor,
            device_id=names,
            metric=st.just(metric),
            value=st.floats(allow_nan=False, allow_infinity=False),
            unit=st.just(METRICS[metric].unit),
            observed_at=instants,
            id=perhaps(ids),
            status=perhaps(codes),
            source=perhaps(lines),
            synthetic=perhaps(st.booleans()),
        )
    )
    return reading


def keeps_its_plate_apart(event: Camera) -> bool:
    """Whether a plate stands in no field that is read by others: such an event is refused."""
    return event.plate is None or not with_plate(
        event.plate, id=event.id, camera_id=event.camera_id, kind=event.kind, source=event.source
    )


EVENTS: dict[Source, st.SearchStrategy[Any]] = {
    "reports": placed(
        Report,
        id=ids,
        occurred_at=instants,
        text=lines,
        accuracy_m=perhaps(st.floats(0, 1_000_000)),
        address=perhaps(lines),
        category_hint=perhaps(codes),
        photos=perhaps(st.lists(lines, max_size=20)),
        channel=perhaps(options(Channel)),
        locale=perhaps(codes),
        reporter=perhaps(
            st.builds(Reporter, id=perhaps(names), name=perhaps(lines), phone=perhaps(codes), email=perhaps(lines))
        ),
        source=perhaps(lines),
        synthetic=perhaps(st.booleans()),
    ),
    "sensors": readings(),
    "cameras": placed(
        Camera,
        id=ids,
        camera_id=names,
        kind=codes,
        observed_at=instants,
        confidence=ratios,
        label=perhaps(names),
        zone=perhaps(names),
        plate=perhaps(codes),
        snapshot=perhaps(lines),
        ended_at=perhaps(instants),
        dwell_s=perhaps(st.floats(0, 31_536_000)),
        source=perhaps(lines),
        synthetic=perhaps(st.booleans()),
    ).filter(keeps_its_plate_apart),
    "bts": placed(
        Bts,
        site_id=names,
        operator=codes,
        technology=options(Technology),
        observed_at=instants,
        id=perhaps(ids),
        state=perhaps(options(SiteState)),
        interval_s=perhaps(st.floats(1, 86_400)),
        measured_by=perhaps(options(MeasuredBy)),
        rsrp_dbm=perhaps(st.floats(-140, -44)),
        rsrq_db=perhaps(st.floats(-19.5, -3)),
        sinr_db=perhaps(st.floats(-50, 60)),
        users=perhaps(counts),
        prb_ratio=perhaps(ratios),
        alarm=perhaps(
            st.builds(
                Alarm,
                severity=options(AlarmSeverity),
                condition=perhaps(names),
                problem=perhaps(lines),
                raised_at=perhaps(instants),
            )
        ),
        source=perhaps(lines),
        synthetic=perhaps(st.booleans()),
    ),
    "gate": placed(
        Gate,
        gate_id=names,
        direction=options(Direction),
        kind=codes,
        observed_at=instants,
        id=perhaps(ids),
        vehicle_ref=perhaps(names),
        goods=perhaps(codes),
        state=perhaps(options(VehicleState)),
        vehicles_waiting=perhaps(counts),
        yard_fill_ratio=perhaps(ratios),
        yard=perhaps(codes),
        lanes_open=perhaps(counts),
        perishable=perhaps(st.booleans()),
        inspections=perhaps(
            st.builds(Inspections, *[perhaps(options(InspectionState))] * 3),
        ),
        yard_capacity=perhaps(counts),
        arrivals_per_hour=perhaps(counts),
        crossings_per_hour=perhaps(counts),
        source=perhaps(lines),
        synthetic=perhaps(st.booleans()),
    ),
    "security": st.builds(
        Security,
        id=ids,
        asset_id=names,
        kind=codes,
        severity=options(SocSeverity),
        observed_at=instants,
        technique=perhaps(codes),
        description=perhaps(lines),
        count=perhaps(counts),
        source=perhaps(lines),
        synthetic=perhaps(st.booleans()),
    ),
}

json_keys = st.text(max_size=4) | st.just(MARKER)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.just(MARKER),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(json_keys, inner, max_size=4),
    max_leaves=6,
)


@st.composite
def mutilated(draw: st.DrawFn, source: Source) -> bytes:
    """An example with fields replaced by anything, a bit of it perhaps cut or spliced."""
    content = vary(source)
    for name in draw(st.lists(st.sampled_from(sorted(content)), max_size=4)):
        content[name] = draw(json_values)
    text = json.dumps(content, ensure_ascii=draw(st.booleans())).encode(errors="surrogatepass")
    if draw(st.booleans()):
        start, stop = sorted((draw(st.integers(0, len(text))), draw(st.integers(0, len(text)))))
        text = draw(st.sampled_from([text[:start] + text[stop:], text[start:stop], text[:start] + b"}" + text[start:]]))
    return text


headers = st.lists(
    st.tuples(
        st.sampled_from(["ce_id", "ce_source", "ce_specversion", "ce_type", "content-type", "other"]),
        st.none()
        | st.binary(max_size=12)
        | st.sampled_from([b"1.0", b"urn:a", MARKER.encode() + b"\n", b"application/json"])
        | st.sampled_from([b"application/cloudevents+json", b"application/cloudevents-batch+json"]),
    ),
    max_size=4,
)


@st.composite
def records(draw: st.DrawFn, source: Source) -> Record:
    """Good and bad records in every mode."""
    kind = draw(st.sampled_from(["good", "good", "mutilated", "bytes", "binary", "structured", "odd"]))
    if kind == "bytes":
        return draw(st.none() | st.binary(max_size=64)), draw(headers)
    body = draw(mutilated(source)) if kind in {"mutilated", "odd"} else orjson.dumps(FULL[source])
    if kind == "binary":
        return body, [*to_binary_headers(draw(ids), draw(lines), "t", NOW)]
    if kind == "structured":
        envelope = Envelope(draw(ids), draw(lines), "t")
        return to_structured(envelope, FULL[source]), [("content-type", b"application/cloudevents+json")]
    return body, draw(headers) if kind == "odd" else []


def decode(source: Source, batch: list[Record]) -> DecodedBatch:
    return decode_batch(
        source,
        "t",
        [value for value, _ in batch],
        [fields for _, fields in batch],
        now=NOW,
        max_future=MAX_FUTURE,
    )


def outcomes(batch: DecodedBatch) -> list[tuple[int, Any]]:
    good = [
        (index, (event, batch.identity(n), batch.times[n]))
        for n, (index, event) in enumerate(zip(batch.indexes, batch.events, strict=True))
    ]
    bad = [(reject.index, (reject.publisher, reject.id, reject.errors)) for reject in batch.rejects]
    return sorted(good + bad, key=lambda outcome: outcome[0])


def refusal_of(read: Callable[[Any], object], sent: object) -> EnvelopeError | None:
    try:
        read(sent)
    except EnvelopeError as refusal:
        return refusal
    return None


@pytest.mark.parametrize("source", SOURCES)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_what_was_written_is_read(source: Source, data: st.DataObject) -> None:
    event: Event = data.draw(EVENTS[source])
    raw = encode_event(event)
    read = check(source, raw)
    # By chance an identifier is an address or somebody's number; that these are refused is tested apart.
    assume(not isinstance(read, list) or {error.code for error in read} != {PERSONAL})
    assert read == event
    assert not isinstance(read, list)
    assert encode_event(read) == raw
    assert event_id(read) == event_id(event)


@pytest.mark.parametrize("source", SOURCES)
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_a_batch_is_its_records_one_by_one_in_order(source: Source, data: st.DataObject) -> None:
    batch = data.draw(st.lists(records(source), max_size=5))
    together = outcomes(decode(source, batch))
    assert [index for index, _ in together] == list(range(len(batch)))
    assert [outcome for _, outcome in together] == [outcomes(decode(source, [record]))[0][1] for record in batch]


@pytest.mark.parametrize("source", SOURCES)
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_cutting_valid_records_anywhere_never_pairs_them_wrongly(source: Source, data: st.DataObject) -> None:
    whole = [orjson.dumps(vary(source, source=f"urn:{n}")) for n in range(4)]
    text = b",".join(whole)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=6)))
    pieces = [text[start:stop] for start, stop in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    batch = decode(source, [(piece, []) for piece in pieces])
    assert [(index, event.source) for index, event in zip(batch.indexes, batch.events, strict=True)] == [
        (index, f"urn:{whole.index(piece)}") for index, piece in enumerate(pieces) if piece in whole
    ]


@pytest.mark.parametrize("source", SOURCES)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_errors_never_quote_what_was_sent(source: Source, data: st.DataObject) -> None:
    batch = decode(source, [data.draw(records(source)), (data.draw(mutilated(source)), data.draw(headers))])
    for reject in batch.rejects:
        assert reject.errors
        assert reject.reason in CODES
        for error in reject.errors:
            assert error.code in CODES
            assert MARKER not in error.pointer + error.message
            assert error.message


@pytest.mark.parametrize("source", SOURCES)
def test_no_field_lets_its_value_into_an_error(source: Source) -> None:
    for name in FULL[source]:
        for bad in (MARKER, MARKER * 9999, [MARKER], {MARKER: MARKER}, MARKER + "\0"):
            found = check(source, vary(source, **{name: bad}))
            if isinstance(found, list):
                assert found[0].pointer.startswith(f"/{name}")
                assert MARKER not in "".join(error.pointer + error.message for error in found)


@settings(max_examples=100, deadline=None)
@given(
    raw=st.binary(max_size=200) | json_values.map(lambda value: json.dumps(value).encode()),
    source=st.sampled_from(SOURCES),
)
def test_no_bytes_make_a_reader_raise(raw: bytes, source: Source) -> None:
    assert isinstance(check(source, raw), (list, SPECS[source].model))
    for read in (parse_structured, parse_batch):
        refusal = refusal_of(read, raw)
        assert refusal is None or (refusal.errors and MARKER not in str(refusal))


@settings(max_examples=30, deadline=None)
@given(content=json_values, source=st.sampled_from(SOURCES))
def test_no_object_makes_a_reader_raise(content: object, source: Source) -> None:
    found = check(source, content)
    assert isinstance(found, list)
    assert all(isinstance(error, FieldError) for error in found)


@settings(max_examples=30, deadline=None)
@given(
    fields=st.lists(
        st.tuples(
            st.sampled_from(["ce-id", "CE-Source", "ce-type", "ce-specversion", "ce-x", "x"]),
            st.text(max_size=12) | st.sampled_from(["1.0", MARKER, MARKER + "%FF", f'"{MARKER}\\']),
        )
    )
)
def test_no_http_headers_make_a_reader_raise_anything_else(fields: list[tuple[str, str]]) -> None:
    refusal = refusal_of(from_http_headers, fields)
    assert refusal is None or (refusal.errors and MARKER not in str(refusal))


@given(instant=instants, hours=st.integers(-14, 14))
def test_offsets_do_not_change_an_identity(instant: datetime, hours: int) -> None:
    local = instant + timedelta(hours=hours)
    text = local.replace(tzinfo=None).isoformat(timespec="microseconds") + f"{hours:+03d}:00"
    shifted = check("sensors", vary("sensors", id=None, observed_at=text))
    plain = check("sensors", vary("sensors", id=None, observed_at=instant.isoformat()))
    if instant.year > 2000 and local.year > 2000:
        assert shifted == plain
