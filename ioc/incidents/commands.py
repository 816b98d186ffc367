"""What an operator's command does: a row of the transition table, or a receipt that says what is allowed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final

from ioc.incidents import acts, clock, outputs, proof
from ioc.incidents.case import Case
from ioc.incidents.changes import Measure
from ioc.incidents.deadlines import done
from ioc.incidents.desk import SYSTEM, Desk
from ioc.incidents.history import appended, step
from ioc.incidents.lifecycle import FINISHED, MAX_RETURNS, TRANSITIONS, Transition, allowed
from ioc.incidents.memory import Writer
from ioc.incidents.outputs import Told
from ioc.incidents.rating import RatingHandler
from ioc.incidents.reclassify import ReclassifyHandler
from ioc.incidents.regroup import RegroupHandler
from ioc.incidents.silences import SilenceHandler
from ioc.incidents.voice import Voice
from ioc.records import Command, FieldError, Incident
from ioc.vocabulary import SILENCE_ACTIONS, AlertReason, Status

_MAX_REASON: Final = 2000
_MAX_LINKS: Final = 10
_MAX_LINK: Final = 500

_ALERTS: Final[dict[Status, AlertReason]] = {"resolved": "resolved", "rejected": "resolved", "reopened": "updated"}
"""Statuses that operators are alerted to; whatever ends an incident says ``resolved``, its status says how."""


class CommandHandler:
    """Applies commands to the memory of one province; every command gets a receipt."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._memory = desk.memory
        self._voice = Voice(desk)
        self._silences = SilenceHandler(desk)
        self._regroup = RegroupHandler(desk)
        self._reclassify = ReclassifyHandler(desk)
        self._rating = RatingHandler(desk)

    def apply(self, command: Command, writer: Writer) -> None:
        """Apply one command; one that is known changes nothing."""
        if (fault := acts.personal_name(command)) is not None:
            acts.refuse(self._desk, acts.nameless(command), None, fault, writer)
            return
        if command.action == "rate":
            self._rating.apply(command, writer)
            return
        if command.action in SILENCE_ACTIONS:
            self._silences.apply(command, writer)
            return
        case = self._memory.cases.get(command.incident_id)
        if case is None:
            error = FieldError("/incident_id", "unknown_incident", "no such incident is at hand")
            acts.refuse(self._desk, command, None, error, writer)
            return
        if command.command_id in case.commands:
            acts.repeat(command, writer)
            return
        checked = self._check(command, case.incident)
        # Operators' words go to citizens, and to desks that need not know whom they name.
        error_or_none = checked if isinstance(checked, FieldError) else None
        if isinstance(checked, Transition):
            command = replace(command, reason=self._desk.redact(command.reason))
            match command.action:
                case "merge" | "split" | "not_related":
                    error_or_none = self._regroup.apply(command, case, checked, writer)
                case "reclassify":
                    error_or_none = self._reclassify.apply(command, case, checked, writer)
                case _:
                    error_or_none = self._do(command, case, checked, writer)
        if error_or_none is not None:
            acts.refuse(self._desk, command, case.incident, error_or_none, writer)

    def _check(self, command: Command, incident: Incident) -> FieldError | Transition:
        """Row of the table, or what is wrong."""
        if command.expected_version is not None and command.expected_version != incident.version:
            return FieldError("/expected_version", "version", f"the incident is at version {incident.version}")
        acknowledged = incident.acknowledged_at is not None
        # The receiver of last resort keeps what it has, and what was sent there by returns stays with whom it names.
        keeps = incident.returned_count > MAX_RETURNS or incident.unit == self._desk.routes.last_resort
        choices = allowed(incident.status, acknowledged=acknowledged, keeps=keeps)
        if command.action not in choices:
            state: str = incident.status
            if acknowledged and command.action == "acknowledge":
                state = "already acknowledged"
            elif keeps and command.action == "return":
                state = f"{state}, with the receiver of last resort: not returned again"
            return FieldError("/action", "not_allowed", f"{state}; allowed: {', '.join(choices)}")
        transition = TRANSITIONS[incident.status, command.action]
        if transition.reason and not command.reason.strip():
            return FieldError("/reason", "missing", f"{command.action} needs a reason")
        if len(command.reason) > _MAX_REASON:
            return FieldError("/reason", "too_long", f"must have at most {_MAX_REASON} characters")
        if command.action == "comment" and "deadline" in command.arguments:
            name = command.arguments["deadline"]
            open_ones = [each.name for each in incident.deadlines if each.done_at is None]
            if name not in open_ones:
                listed = ", ".join(open_ones) or "there is none"
                return FieldError("/arguments/deadline", "unknown_deadline", f"must be one that is not done: {listed}")
        if command.action == "assign" or (command.action == "reject" and "unit" in command.arguments):
            unit = command.arguments.get("unit")
            if not isinstance(unit, str) or unit not in self._desk.duties.departments:
                return FieldError("/arguments/unit", "unknown_unit", "must be the code of a unit")
        return transition

    def _do(self, command: Command, case: Case, transition: Transition, writer: Writer) -> FieldError | None:
        told = self._told(command)
        if isinstance(told, FieldError):
            return told
        before, now = case.incident, writer.now
        incident = acts.stepped(before, command, transition, now)
        if command.action == "assign":
            incident.unit = command.arguments["unit"]
        elif command.action == "comment" and "deadline" in command.arguments:
            name = command.arguments["deadline"]
            change = step(now, command.by, "comment", (before.status, before.status), "deadline-done", reason=name)
            incident.deadlines = done(before.deadlines, name, now)
            incident.history = appended(incident.history, change)
        elif command.action == "acknowledge":
            incident.acknowledged_at, incident.acknowledged_by = now, command.by
        elif command.action == "reopen":
            incident = acts.reopened(incident)
        elif command.action == "return":
            incident = self._returned(incident, now)
        status = incident.status
        lacks = proof.shown(incident, told.evidence, command.by, self._desk.duties, now)
        finished_at = None
        if status in FINISHED:
            finished_at = now if status != before.status else case.finished_at
        after = replace(
            case,
            incident=incident,
            finished_at=finished_at,
            commands=acts.known(case, command),
            resolved_at=now if status == "resolved" != before.status else case.resolved_at,
        )
        if status != before.status:
            after = clock.paused(after, now)
        after = clock.resumed(after, self._desk.duties, now)
        if command.action == "reopen":
            after = clock.due_again(after, self._desk.duties, now)
        incident = after.incident
        wanted = _ALERTS.get(status) if status != before.status else None
        if command.action == "return":
            wanted = "updated"  # it is nobody's, or the last receiver's
        text = self._words(command, before, incident, lacks=lacks)
        after, said = self._voice.voiced(after, wanted, text, writer)
        writer.put(after)
        changes = writer.changes
        if command.action == "acknowledge":
            changes.measures.append(Measure.of("acknowledged", incident, now))
        if status != before.status or incident.unit != before.unit:
            members = self._memory.members(incident.incident_id).values()
            changes.feedback += outputs.feedback(after, members, self._desk, now, told=told)
        if status == "resolved" != before.status:
            changes.measures.append(Measure.of("resolved", incident, now))
        self._voice.say(after, said, writer)
        acts.accept(self._desk, command, transition.rule_id, before, writer)
        if command.action == "return" and status == "routed":
            self._explain(before, incident, writer)
        return None

    def _explain(self, before: Incident, incident: Incident, writer: Writer) -> None:
        """Why the receiver of last resort has an incident now."""
        inputs = {"from_unit": before.unit, "returned_count": incident.returned_count}
        decision = outputs.decision(
            "route", "last-resort", incident.unit, writer.now, incident=incident.incident_id, event=None,
            subject=f"{incident.version}", inputs=inputs, versions=self._desk.versions,
        )  # fmt: skip
        writer.changes.decisions.append(decision)

    def _returned(self, incident: Incident, now: datetime) -> Incident:
        """The incident that a unit has said to be another's; the receiver of last resort gets it in the end."""
        incident.returned_count += 1
        if incident.returned_count <= MAX_RETURNS:
            return incident
        unit = self._desk.routes.last_resort
        change = step(now, SYSTEM, "route", (incident.status, "routed"), "last-resort", reason=unit)
        incident.unit, incident.status = unit, "routed"
        incident.history = appended(incident.history, change)
        return incident

    def _words(self, command: Command, before: Incident, incident: Incident, *, lacks: bool) -> str:
        """What the alert says."""
        text = command.reason or incident.title
        if command.action == "return":
            text = f"{self._unit(before.unit)} trả lại, lần {incident.returned_count}: {text}"
            if incident.unit != before.unit:
                text = f"{text} (chuyển {self._unit(incident.unit)}, không trả lại nữa)"
        return outputs.added(text, proof.LACKING if lacks else "")

    def _unit(self, code: str) -> str:
        unit = self._desk.duties.departments.get(code)
        return unit.name if unit else code

    def _told(self, command: Command) -> Told | FieldError:
        """What citizens are told beyond the status."""
        links = command.arguments.get("evidence", []) if command.action in proof.ACTIONS else []
        if not isinstance(links, list) or len(links) > _MAX_LINKS:
            return FieldError("/arguments/evidence", "type", f"must be a list of at most {_MAX_LINKS} links to photos")
        for number, link in enumerate(links):
            pointer = f"/arguments/evidence/{number}"
            if not isinstance(link, str) or not 0 < len(link) <= _MAX_LINK:
                return FieldError(pointer, "type", f"must be a link of at most {_MAX_LINK} characters")
            if self._desk.redact(link) != link:
                return FieldError(pointer, "personal_data", "must be a link without personal data: citizens see it")
        ask = command.arguments.get("unit") if command.action == "reject" else None
        return Told(command.reason.strip(), links, ask)
