"""Roles as scopes, reach and actions."""

from __future__ import annotations

import pytest

from ioc.roles import ROLES, Role, rights
from ioc.vocabulary import ACTIONS


@pytest.mark.parametrize(
    ("roles", "scopes", "centres", "unit"),
    [
        (["operator"], "reports:write reports:read incidents:read incidents:write", ("north",), ""),
        (["duty_officer"], "reports:write reports:read incidents:read incidents:write", ("north",), ""),
        (["provincial_duty"], "reports:write reports:read incidents:read incidents:write", (), ""),
        (["handling_unit"], "incidents:read incidents:write", ("north",), "so-xd"),
        (["auditor"], "audit:read", ("north",), ""),
        (["admin"], "admin", (), ""),
        (["auditor", "handling_unit"], "incidents:read incidents:write audit:read", ("north",), "so-xd"),
        (["operator", "handling_unit"], "reports:write reports:read incidents:read incidents:write", ("north",), ""),
        (["operator", "provincial_duty"], "reports:write reports:read incidents:read incidents:write", (), ""),
    ],
)
def test_roles_become_scopes_centres_and_a_unit(
    roles: list[Role], scopes: str, centres: tuple[str, ...], unit: str
) -> None:
    found = rights(roles, ["north"], "so-xd")
    assert (" ".join(found.scopes), found.centres, found.unit) == (scopes, centres, unit)


def test_who_may_do_what_to_incidents() -> None:
    actions = {role: rights([role], ["north"], "so-xd").actions for role in ROLES}
    assert actions["duty_officer"] == actions["provincial_duty"] == actions["admin"] == set(ACTIONS)
    assert set(ACTIONS) - actions["operator"] == {"reject", "reopen"}
    assert actions["auditor"] == set()
    assert actions["handling_unit"] == {
        "acknowledge", "accept", "start", "request_info", "return", "resolve", "comment",
    }  # fmt: skip


@pytest.mark.parametrize("roles", [[], ["operator"], ["duty_officer"], ["handling_unit"]])
def test_a_role_without_what_it_needs_is_refused(roles: list[Role]) -> None:
    with pytest.raises(ValueError):
        rights(roles)
