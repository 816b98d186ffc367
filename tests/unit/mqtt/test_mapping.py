"""The mapping file: what is wrong in it is named with its line."""

from __future__ import annotations

import pytest

from ioc.mqtt import read_mapping
from ioc.tomlfile import ConfigError

GOOD = """[[topic]]
filters = ["a/{device_id}"]
preset = "json"
source = "sensors"
publisher = "a"
"""
WILL = GOOD.replace("json", "availability").replace('source = "sensors"\n', "")


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("", 1, "has no [[topic]]"),
        (GOOD.replace('"json"', '"csv"'), 3, "must be one of json, senml"),
        (GOOD.replace('"sensors"', '"reports"'), 4, "go through the gateway"),
        (GOOD.replace("a/{device_id}", "a/{device_id"), 2, "alone in a level"),
        (GOOD.replace('"a/{device_id}"', ""), 2, "at least one topic filter"),
        (GOOD.replace('publisher = "a"', 'publisher = "{site}"'), 5, "'site', which is no named level"),
        (GOOD.replace('publisher = "a"', 'publisher = "{device_id!r}"'), 5, "no named level"),
        (GOOD.replace('publisher = "a"', 'publisher = "{device_id"'), 5, "brace that is not closed"),
        (GOOD + "speed = 1\n", 6, "is not known here"),
        (GOOD + 'time = "local"\n', 6, "must be one of rfc3339"),
        (GOOD + 'offset = "7"\n', 6, "must be an offset"),
        (GOOD + 'each = "items"\n', 6, "must be a JSON pointer"),
        (GOOD + '[topic.set]\ncolour = "red"\n', 7, "is no field of this source"),
        (GOOD + '[topic.set]\nunit = "{nothing}"\n', 7, "no named level"),
        (GOOD + '[topic.fields]\nvalue = "v"\n', 7, "must be a JSON pointer"),
        (GOOD + "[topic.fields]\nvalue = 1\n", 7, "must be text"),
        (GOOD + '[topic.fields]\ncolour = "/c"\n', 7, "nothing that is looked for"),
        (WILL + '[topic.fields]\nunit = "/u"\n', 6, "looked for here: value"),
        (GOOD + GOOD, 7, "would never be reached"),
        (GOOD + GOOD.replace("a/{device_id}", "a/b").replace('"a"', '"b"'), 7, "would never be reached"),
        (GOOD + "[[topics]]\n", 6, "is not known here"),
        (GOOD.replace("json", "home-assistant").replace('source = "sensors"\n', ""), 1, "needs at least one"),
        (GOOD.replace("json", "frigate").replace('source = "sensors"', 'camera_id = "x"'), 4, "must have {camera}"),
        (GOOD.replace("json", "frigate").replace('source = "sensors"', "confidence = 1.5"), 4, "at most 1"),
        (GOOD.replace("json", "availability").replace('source = "sensors"', 'offline = ["online"]'), 4, "as well"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_its_line(text: str, line: int, says: str) -> None:
    with pytest.raises(ConfigError, match=r"^mqtt\.toml:\d+: ") as caught:
        read_mapping(text.encode(), "mqtt.toml")
    assert (caught.value.line, says in str(caught.value)) == (line, True), str(caught.value)


def test_time_of_a_state_topic_needs_its_place() -> None:
    text = GOOD.replace("json", "home-assistant").replace('source = "sensors"', 'time = "unix"')
    with pytest.raises(ConfigError, match="needs observed_at"):
        read_mapping((text + '[[topic.metric]]\nfrom = "t"\nunit = "°C"\n').encode(), "mqtt.toml")


def test_a_later_entry_may_be_wider() -> None:
    entries = read_mapping((GOOD + GOOD.replace("a/{device_id}", "#")).encode(), "mqtt.toml")
    assert [one.text for entry in entries for one in entry.filters] == ["a/{device_id}", "#"]
