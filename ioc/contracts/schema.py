"""JSON Schema 2020-12 of the values of topics, made from the models that read and write them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Final, Literal

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from ioc.contracts.catalogue import BY_NAME, Contract
from ioc.contracts.words import summary_of, words_of
from ioc.vocabulary import FLAGS, PAUSES

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
MEDIA_TYPE: Final = "application/schema+json"
OPEN_CODES: Final = "x-extensible-enum"
"""Keyword of a set of codes that may grow: the codes known today, beside which readers take others."""

_OWN_ID: Final = "The event's own; where an envelope has an id (ce_id), that one counts and this may be left out."

_OPEN: Final = (frozenset(FLAGS), frozenset(PAUSES.values()))


class _Writer(GenerateJsonSchema):
    """pydantic's own, without a title for each field and with what the code says of it."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 - the base class's signature
        return False

    def dataclass_schema(self, schema: core_schema.DataclassSchema) -> JsonSchemaValue:
        return _said(super().dataclass_schema(schema), schema["cls"])

    def typed_dict_schema(self, schema: core_schema.TypedDictSchema) -> JsonSchemaValue:
        cls = schema.get("cls")
        made = super().typed_dict_schema(schema)
        return _said(made, cls) if isinstance(cls, type) else made

    def literal_schema(self, schema: core_schema.LiteralSchema) -> JsonSchemaValue:
        if self.mode == "serialization" and frozenset(schema["expected"]) in _OPEN:
            return {"type": "string", OPEN_CODES: list(schema["expected"])}
        return super().literal_schema(schema)


def _said(made: JsonSchemaValue, cls: type) -> JsonSchemaValue:
    if summary := summary_of(cls):
        made["description"] = summary
    words = words_of(cls)
    for name, field in made.get("properties", {}).items():
        if name in words and "description" not in field:
            field["description"] = words[name]
    return made


def schema_of(contract: Contract) -> dict[str, Any]:
    """The schema of one kind of record, complete in itself.

    What is checked beyond it (times ahead of the clock, units, personal data in identifiers) no schema can say: what
    fits may still be refused.
    """
    mode: Literal["validation", "serialization"] = "validation" if contract.direction == "in" else "serialization"
    made = contract.adapter.json_schema(mode=mode, schema_generator=_Writer)
    if contract.direction == "in" and "id" in made["properties"]:
        made["properties"]["id"]["description"] = _OWN_ID
    kafka: dict[str, Any] = {"topic": contract.topic, "key": contract.key, "direction": contract.direction}
    head: dict[str, Any] = {
        "$schema": DIALECT,
        "$id": contract.schema_id,
        "title": made.pop("title"),
        "description": made.pop("description"),
        "x-kafka": kafka,
    }
    if contract.event_type:
        head["x-cloudevents-type"] = contract.event_type
    return head | made


@cache
def all_schemas() -> Mapping[str, dict[str, Any]]:
    """Every schema by its name; made once, so nobody changes one."""
    return {name: schema_of(contract) for name, contract in BY_NAME.items()}
