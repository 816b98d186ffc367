"""The routing tree: who gets what, and that nothing goes nowhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import product
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ioc.catalog import CatalogueError, load_catalogue, load_folder, shipped_province
from ioc.routing import ROUTES_FILE, Known, Labels, RoutingTree, load_routes
from ioc.vocabulary import CATEGORIES, SEVERITIES, SOURCES

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


@dataclass(frozen=True)
class Place:
    centre: str


KNOWN = Known(
    frozenset({"province", "north", "south"}),
    {"00001": Place("north"), "00002": Place("south"), "00003": Place("south")},
    frozenset({"fire", "police", "roads", "desk", "night"}),
)
WEDNESDAY_NOON = datetime(2026, 11, 25, 5, tzinfo=UTC)
JAM = Labels("traffic", "jam", "normal", "reports", "00001", "north", WEDNESDAY_NOON)

TREE = """areas:
  islands: {communes: ["00003"]}
  bay: {polygon: [[107.0, 20.0], [108.0, 20.0], [108.0, 21.0], [107.0, 21.0]]}
times:
  nights: [{from: "22:00", to: "06:00"}]
  office: [{days: [mon, tue, wed, thu, fri], from: "07:30", to: "17:00"}]
receivers:
  above: {unit: desk, centre: province}
root:
  receiver: desk
  routes:
    - id: fire
      match: [category = fire_rescue]
      receiver: fire
      continue: true
    - id: grave
      match: [severity = critical, category =~ traffic|fire_rescue]
      receiver: above
    - id: traffic
      match: [category = traffic]
      receiver: police
      routes:
        - id: traffic.night
          match: [time = nights]
          receiver: night
        - id: traffic.islands
          match: [area = islands]
          receiver: desk
        - id: traffic.signs
          match: [subcategory = sign_signal]
          receiver: roads
          valid_from: 2026-01-01
          valid_to: 2026-12-31
    - id: bay
      match: [area = bay, source != reports]
      receiver: roads
"""


def tree(text: str = TREE) -> RoutingTree:
    return load_routes(text.encode(), KNOWN, ZONE)


def test_the_deepest_route_that_matches_decides() -> None:
    route = tree().route(JAM)
    assert (route.unit, route.rule_id, route.centre) == ("police", "traffic", None)
    assert tree().route(replace(JAM, subcategory="sign_signal")).path == ("root", "traffic", "traffic.signs")


def test_what_no_route_takes_goes_to_the_root() -> None:
    route = tree().route(replace(JAM, category="tourism"))
    assert (route.unit, route.path) == ("desk", ("root",))


def test_a_route_that_goes_on_lets_others_be_told() -> None:
    route = tree().route(replace(JAM, category="fire_rescue", severity="critical"))
    assert (route.unit, route.centre, route.informed) == ("fire", None, ("desk",))
    assert tree().route(replace(JAM, severity="critical")).centre == "province"


def test_times_are_local_and_may_pass_midnight() -> None:
    at = datetime(2026, 11, 25, 22, 30, tzinfo=ZONE)
    assert tree().route(replace(JAM, at=at)).unit == "night"
    assert tree().route(replace(JAM, at=datetime(2026, 11, 26, 5, 59, tzinfo=ZONE))).unit == "night"
    assert tree().route(replace(JAM, at=datetime(2026, 11, 26, 6, 0, tzinfo=ZONE))).unit == "police"


def test_areas_are_communes_or_polygons() -> None:
    assert tree().route(replace(JAM, commune="00003", centre="south")).rule_id == "traffic.islands"
    at_sea = replace(JAM, category="environment", source="sensors", lat=20.5, lon=107.5)
    assert tree().route(at_sea).rule_id == "bay"
    assert tree().route(replace(at_sea, lat=None, lon=None)).rule_id == "root"
    assert tree().route(replace(at_sea, source="reports")).rule_id == "root"


def test_a_route_is_in_force_on_its_days() -> None:
    signs = replace(JAM, subcategory="sign_signal")
    assert tree().route(replace(signs, at=datetime(2025, 12, 31, 9, tzinfo=ZONE))).unit == "police"
    assert tree().route(replace(signs, at=datetime(2025, 12, 31, 23, 30, tzinfo=UTC))).unit == "roads"  # 6:30 on 1/1
    assert tree().route(replace(signs, at=datetime(2027, 1, 1, 5, tzinfo=UTC))).unit == "police"


@pytest.mark.parametrize(
    ("old", "new", "below", "reason"),
    [
        ("root:\n  receiver: desk", "root:", 1, "'receiver' of the root is missing"),
        ("receiver: fire", "receiver: navy", 0, "'navy' is neither a unit of departments.csv"),
        ("category = fire_rescue", "category = fire", 0, "'fire' is no category"),
        ("category = fire_rescue", "kind = fire", 0, "'kind' is none of category"),
        ("category = fire_rescue", "category fire", 0, "is no matcher"),
        ("traffic|fire_rescue", "trafic|fire", 0, "no category fits"),
        ("traffic|fire_rescue", "(traffic", 0, "is no regular expression"),
        ("time = nights", "time = noon", 0, "'noon' is no time"),
        ("time = nights", "time =~ nights", 0, "takes = and != only"),
        ("area = islands", "area = moon", 0, "'moon' is no area"),
        ("id: grave", "id: fire", 0, "the id 'fire' stands in line .. already"),
        ("id: grave", "id: Very grave", 0, "is no id"),
        ("continue: true", "continue: maybe", 0, "expected true or false"),
        ("2026-01-01", "2027-01-01", 1, "valid_to is before valid_from"),
        ("2026-01-01", "soon", 0, "expected a day"),
        ("centre: province", "centre: moon", 0, "is no centre"),
        ('"00003"', '"99999"', 0, "is no commune"),
        ("[108.0, 20.0], [108.0, 21.0]", "[108.0, 21.0], [108.0, 20.0]", 0, "crosses itself"),
        ('"22:00"', '"25:00"', 0, "expected a time of day"),
    ],
)
def test_a_mistake_is_refused_with_its_line(old: str, new: str, below: int, reason: str) -> None:
    assert old in TREE
    with pytest.raises(CatalogueError, match=reason) as caught:
        tree(TREE.replace(old, new, 1))
    assert caught.value.line == TREE[: TREE.index(old)].count("\n") + 1 + below


ROOT = "root:\n  receiver: desk\n  routes:\n"


def routes(*lines: str) -> str:
    return ROOT + "".join(
        f"    - {{id: r{number}, receiver: fire, match: [{match}]{more}}}\n"
        for number, (match, _, more) in enumerate(line.partition(";") for line in lines)
    )


@pytest.mark.parametrize(
    ("lines", "blamed"),
    [
        (["category = traffic", "category = traffic, severity = high"], "r1"),
        (["severity = critical", "severity != critical", "category = traffic"], "r2"),
        (["centre = north", 'commune = "00001"'], "r1"),
        (["category = traffic, category = tourism"], "r0"),
        (["severity =~ critical|high", "severity = normal", "severity = low", "source = gate"], "r3"),
        (["category = traffic;, valid_from: 2026-01-01", "category = traffic;, valid_from: 2026-02-01"], "r1"),
        (["subcategory = jam", "subcategory = jam, category = traffic"], "r1"),
        (["mode = emergency", "mode = normal", "category = traffic"], "r2"),
    ],
)
def test_a_route_that_can_get_nothing_is_refused(lines: list[str], blamed: str) -> None:
    with pytest.raises(CatalogueError, match="gets nothing") as caught:
        load_routes(routes(*lines).encode(), KNOWN, ZONE)
    assert caught.value.column == blamed


@pytest.mark.parametrize(
    "lines",
    [
        ["category = traffic;, continue: true", "category = traffic, severity = high"],
        ["category = traffic, severity = high", "category = traffic"],
        ["category = traffic;, valid_from: 2026-01-01", "category = traffic;, valid_to: 2025-12-31"],
        ["category = traffic;, valid_to: 2026-01-31", "category = traffic;, valid_to: 2026-02-01"],
        ["subcategory = jam", "subcategory != jam"],
        ["mode = emergency", "category = traffic"],
        ["severity =~ critical|high", "severity = normal", "severity = low, source = gate", "severity = low"],
    ],
)
def test_a_route_that_can_get_something_is_taken(lines: list[str]) -> None:
    assert len(load_routes(routes(*lines).encode(), KNOWN, ZONE).root.routes) == len(lines)


def test_a_route_below_one_that_contradicts_it_is_refused() -> None:
    inner = "    - {id: a, receiver: fire, match: [severity = low], routes: [{id: b, match: [severity = high]}]}\n"
    with pytest.raises(CatalogueError, match="contradict") as caught:
        tree(ROOT + inner)
    assert caught.value.column == "b"


CONDITIONS = st.sampled_from(
    [
        "category = traffic", "category != traffic", "category =~ traffic|tourism", "severity = high",
        "severity != low", "source = sensors", "source !~ reports|sensors", "centre = south", 'commune = "00002"',
        "time = nights", "time != office", "area = islands", "area != islands", "subcategory = jam",
        "subcategory != jam",
    ]
)  # fmt: skip
SPACE = [
    Labels(category, subcategory, severity, source, commune, centre, at)
    for category, subcategory, severity, source, (commune, centre), at in product(
        CATEGORIES[:2], ("jam", "else"), SEVERITIES, SOURCES[:5:2],
        (("00001", "north"), ("00002", "south"), ("00003", "south")),
        (WEDNESDAY_NOON, datetime(2026, 11, 25, 16, tzinfo=UTC), datetime(2026, 11, 28, 5, tzinfo=UTC)),
    )
]  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.lists(CONDITIONS, min_size=1, max_size=3), st.booleans()), min_size=1, max_size=5))
def test_what_is_refused_never_gets_anything(written: list[tuple[list[str], bool]]) -> None:
    """The count over boxes and walking the tree agree: a route that got something was not refused."""
    head = TREE[: TREE.index("receivers:")] + ROOT
    body = "".join(
        f"    - {{id: r{number}, receiver: fire, match: [{', '.join(match)}], continue: {str(goes_on).lower()}}}\n"
        for number, (match, goes_on) in enumerate(written)
    )
    try:
        load_routes((head + body).encode(), KNOWN, ZONE)
    except CatalogueError as error:
        refused = int(error.column[1:])
    else:
        return
    kept = "".join(line + "\n" for line in body.splitlines()[:refused])
    if not kept:
        kept = "    []\n"
    before = load_routes((head + kept).encode(), KNOWN, ZONE)
    alone = _alone(head + body, refused)
    for labels in SPACE:
        last = before.paths(labels)[-1][-1]
        stopped = last.rule_id != "root" and not last.goes_on
        assert stopped or not alone(labels)


def _alone(text: str, number: int) -> Callable[[Labels], bool]:
    """Whether the matchers of one route hold, read alone."""
    line = next(line for line in text.splitlines() if f"id: r{number}," in line)
    try:
        only = load_routes((TREE[: TREE.index("receivers:")] + ROOT + line + "\n").encode(), KNOWN, ZONE)
    except CatalogueError:
        return lambda _: False
    return lambda labels: len(only.paths(labels)[0]) > 1


def test_the_shipped_tree_gives_every_kind_a_unit() -> None:
    files = load_folder(shipped_province())
    catalogue = load_catalogue(files)
    known = Known(frozenset(catalogue.centres), catalogue.communes, frozenset(catalogue.departments))
    shipped = load_routes(files[ROUTES_FILE], known, ZoneInfo(catalogue.timezone))
    for category, severity, source in product(CATEGORIES, SEVERITIES, SOURCES):
        route = shipped.route(Labels(category, "", severity, source, "00000", "province", WEDNESDAY_NOON))
        assert route.unit in catalogue.departments
        assert (route.path == ("root",)) == (category == "other")
