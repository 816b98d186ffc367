from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from ioc.incidents import load_feedback_texts
from ioc.tomlfile import ConfigError
from ioc.vocabulary import STATUSES, Status
from tests.unit.incidents.support import FEEDBACK, ZONE, Desk, after, bts, command, signal, texts

RAW = FEEDBACK.read_text()


def test_a_report_that_opens_an_incident_is_answered_with_unit_and_time() -> None:
    (told,) = Desk().signal(signal("1")).feedback
    assert (told.source, told.report_id, told.status, told.merged_count) == ("urn:app", "1", "routed", 1)
    assert (told.unit, told.expected_at) == ("Đơn vị Một", after(240))
    assert told.text == {
        "vi": "Phản ánh của bạn đã được chuyển đến Đơn vị Một. Dự kiến xong trước 16:00 22/11/2026.",
        "en": "Your report has been passed on to Đơn vị Một. Expected to be done by 16:00 22/11/2026.",
    }


def test_one_that_joins_hears_the_present_status_and_how_many_there_are() -> None:
    desk = Desk()
    incident = desk.signal(signal("1")).incidents[0]
    desk.command(command(incident.incident_id, "accept"))
    (told,) = desk.signal(signal("2")).feedback
    assert (told.report_id, told.status, told.merged_count) == ("2", "accepted", 2)
    assert told.text["vi"].endswith("Có 2 phản ánh về cùng sự việc.")


def test_machines_are_not_counted_and_not_answered() -> None:
    desk = Desk()
    assert desk.signal(bts("1")).feedback == []
    (told,) = desk.signal(signal("2", category="telecom", subcategory="no_signal")).feedback
    assert told.merged_count == 1


def test_a_change_that_can_be_seen_is_told_to_every_reporter_and_others_to_none() -> None:
    desk = Desk()
    incident = desk.signal(signal("1")).incidents[0]
    desk.signal(signal("2"))
    assert desk.command(command(incident.incident_id, "acknowledge")).feedback == []
    assert desk.command(command(incident.incident_id, "comment", reason="x")).feedback == []
    told = desk.command(command(incident.incident_id, "accept", name="2")).feedback
    assert sorted((one.report_id, one.status) for one in told) == [("1", "accepted"), ("2", "accepted")]


def test_nobody_is_told_a_time_for_what_is_over() -> None:
    assert "Dự kiến" not in texts().text("resolved", "X", after(0), 1)["vi"]


@pytest.mark.parametrize("status", STATUSES)
def test_every_status_has_complete_texts(status: Status) -> None:
    for count, expected in ((1, None), (3, after(0))):
        for text in texts().text(status, "Sở X", expected, count).values():
            assert not re.search(r"[{}]", text)


def test_no_answer_has_a_word_of_the_report_the_operator_or_the_reporter() -> None:
    desk = Desk()
    secret = signal("1", reporter="pseudonym-7")
    secret.text, secret.title = "Ông Nguyễn Văn A số 0912345678", "Ông Nguyễn Văn A"
    incident = desk.signal(secret).incidents[0]
    for action in ("accept", "return", "assign", "request_info", "resolve", "reopen", "reject"):
        desk.command(command(incident.incident_id, action, reason="Gọi 0987654321", unit="unit-2"))
    assert len(desk.all.feedback) == 8
    words = " ".join(text for told in desk.all.feedback for text in told.text.values())
    assert not re.search("Nguyễn|0912345678|0987654321|pseudonym|operator-1", words)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda text: text.replace("{unit}.", "{name}.", 1), r"feedback.toml:14: status.routed.vi: .*'name'"),
        (lambda text: text.replace("[status.closed]", "[status.shut]"), r"status.closed.vi: is missing"),
        (lambda text: text + '\n[status.new]\nvi = "x"\nen = "x"\n', r"status.new: is not known here"),
        (lambda text: text.replace("{unit}.", "{unit.", 1), r"status.routed.vi: has a brace"),
        (lambda text: text.replace("{unit}.", "{}.", 1), r"status.routed.vi: .*''"),
    ],
)
def test_wrong_texts_are_refused_with_line_and_key(change: Callable[[str], str], problem: str) -> None:
    with pytest.raises(ConfigError, match=problem):
        load_feedback_texts(change(RAW).encode(), ZONE)
