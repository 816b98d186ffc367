"""What a simulator has made and what is real never meet, however near and alike."""

from __future__ import annotations

from itertools import permutations

import pytest

from ioc.records import Signal
from ioc.synthetic import SUFFIX, is_synthetic, marked
from tests.unit.incidents.support import Desk, command
from tests.unit.incidents.test_alike import TREE, told


def pair(number: int) -> list[Signal]:
    """Two reports of one tree, one of them made."""
    return [
        told(f"real-{number}", TREE[number], minutes=number, north_m=number * 5),
        marked(told(f"made-{number}", TREE[number], minutes=number, north_m=number * 5)),
    ]


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_each_joins_its_own_kind_in_any_order(order: tuple[int, ...]) -> None:
    desk = Desk()
    reports = [*pair(0), *pair(1)]
    for index in order:
        desk.signal(reports[index])
    newest = {incident.incident_id: incident for incident in desk.all.incidents}.values()
    assert sorted(
        (incident.evidence_count, sorted(entry.event_id[:4] for entry in incident.evidence)) for incident in newest
    ) == [(2, ["made", "made"]), (2, ["real", "real"])]
    assert not any(incident.similar for incident in newest)


def test_they_stay_apart_over_a_restart_a_new_label_and_a_split() -> None:
    desk = Desk()
    real, made = pair(0)
    desk.signal(real)
    made_id = desk.signal(made).incidents[-1].incident_id
    desk.signal(pair(1)[1])
    desk.restart()
    label = {"category": "traffic", "subcategory": "jam", "severity": "normal"}
    desk.command(command(made_id, "reclassify", reason="nhãn khác", **label))
    desk.command(command(made_id, "split", signals=["reports:made-1"]))
    assert len(desk.book) == 3
    for each in (told("real-8", TREE[1], minutes=3, category="traffic", subcategory="jam"), told("real-9", TREE[2])):
        incident = desk.signal(each).incidents[-1]
        assert {entry.event_id[:4] for entry in incident.evidence} == {"real"}


def test_marking_twice_is_marking_once() -> None:
    one = marked(told("1", TREE[0]))
    assert is_synthetic(one)
    assert marked(one) is one
    assert one.title == f"Tiêu đề 1{SUFFIX}"
    assert not is_synthetic(told("2", TREE[0]))
