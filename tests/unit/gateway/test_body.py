from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.gateway.body import split_items
from connectors.gateway.problems import Problem

NDJSON = "application/x-ndjson"
JSON = "application/json"


def test_a_single_object_keeps_its_bytes() -> None:
    text = b'{ "value": 1.50,\n "id": "a" }'
    assert split_items(b"\xef\xbb\xbf" + text + b"\n", JSON, 5).raws == [text]
    assert split_items(text, "", 5).shape == "one"


def test_lines_keep_their_bytes_and_bad_ones_their_place() -> None:
    items = split_items(b'{"a": 1.0}\r\n\n oops \n{"b": 2}', NDJSON, 5)
    assert (items.raws, items.shape) == ([b'{"a": 1.0}', b"oops", b'{"b": 2}'], "lines")


@pytest.mark.parametrize("kind", [JSON, ""])
def test_lines_are_recognised_without_being_declared(kind: str) -> None:
    assert split_items(b'{"a":1}\n{"a":2}\n', kind, 5).shape == "lines"


def test_one_declared_line_is_a_batch_of_one() -> None:
    assert split_items(b'{"a":1}', NDJSON, 5).shape == "lines"


@given(st.lists(st.dictionaries(st.text(), st.integers(-(2**53), 2**53) | st.text()), min_size=1, max_size=5))
def test_array_and_lines_hold_the_same(items: list[dict[str, object]]) -> None:
    array = split_items(json.dumps(items).encode(), JSON, 5)
    lines = split_items(b"\n".join(json.dumps(item).encode() for item in items), NDJSON, 5)
    assert [json.loads(raw) for raw in array.raws] == [json.loads(raw) for raw in lines.raws] == items


@given(st.binary(max_size=200), st.sampled_from([JSON, NDJSON, "", "text/plain"]))
def test_any_body_is_items_or_a_problem(body: bytes, kind: str) -> None:
    found: int | None = None
    try:
        found = len(split_items(body, kind, 3).raws)
    except Problem as problem:
        status = problem.kind.status
    assert status in {400, 413, 415} if found is None else 1 <= found <= 3
