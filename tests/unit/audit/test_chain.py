"""Chains of audit records: what holds, what a change anywhere does, and what retention may do."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc.audit import GENESIS, HIDDEN, Anchor, Break, Chain, Head, Verifier, entry_of, link, read_link

NOW = datetime(2026, 3, 2, tzinfo=UTC)
Records = list[bytes]


def chain(count: int, *, actor: str = "an", writer: str = "w1") -> Records:
    records, head = [], None
    for number in range(count):
        entry = entry_of(f"e{number}", NOW + timedelta(hours=number), actor, "incident.resolve", f"i-{number}")
        record, head = link(entry, writer, head)
        records.append(record)
    return records


def checked(
    records: Records,
    *,
    anchors: tuple[Anchor, ...] = (),
    starts_at: int = 0,
    horizon: datetime | None = None,
) -> list[Chain]:
    verifier = Verifier(anchors)
    for offset, record in enumerate(records):
        verifier.take(0, starts_at + offset, record)
    return verifier.chains(lambda _: starts_at > 0, horizon)


def broken(records: Records, **options: Any) -> Break | None:
    (found,) = checked(records, **options)
    return found.broken


def anchor(records: Records, number: int) -> Anchor:
    found = read_link(records[number - 1])
    assert found is not None
    return Anchor(found.chain, found.actor, found.head)


def rewritten(record: bytes, **changes: object) -> bytes:
    return json.dumps({**json.loads(record), **changes}).encode()


def test_a_record_says_who_did_what_and_follows_the_one_before() -> None:
    first, second = (json.loads(record) for record in chain(2))
    assert {name: first[name] for name in ("at", "actor", "action", "object", "outcome", "prev_hash", "seq")} == {
        "at": "2026-03-02T00:00:00Z", "actor": "an", "action": "incident.resolve", "object": "i-0", "outcome": "done",
        "prev_hash": GENESIS, "seq": 1,
    }  # fmt: skip
    assert (second["prev_hash"], second["seq"]) == (first["hash"], 2)


def test_what_is_personal_is_hidden_wherever_it_stands() -> None:
    entry = entry_of("e", NOW, "0912345678", "x", "a@b.vn", by="+84 912 345 678", many=["1", "zalo:0912345678"])
    record, _ = link(entry, "w", None)
    assert b"912" not in record
    assert b"a@b" not in record
    assert (entry.actor, entry.details["many"]) == (HIDDEN, ["1", HIDDEN])


def test_a_whole_chain_holds() -> None:
    (found,) = checked(chain(5))
    assert (found.first, found.records, found.broken) == (1, 5, None)
    assert found.last is not None
    assert found.last.seq == 5


def test_chains_of_several_writers_and_actors_are_apart() -> None:
    mixed = [
        record
        for records in zip(chain(4), chain(4, actor="binh"), chain(4, writer="w2"), strict=True)
        for record in records
    ]
    assert [(each.chain, each.actor, each.records, each.broken) for each in checked(mixed)] == [
        ("w1", "an", 4, None), ("w1", "binh", 4, None), ("w2", "an", 4, None),
    ]  # fmt: skip


def test_what_was_taken_out_is_missing() -> None:
    records = chain(6)
    assert broken([*records[:2], *records[3:]]) == Break("missing", 3, (0, 2))


def test_what_was_changed_is_altered_with_its_hash_made_anew_or_not() -> None:
    records = chain(4)
    records[1] = rewritten(records[1], outcome="refused")
    assert broken(records) == Break("altered", 2, (0, 1))
    honest = read_link(chain(4)[0])
    assert honest is not None
    forged, _ = link(entry_of("e1", NOW, "an", "incident.resolve", "i-9"), "w1", honest.head)
    records[1] = forged
    assert broken(records) == Break("altered", 2, (0, 1))


def test_what_changed_places_is_reordered() -> None:
    records = chain(5)
    records[1], records[2] = records[2], records[1]
    assert broken(records) == Break("reordered", 2, (0, 2))


def test_what_was_written_twice_is_repeated() -> None:
    records = chain(3)
    assert broken([*records, records[1]]) == Break("repeated", 2, (0, 3))


def test_retention_cuts_the_head_and_only_where_the_log_was_cut() -> None:
    records = chain(6)
    (found,) = checked(records[3:], starts_at=40)
    assert (found.first, found.broken) == (4, None)
    assert broken(records[3:]) == Break("missing", 1, (0, 0))


def test_an_anchor_sees_a_lost_tail_and_an_honest_looking_rewrite() -> None:
    records = chain(6)
    held = anchor(records, 6)
    assert broken(records, anchors=(held,)) is None
    assert broken(records[:4], anchors=(held,)) == Break("truncated", 5)
    assert broken([], anchors=(held,)) == Break("truncated", 1)
    other = chain(6)
    other[5] = link(entry_of("e", NOW, "an", "x", "y"), "w1", anchor(records, 5).head)[0]
    assert broken(other, anchors=(held,)) == Break("altered", 6, (0, 5))


def test_an_anchor_may_be_gone_once_retention_has_passed_over_it() -> None:
    records = chain(6)
    late = NOW + timedelta(days=1)
    assert broken([], anchors=(anchor(records, 3),), horizon=late) is None
    assert broken([], anchors=(anchor(records, 3),), horizon=NOW) == Break("truncated", 1)
    assert broken(records[4:], anchors=(anchor(records, 3),), starts_at=9, horizon=NOW) == Break("missing", 3)


def test_a_chain_goes_on_in_another_partition_after_the_topic_grew() -> None:
    records = chain(5)
    verifier = Verifier()
    for offset, record in enumerate(records[3:]):
        verifier.take(4, offset, record)
    for offset, record in enumerate(records[:3]):
        verifier.take(0, offset, record)
    (found,) = verifier.chains(lambda _: False, None)
    assert (found.first, found.records, found.broken) == (1, 5, None)


@pytest.mark.parametrize(
    "value", [None, b"", b"{", b"[]", b'{"seq":"1"}', b'{"at":"2026-03-02T00:00:00Z","actor":"a","action":"old"}']
)
def test_what_is_of_no_chain_is_counted(value: bytes | None) -> None:
    verifier = Verifier()
    verifier.take(0, 0, value)
    assert (verifier.strangers, verifier.chains(lambda _: False, None)) == (1, [])


@given(count=st.integers(2, 12), data=st.data())
def test_any_one_change_is_seen(count: int, data: st.DataObject) -> None:
    records = chain(count)
    held = anchor(records, count)
    place = data.draw(st.integers(0, count - 1))
    match data.draw(st.sampled_from(["drop", "repeat", "field", "move"])):
        case "drop":
            del records[place]
        case "repeat":
            records.insert(data.draw(st.integers(place + 1, count)), records[place])
        case "field":
            name = data.draw(st.sampled_from(["at", "action", "object", "outcome", "prev_hash", "entry_id"]))
            records[place] = rewritten(records[place], **{name: "2020-01-01T00:00:00Z"})
        case _:
            other = data.draw(st.integers(0, count - 1).filter(lambda each: each != place))
            records[place], records[other] = records[other], records[place]
    (found,) = checked(records, anchors=(held,))
    assert found.broken is not None


def test_a_head_continues_a_chain_that_was_read_before() -> None:
    records = chain(3)
    head = anchor(records, 3).head
    assert head == Head(3, json.loads(records[2])["hash"], NOW + timedelta(hours=2))
    following, _ = link(entry_of("e", NOW, "an", "x", "y"), "w1", head)
    assert broken([*records, following]) is None
