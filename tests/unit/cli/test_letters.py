from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from connectors.cli.errors import CommandError
from connectors.cli.letters import Filter, Letter, letter, letter_names, masked, replay_headers, since
from streams.transport.dead_letter import Cause, Origin, dead_letter

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def buried(headers: list[tuple[str, bytes | None]], value: bytes = b"{}", limit: int = 900_000) -> Letter:
    """A letter as the worker writes it and the command reads it."""
    origin = Origin("ioc.raw.reports", 2, 41, b"k", value, headers)
    cause = Cause("intake-reports", "naive_time", "naive_time", "must have an offset", "/occurred_at")
    key, content, written = dead_letter(origin, cause, limit)
    return letter((1, 5), 1_700_000_000_123, key, content, written)


def test_what_the_worker_buries_is_read_back_whole() -> None:
    headers: list[tuple[str, bytes | None]] = [("a", b"1"), ("a", b"2"), ("b", None)]
    found = buried(headers)
    assert (found.topic, found.origin_partition, found.origin_offset) == ("ioc.raw.reports", 2, 41)
    assert (found.reason, found.pointer, found.source) == ("naive_time", "/occurred_at", "reports")
    assert list(found.headers) == headers
    assert not found.truncated


def test_context_headers_of_the_publisher_stay_part_of_the_original() -> None:
    """A publisher may itself be Kafka Connect: only the last block is the worker's."""
    own: list[tuple[str, bytes | None]] = [("__connect.errors.topic", b"theirs"), ("x", b"1")]
    found = buried(own)
    assert found.topic == "ioc.raw.reports"
    assert list(found.headers) == own


def test_a_letter_without_room_for_the_value_says_so() -> None:
    assert buried([], b"v" * 500, limit=700).truncated


def test_replayed_headers_count_up_and_keep_where_the_event_first_stood() -> None:
    first = replay_headers(buried([("x", b"1")]))
    assert first == [("x", b"1"), ("ioc.dlq.origin", b"ioc.raw.reports-2-41"), ("ioc.dlq.replayed", b"1")]
    assert replay_headers(buried(first)) == [*first[:2], ("ioc.dlq.replayed", b"2")]


def test_a_topic_made_anew_gives_letters_of_another_identity() -> None:
    one = buried([])
    assert replace(one, at=one.at + timedelta(milliseconds=1)).identity != one.identity


@pytest.mark.parametrize(
    ("wanted", "fits"),
    [
        (Filter(), True),
        (Filter(sources=frozenset({"reports"})), True),
        (Filter(sources=frozenset({"bts"})), False),
        (Filter(reasons=("naive_*",)), True),
        (Filter(reasons=("missing", "future")), False),
        (Filter(topics=("ioc.raw.*",)), True),
        (Filter(names=frozenset({"1-5"})), True),
        (Filter(names=frozenset({"1-6"})), False),
        (Filter(headers=("x",)), True),
        (Filter(headers=("x=1",)), True),
        (Filter(headers=("x=2",)), False),
        (Filter(headers=("__connect.errors.stage=intake-*",)), True),
        (Filter(sources=frozenset({"reports"}), headers=("y",)), False),
    ],
)
def test_every_condition_of_a_filter_must_hold(wanted: Filter, fits: bool) -> None:
    assert wanted.wants(buried([("x", b"1")])) is fits


def test_masking_keeps_the_shape_and_hides_the_words() -> None:
    shown = masked(
        '{"id":"r-1","text":"gọi 0912","lat":20.95137,"photos":["a.jpg"],"reporter":{"id":7,"name":"X"}}'.encode()
    )
    assert '"id": "r-1"' in shown
    assert "20.95" in shown
    for hidden in ("0912", "a.jpg", '"X"', "20.951"):
        assert hidden not in shown
    assert masked(b"\xff") == "(1 bytes, not JSON)"
    assert masked(None) == "(no value)"


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        (None, None),
        ("90s", NOW - timedelta(seconds=90)),
        ("2h", NOW - timedelta(hours=2)),
        ("7d", NOW - timedelta(days=7)),
        ("2026-11-22T10:00:00+07:00", datetime(2026, 11, 22, 3, tzinfo=UTC)),
    ],
)
def test_since_is_an_age_or_a_time(text: str | None, moment: datetime | None) -> None:
    assert since(text, NOW) == moment


@pytest.mark.parametrize("text", ["yesterday", "2h3", "2026-11-22T10:00:00", "-1h"])
def test_since_refuses_what_it_cannot_place(text: str) -> None:
    with pytest.raises(CommandError, match="is no time"):
        since(text, NOW)


def test_letters_are_named_as_in_the_list_or_as_in_the_audit() -> None:
    assert letter_names(["0-17", "ioc.dlq-3-4"]) == {"0-17", "3-4"}
    with pytest.raises(CommandError, match="names no dead letter"):
        letter_names(["17"])
