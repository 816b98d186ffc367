"""What every command does in the same way: its receipt, its decision, the case that knows it again."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from ioc.events.identifiers import PERSONAL, PERSONAL_MESSAGE, is_personal
from ioc.incidents import outputs
from ioc.incidents.case import Case
from ioc.incidents.desk import Desk
from ioc.incidents.history import appended, step
from ioc.incidents.lifecycle import Transition
from ioc.incidents.memory import Writer
from ioc.records import Command, FieldError, Incident, Receipt
from ioc.topics import COMMANDS_SOURCE

_REMEMBERED: Final = 32
"""Command ids that an incident knows again."""


def stepped(before: Incident, command: Command, transition: Transition, now: datetime) -> Incident:
    """The incident's next version, with a row of the table done and nothing else changed."""
    change = step(
        now, command.by, command.action, (before.status, transition.to), transition.rule_id, reason=command.reason
    )
    return replace(
        before, status=transition.to, updated_at=now, version=before.version + 1,
        history=appended(before.history, change),
    )  # fmt: skip


def known(case: Case, command: Command) -> tuple[str, ...]:
    """Commands that the case knows again, with this one."""
    return (*case.commands[1 - _REMEMBERED :], command.command_id)


def reopened(incident: Incident) -> Incident:
    """The reopened incident: to be seen again, and nothing shows yet what will be done."""
    return replace(incident, acknowledged_at=None, acknowledged_by=None, proof=[], flags=[])


_NAMES: Final = ("command_id", "incident_id", "by")


def personal_name(command: Command) -> FieldError | None:
    """The first of a command's identifiers that is somebody's phone number, address or paper."""
    for name in _NAMES:
        if is_personal(getattr(command, name)):
            return FieldError(f"/{name}", PERSONAL, PERSONAL_MESSAGE)
    return None


def nameless(command: Command) -> Command:
    """The command without the identifiers that are personal data: they are not repeated."""
    command_id, incident_id, by = (
        "" if is_personal(name) else name for name in (command.command_id, command.incident_id, command.by)
    )
    return replace(command, command_id=command_id, incident_id=incident_id, by=by)


def repeat(command: Command, writer: Writer) -> None:
    """Answer a command that is known."""
    receipt = Receipt(COMMANDS_SOURCE, command.command_id, "duplicate_of", command.command_id, [], writer.now)
    writer.changes.receipts.append(receipt)


def accept(
    desk: Desk, command: Command, rule_id: str, before: Incident, writer: Writer, *,
    kind: str = "command", inputs: dict[str, Any] | None = None,
) -> None:  # fmt: skip
    """Answer a command that was done, and say why it could be."""
    writer.changes.receipts.append(Receipt(COMMANDS_SOURCE, command.command_id, "accepted", None, [], writer.now))
    _decide(desk, command, rule_id, before, writer, result="accepted", kind=kind, inputs=inputs or {})


def accept_other(desk: Desk, command: Command, rule_id: str, writer: Writer, inputs: dict[str, Any]) -> None:
    """Answer a command that was done and is about no incident."""
    writer.changes.receipts.append(Receipt(COMMANDS_SOURCE, command.command_id, "accepted", None, [], writer.now))
    _decide(desk, command, rule_id, None, writer, result="accepted", kind="command", inputs=inputs)


def refuse(desk: Desk, command: Command, incident: Incident | None, error: FieldError, writer: Writer) -> None:
    """Answer a command that cannot be done: what is wrong with it."""
    receipt = Receipt(COMMANDS_SOURCE, command.command_id, "rejected", None, [error], writer.now)
    writer.changes.receipts.append(receipt)
    _decide(desk, command, f"refuse-{error.code}", incident, writer, result="rejected", kind="command", inputs={})


def _decide(
    desk: Desk, command: Command, rule_id: str, incident: Incident | None, writer: Writer, *,
    result: str, kind: str, inputs: dict[str, Any],
) -> None:  # fmt: skip
    writer.changes.decisions.append(
        outputs.decision(
            kind,
            rule_id,
            result,
            writer.now,
            incident=command.incident_id,
            event=command.command_id,
            subject=f"{command.command_id}|{result}",
            inputs={
                "action": command.action,
                "by": command.by,
                "expected_version": command.expected_version,
                "status": incident.status if incident else None,
                "version": incident.version if incident else None,
            }
            | inputs,
            versions=desk.versions,
        )
    )
