"""The resources for Kubernetes: of the schemas, closed, and at one with the product's tables and settings.

No cluster runs here. Core kinds are checked against their schemas; custom resources by what in them has to fit.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from connectors.cli import config
from deploy.kubernetes.__main__ import BASE, texts
from deploy.local.jars import KAFKA_VERSION
from ioc.access import grants, user_of
from ioc.catalog import load_catalogue, load_folder, shipped_province
from ioc.settings import WorkerSettings
from ioc.topics import RAW, catalogue
from tests.system.running import lacking

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "deploy" / "kubernetes"
OVERLAYS = sorted(path.name for path in (FOLDER / "overlays").iterdir())
RELEASE = "1.33"
CENTRES = list(load_catalogue(load_folder(shipped_province())).centres)
CUSTOM = {
    ("kafka.strimzi.io/v1", "Kafka"), ("kafka.strimzi.io/v1", "KafkaNodePool"), ("kafka.strimzi.io/v1", "KafkaUser"),
    ("kafka.strimzi.io/v1", "KafkaTopic"), ("keda.sh/v1alpha1", "ScaledObject"),
    ("keda.sh/v1alpha1", "TriggerAuthentication"),
}  # fmt: skip


@pytest.fixture(scope="module", params=OVERLAYS)
def rendered(request: pytest.FixtureRequest) -> list[dict[str, Any]]:
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        lacking("kubectl is not on the path: it renders the overlays")
    done = subprocess.run(
        [kubectl, "kustomize", FOLDER / "overlays" / request.param], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return list(yaml.safe_load_all(done.stdout))


def of(rendered: list[dict[str, Any]], kind: str) -> dict[str, dict[str, Any]]:
    return {each["metadata"]["name"]: each for each in rendered if each["kind"] == kind}


def pods(rendered: list[dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    for each in rendered:
        if each["kind"] in {"StatefulSet", "Deployment"}:
            yield each["metadata"]["name"], each["spec"]["template"]


def test_core_kinds_are_of_their_schemas_and_no_other_kind_is_unknown(rendered: list[dict[str, Any]]) -> None:
    for each in rendered:
        if (each["apiVersion"], each["kind"]) in CUSTOM:
            assert set(each) == {"apiVersion", "kind", "metadata", "spec"}
        else:
            kubernetes_validate.validate(each, RELEASE, strict=True)
        assert each["kind"] == "Namespace" or each["metadata"]["namespace"] == "ioc"


def test_a_wrong_field_would_be_found(rendered: list[dict[str, Any]]) -> None:
    worker = of(rendered, "StatefulSet")["ioc-worker"]
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(worker | {"spec": worker["spec"] | {"replica": 3}}, RELEASE, strict=True)


def test_what_is_generated_is_what_is_committed() -> None:
    for name, text in texts().items():
        assert (BASE / name).read_text() == text, f"run python -m deploy.kubernetes: {name}"
    for copy, original in {
        "base/pg_hba.conf": "postgres/pg_hba.conf", "base/20-roles.sql": "postgres/20-roles.sql",
        "components/mqtt/mqtt.toml": "mosquitto/mqtt.toml",
    }.items():  # fmt: skip
        assert (FOLDER / copy).read_text() == (ROOT / "deploy" / original).read_text(), copy


def test_users_have_the_grants_of_the_table_and_no_more(rendered: list[dict[str, Any]]) -> None:
    users = of(rendered, "KafkaUser")
    roles = ("worker", "gateway", "store", "stations", "mqtt", "notify", "operator", "administrator", "scaler")
    assert set(users) == {user_of(role) for role in roles}
    for role in roles:
        spec = users[user_of(role)]["spec"]
        assert spec["authentication"] == {"type": "scram-sha-512"}
        found = set()
        for entry in spec["authorization"]["acls"]:
            resource = entry["resource"]
            kind = "transactional-id" if resource["type"] == "transactionalId" else resource["type"]
            pattern = "prefixed" if resource.get("patternType") == "prefix" else "literal"
            name = "kafka-cluster" if kind == "cluster" else resource["name"]
            found |= {(kind, name, pattern, operation) for operation in entry["operations"]}
        wanted = grants(role, CENTRES, WorkerSettings().group)
        assert found == {(each.kind, each.name, each.pattern, each.operation) for each in wanted}


def test_topics_are_those_of_the_catalogue(rendered: list[dict[str, Any]]) -> None:
    topics = of(rendered, "KafkaTopic")
    specs = {spec.name: spec for spec in catalogue(CENTRES)}
    assert set(topics) == set(specs)
    partitions = {each["spec"]["partitions"] for each in topics.values()}
    assert partitions == {int(of(rendered, "ConfigMap")["ioc-settings"]["data"]["IOC_KAFKA__PARTITIONS"])}
    brokers = of(rendered, "KafkaNodePool")["broker"]["spec"]["replicas"]
    for name, each in topics.items():
        settings = dict(each["spec"]["config"])
        assert int(settings.pop("min.insync.replicas")) <= each["spec"]["replicas"] <= brokers
        assert settings == specs[name].config()


def test_kafka_lets_nobody_in_without_a_name(rendered: list[dict[str, Any]]) -> None:
    kafka = of(rendered, "Kafka")["ioc"]["spec"]["kafka"]
    assert kafka["version"] == KAFKA_VERSION
    assert kafka["authorization"] == {"type": "simple"}
    for listener in kafka["listeners"]:
        assert listener["tls"] is True
        assert listener["authentication"] == {"type": "scram-sha-512"}
    assert all(each["metadata"]["labels"]["strimzi.io/cluster"] == "ioc" for kind in ("KafkaUser", "KafkaTopic")
               for each in of(rendered, kind).values())  # fmt: skip


def test_pods_have_no_rights_that_they_need_not(rendered: list[dict[str, Any]]) -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    for name, template in pods(rendered):
        spec = template["spec"]
        assert spec["automountServiceAccountToken"] is False, name
        assert spec["securityContext"]["runAsNonRoot"] is True, name
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
        for container in (*spec["containers"], *spec.get("initContainers", ())):
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]},
            }, name  # fmt: skip
            assert container["resources"]["limits"]["memory"], name
            assert container["image"] in {f"ioc-stream:{version}", "postgis/postgis:17-3.5"}, name
        for container in spec["containers"]:
            assert {"startupProbe", "livenessProbe", "readinessProbe"} <= set(container), name


def test_mounts_have_volumes_and_secrets_have_somebody_who_makes_them(rendered: list[dict[str, Any]]) -> None:
    users = set(of(rendered, "KafkaUser"))
    by_hand = set(re.findall(r"create secret generic (\S+)", (FOLDER / "README.md").read_text()))
    known = users | by_hand | {"ioc-cluster-ca-cert"} | set(of(rendered, "Secret"))
    for name, template in pods(rendered):
        spec = template["spec"]
        claims = {each["metadata"]["name"] for each in _claims(rendered, name)}
        volumes = {each["name"]: each for each in spec["volumes"]}
        for container in (*spec["containers"], *spec.get("initContainers", ())):
            assert {each["name"] for each in container["volumeMounts"]} <= set(volumes) | claims, name
        for volume in volumes.values():
            assert "secret" not in volume or volume["secret"]["secretName"] in known, (name, volume)
            if "configMap" in volume:
                assert volume["configMap"]["name"] in of(rendered, "ConfigMap"), (name, volume)
    for each in of(rendered, "TriggerAuthentication")["ioc-scaler"]["spec"]["secretTargetRef"]:
        assert each["name"] in known


def _claims(rendered: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    return list(of(rendered, "StatefulSet").get(name, {"spec": {}})["spec"].get("volumeClaimTemplates", ()))


def test_the_product_takes_the_settings_that_it_gets(rendered: list[dict[str, Any]], tmp_path: Path) -> None:
    shared = of(rendered, "ConfigMap")["ioc-settings"]["data"]
    word = tmp_path / "word"
    word.write_text("dGhpcyBpcyBhIGtleSBmb3IgdGVzdHMgb25seSwgMzI=\n")
    for name, template in pods(rendered):
        container = template["spec"]["containers"][0]
        if name == "ioc-postgres":
            continue
        environment = dict(shared)
        for each in container["env"]:
            environment[each["name"]] = each.get("value") or "ioc-worker-0"
        mounts = [each["mountPath"] for each in container["volumeMounts"]]
        for variable, value in environment.items():
            if value.startswith("/"):
                assert any(value.startswith(mount) for mount in mounts), (name, variable)
            if variable.endswith("_FILE"):
                environment[variable] = str(word)
        loaded = config.load(environment, tmp_path)
        assert loaded.ignored == ()
        assert loaded.settings.kafka.sasl_username == name
        port = {"ioc-worker": loaded.settings.worker.metrics_port, "ioc-gateway": loaded.settings.gateway.port,
                "ioc-store": loaded.settings.store.metrics_port}[name]  # fmt: skip
        assert [each["containerPort"] for each in container["ports"]] == [port]


def test_a_worker_is_called_as_its_pod_and_goes_one_at_a_time(rendered: list[dict[str, Any]]) -> None:
    worker = of(rendered, "StatefulSet")["ioc-worker"]
    (slot,) = [each for each in worker["spec"]["template"]["spec"]["containers"][0]["env"]
               if each["name"] == "IOC_WORKER__SLOT"]  # fmt: skip
    assert slot["valueFrom"]["fieldRef"]["fieldPath"] == "metadata.name"
    budget = of(rendered, "PodDisruptionBudget")["ioc-worker"]["spec"]
    assert budget["maxUnavailable"] == 1
    labels = worker["spec"]["template"]["metadata"]["labels"]
    assert budget["selector"]["matchLabels"].items() <= labels.items()


def test_workers_grow_with_what_waits_and_never_beyond_partitions(rendered: list[dict[str, Any]]) -> None:
    scaled = of(rendered, "ScaledObject")["ioc-worker"]["spec"]
    assert scaled["scaleTargetRef"]["name"] in of(rendered, "StatefulSet")
    partitions = {each["spec"]["partitions"] for each in of(rendered, "KafkaTopic").values()}
    assert 1 <= scaled["minReplicaCount"] <= scaled["maxReplicaCount"] <= min(partitions)
    assert {each["metadata"]["topic"] for each in scaled["triggers"]} == set(RAW.values())
    assert {each["metadata"]["consumerGroup"] for each in scaled["triggers"]} == {WorkerSettings().group}
    assert {each["authenticationRef"]["name"] for each in scaled["triggers"]} <= set(
        of(rendered, "TriggerAuthentication")
    )


def test_nothing_goes_in_or_out_but_what_is_named(rendered: list[dict[str, Any]]) -> None:
    policies = of(rendered, "NetworkPolicy")
    closed = policies["ioc-nothing"]["spec"]
    assert set(closed["policyTypes"]) == {"Ingress", "Egress"}
    assert not {"ingress", "egress"} & set(closed)
    for name, template in pods(rendered):
        assert closed["podSelector"]["matchLabels"].items() <= template["metadata"]["labels"].items(), name
    selected = [each["spec"]["podSelector"].get("matchLabels", {}) for each in policies.values()]
    labels = [template["metadata"]["labels"] for _, template in pods(rendered)]
    assert all(any(each.items() <= found.items() for found in labels) for each in selected)


def test_the_vault_is_shared_on_one_node_or_not_at_all(rendered: list[dict[str, Any]]) -> None:
    holders = [name for name, template in pods(rendered)
               if any("persistentVolumeClaim" in each for each in template["spec"]["volumes"])]  # fmt: skip
    assert holders in ([], ["ioc-gateway", "ioc-worker"])
    for name in holders:
        near = of(rendered, "StatefulSet")[name]["spec"]["template"]["spec"]["affinity"]["podAffinity"]
        (rule,) = near["requiredDuringSchedulingIgnoredDuringExecution"]
        assert rule["topologyKey"] == "kubernetes.io/hostname"
