"""The topics as an AsyncAPI 3 document: channels, messages with their CloudEvents headers, Kafka bindings.

AsyncAPI's own schemas are a superset of JSON Schema draft 7, the only dialect that its tools have to read. So schemas
are written into it in those words: definitions side by side in ``components``, and nothing beside a reference.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

from ioc import topics
from ioc.contracts.catalogue import CENTRE, CONTRACTS, Contract
from ioc.contracts.schema import all_schemas
from ioc.settings import KafkaSettings
from ioc.topics import TopicSpec

ASYNCAPI: Final = "3.1.0"
BINDING: Final = "0.5.0"

JSON_TYPE: Final = "application/json"
STRUCTURED_TYPE: Final = "application/cloudevents+json"
_SCHEMAS: Final = "#/components/schemas/"
_BINARY: Final = "CloudEventHeaders"
_STRUCTURED: Final = "StructuredHeaders"
_DEAD_LETTER: Final = "DeadLetter"
_SECURITY: Final = {
    "PLAIN": {"type": "plain"},
    "SCRAM-SHA-256": {"type": "scramSha256"},
    "SCRAM-SHA-512": {"type": "scramSha512"},
    "SSL": {"type": "X509"},
}


@dataclass(frozen=True, slots=True)
class Cluster:
    """Where the topics are.

    Attributes:
        host: Address of a broker, ``host:port``.
        partitions: Of a newly created topic.
        replicas: Of a newly created topic.
        protocol: Kafka's ``security.protocol``.
        mechanism: Kafka's ``sasl.mechanism``; counts where the protocol has SASL.

    """

    host: str = "localhost:9092"
    partitions: int = 4
    replicas: int = 1
    protocol: str = "PLAINTEXT"
    mechanism: str = "SCRAM-SHA-512"

    @classmethod
    def of(cls, settings: KafkaSettings) -> Self:
        """The configured one."""
        host = (settings.bootstrap or f"localhost:{settings.port}").partition(",")[0].strip()
        return cls(host, settings.partitions, settings.replication, settings.security_protocol, settings.sasl_mechanism)


def document(version: str, centres: Sequence[str], cluster: Cluster) -> dict[str, Any]:
    """The document of a province with these centres.

    Args:
        version: Of the product.
        centres: Codes of the centres; each has a topic of alerts.
        cluster: Where the topics are.

    """
    specs = {spec.name: spec for spec in topics.catalogue(centres)}
    schemas: dict[str, Any] = {_BINARY: _binary_headers(), _STRUCTURED: _structured_headers()}
    messages: dict[str, Any] = {}
    channels: dict[str, Any] = {}
    operations: dict[str, Any] = {}
    written = all_schemas()
    for contract in CONTRACTS:
        title = _embed(written[contract.name], schemas)
        names = {title: _message(contract, title)}
        if contract.direction == "in" and contract.topic in topics.SOURCE_OF:
            names[f"{title}Structured"] = _structured_message(contract, title)
        messages |= names
        channel = contract.topic.removeprefix("ioc.").partition(f".{CENTRE}")[0]
        own = topics.alert_topic(centres[0]) if contract.topic.endswith(CENTRE) else contract.topic
        channels[channel] = _channel(contract.topic, specs[own], cluster, names)
        if contract.topic.endswith(CENTRE):
            channels[channel]["parameters"] = {
                "centre": {"description": "code of an operations centre", "enum": list(centres)}
            }
        operations |= _operation(contract.direction, title, channel, names)
    schemas[_DEAD_LETTER] = _dead_letter_headers()
    messages[_DEAD_LETTER] = _dead_letter()
    channels["dlq"] = _channel(topics.DLQ, specs[topics.DLQ], cluster, [_DEAD_LETTER])
    operations |= _operation("out", _DEAD_LETTER, "dlq", [_DEAD_LETTER])
    secured = _security(cluster)
    return {
        "asyncapi": ASYNCAPI,
        "info": {
            "title": "IOC event stream processor",
            "version": version,
            "description": (
                "Topics of a province's operations centres. `receive`: others publish there, and the product reads; "
                "`send`: the product writes. Readers use `isolation.level=read_committed`, take fields and, where a "
                "set of codes is marked `x-extensible-enum`, codes that they do not know."
            ),
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "defaultContentType": JSON_TYPE,
        "servers": {
            "kafka": {
                "host": cluster.host,
                "protocol": "kafka-secure" if "SSL" in cluster.protocol else "kafka",
                "description": "Apache Kafka",
                **({"security": [{"$ref": "#/components/securitySchemes/kafka"}]} if secured else {}),
                "bindings": {"kafka": {"bindingVersion": BINDING}},
            }
        },
        "channels": channels,
        "operations": operations,
        "components": {
            "messages": messages,
            "schemas": schemas,
            **({"securitySchemes": {"kafka": secured}} if secured else {}),
        },
    }


def _security(cluster: Cluster) -> dict[str, str] | None:
    if cluster.protocol.startswith("SASL"):
        return _SECURITY[cluster.mechanism]
    return _SECURITY["SSL"] if cluster.protocol == "SSL" else None


def _channel(
    address: str, spec: TopicSpec, cluster: Cluster, messages: Sequence[str] | dict[str, Any]
) -> dict[str, Any]:
    configuration: dict[str, Any] = {"cleanup.policy": spec.cleanup.split(",")}
    if spec.retention_ms is not None:
        configuration["retention.ms"] = spec.retention_ms
    binding: dict[str, Any] = {
        "partitions": cluster.partitions,
        "replicas": cluster.replicas,
        "topicConfiguration": configuration,
        "bindingVersion": BINDING,
    }
    note = "Restricted: holds personal data." if spec.restricted else ""
    return {
        "address": address,
        **({"description": note} if note else {}),
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages},
        "bindings": {"kafka": binding},
    }


def _operation(
    direction: str, title: str, channel: str, messages: Sequence[str] | dict[str, Any]
) -> dict[str, dict[str, Any]]:
    action = "receive" if direction == "in" else "send"
    return {
        f"{action}{title}": {
            "action": action,
            "channel": {"$ref": f"#/channels/{channel}"},
            "messages": [{"$ref": f"#/channels/{channel}/messages/{name}"} for name in messages],
            "bindings": {"kafka": {"bindingVersion": BINDING}},
        }
    }


def _message(contract: Contract, title: str) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if contract.event_type:
        own = {"type": "object", "properties": {"ce_type": {"const": contract.event_type}}}
        if contract.direction == "out":
            own["required"] = ["ce_id", "ce_source", "ce_specversion", "ce_type"]
        headers = {"headers": {"allOf": [{"$ref": _SCHEMAS + _BINARY}, own], "type": "object"}}
    return {
        "name": contract.event_type or contract.name,
        "title": title,
        "contentType": JSON_TYPE,
        **headers,
        "payload": {"$ref": _SCHEMAS + title},
        "bindings": {"kafka": _key(contract.key)},
    }


def _structured_message(contract: Contract, title: str) -> dict[str, Any]:
    """The same event as one JSON document, its envelope around it."""
    text = {"type": "string", "minLength": 1}
    return {
        "name": f"{contract.event_type} (structured)",
        "title": f"{title}, as a structured CloudEvent",
        "contentType": STRUCTURED_TYPE,
        "headers": {"$ref": _SCHEMAS + _STRUCTURED},
        "payload": {
            "type": "object",
            "required": ["specversion", "id", "source", "type"],
            "properties": {
                "specversion": {"const": "1.0"},
                "id": text,
                "source": text,
                "type": {"const": contract.event_type},
                "time": {"type": "string", "format": "date-time"},
                "datacontenttype": {"type": "string"},
                "data": {"$ref": _SCHEMAS + title},
                "data_base64": {"type": "string", "contentEncoding": "base64"},
            },
            "oneOf": [{"required": ["data"]}, {"required": ["data_base64"]}],
        },
        "bindings": {"kafka": _key(contract.key)},
    }


def _key(words: str) -> dict[str, Any]:
    return {"key": {"type": "string", "description": words.replace("`", "")}, "bindingVersion": BINDING}


def _binary_headers() -> dict[str, Any]:
    text = {"type": "string", "minLength": 1}
    return {
        "description": (
            "CloudEvents 1.0 in Kafka's binary mode: attributes as headers in UTF-8. Every record of the product has "
            "them; what others write may be plain JSON without headers"
        ),
        "type": "object",
        "properties": {
            "ce_specversion": {"const": "1.0"},
            "ce_id": {**text, "description": "unique within ce_source"},
            "ce_source": {**text, "description": "who publishes, a URI reference"},
            "ce_type": text,
            "ce_time": {"type": "string", "format": "date-time"},
            "content-type": {"type": "string", "description": f"{JSON_TYPE}, which is taken for granted"},
        },
    }


def _structured_headers() -> dict[str, Any]:
    return {
        "description": "CloudEvents 1.0 in Kafka's structured mode: all attributes are in the value",
        "type": "object",
        "required": ["content-type"],
        "properties": {"content-type": {"type": "string", "pattern": "^application/cloudevents\\+json( *;.*)?$"}},
    }


def _dead_letter() -> dict[str, Any]:
    return {
        "name": "dead letter",
        "title": "Dead letter",
        "summary": "A record that could not be taken, its bytes and headers unchanged",
        "contentType": "application/octet-stream",
        "headers": {"$ref": _SCHEMAS + _DEAD_LETTER},
        "payload": {"description": "the bytes of origin, whatever they are"},
        "bindings": {"kafka": _key("key of origin")},
    }


def _dead_letter_headers() -> dict[str, Any]:
    connect = "__connect.errors."
    names = {
        f"{connect}topic": "where the record was",
        f"{connect}partition": "its partition",
        f"{connect}offset": "its offset",
        f"{connect}exception.class.name": "kind of the failure",
        f"{connect}exception.message": "what was expected; never a value of the record",
        f"{connect}stage": "where it was refused",
        "ioc.error.pointer": "JSON pointer of the bad field",
        "ioc.error.reason": "code of the reason",
    }
    properties = {name: {"type": "string", "description": words} for name, words in names.items()}
    properties["ioc.error.truncated"] = {
        "type": "string", "description": "bytes of the value, where it was too large to be kept with these headers",
    }  # fmt: skip
    return {
        "description": "Headers of Kafka Connect's convention, beside those of the record",
        "type": "object",
        "required": list(names),
        "properties": properties,
    }


def _embed(schema: dict[str, Any], schemas: dict[str, Any]) -> str:
    """Put a schema and what it refers to into ``components``; returns its name there."""
    title: str = schema["title"]
    own = {key: value for key, value in schema.items() if key not in {"$schema", "$id", "$defs", "x-kafka"}}
    defs: dict[str, Any] = schema.get("$defs", {})
    names = {
        name: name if schemas.get(name) in (None, _older(part, {})) else f"{title}{name}" for name, part in defs.items()
    }
    for name, part in {**{names[name]: part for name, part in defs.items()}, title: own}.items():
        schemas[name] = _older(part, names)
    return title


def _older(part: Any, names: dict[str, str]) -> Any:
    """A part of a schema in the words of draft 7."""
    if isinstance(part, list):
        return [_older(each, names) for each in part]
    if not isinstance(part, dict):
        return part
    made = {key: _older(value, names) for key, value in part.items() if key != "$ref"}
    if "$ref" not in part:
        return made
    name = part["$ref"].rpartition("/")[2]
    reference = {"$ref": _SCHEMAS + names.get(name, name)}
    return {"allOf": [reference], **made} if made else reference
