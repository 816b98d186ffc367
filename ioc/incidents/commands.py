"""What an operator's command does: a row of the transition table, or a receipt that says what is allowed."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from ioc.incidents import outputs
from ioc.incidents.case import Case
from ioc.incidents.changes import Measure
from ioc.incidents.desk import Desk
from ioc.incidents.history import appended, step
from ioc.incidents.lifecycle import FINISHED, TRANSITIONS, Transition, allowed
from ioc.incidents.memory import Writer
from ioc.records import Command, FieldError, Incident, Receipt
from ioc.vocabulary import AlertReason, Status

RECEIPT_SOURCE: Final = "urn:ioc:ioc.commands"
_REMEMBERED: Final = 32
"""Command ids that an incident knows again."""
_MAX_REASON: Final = 2000

_ALERTS: Final[dict[Status, AlertReason]] = {"resolved": "resolved", "rejected": "resolved", "reopened": "updated"}
"""Statuses that operators are alerted to; whatever ends an incident says ``resolved``, its status says how."""


class CommandHandler:
    """Applies commands to the memory of one province; every command gets a receipt."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._memory = desk.memory

    def apply(self, command: Command, writer: Writer) -> None:
        """Apply one command; one that is known changes nothing."""
        case = self._memory.cases.get(command.incident_id)
        if case is None:
            error = FieldError("/incident_id", "unknown_incident", "no such incident is at hand")
            self._refuse(command, None, error, writer)
            return
        if command.command_id in case.commands:
            writer.changes.receipts.append(
                Receipt(RECEIPT_SOURCE, command.command_id, "duplicate_of", command.command_id, [], writer.now)
            )
            return
        checked = self._check(command, case.incident)
        if isinstance(checked, FieldError):
            self._refuse(command, case.incident, checked, writer)
        else:
            self._do(command, case, checked, writer)

    def _check(self, command: Command, incident: Incident) -> FieldError | Transition:
        """Row of the table, or what is wrong."""
        if command.expected_version is not None and command.expected_version != incident.version:
            return FieldError("/expected_version", "version", f"the incident is at version {incident.version}")
        acknowledged = incident.acknowledged_at is not None
        choices = allowed(incident.status, acknowledged=acknowledged)
        if command.action not in choices:
            state = "already acknowledged" if acknowledged and command.action == "acknowledge" else incident.status
            return FieldError("/action", "not_allowed", f"{state}; allowed: {', '.join(choices)}")
        transition = TRANSITIONS[incident.status, command.action]
        if transition.reason and not command.reason.strip():
            return FieldError("/reason", "missing", f"{command.action} needs a reason")
        if len(command.reason) > _MAX_REASON:
            return FieldError("/reason", "too_long", f"must have at most {_MAX_REASON} characters")
        if command.action == "assign":
            unit = command.arguments.get("unit")
            if not isinstance(unit, str) or unit not in self._desk.duties.departments:
                return FieldError("/arguments/unit", "unknown_unit", "must be the code of a unit")
        return transition

    def _do(self, command: Command, case: Case, transition: Transition, writer: Writer) -> None:
        before, now, status = case.incident, writer.now, transition.to
        acknowledged_at, acknowledged_by = before.acknowledged_at, before.acknowledged_by
        if command.action == "acknowledge":
            acknowledged_at, acknowledged_by = now, command.by
        elif command.action == "reopen":
            acknowledged_at = acknowledged_by = None
        incident = replace(
            before,
            status=status,
            unit=command.arguments["unit"] if command.action == "assign" else before.unit,
            updated_at=now,
            acknowledged_at=acknowledged_at,
            acknowledged_by=acknowledged_by,
            version=before.version + 1,
            history=appended(
                before.history,
                step(
                    now, command.by, command.action, (before.status, status), transition.rule_id, reason=command.reason
                ),
            ),
        )
        finished_at = None
        if status in FINISHED:
            finished_at = now if status != before.status else case.finished_at
        commands = (*case.commands[1 - _REMEMBERED :], command.command_id)
        done = replace(case, incident=incident, finished_at=finished_at, commands=commands)
        writer.put(done)
        changes = writer.changes
        if command.action == "acknowledge":
            changes.measures.append(Measure.of("acknowledged", incident, now))
        if status != before.status:
            if status == "resolved":
                changes.measures.append(Measure.of("resolved", incident, now))
            members = self._memory.members(incident.incident_id).values()
            changes.feedback += outputs.feedback(done, members, self._desk.duties, self._desk.texts, now)
            if (reason := _ALERTS.get(status)) is not None:
                changes.alerts.append(outputs.alert(incident, reason, command.reason or incident.title, now))
        changes.receipts.append(Receipt(RECEIPT_SOURCE, command.command_id, "accepted", None, [], now))
        self._decide(command, transition.rule_id, "accepted", before, writer)

    def _refuse(self, command: Command, incident: Incident | None, error: FieldError, writer: Writer) -> None:
        receipt = Receipt(RECEIPT_SOURCE, command.command_id, "rejected", None, [error], writer.now)
        writer.changes.receipts.append(receipt)
        self._decide(command, f"refuse-{error.code}", "rejected", incident, writer)

    def _decide(self, command: Command, rule_id: str, result: str, incident: Incident | None, writer: Writer) -> None:
        writer.changes.decisions.append(
            outputs.decision(
                "command",
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
                },
                versions=self._desk.versions,
            )
        )
