from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ioc.detect import QUIET, BtsDetector, Finding, State
from ioc.events.bts import Alarm, AlarmSeverity, Bts, SiteState, Technology
from tests.unit.detect.support import after, rules

detector = BtsDetector(rules().bts)


def sample(
    minutes: float = 0,
    state: SiteState | None = None,
    rsrp: float | None = None,
    *,
    sinr: float | None = None,
    alarm: AlarmSeverity | None = None,
    alarm_id: str | None = None,
    technology: Technology = "4G",
) -> Bts:
    return Bts(
        site_id="QN-0001", operator="viettel", technology=technology, observed_at=after(minutes), state=state,
        rsrp_dbm=rsrp, sinr_db=sinr, alarm=Alarm(severity=alarm, id=alarm_id) if alarm else None,
    )  # fmt: skip


def run(*samples: Bts) -> list[Finding]:
    states: dict[str, State] = {}
    findings = []
    for one in samples:
        finding, changed = detector.evaluate(one, states.get(detector.key(one)))
        if changed:
            states[detector.key(one)] = changed
        if finding:
            findings.append(finding)
    return findings


def outline(findings: list[Finding]) -> list[tuple[str, str]]:
    return [(finding.rule_id, finding.severity) for finding in findings]


def test_a_site_in_service_with_good_figures_is_quiet() -> None:
    assert detector.evaluate(sample(0, "in_service", -85), None) is QUIET


def test_out_of_service_is_news_at_once_and_ends_with_in_service() -> None:
    findings = run(sample(0, "out_of_service"), sample(1, "out_of_service"), sample(2, "in_service"))
    assert outline(findings) == [("bts/level-3", "high"), ("bts/clear", "low")]
    assert {finding.kind for finding in findings} == {"site:viettel:4G"}
    assert findings[0].subcategory == findings[1].subcategory == "no_signal"


def test_degraded_then_out_is_one_condition_that_worsens() -> None:
    findings = run(sample(0, "degraded"), sample(1, "out_of_service"), sample(2, "degraded"), sample(3, "in_service"))
    assert outline(findings) == [("bts/level-2", "normal"), ("bts/level-3", "high"), ("bts/clear", "low")]


def test_bad_figures_take_three_samples_in_a_row() -> None:
    assert run(sample(0, rsrp=-112), sample(1, rsrp=-112), sample(2, rsrp=-90), sample(3, rsrp=-112)) == []
    findings = run(sample(0, rsrp=-112), sample(1, sinr=-1), sample(2, rsrp=-111), sample(3, rsrp=-120))
    assert outline(findings) == [("bts/level-1", "normal")]
    assert findings[0].subcategory == "weak_signal"


def test_bad_figures_end_after_three_good_samples_or_one_in_service() -> None:
    bad = [sample(minute, rsrp=-112) for minute in range(3)]
    good = [sample(minute, rsrp=-100) for minute in range(3, 6)]
    assert outline(run(*bad, *good)) == [("bts/level-1", "normal"), ("bts/clear", "low")]
    assert outline(run(*bad, sample(3, "in_service"))) == [("bts/level-1", "normal"), ("bts/clear", "low")]
    assert outline(run(*bad, sample(3, "in_service", -115))) == [("bts/level-1", "normal")]


def test_between_limit_and_clear_nothing_is_counted() -> None:
    bad = [sample(minute, rsrp=-112) for minute in range(3)]
    between = [sample(minute, rsrp=-108.5) for minute in range(3, 9)]
    assert len(run(*bad, *between)) == 1


def test_an_alarm_speaks_where_no_state_is_named() -> None:
    assert outline(run(sample(0, alarm="critical"), sample(1, alarm="normal"))) == [
        ("bts/level-3", "high"),
        ("bts/clear", "low"),
    ]
    assert run(sample(0, alarm="minor"), sample(1, "in_service", alarm="critical")) == []


def test_the_end_of_an_alarm_with_an_id_ends_no_other() -> None:
    findings = run(
        sample(0, alarm="major", alarm_id="threshold PRB"),
        sample(1, alarm="critical", alarm_id="PowerLost"),
        sample(2, alarm="normal", alarm_id="threshold PRB"),  # a dead site has no load
        sample(3, alarm="normal"),
        sample(4, "in_service", -85),
        sample(5, alarm="normal", alarm_id="PowerLost"),
    )
    assert [(finding.rule_id, finding.kind) for finding in findings] == [
        ("bts/level-2", "site:viettel:4G:threshold PRB"),
        ("bts/level-3", "site:viettel:4G:PowerLost"),
        ("bts/clear", "site:viettel:4G:threshold PRB"),
        ("bts/clear", "site:viettel:4G:PowerLost"),
    ]


def test_alarms_of_one_moment_are_all_heard() -> None:
    assert len(run(*[sample(0, alarm="critical", alarm_id=name) for name in ("PowerLost", "LinkDown", "Fan")])) == 3


def test_figures_beside_an_alarm_with_an_id_are_not_counted() -> None:
    assert run(*[sample(minute, rsrp=-120, alarm="minor", alarm_id="Fan") for minute in range(5)]) == []


def test_maintenance_and_unknown_say_nothing_and_end_nothing() -> None:
    assert run(*[sample(minute, "maintenance", -120) for minute in range(4)], sample(5, "unknown")) == []
    findings = run(sample(0, "out_of_service"), sample(1, "maintenance"), sample(2, "in_service"))
    assert outline(findings) == [("bts/level-3", "high"), ("bts/clear", "low")]


def test_technologies_of_a_site_are_different_conditions() -> None:
    assert len(run(sample(0, "out_of_service"), sample(0, "out_of_service", technology="5G"))) == 2


states = st.sampled_from(["in_service", "degraded", "out_of_service", "maintenance", None])
figures = st.sampled_from([-120.0, -108.5, -90.0, None])


@given(st.lists(st.tuples(st.integers(0, 30), states, figures), max_size=25))
def test_conditions_begin_worsen_and_end_whatever_comes_in_whatever_order(
    events: list[tuple[int, SiteState | None, float | None]],
) -> None:
    level = 0
    for finding in run(*[sample(minute, state, rsrp) for minute, state, rsrp in events]):
        now = finding.evidence["level"]
        assert (now == 0 and level > 0) if finding.clears else now > level
        level = now
