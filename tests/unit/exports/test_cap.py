"""CAP messages against the published schema, and chains of them against the standard's text."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest
from defusedxml.ElementTree import fromstring
from hypothesis import given, settings
from hypothesis import strategies as st

from ioc.exports.cap import NAMESPACE, Area, Message, Publisher, chain, identifier, written
from ioc.kinds import shipped_kinds
from tests.unit.exports.support import alert, cap_schema

KINDS = shipped_kinds()
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
PUBLISHER = Publisher("ioc.example.vn", "Trung tâm điều hành", "truc@example.vn", ZONE)
RING = ((20.9, 107.0), (20.9, 107.1), (21.0, 107.1), (20.9, 107.0))
SPACES = {"cap": NAMESPACE}


def area(code: str) -> Area:
    return Area("Phường Hà Tu", code, (RING,)) if code == "06652" else Area("Tỉnh", "", (), (21.0, 107.0, 4.2))


def messages(*alerts: dict[str, Any]) -> list[Message]:
    return list(chain(alerts, KINDS))


STORY = [
    alert(1, "opened", "2026-11-20T01:00:00Z"),
    alert(2, "updated", "2026-11-20T01:10:00Z"),
    alert(3, "escalated", "2026-11-20T01:20:00Z"),
    alert(4, "worsened", "2026-11-20T01:30:00.250Z", severity="critical", sources=["reports", "sensors"]),
    alert(5, "sla_breached", "2026-11-20T01:40:00Z", severity="critical"),
    alert(6, "resolved", "2026-11-20T02:00:00Z", severity="critical"),
]


def test_every_message_of_a_chain_is_valid() -> None:
    schema = cap_schema()
    for message in messages(*STORY):
        schema.validate(written(message, PUBLISHER, KINDS, area).decode())


def test_the_schema_would_find_what_the_standards_readers_complain_about() -> None:
    good = written(messages(*STORY)[0], PUBLISHER, KINDS, area).decode()
    for wrong in (
        good.replace("+07:00</sent>", "Z</sent>"),
        good.replace("<scope>Public</scope>", ""),
        good.replace("<urgency>Immediate</urgency>", ""),
        good.replace(",107.00000 ", " "),
    ):
        assert wrong != good
    assert not cap_schema().is_valid(good.replace("+07:00</sent>", "Z</sent>"))
    assert not cap_schema().is_valid(good.replace("<scope>Public</scope>", ""))


def test_a_chain_is_alert_update_cancel_and_names_what_came_before() -> None:
    found = messages(*STORY)
    assert [(each.kind, each.alert["version"]) for each in found] == [("Alert", 1), ("Update", 4), ("Cancel", 6)]
    first, _, last = (fromstring(written(each, PUBLISHER, KINDS, area)) for each in found)
    assert first.find("cap:references", SPACES) is None
    assert last.findtext("cap:references", namespaces=SPACES) == (
        "ioc.example.vn,22-06652-20261120-abcdef:1:opened,2026-11-20T08:00:00+07:00 "
        "ioc.example.vn,22-06652-20261120-abcdef:4:worsened,2026-11-20T08:30:00+07:00"
    )
    assert last.findtext("cap:info/cap:responseType", namespaces=SPACES) == "AllClear"


def test_the_sender_is_the_agency_and_nobodys_words_are_told() -> None:
    for message in messages(*STORY):
        text = written(message, PUBLISHER, KINDS, area).decode()
        assert "<sender>ioc.example.vn</sender>" in text
        assert "<senderName>Trung tâm điều hành</senderName>" in text
        assert "Nguyễn" not in text
        assert "0912" not in text


def test_the_area_is_the_communes_boundary_else_a_circle_latitude_first() -> None:
    root = fromstring(written(messages(*STORY)[0], PUBLISHER, KINDS, area))
    polygon = root.findtext("cap:info/cap:area/cap:polygon", namespaces=SPACES)
    assert polygon == "20.90000,107.00000 20.90000,107.10000 21.00000,107.10000 20.90000,107.00000"
    assert root.find("cap:info/cap:area/cap:circle", SPACES) is None
    elsewhere = messages(alert(1, "opened", "2026-11-20T01:00:00Z", commune="00000"))[0]
    root = fromstring(written(elsewhere, PUBLISHER, KINDS, area))
    assert root.findtext("cap:info/cap:area/cap:circle", namespaces=SPACES) == "21.00000,107.00000 4.2"


def test_both_languages_are_told() -> None:
    root = fromstring(written(messages(*STORY)[1], PUBLISHER, KINDS, area))
    told = {
        info.findtext("cap:language", namespaces=SPACES): info.findtext("cap:description", namespaces=SPACES)
        for info in root.findall("cap:info", SPACES)
    }
    assert told == {
        "vi-VN": "Cập nhật: Ngập nước tại Phường Hà Tu. Mức độ: đặc biệt nghiêm trọng. Cập nhật lúc 08:30 20/11/2026.",
        "en-US": "Update: Flood at Phường Hà Tu. Severity: critical. As of 08:30 20/11/2026.",
    }
    assert [each.text for each in root.findall("cap:info/cap:certainty", SPACES)] == ["Observed"] * 2


def test_what_is_not_public_makes_no_message_and_ends_a_chain() -> None:
    assert messages(alert(1, "opened", "2026-11-20T01:00:00Z", category="security", subcategory="theft")) == []
    found = messages(
        alert(1, "opened", "2026-11-20T01:00:00Z"),
        alert(2, "updated", "2026-11-20T01:10:00Z", category="security", subcategory="theft"),
    )
    assert [each.kind for each in found] == ["Alert", "Cancel"]
    text = written(found[1], PUBLISHER, KINDS, area).decode()
    cap_schema().validate(text)
    assert "security" not in text


def test_what_begins_again_is_another_chain_and_an_end_without_a_begin_is_none() -> None:
    found = messages(*STORY, alert(7, "updated", "2026-11-20T03:00:00Z"), alert(8, "resolved", "2026-11-20T04:00:00Z"))
    assert [each.kind for each in found] == ["Alert", "Update", "Cancel", "Alert", "Cancel"]
    assert [each["version"] for each in found[4].references] == [7]
    assert messages(alert(6, "resolved", "2026-11-20T02:00:00Z")) == []


def test_what_a_simulator_makes_is_an_exercise() -> None:
    made = messages(alert(1, "opened", "2026-11-20T01:00:00Z", title="Ngập (mô phỏng)"))[0]
    root = fromstring(written(made, PUBLISHER, KINDS, area))
    assert root.findtext("cap:status", namespaces=SPACES) == "Exercise"


@pytest.mark.parametrize("sender", ["", "a b", "a,b", "a<b", "a&b"])
def test_a_sender_that_cap_forbids_is_refused(sender: str) -> None:
    with pytest.raises(ValueError, match="the sender of CAP messages"):
        Publisher(sender, "", "", ZONE)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(
    st.sampled_from(["opened", "updated", "worsened", "escalated", "sla_breached", "resolved"]),
    st.sampled_from(["low", "normal", "high", "critical"]),
    st.sampled_from([("disaster", "flood"), ("security", "theft"), ("traffic", "jam"), ("other", "")]),
), max_size=12))  # fmt: skip
def test_any_story_makes_chains_that_hold(steps: list[tuple[str, str, tuple[str, str]]]) -> None:
    alerts = [
        alert(n, reason, f"2026-11-20T01:{n:02}:00Z", severity=severity, category=kind[0], subcategory=kind[1])
        for n, (reason, severity, kind) in enumerate(steps, 1)
    ]
    open_chain: list[str] = []
    for message in messages(*alerts):
        assert [identifier(each) for each in message.references] == open_chain
        assert (message.kind == "Alert") is (not open_chain)
        open_chain = [] if message.kind == "Cancel" else [*open_chain, identifier(message.alert)]
        cap_schema().validate(written(message, PUBLISHER, KINDS, area).decode())
