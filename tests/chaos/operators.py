"""What a town's people, devices and operators do over HTTP, until an answer is clear; and what they were told."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import httpx

from ioc.incidents.lifecycle import allowed

_TEXTS: Final = (
    "Cây đổ chắn ngang đường, xe không qua được",
    "Rác thải chất đống ở góc chợ bốc mùi hôi",
    "Mất điện cả khu phố từ tối qua",
    "Đèn đường hỏng cả tuần nay, tối om",
    "Nắp cống bị mất, rất nguy hiểm",
    "Cháy nhà, có người mắc kẹt bên trong",
    "Hai xe máy va chạm, có người bị thương",
    "Quán karaoke hát ầm ĩ cả đêm",
    "Thanh niên đánh nhau ở trước quán nước",
    "Nước sinh hoạt đục và có mùi lạ",
    "Ổ gà lớn giữa đường, nhiều người ngã",
    "Lấn chiếm vỉa hè bán hàng, không còn lối đi",
)
_COMMUNES: Final = ((14.10, 107.10), (14.10, 107.25), (14.40, 107.60), (14.50, 107.45))
_UNITS: Final = ("ubnd", "cong-an")
_CLEAR: Final = frozenset({200, 202, 400, 403, 404, 409, 412, 422})
_PATIENCE_S: Final = 60.0
_ACTIONS: Final = {
    "acknowledge": 4, "accept": 4, "assign": 3, "start": 3, "request_info": 3, "return": 3, "resolve": 5, "close": 2,
    "reopen": 4, "reject": 1, "merge": 3, "split": 3, "not_related": 1, "reclassify": 2, "comment": 2,
}  # fmt: skip


@dataclass
class Given:
    """One command: what was asked for, and every answer to it.

    Attributes:
        by: Names it in histories; nobody else acts under this name.
        incident: Which one.
        action: What.
        answers: Status and ``result`` of each answer that came.
        lost: Attempts without an answer that says whether Kafka has it.

    """

    by: str
    incident: str
    action: str
    answers: list[tuple[int, str]] = field(default_factory=list)
    lost: int = 0

    @property
    def attempts(self) -> int:
        return len(self.answers) + self.lost


@dataclass
class Ledger:
    """What was sent and what was answered.

    Attributes:
        events: Accepted events by id, with their source.
        readings: Natural keys of accepted readings.
        commands: Operators' commands.
        unheard: Events of which nobody said in time whether they are there.
        odd: Answers that should not be.

    """

    events: dict[str, str] = field(default_factory=dict)
    readings: set[tuple[str, str]] = field(default_factory=set)
    commands: list[Given] = field(default_factory=list)
    unheard: list[str] = field(default_factory=list)
    odd: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)


class Crowd:
    """People, devices and operators, each a thread; the same seed does the same things, as far as answers allow.

    Args:
        client: Makes a client of the gateway.
        seed: Of what they do.
        rate: Requests with events per second.
        operators: How many give commands.

    """

    def __init__(self, client: Callable[[], httpx.Client], seed: int, *, rate: float, operators: int = 5) -> None:
        self.ledger = Ledger()
        self._client = client
        self._seed = seed
        self._rate = rate
        self._over = threading.Event()
        self._known: list[str] = []
        self._threads = [
            threading.Thread(target=self._publish, name="people", daemon=True),
            *(
                threading.Thread(target=self._operate, args=(number,), name=f"operator-{number}", daemon=True)
                for number in range(operators)
            ),
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """No new things; what was begun is brought to an answer, which needs a gateway that works."""
        self._over.set()
        for thread in self._threads:
            thread.join(_PATIENCE_S + 30)
            assert not thread.is_alive(), thread.name

    def _publish(self) -> None:
        chance = random.Random(f"{self._seed} people")
        number = 0
        with self._client() as client:
            while not self._over.is_set():
                number += 1
                source, items = _events(number, chance)
                for _ in range(1 + (chance.random() < 0.1)):  # some send what they have sent
                    self._sent(client, source, items)
                self._over.wait(chance.expovariate(self._rate))

    def _sent(self, client: httpx.Client, source: str, items: list[dict[str, Any]]) -> None:
        status, _ = self._until_clear(lambda: client.post(f"/v1/{source}", json=items), None)
        with self.ledger.lock:
            for item in items:
                if status != httpx.codes.ACCEPTED:
                    self.ledger.unheard.append(str(item.get("id", item.get("device_id"))))
                elif source == "sensors":
                    self.ledger.readings.add((item["device_id"], item["observed_at"]))
                else:
                    self.ledger.events[item["id"]] = source

    def _operate(self, number: int) -> None:
        chance = random.Random(f"{self._seed} operator {number}")
        count = 0
        with self._client() as client, ThreadPoolExecutor(3) as pool:
            while not self._over.wait(chance.uniform(0.02, 0.3)):
                if chance.random() < 0.2 or not self._known:
                    self._look(client)
                incident = self._read(client, chance)
                if incident is None:
                    continue
                count += 1
                self._act(client, pool, incident, f"op-{number}-{count}", chance)

    def _look(self, client: httpx.Client) -> None:
        try:
            found = client.get("/v1/incidents", params={"limit": 200})
        except httpx.TransportError:
            return
        # A look that was slow may show a time before there was anything.
        if found.status_code == httpx.codes.OK and (incidents := found.json()["incidents"]):
            self._known = [each["incident_id"] for each in incidents]

    def _read(self, client: httpx.Client, chance: random.Random) -> dict[str, Any] | None:
        if not self._known:
            return None
        try:
            found = client.get(f"/v1/incidents/{chance.choice(self._known)}")
        except httpx.TransportError:
            return None
        if found.status_code != httpx.codes.OK:
            return None
        incident: dict[str, Any] = found.json()
        return incident

    def _act(
        self, client: httpx.Client, pool: ThreadPoolExecutor, incident: dict[str, Any], by: str, chance: random.Random
    ) -> None:
        body = self._command(incident, chance) | {"by": by}
        given = Given(f"town/{by}", incident["incident_id"], body["action"])
        with self.ledger.lock:
            self.ledger.commands.append(given)
        headers = {"idempotency-key": by}
        if chance.random() < 0.3:
            headers["if-match"] = f'"{incident["version"]}"'
        wait = chance.choice((0, 0.5, 2))

        def ask() -> httpx.Response:
            path = f"/v1/incidents/{incident['incident_id']}/actions"
            return client.post(path, params={"wait": wait}, json=body, headers=headers)

        how = chance.random()
        if how < 0.25:  # an impatient hand: three at once
            for done in [pool.submit(self._until_clear, ask, given) for _ in range(3)]:
                done.result()
            return
        self._until_clear(ask, given)
        if body["action"] == "resolve" and incident["evidence"][:1] and incident["evidence"][0]["source"] == "reports":
            report = f"/v1/reports/{incident['evidence'][0]['event_id']}/rating"
            rating = {"rating": chance.choice(("satisfied", "unsatisfied"))}
            self._until_clear(lambda: client.post(report, json=rating), None)
        if how < 0.5:  # and once more, a little later
            time.sleep(chance.uniform(0.0, 2.0))
            self._until_clear(ask, given)

    def _command(self, incident: dict[str, Any], chance: random.Random) -> dict[str, Any]:
        choices = [*allowed(incident["status"], acknowledged=incident["acknowledged_at"] is not None)]
        if chance.random() < 0.1:
            choices = [*_ACTIONS]
        action = chance.choices(choices, [_ACTIONS[each] for each in choices])[0]
        body: dict[str, Any] = {"action": action, "reason": f"lý do {chance.randrange(1000)}"}
        match action:
            case "assign":
                body["arguments"] = {"unit": chance.choice(_UNITS)}
            case "merge":
                body["arguments"] = {"into": chance.choice(self._known), "override": chance.random() < 0.5}
            case "not_related":
                body["arguments"] = {"incident": chance.choice(self._known)}
            case "split":
                signals = [each["signal_id"] for each in incident["evidence"]]
                body["arguments"] = {"signals": signals[: max(1, len(signals) // 2)]}
            case "reclassify":
                body["arguments"] = {"severity": chance.choice(("low", "normal", "high", "critical"))}
            case "resolve":
                body["arguments"] = {"evidence": ["https://example.vn/anh/1.jpg"]} if chance.random() < 0.5 else {}
        return body

    def _until_clear(self, ask: Callable[[], httpx.Response], given: Given | None) -> tuple[int, str]:
        """Ask until somebody says what became of it; the last answer, 0 if there was none in time."""
        deadline = time.monotonic() + _PATIENCE_S
        while time.monotonic() < deadline:
            try:
                answer = ask()
            except httpx.TransportError:
                self._note(given, None)
                time.sleep(0.2)
                continue
            if answer.status_code in _CLEAR:
                body = answer.json()
                said = str(body.get("result", "")) or str(body.get("type", ""))
                self._note(given, (answer.status_code, said))
                return answer.status_code, said
            self._note(given, None)
            if answer.status_code not in {503, 429}:
                with self.ledger.lock:
                    self.ledger.odd[f"{answer.status_code} {answer.request.url.path}: {answer.text[:200]}"] += 1
            time.sleep(0.2)
        return 0, ""

    def _note(self, given: Given | None, answer: tuple[int, str] | None) -> None:
        if given is None:
            return
        with self.ledger.lock:
            if answer is None:
                given.lost += 1
            else:
                given.answers.append(answer)


def _events(number: int, chance: random.Random) -> tuple[str, list[dict[str, Any]]]:
    """A request's source and items."""
    now = datetime.now(UTC).isoformat()
    lat, lon = chance.choice(_COMMUNES)
    # A few spots again and again, so that some reports are of one happening.
    place = {"lat": lat + 0.02 * chance.randrange(4), "lon": lon + 0.02 * chance.randrange(4)}
    kind = chance.choices(("reports", "cameras", "sensors"), (6, 2, 2))[0]
    if kind == "reports":
        reports = [
            {"id": f"r-{number}-{each}", "occurred_at": now, "text": chance.choice(_TEXTS), "channel": "app", **place}
            for each in range(chance.choice((1, 1, 2, 3)))
        ]
        return kind, reports
    if kind == "cameras":
        camera = chance.randrange(12)
        event = {
            "id": f"c-{number}", "camera_id": f"cam-{camera}", "confidence": 0.95, "observed_at": now,
            "kind": "fire" if camera == 0 else "stopped_vehicle", "lat": 14.2 + camera / 100, "lon": 107.3,
        }  # fmt: skip
        return kind, [event | {"id": f"c-{number}/end", "ended_at": now}] if chance.random() < 0.4 else [event]
    reading = {
        "device_id": f"rain-{chance.randrange(5)}", "metric": "rain_1h", "unit": "mm", "observed_at": now,
        "value": chance.choice((0, 3, 20, 60, 120)), "lat": 14.3, "lon": 107.4,
    }  # fmt: skip
    return kind, [reading]
