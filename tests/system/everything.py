"""A province in which all that a dashboard shows happens: twice, because counters grow from the second time on."""

from __future__ import annotations

import asyncio
import json
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from threading import Event as Flag
from threading import Thread
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from connectors.gateway.keys import KEYS_FILE, new_key
from connectors.simulator.border import DECEMBER_2021, border_events
from ioc.catalog import DEVICES_FILE, Commune, common_data, shipped_province
from ioc.catalog.devices import COLUMNS
from ioc.catalog.programme import PROGRAMME_FILE, TRIALS_FILE
from ioc.topics import RAW
from tests.mosquitto import Mosquitto
from tests.system.product import Event, province, publish
from tests.system.running import Running
from tests.ves import fault

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
MAPPING = '[[topic]]\nfilters = ["sim/sensors/+"]\npreset = "json"\nsource = "sensors"\npublisher = "bridge"\n'
GATES = ("gate-1", "gate-2")
PATIENCE_S = 60.0
_TEXTS = (
    ("Cháy lớn tại nhà dân, có người mắc kẹt", "app"),
    ("Ngập sâu cả mét, nước tràn vào nhà dân", "hotline"),
    ("Đèn đường hỏng nhiều ngày", "zalo"),
    ("Mất sóng điện thoại từ sáng", "app"),
    ("Rác thải tồn đọng bốc mùi, gọi 0912345678", "app"),
    ("Cây đổ chắn ngang đường", "hotline"),
)
_DEVICES = (
    {"id": "air-1", "source": "sensors", "class": "air-station", "interval_s": "3600"},
    {"id": "meter-1", "source": "sensors", "class": "meter", "interval_s": "0.5"},
    {"id": "meter-2", "source": "sensors", "class": "meter", "interval_s": "0.5"},
    {"id": "road-1", "source": "sensors", "class": "loop", "interval_s": "3600", "limit_sets": "traffic"},
    *({"id": gate, "source": "gate", "class": "gate"} for gate in GATES),
    {"id": "cam-stuck", "source": "cameras", "class": "camera"},
    {"id": "cam-moved", "source": "cameras", "class": "camera"},
    {"id": "cam-off", "source": "cameras", "class": "camera"},
    {"id": "QN-5G", "source": "bts", "class": "macro", "interval_s": "3600", "operator": "operator-a",
     "technologies": "5G", "tags": "trial-1"},
)  # fmt: skip
_HURRIED = {
    "quality.toml": {
        "window_s = 3600": "window_s = 2", "grace_s = 600": "grace_s = 11", "least_records = 20": "least_records = 1",
    },
    "liveness.toml": {
        "settle_s = 60": "settle_s = 1", "patience_s = 300": "patience_s = 1", "grace_s = 120": "grace_s = 1",
        "checkpoint_s = 60": "checkpoint_s = 1",
    },
    "paging.yaml": {"    critical: 10m\n": "    critical: 5s\n"},
}  # fmt: skip
"""What takes minutes and hours in a province, by file, so that it takes seconds here."""
_CAMERAS = {"stuck": "frozen", "moved": "moved", "off": "detect_disabled"}
_SPOT = """
[[spot]]
id = "spot-1"
name = "Điểm thử"
commune = "{commune}"
state = "on_air"
lat = {lat}
lon = {lon}
source = "thử nghiệm"
date = 2026-11-27
"""
_TRIAL = """
[[trial]]
code = "trial-1"
name = "Thử"
technology = "5G"
source = "thử nghiệm"
date = 2026-11-22
"""


@cache
def communes() -> list[Commune]:
    """Communes of a centre below the province's, far enough from each other that nothing of one joins another's."""
    found: list[Commune] = []
    for each in province().communes.values():
        if each.centre == "province" or each.lat is None or each.lon is None:
            continue
        if all(abs(each.lat - (one.lat or 0)) + abs(each.lon - (one.lon or 0)) > 0.03 for one in found):
            found.append(each)
    return found


def make_province(target: Path) -> Path:
    """The shipped province with a register of devices, and quality that is judged within seconds."""
    shutil.copytree(str(shipped_province()), target)
    place = communes()[0]
    rows = [",".join(COLUMNS)]
    for device in _DEVICES:
        row = {"lat": str(place.lat), "lon": str(place.lon), "synthetic": "yes", **device}
        rows.append(",".join(row.get(column, "") for column in COLUMNS))
    (target / DEVICES_FILE).write_text("\n".join(rows), encoding="utf-8")
    for name, changes in _HURRIED.items():
        text = (common_data() / name).read_text(encoding="utf-8")
        for was, becomes in changes.items():
            assert was in text, (name, was)
            text = text.replace(was, becomes)
        (target / name).write_text(text, encoding="utf-8")
    for name, more in ((PROGRAMME_FILE, _SPOT), (TRIALS_FILE, _TRIAL)):
        with (target / name).open("a", encoding="utf-8") as file:
            file.write(more.format(commune=place.code, lat=place.lat, lon=place.lon))
    return target


@dataclass(frozen=True, slots=True)
class Stage:
    """Where it happens.

    Attributes:
        running: The product.
        mosquitto: Its MQTT broker.
        drop: Folder of stations' files.
        client: HTTP with the operator's key.

    """

    running: Running
    mosquitto: Mosquitto
    drop: Path
    client: httpx.Client

    async def wave(self, number: int) -> None:
        """Everything once; waves of other numbers are of other reports and devices' later readings."""
        tag = f"w{number}"
        if number == 0:
            await asyncio.to_thread(self._call_modes)
        await asyncio.gather(
            publish(self.running.bootstrap, [*_telemetry(number), *_gate(number), *_broken(tag)]),
            asyncio.to_thread(self._reports, tag),
            asyncio.to_thread(self._edges, tag),
        )
        await asyncio.to_thread(self._handle, tag)

    @contextmanager
    def breathing(self) -> Iterator[None]:
        """One station goes on speaking, for figures that are of the last moments."""
        over = Flag()

        def speak() -> None:
            while not over.wait(0.5):
                at = datetime.now(UTC).isoformat()
                body = {"device_id": "meter-1", "metric": "tss", "value": 20, "unit": "mg/L", "observed_at": at}
                self.client.post("/v1/sensors", json=body)

        speaker = Thread(target=speak)
        speaker.start()
        try:
            yield
        finally:
            over.set()
            speaker.join()

    def _call_modes(self) -> None:
        """A silence of what is about telecommunications, and an emergency mode."""
        ends = (datetime.now(UTC) + timedelta(hours=3)).isoformat()
        centres = sorted({each.centre for each in communes()})
        for kind, matchers in (("silence", ["category = telecom"]), ("emergency", [])):
            body: dict[str, Any] = {"kind": kind, "owner": "Tổ trực", "reason": "Bão", "centres": centres}
            body |= {"ends_at": ends} | ({"matchers": matchers} if matchers else {})
            answer = self.client.post("/v1/silences", json=body)
            assert answer.status_code == 202, answer.text

    @staticmethod
    def _places(tag: str) -> list[Commune]:
        """One for each text, all of one centre; the next wave turns them: the same text there again would be joined."""
        count, turned = len(_TEXTS), 3 * int(tag[1:])
        first, *others = communes()
        found = [each for each in others if each.centre == first.centre][:count]
        return [found[(place + turned) % count] for place in range(count)]

    def _reports(self, tag: str) -> None:
        """One of each kind, each where none of the others is; one is sent twice."""
        at = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
        bodies = [
            {"id": f"{tag}-{place}", "occurred_at": at, "text": text, "channel": channel, "lat": commune.lat,
             "lon": commune.lon, "reporter": {"id": f"{tag}-p{place}", "phone": "0912345678"}}
            for place, ((text, channel), commune) in enumerate(zip(_TEXTS, self._places(tag), strict=True))
        ]  # fmt: skip
        for batch in (bodies, bodies[:1]):
            results = self.client.post("/v1/reports", json=batch).json()["results"]
            assert {each["status"] for each in results} == {"accepted"}, results

    def _edges(self, tag: str) -> None:
        """What comes by VES, by MQTT, as a file, and too fast."""
        now = datetime.now(UTC)
        url, key = self.running.url, self.running.key
        event = {"event": fault("CRITICAL", now, sourceName=f"ves-{tag}")}
        answer = httpx.post(f"{url}/eventListener/v7", json=event, auth=("operator", key))
        assert answer.status_code == 202, answer.text
        value = {"value": 7, "unit": "mg/L", "metric": "tss", "observed_at": now.isoformat()}
        self.mosquitto.publish([
            *((f"sim/sensors/mqtt-{tag}-{n}", json.dumps(value | {"device_id": f"mqtt-{tag}-{n}"}).encode())
              for n in range(5)),
            ("sim/sensors/bad", b'{"value": "much"}'),
        ])  # fmt: skip
        local = f"{(now - timedelta(minutes=1)).astimezone(ZONE):%Y%m%d%H%M%S}"
        lines = f"pH\t7,2\t-\t{local}\t00\r\nTSS\tmuch\tmg/L\t{local}\t00\r\n"
        path = self.drop / f"station-{tag}" / f"station-{tag}_{local}.txt"
        path.parent.mkdir(parents=True)
        draft = path.with_suffix(".part")
        draft.write_text(lines)
        draft.rename(path)
        keys = self.running.folder / ".ioc" / KEYS_FILE
        token, _ = new_key(keys, "slow", ["telemetry:write"], rate=0.1)
        reading = {"device_id": "fast-1", "metric": "tss", "value": 7, "unit": "mg/L", "observed_at": now.isoformat()}
        headers = {"authorization": f"Bearer {token}"}
        many = [reading] * 600  # as many as a request may have are let pass at once
        for answer in _again(lambda: httpx.post(f"{url}/v1/sensors?validate=true", json=many, headers=headers)):
            if answer.status_code == 429:
                return
        raise AssertionError(answer.text)

    def _handle(self, tag: str) -> None:
        """Every report's incident on a way of its own: done, done after a question, returned, done and opened again."""
        ways = (
            ("acknowledge", "resolve"), ("acknowledge", "request_info", "resolve"), ("acknowledge", "return"),
            ("acknowledge", "resolve", "reopen"), ("acknowledge", "start", "resolve"),
        )  # fmt: skip
        for place, way in enumerate(ways):
            incident = self._incident_of(f"{tag}-{place}")
            for action in way:
                body = {"action": action, "reason": "thử"}
                answer = self.client.post(f"/v1/incidents/{incident}/actions?wait=10", json=body)
                assert answer.json().get("result") == "accepted", (action, answer.text)
        for place, rating in ((0, "satisfied"), (1, "neutral"), (4, "unsatisfied")):
            self._rate(f"{tag}-{place}", rating)

    def _incident_of(self, report: str) -> str:
        """Await it."""
        for answer in _again(lambda: self.client.get(f"/v1/reports/{report}")):
            if answer.status_code == 200 and (incident := answer.json().get("incident_id")):
                return str(incident)
        raise AssertionError(answer.text)

    def _rate(self, report: str, rating: str) -> None:
        """Once what was done has become known."""
        for answer in _again(lambda: self.client.post(f"/v1/reports/{report}/rating", json={"rating": rating})):
            if answer.status_code == 202:
                return
        raise AssertionError(answer.text)


def _again(ask: Callable[[], httpx.Response]) -> Iterator[httpx.Response]:
    """Answers, until it is enough or long over."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        yield ask()
        time.sleep(0.05)


def _record(source: str, key: str, **body: Any) -> Event:
    return Event(RAW[source], key, json.dumps(body, ensure_ascii=False).encode())


def _telemetry(number: int) -> list[Event]:
    """Readings, samples of base stations, cameras and the SOC; all of a wave's are newer than those before."""
    now = datetime.now(UTC)
    place = communes()[0]
    where = {"lat": place.lat, "lon": place.lon}

    def at(seconds: float) -> str:
        return (now - timedelta(seconds=seconds)).isoformat()

    def reading(device: str, metric: str, value: float, unit: str, seconds: float) -> Event:
        return _record(
            "sensors", device, device_id=device, metric=metric, value=value, unit=unit, observed_at=at(seconds)
        )

    def site(name: str, seconds: float, operator: str = "operator-a", technology: str = "4G", **more: Any) -> Event:
        return _record(
            "bts",
            name,
            site_id=name,
            operator=operator,
            technology=technology,
            observed_at=at(seconds),
            **where,
            **more,
        )

    def camera(name: str, kind: str, seconds: float) -> Event:
        return _record(
            "cameras", name, id=f"{name}-{number}", camera_id=name, kind=kind, observed_at=at(seconds), confidence=0.95,
            **where,
        )  # fmt: skip

    air = [reading("air-1", "pm2_5", 180 + n, "µg/m³", 1800 * n + 60 - number) for n in range(9, 0, -1)]
    meter = [reading("meter-2", "tss", 20 + n, "mg/L", 1 - n / 20) for n in range(10)]
    rain = [reading(f"rain-{number}", "rain_24h", 260, "mm", 1)]
    road = [reading("road-1", "control_delay", 95, "s", 2 - number)]
    alarm = {"severity": "critical", "problem": "Mất điện"}
    sites = [
        site("QN-1", 2 - number, state="in_service"),
        site(f"QN-out-{number}", 2, state="out_of_service", alarm=alarm),
        site("QN-d", 2 - number, state="degraded"),
        site("QN-u", 2 - number, state="unknown"),
        site("QN-m", 2 - number, state="maintenance", alarm=alarm),
        site("QN-5G", 2 - number, technology="5G", rsrp_dbm=-91, sinr_db=12, prb_ratio=0.4, users=77),
        *(site(f"QN-d{n % 3}", 200 - n - number, rsrp_dbm=-80, measured_by="drive_test") for n in range(100)),
        *(
            site("QN-h", 200 - n - number, operator="operator-b", rsrp_dbm=-130, measured_by="handset")
            for n in range(40)
        ),
    ]
    others = [
        camera("cam-1", "fire", 1),
        *(camera(f"cam-{what}", kind, 600 - number) for what, kind in _CAMERAS.items()),
        _record("security", "web-1", id=f"s-{number}", asset_id="web-1", kind="brute_force", severity="critical",
                observed_at=at(1), count=500),
    ]  # fmt: skip
    return [*air, *meter, *rain, *road, *sites, *others]


def _gate(number: int) -> list[Event]:
    """A day of a jam, as it was yesterday, each wave at a gate of its own."""
    place, gate = communes()[0], GATES[number % len(GATES)]
    course = replace(DECEMBER_2021, gate=gate, lat=place.lat, lon=place.lon, falls_at=3.0)
    today = datetime.now(ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
    start = (today - timedelta(days=1)).astimezone(UTC)
    made = border_events(1, start, course, zone=ZONE, until=timedelta(hours=24))
    return [Event(RAW["gate"], gate, body) for _, body in made]


def _broken(tag: str) -> list[Event]:
    """A record of every source that breaks the contract."""
    return [Event(RAW[source], f"bad-{tag}", b'{"id": ') for source in RAW]
