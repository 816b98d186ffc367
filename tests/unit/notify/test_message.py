"""What is sent: forms of others, texts, signatures."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import orjson
import pytest

from ioc.notify import Notice, read_subscriptions
from ioc.notify.message import Wording, alertmanager, bot, cloudevent, signature, subject, text
from tests.unit.notify.test_subscription import CENTRES, GOOD, notice

WORDING = Wording(
    ZoneInfo("Asia/Ho_Chi_Minh"), {"north": "Trung tâm Bắc"}.__getitem__, lambda each: f"https://ioc.example.vn/#{each}",
    source="urn:ioc:00",
)  # fmt: skip
DESK, MAIL, BOT = read_subscriptions(GOOD, CENTRES).each


def test_the_vector_of_the_standard_webhooks_specification() -> None:
    found = signature(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        datetime.fromtimestamp(1614265330, UTC),
        b'{"test": 2432232314}',
    )
    assert found == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_a_secret_is_what_its_file_says() -> None:
    plain = signature("s3", "m", datetime.fromtimestamp(1, UTC), b"x")
    encoded = signature("whsec_czM=", "m", datetime.fromtimestamp(1, UTC), b"x")
    assert plain == encoded
    with pytest.raises(ValueError, match=r"."):
        signature("whsec_?", "m", datetime.fromtimestamp(1, UTC), b"x")


def test_alertmanagers_web_hook_has_its_fields() -> None:
    request = alertmanager(DESK, [notice(1), notice(2, reason="resolved", status="resolved")], WORDING)
    body = orjson.loads(request.body)
    assert {*body} >= {
        "version", "groupKey", "truncatedAlerts", "status", "receiver", "groupLabels", "commonLabels",
        "commonAnnotations", "externalURL", "alerts",
    }  # fmt: skip
    assert (body["version"], body["status"], body["receiver"]) == ("4", "firing", "desk")
    first, second = body["alerts"]
    assert {*first} == {"status", "labels", "annotations", "startsAt", "endsAt", "generatorURL", "fingerprint"}
    assert (first["status"], first["endsAt"]) == ("firing", "0001-01-01T00:00:00Z")
    assert (second["status"], second["endsAt"]) == ("resolved", "2026-11-27T10:00:00+07:00")
    assert first["fingerprint"] == second["fingerprint"]
    assert first["labels"]["alertname"] == "traffic/jam"
    assert all(isinstance(value, str) for each in body["alerts"] for value in each["labels"].values())
    assert body["commonLabels"]["incident_id"] == "i1"


def test_a_cloud_event_is_the_alert_and_its_place() -> None:
    event = orjson.loads(cloudevent(DESK, notice(7), WORDING).body)
    assert (event["specversion"], event["id"], event["source"]) == ("1.0", "ioc.alerts.north-1-7", "urn:ioc:00")
    assert event["data"] == notice(7).alert


def test_texts_say_what_where_when() -> None:
    said = text([notice()], "vi", WORDING)
    assert said.split("\n") == [
        "[CAO · mới] Ùn tắc", "Trung tâm Bắc · 10:00 27/11/2026 · i1", "Xe không đi được", "https://ioc.example.vn/#i1",
    ]  # fmt: skip
    assert "[HIGH · new]" in text([notice()], "en", WORDING)
    many: list[Notice] = [notice(number) for number in range(60)]
    assert "20 cảnh báo nữa" in text(many, "vi", WORDING)
    assert subject([notice(), notice(severity="critical", title="Cháy\r\nBcc: x@y")], "vi") == (
        "[KHẨN CẤP] Cháy Bcc: x@y (+1 cảnh báo)"
    )


def test_a_bots_placeholders_are_filled_and_nothing_else() -> None:
    request = bot(BOT, [notice(title="${secret} 5$")], WORDING, "k")
    assert request.url == "https://api.example.vn/botk/send"
    assert request.headers["x-token"] == "k"
    body = orjson.loads(request.body)
    assert (body["chat_id"], body["silent"], body["parts"][1]) == (-100123, True, 2.5)
    assert "${secret} 5$" in body["text"]
