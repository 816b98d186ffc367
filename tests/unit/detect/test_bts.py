from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from ioc.detect import load_rules
from ioc.detect.bts import CLEAN, SiteState, decode_site, encode_site
from ioc.detect.bts.state import MAX_ALARMS, Alarm
from ioc.tomlfile import ConfigError
from tests.unit.detect.support import SHIPPED, rules
from tests.unit.intake.network import Network, sample

BTS = rules().bts


@pytest.mark.parametrize(
    ("words", "cause"),
    [
        ("PowerLost Mains power lost, battery empty", "power"),
        ("MAINS_FAIL", "power"),
        ("Battery discharging", "power"),
        ("Mất điện lưới", "power"),
        ("S1 link failure", "transmission"),
        ("TransmissionDown", "transmission"),
        ("đứt cáp quang", "transmission"),
        ("TX power out of range", "unknown"),
        ("opticalPower low", "unknown"),
        ("Temperature high", "unknown"),
        ("Linkage error", "unknown"),
        ("", "unknown"),
    ],
)
def test_the_words_of_an_alarm_hint_at_a_cause(words: str, cause: str) -> None:
    assert BTS.cause(words, None) == cause


@pytest.mark.parametrize(
    ("figure", "value", "code"),
    [
        ("rsrp_dbm", -69.9, "excellent"),
        ("rsrp_dbm", -70, "good"),
        ("rsrp_dbm", -85, "fair"),
        ("rsrp_dbm", -95, "weak"),
        ("rsrp_dbm", -105, "very_weak"),
        ("rsrp_dbm", -120, "none"),
        ("rsrq_db", -9, "good"),
        ("rsrq_db", -15, "degraded"),
        ("sinr_db", 5, "fair"),
        ("sinr_db", -1, "degraded"),
    ],
)
def test_figures_have_classes(figure: str, value: float, code: str) -> None:
    of_class = BTS.signal_class(figure, value)
    assert of_class is not None
    assert of_class.code == code


def test_a_figure_without_a_table_has_no_class() -> None:
    assert BTS.signal_class("users", 3) is None


@pytest.mark.parametrize(
    ("old", "new", "key", "problem"),
    [
        ('in_service = "in_service"', 'in_service = "unknown"', "bts.states", "nothing would ever end"),
        ('normal = "in_service"', 'normal = "muted"', "bts.alarms.normal", "must be one of"),
        ("silent_intervals = 3", "silent_intervals = 0.5", "bts.timing.silent_intervals", "at least 1"),
        ("forget_days = 30", "forget_days = 0.01", "bts.timing.forget_days", "at least 1"),
        ("interval_s = 300", "interval_s = 90000", "bts.timing.forget_days", "nobody is told"),
        ("gap_dbm = -115", "gap_dbm = -100", "bts.coverage.gap_dbm", "no cell would be weak"),
        ("gap_share = 0.50", "gap_share = 0", "bts.coverage.gap_share", "more than 0"),
        ("resolution = 8", "resolution = 16", "bts.coverage.resolution", "finest"),
        ("valid = [-30, 50]\nbelow = [{ limit = 0,", "valid = [1, 50]\nbelow = [{ limit = 0,", "bts.sinr_db.below",
         "never passed"),
        ('name = "rất tốt", above = -70', 'name = "rất tốt", above = -90', "bts.class[0].classes", "from the best"),
        ('name = "không dùng được" }', 'name = "không dùng", above = -130 }', "bts.class[0].classes", "what is left"),
        ('words = ["power", "mains"', 'words = ["--", "mains"', "bts.cause[1].words", "empty"),
        ('cause = "power"', 'cause = "thunder"', "bts.cause[1].cause", "must be one of"),
    ],
)  # fmt: skip
def test_contradictory_limits_are_refused_with_their_line(old: str, new: str, key: str, problem: str) -> None:
    shipped = SHIPPED.read_text()
    changed = shipped.replace(old, new, 1)
    if old == "interval_s = 300":
        changed = changed.replace("forget_days = 30", "forget_days = 3")
    assert changed != shipped
    with pytest.raises(ConfigError, match=problem) as caught:
        load_rules(changed.encode(), ZoneInfo("Asia/Ho_Chi_Minh"))
    assert caught.value.key == key
    assert caught.value.line > 1


def test_a_state_survives_its_bytes() -> None:
    state = SiteState(
        3, 17, "muted", 18, 19, 15,
        {"PowerLost": Alarm(3, 20, 16, "power", muted=True), "": Alarm(0, 21, 21, "unknown")},
        True, 2, 22, 21, 23, 24, 1,
    )  # fmt: skip
    assert decode_site(encode_site(state)) == state
    assert decode_site(encode_site(CLEAN)) == CLEAN


def test_short_ways_to_change_a_state_change_nothing_else() -> None:
    state = SiteState(3, 17, "muted", 18, 19, 15, {"": Alarm(0, 21, 21, "unknown")}, True, 2, 22, 21, 23, 24, 1)
    alarms = {"PowerLost": Alarm(3, 20, 16, "power")}
    assert state.with_alarms(alarms) == state._replace(alarms=alarms)
    assert state.with_better(30, 2) == state._replace(better_at=30, better=2)


@pytest.mark.parametrize("raw", [b"[2, 3]", b"{}", b"[]"])
def test_bytes_of_another_version_are_refused(raw: bytes) -> None:
    with pytest.raises(ValueError, match="version"):
        decode_site(raw)


def test_a_flood_of_alarms_forgets_what_is_over_first() -> None:
    network = Network()
    network.send(sample(0, alarm="critical", alarm_id="PowerLost"), sample(0, alarm="normal", alarm_id="Door"))
    network.send(*[sample(1, alarm="major", alarm_id=f"cell-{number}") for number in range(MAX_ALARMS - 1)])
    (site,) = network.watch.states()
    assert len(site.alarms) == MAX_ALARMS
    assert "PowerLost" in site.alarms
    assert "Door" not in site.alarms
