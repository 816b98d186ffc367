"""Liveness of the registered devices, at the province's owner."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, tzinfo
from functools import partial
from typing import Final

import numpy as np
import numpy.typing as npt

from ioc import metrics
from ioc.area.detector import AreaWriter
from ioc.area.liveness.faults import STATES, Faults
from ioc.area.liveness.finding import View, holds, view
from ioc.area.liveness.listening import Listening
from ioc.area.liveness.maintenance import Maintenance, Planned, nothing_planned
from ioc.area.liveness.memory import (
    CLOCK,
    CONDITIONS,
    FAULTS,
    MAINTAINED,
    PREFIX,
    TIMES,
    Condition,
    Key,
    Times,
    condition_key,
    decode_condition,
    encode_condition,
)
from ioc.area.liveness.roll import AREAS, LEVELS, Bools, Group, Ints, Places, Roll
from ioc.area.liveness.rules import LivenessRules
from ioc.area.liveness.strangers import PERIOD_MS, Strangers
from ioc.area.liveness.words import KIND, Ending, Subject, Words
from ioc.intake.states import AGAIN_S, state_healths
from ioc.records import Health, Signal, StateRow
from ioc.vocabulary import Source

_FORGIVEN: Final = 0.5
"""Part of an interval by which messages may come unevenly."""


class Liveness:
    """Tells which registered devices are silent, each in one signal: of what has failed, as far as that can be seen.

    Nothing is kept per message: times of devices are written down on a timer, everything else when it changes. What is
    silent is worked out anew at every tick, so a restart or a failed round changes nothing but what was told.

    Args:
        rules: Limits.
        roll: The register of devices; several partitions' detectors may share one.
        places: Communes and centres.
        zone: The province's time zone, for texts.
        planned: What operators have planned to maintain.

    """

    prefix = PREFIX

    def __init__(
        self, rules: LivenessRules, roll: Roll, places: Places, zone: tzinfo, planned: Planned = nothing_planned
    ) -> None:
        self._rules = rules
        self._roll = roll
        self._words = Words(self._roll, rules, places, zone)
        self._listening = Listening(self._roll.spans, gap_ms=rules.gap_ms, grace_ms=rules.grace_ms)
        self._times = Times(self._roll)
        self._faults = Faults(self._roll, rules)
        self._maintenance = Maintenance(self._roll, rules.maintenance_ms, planned)
        self._strangers = Strangers()
        self._chance: Ints = np.zeros(len(self._roll.devices), np.int64)
        self._told: dict[Key, Condition] = {}
        self._index: dict[Key, Group] = {
            (group.level, group.name): group for groups in roll.groups.values() for group in groups
        }
        self._written_ms = 0
        self._overdue: Bools = np.zeros(len(self._roll.devices), np.bool_)
        self._shown: npt.NDArray[np.int8] = np.zeros(len(self._roll.devices), np.int8)
        self._all_shown_ms = 0

    def load(self, key: bytes, value: bytes) -> None:
        """Take over one entry of the stored state."""
        if key == CLOCK:
            self._listening.load(value)
        elif key.startswith(TIMES):
            self._times.load(value)
        elif key.startswith(CONDITIONS):
            name, condition = decode_condition(key, value)
            self._told[name] = condition
            if condition.ended and (group := self._group_of(name)) is not None:
                self._chance[group.members] = np.maximum(self._chance[group.members], condition.ended)
        elif key.startswith(FAULTS):
            self._faults.load(key, value)
        elif key.startswith(MAINTAINED):
            self._maintenance.load(key, value)

    def signal(self, signal: Signal, now: datetime, writer: AreaWriter) -> Signal | None:
        """Note what is said of devices; that one is away is held back, and told with what else is silent."""
        if signal.subcategory != "device_fault" or signal.kind.startswith(KIND):
            return signal
        returned = self._faults.serve(signal, writer)
        if returned is not None:
            group, at = self._index["collector", returned], _ms(now)
            self._chance_from(group.members, at, writer)
            self._put(("collector", returned), Condition(at, self._words.group(group).source, ended=at), writer)
        return None if self._faults.hear(signal, writer) else signal

    def health(self, health: Health, _now: datetime, writer: AreaWriter) -> None:
        """Take in which devices a partition has heard."""
        at = _ms(health.at)
        if health.quality or health.coverage or health.states:
            return  # another account, which does not say how far was read
        read_to = None if health.read_to is None else _ms(health.read_to)
        self._listening.account(health.source, health.partition, at, read_to=read_to)
        slots, hear = self._roll.slots.get(health.source, {}), self._times.hear
        changed: list[tuple[int, int]] = []
        for heard in health.heard:
            slot = slots.get(heard.device)
            spoke = int(heard.at.timestamp() * 1000)
            if slot is None:
                if at - spoke < PERIOD_MS:
                    self._strangers.hear(health.source, heard.device, at)
                continue
            self._maintenance.hear(slot, min(spoke, at), writer, says=heard.state == "maintenance")
            before = hear(slot, min(spoke, at))
            if before is not None:
                changed.append((slot, before))
        if changed:
            writer.undo(partial(self._unhear, changed))

    def tick(self, now: datetime, writer: AreaWriter) -> None:
        """Find who is silent, and tell it."""
        if not self._roll.devices:
            return
        at = _ms(now)
        new = self._times.meet(at)
        if new:
            writer.undo(partial(self._unhear, [(slot, 0) for slot in new]))
        changed = self._listening.tick(at, self._roll.longest + self._rules.settle_ms)
        if changed or new or at - self._written_ms >= self._rules.checkpoint_ms:
            self._write(at, writer)
        seen = view(
            self._roll, self._rules, self._listening, self._times.view, self._faults.gone, self._chance,
            self._maintenance.under(at), at,
        )  # fmt: skip
        self._overdue = seen.overdue.copy()
        if self._told or seen.ripe.any():
            self._judge(seen, writer)
        self._tell(at, now, writer)

    def gauges(self, now: datetime) -> Mapping[tuple[str, ...], float]:
        """Devices by source and state; those that are not in the register count where they were heard."""
        counts: Counter[tuple[str, str]] = Counter()
        states = self._faults.states(self._overdue, self._maintenance.under(_ms(now)))
        for source, span in self._roll.spans.items():
            for code, number in enumerate(np.bincount(states[span], minlength=len(STATES)).tolist()):
                counts[source, STATES[code]] += number
        for source, number in self._strangers.counts(_ms(now)).items():
            counts[source, "online"] += number
        return {(metrics.DEVICES.name, *key): float(number) for key, number in counts.items()}

    def _tell(self, at: int, now: datetime, writer: AreaWriter) -> None:
        """Have it shown which devices changed their state; after a start, and every few hours, that of all."""
        states = self._faults.states(self._overdue, self._maintenance.under(at))
        anew = at - self._all_shown_ms >= AGAIN_S * 1000
        changed = np.arange(len(states)) if anew else np.flatnonzero(states != self._shown)
        if not len(changed):
            return
        before = self._shown, self._all_shown_ms

        def undo() -> None:
            self._shown, self._all_shown_ms = before

        writer.undo(undo)
        self._shown = states
        if anew:
            self._all_shown_ms = at
        rows: dict[Source, list[StateRow]] = {}
        for slot in changed.tolist():
            device = self._roll.devices[slot]
            rows.setdefault(device.source, []).append(
                StateRow("device", device.id, device.source, STATES[states[slot]])
            )
        for source, of_source in rows.items():
            for health in state_healths(source, 0, now, of_source):
                writer.tell(health)

    # ---- what is told -----------------------------------------------------------------------------------------

    def _judge(self, seen: View, writer: AreaWriter) -> None:
        open_still = np.zeros(len(seen.free), np.bool_)
        for level in LEVELS:
            touched = self._roll.group_of[level][seen.overdue & seen.free]
            groups = {self._roll.groups[level][number] for number in set(touched[touched >= 0].tolist())}
            groups |= {self._index[key] for key in self._told if key[0] == level and key in self._index}
            for group in sorted(groups, key=lambda each: each.name):
                explains = self._explains(group, seen, writer)
                if explains:
                    silent = group.members[seen.overdue[group.members]]
                    seen.free[silent if level in AREAS else group.members] = False
                elif explains is None:
                    open_still[group.members] = True
        seen.ripe &= ~open_still | seen.pressing
        self._judge_devices(seen, writer)
        for key, condition in list(self._told.items()):
            if not self._known(key):
                self._end(key, condition, self._unlisted(key, condition), "unlisted", seen.now, writer)

    def _explains(self, group: Group, seen: View, writer: AreaWriter) -> bool | None:
        """Whether the silence of a group's devices is the group's, none: it may be; tells what is new about that."""
        key: Key = (group.level, group.name)
        condition = self._told.get(key)
        on = condition is not None and not condition.ended
        silent = group.members[seen.overdue[group.members] & seen.free[group.members]]
        if group.level == "collector" and self._faults.is_down(group.name):
            # Who analyses or collects has said so itself: that is its signal, and none of its devices has one.
            if on and condition is not None:
                self._end(key, condition, self._subject(group, condition), "explained", seen.now, writer)
            return True
        holding = holds(group, self._roll, self._rules, seen, held=on)
        if on and condition is not None:
            return self._goes_on(group, condition, seen, writer, holding=holding is not False)
        if condition is not None and not (seen.overdue[group.members] & ~seen.ripe[group.members]).any():
            self._put(key, None, writer)  # its devices have had their chance
        if not holding:
            return holding
        ripe = silent[seen.ripe[silent]]
        if not len(ripe if group.level == "collector" else ripe[self._roll.own[ripe]]):
            return False
        subject = self._words.group(group)
        self._put(key, Condition(seen.now, subject.source), writer)
        found = self._words.silent_group(subject, group, silent, seen)
        writer.emit(replace(found, gathers=self._told_in(group) or None))
        return True

    def _told_in(self, group: Group) -> list[str]:
        """Signals of the devices of a group that were told before it: their incidents are listed under its own."""
        members = set(group.members.tolist())
        found = []
        for key, condition in self._told.items():
            slot = self._slot_of(key) if key[0] == "device" else None
            if slot is not None and slot in members and not condition.ended:
                found.append(self._words.raised_id(self._words.device(slot), condition.raised))
        return sorted(found)

    def _goes_on(self, group: Group, condition: Condition, seen: View, writer: AreaWriter, *, holding: bool) -> bool:
        """Whether a silence that was told goes on."""
        key: Key = (group.level, group.name)
        members = group.members
        free = seen.free[members]
        if not free.any():
            self._end(key, condition, self._subject(group, condition), "explained", seen.now, writer)
            return False
        if holding:
            if condition.back:
                self._put(key, condition._replace(back=0), writer)
            return True
        if group.level not in AREAS and not self._steady(key, condition, members[free], seen, writer):
            return True
        self._end(key, condition, self._subject(group, condition), "back", seen.now, writer)
        left = members[seen.overdue[members]]
        if len(left):
            # Who is still silent gets the time to speak that everybody has, then it is the device's own silence.
            self._chance_from(members, seen.now, writer)
            self._put(key, condition._replace(ended=seen.now), writer)
            seen.ripe[members] = False
        return False

    def _steady(self, key: Key, condition: Condition, slots: Ints, seen: View, writer: AreaWriter) -> bool:
        """Whether devices have been heard for long enough since they came back.

        Where none speaks regularly, the word that it is back is enough: it comes with a hold of its own.
        """
        slots = slots[self._roll.watched[slots]]
        if not len(slots):
            return True
        newest = int(seen.heard[slots].max())
        if not condition.back:
            self._put(key, condition._replace(back=newest), writer)
            return False
        return newest - condition.back >= (self._rules.recover - _FORGIVEN) * int(self._roll.interval[slots].min())

    def _judge_devices(self, seen: View, writer: AreaWriter) -> None:
        roll = self._roll
        for key, condition in [(key, told) for key, told in self._told.items() if key[0] == "device"]:
            slot = self._slot_of(key)
            if slot is None:
                continue
            if seen.overdue[slot] and not seen.free[slot]:
                self._end(key, condition, self._words.device(slot), "explained", seen.now, writer)
            elif seen.overdue[slot]:
                if condition.back:
                    self._put(key, condition._replace(back=0), writer)
            elif seen.maintained[slot]:
                self._end(key, condition, self._words.device(slot), "maintenance", seen.now, writer)
            elif self._steady(key, condition, np.array([slot]), seen, writer):
                self._end(key, condition, self._words.device(slot), "back", seen.now, writer)
        for slot in np.flatnonzero(seen.ripe & seen.free & roll.own).tolist():
            subject = self._words.device(slot)
            key = ("device", subject.name)
            if key not in self._told:
                self._put(key, Condition(seen.now, subject.source), writer)
                known_since = abs(self._times.raw[slot])
                writer.emit(self._words.silent_device(subject, slot, seen, known_since))

    def _end(  # noqa: PLR0917  # parts of one act
        self, key: Key, condition: Condition, subject: Subject, ending: Ending, now: int, writer: AreaWriter
    ) -> None:
        self._put(key, None, writer)
        if not condition.ended:
            writer.emit(self._words.over(subject, condition.raised, ending, now))

    # ---- what is remembered -----------------------------------------------------------------------------------

    def _write(self, now: int, writer: AreaWriter) -> None:
        """Write down times and pauses together: what is lost after it counts as time in which nobody listened."""
        before, self._written_ms = self._written_ms, now
        buckets = self._times.write(writer)
        writer.put(CLOCK, self._listening.encode())
        writer.undo(partial(self._unwrite, before, buckets))

    def _unwrite(self, before: int, buckets: set[int]) -> None:
        self._written_ms = 0 if before == 0 else before - self._rules.checkpoint_ms
        self._times.dirty |= buckets

    def _unhear(self, changed: list[tuple[int, int]]) -> None:
        for slot, before in reversed(changed):
            self._times.restore(slot, before)

    def _put(self, key: Key, condition: Condition | None, writer: AreaWriter) -> None:
        before = self._told.get(key)
        writer.undo(partial(self._set, key, before))
        self._set(key, condition)
        if condition is None:
            writer.delete(condition_key(key))
        else:
            writer.put(condition_key(key), encode_condition(condition))

    def _set(self, key: Key, condition: Condition | None) -> None:
        if condition is None:
            self._told.pop(key, None)
        else:
            self._told[key] = condition

    def _chance_from(self, slots: Ints, now: int, writer: AreaWriter) -> None:
        before = self._chance[slots].copy()

        def undo() -> None:
            self._chance[slots] = before

        writer.undo(undo)
        self._chance[slots] = now

    # ---- names ------------------------------------------------------------------------------------------------

    def _group_of(self, key: Key) -> Group | None:
        return self._index.get(key)

    def _slot_of(self, key: Key) -> int | None:
        source, _, device = key[1].partition("/")
        return self._roll.slots.get(source, {}).get(device)

    def _known(self, key: Key) -> bool:
        return (self._slot_of(key) if key[0] == "device" else self._group_of(key)) is not None

    def _subject(self, group: Group, condition: Condition) -> Subject:
        """As it was told: the end of a condition is known by the source of its beginning."""
        return self._words.group(group, condition.source)

    def _unlisted(self, key: Key, condition: Condition) -> Subject:
        return Subject(key[0], key[1], condition.source)  # type: ignore[arg-type]


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)
