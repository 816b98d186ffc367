from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.gateway.cursor import MAX_CHARS, Cursor, parse

topics = st.sampled_from(["ioc.alerts.province", "ioc.alerts.ha-long", "ioc.alerts.x.1"])
records = st.lists(st.tuples(topics, st.integers(0, 3), st.integers(0, 50)), max_size=60)


@given(st.dictionaries(topics, st.lists(st.integers(0, 1 << 62), min_size=1, max_size=5), min_size=1))
def test_what_is_written_is_read(offsets: dict[str, list[int]]) -> None:
    places = {(topic, number): offset for topic, each in offsets.items() for number, offset in enumerate(each)}
    assert parse(str(Cursor(places))) == places


@given(records)
def test_nothing_passes_twice_and_a_resumed_reader_goes_on_where_it_was(records: list[tuple[str, int, int]]) -> None:
    cursor = Cursor({("ioc.alerts.province", 0): 0})
    passed: set[tuple[str, int, int]] = set()
    for topic, partition, offset in records:
        resumed = Cursor(parse(str(cursor)))
        fresh = cursor.passes(topic, partition, offset)
        assert resumed.passes(topic, partition, offset) == fresh
        assert parse(str(resumed)) == parse(str(cursor))
        assert not (fresh and (topic, partition, offset) in passed)
        if fresh:
            passed.add((topic, partition, offset))


@pytest.mark.parametrize("text", ["", "7", "a=", "a=1;", "a=-1", "a=1..2", "a b=1", "a=1\n", "a=1;" * MAX_CHARS])
def test_other_texts_are_no_cursors(text: str) -> None:
    with pytest.raises(ValueError):
        parse(text)
