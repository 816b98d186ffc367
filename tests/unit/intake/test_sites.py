from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from ioc.detect.model import Finding
from ioc.events.bts import Bts
from tests.unit.detect.support import NOON
from tests.unit.intake.network import SITE, Network, device, minutes_of, outline, sample

NOON_MS = round(NOON.timestamp() * 1000)
LOST = ("bts/level-3", "high")
SILENT = ("bts/silent", "high")
DEGRADED = ("bts/level-2", "normal")
WEAK = ("bts/level-1", "normal")
BACK = ("bts/clear", "low")


def run(*samples: Bts) -> list[Finding]:
    network = Network()
    for one in samples:
        network.send(one)
    return network.findings


def test_a_site_in_service_with_good_figures_is_quiet_and_leaves_no_state() -> None:
    network = Network()
    network.send(*[sample(minute, "in_service", -85, sinr=12) for minute in range(5)])
    network.tick(5)
    assert network.findings == []
    assert [key for key, _ in network.state.items() if key.startswith(b"site/state/")] == []


class TestWord:
    def test_out_of_service_is_news_at_once_and_ends_after_the_hold(self) -> None:
        network = Network()
        network.send(sample(0, "out_of_service"), sample(1, "out_of_service"))
        assert network.told == [LOST]
        network.send(sample(2, "in_service"), sample(7, "in_service"), sample(11.9, "in_service"))
        assert network.told == [LOST]
        network.send(sample(12, "in_service"))
        assert network.told == [LOST, BACK]
        assert {finding.kind for finding in network.findings} == {"site:viettel:4G"}
        assert network.findings[0].subcategory == network.findings[1].subcategory == "no_signal"

    def test_time_alone_ends_the_hold_and_is_told_as_of_its_end(self) -> None:
        network = Network()
        network.send(sample(0, "out_of_service"), sample(2, "in_service"))
        assert network.tick(11.9) == []
        assert outline(network.tick(12.5)) == [BACK]
        assert minutes_of(network.at[-1]) == 12

    def test_the_hold_is_two_intervals_of_the_site(self) -> None:
        network = Network([device(interval_s=60)])
        network.send(sample(0, "out_of_service"), sample(1, "in_service"))
        assert network.tick(2.9) == []
        assert outline(network.tick(3)) == [BACK]

    def test_what_fails_again_within_the_hold_is_one_outage(self) -> None:
        network = Network()
        for minute in range(0, 40, 4):
            network.send(sample(minute, "out_of_service"), sample(minute + 2, "in_service"))
            network.tick(minute + 2)
        assert network.told == [LOST]

    def test_degraded_then_out_is_one_condition_that_worsens(self) -> None:
        findings = run(
            sample(0, "degraded"), sample(1, "out_of_service"), sample(2, "degraded"), sample(3, "in_service")
        )
        assert outline(findings) == [DEGRADED, LOST]

    def test_a_site_that_is_better_for_long_but_not_well_is_degraded(self) -> None:
        findings = run(
            sample(0, "out_of_service"), sample(1, "degraded"), sample(11, "degraded"), sample(12, "in_service"),
            sample(22, "in_service"),
        )  # fmt: skip
        assert outline(findings) == [LOST, DEGRADED, BACK]
        assert findings[1].title == "Trạm phục hồi một phần: QN-0001 (viettel 4G)"
        assert (findings[1].clears, findings[1].eases) == (False, True)

    def test_technologies_and_operators_of_a_site_are_different_conditions(self) -> None:
        network = Network()
        network.send(sample(0, "out_of_service"), sample(0, "out_of_service", technology="5G"),
                     sample(0, "out_of_service", operator="vnpt"))  # fmt: skip
        assert len({finding.kind for finding in network.findings}) == 3

    def test_unknown_says_nothing_and_ends_nothing(self) -> None:
        assert run(sample(0, "unknown"), sample(1, "unknown", -85)) == []
        assert outline(run(sample(0, "out_of_service"), sample(1, "unknown"), sample(30, "unknown"))) == [LOST]


class TestFigures:
    def test_bad_ones_take_three_periods_in_a_row(self) -> None:
        assert run(sample(0, rsrp=-112), sample(5, rsrp=-112), sample(10, rsrp=-90), sample(15, rsrp=-112)) == []
        findings = run(sample(0, rsrp=-112), sample(5, sinr=-1), sample(10, rsrp=-111), sample(15, rsrp=-120))
        assert outline(findings) == [WEAK]
        assert findings[0].subcategory == "weak_signal"
        assert findings[0].evidence["since"] == "2026-11-22T05:00:00Z"
        assert findings[0].text.startswith("Chất lượng sóng kém: QN-0001 (viettel 4G); RSRP -111 dBm (rất yếu).")

    def test_they_end_after_three_good_periods(self) -> None:
        bad = [sample(minute, rsrp=-112) for minute in (0, 5, 10)]
        good = [sample(minute, rsrp=-100) for minute in (15, 20, 25)]
        assert outline(run(*bad, *good[:2])) == [WEAK]
        assert outline(run(*bad, *good)) == [WEAK, BACK]

    def test_the_word_of_the_site_ends_them_unless_it_comes_with_bad_ones(self) -> None:
        bad = [sample(minute, rsrp=-112) for minute in (0, 5, 10)]
        assert outline(run(*bad, sample(15, "in_service"), sample(25, "in_service"))) == [WEAK, BACK]
        assert outline(run(*bad, sample(15, "in_service", -115), sample(25, "in_service", -115))) == [WEAK]

    def test_between_limit_and_clear_nothing_is_counted(self) -> None:
        bad = [sample(minute, rsrp=-112) for minute in (0, 5, 10)]
        between = [sample(minute, rsrp=-108.5) for minute in range(15, 60, 5)]
        assert len(run(*bad, *between)) == 1

    def test_many_samples_of_one_period_count_once(self) -> None:
        network = Network([device(interval_s=300)])
        network.send(*[sample(second / 60, rsrp=-120) for second in range(0, 240, 10)])
        assert network.told == []

    def test_figures_beside_an_alarm_are_not_counted(self) -> None:
        assert run(*[sample(minute * 5, rsrp=-120, alarm="minor", alarm_id="Fan") for minute in range(5)]) == []

    def test_drive_tests_and_handsets_say_nothing_of_the_site(self) -> None:
        assert run(*[sample(minute * 5, rsrp=-130, measured_by="drive_test") for minute in range(9)]) == []
        assert len(run(*[sample(minute * 5, rsrp=-130, measured_by="site") for minute in range(9)])) == 1


class TestAlarms:
    def test_one_speaks_where_no_state_is_named(self) -> None:
        findings = run(sample(0, alarm="critical"), sample(1, alarm="normal"), sample(11))
        assert outline(findings) == [LOST, BACK]
        assert run(sample(0, alarm="minor"), sample(1, "in_service", alarm="critical")) == []

    def test_major_degrades_and_critical_puts_out(self) -> None:
        assert outline(run(sample(0, alarm="major", alarm_id="Fan"))) == [DEGRADED]
        assert outline(run(sample(0, alarm="critical", alarm_id="Fan"))) == [LOST]

    def test_several_stand_at_once_and_each_ends_by_itself(self) -> None:
        findings = run(
            sample(0, alarm="major", alarm_id="threshold PRB"),
            sample(1, alarm="critical", alarm_id="PowerLost"),
            sample(2, alarm="normal", alarm_id="threshold PRB"),  # a dead site has no load
            sample(3, alarm="normal"),
            sample(30),
        )
        assert outline(findings) == [DEGRADED, LOST]
        assert {finding.kind for finding in findings} == {"site:viettel:4G"}
        assert findings[1].evidence["alarms"] == ["PowerLost", "threshold PRB"]

    def test_the_last_one_that_ends_brings_the_site_back(self) -> None:
        findings = run(
            sample(0, alarm="critical", alarm_id="PowerLost"),
            sample(1, alarm="critical", alarm_id="LinkDown"),
            sample(2, alarm="normal", alarm_id="PowerLost"),
            sample(30),
            sample(31, alarm="normal", alarm_id="LinkDown"),
            sample(41),
        )
        assert outline(findings) == [LOST, BACK]

    def test_in_service_ends_all_that_are_older(self) -> None:
        network = Network()
        network.send(sample(0, alarm="critical", alarm_id="PowerLost"), sample(0, alarm="major", alarm_id="Fan"))
        network.send(sample(5, "in_service"), sample(15, "in_service"))
        assert network.told == [LOST, BACK]
        # Their ends come later and are no news; their raisings come late and are none either.
        network.send(
            sample(16, alarm="normal", alarm_id="PowerLost"), sample(4, alarm="critical", alarm_id="Rectifier")
        )
        network.tick(30)
        assert network.told == [LOST, BACK]

    def test_in_service_beside_figures_is_a_status_and_ends_none(self) -> None:
        """A site on batteries is in service: its mains alarm stands, and says why it is lost in the end."""
        network = Network([device(interval_s=60)])
        network.send(sample(0, alarm="major", alarm_id="mains", problem="Mất điện lưới"))
        network.send(*[sample(minute, "in_service", -90) for minute in range(1, 60)])
        assert network.told == [DEGRADED]
        network.tick(70)
        assert network.told == [DEGRADED, SILENT]
        assert network.findings[-1].evidence["cause"] == "power"

    def test_in_service_after_another_word_ends_them_whatever_is_beside_it(self) -> None:
        network = Network()
        network.send(sample(0, "out_of_service"), sample(0, alarm="critical", alarm_id="S1"))
        network.send(sample(5, "in_service", -90), sample(15, "in_service", -90))
        assert network.told == [LOST, BACK]

    def test_an_alarm_that_a_status_overtakes_is_told(self) -> None:
        assert outline(run(sample(5, "in_service", -90), sample(4, alarm="critical", alarm_id="S1"))) == [LOST]
        assert run(sample(5, "in_service"), sample(4, alarm="critical", alarm_id="S1")) == []

    def test_heartbeats_do_not_end_an_alarm(self) -> None:
        """A site on batteries still beats and measures."""
        alarm = sample(0, alarm="critical", alarm_id="PowerLost", problem="on battery")
        network = Network([device(interval_s=60)])
        network.send(alarm, *[sample(minute, rsrp=-90) for minute in range(1, 30)])
        assert network.told == [LOST]

    def test_one_beside_a_bad_word_says_why(self) -> None:
        findings = run(
            sample(0, "out_of_service", alarm="critical", problem="Mains power lost"),
            sample(1, "in_service"),
            sample(11, "in_service"),
        )
        assert outline(findings) == [LOST, BACK]
        assert findings[0].evidence["cause"] == "power"

    def test_one_that_was_raised_earlier_tells_when_the_site_was_lost(self) -> None:
        (lost,) = run(sample(3, alarm="critical", alarm_id="PowerLost", problem="Mains fail", raised=1))
        assert (lost.evidence["lost_at"], lost.evidence["cause"]) == ("2026-11-22T05:01:00Z", "power")
        assert "dấu hiệu nguyên nhân: nguồn điện" in lost.text

    def test_the_cause_of_a_lost_site_may_come_from_a_milder_alarm(self) -> None:
        (_, lost) = run(
            sample(0, alarm="major", alarm_id="Battery", problem="battery discharging"),
            sample(30, alarm="critical", alarm_id="CellDown"),
        )
        assert (lost.evidence["cause"], lost.evidence["lost_at"]) == ("power", "2026-11-22T05:30:00Z")


class TestMaintenance:
    def test_it_mutes_alarms_and_counts_them(self) -> None:
        network = Network()
        network.send(
            sample(0, "maintenance"), sample(1, alarm="critical", alarm_id="PowerLost"), sample(2, "maintenance")
        )
        network.send(*[sample(minute, "maintenance", -120) for minute in range(3, 20)])
        network.tick(60)
        assert network.told == []
        assert network.watch.gauges(0)["ioc_bts_muted_alarms_open",] == 1
        assert network.watch.gauges(0)["ioc_bts_sites", "4G", "maintenance"] == 1

    def test_what_still_stands_after_it_is_told_with_how_much_was_muted(self) -> None:
        network = Network()
        network.send(
            sample(0, "maintenance"), sample(1, alarm="critical", alarm_id="PowerLost"), sample(20, "degraded")
        )
        assert network.told == [LOST]
        assert network.findings[0].evidence["muted_alarms"] == 1

    def test_in_service_ends_it_and_what_was_muted(self) -> None:
        network = Network()
        network.send(
            sample(0, "maintenance"), sample(1, alarm="critical", alarm_id="PowerLost"), sample(20, "in_service")
        )
        network.tick(60)
        assert network.told == []

    def test_an_outage_before_it_is_neither_ended_nor_told_again_by_it(self) -> None:
        network = Network()
        network.send(sample(0, "out_of_service"), sample(1, "maintenance"))
        network.tick(60)
        network.send(sample(61, "out_of_service"))
        assert network.told == [LOST]
        network.send(sample(62, "in_service"), sample(72, "in_service"))
        assert network.told == [LOST, BACK]

    def test_a_site_under_maintenance_is_not_called_silent(self) -> None:
        network = Network([device(interval_s=60)])
        network.send(sample(0, rsrp=-80), sample(1, "maintenance"))
        network.tick(30)
        assert network.told == []


class TestSilence:
    def test_three_intervals_of_the_register_without_a_sample_are_one(self) -> None:
        network = Network([device(interval_s=60, upstream="ring-7", site="mast-3")])
        network.send(sample(0, rsrp=-90))
        assert network.tick(3) == []
        assert outline(network.tick(3.1)) == [SILENT]
        assert network.tick(4) == network.tick(400) == []
        assert minutes_of(network.at[0]) == 3
        evidence = network.findings[0].evidence
        assert (evidence["lost_at"], evidence["silent"]) == ("2026-11-22T05:00:00Z", True)
        assert (evidence["upstream"], evidence["site"], evidence["cause"]) == ("ring-7", "mast-3", "unknown")
        assert network.findings[0].title == "Trạm mất liên lạc: QN-0001 (viettel 4G)"

    def test_the_interval_that_the_sample_says_counts_before_the_register(self) -> None:
        network = Network([device(interval_s=60)])
        network.send(sample(0, interval_s=600))
        assert network.tick(29) == []
        assert len(network.tick(31)) == 1

    def test_heartbeats_count_before_measurements(self) -> None:
        network = Network()
        network.send(sample(0, interval_s=60), sample(0, rsrp=-90, interval_s=900))
        assert len(network.tick(3.5)) == 1

    def test_a_site_that_never_said_how_often_it_speaks_cannot_be_silent(self) -> None:
        network = Network()
        network.send(sample(0, rsrp=-90))
        assert network.tick(60 * 24) == []

    def test_a_heartbeat_alone_does_not_end_it_where_the_site_measures(self) -> None:
        network = Network()
        network.send(sample(0, interval_s=60), sample(0.5, rsrp=-90))
        network.tick(10)
        network.send(*[sample(minute) for minute in range(11, 20)])
        assert network.told == [SILENT]
        network.send(sample(20, rsrp=-90), sample(21), sample(22))
        assert network.told == [SILENT, BACK]

    def test_heartbeats_end_it_where_the_site_never_measures(self) -> None:
        network = Network()
        network.send(sample(0, interval_s=60))
        network.tick(10)
        network.send(sample(11), sample(12), sample(13))
        assert network.told == [SILENT, BACK]

    def test_an_alarm_on_its_behalf_is_no_sign_of_life(self) -> None:
        network = Network([device(interval_s=60)])
        network.send(sample(0, rsrp=-90))
        network.tick(10)
        network.send(*[sample(minute, alarm="critical", alarm_id="PowerLost") for minute in range(11, 15)])
        network.send(*[sample(minute, alarm="normal", alarm_id="PowerLost") for minute in range(15, 25)])
        assert network.told == [SILENT]

    def test_nobody_is_silent_while_the_input_is_behind(self) -> None:
        """A worker that was away for an hour finds samples of an hour ago first."""
        network = Network([device(interval_s=60), device("QN-0002", interval_s=60)])
        network.send(sample(0, rsrp=-90), sample(0, rsrp=-90, site="QN-0002"))
        network.tick(1)
        network = network.restarted(started=60)
        for minute in range(60):
            network.take(sample(minute, rsrp=-90))
            assert network.tick(60 + minute / 60) == []
        network.send(sample(61, rsrp=-90))
        assert network.tick(61.5) == []
        assert [finding.device for finding in network.tick(62.1)] == ["QN-0002"]

    def test_nobody_is_silent_because_the_worker_paused(self) -> None:
        """The broker was away for half an hour: the first tick after it finds everybody's times old."""
        network = Network([device(interval_s=60)])
        network.send(sample(0, rsrp=-90))
        assert list(network.watch.tick(NOON_MS + 30 * 60_000)) == []
        network.send(sample(30.2, rsrp=-90))
        assert network.tick(33) == []
        assert len(network.tick(34)) == 1

    def test_a_silent_collector_is_no_silent_site(self) -> None:
        names = [f"QN-{number}" for number in range(5)]
        network = Network([device(name, interval_s=60, collector="oss-1") for name in names])
        for minute in range(5):
            network.send(*[sample(minute + n / 10, rsrp=-90, site=name) for n, name in enumerate(names)])
        assert network.tick(40) == []
        # It is back, and each has the time that everybody has; one stays away.
        network.send(sample(40.1, rsrp=-90, site=names[0]))
        assert network.tick(42) == []
        for minute in range(42, 45):
            network.send(*[sample(minute, rsrp=-90, site=name) for name in names[:4]])
        assert [finding.device for finding in network.findings] == [names[4]]

    def test_a_site_behind_a_collector_that_speaks_is_silent(self) -> None:
        network = Network([device(name, interval_s=60, collector="oss-1") for name in ("QN-1", "QN-2")])
        network.send(sample(0, rsrp=-90, site="QN-1"))
        for minute in range(6):
            network.send(sample(minute, rsrp=-90, site="QN-2"))
        assert [(finding.device, finding.rule_id) for finding in network.findings] == [("QN-1", "bts/silent")]

    def test_a_constant_delay_of_the_network_is_no_silence(self) -> None:
        network = Network([device(interval_s=60)])
        for minute in range(30):
            network.send(sample(minute, rsrp=-90), arrives=minute + 4)
            assert network.tick(minute + 4.5) == []


class TestLateness:
    def test_what_a_restored_site_has_stored_alarms_nobody_again(self) -> None:
        """Lost at 0, back at 60, then its hour of alarms and bad figures arrives in order."""
        network = Network([device(interval_s=60)])
        network.send(sample(0, rsrp=-90))
        network.tick(5)
        network.send(*[sample(minute, rsrp=-90) for minute in range(60, 65)])
        assert network.told == [SILENT, BACK]
        stored = [
            sample(minute, alarm="critical" if minute % 2 else "normal", alarm_id="S1") for minute in range(1, 57)
        ]
        network.send(*stored, *[sample(minute, rsrp=-125) for minute in range(1, 59)], arrives=65)
        network.send(*[sample(minute, rsrp=-90) for minute in range(65, 90)])
        network.tick(90)
        assert network.told == [SILENT, BACK]

    def test_an_outage_that_is_over_when_its_hour_arrives_is_not_told(self) -> None:
        network = Network()
        network.send(sample(0, rsrp=-90))
        hour = [sample(5, alarm="critical", alarm_id="S1"), *[sample(minute) for minute in range(6, 40)],
                sample(40, alarm="normal", alarm_id="S1"), *[sample(minute) for minute in range(41, 60)]]  # fmt: skip
        network.send(*hour, arrives=60)
        for minute in range(60, 90):
            network.tick(minute)
        assert network.told == []

    def test_one_that_still_stands_when_its_hour_arrives_is_told_a_little_later(self) -> None:
        network = Network()
        network.send(sample(5, alarm="critical", alarm_id="S1"), arrives=60)
        assert network.told == network.tick(60.2) == []
        assert outline(network.tick(60.6)) == [LOST]
        assert network.findings[0].evidence["lost_at"] == "2026-11-22T05:05:00Z"

    def test_an_alarm_that_overtakes_its_end_stays_ended(self) -> None:
        assert run(sample(5, alarm="normal", alarm_id="S1"), sample(4, alarm="critical", alarm_id="S1")) == []

    def test_an_hour_that_comes_again_with_other_ids_tells_nothing_new(self) -> None:
        hour = [sample(0, alarm="critical", alarm_id="S1"), sample(10, alarm="normal", alarm_id="S1"),
                *[sample(minute, rsrp=-90) for minute in range(11, 30)]]  # fmt: skip
        network = Network()
        for one in hour:
            network.send(one)
        assert network.told == [LOST, BACK]
        network.send(*hour, arrives=60)
        network.tick(61)
        network.tick(120)
        assert network.told == [LOST, BACK]


class TestDurability:
    def test_a_hold_goes_on_after_a_restart(self) -> None:
        network = Network()
        network.send(sample(0, "out_of_service"), sample(2, "in_service"))
        network = network.restarted()
        assert network.tick(11) == []
        assert outline(network.tick(12)) == [BACK]

    def test_silence_is_seen_after_a_restart(self) -> None:
        network = Network()
        network.send(sample(0, rsrp=-90, interval_s=60, place=(20.95, 107.08)))
        network.tick(1)
        network = network.restarted()
        network.tick(10)
        (notice,) = network.notices
        assert (notice.finding.device, notice.lat, notice.lon) == (SITE, 20.95, 107.08)

    def test_a_round_that_fails_leaves_nothing_behind(self) -> None:
        network = Network([device(interval_s=60)])
        network.send(sample(0, rsrp=-112))
        before = [(one, one.state, one.facts, one.beat()[:4]) for one in network.watch._sites.values()]
        for one in (sample(1, rsrp=-112), sample(2, "out_of_service"), sample(3, "out_of_service", site="QN-9")):
            network.watch.take(one, one.observed_at.timestamp(), 0)
        network.state.rollback()
        assert [(one, one.state, one.facts, one.beat()[:4]) for one in network.watch._sites.values()] == before
        network.send(sample(1, rsrp=-112), sample(2, rsrp=-112))
        assert network.told == [WEAK]

    def test_a_site_that_nobody_has_heard_of_for_a_month_is_forgotten(self) -> None:
        network = Network()
        network.send(sample(0, "out_of_service", technology="2G"), sample(0, rsrp=-90))
        network.tick(1)
        network.send(sample(60 * 24 * 31, rsrp=-90))
        network.tick(60 * 24 * 31 + 1)
        network.tick(60 * 24 * 31 + 2)
        assert [site.subject.technology for site in network.watch._sites.values()] == ["4G"]
        assert not any(key.startswith(b"site/state/") for key, _ in network.state.items())
        assert len(network.restarted().watch._sites) == 1


def test_sites_are_counted_by_technology_and_state() -> None:
    network = Network()
    network.send(
        sample(0, rsrp=-90), sample(0, "out_of_service", site="b"), sample(0, "degraded", site="c"),
        sample(0, "maintenance", site="d"), sample(0, "unknown", site="e"), sample(0, technology="5G", site="f"),
    )  # fmt: skip
    network.tick(1)
    gauges = network.watch.gauges(0)
    assert {key[2]: value for key, value in gauges.items() if key[:2] == ("ioc_bts_sites", "4G")} == {
        "in_service": 1, "out_of_service": 1, "degraded": 1, "maintenance": 1, "unknown": 1,
    }  # fmt: skip
    assert gauges["ioc_bts_sites", "5G", "in_service"] == 1


words = st.sampled_from(["in_service", "degraded", "out_of_service", "maintenance", "unknown", None])
severities = st.sampled_from(["critical", "major", "normal", None])
events = st.builds(
    lambda minute, word, alarm, name, rsrp: (minute, word, alarm if word is None else None, name, rsrp),
    st.integers(0, 120), words, severities, st.sampled_from(["S1", "Power"]),
    st.sampled_from([-120.0, -108.0, -90.0, None]),
)  # fmt: skip


def made(events: list[tuple[int, str | None, str | None, str, float | None]]) -> list[Bts]:
    return [sample(minute, word, rsrp, alarm=alarm, alarm_id=name) for minute, word, alarm, name, rsrp in events]  # type: ignore[arg-type]


@settings(max_examples=150, deadline=None)
@given(st.lists(events, max_size=25), st.lists(st.booleans(), min_size=25, max_size=25), st.booleans())
def test_conditions_begin_worsen_ease_and_end_whatever_comes_in_whatever_order(
    drawn: list[tuple[int, str | None, str | None, str, float | None]], ticks: list[bool], live: bool
) -> None:
    """Also: a worker that restarts after any event says exactly the same."""
    calm, moved = Network([device(interval_s=60)]), Network([device(interval_s=60)])
    latest = 0.0
    for one, tick in zip(made(drawn), ticks, strict=False):
        latest = max(latest, minutes_of(one.observed_at))
        for network in (calm, moved):
            network.send(one, arrives=None if live else 120)
        if tick:
            calm.tick(latest + 2)
            moved.tick(latest + 2)
            moved = _moved(moved)
    for minute in (121, 122, 200, 400):
        calm.tick(minute)
        moved.tick(minute)
    assert calm.told == moved.told
    assert calm.findings == moved.findings
    level = 0
    for finding in calm.findings:
        now = finding.evidence["level"]
        assert finding.evidence["level_before"] == level
        assert now != level
        assert finding.clears == (now == 0)
        level = now


def _moved(network: Network) -> Network:
    """Take over what was committed, with all that was checkpointed; the waits after a start are not part of the law."""
    network.watch._written_ms = -(10**9)
    network.watch._dirty.update(range(64))
    network.watch._written_ms = 0
    network.watch._checkpoint(network._now_ms)
    network.commit()
    other = network.restarted()
    other.watch._listening, other._now_ms = network.watch._listening, network._now_ms
    for key, site in network.watch._sites.items():
        other.watch._sites[key].since = site.since
    other.findings, other.at = network.findings, network.at
    return other


@settings(max_examples=100, deadline=None)
@given(st.lists(events, min_size=1, max_size=20), st.data())
def test_what_comes_twice_says_nothing_new(
    drawn: list[tuple[int, str | None, str | None, str, float | None]], data: st.DataObject
) -> None:
    hour = sorted(made(drawn), key=lambda one: one.observed_at)
    network = Network()
    for one in hour:
        network.send(one)
    network.tick(200)
    told = list(network.told)
    again = hour[data.draw(st.integers(0, len(hour) - 1)) :]
    network.send(*again, arrives=200)
    network.tick(201)
    network.tick(400)
    assert network.told[: len(told)] == told
    assert all(rule != "bts/level-3" for rule, _ in network.told[len(told) :])
