"""The schemas: which there are, what they say, and that they are what the models read and write."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import jsonschema_rs
import pytest

from ioc.contracts.catalogue import BY_NAME, CONTRACTS, contract_of
from ioc.contracts.schema import DIALECT, OPEN_CODES, all_schemas
from ioc.contracts.words import summary_of, words_of
from ioc.emit import type_of
from ioc.events import SPECS
from ioc.topics import DLQ, RAW, catalogue
from ioc.vocabulary import FLAGS, SEVERITIES
from tests.unit.events.examples import FULL

SCHEMAS = all_schemas()


def test_every_public_topic_has_a_schema() -> None:
    specs = [spec for spec in catalogue(["province", "north"]) if not spec.internal and spec.name != DLQ]
    found = {spec.name: contract_of(spec.name) for spec in specs}
    assert [name for name, contract in found.items() if contract is None] == []
    assert {contract.name for contract in found.values() if contract} == set(BY_NAME)
    assert contract_of(DLQ) is contract_of("ioc.state.incidents") is None


def test_types_are_those_that_are_written() -> None:
    for contract in CONTRACTS:
        if contract.topic in RAW.values():
            assert contract.event_type in {spec.type for spec in SPECS.values()}
        elif contract.event_type:
            assert contract.event_type == type_of(contract.model)
    assert [contract.name for contract in CONTRACTS if not contract.event_type] == ["audit"]


@pytest.mark.parametrize("name", SCHEMAS)
def test_schemas_are_schemas(name: str) -> None:
    schema = SCHEMAS[name]
    assert schema["$schema"] == DIALECT
    assert schema["$id"] == f"urn:ioc:schema:{name}.v1"
    jsonschema_rs.meta.validate(schema)
    jsonschema_rs.Draft202012Validator(schema)


def _references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        yield from [part["$ref"]] if "$ref" in part else []
        part = list(part.values())
    for each in part if isinstance(part, list) else ():
        yield from _references(each)


@pytest.mark.parametrize("name", SCHEMAS)
def test_references_lead_into_the_schema(name: str) -> None:
    schema = SCHEMAS[name]
    assert {reference.removeprefix("#/$defs/") for reference in _references(schema)} == set(schema.get("$defs", {}))


@pytest.mark.parametrize("source", SPECS)
def test_examples_of_events_fit(source: Any) -> None:
    contract = contract_of(RAW[source])
    assert contract is not None
    validator = jsonschema_rs.Draft202012Validator(SCHEMAS[contract.name], validate_formats=True)
    validator.validate(FULL[source])
    for required in SCHEMAS[contract.name]["required"]:
        assert not validator.is_valid({name: value for name, value in FULL[source].items() if name != required})


def test_what_others_write_may_have_other_fields_and_other_spellings() -> None:
    bts = jsonschema_rs.Draft202012Validator(SCHEMAS["bts"])
    assert bts.is_valid({**FULL["bts"], "unknown": 1, "state": "inService", "alarm": {"severity": "MAJOR"}})
    assert not bts.is_valid({**FULL["bts"], "state": "asleep"})


def test_open_codes_are_told_from_closed_ones() -> None:
    incident = SCHEMAS["incident"]
    assert incident["properties"]["flags"]["items"] == {"type": "string", OPEN_CODES: list(FLAGS)}
    assert incident["properties"]["severity"]["enum"] == list(SEVERITIES)


def test_fields_say_what_the_code_says() -> None:
    properties = SCHEMAS["alert"]["properties"]
    assert properties["to"]["description"].startswith("Whom an escalation is for: `unit`") or properties["to"][
        "description"
    ].startswith("Whom an escalation is for: unit")
    assert SCHEMAS["shift"]["properties"]["to"]["description"] == "Who takes over, of a handover."
    assert SCHEMAS["incident"]["$defs"]["Clock"]["properties"]["pause"]["description"] == "Why it does."
    assert json.dumps(SCHEMAS).count(":class:") == 0


@dataclass
class Thing:
    """A ``thing`` of :class:`Alert`'s.

    More of it.

    Attributes:
        a: The first,
            on two lines.
        b: The second.

    """

    a: int
    b: int
    c: int = 0
    """The third."""
    d: int = 0


def test_words_are_found_in_both_places() -> None:
    said = words_of(Thing)
    own = {name: said[name] for name in said if len(name) == 1}
    assert own == {"a": "The first, on two lines.", "b": "The second.", "c": "The third."}
    assert said["lat"] == words_of(type("Made", (), {}))["lat"] == "Latitude, WGS 84, degrees."
    assert summary_of(Thing) == "A thing of Alert's. More of it."


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_field_is_explained(name: str) -> None:
    parts = {name: SCHEMAS[name], **SCHEMAS[name].get("$defs", {})}
    silent = [
        f"{part}.{field}"
        for part, schema in parts.items()
        for field, content in schema.get("properties", {}).items()
        if not content.get("description")
    ]
    assert silent == [], "say what it means below the field, or in ioc/contracts/words.toml"


def test_no_words_are_left_of_fields_that_are_gone() -> None:
    found: dict[str, set[str]] = {}
    for schema in SCHEMAS.values():
        for part in (schema, *schema.get("$defs", {}).values()):
            found.setdefault(part["title"], set()).update(part.get("properties", {}))
    every = set().union(*found.values())
    for table, words in tomllib.loads((files("ioc.contracts") / "words.toml").read_text()).items():
        assert set(words) <= (every if table == "common" else found[table]), table
