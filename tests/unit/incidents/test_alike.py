"""Reports that tell of one thing, with or without a place, from many people or from one."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

from ioc.incidents.similarity import sketch
from ioc.records import Incident, Signal
from ioc.text.normalise import normalise
from tests.unit.incidents.support import Desk, command, signal
from tests.unit.incidents.test_similarity import SAME

TREE, MANHOLE, _ = SAME


def told(name: str, text: str, *, photos: tuple[str, ...] = (), **fields: Any) -> Signal:
    one = signal(name, **fields)
    one.text = text
    one.evidence = {"sketch": sketch(normalise(text).folded), "photo_ids": list(photos)}
    return one


def joined(*signals: Signal) -> tuple[Desk, Incident]:
    desk = Desk()
    for each in signals:
        desk.signal(each)
    return desk, desk.all.incidents[-1]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_three_people_tell_one_thing_in_any_order(order: tuple[int, ...]) -> None:
    reports = [told(str(n), TREE[n], minutes=n * 10, north_m=n * 15, reporter=f"p{n}") for n in range(3)]
    desk, incident = joined(*(reports[n] for n in order))
    assert (len(desk.book), incident.evidence_count, incident.reporters) == (1, 3, 3)


def test_the_score_and_its_parts_are_kept() -> None:
    desk, incident = joined(told("1", TREE[0]), told("2", TREE[1], north_m=40, minutes=144, photos=("p",)))
    decision = desk.all.decisions[-1]
    parts = decision.inputs
    assert (decision.rule_id, parts["distance"], parts["time"], parts["photos"]) == ("join-near", 0.5, 0.9, 0)
    assert parts["score"] == pytest.approx(0.4 * parts["text"] + 0.4 * 0.5 + 0.2 * 0.9, abs=0.001)
    assert incident.evidence[-1].score == parts["score"]


def test_another_thing_of_the_same_kind_at_the_edge_is_another_incident() -> None:
    desk, _ = joined(told("1", TREE[0]), told("2", "Bụi tre già ngả vào dây cáp nhà văn hóa", north_m=75, minutes=900))
    assert len(desk.book) == 2


def test_another_kind_of_thing_at_the_same_place_joins_only_in_the_same_words() -> None:
    desk, _ = joined(told("1", TREE[0]), told("2", MANHOLE[0], subcategory="manhole"))
    assert len(desk.book) == 2
    desk, _ = joined(told("1", TREE[0]), told("2", TREE[1], category="traffic", subcategory="jam", north_m=30))
    assert (len(desk.book), desk.all.decisions[-1].rule_id) == (1, "join-similar")


@pytest.mark.parametrize(
    ("text", "minutes", "commune", "one"),
    [
        (MANHOLE[2], 30, "00001", True),
        (MANHOLE[2], 130, "00001", False),
        (MANHOLE[2], 30, "00002", False),
        ("Hố ga mất nắp ở đường Lê Lợi rất nguy hiểm cho xe máy", 30, "00001", False),
    ],
)
def test_without_a_place_only_strong_likeness_within_two_hours_joins(
    text: str, minutes: float, commune: str, *, one: bool
) -> None:
    place: dict[str, Any] = {"east_m": None, "located_by": "text", "subcategory": "manhole"}
    desk, _ = joined(told("1", MANHOLE[0], **place), told("2", text, minutes=minutes, commune=commune, **place))
    assert (len(desk.book) == 1) is one


def test_the_same_photo_joins() -> None:
    desk, _ = joined(
        told("1", TREE[0], east_m=None, photos=("a",)), told("2", "nhìn ảnh", east_m=None, photos=("a", "b"))
    )
    assert (len(desk.book), desk.all.decisions[-1].rule_id) == (1, "join-photo")


def test_a_burst_of_one_reporter_is_one_incident_and_every_report_is_counted_and_answered() -> None:
    desk, incident = joined(
        *(told(str(n), f"ôi {n}", category="other", subcategory="unclear", east_m=None, minutes=n / 10, reporter="x")
          for n in range(30))
    )  # fmt: skip
    assert (len(desk.book), incident.evidence_count, incident.reporters) == (1, 30, 1)
    assert {one.report_id for one in desk.all.feedback} == {str(n) for n in range(30)}


def test_a_flood_of_one_reporter_is_joined_but_no_emergency_in_it_goes_under() -> None:
    desk = Desk()
    for n in range(14):
        desk.signal(told(str(n), f"việc {n}", subcategory=f"kind_{n}", north_m=n * 900, minutes=n / 10, reporter="x"))
    assert len(desk.book) == 10
    assert desk.all.decisions[-1].rule_id == "join-flood"
    fire = told("fire", "cháy", category="fire_rescue", subcategory="fire", north_m=-5000, minutes=2, reporter="x")
    assert [alert.reason for alert in desk.signal(fire).alerts] == ["opened"]
    grave = told("grave", "nguy", subcategory="kind_0", north_m=-9000, minutes=2, reporter="x", severity="critical")
    assert [alert.reason for alert in desk.signal(grave).alerts] == ["opened"]


class TestVerdicts:
    def split(self) -> tuple[Desk, str, str]:
        desk, incident = joined(told("1", TREE[0], reporter="a"), told("2", MANHOLE[0], reporter="b", north_m=1))
        assert incident.evidence_count == 2
        changes = desk.command(command(incident.incident_id, "split", signals=["reports:2"]))
        assert [receipt.result for receipt in changes.receipts] == ["accepted"]
        kept, new = changes.incidents
        assert (kept.evidence_count, new.evidence_count, kept.reporters, new.reporters) == (1, 1, 1, 1)
        assert [(alert.reason, alert.incident_id) for alert in changes.alerts] == [("opened", new.incident_id)]
        assert [(one.report_id, one.incident_id) for one in changes.feedback] == [("2", new.incident_id)]
        return desk, kept.incident_id, new.incident_id

    def test_the_reporter_follows_what_is_split_off(self) -> None:
        desk, kept, new = self.split()
        told_now = desk.command(command(new, "accept", name="c")).feedback
        assert [(one.report_id, one.status) for one in told_now] == [("2", "accepted")]
        assert [one.report_id for one in desk.command(command(kept, "accept", name="d")).feedback] == ["1"]

    def test_a_split_pair_is_apart_after_a_restart_too_and_merging_needs_an_override(self) -> None:
        desk, kept, new = self.split()
        desk.restart()
        assert desk.book.are_apart(kept, new)
        (receipt,) = desk.command(command(new, "merge", into=kept)).receipts
        assert [(error.pointer, error.code) for error in receipt.errors] == [("/arguments/into", "verdict")]
        (receipt,) = desk.command(command(new, "merge", name="m", into=kept, override=True)).receipts
        assert receipt.result == "accepted"
        assert not desk.book.are_apart(kept, new)

    def test_what_looks_like_the_part_that_was_split_off_does_not_come_back(self) -> None:
        desk, kept, new = self.split()
        desk.command(command(new, "reject", name="r", reason="không có thật"))
        (incident,) = desk.signal(told("3", MANHOLE[1], minutes=2)).incidents
        assert incident.incident_id not in {kept, new}

    def test_merging_answers_duplicate_and_the_reporters_hear_the_rest(self) -> None:
        desk, _ = joined(told("1", TREE[0]), told("2", MANHOLE[0], north_m=500, severity="high"))
        one, other = sorted(key.decode().split("/")[1] for key in desk.state if key.startswith(b"case/"))
        changes = desk.command(command(one, "merge", into=other))
        assert {(each.status, each.merged_count) for each in changes.feedback} == {("duplicate", 2)}
        gone, grown = changes.incidents
        assert (gone.status, gone.parent, grown.children_count, grown.severity) == ("duplicate", other, 1, "high")
        heard = desk.command(command(other, "resolve", reason="xong")).feedback
        assert sorted((each.report_id, each.status) for each in heard) == [("1", "resolved"), ("2", "resolved")]
        (receipt,) = desk.command(command(one, "accept", name="x")).receipts
        assert receipt.errors[0].message == "duplicate; allowed: comment"

    @pytest.mark.parametrize(
        ("action", "arguments", "pointer"),
        [
            ("split", {}, "/arguments/signals"),
            ("split", {"signals": ["reports:9"]}, "/arguments/signals/0"),
            ("split", {"signals": ["reports:1", "reports:2"]}, "/arguments/signals"),
            ("merge", {"into": "nowhere"}, "/arguments/into"),
            ("not_related", {}, "/arguments/incident"),
        ],
    )
    def test_wrong_arguments_are_refused(self, action: Any, arguments: dict[str, Any], pointer: str) -> None:
        desk, incident = joined(told("1", TREE[0]), told("2", TREE[1]))
        (receipt,) = desk.command(command(incident.incident_id, action, **arguments)).receipts
        assert [error.pointer for error in receipt.errors] == [pointer]


def test_unclear_reports_join_by_their_words_and_complaints_about_one_counter_do_not() -> None:
    desk, _ = joined(*(told(str(n), TREE[n], category="other", subcategory="unclear", north_m=n) for n in range(3)))
    assert len(desk.book) == 1
    desk, _ = joined(*(told(str(n), TREE[n], category="public_service", north_m=n) for n in range(2)))
    assert len(desk.book) == 2
