"""Topic filters: what they match and which cover which, against the client library's own reading of the standard."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from paho.mqtt.client import topic_matches_sub

from ioc.mqtt.filters import TopicFilter

_WORDS = st.sampled_from(["a", "b", "", "$s", "é"])
topics = st.lists(_WORDS, min_size=1, max_size=4).map("/".join).filter(bool)
filters = st.builds(
    lambda levels, end: "/".join([*levels, *end]),
    st.lists(st.sampled_from(["a", "b", "", "$s", "+", "{one}"]), min_size=1, max_size=3).filter(
        lambda levels: levels.count("{one}") < 2
    ),
    st.sampled_from([[], ["#"]]),
).filter(bool)


@given(text=filters, topic=topics)
@example(text="a/#", topic="a")
@example(text="+/#", topic="$s/a")
def test_it_matches_what_the_standard_says(text: str, topic: str) -> None:
    one = TopicFilter.parse(text)
    assert (one.match(topic) is not None) is topic_matches_sub(one.mqtt, topic)


@given(wide=filters, narrow=filters, topic=topics)
@example(wide="a/#", narrow="a", topic="a")
@example(wide="a/+", narrow="a/#", topic="a")
@example(wide="+/a", narrow="$s/a", topic="$s/a")
def test_what_one_filter_covers_it_matches(wide: str, narrow: str, topic: str) -> None:
    first, second = TopicFilter.parse(wide), TopicFilter.parse(narrow)
    if first.covers(second) and second.match(topic) is not None:
        assert first.match(topic) is not None


@given(text=filters)
def test_a_filter_covers_itself(text: str) -> None:
    assert TopicFilter.parse(text).covers(TopicFilter.parse(text))


def test_named_levels_are_told() -> None:
    one = TopicFilter.parse("stations/{device_id}/+/{metric}/#")
    assert one.mqtt == "stations/+/+/+/#"
    assert one.match("stations/air-7/x/pm10/more/levels") == {"device_id": "air-7", "metric": "pm10"}


@pytest.mark.parametrize("text", ["", "a/#/b", "a+/b", "a/{x}b", "a/{X}", "{x}/{x}", "a\0", "$share/g/a", "a" * 65_536])
def test_what_is_no_filter_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        TopicFilter.parse(text)
