"""What may be the same is suggested when an incident is opened; an operator's word ends that."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.incidents.support import Desk, command
from tests.unit.incidents.test_alike import MANHOLE, TREE, told

FAR: dict[str, Any] = {"north_m": 350}
"""Too far to join, near enough to be suggested."""


def two(**second: Any) -> tuple[Desk, str, str]:
    desk = Desk()
    desk.signal(told("1", TREE[0], reporter="a"))
    desk.signal(told("2", TREE[1], reporter="b", **({"minutes": 5} | FAR | second)))
    one, other = [incident.incident_id for incident in desk.all.incidents]
    return desk, one, other


def test_what_did_not_join_but_is_alike_is_suggested_with_its_score_and_parts() -> None:
    desk, one, other = two()
    incident = desk.book.get(other)
    assert incident is not None
    assert [each.incident_id for each in incident.similar] == [one]
    assert desk.all.alerts[-1].similar == incident.similar
    decision = desk.all.decisions[-1]
    assert (decision.kind, decision.incident_id) == ("suggest", other)
    parts = decision.inputs["similar"][one]
    assert parts["score"] == incident.similar[0].score
    assert parts["text"] >= 0.4
    assert parts["distance_m"] == pytest.approx(350, abs=1)
    first = desk.book.get(one)
    assert first is not None
    assert first.similar == []


@pytest.mark.parametrize(
    "second", [{"north_m": 450}, {"minutes": 3000}, {"commune": "00002"}], ids=["far", "later", "another commune"]
)
def test_what_is_elsewhere_or_long_ago_is_not_suggested(second: dict[str, Any]) -> None:
    desk, _, other = two(**second)
    incident = desk.book.get(other)
    assert incident is not None
    assert incident.similar == []


def test_other_words_are_not_suggested() -> None:
    desk = Desk()
    desk.signal(told("1", TREE[0]))
    desk.signal(told("2", MANHOLE[0], **FAR))
    assert desk.all.alerts[-1].similar == []
    assert all(decision.kind != "suggest" for decision in desk.all.decisions)


def test_an_emergency_is_an_alert_of_its_own_that_names_what_it_may_belong_to() -> None:
    desk, one, other = two(north_m=10, category="fire_rescue", subcategory="trapped", severity="critical")
    assert [(alert.reason, alert.incident_id) for alert in desk.all.alerts] == [("opened", one), ("opened", other)]
    assert [each.incident_id for each in desk.all.alerts[-1].similar] == [one]


@pytest.mark.parametrize("by_first", [True, False])
def test_not_related_ends_the_suggestion_whichever_of_both_it_is_said_of(*, by_first: bool) -> None:
    desk, one, other = two()
    said, of = (one, other) if by_first else (other, one)
    changes = desk.command(command(said, "not_related", incident=of))
    incident = desk.book.get(other)
    assert incident is not None
    assert incident.similar == []
    assert {each.incident_id for each in changes.incidents} == ({one, other} if by_first else {other})
    desk.restart()
    again = desk.book.get(other)
    assert again is not None
    assert again.similar == []


def test_merging_ends_the_suggestion() -> None:
    desk, one, other = two()
    desk.command(command(one, "merge", into=other))
    for name in (one, other):
        incident = desk.book.get(name)
        assert incident is not None
        assert incident.similar == []


def test_what_was_split_off_is_not_suggested_back() -> None:
    desk = Desk()
    desk.signal(told("1", TREE[0], reporter="a"))
    (joined,) = desk.signal(told("2", TREE[1], reporter="b", north_m=10)).incidents
    desk.command(command(joined.incident_id, "split", signals=["reports:2"]))
    assert all(incident.similar == [] for incident in desk.all.incidents)
    # Another report of the first thing names the first, not what was split off of it and reads like the second.
    desk.signal(told("3", TREE[0], **FAR))
    assert [each.incident_id for each in desk.all.alerts[-1].similar] == [joined.incident_id]


def test_suggestions_survive_a_restart_and_are_taken_back_with_their_round() -> None:
    desk, one, other = two()
    before = dict(desk.book.snapshot())
    desk.restart()
    assert dict(desk.book.snapshot()) == before
    incident = desk.book.get(other)
    assert incident is not None
    assert [each.incident_id for each in incident.similar] == [one]
