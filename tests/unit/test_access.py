"""The table of roles against the catalogue of topics and against what must never be."""

from __future__ import annotations

import pytest

from ioc import topics
from ioc.access import ROLES, SERVICES, USER, Grant, RoleError, grants, parse, user_of
from ioc.topics import catalogue
from ioc.vocabulary import SOURCES

CENTRES = ("province", "north")
RESTRICTED = {spec.name for spec in catalogue(CENTRES) if spec.restricted}
INTERNAL = {spec.name for spec in catalogue(CENTRES) if spec.internal}
PEOPLE = ("operator", "scaler", "reader:north", *(f"publisher:{source}" for source in SOURCES))


def of(role: str) -> set[Grant]:
    return set(grants(role, CENTRES, "ioc"))


def topics_of(role: str, *operations: str) -> set[str]:
    return {one.name for one in of(role) if one.kind == "topic" and one.operation in operations}


@pytest.mark.parametrize("role", [*SERVICES, "operator", "scaler", "reader:north", "publisher:bts"])
def test_every_topic_of_a_grant_is_in_the_catalogue(role: str) -> None:
    names = {spec.name for spec in catalogue(CENTRES)}
    literal = {one.name for one in of(role) if one.kind == "topic" and one.pattern == "literal"}
    assert literal <= names


def test_every_topic_has_a_writer_and_a_reader_among_the_services() -> None:
    names = {spec.name for spec in catalogue(CENTRES)}
    assert set().union(*(topics_of(role, "Write") for role in SERVICES)) == names
    readers = set().union(*(topics_of(role, "Read") for role in SERVICES))
    assert names - readers == {topics.DLQ}  # dead letters are for people


@pytest.mark.parametrize(
    "role", ["gateway", "store", "operator", "scaler", "reader:north", "publisher:reports", "mqtt"]
)
def test_personal_data_is_read_by_the_worker_and_the_administrator_alone(role: str) -> None:
    assert topics_of(role, "Read") & RESTRICTED == set()
    readable = [one for one in of(role) if one.pattern == "prefixed" and one.kind == "topic"]
    assert {one.operation for one in readable} <= {"Describe", "DescribeConfigs"}


@pytest.mark.parametrize("role", [role for role in (*SERVICES, *PEOPLE) if role != "worker"])
def test_the_state_of_the_workers_is_written_by_workers_alone(role: str) -> None:
    assert topics_of(role, "Write") & INTERNAL == set()


@pytest.mark.parametrize("role", [role for role in (*SERVICES, *PEOPLE) if role not in {"worker", "administrator"}])
def test_alerts_are_written_by_workers_alone(role: str) -> None:
    assert {name for name in topics_of(role, "Write") if name.startswith(topics.ALERT_PREFIX)} == set()


def test_only_the_administrator_may_change_the_cluster() -> None:
    changing = {"Alter", "AlterConfigs", "Create", "Delete"}
    assert {
        role for role in (*SERVICES, *PEOPLE, "administrator") if changing & {one.operation for one in of(role)}
    } == {"administrator"}


def test_transactional_ids_of_services_do_not_overlap() -> None:
    prefixes = {role: [one.name for one in of(role) if one.kind == "transactional-id"] for role in SERVICES}
    taken = [(role, name) for role, names in prefixes.items() for name in set(names)]
    clashes = [(one, other) for one, name in taken for other, begin in taken if one != other and name.startswith(begin)]
    # The workers' ids begin with their group's name, and the default group is the beginning of all other names.
    assert {other for _, other in clashes} <= {"worker"}


def test_a_centres_groups_are_not_anothers() -> None:
    def covers(role: str, group: str) -> bool:
        return any(
            one.name == group if one.pattern == "literal" else group.startswith(one.name)
            for one in grants(role, ("cam", "cam-pha"), "ioc")
            if one.kind == "group"
        )

    assert covers("reader:cam", "alerts-cam")
    assert covers("reader:cam", "alerts-cam.wall")
    assert not covers("reader:cam", "alerts-cam-pha")
    assert not covers("reader:cam", "alerts-cam-pha.wall")


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("king", "no role king"),
        ("reader", "reader:CENTRE, with one of province, north"),
        ("reader:south", "reader:CENTRE"),
        ("publisher:weather", "publisher:SOURCE"),
        ("worker:north", "nothing in particular"),
    ],
)
def test_what_is_no_role_is_refused_with_what_there_is(written: str, says: str) -> None:
    with pytest.raises(RoleError, match=says):
        parse(written, CENTRES)


def test_users_are_named_as_kubernetes_objects_can_be() -> None:
    names = [user_of(role) for role in (*SERVICES, *PEOPLE, "administrator")]
    assert len(set(names)) == len(names)
    assert all(USER.fullmatch(name) for name in names)
    assert {role.partition(":")[0] for role in (*SERVICES, *PEOPLE, "administrator")} == set(ROLES)
