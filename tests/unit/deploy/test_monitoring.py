"""Rules, alerts and their runbooks: valid, tested, in both languages, and about metrics that there are."""

from __future__ import annotations

import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from connectors.cli.province import province_files
from ioc.metrics import CATALOGUE, MetricSpec
from ioc.settings import Settings
from tests.programs import found

_DEPLOY: Final = Path(__file__).parents[3] / "deploy"
_PROMETHEUS: Final = _DEPLOY / "prometheus"
_RULES: Final = sorted((_PROMETHEUS / "rules").glob("*.yml"))
_TESTS: Final = sorted((_PROMETHEUS / "rules_test").glob("*.yml"))
_NAME: Final = re.compile(r"(?<![a-zA-Z0-9_:])(ioc_[a-z0-9_]+)(?:\{([^}]*)\})?")
_LABEL: Final = re.compile(r"([a-z_]+)\s*(?:=~|!~|!=|=)")
_ALWAYS: Final = {"IocWatchdog"}
"""Fires whatever happens: there is no case in which it does not."""
_SEVERITIES: Final = {"critical", "warning", "info", "none"}
_VIETNAMESE: Final = re.compile(r"[ăâđêôơưàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ]", re.IGNORECASE)


def _read() -> list[dict[str, Any]]:
    groups = [group for path in _RULES for group in yaml.safe_load(path.read_text())["groups"]]
    return [rule for group in groups for rule in group["rules"]]


RULES: Final = _read()
ALERTS: Final = [rule for rule in RULES if "alert" in rule]


def run(program: str, package: str, folder: str, *arguments: str | Path, cwd: Path = _PROMETHEUS) -> str:
    done = subprocess.run(
        [found(program, package, folder), *arguments], capture_output=True, text=True, timeout=120, check=False, cwd=cwd
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def promtool(*arguments: str | Path, cwd: Path = _PROMETHEUS) -> str:
    return run("promtool", "prometheus", "prometheus", *arguments, cwd=cwd)


def test_promtool_has_nothing_against_the_rules() -> None:
    told = promtool("check", "rules", *_RULES)
    assert told.count("SUCCESS") == len(_RULES)
    promtool("check", "config", "prometheus.yml")


@pytest.mark.parametrize("path", _TESTS, ids=lambda path: path.stem)
def test_rules_do_what_their_tests_say(path: Path) -> None:
    promtool("test", "rules", path.name, cwd=path.parent)


def cases() -> Iterator[tuple[str, bool]]:
    """Alerts of the rules' tests, and whether they fire there."""
    for path in _TESTS:
        for test in yaml.safe_load(path.read_text())["tests"]:
            for each in test["promql_expr_test"]:
                if (about := re.search(r'ALERTS\{alertname="(\w+)", alertstate="firing"\}', each["expr"])) is not None:
                    yield about[1], bool(each["exp_samples"])


def test_every_alert_fires_in_one_case_and_is_quiet_in_another() -> None:
    known = {rule["alert"] for rule in ALERTS}
    tested = set(cases())
    assert {name for name, _ in tested} == known
    assert {name for name in known if (name, True) not in tested} == set()
    assert {name for name in known if (name, False) not in tested} == _ALWAYS


def _exposed() -> dict[str, MetricSpec]:
    names = {spec.name: spec for spec in CATALOGUE}
    for spec in CATALOGUE:
        if spec.kind == "histogram":
            names |= {f"{spec.name}_{part}": spec for part in ("bucket", "sum", "count")}
    return names


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.get("alert") or rule["record"])
def test_rules_are_about_metrics_that_there_are_and_labels_that_these_have(rule: dict[str, Any]) -> None:
    exposed = _exposed()
    for name, matchers in _NAME.findall(rule["expr"]):
        assert name in exposed
        assert set(_LABEL.findall(matchers)) <= {*exposed[name].labels, "le"}
    recorded = {each["record"] for each in RULES if "record" in each}
    assert set(re.findall(r"ioc:[a-z0-9_:]+", rule["expr"])) <= recorded


def test_buckets_that_objectives_count_by_are_bounds_of_their_histogram() -> None:
    exposed = _exposed()
    asked = {
        (name, bound)
        for rule in RULES
        for name, matchers in _NAME.findall(rule["expr"])
        for bound in re.findall(r'le="([^"]+)"', matchers)
    }
    assert asked
    for name, bound in asked:
        assert bound in map(str, exposed[name].buckets)


def test_recorded_names_have_our_prefix_and_are_worked_out_once() -> None:
    recorded = [(rule["record"], str(rule.get("labels"))) for rule in RULES if "record" in rule]
    assert all(re.fullmatch(r"ioc:[a-z_]+:[a-z0-9_]+", name) for name, _ in recorded)
    assert len(recorded) == len(set(recorded))


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: rule["alert"])
def test_an_alert_says_in_two_languages_what_is_and_what_to_do(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in _SEVERITIES
    assert rule["labels"]["area"] in {"pipeline", "city"}
    notes = rule["annotations"]
    assert set(notes) == {"summary", "summary_en", "runbook", "runbook_en", "runbook_url"}
    assert _VIETNAMESE.search(notes["summary"])
    assert _VIETNAMESE.search(notes["runbook"])
    assert not _VIETNAMESE.search(notes["summary_en"] + notes["runbook_en"])
    path, _, anchor = notes["runbook_url"].partition("#")
    assert anchor == rule["alert"].lower()
    assert f"### {rule['alert']}\n" in (_DEPLOY.parent / path).read_text()


def test_the_runbooks_are_of_these_alerts() -> None:
    headings = re.findall(r"^### (\w+)$", (_DEPLOY / "guides" / "runbooks.md").read_text(), re.MULTILINE)
    assert headings == [
        rule["alert"] for name in ("pipeline", "city") for rule in ALERTS if rule["labels"]["area"] == name
    ]


def test_targets_of_quality_are_those_that_incidents_are_opened_by() -> None:
    asked = tomllib.loads(province_files(Settings())["quality.toml"].decode())
    wanted = {
        (source, dimension, section[dimension][0])
        for source, section in asked.items() if isinstance(section, dict)
        for dimension in ("correct", "complete", "clean", "live") if dimension in section
    }  # fmt: skip
    recorded = {
        (rule["labels"]["source"], rule["labels"]["dimension"], float(rule["expr"][len("vector(") : -1]))
        for rule in RULES if rule.get("record") == "ioc:source_quality_target:ratio"
    }  # fmt: skip
    assert recorded == wanted


def amtool(*arguments: str | Path) -> str:
    return run("amtool", "prometheus-alertmanager", "alertmanager", *arguments, cwd=_DEPLOY / "alertmanager")


def test_amtool_has_nothing_against_the_routes() -> None:
    assert "SUCCESS" in amtool("check-config", "alertmanager.yml")


@pytest.mark.parametrize(
    ("labels", "receiver"),
    [
        ({"alertname": "IocWatchdog", "severity": "none", "area": "pipeline"}, "heartbeat"),
        ({"alertname": "IocEmergencyMode", "severity": "info", "area": "city"}, "nobody"),
        ({"alertname": "IocBtsOutageWide", "severity": "critical", "area": "city"}, "duty"),
        ({"alertname": "IocBrokerAway", "severity": "critical", "area": "pipeline"}, "administrators"),
        ({"alertname": "IocLagHigh", "severity": "warning", "area": "pipeline"}, "administrators"),
    ],
)
def test_alerts_reach_those_whom_they_are_for(labels: dict[str, str], receiver: str) -> None:
    pairs = [f"{name}={value}" for name, value in labels.items()]
    told = amtool("config", "routes", "test", "--config.file=alertmanager.yml", *pairs)
    assert told.split() == [receiver]


def test_inhibitions_name_alerts_that_there_are() -> None:
    config = yaml.safe_load((_DEPLOY / "alertmanager" / "alertmanager.yml").read_text())
    known = {rule["alert"] for rule in ALERTS}
    for rule in config["inhibit_rules"]:
        for matcher in (*rule["source_matchers"], *rule["target_matchers"]):
            _, operator, value = matcher.split(maxsplit=2)
            fits = {name for name in known if name == value or re.fullmatch(value.strip('"'), name)}
            names = re.fullmatch(r"Ioc\((.*)\)", value.strip('"'))
            assert len(fits) == (names[1].count("|") + 1 if operator == "=~" and names else 1), matcher
