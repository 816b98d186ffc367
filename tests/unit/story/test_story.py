"""The story of an incident: everything that was decided is told, in both languages, in order."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from ioc.records import Decision, Incident
from ioc.story import dossier, load_story_texts, shipped_story_texts, tell
from ioc.synthetic import SUFFIX
from ioc.tomlfile import ConfigError
from tests.unit.incidents.support import ZONE, Desk, after, bts, command, signal
from tests.unit.incidents.test_escalation import CHAINS, fire
from tests.unit.incidents.test_silences import maintenance, silence


def busy_desk() -> Desk:
    """Reports that join, a command that cannot be, an answer, a breach, and what closes by itself."""
    desk = Desk()
    opened = desk.signal(signal("1")).incidents[0].incident_id
    desk.signal(signal("2", minutes=1, east_m=5, severity="high"))
    desk.command(command(opened, "acknowledge"))
    desk.command(command(opened, "close", name="too-early"))
    desk.tick(60 * 24 * 3)
    desk.command(command(opened, "resolve", reason="Đã dọn"), minutes=60 * 24 * 3)
    desk.tick(60 * 24 * 11)
    return desk


def paged_desk() -> Desk:
    """Escalations, a silence and a maintenance window with what they hide, news that waits and is told."""
    desk = Desk(paging=CHAINS)
    desk.signal(fire())
    for minutes in (5, 10, 20, 30):
        desk.tick(minutes)
    for number in range(10):
        desk.signal(signal(f"g-{number}", minutes=31, north_m=5000))
    desk.tick(37)
    desk.command(silence(matchers=["device =~ QN-.*"], hours=30), minutes=38)
    desk.command(maintenance(matchers=["device = QN-2"], hours=30), minutes=38)
    desk.signal(bts("quiet", 39, north_m=3000), minutes=39)
    desk.signal(bts("mute", 39, site="QN-2", north_m=9000), minutes=39)
    for minutes in (60 * 25, 60 * 31):
        desk.tick(minutes)
    return desk


def test_who_was_told_and_who_was_not_is_told() -> None:
    desk = paged_desk()
    texts = shipped_story_texts()
    said = {}
    for incident in {each.incident_id: each for each in desk.all.incidents}.values():
        for line in tell(incident, story_of(desk, incident), texts, ZONE):
            said.setdefault(line.rule_id, line.text)
    first = "Chưa ai nhận từ 12:00 22/11/2026: báo đơn vị xử lý (chuỗi critical, bước 1/4)."
    assert said["escalate-critical"]["vi"] == first
    assert "(Tổ trực A: thi công)" in said["silence-silence"]["vi"]
    assert "told together at" in said["group-pause"]["en"]
    assert "told (2)" in said["release-pause"]["en"]


def story_of(desk: Desk, incident: Incident) -> list[Decision]:
    return [decision for decision in desk.all.decisions if decision.incident_id == incident.incident_id]


def test_everything_that_was_decided_is_told_in_order_and_in_both_languages() -> None:
    desk = busy_desk()
    incident = desk.all.incidents[-1]
    decisions = story_of(desk, incident)
    lines = tell(incident, decisions, shipped_story_texts(), ZONE, unit=lambda code: f"<{code}>")
    assert [line.at for line in lines] == sorted(line.at for line in lines)
    told = {(line.kind, line.rule_id) for line in lines}
    assert {(decision.kind, decision.rule_id) for decision in decisions} <= told
    vi, en = (" | ".join(line.text[language] for line in lines) for language in ("vi", "en"))
    assert "Giao <unit-1> theo tuyến root" in vi
    assert "Given to <unit-1> by the route root" in en
    assert "Ghép phản ánh 2: gần cả nơi và lúc" in vi
    assert "cách (m) 5" in vi
    assert "Quá hạn xử lý (hạn " in vi
    assert "xác nhận đã biết" in vi
    assert not re.search(r"[{}]", vi + en)


def test_news_proofs_and_returns_are_told() -> None:
    desk = Desk()
    name = desk.signal(signal("1")).incidents[0].incident_id
    desk.command(command(name, "acknowledge"))
    desk.signal(signal("2", minutes=1, severity="critical"))
    for number in range(3):
        desk.command(command(name, "return", name=f"r-{number}", reason="Không"))
        desk.command(command(name, "assign", name=f"a-{number}", unit="unit-1"))
    incident = desk.all.incidents[-1]
    lines = tell(incident, story_of(desk, incident), shipped_story_texts(), ZONE, unit=lambda code: f"<{code}>")
    vi = " | ".join(line.text["vi"] for line in lines)
    assert "Xác nhận trước đó hết hiệu lực (critical)" in vi
    assert "<unit-1> trả lại, lần 3: <unit-last> nhận và không trả lại nữa." in vi


def test_order_and_repetition_of_decisions_change_nothing() -> None:
    desk = busy_desk()
    incident = desk.all.incidents[-1]
    decisions = story_of(desk, incident)
    texts = shipped_story_texts()
    assert tell(incident, [*reversed(decisions), *decisions], texts, ZONE) == tell(incident, decisions, texts, ZONE)


def test_what_a_classification_rests_on_is_told_by_name() -> None:
    desk = Desk()
    first = desk.signal(signal("1")).incidents[0]
    words = ["urban_infrastructure/tree 3", "severity high", "model: urban_order 0.9"]
    inputs = {"category": "urban_infrastructure", "subcategory": "tree", "severity": "high", "words": words}
    decided = Decision(
        "d", first.incident_id, "1", after(0), "classify", "report-classified", inputs, "urban_infrastructure/tree", {}
    )
    line = next(each for each in tell(first, [decided], shipped_story_texts(), ZONE) if each.kind == "classify")
    said = "hạ tầng đô thị/cây xanh gãy, đổ, nguy hiểm"
    assert f"Căn cứ: {said} 3, mức cao, mô hình: trật tự đô thị 0.9." in line.text["vi"]
    assert f"được hiểu là {said}, mức cao" in line.text["vi"]
    assert "Because of: urban infrastructure/tree 3, severity high, model: urban order 0.9." in line.text["en"]


def test_what_may_be_the_same_is_told_with_what_was_compared() -> None:
    desk = Desk()
    first = desk.signal(signal("1")).incidents[0]
    decided = Decision(
        "d", first.incident_id, "1", after(0), "suggest", "suggest-similar",
        {"similar": {"99-x": {"score": 0.588, "text": 0.969, "distance": 0.0, "distance_m": 111.2}}}, "suggested", {},
    )  # fmt: skip
    line = next(each for each in tell(first, [decided], shipped_story_texts(), ZONE) if each.kind == "suggest")
    assert "99-x 0.588 (nội dung 0.969, cách (m) 111.2)" in line.text["vi"]
    assert "99-x 0.588 (text 0.969, metres apart 111.2)" in line.text["en"]


def test_what_happens_in_one_instant_is_told_as_it_follows() -> None:
    incident = busy_desk().all.incidents[-1]
    at_once = [
        Decision(kind, incident.incident_id, None, after(-1), kind, kind, {}, "", {})
        for kind in ("inhibit", "route", "similar", "open", "classify", "join")
    ]
    lines = tell(incident, at_once, shipped_story_texts(), ZONE)
    assert [line.kind for line in lines[:6]] == ["classify", "open", "join", "route", "inhibit", "similar"]


def test_every_kind_of_decision_has_a_sentence_of_its_own() -> None:
    desk = busy_desk()
    for each in (bts("a"), bts("b", 5, clears=True), bts("c", 6), bts("d", 9, clears=True), bts("e", 9, clears=True)):
        desk.signal(each)
    desk.signal(signal("twin", minutes=2, east_m=900))
    quiet = paged_desk()
    kinds = {decision.kind for decision in quiet.all.decisions}
    assert {"escalate", "silence", "group"} <= kinds
    texts = shipped_story_texts()
    for decision in desk.all.decisions + quiet.all.decisions:
        assert texts.sentence(decision.kind, decision.rule_id) is not None, (decision.kind, decision.rule_id)


def test_what_has_no_sentence_is_told_all_the_same() -> None:
    incident = busy_desk().all.incidents[-1]
    strange = Decision("d", incident.incident_id, None, after(0), "novel", "novel-1", {}, "done", {})
    (line,) = (line for line in tell(incident, [strange], shipped_story_texts(), ZONE) if line.kind == "novel")
    assert line.text == {
        "vi": "Quyết định novel theo quy tắc novel-1: done.", "en": "Decision novel by rule novel-1: done.",
    }  # fmt: skip


def test_a_dossier_has_report_updates_summary_and_reasons() -> None:
    desk = busy_desk()
    incident = desk.all.incidents[-1]
    texts = shipped_story_texts()
    lines = tell(incident, story_of(desk, incident), texts, ZONE)
    alerts = [alert for alert in desk.all.alerts if alert.incident_id == incident.incident_id]
    made = dossier(incident, alerts, lines, texts=texts, language="vi", zone=ZONE, commune=lambda _: "Phường Một")
    text = made.markdown()
    assert text.startswith(f"# HỒ SƠ SỰ VIỆC {incident.incident_id}\n")
    for heading in ("1. Báo cáo nhanh", "2. Diễn biến", "3. Tổng hợp", "4. Căn cứ quyết định"):
        assert f"## {heading}\n" in text
    assert "**Địa điểm**: Phường Một (21.00000, 107.00000)" in text
    assert text.count("quá hạn: ") == 1
    assert "**Thời lượng**: 72 h 00 min" in text
    assert "**Quá hạn**: có" in text
    simulated = replace(incident, title=incident.title + SUFFIX)
    said = dossier(simulated, alerts, lines, texts=texts, language="en", zone=ZONE).title
    assert said == f"SIMULATED DATA — INCIDENT DOSSIER {incident.incident_id}"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('[sentence.open."*"]\nvi = "a {b"\nen = "c"\n', "brace"),
        ('[sentence.open."*"]\nvi = "a"\n', "en"),
        ("[sentense]\n", "not known"),
    ],
)
def test_a_wrong_file_is_refused(text: str, problem: str) -> None:
    with pytest.raises(ConfigError, match=problem):
        load_story_texts(f'version = "1"\n{text}'.encode())
