"""The small pure parts of the engine."""

from __future__ import annotations

import asyncio

import pytest
from aiokafka.partitioner import murmur2
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from streams.transport import BatchAgent, BrakeLimits, EngineSettings, Fatal, Outbox, RecordBatch, create_app, selftest
from streams.transport.assignor import ByNumberAssignor, assign_by_number
from streams.transport.attempts import (
    DEATHS,
    MARKING,
    ROUND_SIZES,
    Attempt,
    attempt_key,
    given_up,
    next_attempt,
    read_attempts,
)
from streams.transport.backoff import Backoff
from streams.transport.brake import Brake
from streams.transport.dead_letter import Cause, Origin, dead_letter, record_size
from streams.transport.partitioner import hashes
from streams.transport.sizer import RoundSizer

# ---- records and outputs ------------------------------------------------------------


def test_a_slice_of_a_batch_is_a_batch() -> None:
    batch = RecordBatch.of("t", 2, [b"a", None, b"c"], keys=[b"k", None, b"l"], first_offset=7, timestamps_ms=[1, 2, 3])
    part = batch[1:]
    assert (part.topic, part.partition, len(part)) == ("t", 2, 2)
    assert part.values == [None, b"c"]
    assert part.keys == [None, b"l"]
    assert part.offsets == [8, 9]
    assert part.timestamps_ms == [2, 3]
    assert part.headers == [(), ()]


CAUSE = Cause("intake", "malformed", "malformed", "is no JSON", "/lat")


def test_a_dead_letter_keeps_the_original_bytes_and_headers_in_front_of_its_own() -> None:
    origin = Origin("ioc.raw.bts", 3, 12345, b"\xff key", b"\x00 value", [("a", b"1"), ("a", None)])
    key, value, headers = dead_letter(origin, CAUSE, 900_000)
    assert (key, value) == (b"\xff key", b"\x00 value")
    assert headers[:2] == [("a", b"1"), ("a", None)]
    assert dict(headers[2:]) == {
        "__connect.errors.topic": b"ioc.raw.bts",
        "__connect.errors.partition": b"3",
        "__connect.errors.offset": b"12345",
        "__connect.errors.exception.class.name": b"malformed",
        "__connect.errors.exception.message": b"is no JSON",
        "__connect.errors.stage": b"intake",
        "ioc.error.pointer": b"/lat",
        "ioc.error.reason": b"malformed",
    }


@given(st.binary(max_size=3000) | st.none(), st.binary(max_size=9000) | st.none(), st.integers(2000, 9000))
def test_a_dead_letter_fits_whatever_its_origin_is(key: bytes | None, value: bytes | None, limit: int) -> None:
    letter = dead_letter(Origin("t", 0, 1, key, value, ()), CAUSE, limit)
    assert record_size(*letter) <= limit
    if letter[1] != value:
        assert dict(letter[2])["ioc.error.truncated"] == b"%d" % len(value or b"")
        assert letter[0] is not None or letter[1] is not None


def test_a_record_without_key_and_value_cannot_be_sent() -> None:
    with pytest.raises(ValueError, match="key or a value"):
        Outbox("a").send("t", None, None)


@given(st.lists(st.binary(max_size=40), max_size=60))
def test_hashes_are_those_of_the_java_client(keys: list[bytes]) -> None:
    assert hashes(keys) == [murmur2(key) & 0x7FFFFFFF for key in keys]


@given(st.integers(0, 13), st.integers(8, 30))
def test_hashes_of_many_keys_of_one_length_are_too(length: int, count: int) -> None:
    keys = [bytes((index * 31 + place) % 256 for place in range(length)) for index in range(count)]
    assert hashes(keys) == [murmur2(key) & 0x7FFFFFFF for key in keys]


# ---- the brake ------------------------------------------------------------


def test_the_brake_counts_failures_in_a_row() -> None:
    brake = Brake(BrakeLimits(consecutive=3))
    for _ in range(2):
        brake.failed()
        brake.failed()
        assert brake.tripped is None
        brake.passed(1)
    for _ in range(3):
        brake.failed()
    assert brake.tripped == "its handler failed on 3 records in a row (limit 3)"


def test_the_brake_counts_the_share_in_a_window_but_needs_some_failures_first() -> None:
    brake = Brake(BrakeLimits())
    for _ in range(49):
        brake.failed()
        brake.passed(1)
    assert brake.tripped is None, "49 failures are too few to judge"
    brake.failed()
    assert brake.tripped is not None
    brake.passed(10_000)
    assert brake.tripped is None, "they have left the window"
    for _ in range(99):
        brake.failed()
        brake.passed(99)
    assert brake.tripped is None, "99 of 9,900 are 1 %, and not more"


# ---- the record that kills the process ------------------------------------------------------------


def test_a_first_start_and_one_after_a_clean_stop_are_not_careful() -> None:
    assert next_attempt(None, 5, 100, 1000) == Attempt(committed=5)
    assert next_attempt(Attempt(committed=5, ended=True), 5, 100, 1000) == Attempt(committed=5)


def test_a_death_after_progress_or_without_lag_says_nothing() -> None:
    assert next_attempt(Attempt(committed=5), 6, 100, 1000).level == 0
    assert next_attempt(Attempt(committed=5), 5, 5, 1000).level == 0


def test_a_clean_stop_in_the_dangerous_place_neither_counts_nor_forgets() -> None:
    before = Attempt(committed=5, level=MARKING, until=20, marker=7, deaths=1, ended=True)
    assert next_attempt(before, 7, 100, 1000) == Attempt(committed=7, level=MARKING, until=20, marker=7, deaths=1)


@given(poison=st.integers(0, 5000), end=st.integers(1, 9000), largest=st.integers(1, 3000))
def test_the_record_at_fault_is_found_and_no_other(poison: int, end: int, largest: int) -> None:
    """Processes start and die until one gets past: about seven deaths, and one record given up."""
    note: Attempt | None = None
    committed, deaths, buried = 0, 0, []
    while committed < end:
        note = next_attempt(note, committed, end, largest)
        while committed < end:
            careful = note.level > 0 and committed < note.until
            size = min((ROUND_SIZES[note.level] if careful else None) or largest, largest, end - committed)
            if careful and note.level == MARKING:
                if given_up(note) == committed:
                    buried.append(committed)
                    committed += 1
                    continue
                note = note.model_copy(
                    update={"marker": committed, "deaths": note.deaths if note.marker == committed else 0}
                )
            if committed <= poison < committed + size:
                deaths += 1
                break
            committed += size
    assert buried == ([poison] if poison < end else [])
    assert deaths <= 2 + MARKING + DEATHS


def test_a_note_that_cannot_be_read_counts_as_none() -> None:
    key = attempt_key("g", "t", 3)
    assert key == b"g/t/3"
    assert read_attempts({key: b"{", b"x": Attempt(committed=1).model_dump_json().encode()}) == {
        b"x": Attempt(committed=1)
    }


# ---- who gets what ------------------------------------------------------------

MEMBERS = st.dictionaries(
    st.text("mn", min_size=1), st.tuples(st.sampled_from("012"), st.just(frozenset({"a", "b"}))), min_size=1
)


@given(MEMBERS, st.integers(1, 9), st.integers(1, 9))
def test_every_partition_has_one_owner_and_equal_numbers_meet(
    members: dict[str, tuple[str, frozenset[str]]], a: int, b: int
) -> None:
    shares = assign_by_number({"a": range(a), "b": range(b)}, members)
    assert set(shares) == set(members)
    for topic, count in (("a", a), ("b", b)):
        assert sorted(n for share in shares.values() for n in share.get(topic, ())) == list(range(count))
    for share in shares.values():
        common = range(min(a, b))
        assert [n for n in share.get("a", []) if n in common] == [n for n in share.get("b", []) if n in common]


def test_a_worker_that_comes_back_in_its_slot_gets_its_numbers_back() -> None:
    topics = frozenset({"a"})
    before = assign_by_number({"a": range(4)}, {"x": ("0", topics), "y": ("1", topics)})
    after = assign_by_number({"a": range(4)}, {"zz": ("0", topics), "y": ("1", topics)})
    assert before["x"] == after["zz"]
    assert before["y"] == after["y"]


def test_only_readers_of_a_topic_get_it() -> None:
    shares = assign_by_number({"a": [0, 1], "b": [0]}, {"x": ("0", frozenset({"a"})), "y": ("1", frozenset({"b"}))})
    assert shares == {"x": {"a": [0, 1]}, "y": {"b": [0]}}


# ---- sizes and times ------------------------------------------------------------


def test_rounds_grow_while_they_are_full_and_quick_and_shrink_when_slow() -> None:
    sizer = RoundSizer(20_000, 0.05)
    sizer.finished(10, 0.001)
    assert sizer.limit == 1000, "a small round says nothing"
    for _ in range(9):
        sizer.finished(sizer.limit, 0.05)
    assert sizer.limit == 20_000
    sizer.finished(20_000, 0.5)
    assert sizer.limit == 15_000
    for _ in range(50):
        sizer.finished(sizer.limit, 0.5)
    assert sizer.limit == 256
    assert RoundSizer(10, 0.05).limit == 10


def test_a_backoff_doubles_up_to_its_longest_and_starts_over() -> None:
    backoff = Backoff(1.0)
    waits = [backoff.next() for _ in range(8)]
    for wait, longest in zip(waits, [0.1, 0.2, 0.4, 0.8, 1.0, 1.0, 1.0, 1.0], strict=True):
        assert longest / 2 <= wait <= longest
    backoff.reset()
    assert backoff.next() <= 0.1


# ---- settings and app ------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong",
    [
        {"session_timeout_s": 5},
        {"heartbeat_s": 8},
        {"request_timeout_s": 3},
        {"stop_soft_s": 10},
        {"security_protocol": "SASL_SSL"},
        {"sesion_timeout_s": 10},
    ],
)
def test_settings_that_cannot_work_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        EngineSettings.model_validate(wrong)


def test_credentials_reach_the_clients() -> None:
    settings = EngineSettings.model_validate(
        {"bootstrap": "a:1, b:2", "security_protocol": "SASL_PLAINTEXT", "sasl_username": "u", "sasl_password": "p"}
    )
    assert settings.client_arguments() | {"request_timeout_ms": 0} == {
        "bootstrap_servers": ["a:1", "b:2"],
        "security_protocol": "SASL_PLAINTEXT",
        "request_timeout_ms": 0,
        "sasl_mechanism": "PLAIN",
        "sasl_plain_username": "u",
        "sasl_plain_password": "p",
    }
    assert "'p'" not in repr(settings)


class Named(BatchAgent):
    def __init__(self, name: str, topic: str, changelog: str | None = None) -> None:
        self.name, self.topics, self.changelog = name, (topic,), changelog


@pytest.mark.parametrize(
    ("agents", "sentence"),
    [
        ([], "there is no agent to run"),
        ([Named("a", "x"), Named("a", "y")], "two agents have the same name: a"),
        ([Named("a", "x"), Named("b", "x")], "two agents have the same input topic: x"),
        ([Named("a", "x", "s"), Named("b", "y", "s")], "two agents have the same changelog: s"),
    ],
)
def test_agents_that_would_get_into_each_others_way_are_refused(agents: list[BatchAgent], sentence: str) -> None:
    with pytest.raises(Fatal, match=sentence) as caught:
        create_app(EngineSettings(), agents)
    assert caught.value.exit_code == 78


def test_a_library_that_lost_a_name_is_noticed_at_import(monkeypatch: pytest.MonkeyPatch) -> None:
    selftest.check()
    monkeypatch.setattr(selftest, "_METHODS", {"aiokafka.client:AIOKafkaClient": "bootstrap gone_with_the_update"})
    with pytest.raises(ImportError, match=r"written for 0\.14\.0.*gone_with_the_update"):
        selftest.check()


class Metadata:
    """What a cluster knows of its topics."""

    def __init__(self, **partitions: int) -> None:
        self._partitions = partitions

    def partitions_for_topic(self, topic: str) -> set[int] | None:
        return set(range(self._partitions[topic])) if topic in self._partitions else None


async def test_an_assignment_made_without_metadata_is_made_again() -> None:
    assignor = ByNumberAssignor("0")
    asked = asyncio.Event()
    assignor.again = asked.set
    members = {"x": assignor.metadata({"a", "b"})}
    assert assignor.assign(Metadata(a=2, b=2), members)["x"].assignment == [("a", [0, 1]), ("b", [0, 1])]
    assert assignor.assign(Metadata(a=2), members)["x"].assignment == [("a", [0, 1])]
    await asyncio.wait_for(asked.wait(), 5.0)
