from __future__ import annotations

import hashlib
import json
import time
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

import pytest

from ioc.events.problems import MAX_ERRORS
from ioc.ves.schema import DOMAINS, faults, schema_bytes, with_textual_versions
from tests.ves import fault, header, heartbeat, measurement, state_change, syslog, threshold

AT = datetime(2026, 3, 2, 0, 45, tzinfo=UTC)
CEF = files("ioc.ves") / "cef"


def test_the_schema_is_the_published_one_and_its_licence_and_notice_are_with_it() -> None:
    digest = hashlib.sha256(schema_bytes()).hexdigest()
    assert f"`{digest}`" in (CEF / "SOURCES.md").read_text()
    assert "Apache License" in (CEF / "LICENSE").read_text()
    assert "CommonEventFormat_30.2.1_ONAP.json" in (CEF / "NOTICE").read_text()


def test_the_domains_are_those_of_the_schema() -> None:
    listed = json.loads(schema_bytes())["definitions"]["commonEventHeader"]["properties"]["domain"]["enum"]
    assert tuple(listed) == DOMAINS


@pytest.mark.parametrize(
    "event",
    [
        fault("CRITICAL", AT, more={"a": "b"}),
        heartbeat(AT),
        measurement(AT, {"rsrp": "-97"}, more={"lat": "20.9"}),
        state_change("inService", "outOfService", AT),
        threshold("CLEAR", "NORMAL", AT, {"rsrp": "-97"}),
        syslog(AT),
    ],
    ids=lambda event: str(event["commonEventHeader"]["domain"]),
)
def test_events_of_the_standard_are_as_the_schema_says(event: dict[str, Any]) -> None:
    assert faults(event) == []


@pytest.mark.parametrize(("number", "text"), [(4.0, "4.0"), (4, "4.0"), (4.1, "4.1"), ("4.0", "4.0")])
def test_numbers_are_taken_for_versions(number: object, text: str) -> None:
    event = fault("MAJOR", AT, version=number)
    event["faultFields"]["faultFieldsVersion"] = number
    read = with_textual_versions(event)
    assert read["commonEventHeader"]["version"] == text
    assert read["faultFields"]["faultFieldsVersion"] == text
    assert event["commonEventHeader"]["version"] is number  # what was sent is left as it is


@pytest.mark.parametrize("version", [True, None, [], "5.0", 5.0])
def test_what_is_no_version_is_none(version: object) -> None:
    event = with_textual_versions(fault("MAJOR", AT, version=version))
    assert [error.pointer for error in faults(event)] == ["/commonEventHeader/version"]


def changed(**fields: Any) -> dict[str, Any]:
    return {"commonEventHeader": header("heartbeat", AT, **fields)}


@pytest.mark.parametrize(
    ("event", "pointer", "code", "message"),
    [
        (7, "", "type", "must be a JSON object"),
        ({}, "/commonEventHeader", "missing", "required"),
        (changed(sequence="1"), "/commonEventHeader/sequence", "type", "must be a whole number"),
        (changed(priority="Urgent"), "/commonEventHeader/priority", "not_allowed",
         "must be High, Medium, Normal or Low"),
        (changed(hidden=1), "/commonEventHeader", "not_allowed", "has a member that the schema does not have"),
        (changed() | {"secret": {}}, "", "not_allowed", "has a member that the schema does not have"),
        (measurement(AT, more={"secret": 5}), "/measurementFields/additionalFields", "type",  # type: ignore[dict-item]
         "must be a string"),
    ],
)  # fmt: skip
def test_a_fault_has_pointer_code_and_what_was_expected(event: object, pointer: str, code: str, message: str) -> None:
    (error,) = faults(event)
    assert (error.pointer, error.code, error.message) == (pointer, code, message)


def test_faults_are_listed_once_per_field_and_not_without_end() -> None:
    event = measurement(AT)
    event["measurementFields"]["cpuUsageArray"] = [{"percentUsage": None} for _ in range(MAX_ERRORS)]
    errors = faults(event)
    assert len(errors) == len({error.pointer for error in errors}) == MAX_ERRORS


def test_of_a_large_event_the_first_fault_is_told_and_it_costs_no_more_for_that() -> None:
    event = measurement(AT)
    event["measurementFields"]["cpuUsageArray"] = [{} for _ in range(500_000)]
    began = time.process_time()
    (error,) = faults(event)
    assert time.process_time() - began < 1  # 2 ms; listing all takes a minute
    assert (error.pointer, error.code) == ("/measurementFields/cpuUsageArray/0/cpuIdentifier", "missing")


def test_what_is_nested_without_end_is_refused_and_no_failure_of_ours() -> None:
    deep: dict[str, Any] = {}
    for _ in range(900):  # a JSON reader takes 1,024 levels
        deep = {"a": deep}
    assert [(error.pointer, error.code) for error in faults(changed(eventId=deep))] == [("", "invalid")]
    assert faults(changed(internalHeaderFields=deep)) == []  # anything is allowed there
