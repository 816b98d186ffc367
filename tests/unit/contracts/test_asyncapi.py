"""The AsyncAPI document: by the specification's own parser and schema, and against the catalogue of topics."""

from __future__ import annotations

import json
import re
from typing import Any

import jsonschema_rs
import pytest

from ioc.contracts.asyncapi import Cluster, document
from ioc.contracts.catalogue import CONTRACTS
from ioc.contracts.schema import all_schemas
from ioc.events import to_binary_headers
from ioc.settings import KafkaSettings
from ioc.topics import catalogue
from tests.node import run_node
from tests.unit.events.examples import FULL

CENTRES = ["province", "north"]
CONTRACT = document("1.2.3", CENTRES, Cluster())
SECURED = document("1.2.3", CENTRES, Cluster(protocol="SASL_SSL", mechanism="SCRAM-SHA-512", partitions=12, replicas=3))


@pytest.mark.parametrize("contract", [CONTRACT, SECURED], ids=["plain", "secured"])
def test_the_official_parser_and_schema_take_it(contract: dict[str, Any]) -> None:
    read = json.loads(run_node("asyncapi.js", stdin=json.dumps(contract)))
    assert read["diagnostics"] == []
    assert sorted(read["channels"]) == sorted(channel["address"] for channel in contract["channels"].values())
    assert sorted(read["operations"]) == sorted(
        f"{each['action']} {name}" for name, each in contract["operations"].items()
    )
    assert len(read["messages"]) == len(contract["components"]["messages"])
    assert all(has_payload for _, _, has_payload in read["messages"])
    official = jsonschema_rs.validator_for(read["official"])
    assert [each.message for each in official.iter_errors(contract)] == []


def test_every_public_topic_is_a_channel_as_it_is_created() -> None:
    specs = {spec.name: spec for spec in catalogue(CENTRES) if not spec.internal}
    addresses = {channel["address"]: channel for channel in CONTRACT["channels"].values()}
    assert addresses.keys() == {re.sub(r"^ioc\.alerts\..*", "ioc.alerts.{centre}", name) for name in specs}
    for name, spec in specs.items():
        binding = addresses[re.sub(r"^ioc\.alerts\..*", "ioc.alerts.{centre}", name)]["bindings"]["kafka"]
        assert (binding["partitions"], binding["replicas"]) == (4, 1)
        kept = {key: value for key, value in spec.config().items() if key in {"cleanup.policy", "retention.ms"}}
        told = binding["topicConfiguration"]
        assert kept == {key: ",".join(value) if isinstance(value, list) else str(value) for key, value in told.items()}
        restricted = addresses.get(name, {}).get("description", "").startswith("Restricted")
        assert restricted is spec.restricted, name
    assert addresses["ioc.alerts.{centre}"]["parameters"]["centre"]["enum"] == CENTRES


def test_what_others_write_is_received_and_the_rest_sent() -> None:
    actions = {each["channel"]["$ref"]: each["action"] for each in CONTRACT["operations"].values()}
    for contract in CONTRACTS:
        channel = contract.topic.removeprefix("ioc.").partition(".{")[0]
        assert actions[f"#/channels/{channel}"] == ("receive" if contract.direction == "in" else "send")


def _validator(part: dict[str, Any]) -> jsonschema_rs.Draft7Validator:
    return jsonschema_rs.Draft7Validator({**part, "components": CONTRACT["components"]}, validate_formats=True)


@pytest.mark.parametrize("source", FULL)
def test_messages_say_what_schemas_say(source: Any) -> None:
    contract = next(each for each in CONTRACTS if each.topic == f"ioc.raw.{source}")
    title = all_schemas()[contract.name]["title"]
    message = CONTRACT["components"]["messages"][title]
    payload, headers = _validator(message["payload"]), _validator(message["headers"])
    payload.validate(FULL[source])
    assert not payload.is_valid({})
    written = {name: value.decode() for name, value in to_binary_headers("1", "urn:x", contract.event_type)}
    headers.validate(written)
    headers.validate({})
    assert not headers.is_valid({**written, "ce_type": "vn.ioc.alert.v1"})
    assert not headers.is_valid({**written, "ce_specversion": "0.3"})
    structured = CONTRACT["components"]["messages"][f"{title}Structured"]
    event = {"specversion": "1.0", "id": "1", "source": "urn:x", "type": contract.event_type, "data": FULL[source]}
    _validator(structured["payload"]).validate(event)
    assert not _validator(structured["payload"]).is_valid({**event, "data": {}})
    assert not _validator(structured["payload"]).is_valid({**event, "data_base64": "e30="})
    _validator(structured["headers"]).validate({"content-type": "application/cloudevents+json; charset=UTF-8"})
    assert not _validator(structured["headers"]).is_valid({"content-type": "application/cloudevents-batch+json"})


def test_what_is_sent_always_has_an_envelope_but_the_audit() -> None:
    for contract in CONTRACTS:
        message = CONTRACT["components"]["messages"][all_schemas()[contract.name]["title"]]
        if contract.direction == "out" and contract.event_type:
            assert not _validator(message["headers"]).is_valid({})
        elif not contract.event_type:
            assert "headers" not in message


@pytest.mark.parametrize(
    ("settings", "host", "protocol", "scheme"),
    [
        ({}, "localhost:9092", "kafka", None),
        ({"bootstrap": "a:1, b:2"}, "a:1", "kafka", None),
        ({"security_protocol": "SASL_SSL"}, "localhost:9092", "kafka-secure", "scramSha512"),
        (
            {"security_protocol": "SASL_SSL", "sasl_mechanism": "SCRAM-SHA-256"},
            "localhost:9092",
            "kafka-secure",
            "scramSha256",
        ),
        ({"security_protocol": "SASL_PLAINTEXT", "sasl_mechanism": "PLAIN"}, "localhost:9092", "kafka", "plain"),
        ({"security_protocol": "SSL"}, "localhost:9092", "kafka-secure", "X509"),
    ],
)
def test_the_server_is_the_configured_one(
    settings: dict[str, Any], host: str, protocol: str, scheme: str | None
) -> None:
    made = document("1", CENTRES, Cluster.of(KafkaSettings(**settings)))
    server = made["servers"]["kafka"]
    assert (server["host"], server["protocol"]) == (host, protocol)
    assert made["components"].get("securitySchemes", {}).get("kafka", {}).get("type") == scheme
    assert ("security" in server) is (scheme is not None)
