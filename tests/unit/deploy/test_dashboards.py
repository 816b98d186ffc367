"""The committed dashboards: what the code makes, complete, said in Vietnamese, of metrics that there are."""

from __future__ import annotations

import json
import re
import unicodedata
from functools import cache
from importlib.metadata import version
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import yaml
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard

from deploy.grafana import VERSION
from deploy.grafana.__main__ import JSON, PUBLIC, dashboards, main, public
from deploy.grafana.board import EVERY
from deploy.grafana.dashboards import BOARDS
from deploy.grafana.panels import COMMUNES, DATA_SOURCE, GAZETTEER
from ioc.catalog import load_catalogue, load_folder, shipped_province
from ioc.metrics import CATALOGUE

ROOT = Path(__file__).parents[3]
GRAFANA = ROOT / "deploy" / "grafana"
SECOND = ROOT / "tests" / "data" / "second-province"
SPECS = {spec.name: spec for spec in CATALOGUE}
OWN = {"up": {"job", "instance"}, "ALERTS": {"alertname", "alertstate", "severity"}}
"""Series that Prometheus makes itself."""
_SELECTOR = re.compile(r"\b(?P<name>ioc_\w+|up|ALERTS)\b(?:\{(?P<labels>[^}]*)\})?")


@cache
def _boards() -> dict[str, dict[str, Any]]:
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(JSON.glob("*.json"))}


def _panels(board: dict[str, Any]) -> list[dict[str, Any]]:
    return [panel for panel in board["panels"] if panel["type"] != "row"]


ALL_PANELS = [
    pytest.param(panel, id=f"{name}-{panel['id']}") for name, board in _boards().items() for panel in _panels(board)
]
QUERIES = [target["expr"] for board in _boards().values() for panel in _panels(board) for target in panel["targets"]]


def test_what_is_committed_is_what_the_code_makes() -> None:
    """``make dashboards`` brings the files up to date."""
    assert {path.name: path.read_text(encoding="utf-8") for path in JSON.iterdir()} == dict(dashboards())
    committed = {
        str(path.relative_to(PUBLIC)): path.read_text(encoding="utf-8") for path in PUBLIC.rglob("*") if path.is_file()
    }
    assert committed == dict(public())


def test_the_sdk_is_that_of_the_grafana_that_is_named() -> None:
    assert version("grafana-foundation-sdk").partition("!")[2] == VERSION


@pytest.mark.parametrize("name", _boards())
def test_the_sdks_model_of_grafana_reads_each_back_without_loss(name: str) -> None:
    register_default_plugins()
    board = _boards()[name]
    again = json.loads(json.dumps(Dashboard.from_json(board), cls=JSONEncoder))
    for panel, was in zip(_panels(again), _panels(board), strict=True):
        if "custom" not in was["fieldConfig"]["defaults"]:  # it says the defaults where none were said
            panel["fieldConfig"]["defaults"].pop("custom", None)
    assert again == board


def test_the_seven_are_there_under_addresses_that_stay() -> None:
    assert [board.uid for board in BOARDS] == [
        "ioc-duty", "ioc-service", "ioc-environment", "ioc-base-stations", "ioc-gate", "ioc-quality", "ioc-pipeline",
    ]  # fmt: skip
    assert {name: board["uid"] for name, board in _boards().items()} == {board.uid: board.uid for board in BOARDS}


@pytest.mark.parametrize("panel", ALL_PANELS)
def test_a_panel_says_what_it_shows_in_vietnamese_with_unit_and_thresholds(panel: dict[str, Any]) -> None:
    assert len(panel["description"].split()) >= 4
    marks = unicodedata.normalize("NFD", panel["title"] + panel["description"])
    assert any(unicodedata.combining(letter) for letter in marks)
    defaults = panel["fieldConfig"]["defaults"]
    assert defaults["unit"]
    steps = defaults["thresholds"]["steps"]
    assert steps[0]["value"] is None
    values = [step["value"] for step in steps[1:]]
    assert values == sorted(values)
    assert panel["datasource"] == json.loads(json.dumps(DATA_SOURCE, cls=JSONEncoder))
    assert panel["targets"]


@pytest.mark.parametrize("name", _boards())
def test_panels_lie_beside_each_other_within_the_page(name: str) -> None:
    panels = _boards()[name]["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    titles = [panel["title"] for panel in panels]
    assert len(set(titles)) == len(titles)

    def over(one: dict[str, int], other: dict[str, int]) -> bool:
        return (
            one["x"] < other["x"] + other["w"]
            and other["x"] < one["x"] + one["w"]
            and one["y"] < other["y"] + other["h"]
            and other["y"] < one["y"] + one["h"]
        )

    places = [panel["gridPos"] for panel in panels]
    assert all(place["x"] + place["w"] <= 24 for place in places)
    assert not any(over(one, other) for one, other in combinations(places, 2))


@pytest.mark.parametrize("name", _boards())
def test_variables_are_used_and_those_that_are_used_are_offered(name: str) -> None:
    board = _boards()[name]
    offered = {variable["name"]: variable for variable in board["templating"]["list"]}
    queries = " ".join(target["expr"] for panel in _panels(board) for target in panel["targets"])
    used = set(re.findall(r"\$([a-z]+)", queries)) | {"datasource"}
    assert used == offered.keys()
    for variable in offered.values():
        if variable["type"] == "query":
            metric, label = re.findall(r"\w+", variable["query"]["query"].removeprefix("label_values"))
            assert label in SPECS[metric].labels
            assert (variable["allValue"], variable["multi"], variable["includeAll"]) == (EVERY, True, True)
            assert re.search(rf'=~"\${variable["name"]}"', queries)


def test_every_metric_is_shown_somewhere() -> None:
    shown = {_base(found["name"]) for expr in QUERIES for found in _SELECTOR.finditer(expr)}
    assert SPECS.keys() - shown == set()


@pytest.mark.parametrize("expr", sorted(set(QUERIES)))
def test_queries_name_metrics_and_labels_that_there_are(expr: str) -> None:
    found = list(_SELECTOR.finditer(expr))
    assert found
    for one in found:
        assert set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", one["labels"] or "")) <= _labels(one["name"])
    there = set().union(*(_labels(one["name"]) for one in found))
    for group in re.findall(r"by \(([^)]*)\)", expr):
        assert {label.strip() for label in group.split(",")} <= there


def _labels(series: str) -> set[str]:
    name = _base(series)
    return OWN[name] if name in OWN else {*SPECS[name].labels, "le", *OWN["up"]}


def _base(name: str) -> str:
    """The metric of a series: histograms have three kinds."""
    short = re.sub(r"_(bucket|sum|count)$", "", name)
    return short if short in SPECS and SPECS[short].kind == "histogram" else name


def test_counters_are_asked_for_their_growth() -> None:
    """Sums of gaps are the exception: each of them is one too many."""
    for expr in QUERIES:
        for found in re.finditer(r"(?:(\w+)\()?(ioc_\w+_(?:total|bucket|sum|count))\b", expr):
            if not found[2].endswith("_gaps_total"):
                assert found[1] in {"rate", "increase"}, expr


def test_no_dashboard_names_a_place() -> None:
    catalogue = load_catalogue(load_folder(shipped_province()))
    centres = {centre.code for centre in catalogue.centres.values()} - {"province"}
    text = " ".join(path.read_text(encoding="utf-8") for path in JSON.iterdir())
    names = {*centres, *(commune.name for commune in catalogue.communes.values())}
    assert [name for name in names if re.search(rf"\b{re.escape(name)}\b", text)] == []


def test_places_are_centres_communes_and_what_the_register_has(tmp_path: Path) -> None:
    catalogue = load_catalogue(load_folder(SECOND))
    register = tmp_path / "devices.csv"
    commune = next(one for one in catalogue.communes.values() if one.lat is not None)
    columns = (
        "id,source,class,name,lat,lon,commune,interval_s,collector,limit_sets,operator,technologies,upstream,site,tags,"
        "synthetic"
    )
    rows = [f"{name},{source},x,Tên,{commune.lat},{commune.lon},,,,,,,,,," for name, source in (
        ("air-1", "sensors"), ("gate-1", "gate"), ("site-1", "bts"))]  # fmt: skip
    register.write_text("\n".join([columns, *rows]), encoding="utf-8")
    assert main(["places", str(tmp_path / "public"), "--province", str(SECOND), "--devices", str(register)]) == 0
    found = json.loads((tmp_path / GAZETTEER).read_text(encoding="utf-8"))
    keys = {place["key"] for place in found}
    assert len(keys) == len(found)
    located = {each.code for each in catalogue.communes.values() if each.lat is not None}
    assert keys == {*located, *(each.centre for each in catalogue.communes.values()), "air-1", "gate-1"}
    # What Grafana looks at to know the format.
    assert {"key", "latitude", "longitude"} <= found[0].keys()
    assert found[0]["latitude"]
    shapes = json.loads((tmp_path / COMMUNES).read_text(encoding="utf-8"))
    assert {shape["properties"]["code"] for shape in shapes["features"]} == located


def test_a_register_that_is_wrong_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    register = tmp_path / "devices.csv"
    register.write_text("id,source\n", encoding="utf-8")
    assert main(["places", str(tmp_path / "public"), "--devices", str(register)]) == 78
    said = capsys.readouterr().err
    assert said.startswith("devices.csv")
    assert len(said.splitlines()) == 1


def test_grafana_is_provisioned_with_both_data_sources_and_the_dashboards() -> None:
    sources = yaml.safe_load((GRAFANA / "provisioning" / "datasources" / "ioc.yaml").read_text(encoding="utf-8"))
    found = {one["name"]: one for one in sources["datasources"]}
    assert {name: one["type"] for name, one in found.items()} == {
        "IOC Prometheus": "prometheus", "IOC Alertmanager": "alertmanager",
    }  # fmt: skip
    assert found["IOC Prometheus"]["isDefault"]
    assert found["IOC Alertmanager"]["jsonData"]["implementation"] == "prometheus"
    links = [link["url"] for board in _boards().values() for link in board["links"] if link.get("url")]
    assert links == ["/alerting/groups?alertmanager=IOC%20Alertmanager"]
    (provider,) = yaml.safe_load((GRAFANA / "provisioning" / "dashboards" / "ioc.yaml").read_text(encoding="utf-8"))[
        "providers"
    ]
    assert provider["type"] == "file"
    guide = (ROOT / "deploy" / "guides" / "grafana.md").read_text(encoding="utf-8")
    assert f"| `deploy/grafana/json` | `{provider['options']['path']}` |" in guide


def test_the_composition_mounts_what_grafana_reads_where_it_looks() -> None:
    service = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text(encoding="utf-8"))["services"]["grafana"]
    assert service["image"] == f"grafana/grafana:{VERSION}"
    mounted = dict(each.split(":")[:2] for each in service["volumes"])
    (provider,) = yaml.safe_load((GRAFANA / "provisioning" / "dashboards" / "ioc.yaml").read_text(encoding="utf-8"))[
        "providers"
    ]
    assert mounted["./grafana/json"] == provider["options"]["path"]
    assert mounted["./grafana/provisioning"] == "/etc/grafana/provisioning"
    for path in (GAZETTEER, COMMUNES):
        assert mounted[f"./grafana/{path}"] == f"/usr/share/grafana/{path}"
    read = (GRAFANA / "provisioning" / "datasources" / "ioc.yaml").read_text(encoding="utf-8")
    given = {*service["environment"], *re.findall(r"\b(IOC_\w+)=", " ".join(service["entrypoint"]))}
    assert set(re.findall(r"\$(IOC_\w+)", read)) <= given
