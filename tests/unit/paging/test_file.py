"""The file of escalation, updates and limits: what it says, and which line is wrong."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from ioc.catalog import CatalogueError, common_data, load_catalogue, load_folder, shipped_province
from ioc.paging import PAGING_FILE, Policy, Subject, load_paging
from ioc.paging.matchers import names_critical, read_matchers
from ioc.routing import Known, Labels
from ioc.routing.labels import Moment
from ioc.vocabulary import Category, Severity

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
SHIPPED = (common_data() / PAGING_FILE).read_bytes()
AT = datetime(2026, 11, 27, 15, 3, tzinfo=UTC)
"""22:03 on a Friday in Việt Nam."""


@pytest.fixture(scope="module")
def known() -> Known:
    return load_catalogue(load_folder(common_data()) | load_folder(shipped_province())).known


def subject(severity: Severity = "normal", category: Category = "traffic", **more: frozenset[str]) -> Subject:
    return Subject(Labels(category, "jam", severity, "reports", "06652", "ha-long", AT), **more)


def chain_of(policy: Policy, one: Subject) -> str | None:
    chain = policy.chain_of(one, Moment.of(AT.astimezone(ZONE)))
    return chain.id if chain else None


def test_the_shipped_file_can_be_used_and_has_a_chain_for_all_that_is_grave(known: Known) -> None:
    policy = load_paging(SHIPPED, known, ZONE)
    assert [chain_of(policy, subject(each)) for each in ("critical", "high", "normal", "low")] == [
        "critical", "high", "normal", None,
    ]  # fmt: skip
    gauge = Subject(Labels("disaster", "gauges", "critical", "sensors", "06652", "ha-long", AT))
    assert chain_of(policy, gauge) == "critical-instruments"
    (critical, *_) = policy.chains
    assert [step.to for step in critical.steps] == ["unit", "duty", "centre", "province"]
    assert policy.version != load_paging(SHIPPED + b"# more\n", known, ZONE).version


def test_steps_wait_for_local_times_and_come_together(known: Known) -> None:
    policy = load_paging(SHIPPED, known, ZONE)
    critical, high, normal = (policy.chain(name) for name in ("critical", "high", "normal"))
    assert critical is not None
    assert high is not None
    assert normal is not None
    assert critical.due(0, AT) == AT + timedelta(minutes=5)  # nothing holds it back at night
    assert high.due(0, AT) == datetime(2026, 11, 27, 16, 30, tzinfo=UTC)  # 23:03 is rounded up to 23:30
    # 06:03 the next morning is before the hours: 07:00 local, which is midnight UTC.
    assert normal.due(0, AT) == datetime(2026, 11, 28, 0, tzinfo=UTC)


def test_a_chain_begins_again_as_often_as_it_says(known: Known) -> None:
    chain = load_paging(SHIPPED, known, ZONE).chain("critical")
    assert chain is not None
    places: list[tuple[int, int]] = [(0, 0)]
    while (place := chain.after(*places[-1])) is not None:
        places.append(place)
    assert places == [(step, turn) for turn in range(3) for step in range(4)]


def test_marks_go_on_at_doublings(known: Known) -> None:
    updates = load_paging(SHIPPED, known, ZONE).updates
    assert [count for count in range(1, 50_000) if updates.is_mark(count)][-4:] == [5000, 10_000, 20_000, 40_000]
    assert not updates.is_mark(1)


@pytest.mark.parametrize(
    ("old", "new", "line_with", "reason"),
    [
        ("wait: 10m, to: province", "wait: soon, to: province", "wait: soon", "expected a time like"),
        ("wait: 10m, to: centre", "wait: 10m, to: mayor", "to: mayor", "'mayor' is none of unit, duty"),
        ("{wait: 5m, to: duty}", "{wait: 5m, to: province}", "    steps:", "steps go up, never down"),
        ("severity = critical]", "severity = criticl]", "severity = criticl]", "is no severity"),
        ("times: day", "times: dai", "times: dai", "'dai' is not under 'times'"),
        ("- id: high", "- id: critical", "- id: critical\n    match: [severity = high]", "stands twice"),
        ("repeat: 2", "repeat: often", "repeat: often", "expected a whole number"),
        ("centre_window: 5m", "centre_window: 6m", "centre_window: 6m", "must not be longer than the pause"),
        ("marks: [2, 5,", "marks: [5, 2,", "marks: [5, 2,", "expected rising numbers"),
        ("  remind: 24h\n", "", "limits:\n  silence", "'remind' is missing"),
        ("factor: 0.5", "factor: 2", "factor: 2", "at most 1"),
        ("storm: 0", "storm: 99", "storm: 99", "must not be more than calm"),
        ("urgent: [security,", "urgent: [secure,", "urgent: [secure,", "does not begin with a category"),
        ("match: [severity = critical, source =~ reports|cameras|security]", "match: []",
         "match: [severity = critical]", "gets nothing: critical before it"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_refused_with_its_line(known: Known, old: str, new: str, line_with: str, reason: str) -> None:
    text = SHIPPED.decode().replace(old, new, 1)
    assert text != SHIPPED.decode()
    with pytest.raises(CatalogueError) as refused:
        load_paging(text.encode(), known, ZONE, file="mine.yaml")
    assert refused.value.file == "mine.yaml"
    assert reason in refused.value.reason
    near = text[: text.index(line_with)].count("\n") + 1
    assert abs(refused.value.line - near) <= 2


def holds(known: Known, text: str, one: Subject) -> bool:
    names = load_paging(SHIPPED, known, ZONE).names
    (matcher,) = read_matchers([text], known, names)
    return matcher.holds(one, Moment.of(AT.astimezone(ZONE)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("device = cam-1", True), ("device = cam-3", False), ("device != cam-3", True), ("device != cam-2", False),
        ("device =~ cam-.*", True), ("device !~ cam-.*", False), ('site = "mast 1"', True), ("kind =~ sil.*", True),
        ("kind = other", False), ("severity = normal", True), ("category != traffic", False), ("time = day", False),
    ],
)  # fmt: skip
def test_matchers_ask_devices_sites_and_kinds_too(known: Known, text: str, expected: bool) -> None:
    one = subject(
        devices=frozenset({"cam-1", "cam-2"}), sites=frozenset({"cam-1", "mast 1"}), kinds=frozenset({"silence"})
    )
    assert holds(known, text, one) is expected


@pytest.mark.parametrize("text", ["device", "device =", "device =~ [", "colour = red", "area = nowhere", "x" * 400])
def test_what_is_no_matcher_says_so(known: Known, text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        holds(known, text, subject())


@pytest.mark.parametrize(
    ("matchers", "named"),
    [
        (["severity = critical"], True), (["category = traffic", "severity =~ high|critical"], True),
        (["severity =~ .*"], False), (["severity != low"], False), (["device = critical"], False), ([], False),
    ],
)  # fmt: skip
def test_what_is_critical_is_named_by_its_word(matchers: list[str], named: bool) -> None:
    assert names_critical(matchers) is named
