"""Silences, maintenance windows and emergency modes that the owner keeps, and the signals that maintenance mutes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, tzinfo
from typing import Any, Final, NamedTuple

import orjson

from ioc.paging import LivePaging
from ioc.paging.silence import Rule
from ioc.records import Signal, Silence, decode, encode
from ioc.routing import Mode

_SILENCE: Final = b"silence/"
_MUTED: Final = b"muted/"
_EVER: Final = datetime.min.replace(tzinfo=UTC)

MAX_MUTED_IDS: Final = 64
"""Signals of one muted condition that are known again."""


class Muted(NamedTuple):
    """A machine's condition that was raised under maintenance and goes on.

    Attributes:
        rule: Id of what mutes it.
        until: When that ends at the latest, or its present window does.
        signal: The newest that raised it.
        ids: Of the newest signals that did.

    """

    rule: str
    until: datetime
    signal: Signal
    ids: tuple[str, ...]


class Registry:
    """What is not of one incident; changed through the memory's writer only."""

    def __init__(self, paging: LivePaging, zone: tzinfo) -> None:
        self._paging = paging
        self._zone = zone
        self._rules: dict[str, Rule] = {}
        self.silences: tuple[Rule, ...] = ()
        """Silences and maintenance windows, ordered by id."""
        self.emergencies: tuple[Rule, ...] = ()
        """Emergency modes, ordered by id."""
        self._muted: dict[str, Muted] = {}

    @property
    def rules(self) -> Mapping[str, Rule]:
        """What is not over, by id."""
        return self._rules

    @property
    def muted(self) -> Mapping[str, Muted]:
        """Conditions that go on unheard, by their key."""
        return self._muted

    def mode(self, centre: str, commune: str, at: datetime) -> Mode:
        """Whether an emergency mode is in force somewhere at an instant."""
        for rule in self.emergencies:
            record = rule.record
            if rule.lasts(at) and (commune in record.communes if record.communes else centre in record.centres):
                return "emergency"
        return "normal"

    def release_at(self, rule: str, until: datetime) -> datetime:
        """When something is to be looked at again that a rule holds back until an instant."""
        held = self._rules.get(rule)
        return _EVER if held is None else min(until, held.record.ends_at)

    def due(self) -> datetime | None:
        """When time alone will change something here."""
        times = [self._rule_due(rule) for rule in self._rules.values()]
        times += [self.release_at(muted.rule, muted.until) for muted in self._muted.values()]
        return min(times, default=None)

    def remind_at(self, rule: Rule) -> datetime | None:
        """When centres are told next of what a rule hides; none: it has hidden nothing since it was told."""
        record = rule.record
        if not record.hidden or record.told_at is None:
            return None
        return record.told_at + self._paging.now.limits.remind

    def load(self, key: bytes, value: bytes) -> bool:
        """Take over one entry of the stored state; whether it is one of this.

        Raises:
            ValueError: the entry is damaged.

        """
        if key.startswith(_SILENCE):
            record = decode(Silence, value)
            self.set_rule(record.silence_id, record)
        elif key.startswith(_MUTED):
            self.set_muted(key.removeprefix(_MUTED).decode(), decode_muted(value))
        else:
            return False
        return True

    def snapshot(self) -> Iterator[tuple[bytes, bytes]]:
        """Everything that :meth:`load` needs."""
        for name, rule in self._rules.items():
            yield silence_key(name), encode(rule.record)
        for condition, muted in self._muted.items():
            yield muted_key(condition), encode_muted(muted)

    def set_rule(self, name: str, record: Silence | None) -> None:
        """Keep a record, or forget it."""
        if record is None:
            del self._rules[name]
        else:
            self._rules[name] = Rule.of(record, self._paging.now, self._zone)
        # Every signal asks for these.
        rules = [rule for _, rule in sorted(self._rules.items())]
        self.silences = tuple(rule for rule in rules if rule.record.kind != "emergency")
        self.emergencies = tuple(rule for rule in rules if rule.record.kind == "emergency")

    def set_muted(self, condition: str, muted: Muted | None) -> None:
        """Keep that a condition is muted, or forget it."""
        if muted is None:
            del self._muted[condition]
        else:
            self._muted[condition] = muted

    def _rule_due(self, rule: Rule) -> datetime:
        return min(filter(None, (rule.record.ends_at, self.remind_at(rule))))


def silence_key(name: str) -> bytes:
    """Key of a silence in the state."""
    return _SILENCE + name.encode()


def muted_key(condition: str) -> bytes:
    """Key of a muted condition in the state."""
    return _MUTED + condition.encode()


def encode_muted(muted: Muted) -> bytes:
    """Write a muted condition."""
    return orjson.dumps(
        [muted.rule, muted.until, orjson.Fragment(encode(muted.signal)), muted.ids], option=orjson.OPT_UTC_Z
    )


def decode_muted(raw: bytes) -> Muted:
    """Read :func:`encode_muted`.

    Raises:
        ValueError: it is none.

    """
    rule, until, signal, ids = _parts(orjson.loads(raw))
    return Muted(rule, datetime.fromisoformat(until), decode(Signal, orjson.dumps(signal)), tuple(ids))


def _parts(value: Any) -> tuple[str, str, Any, list[str]]:
    rule, until, signal, ids = value
    return rule, until, signal, ids
