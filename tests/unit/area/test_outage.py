"""Lost stations become outages, and complaints point to one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ioc.area import AreaWriter
from ioc.area.cause import infer
from ioc.area.outage import OutageDetector, condition
from ioc.area.outage_rules import load_outage_rules
from ioc.area.outage_state import Site
from ioc.area.places import Places, Served
from ioc.catalog import common_data
from ioc.records import Signal
from ioc.synthetic import is_synthetic, marked
from ioc.tomlfile import ConfigError
from streams.transport import PartitionState
from tests.unit.area.storm import Station, at, catalogue, made, outage_rules

RAW = (common_data() / "outages.toml").read_text()
HA_LONG = "06673"
OTHER = "06652"
UONG_BI = next(code for code, each in sorted(catalogue().communes.items()) if each.centre == "uong-bi")


def places(*served: Served) -> Places:
    names = {code: commune.name for code, commune in catalogue().communes.items()}
    return Places(names, {code: centre.name for code, centre in catalogue().centres.items()}, served)


class Watch:
    """A detector with its state."""

    def __init__(self, where: Places | None = None) -> None:
        self.where = where or places()
        self.state = PartitionState(0)
        self.detector = OutageDetector(outage_rules(), self.where)
        self.said: list[Signal] = []

    def signal(self, signal: Signal, minutes: float | None = None) -> Signal:
        writer = AreaWriter(self.state)
        left = self.detector.signal(signal, signal.at if minutes is None else at(minutes), writer)
        self.said += writer.signals
        assert left is not None, "nothing is held back"
        return left

    def tick(self, minutes: float) -> list[Signal]:
        writer = AreaWriter(self.state)
        self.detector.tick(at(minutes), writer)
        self.said += writer.signals
        return writer.signals

    def restart(self) -> None:
        self.detector = OutageDetector(outage_rules(), self.where)
        for key, value in sorted(self.state.items(), reverse=True):
            self.detector.load(key, value)


def station(number: int, operator: str = "viettel", *, commune: str = HA_LONG, upstream: str | None = None) -> Station:
    return Station(f"QN-{number}", operator, commune, 20.96, 107.03, upstream)


def complaint(name: str, minutes: float, *, north_m: float = 0, exact: bool = True, reporter: str = "") -> Signal:
    signal = made(
        name, "reports", "telecom", "no_signal", "normal", at(minutes), HA_LONG,
        lat=20.96 + north_m / 111_195 if exact else None, lon=107.03 if exact else None,
    )  # fmt: skip
    signal.reporter = reporter or name
    return signal


def test_one_lost_station_is_no_outage() -> None:
    watch = Watch()
    signal = station(1).lost(at(0))
    assert watch.signal(signal) == signal
    assert watch.said == []


def test_three_of_one_operator_within_ten_minutes_are_one_outage_that_names_them_all() -> None:
    watch = Watch()
    signals = [station(n).lost(at(4 * n)) for n in range(3)]
    left = [watch.signal(each) for each in signals]
    assert [each.part_of is None for each in left] == [True, True, False]
    (said,) = watch.said
    assert said.part_of is None
    assert left[2].part_of == f"bts|{said.device}|outage"
    assert said.gathers == [each.signal_id for each in signals]
    assert [site["site_id"] for site in said.evidence["sites"]] == ["QN-0", "QN-1", "QN-2"]
    assert (said.centre, said.commune, said.severity, said.clears) == ("ha-long", "00000", "high", False)
    assert said.at == at(0), "it began with its first loss"
    assert "3 trạm (viettel)" in said.title
    assert "độ tin cậy" in said.title
    assert "Suy luận:" in said.text


@pytest.mark.parametrize(
    ("stations", "minutes"),
    [
        ([station(1), station(2), station(3)], [0, 5, 10.1]),  # longer than ten minutes
        ([station(1), station(2, "vnpt"), station(3, "mobifone")], [0, 1, 2]),  # three, but of three operators
        ([station(1), station(2), station(3, commune=UONG_BI)], [0, 1, 2]),  # two centres
    ],
)
def test_what_is_too_few_or_apart_is_no_outage(stations: list[Station], minutes: list[float]) -> None:
    watch = Watch()
    for each, minute in zip(stations, minutes, strict=True):
        assert watch.signal(each.lost(at(minute))).part_of is None
    assert watch.said == []


def test_four_of_all_operators_are_one_outage_by_power() -> None:
    watch = Watch()
    for number, operator in enumerate(["viettel", "vnpt", "mobifone", "viettel"]):
        watch.signal(station(number, operator).lost(at(number)))
    (said,) = watch.said
    assert said.evidence["cause"] == "power"
    assert said.rule_id == "outage/power"
    assert "nghi do mất điện" in said.title


def test_other_technologies_of_a_lost_station_are_the_same_station() -> None:
    watch = Watch()
    for number in range(3):
        watch.signal(station(number).lost(at(number)))
    more = watch.signal(station(1).lost(at(5), technology="5G"))
    assert more.part_of == f"bts|{watch.said[0].device}|outage"
    watch.tick(20)
    assert len(watch.said) == 1, "no station more"
    for number in range(3):
        watch.signal(station(number).back(at(30)))
    assert not watch.said[-1].clears, "one technology of one station is still out"
    watch.signal(station(1).back(at(31), technology="5G"))
    assert watch.said[-1].clears


def test_an_outage_speaks_at_doublings_and_else_at_most_every_five_minutes() -> None:
    watch = Watch()
    for number in range(13):
        watch.signal(station(number).lost(at(0.5 * number)))
    assert [signal.evidence["hit"] for signal in watch.said] == [3, 6, 12]
    assert watch.tick(9.9) == []
    (said,) = watch.tick(11)
    assert said.evidence["hit"] == 13
    assert said.device == watch.said[0].device
    assert len({signal.signal_id for signal in watch.said}) == 4
    assert watch.tick(30) == [], "nothing is new"


def test_in_a_storm_nobody_waits_for_the_next_loss() -> None:
    watch = Watch()
    centres = sorted({commune.centre for commune in catalogue().communes.values()})
    first = {each: next(c for c in sorted(catalogue().communes) if catalogue().communes[c].centre == each)
             for each in centres}  # fmt: skip
    for number in range(8):
        left = watch.signal(station(number, commune=first[centres[number % 7]]).lost(at(number)))
    assert left.part_of is not None, "the eighth in the province"
    assert len(watch.said) == 1
    alone = watch.signal(station(9, commune=first[centres[3]]).lost(at(8)))
    assert alone.part_of is not None


def battery(one: Station, minutes: float) -> Signal:
    signal = one.lost(at(minutes), name=f"mains-{minutes}", cause="power")
    signal.subcategory, signal.severity = "weak_signal", "normal"
    del signal.evidence["lost_at"]
    signal.evidence |= {"level": 2, "level_before": 0, "since": at(minutes).isoformat()}
    return signal


def test_stations_without_mains_are_an_outage_to_come_and_the_same_when_their_batteries_are_empty() -> None:
    watch = Watch(places(Served("Khu 10", {"QN-1": frozenset({"4G"})})))
    parts = [watch.signal(battery(station(n, ("viettel", "vnpt")[n % 2]), n / 10)) for n in range(6)]
    assert parts[-1].part_of is not None
    (said,) = watch.said
    assert (said.evidence["cause"], said.evidence["hit"], said.evidence["lost"]) == ("power", 4, 0)
    assert said.title.startswith("Mất điện lưới")
    assert "4 trạm chạy ắc quy" in said.title
    before = len(watch.said)
    lost = watch.signal(station(2).lost(at(130)))
    assert lost.part_of == parts[-1].part_of, "hours later, still the same"
    assert len(watch.said) == before + 1, "the first one without service"
    assert "1 trạm đang mất sóng, 5 trạm chạy ắc quy" in watch.said[-1].title
    assert watch.said[-1].severity == "high"
    watch.signal(station(1, "vnpt").lost(at(131)))
    assert watch.said[-1].evidence["dark"] == ["Khu 10"]
    for number in range(6):
        watch.signal(station(number, ("viettel", "vnpt")[number % 2]).back(at(200)))
    assert watch.said[-1].clears


def test_a_station_that_is_degraded_for_another_reason_is_none_of_it() -> None:
    watch = Watch()
    for number in range(6):
        one = battery(station(number), number / 10)
        one.evidence["cause"] = "unknown"
        assert watch.signal(one).part_of is None
    assert watch.said == []


def test_a_station_that_is_lost_long_after_belongs_to_another_outage() -> None:
    watch = Watch()
    for number in range(3):
        watch.signal(station(number).lost(at(number)))
    soon = watch.signal(station(3).lost(at(61)))
    assert soon.part_of == f"bts|{watch.said[0].device}|outage", "within an hour of the last loss"
    assert watch.signal(station(4).lost(at(130))).part_of is None


def site(number: int, operator: str, second: float, *, hint: str = "unknown", upstream: str | None = None) -> Site:
    when = at(0) + timedelta(seconds=second)
    return Site(operator, f"S-{number}", HA_LONG, "ha-long", upstream, hint, when, ("4G",), (f"bts:{number}",))


@pytest.mark.parametrize(
    ("sites", "cause", "confidence"),
    [
        ([site(n, "viettel", n) for n in range(5)], "fibre", 0.75),
        ([site(n, "viettel", n, upstream="node-1") for n in range(5)], "fibre", 0.9),
        ([site(n, "viettel", n, upstream=f"node-{n % 2}") for n in range(5)], "fibre", 0.75),
        ([site(n, "viettel", n) for n in range(4)], "fibre", 0.5),
        ([site(n, "viettel", n) for n in range(2)], "unknown", 0.3),
        ([site(n, "viettel", 300 * n) for n in range(5)], "power", 0.5),
        ([site(n, "viettel", 60 * n) for n in range(5)], "unknown", 0.3),
        ([site(n, ("viettel", "vnpt")[n % 2], 300 * n) for n in range(5)], "power", 0.85),
        ([site(n, ("viettel", "vnpt")[n % 2], n) for n in range(5)], "power", 0.7),
        ([site(n, ("viettel", "vnpt")[n % 2], 60 * n) for n in range(5)], "power", 0.5),
        ([site(n, "viettel", n, hint="power") for n in range(5)], "power", 0.9),
        ([site(1, "viettel", 0, hint="power")], "power", 0.9),
        ([site(n, "viettel", 300 * n, hint="transmission") for n in range(5)], "fibre", 0.9),
        ([site(n, "viettel", n)._replace(silent=True) for n in range(5)], "unknown", 0.3),
    ],
)
def test_the_order_of_losses_tells_the_cause(sites: list[Site], cause: str, confidence: float) -> None:
    rules = outage_rules()
    found = infer(sites, rules.cause, rules.confidence)
    assert (found.cause, found.confidence) == (cause, confidence)
    assert infer(sites[::-1], rules.cause, rules.confidence) == found


def test_a_cut_among_stations_without_power_is_an_outage_of_its_own() -> None:
    watch = Watch()
    for number in range(20):
        watch.signal(station(number, ("viettel", "vnpt", "mobifone")[number % 3]).lost(at(number)))
    power = watch.said[0].device
    last = [watch.signal(station(100 + n).lost(at(25 + n / 100))) for n in range(10)]
    cut = next(signal for signal in watch.said if signal.device != power)
    assert cut.evidence["cause"] == "fibre"
    assert last[-1].part_of == f"bts|{cut.device}|outage"
    assert cut.gathers == [each.signal_id for each in last[:8]], "also those that were taken for the power cut's"
    left = next(signal for signal in reversed(watch.said) if signal.device == power)
    assert left.evidence["hit"] == 20
    later = watch.signal(station(200).lost(at(30)))
    assert later.part_of == f"bts|{power}|outage", "one operator's cut takes in nothing later"


def test_what_is_made_and_what_is_real_are_no_outage_together() -> None:
    watch = Watch()
    for number in range(2):
        watch.signal(station(number).lost(at(number)))
        watch.signal(marked(station(10 + number).lost(at(number))))
    assert watch.said == []
    made = watch.signal(marked(station(12).lost(at(2))))
    (said,) = watch.said
    assert is_synthetic(said)
    assert said.title.endswith("(mô phỏng)")
    assert said.evidence["hit"] == 3
    assert made.part_of == f"bts|{said.device}|outage"
    assert watch.signal(complaint("real", 3)).part_of is None
    watch.restart()
    assert watch.signal(station(3).lost(at(3))).part_of not in {None, made.part_of}, "the third real one"


def test_silent_stations_of_a_cut_node_belong_to_the_cut_however_late_that_is_known() -> None:
    watch = Watch()
    for number in range(5):
        watch.signal(station(number, upstream="node-1").lost(at(0)))
    late = station(9, upstream="node-1").lost(at(15))
    late.evidence["silent"] = True
    assert watch.signal(late).part_of == f"bts|{watch.said[0].device}|outage"
    elsewhere = station(10, upstream="node-2").lost(at(15))
    elsewhere.evidence["silent"] = True
    assert watch.signal(elsewhere).part_of is None


def test_a_commune_without_any_station_makes_the_outage_critical() -> None:
    watch = Watch(places(
        Served("Phường Bãi Cháy", {f"QN-{n}": frozenset({"4G"}) for n in range(4)}, 20_000),
        Served("Khu 10", {"QN-1": frozenset(), "QN-2": frozenset()}, 180),
    ))  # fmt: skip
    for number in range(3):
        watch.signal(station(number).lost(at(number)))
    assert [(signal.severity, signal.evidence["dark"]) for signal in watch.said] == [("critical", ["Khu 10"])]
    watch.signal(station(3).lost(at(3)))
    assert watch.said[-1].evidence["dark"] == ["Phường Bãi Cháy", "Khu 10"], "where most people live comes first"
    assert "KHÔNG CÒN TRẠM NÀO tại Phường Bãi Cháy, Khu 10" in watch.said[-1].title


def test_a_station_with_another_technology_left_is_not_gone() -> None:
    both = {f"QN-{n}": frozenset({"4G", "5G"}) for n in range(3)}
    watch = Watch(places(Served("Phường Bãi Cháy", both)))
    for number in range(3):
        watch.signal(station(number).lost(at(number)))
    assert watch.said[-1].severity == "high"
    for number in range(3):
        watch.signal(station(number).lost(at(5), technology="5G"))
    assert watch.said[-1].severity == "critical"


def test_an_outage_is_over_when_all_are_back_and_what_is_older_changes_nothing() -> None:
    watch = Watch()
    for number in range(4):
        watch.signal(station(number).lost(at(number)))
    for number in range(3):
        watch.signal(station(number).back(at(50 + number)))
    watch.signal(station(3).back(at(-1)))
    (said,) = watch.tick(56)
    assert (said.clears, said.evidence["back"]) == (False, 3)
    assert "1 trạm đang mất sóng" in said.title
    watch.signal(station(3).back(at(60)))
    end = watch.said[-1]
    assert (end.clears, end.severity, end.at, end.rule_id) == (True, "low", at(60), "outage/back")
    before = len(watch.said)
    for number in range(4):
        late = watch.signal(station(number).lost(at(40), name="late"), 70)
        assert late.part_of == f"bts|{end.device}|outage", "of the outage that is over: it alarms nobody"
    assert len(watch.said) == before
    watch.restart()
    for number in range(4):
        watch.signal(station(number).lost(at(41), name="later"), 71)
    assert len(watch.said) == before
    again = [watch.signal(station(number).lost(at(80))) for number in range(3)]
    assert again[2].part_of is not None
    assert watch.said[-1].device != end.device, "a new episode is a new outage"


def test_what_is_long_over_is_forgotten() -> None:
    watch = Watch()
    for number in range(3):
        watch.signal(station(number).lost(at(number)))
        watch.signal(complaint(f"c{number}", number, north_m=9000 * number))
    for number in range(3):
        watch.signal(station(number).back(at(10)))
    watch.tick(71 * 60)
    assert len(watch.state) == 4
    watch.tick(73 * 60)
    assert len(watch.state) == 0


def test_three_complaints_near_in_place_and_time_are_a_suspicion() -> None:
    watch = Watch()
    for number in range(4):
        watch.signal(complaint(f"c{number}", 9 * number, north_m=500 * number))
    (said,) = watch.said
    assert (said.source, said.kind, said.confidence, said.clears) == ("bts", "suspected_outage", 0.6, False)
    assert said.evidence["reports"] == ["reports:c0", "reports:c1", "reports:c2"]
    assert (said.commune, said.reporter, said.gathers) == (HA_LONG, None, None)
    assert "3 người dân phản ánh trong bán kính 2 km" in said.title


@pytest.mark.parametrize(
    "complaints",
    [
        [complaint("a", 0), complaint("b", 1)],
        [complaint("a", 0), complaint("b", 1), complaint("c", 2, north_m=2100)],
        [complaint("a", 0), complaint("b", 15), complaint("c", 31)],
        [complaint("a", 0), complaint("b", 1, reporter="a"), complaint("c", 2, reporter="a")],
    ],
)
def test_fewer_farther_later_or_of_one_person_are_none(complaints: list[Signal]) -> None:
    watch = Watch()
    for each in complaints:
        assert watch.signal(each) == each
    assert watch.said == []


def test_complaints_without_an_exact_place_count_by_commune() -> None:
    watch = Watch()
    for number in range(3):
        watch.signal(complaint(f"c{number}", number, exact=False))
    assert len(watch.said) == 1


def test_complaints_are_part_of_an_outage_that_is_known_and_are_no_suspicion() -> None:
    watch = Watch()
    early = complaint("early", -5)
    watch.signal(early)
    for number in range(3):
        watch.signal(station(number).lost(at(number)))
    (outage,) = watch.said
    assert early.signal_id in (outage.gathers or [])
    parts = [watch.signal(complaint(f"c{number}", 10 + number)) for number in range(4)]
    assert {each.part_of for each in parts} == {f"bts|{outage.device}|outage"}
    assert len(watch.said) == 1
    critical = complaint("urgent", 12)
    critical.severity = "critical"
    assert watch.signal(critical) == critical, "what is critical stays on its own"


def test_a_station_that_says_so_itself_needs_no_suspicion() -> None:
    watch = Watch()
    watch.signal(station(1).lost(at(0)))
    for number in range(4):
        watch.signal(complaint(f"c{number}", 1 + number))
    assert watch.said == []


def test_other_signals_pass_untouched() -> None:
    watch = Watch()
    rain = made("rain", "sensors", "disaster", "rain", "high", at(0), HA_LONG)
    assert watch.signal(rain) is rain
    no_evidence = made("x", "bts", "telecom", "no_signal", "high", at(0), HA_LONG)
    assert watch.signal(no_evidence) is no_evidence
    for said in Watch().said:
        assert watch.signal(said) is said


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("sites_all = 4", "sites_all = 2", "grouping.sites_all: must not be less than sites_operator"),
        ("join_min = 60", "join_min = 5", "grouping.join_min: must not be less than window_min"),
        ('severity_dark = "critical"', 'severity_dark = "low"', "severity_dark: must not be slighter"),
        ("back_share = 1.0", "back_share = 0", "back_share: must be above 0"),
        ("battery_min = 10", "battery_min = 0.1", "cause.battery_min: must be at least 1"),
        ("together_s = 15", "together_s = 900", "cause.battery_min: must be longer than together_s"),
        ("burst = 8", "burst = 3", "cause.burst: must not be less than fibre_sites"),
        ("confidence = 0.6", "confidence = 1", "complaints.confidence: must be less than 1"),
        ("{radius} km", "{distance} km", "complaints.title: may have the placeholders"),
        ("unknown = 0.3", "unknown = 3", "confidence.unknown: must be above 0 and at most 1"),
        ("refresh_s", "refresh", "grouping.refresh_s: is missing"),
        ("date = 2026-11-27", 'date = "heute"', "date: must be a date"),
    ],
)
def test_wrong_rules_are_refused(old: str, new: str, problem: str) -> None:
    assert old in RAW
    with pytest.raises(ConfigError, match=problem):
        load_outage_rules(RAW.replace(old, new, 1).encode())


# --- Laws ---

happenings = st.lists(
    st.tuples(
        st.sampled_from(["lost", "lost", "lost", "back", "said", "tick"]), st.integers(0, 11), st.integers(0, 90)
    ),
    max_size=40,
)
Course = list[tuple[str, int, int]]


def feed(watch: Watch, course: Course) -> list[Signal]:
    left = []
    for what, number, minute in course:
        one = station(number, ("viettel", "vnpt")[number % 3 == 0], commune=(HA_LONG, OTHER, UONG_BI)[number % 3])
        if what == "lost":
            left.append(watch.signal(one.lost(at(minute)), 90))
        elif what == "back":
            left.append(watch.signal(one.back(at(minute)), 90))
        elif what == "said":
            left.append(watch.signal(complaint(f"{number}-{minute}", minute), 90))
        else:
            watch.tick(90 + minute)
    return left


@given(happenings, happenings)
def test_after_a_restart_everything_goes_on_alike(before: Course, afterwards: Course) -> None:
    whole, broken = Watch(), Watch()
    feed(whole, before)
    feed(broken, before)
    broken.restart()
    assert feed(broken, afterwards) == feed(whole, afterwards)
    assert broken.said == whole.said
    assert dict(broken.state.items()) == dict(whole.state.items())


@given(happenings, happenings, happenings)
@settings(max_examples=60)
def test_rolling_back_leaves_no_trace(kept: Course, lost: Course, again: Course) -> None:
    watch, witness = Watch(), Watch()
    feed(watch, kept)
    feed(witness, kept)
    mark, said = watch.state.savepoint(), len(watch.said)
    feed(watch, lost)
    watch.state.rollback_to(mark)
    del watch.said[said:]
    assert dict(watch.state.items()) == dict(witness.state.items())
    assert feed(watch, again) == feed(witness, again)
    assert watch.said == witness.said
    assert dict(watch.state.items()) == dict(witness.state.items())


@given(happenings)
def test_each_station_is_in_one_outage_and_a_signal_names_that_one(course: Course) -> None:
    watch = Watch()
    feed(watch, course)
    memory = watch.detector._memory
    for outage in memory.outages.values():
        sites = memory.members(outage.key)
        assert all(site.outage == outage.key for site in sites)
        assert outage.over == (sum(each.back_at is not None for each in sites) == len(sites) or outage.over)
        assert {site.centre for site in sites} <= {outage.centre}
        assert condition(outage) == f"bts|outage:{outage.key}|outage"
    # The same complaint told again, when the first is over, makes known the same by the same id: each is told once.
    once = Watch()
    feed(once, [one for place, one in enumerate(course) if one[0] != "said" or one not in course[:place]])
    ids = [signal.signal_id for signal in once.said]
    assert len(ids) == len(set(ids))


@given(st.permutations(range(8)))
def test_the_order_in_which_losses_become_known_plays_no_part(order: list[int]) -> None:
    """Simultaneous losses give one outage with all of them, whichever comes first."""
    watch = Watch()
    for number in order:
        watch.signal(station(number).lost(at(0) + timedelta(seconds=number)))
    watch.tick(10)
    (outage,) = watch.detector._memory.open()
    assert watch.detector._memory.count(outage.key) == 8
    assert (outage.cause, outage.first_at, outage.last_at) == ("fibre", at(0), at(0) + timedelta(seconds=7))


@given(happenings)
def test_what_comes_again_says_nothing_new(course: Course) -> None:
    watch = Watch()
    losses = [each for each in course if each[0] == "lost"]
    feed(watch, losses)
    said, state = list(watch.said), dict(watch.state.items())
    feed(watch, losses)
    assert watch.said == said
    assert dict(watch.state.items()) == state
