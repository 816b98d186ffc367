from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc.detect import QUIET, Finding, SecurityDetector, load_rules
from ioc.detect.security import Failures, decode_failures, encode_failures
from ioc.events.security import Security
from ioc.tomlfile import ConfigError
from tests.unit.detect.support import SHIPPED, ZONE, after, rules

detector = SecurityDetector(rules().security)


def event(severity: Literal["critical", "high", "normal", "low", "info"], count: int | None = None) -> Security:
    return Security(
        id="1", asset_id="may-chu-1", kind="brute_force", severity=severity, observed_at=after(0), count=count,
        technique="T1110",
    )  # fmt: skip


@pytest.mark.parametrize("severity", ["critical", "high"])
def test_from_high_on_every_event_counts(severity: Literal["critical", "high"]) -> None:
    finding, state = detector.evaluate(event(severity))
    assert state is None
    assert finding is not None
    assert (finding.severity, finding.category, finding.subcategory) == (severity, "security", "cyber")
    assert finding.rule_id == "security/severity"


def test_a_normal_event_counts_when_it_stands_for_many() -> None:
    assert detector.evaluate(event("normal", 19)) is QUIET
    finding, _ = detector.evaluate(event("normal", 20))
    assert finding is not None
    assert finding.rule_id == "security/repeats"
    assert "20 lần" in finding.title


@pytest.mark.parametrize("severity", ["low", "info"])
def test_two_steps_below_nothing_counts(severity: Literal["low", "info"]) -> None:
    assert detector.evaluate(event(severity, 1_000_000)) is QUIET


def test_titles_call_a_kind_by_its_name_and_an_unknown_one_as_it_was_sent() -> None:
    known, _ = detector.evaluate(event("high"))
    unknown, _ = detector.evaluate(replace(event("high"), kind="odd_beacon"))
    assert known is not None
    assert unknown is not None
    assert known.title == "Sự kiện an toàn thông tin: dò mật khẩu trên may-chu-1"
    assert unknown.title == "Sự kiện an toàn thông tin: odd_beacon trên may-chu-1"
    assert (known.kind, unknown.kind) == ("cyber:brute_force", "cyber:odd_beacon")


def failed(minutes: float, count: int | None = None, *, kind: str = "auth_failure", asset: str = "vpn-1") -> Security:
    return Security(
        id=f"{minutes}", asset_id=asset, kind=kind, severity="info", observed_at=after(minutes), count=count
    )


class Counting:
    """One asset's failures, each step through its bytes."""

    def __init__(self, one: SecurityDetector = detector) -> None:
        self.detector = one
        self.known: Failures | None = None
        self.said: list[Finding] = []

    def take(self, *events: Security) -> Counting:
        for each in events:
            assert self.detector.watches(each)
            finding, after_ = self.detector.count(each, self.known)
            if after_ is not None:
                self.known = decode_failures(encode_failures(after_))
            if finding is not None:
                self.said.append(finding)
        return self


def test_ten_failures_within_five_minutes_count_however_slight_each_is() -> None:
    assert Counting().take(*(failed(n * 0.5) for n in range(9))).said == []
    (finding,) = Counting().take(*(failed(n * 0.5) for n in range(10))).said
    assert (finding.severity, finding.kind) == ("high", "cyber-repeats:auth_failure")
    assert finding.evidence["count"] == 10
    assert Counting().take(*(failed(n * 0.6) for n in range(60))).said == []  # never ten in less than five minutes


def test_an_event_that_stands_for_many_is_counted_as_many() -> None:
    assert len(Counting().take(failed(0, 9), failed(1)).said) == 1
    assert len(Counting().take(failed(0, 10_000)).said) == 1


def test_a_burst_that_goes_on_is_told_once_per_window() -> None:
    assert len(Counting().take(*(failed(n * 0.05) for n in range(400))).said) == 4  # 20 minutes, 5 each


def test_a_failure_that_comes_late_is_counted_where_it_belongs() -> None:
    course = Counting().take(*(failed(n * 0.5) for n in range(9)), failed(8))
    assert course.said == []
    assert len(course.take(failed(1.2)).said) == 1
    assert len(course.take(failed(1.3), failed(3)).said) == 1


def test_late_failures_of_a_burst_that_was_told_tell_nothing() -> None:
    course = Counting().take(*(failed(n * 0.1) for n in range(10)))
    assert len(course.take(*(failed(0.85 + n * 0.001) for n in range(30))).said) == 1
    assert course.known is not None
    assert detector.due("vpn-1|auth_failure", course.known) == course.known.raised_at + 72 * 3600 * 1_000_000


times = st.lists(st.integers(0, 1800), max_size=60)


@given(times)
def test_in_order_the_first_full_window_is_told_and_no_two_within_one_window(seconds: list[int]) -> None:
    course = Counting()
    raised: list[float] = []
    for second in sorted(seconds):
        before = len(course.said)
        course.take(failed(second / 60))
        raised += [second] * (len(course.said) - before)
    ordered = sorted(seconds)
    full = [ordered[n] for n in range(9, len(ordered)) if ordered[n] - ordered[n - 9] < 300]
    assert bool(raised) == bool(full)
    assert not full or raised[0] == full[0]
    assert all(later - earlier > 300 for earlier, later in pairwise(raised))


@given(st.lists(st.integers(0, 299), min_size=10, max_size=30).flatmap(st.permutations))
def test_within_one_window_the_order_does_not_matter(seconds: list[int]) -> None:
    assert len(Counting().take(*(failed(second / 60) for second in seconds)).said) == 1


def test_an_important_asset_makes_it_graver_but_information_stays_that() -> None:
    tags = {"core": frozenset({"critical-asset"}), "web": frozenset({"important-asset"})}
    weighing = SecurityDetector(rules().security, lambda asset: tags.get(asset, frozenset()))

    def severity(said: Literal["critical", "high", "normal", "low", "info"], asset: str) -> str | None:
        finding, _ = weighing.evaluate(replace(event(said), asset_id=asset))
        return finding and finding.severity

    assert [severity("normal", asset) for asset in ("other", "web", "core")] == [None, "high", "critical"]
    assert [severity("high", asset) for asset in ("other", "web", "core")] == ["high", "critical", "critical"]
    assert [severity("info", asset) for asset in ("other", "web", "core")] == [None, None, None]
    (finding,) = Counting(weighing).take(*(failed(n * 0.1, asset="core") for n in range(10))).said
    assert (finding.severity, finding.evidence["importance"]) == ("critical", 2)


def test_assets_may_be_named_in_the_limits_themselves() -> None:
    text = SHIPPED.read_text().replace("assets = []", 'assets = ["may-chu-1"]', 1)
    finding, _ = SecurityDetector(load_rules(text.encode(), ZONE).security).evaluate(event("normal"))
    assert finding is not None
    assert finding.severity == "critical"
    assert "nâng từ mức normal" in finding.text


@pytest.mark.parametrize(
    ("written", "read"), [("T1110", "T1110"), ("t1110.003", "T1110.003"), ("brute force", None), ("T11", None)]
)
def test_a_technique_is_evidence_where_it_has_the_shape_of_one(written: str, read: str | None) -> None:
    finding, _ = detector.evaluate(replace(event("high"), technique=written))
    assert finding is not None
    assert (finding.evidence["technique"], finding.evidence["technique_readable"]) == (read, read is not None)
    assert (f"Kỹ thuật: {read}." in finding.text) is (read is not None)


def test_a_serious_event_starts_the_clocks_of_the_reports_that_it_owes() -> None:
    finding, _ = detector.evaluate(event("critical"))
    assert finding is not None
    assert [(each.name, each.due_at) for each in finding.deadlines] == [
        ("first_notice", after(24 * 60)), ("report", after(72 * 60)),
    ]  # fmt: skip
    assert all("331/2026" in each.source for each in finding.deadlines)
    assert "trước 12:00 23/11/2026" in finding.text
    grave, _ = detector.evaluate(event("high"))
    assert grave is not None
    assert grave.deadlines == ()


def test_a_leak_of_personal_data_owes_a_report_of_its_own() -> None:
    leak, _ = detector.evaluate(replace(event("high"), kind="data_leak"))
    assert leak is not None
    assert [each.name for each in leak.deadlines] == ["personal_data_breach"]
    grave, _ = detector.evaluate(replace(event("critical"), kind="data_leak"))
    assert grave is not None
    assert len(grave.deadlines) == 3


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("steps = 2", "steps = 4", "steps"),
        ('tag = "important-asset"', 'tag = "critical-asset"', "tag"),
        ('"brute_force"]\ncount = 10', '"brute_force"]\ncount = 501', "count"),
        ('kinds = ["access_denied"', 'kinds = ["auth_failure"', "kinds"),
        ("hours = 24", "hours = 0", "hours"),
        ('name = "report"', 'name = "first_notice"', "name"),
        ('raised = ["critical"', 'raised = ["kritisch"', "raised"),
    ],
)
def test_rules_that_contradict_themselves_are_refused(old: str, new: str, key: str) -> None:
    text = SHIPPED.read_text()
    assert old in text
    with pytest.raises(ConfigError) as refused:
        load_rules(text.replace(old, new, 1).encode(), ZONE)
    assert refused.value.key.endswith(key)


def test_bytes_of_something_else_are_refused() -> None:
    for raw in (b"", b"7", b"[1]", b'[1, ["a"]]'):
        with pytest.raises(ValueError):
            decode_failures(raw)
