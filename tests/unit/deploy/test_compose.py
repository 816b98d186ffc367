"""The compose file: of the schema, closed, and made of what is there: settings the product takes, files that exist.

No container runs here. What can be known without one is: that the file is one of Docker Compose's, and that each
process of the product would start with the settings that the file gives it.
"""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from connectors.cli import config
from deploy.health import PORTS
from deploy.local.jars import KAFKA_VERSION
from deploy.secrets.installation import Installation, Place
from ioc.access import SERVICES, user_of

ROOT = Path(__file__).parents[3]
DEPLOY = ROOT / "deploy"
ONCE = {"volumes", "access", "topics", "vault", "keys"}
OTHERS = {"kafka", "postgres", "mosquitto", "prometheus", "alertmanager", "grafana"}
OUTSIDE = {"./stations", "./notify"}
"""Folders of the administrator's."""
_VARIABLE = re.compile(r"\$(?:\$|\{(?P<name>\w+)(?::(?P<how>[-?])(?P<text>[^}]*))?\})")


def interpolated(text: str, variables: dict[str, str]) -> str:
    """As Docker Compose replaces variables; one that has to be set and is not is an error."""

    def value(match: re.Match[str]) -> str:
        name = match["name"]
        if name is None:
            return "$"
        if match["how"] == "-":
            return variables.get(name) or match["text"]
        return variables[name]

    return _VARIABLE.sub(value, text)


@pytest.fixture(scope="module")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("secrets")
    Installation(folder, Place()).make()
    return folder


@pytest.fixture(scope="module")
def compose(secrets: Path) -> dict[str, Any]:
    pairs = (line.split("=", 1) for line in (secrets / "compose.env").read_text().splitlines())
    found: dict[str, Any] = yaml.safe_load(interpolated((DEPLOY / "compose.yaml").read_text(), dict(pairs)))
    return found


def own(compose: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Services of the product that stay."""
    return {name: each for name, each in compose["services"].items() if name not in ONCE | OTHERS}


def test_it_is_of_the_schema(compose: dict[str, Any]) -> None:
    schema = json.loads((ROOT / "tests" / "data" / "compose-spec" / "compose-spec.json").read_text())
    jsonschema.validators.validator_for(schema)(schema).validate(compose)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(compose | {"services": {"kafka": {"imgae": "kafka"}}}, schema)


def test_there_is_everything(compose: dict[str, Any]) -> None:
    assert set(own(compose)) == set(SERVICES)
    assert set(compose["services"]) == set(SERVICES) | ONCE | OTHERS
    for name, service in compose["services"].items():
        for other, wanted in service.get("depends_on", {}).items():
            condition = "service_completed_successfully" if other in ONCE else "service_healthy"
            assert wanted == {"condition": condition}, (name, other)


def test_images_are_pinned_by_version(compose: dict[str, Any]) -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    images = {name: service["image"] for name, service in compose["services"].items()}
    assert {images[name] for name in (*own(compose), *ONCE)} == {f"ioc-stream:{version}"}
    assert images["kafka"] == f"apache/kafka:{KAFKA_VERSION}"
    for image in images.values():
        assert re.fullmatch(r"[a-z/-]+:v?\d+(\.\d+)+(-[\d.]+)?|postgis/postgis:\d+-\d+\.\d+", image), image


def test_nothing_runs_as_root_or_writes_where_it_need_not(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert "privileged" not in service, name
        root = str(service["user"]).startswith("0")
        assert root == (name == "volumes"), name  # gives the volumes to the others' user, without a network
        assert ("network_mode" in service) or service["networks"], name
    assert compose["services"]["volumes"]["cap_add"] == ["CHOWN"]
    assert [name for name, service in compose["services"].items() if "cap_add" in service] == ["volumes"]
    assert compose["services"]["volumes"]["network_mode"] == "none"
    assert compose["networks"]["core"] == {"internal": True}


def test_who_stays_is_asked_how_it_is_and_is_reached_on_this_machine_only(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        if name in ONCE:
            continue
        assert service["healthcheck"]["test"][0] in {"CMD", "CMD-SHELL"}, name
        assert service["restart"] == "unless-stopped", name
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ())), name
    ports = {
        name: int(service["healthcheck"]["test"][-1].split(":")[2].split("/")[0])
        for name, service in own(compose).items()
    }
    assert set(ports.values()) == set(PORTS)


def test_what_is_mounted_is_there(compose: dict[str, Any], secrets: Path) -> None:
    for secret in compose["secrets"].values():
        assert Path(secret["file"]).is_file(), secret
    for name, service in compose["services"].items():
        assert {each["source"] for each in service.get("secrets", ())} <= set(compose["secrets"]), name
        for mount in service.get("volumes", ()):
            source = mount.split(":")[0]
            if source.startswith("/"):
                assert Path(source).exists(), mount
            elif source.startswith("./") and source not in OUTSIDE:
                assert (DEPLOY / source).exists() or not (DEPLOY / Path(source).parts[0]).exists(), mount
            elif not source.startswith("."):
                assert source in compose["volumes"], mount


def test_only_whoever_makes_users_and_the_broker_itself_hold_what_opens_all_of_kafka(compose: dict[str, Any]) -> None:
    def holders(what: str) -> set[str]:
        return {
            name for name, service in compose["services"].items()
            if any(f"/{what}:" in mount for mount in service.get("volumes", ()))
        }  # fmt: skip

    assert holders("root") == holders("users") == {"access"}
    assert holders("kafka") == {"kafka"}
    assert "ca.key" not in (DEPLOY / "compose.yaml").read_text()


def seen_by(service: dict[str, Any], compose: dict[str, Any], secrets: Path) -> dict[str, str]:
    """A process's variables, with the files that it would see where they are here; those that it does not, missing."""
    there = {each["target"]: compose["secrets"][each["source"]]["file"] for each in service.get("secrets", ())}
    for mount in service.get("volumes", ()):
        source, target, *_ = mount.split(":")
        if source.startswith(str(secrets)):
            there |= {f"{target}/{path.name}": str(path) for path in Path(source).glob("*")} | {target: source}
        elif source.startswith("./") and source not in OUTSIDE:
            there[target] = str(DEPLOY / source)
    return {
        name: there.get(
            str(value), str(value) if not str(value).startswith(("/run/ioc", "/etc/ioc")) else f"missing: {value}"
        )
        for name, value in service["environment"].items()
    }


def test_the_product_takes_the_settings_that_it_gets(compose: dict[str, Any], secrets: Path, tmp_path: Path) -> None:
    for name, service in {**own(compose), "topics": compose["services"]["topics"]}.items():
        environment = seen_by(service, compose, secrets)
        assert not [value for value in environment.values() if value.startswith("missing")], (name, environment)
        loaded = config.load(environment, tmp_path)
        assert loaded.ignored == (), name
        kafka = loaded.settings.kafka
        assert kafka.security_protocol == "SASL_SSL"
        user = user_of("administrator" if name == "topics" else name)
        assert kafka.sasl_username == user
        assert kafka.sasl_password is not None
        assert kafka.sasl_password.get_secret_value() == (secrets / "users" / f"{user}.password").read_text().strip()
        assert kafka.ssl_cafile == secrets / "ca.crt"
    access = config.load(seen_by(compose["services"]["access"], compose, secrets), tmp_path).settings.kafka
    assert (access.security_protocol, access.ssl_keyfile) == ("SSL", secrets / "root" / "root.key")


def test_one_key_each_is_behind_the_pseudonyms_of_all_and_one_vault(compose: dict[str, Any]) -> None:
    worker, gateway = (compose["services"][name] for name in ("worker", "gateway"))
    names = [name for name in worker["environment"] if name.startswith("IOC_PRIVACY__")]
    assert len(names) == 4
    assert all(worker["environment"][name] == gateway["environment"][name] for name in names)
    assert all("vault:/var/lib/ioc-vault" in each["volumes"] for each in (worker, gateway))
    assert compose["services"]["gateway"]["environment"]["IOC_STORE__URL_FILE"].endswith("reader.url")


def test_prometheus_asks_the_processes_where_they_listen(compose: dict[str, Any]) -> None:
    scraped = yaml.safe_load((DEPLOY / "compose" / "prometheus.yml").read_text())
    targets = {}
    for job in scraped["scrape_configs"]:
        for each in job.get("static_configs", ()):
            host, port = each["targets"][0].split(":")
            targets[host] = (job["job_name"], int(port))
        for each in job.get("dns_sd_configs", ()):
            targets[each["names"][0]] = (job["job_name"], each["port"])
    stay = own(compose)
    assert set(targets) == set(stay)
    for name, (job, port) in targets.items():
        assert job == f"ioc-{name}"
        assert f"127.0.0.1:{port}/" in stay[name]["healthcheck"]["test"][-1]
