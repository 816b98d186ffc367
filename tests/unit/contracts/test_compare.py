"""Which changes of a schema are breaking, for records that others read and for records that others write."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

import pytest

from ioc.contracts.catalogue import Direction
from ioc.contracts.compare import breaches, broken

BASE: dict[str, Any] = {
    "$id": "urn:ioc:schema:thing.v1",
    "x-kafka": {"topic": "ioc.things", "key": "`id` of the value", "direction": "out"},
    "x-cloudevents-type": "vn.ioc.thing.v1",
    "$defs": {
        "Part": {
            "type": "object",
            "required": ["code"],
            "properties": {"code": {"enum": ["a", "b"], "type": "string"}, "note": {"type": "string"}},
        },
        "Tree": {
            "type": "object",
            "properties": {
                "name": {"type": "string"},
                "under": {"anyOf": [{"type": "array", "items": {"$ref": "#/$defs/Tree"}}, {"type": "null"}]},
            },
        },
    },
    "type": "object",
    "required": ["id", "at", "level"],
    "properties": {
        "id": {"type": "string", "minLength": 1, "maxLength": 10},
        "at": {"type": "string", "format": "date-time"},
        "level": {"enum": ["high", "low"], "type": "string"},
        "count": {"type": "integer", "minimum": 0, "maximum": 100},
        "lat": {"anyOf": [{"type": "number"}, {"type": "null"}], "default": None},
        "text": {"type": "string", "default": ""},
        "parts": {"type": "array", "items": {"$ref": "#/$defs/Part"}},
        "hidden": {"type": "object", "additionalProperties": {"type": "integer"}},
        "flags": {"type": "array", "items": {"type": "string", "x-extensible-enum": ["x"]}},
        "tree": {"$ref": "#/$defs/Tree"},
        "kind": {"anyOf": [{"enum": ["one", "two"], "type": "string"}, {"const": "rate", "type": "string"}]},
    },
}

READ, WRITTEN = "out", "in"


def changed(direction: Direction, *changes: tuple[str, Any]) -> list[str]:
    """What breaks when values at these places (slashes between names; ``None`` removes) are put in their stead."""
    old, new = deepcopy(BASE), deepcopy(BASE)
    for document in (old, new):
        document["x-kafka"]["direction"] = direction
    for path, value in changes:
        *parents, last = path.split("/")
        place: Any = new
        for name in parents:
            place = place[name]
        if value is None:
            del place[last]
        else:
            place[last] = value
    return [str(each) for each in broken("thing", old, new)]


@pytest.mark.parametrize("direction", [READ, WRITTEN])
def test_the_same_schema_breaks_nothing(direction: Direction) -> None:
    assert changed(direction) == []


@pytest.mark.parametrize("direction", [READ, WRITTEN])
def test_an_optional_field_more_breaks_nothing(direction: Direction) -> None:
    assert changed(direction, ("properties/more", {"anyOf": [{"type": "string"}, {"type": "null"}]})) == []
    assert changed(direction, ("$defs/Part/properties/more", {"type": "integer"})) == []


@pytest.mark.parametrize("direction", [READ, WRITTEN])
def test_words_and_open_codes_break_nothing(direction: Direction) -> None:
    assert changed(direction, ("title", "Another"), ("properties/id/description", "said"), ("examples", [1])) == []
    assert changed(direction, ("properties/flags/items/x-extensible-enum", ["x", "y"])) == []


@pytest.mark.parametrize("direction", [READ, WRITTEN])
def test_a_field_that_is_gone_breaks(direction: Direction) -> None:
    assert changed(direction, ("properties/text", None)) == ["thing/text: is gone"]
    assert changed(direction, ("properties/id", None)) == ["thing/id: is gone"]
    assert changed(direction, ("$defs/Part/properties/note", None)) == ["thing/parts/*/note: is gone"]
    assert changed(direction, ("$defs/Tree/properties/name", None)) == [
        "thing/tree/name: is gone",
        "thing/tree/under/*/name: is gone",
    ]


@pytest.mark.parametrize("direction", [READ, WRITTEN])
def test_another_topic_type_or_name_breaks(direction: Direction) -> None:
    assert changed(direction, ("x-kafka/topic", "ioc.other")) == ["thing: topic was ioc.things, is ioc.other"]
    assert changed(direction, ("x-cloudevents-type", "vn.ioc.thing.v2")) == [
        "thing: CloudEvents type was vn.ioc.thing.v1, is vn.ioc.thing.v2"
    ]
    assert changed(direction, ("x-kafka/key", "other words")) == []


@pytest.mark.parametrize("direction", [READ, WRITTEN])
def test_another_type_format_pattern_or_default_breaks(direction: Direction) -> None:
    assert changed(direction, ("properties/count", {"type": "string"})) != []
    assert changed(direction, ("properties/at", {"type": "string", "format": "date"})) == [
        "thing/at: format was 'date-time', is 'date'"
    ]
    assert changed(direction, ("properties/text/default", "none")) == ["thing/text: another default"]


def test_who_reads_must_still_find_what_was_always_there() -> None:
    assert changed(READ, ("required", ["id", "at"])) == ["thing/level: is not always there any more"]
    assert changed(WRITTEN, ("required", ["id", "at"])) == []


def test_who_writes_need_not_say_more() -> None:
    assert changed(WRITTEN, ("required", ["id", "at", "level", "text"])) == ["thing/text: is now required"]
    assert changed(READ, ("required", ["id", "at", "level", "text"])) == []
    both = (("properties/more", {"type": "string"}), ("required", ["id", "at", "level", "more"]))
    assert changed(WRITTEN, *both) == ["thing/more: is now required"]


def test_a_code_more_surprises_readers_and_a_code_less_refuses_writers() -> None:
    more, less = ("properties/level/enum", ["high", "low", "info"]), ("properties/level/enum", ["high"])
    assert changed(READ, more) == ["thing/level: may now be 'info'"]
    assert changed(READ, less) == []
    assert changed(WRITTEN, more) == []
    assert changed(WRITTEN, less) == ["thing/level: may no more be 'low'"]
    assert changed(READ, ("properties/level", {"type": "string"})) == ["thing/level: is a closed set of values no more"]
    assert changed(WRITTEN, ("properties/text", {"enum": ["a"], "type": "string", "default": ""})) == [
        "thing/text: is now a closed set of values"
    ]


def test_codes_may_be_said_in_several_parts() -> None:
    merged = {"enum": ["one", "rate", "two"], "type": "string"}
    assert changed(WRITTEN, ("properties/kind", merged)) == []
    assert changed(READ, ("properties/kind", {"enum": ["one", "two"], "type": "string"})) == []
    assert changed(WRITTEN, ("properties/kind", {"enum": ["one", "two"], "type": "string"})) == [
        "thing/kind: may no more be 'rate'"
    ]


def test_null_is_a_type() -> None:
    nullable = {"anyOf": [{"type": "string"}, {"type": "null"}], "default": ""}
    assert changed(READ, ("properties/text", nullable)) == ["thing/text: may now be of type null"]
    assert changed(WRITTEN, ("properties/text", nullable)) == []
    assert changed(WRITTEN, ("properties/lat", {"type": "number"})) == ["thing/lat: may no more be of type null"]
    assert changed(READ, ("properties/lat", {"type": "number"})) == []


def test_whole_numbers_are_numbers() -> None:
    assert changed(WRITTEN, ("properties/count/type", "number")) == []
    assert changed(READ, ("properties/count/type", "number")) == ["thing/count: may now be of type number"]
    assert changed(READ, ("properties/lat/anyOf", [{"type": "integer"}, {"type": "null"}])) == []


@pytest.mark.parametrize(
    ("path", "wider", "narrower"),
    [
        ("properties/id/maxLength", 20, 5),
        ("properties/id/minLength", 0, 2),
        ("properties/count/minimum", -1, 1),
        ("properties/count/maximum", 200, 50),
    ],
)
def test_bounds_widen_for_writers_and_narrow_for_readers(path: str, wider: int, narrower: int) -> None:
    assert changed(WRITTEN, (path, wider)) == []
    assert len(changed(WRITTEN, (path, narrower))) == 1
    assert len(changed(READ, (path, wider))) == 1
    assert changed(READ, (path, narrower)) == []
    assert changed(WRITTEN, (path, None)) == []
    assert len(changed(READ, (path, None))) == 1


def test_a_format_that_is_promised_or_asked_for() -> None:
    stricter = ("properties/id", {"type": "string", "minLength": 1, "maxLength": 10, "format": "uuid"})
    assert changed(READ, stricter) == []
    assert changed(WRITTEN, stricter) == ["thing/id: format was none, is 'uuid'"]


def test_what_is_deeper_counts_as_well() -> None:
    assert changed(READ, ("$defs/Part/properties/code/enum", ["a", "b", "c"])) == ["thing/parts/*/code: may now be 'c'"]
    assert changed(READ, ("properties/hidden/additionalProperties/type", "string")) == [
        "thing/hidden/*: may now be of type string"
    ]
    assert changed(WRITTEN, ("$defs/Part/required", ["code", "note"])) == ["thing/parts/*/note: is now required"]


def test_closing_an_object_breaks_who_writes_more() -> None:
    assert changed(WRITTEN, ("additionalProperties", False)) == ["thing: takes no other fields any more"]
    assert changed(READ, ("additionalProperties", False)) == []


def test_a_renamed_part_breaks_nothing() -> None:
    renamed = json.loads(json.dumps(BASE).replace("#/$defs/Part", "#/$defs/Piece").replace('"Part":', '"Piece":'))
    assert broken("thing", BASE, renamed) == []


def test_a_schema_that_is_gone_breaks_and_a_new_one_does_not() -> None:
    assert [str(each) for each in breaches({"thing": BASE}, {})] == ["thing: is gone"]
    assert breaches({"thing": BASE}, {"thing": BASE, "other": {}}) == []
