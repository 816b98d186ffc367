"""Makes the bodies of events from templates that were built once: about a microsecond each.

Every maker is a closure that takes the event's number within its source, its id, its time as text and the random
numbers. What is planted begins a condition that alerts; it ends with the device's next event, so that the next one is
news again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Final, NamedTuple

import orjson

from connectors.simulator.province import Device, Series, Site, SyntheticProvince
from connectors.simulator.texts import ReportWriter
from ioc.detect import Rules
from ioc.vocabulary import Source


class Made(NamedTuple):
    """One event.

    Attributes:
        key: Record key: the device.
        body: JSON.
        planted: Whether it is meant to alert.

    """

    key: bytes
    body: bytes
    planted: bool


Maker = Callable[[int, bytes, bytes, Random], Made]
"""From number within the source, id, time (RFC 3339) and random numbers to an event."""

_POSITION_SHARE: Final = 0.6
"""Reports that come with a position; the others only name a place."""
_GOODS: Final = (b"fruit", b"frozen", b"electronics", b"timber")
_QUIET_KINDS: Final = (b"person", b"car", b"motorcycle", b"truck")
_SOC_QUIET: Final = ((b"port_scan", b"low"), (b"login_failed", b"info"), (b"malware_blocked", b"low"))
_SOC_GRAVE: Final = ((b"ransomware", b"critical", b"T1486"), (b"brute_force", b"high", b"T1110"))
_QUEUE_EVERY: Final = 10
"""One gate event in so many is a sample of the queue, the others are passages."""


def makers(province: SyntheticProvince, rules: Rules, planted: Mapping[Source, float]) -> dict[Source, Maker]:
    """A maker for each source; ``planted`` is the share of its events that begin an alert."""
    return {
        "reports": _reports(province),
        "sensors": _sensors(province.series, planted["sensors"]),
        "cameras": _cameras(province.cameras, rules, planted["cameras"]),
        "bts": _bts(province.sites, planted["bts"]),
        "gate": _gate(province.gates, rules, planted["gate"]),
        "security": _security(province.assets, planted["security"]),
    }


def _constant(device: Device, fields: dict[str, object]) -> bytes:
    """JSON of what never changes about a device, without the closing brace."""
    place = device.place
    return orjson.dumps({**fields, "lat": place.lat, "lon": place.lon, "synthetic": device.synthetic})[:-1]


def _sensors(series: Sequence[Series], share: float) -> Maker:
    known = [
        (
            one.device.id.encode(),
            _constant(one.device, {"device_id": one.device.id, "metric": one.metric, "unit": one.unit}),
            one.low,
            one.high - one.low,
            one.beyond,
        )
        for one in series
    ]
    count = len(known)
    beyond_now: set[int] = set()

    def make(number: int, _: bytes, at: bytes, random: Random) -> Made:
        index = number % count
        key, head, low, width, beyond = known[index]
        chance = random.random()
        planted = chance < share and bool(beyond) and index not in beyond_now
        if planted:
            beyond_now.add(index)
            value = random.choice(beyond)
        else:
            beyond_now.discard(index)
            value = low + width * chance
        return Made(key, b'%b,"value":%.2f,"observed_at":"%b"}' % (head, value, at), planted)

    return make


def _bts(sites: Sequence[Site], share: float) -> Maker:
    known = [
        (
            one.device.id.encode(),
            _constant(one.device, {"site_id": one.device.id, "operator": one.operator, "technology": one.technology}),
        )
        for one in sites
    ]
    count = len(known)
    down: set[int] = set()

    def make(number: int, _: bytes, at: bytes, random: Random) -> Made:
        index = number % count
        key, head = known[index]
        chance = random.random()
        planted = chance < share and index not in down
        if planted:
            down.add(index)
            return Made(key, b'%b,"state":"out_of_service","observed_at":"%b"}' % (head, at), planted=True)
        down.discard(index)
        radio = b',"rsrp_dbm":%.1f,"rsrq_db":%.1f,"sinr_db":%.1f,"users":%d' % (
            -95 + 30 * chance,
            -12 + 6 * chance,
            5 + 20 * chance,
            int(200 * chance),
        )
        body = b'%b,"state":"in_service"%b,"observed_at":"%b"}' % (head, radio, at)
        return Made(key, body, planted=False)

    return make


def _cameras(cameras: Sequence[Device], rules: Rules, share: float) -> Maker:
    known = [(one.id.encode(), _constant(one, {"camera_id": one.id})) for one in cameras]
    count = len(known)
    # A camera that has told of a kind is silent about it for a while: each tells of each kind once.
    left = {
        index: [(kind.kind.encode(), kind.floor) for kind in rules.cameras.values() if kind.floor < 1]
        for index in range(count)
    }

    def make(number: int, own_id: bytes, at: bytes, random: Random) -> Made:
        index = number % count
        key, head = known[index]
        chance = random.random()
        planted = chance < share and bool(left[index])
        if planted:
            kind, floor = left[index].pop(random.randrange(len(left[index])))
            confidence = floor + (1 - floor) * random.uniform(0.3, 0.9)
        else:
            kind, confidence = _QUIET_KINDS[number % len(_QUIET_KINDS)], 0.5 + chance / 2
        body = b'%b,"id":"%b","kind":"%b","confidence":%.3f,"observed_at":"%b"}' % (head, own_id, kind, confidence, at)
        return Made(key, body, planted)

    return make


def _gate(gates: Sequence[str], rules: Rules, share: float) -> Maker:
    known = [(gate.encode(), direction) for gate in gates for direction in (b"in", b"out")]
    rungs = rules.gate.waiting.ladder.rungs
    usual = int(rungs[0].clear * 0.6)
    # A queue that was long goes on for a while: each is news again only when it grows past the next limit.
    left = {index: list(rungs) for index in range(len(known))}

    def make(number: int, _: bytes, at: bytes, random: Random) -> Made:
        index = number // _QUEUE_EVERY % len(known)
        gate, direction = known[index]
        head = b'{"gate_id":"%b","direction":"%b","observed_at":"%b","synthetic":true' % (gate, direction, at)
        if number % _QUEUE_EVERY:
            passage = b',"kind":"passage","vehicle_ref":"sim-v-%d","goods":"%b","state":"crossed"}'
            return Made(gate, head + passage % (number, random.choice(_GOODS)), planted=False)
        planted = random.random() < share * _QUEUE_EVERY and bool(left[index])
        waiting = int(left[index].pop(0).limit * 1.1) + 1 if planted else random.randrange(usual + 1)
        return Made(gate, head + b',"kind":"queue","vehicles_waiting":%d}' % waiting, planted)

    return make


def _security(assets: Sequence[str], share: float) -> Maker:
    known = [asset.encode() for asset in assets]

    def make(number: int, own_id: bytes, at: bytes, random: Random) -> Made:
        asset = known[number % len(known)]
        head = b'{"id":"%b","asset_id":"%b","observed_at":"%b","synthetic":true' % (own_id, asset, at)
        if random.random() < share:
            tail = b',"kind":"%b","severity":"%b","technique":"%b"}' % random.choice(_SOC_GRAVE)
            return Made(asset, head + tail, planted=True)
        return Made(asset, head + b',"kind":"%b","severity":"%b","count":1}' % random.choice(_SOC_QUIET), planted=False)

    return make


def _reports(province: SyntheticProvince) -> Maker:
    writer = ReportWriter()

    def make(_: int, own_id: bytes, at: bytes, random: Random) -> Made:
        place = random.choice(province.places)
        text, _category = writer.write(random, place.name)
        report: dict[str, object] = {
            "id": own_id.decode(),
            "occurred_at": at.decode(),
            "text": text,
            "channel": random.choice(("app", "hotline", "portal", "zalo")),
            "reporter": {"id": f"sim-citizen-{random.randrange(5_000)}"},
            "synthetic": True,
        }
        if random.random() < _POSITION_SHARE:
            report["lat"] = round(place.lat + random.uniform(-0.005, 0.005), 5)
            report["lon"] = round(place.lon + random.uniform(-0.005, 0.005), 5)
            report["accuracy_m"] = random.choice((5, 12, 30, 80))
        return Made(own_id, orjson.dumps(report), planted=True)

    return make
