"""Operators silence alerts, maintain devices and call emergency modes; what time alone does to these."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from ioc.events.identifiers import PERSONAL, PERSONAL_MESSAGE, is_personal
from ioc.incidents import acts, outputs
from ioc.incidents.desk import SYSTEM, Desk
from ioc.incidents.feedback import local_time
from ioc.incidents.memory import Writer
from ioc.paging.matchers import OWN, read_matchers
from ioc.paging.silence import Rule, read_windows, written_windows
from ioc.records import Command, FieldError, Silence
from ioc.vocabulary import UNLOCATED_COMMUNE

Kind = Literal["silence", "maintenance", "emergency"]

MAX_RULES: Final = 500
"""Silences and modes that are kept at once."""
_MAX_WORDS: Final = 500
_MAX_NAMES: Final = 300
_ARGUMENTS: Final[Mapping[str, frozenset[str]]] = {
    "silence": frozenset({"kind", "owner", "matchers", "centres", "starts_at", "ends_at", "windows"}),
    "emergency": frozenset({"owner", "centres", "communes", "ends_at"}),
    "unsilence": frozenset(),
    "end_emergency": frozenset(),
}


_KINDS: Final[Mapping[str, Kind]] = {"silence": "silence", "maintenance": "maintenance"}


class _Wrong(Exception):
    def __init__(self, pointer: str, code: str, message: str) -> None:
        super().__init__(message)
        self.error = FieldError(pointer, code, message)


class SilenceHandler:
    """Applies what operators say of silences and modes, and ends these when their time has come."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._registry = desk.memory.registry

    def apply(self, command: Command, writer: Writer) -> None:
        """Apply one command; one that is known changes nothing."""
        known = self._registry.rules.get(command.incident_id)
        if known is not None and command.command_id in known.record.commands:
            acts.repeat(command, writer)
            return
        try:
            _known(command)
            if command.action in {"silence", "emergency"}:
                self._begin(command, known, writer)
            else:
                self._finish(command, known, writer)
        except _Wrong as wrong:
            acts.refuse(self._desk, command, None, wrong.error, writer)

    def tick(self, writer: Writer) -> None:
        """End what is over, and tell what silences hide."""
        for name, rule in sorted(self._registry.rules.items()):
            if rule.record.ends_at <= writer.now:
                self._end(rule, SYSTEM, "expired", rule.record.ends_at, writer)
            elif (due := self._registry.remind_at(rule)) is not None and due <= writer.now:
                self._remind(name, rule, writer)

    def _begin(self, command: Command, known: Rule | None, writer: Writer) -> None:
        desk, arguments, now = self._desk, command.arguments, writer.now
        _words(command.reason, "/reason")
        if known is not None:
            raise _Wrong("/incident_id", "not_allowed", "is in force already; end it, and begin another")
        if len(self._registry.rules) >= MAX_RULES:
            raise _Wrong("", "too_many", f"there are {MAX_RULES} silences and modes in force already")
        emergency = command.action == "emergency"
        kind: Kind | None = "emergency"
        if not emergency:
            kind = _KINDS.get(str(arguments.get("kind", "silence")))
        if kind is None:
            raise _Wrong("/arguments/kind", "not_allowed", "must be silence or maintenance")
        owner = desk.redact(_words(arguments.get("owner"), "/arguments/owner"))
        centres = _names(arguments.get("centres"), "/arguments/centres", desk.paging.now.known.centres)
        if not centres:
            raise _Wrong("/arguments/centres", "missing", "must name at least one centre")
        starts_at = now
        if not emergency and arguments.get("starts_at") is not None:
            starts_at = max(now, _instant(arguments["starts_at"], "/arguments/starts_at"))
        ends_at = _instant(arguments.get("ends_at"), "/arguments/ends_at")
        limits = desk.paging.now.limits
        longest: timedelta = getattr(limits, kind)
        if ends_at <= starts_at:
            raise _Wrong("/arguments/ends_at", "out_of_range", "must be later than its begin, and than now")
        if ends_at - starts_at > longest:
            raise _Wrong("/arguments/ends_at", "out_of_range", f"a {kind} lasts at most {_length(longest)}")
        if starts_at - now > longest:
            raise _Wrong("/arguments/starts_at", "out_of_range", f"begins within {_length(longest)}")
        communes = []
        for number, name in enumerate(_names(arguments.get("communes", []), "/arguments/communes", None)):
            found = desk.paging.now.known.communes.get(name)
            if found is None or name == UNLOCATED_COMMUNE:
                raise _Wrong(f"/arguments/communes/{number}", "unknown_commune", "must be the code of a commune")
            if found.centre not in centres:
                raise _Wrong(f"/arguments/communes/{number}", "not_allowed", "belongs to none of these centres")
            communes.append(name)
        record = Silence(
            silence_id=command.incident_id, kind=kind, owner=owner, reason=desk.redact(command.reason.strip()),
            centres=centres, communes=communes, matchers=[] if emergency else self._matchers(arguments, kind),
            windows=self._windows(arguments), starts_at=starts_at, ends_at=ends_at, created_at=now,
            created_by=command.by, commands=[command.command_id],
        )  # fmt: skip
        writer.set_silence(record)
        if emergency:
            for centre in centres:
                text = f"Bật chế độ khẩn cấp đến {local_time(ends_at, desk.zone)} ({owner}): {record.reason}"
                self._alert(record, centre, "opened", text, writer)
        self._done(command, f"{kind}-begin", record, writer)

    def _finish(self, command: Command, known: Rule | None, writer: Writer) -> None:
        ends = "emergency" if command.action == "end_emergency" else "silence"
        if known is None or (known.record.kind == "emergency") is not (ends == "emergency"):
            raise _Wrong("/incident_id", f"unknown_{ends}", f"no such {ends} is in force")
        reason = self._desk.redact(command.reason.strip())
        self._end(known, command.by, reason, writer.now, writer, command.command_id)
        self._done(command, f"{known.record.kind}-end", known.record, writer)

    def _end(  # noqa: PLR0917  # what is known of an end
        self, rule: Rule, by: str, why: str, at: datetime, writer: Writer, command: str | None = None
    ) -> None:
        """Close a silence or mode: what it held back is told by the timers, which look at once."""
        before = rule.record
        over = replace(
            before, ends_at=min(before.ends_at, at), ended_at=at, ended_by=by, version=before.version + 1,
            commands=[*before.commands, command] if command else before.commands,
        )  # fmt: skip
        writer.forget_silence(over)
        if before.kind == "emergency":
            for centre in before.centres:
                text = f"Hết chế độ khẩn cấp ({before.owner}): {why if by != SYSTEM else 'hết thời hạn'}"
                self._alert(over, centre, "resolved", text, writer)
        for centre, count in sorted(before.hidden.items()):
            text = f"Hết tạm im: đã giữ lại {count} cảnh báo ({before.owner}: {before.reason})"
            self._alert(over, centre, "resolved", text, writer)
        if by == SYSTEM:
            self._decide(over, f"{before.kind}-expired", "ended", writer)

    def _remind(self, name: str, rule: Rule, writer: Writer) -> None:
        before = self._registry.rules[name].record
        told = replace(before, told_at=writer.now, version=before.version + 1)
        writer.set_silence(told)
        until = local_time(rule.record.ends_at, self._desk.zone)
        for centre, count in sorted(before.hidden.items()):
            text = f"Tạm im đang giữ lại {count} cảnh báo, đến {until} ({before.owner}: {before.reason})"
            self._alert(told, centre, "updated", text, writer)
        self._decide(told, "silence-remind", "reminded", writer)

    def _alert(self, record: Silence, centre: str, reason: Any, text: str, writer: Writer) -> None:
        writer.changes.alerts.append(outputs.silence_alert(record, centre, reason, text, writer.now))

    def _matchers(self, arguments: Mapping[str, Any], kind: str) -> list[str]:
        texts = _names(arguments.get("matchers"), "/arguments/matchers", None)
        for number, text in enumerate(texts):
            if is_personal(text):
                raise _Wrong(f"/arguments/matchers/{number}", PERSONAL, PERSONAL_MESSAGE)
        policy = self._desk.paging.now
        try:
            found = [matcher.text for matcher in read_matchers(texts, policy.known, policy.names)]
        except ValueError as error:
            raise _Wrong("/arguments/matchers", "not_allowed", str(error)) from None
        if not found:
            raise _Wrong("/arguments/matchers", "missing", "must have at least one: nothing is silenced as a whole")
        positive = any(text.split("=")[0].strip() in OWN for text in found)
        if kind == "maintenance" and not positive:
            raise _Wrong("/arguments/matchers", "missing", "maintenance names a device, a site or a kind")
        return found

    def _windows(self, arguments: Mapping[str, Any]) -> list[Any]:
        windows = arguments.get("windows", [])
        if not isinstance(windows, list):
            raise _Wrong("/arguments/windows", "type", "must be a list")
        try:
            return [*written_windows(read_windows(windows))]
        except ValueError as error:
            raise _Wrong("/arguments/windows", "not_allowed", str(error)) from None

    def _done(self, command: Command, rule_id: str, record: Silence, writer: Writer) -> None:
        inputs = {
            "owner": record.owner, "silence_reason": record.reason, "centres": record.centres,
            "communes": record.communes, "matchers": record.matchers, "starts_at": record.starts_at,
            "ends_at": record.ends_at,
        }  # fmt: skip
        acts.accept_other(self._desk, command, rule_id, writer, inputs)

    def _decide(self, record: Silence, rule_id: str, outcome: str, writer: Writer) -> None:
        writer.changes.decisions.append(
            outputs.decision(
                "silence", rule_id, outcome, writer.now, incident=record.silence_id, event=None,
                subject=f"{record.created_at.isoformat()}|{record.version}",
                inputs={"owner": record.owner, "hidden": record.hidden, "ends_at": record.ends_at},
                versions=self._desk.paging_versions,
            )
        )  # fmt: skip


def _known(command: Command) -> None:
    if unknown := sorted(set(command.arguments) - _ARGUMENTS[command.action]):
        raise _Wrong(f"/arguments/{unknown[0]}", "unknown", f"{command.action} has no such argument")


def _words(value: object, pointer: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise _Wrong(pointer, "missing", "must say something")
    if len(value) > _MAX_WORDS:
        raise _Wrong(pointer, "too_long", f"must have at most {_MAX_WORDS} characters")
    return value.strip()


def _names(value: object, pointer: str, known: Any) -> list[str]:
    if not isinstance(value, list) or len(value) > _MAX_NAMES or not all(isinstance(each, str) for each in value):
        raise _Wrong(pointer, "type", f"must be a list of at most {_MAX_NAMES} texts")
    for number, each in enumerate(value):
        if known is not None and each not in known:
            raise _Wrong(f"{pointer}/{number}", "not_allowed", f"must be one of {', '.join(sorted(known))}")
    return list(dict.fromkeys(value))


def _instant(value: object, pointer: str) -> datetime:
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise _Wrong(pointer, "type", "must be an RFC 3339 time with offset")
    return at


def _length(time: timedelta) -> str:
    hours = time.total_seconds() / 3600
    return f"{hours:g} hours" if hours < 48 or hours % 24 else f"{hours / 24:g} days"
