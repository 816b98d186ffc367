"""The gates of one partition: vehicles followed by pseudonym, counts, levels; and the figures that they make.

Event time decides. A direction's clock is its newest event, and between events it goes on with the time that passes,
so that what comes an hour late is judged as of an hour ago. A direction that has been silent for long is left as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, tzinfo
from functools import lru_cache, partial
from typing import Final, cast
from urllib.parse import unquote

import orjson

from ioc import metrics
from ioc.detect.gate import GateAlerts, Levels, decode_levels, encode_levels
from ioc.detect.gate_flow import Cell, Figures, Flow, Sample, decode_samples, encode_samples, waits
from ioc.detect.gate_rules import GateRules
from ioc.detect.gate_trips import (
    DIGITS,
    NOT_INSPECTED,
    News,
    Trip,
    decode_trip,
    encode_trip,
    first_step,
    next_step,
)
from ioc.detect.model import Finding
from ioc.events.fields import joined
from ioc.events.gate import Gate
from ioc.intake.companion import Gauges, Notice
from ioc.intake.states import Shown, Subject
from ioc.ports import Store

_LINE, _TRIP, _SAMPLES, _LEVELS = b"gate/line/", b"gate/trip/", b"gate/samples/", b"gate/levels/"
_MOST_LINES: Final = 64
"""Directions of gates of one partition; names beyond it are taken for made up."""
_MOST_TRIPS: Final = 20_000
"""Vehicles of one direction, the longest jam known many times over; beyond it those that are gone are forgotten."""
_MOST_NAMES: Final = 16
"""Yards, and classes of goods, of one direction; further ones are counted as unnamed."""
_TICK_S: Final = 10.0
"""Between two looks at a direction as time passes."""
_STEP_S: Final = 60.0
"""The same as events come, for when many come at once."""
_LOOK_S: Final = 600.0
"""Between two looks at which vehicles may be forgotten."""
_REMEMBERED: Final = 4096
_new: Final = tuple.__new__

Place = tuple[float | None, float | None]
"""Latitude and longitude, WGS 84 degrees."""
Done = tuple[str, Trip | None] | tuple[Cell, Sample | None]
"""Vehicle or cell of a count, and what stood there before an event."""


class _Line:
    """One direction of a gate."""

    __slots__ = (
        "direction", "dirty", "done", "flow", "gate", "heard", "key", "levels", "names", "newest", "place", "stepped",
        "swept",
    )  # fmt: skip

    def __init__(self, gate: str, direction: str, flow: Flow) -> None:
        self.gate = gate
        self.direction = direction
        self.key = joined(gate, direction).encode()
        self.flow = flow
        self.newest = flow.first
        """Newest event, Unix seconds."""
        self.heard = 0.0
        """When Kafka had it, Unix seconds."""
        self.place: Place = (None, None)
        """Where the gate says that it is."""
        self.levels: Levels = {}
        self.dirty: set[str] = set()
        """Vehicles that changed since they were written down."""
        self.done: list[Done] | None = None
        """What the batch at hand has done so far; none before its first event."""
        self.names: tuple[set[str], set[str]] = (set(), set())
        """Yards and classes of goods."""
        self.stepped = 0.0
        """Moment of the last look, Unix seconds: kept, so that a restart looks at no other moments."""
        self.swept = 0.0

    def learn_names(self) -> None:
        """Take up the names that are in use, and no others."""
        cells = [*self.flow.samples, *((trip.yard, trip.goods) for trip in self.flow.trips.values())]
        self.names = {yard for yard, _ in cells if yard}, {goods for _, goods in cells if goods}


class GateWatch:
    """Follows vehicles and queues, and says when a gate jams or is about to.

    Args:
        rules: Limits and windows.
        zone: Of the opening hours.
        store: State of the partition.
        vehicle: From a vehicle's reference to its pseudonym; nothing else of it is kept.
        renewed: From a pseudonym to the one under the key in use.
        hide: Takes personal data out of names of yards and goods.

    """

    def __init__(
        self,
        rules: GateRules,
        zone: tzinfo,
        store: Store,
        *,
        vehicle: Callable[[str], str],
        renewed: Callable[[str], str],
        hide: Callable[[str], str],
    ) -> None:
        self._rules = rules
        self._zone = zone
        self._store = store
        self._alerts = GateAlerts(rules)
        self._few = min(rules.ahead.least_overdue, rules.least_overdue)
        self._vehicle = lru_cache(_REMEMBERED)(vehicle)
        self._hide = hide
        self._lines: dict[tuple[str, str], _Line] = {}
        self._changed: set[tuple[str, str]] = set()
        self._outdated: list[bytes] = []
        self._shown: dict[tuple[str, ...], float] = {}
        self._shown_ms = 0
        self._load(renewed)

    def _load(self, renewed: Callable[[str], str]) -> None:
        by_key: dict[bytes, _Line] = {}
        records = [(key, value) for key, value in self._store.items() if key.startswith(b"gate/")]
        for key, value in records:
            if key.startswith(_LINE):
                gate, direction, first, newest, heard, lat, lon, stepped = orjson.loads(value)
                line = self._new_line(gate, direction, first)
                line.newest, line.heard, line.place, line.stepped = newest, heard, (lat, lon), stepped
                by_key[line.key] = line
        for key, value in records:
            if key.startswith(_TRIP):
                name, _, vehicle = key[len(_TRIP) :].rpartition(b"|")
                line, word = by_key[name], renewed(vehicle.decode())
                line.flow.replace(word, decode_trip(value))
                if word.encode() != vehicle:  # the key of pseudonyms has been changed
                    self._outdated.append(key)
                    line.dirty.add(word)
                    self._changed.add((line.gate, line.direction))
            elif key.startswith(_SAMPLES):
                by_key[key[len(_SAMPLES) :]].flow.samples = decode_samples(value)
            elif key.startswith(_LEVELS):
                by_key[key[len(_LEVELS) :]].levels = decode_levels(value)
        for line in by_key.values():
            line.flow.sort_over()
            line.learn_names()

    def _new_line(self, gate: str, direction: str, first: float) -> _Line:
        flow = Flow(self._rules, self._rules.hours.get(gate), self._zone, first=first)
        line = self._lines[gate, direction] = _Line(gate, direction, flow)
        return line

    def take(self, event: Gate, at_s: float, accepted_ms: int) -> Finding | None:
        """Take in a state of a vehicle or a count."""
        place = (event.gate_id, event.direction)
        line = self._lines.get(place)
        if line is None:
            if len(self._lines) >= _MOST_LINES:
                return None
            line = self._new_line(*place, at_s)
            self._store.journal(partial(self._forget, place))
        done = line.done
        if done is None:
            done = self._begin(place, line)
        if at_s >= line.newest:
            if at_s - line.newest > self._rules.silent_s and line.levels:
                line.levels = self._alerts.forget_pending(line.levels)
                self._store.put(_LEVELS + line.key, encode_levels(line.levels))
            line.newest, line.heard = at_s, accepted_ms / 1000
            if event.lat is not None:
                line.place = (event.lat, event.lon)
        calm = True
        if event.state is not None and event.vehicle_ref is not None:
            self._step(line, event, at_s, done)
        if event.vehicles_waiting is not None or event.yard_fill_ratio is not None:
            self._count(line, event, at_s, done)
            calm = self._alerts.is_calm(event.vehicles_waiting, event.yard_fill_ratio)
        if calm and line.newest - line.stepped < _STEP_S:
            return None
        return self._look(line, max(line.newest, line.stepped))

    def _begin(self, place: tuple[str, str], line: _Line) -> list[Done]:
        """Start a batch of a direction: one step takes back what all of its events do."""
        done: list[Done] = []
        line.done = done
        self._changed.add(place)
        self._store.journal(
            partial(_revert, line, line.newest, line.heard, line.place, line.levels, line.stepped, done)
        )
        return done

    def _forget(self, place: tuple[str, str]) -> None:
        del self._lines[place]

    def _step(self, line: _Line, event: Gate, at_s: float, done: list[Done]) -> None:
        flow, vehicle = line.flow, self._vehicle(event.vehicle_ref or "")
        trip = flow.trips.get(vehicle)
        news = self._news(line, event, at_s)
        if trip is None:
            if line.newest - at_s > self._rules.remember_s:
                return  # what became of it since may be forgotten already
            if len(flow.trips) >= _MOST_TRIPS and not self._make_room(line, done):
                return
            after = first_step(news)
        else:
            after = next_step(trip, news, apart_s=self._rules.apart_s, again_s=self._rules.remember_s)
            if after is trip:
                return
        flow.replace(vehicle, after)
        line.dirty.add(vehicle)
        done.append((vehicle, trip))

    def _news(self, line: _Line, event: Gate, at_s: float) -> News:
        yards, loads = line.names
        yard, goods = self._hide(event.yard or ""), self._hide(event.goods or "")
        if yard not in yards:
            yard = _named(yards, yard)
        if goods not in loads:
            goods = _named(loads, goods)
        inspections, perishable = NOT_INSPECTED, event.perishable
        if (told := event.inspections) is not None:
            inspections = DIGITS[told.customs], DIGITS[told.quarantine], DIGITS[told.border_guard]
        if perishable is None:
            perishable = goods.casefold() in self._rules.perishable
        assert event.state is not None
        return _new(News, (event.state, at_s, yard, goods, perishable, inspections))

    @staticmethod
    def _make_room(line: _Line, done: list[Done]) -> bool:
        oldest = next(iter(line.flow.over), None)
        if oldest is None:
            return False
        done.append((oldest, line.flow.replace(oldest, None)))
        line.dirty.add(oldest)
        return True

    def _count(self, line: _Line, event: Gate, at_s: float, done: list[Done]) -> None:
        # With a vehicle, the goods are its load and not what was counted.
        goods = event.goods if event.vehicle_ref is None else None
        yards, loads = line.names
        cell: Cell = (_named(yards, self._hide(event.yard or "")), _named(loads, self._hide(goods or "")))
        samples = line.flow.samples
        old = samples.get(cell)
        if old is not None and at_s <= old.at:
            return
        samples[cell] = Sample(
            at_s,
            event.vehicles_waiting,
            event.yard_fill_ratio,
            event.yard_capacity or (old.capacity if old is not None else None),
            event.arrivals_per_hour,
            event.crossings_per_hour,
            event.lanes_open,
        )
        done.append((cell, old))

    def _look(self, line: _Line, at: float) -> Finding | None:
        """Compare with the limits at a moment; levels that changed are written down at once."""
        line.stepped = at
        if not line.levels:
            waiting, fill, overdue = line.flow.glance(at, line.newest)
            if overdue < self._few and self._alerts.is_calm(waiting, fill):
                return None
        figures = line.flow.figures(at, line.newest)
        before = line.levels
        after = self._alerts.judge(before, figures)
        if after is before:
            return None
        line.levels = after
        self._store.put(_LEVELS + line.key, encode_levels(after))
        self._store.journal(partial(_set_levels, line, before))
        return self._alerts.finding((line.gate, line.direction), before, after, figures, line.flow)

    def tick(self, now_ms: int) -> Iterable[Notice]:
        """Let time pass: holds run out, counts grow old, vehicles expire."""
        return [notice for line in self._lines.values() for notice in self._pass(line, now_ms / 1000)]

    def _pass(self, line: _Line, now_s: float) -> Iterator[Notice]:
        silence = now_s - line.heard
        if not 0 <= silence <= self._rules.silent_s:
            return
        at = line.newest + silence
        if at - line.swept >= _LOOK_S:
            self._sweep(line, at)
        if at - line.stepped >= _TICK_S:
            finding = self._look(line, at)
            if finding is not None:
                yield Notice(finding, datetime.fromtimestamp(at, UTC), *line.place)

    def _sweep(self, line: _Line, at: float) -> None:
        line.swept = at
        flow = line.flow
        for vehicle in list(flow.gone(at)):
            self._store.delete(_TRIP + line.key + b"|" + vehicle.encode())
            self._store.journal(partial(_set_trip, line, vehicle, flow.replace(vehicle, None)))
            line.dirty.discard(vehicle)
        line.learn_names()

    def flush(self, _now_ms: int) -> None:
        """Write down what the batch changed: a vehicle's state is news, and there are few."""
        changed, outdated = self._changed, self._outdated
        if not changed:
            return
        self._changed, self._outdated = set(), []
        written: list[tuple[_Line, set[str]]] = []
        put, delete = self._store.put, self._store.delete
        for key in outdated:
            delete(key)
        for place in changed:
            line = self._lines.get(place)
            if line is None:
                continue
            line.done = None
            put(
                _LINE + line.key,
                orjson.dumps(
                    [line.gate, line.direction, line.flow.first, line.newest, line.heard, *line.place, line.stepped]
                ),
            )
            if line.flow.samples:
                put(_SAMPLES + line.key, encode_samples(line.flow.samples))
            for vehicle in line.dirty:
                key, trip = _TRIP + line.key + b"|" + vehicle.encode(), line.flow.trips.get(vehicle)
                if trip is None:
                    delete(key)
                else:
                    put(key, encode_trip(trip))
            written.append((line, line.dirty))
            line.dirty = set()

        def undo() -> None:
            self._changed |= changed
            self._outdated += outdated
            for line, vehicles in written:
                line.dirty |= vehicles

        self._store.journal(undo)

    def gauges(self, now_ms: int) -> Gauges:
        """Figures by gate; none of a direction that has fallen silent."""
        if 0 <= now_ms - self._shown_ms < _TICK_S * 1000:
            return self._shown
        shown: dict[tuple[str, ...], float] = {}
        by_gate: dict[str, list[tuple[Flow, float]]] = {}
        for line in self._lines.values():
            silence = max(now_ms / 1000 - line.heard, 0.0)
            if silence <= self._rules.silent_s:
                gate, at = self._hide(line.gate), line.newest + silence
                by_gate.setdefault(gate, []).append((line.flow, at))
                self._show(shown, gate, line.direction, line.flow.figures(at, line.newest))
        for gate, flows in by_gate.items():
            for goods, wait in waits(flows).items():
                for quantile, value in (("0.5", wait.p50), ("0.9", wait.p90), ("1", wait.longest)):
                    if value is not None:
                        shown[metrics.GATE_WAIT.name, gate, goods or _UNNAMED, quantile] = value
        self._shown, self._shown_ms = shown, now_ms
        return shown

    def shown(self, now_ms: int) -> dict[Subject, Shown]:
        """How each direction of a gate flows: the gravest of its levels, who waits and for how long."""
        found = {}
        for line in self._lines.values():
            silence = max(now_ms / 1000 - line.heard, 0.0)
            if silence > self._rules.silent_s:
                continue
            at = line.newest + silence
            flow = line.flow.figures(at, line.newest)
            named = ((name, getattr(flow, name)) for name in _TOLD)
            figures = [(name, round(float(value), 2)) for name, value in named if value is not None]
            figures += [(f"fill/{yard}", round(ratio, 3)) for yard, ratio in sorted(flow.fill.items())]
            for goods, wait in sorted(waits([(line.flow, at)]).items()):
                times = ("wait_p50_s", wait.p50), ("wait_p90_s", wait.p90), ("wait_longest_s", wait.longest)
                figures += [(f"{name}/{goods}", float(round(value))) for name, value in times if value is not None]
            state = self._alerts.severity(line.levels) or "calm"
            subject = Subject("gate", self._hide(line.gate), line.direction)
            found[subject] = Shown(state, tuple(figures), *line.place)
        return found

    @staticmethod
    def _show(shown: dict[tuple[str, ...], float], gate: str, direction: str, figures: Figures) -> None:
        if figures.waiting is not None:
            shown[metrics.GATE_QUEUE.name, gate, direction] = figures.waiting
        if figures.backlog_h is not None:
            shown[metrics.GATE_BACKLOG.name, gate, direction] = figures.backlog_h
        for yard, ratio in figures.fill.items():
            key = (metrics.GATE_YARD_FILL.name, gate, yard or direction)
            shown[key] = max(shown.get(key, 0.0), ratio)


_PASSAGE_PARTS: Final = 7
"""Of the natural key of a passage: gate, direction, kind, goods, vehicle, state, time."""
_VEHICLE_PART: Final = 4
_TOLD: Final = ("waiting", "arrivals", "crossings", "backlog_h", "forecast_h", "lanes")
"""Figures of a flow that people look at; rates are per hour."""
_UNNAMED: Final = "none"
"""Label of vehicles whose goods nobody named."""


def _named(known: set[str], name: str) -> str:
    """Name of a yard or class of goods as it is kept; empty beyond the bound."""
    if name in known or not name:
        return name
    if len(known) >= _MOST_NAMES:
        return ""
    known.add(name)
    return name


def _revert(  # noqa: PLR0917
    line: _Line, newest: float, heard: float, place: Place, levels: Levels, stepped: float, done: list[Done]
) -> None:
    """Take back what a batch did."""
    line.done = None
    line.newest, line.heard, line.place, line.levels, line.stepped = newest, heard, place, levels, stepped
    for what, before in reversed(done):
        if isinstance(what, str):
            line.flow.replace(what, cast("Trip | None", before))
        elif before is None:
            del line.flow.samples[what]
        else:
            line.flow.samples[what] = cast("Sample", before)


def _set_levels(line: _Line, levels: Levels) -> None:
    line.levels = levels


def _set_trip(line: _Line, vehicle: str, trip: Trip | None) -> None:
    line.flow.replace(vehicle, trip)


def shown_passage(event_id: str, *, hide: Callable[[str], str], vehicle: Callable[[str], str]) -> str:
    """Natural key of a gate event as receipts and signals show it: a passage names its vehicle by pseudonym."""
    parts = event_id.split("|")
    if len(parts) != _PASSAGE_PARTS:
        return hide(event_id)
    parts[_VEHICLE_PART] = vehicle(unquote(parts[_VEHICLE_PART]))
    return "|".join(part if n == _VEHICLE_PART else hide(part) for n, part in enumerate(parts))
