"""The file of subscriptions: what it takes, and what it refuses with which line."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest

from ioc.notify import Notice, NoticeError, Quiet, notice_of, read_subscriptions
from ioc.notify.subscription import Subscription
from ioc.notify.timing import Waiting, pause, ready
from ioc.yamlfile import YamlError

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
NOW = datetime(2026, 11, 27, 15, 30, tzinfo=UTC)  # 22:30 there
CENTRES = ("north", "south")

GOOD = b"""
subscriptions:
  - name: desk
    sink: alertmanager
    to: https://hooks.example.vn/ioc?x=1
    secret: desk
    match: {centres: [north], severities: [critical, high], reasons: [opened]}
  - name: mail
    sink: email
    to: [a@example.vn, b@example.vn]
    quiet: {from: "22:00", to: "06:00", except: [critical]}
    digest_minutes: 15
    per_hour: 4
    language: en
  - name: bot
    sink: bot
    to: https://api.example.vn/bot${secret}/send
    headers: {X-Token: "${secret}"}
    body: {chat_id: -100123, silent: true, text: "${text}", parts: ["${subject}", 2.5]}
"""


def alert(**changes: Any) -> dict[str, Any]:
    return {
        "alert_id": "a1", "incident_id": "i1", "reason": "opened", "at": "2026-11-27T10:00:00+07:00", "centre": "north",
        "severity": "high", "category": "traffic", "subcategory": "jam", "status": "routed", "commune": "00001",
        "title": "Ùn tắc", "text": "Xe không đi được",
    } | changes  # fmt: skip


def notice(offset: int = 7, **changes: Any) -> Notice:
    return notice_of("ioc.alerts.north", 1, offset, orjson.dumps(alert(**changes)))


def test_a_file_is_read_as_it_is_meant() -> None:
    desk, mail, bot = read_subscriptions(GOOD, CENTRES).each
    assert (desk.sink, desk.to, desk.secret) == ("alertmanager", ("https://hooks.example.vn/ioc?x=1",), "desk")
    assert mail.digest == timedelta(minutes=15)
    assert (mail.per_hour, mail.language, len(mail.to)) == (4, "en", 2)
    assert bot.body == {"chat_id": -100123, "silent": True, "text": "${text}", "parts": ["${subject}", 2.5]}
    assert read_subscriptions(b"", CENTRES).each == ()


def changed(old: str, new: str) -> bytes:
    found = GOOD.decode().replace(old, new, 1)
    assert found != GOOD.decode()
    return found.encode()


@pytest.mark.parametrize(
    ("raw", "line", "words"),
    [
        (changed("name: mail", "name: desk"), 8, "stands twice"),
        (changed("sink: email", "sink: fax"), 9, "'fax' is none of"),
        (changed("to: https://hooks.example.vn/ioc?x=1", "to: ftp://x/y"), 5, "https://host"),
        (changed("to: https://hooks.example.vn/ioc?x=1", "to: https://u:p@x/y"), 5, "no user, password"),
        (changed("https://api.example.vn/bot", "https://${secret}.vn/bot"), 17, "no placeholder"),
        (changed("[north]", "[east]"), 7, "'east' is none of north, south"),
        (changed("[north]", "[]"), 7, "empty list"),
        (changed("a@example.vn", "nobody"), 10, "no e-mail address"),
        (changed('"22:00"', '"24:00"'), 11, "time of day"),
        (changed('"22:00"', '"06:00"'), 11, "another time"),
        (changed("digest_minutes: 15", "digest_minutes: 0"), 12, "above 0"),
        (changed("per_hour: 4", "per_hour: 4.5"), 13, "whole number"),
        (changed("${text}", "${name}"), 19, "$name is none of"),
        (changed("${text}", "5$ "), 19, "begins no placeholder"),
        (changed("    secret: desk\n", "    body: {a: b}\n"), 6, "of bots alone"),
        (changed("name: desk", "name: Desk"), 3, "small letters"),
        (b"subscriptions:\n  - name: x\n    sink: email\n", 2, "to is missing"),
        (b"subscriptions:\n  - {name: x, sink: cloudevents, to: 'https://x', digest_minutes: 5}\n", 2, "no digest"),
        (b"subscription: []\n", 1, "'subscription' is none of"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_line(raw: bytes, line: int, words: str) -> None:
    with pytest.raises(YamlError) as caught:
        read_subscriptions(raw, CENTRES)
    assert caught.value.line == line, str(caught.value)
    assert words in caught.value.reason


def test_a_match_is_by_all_of_its_sets() -> None:
    desk, mail, _ = read_subscriptions(GOOD, CENTRES).each
    assert desk.match.takes(notice())
    for wrong in ({"centre": "south"}, {"severity": "low"}, {"reason": "updated"}):
        assert not desk.match.takes(notice(**wrong))
        assert mail.match.takes(notice(**wrong))


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (b"{", "no JSON"), (b"[]", "no object"), (None, "no JSON"), (orjson.dumps(alert(severity=None)), "no severity"),
        (orjson.dumps(alert(at="yesterday")), "no time"), (orjson.dumps(alert(at="2026-11-27T10:00:00")), "zone"),
    ],
)  # fmt: skip
def test_what_is_no_alert_is_refused(value: bytes | None, words: str) -> None:
    with pytest.raises(NoticeError, match=words):
        notice_of("t", 0, 0, value)


@pytest.mark.parametrize(
    ("clock", "end"),
    [
        ("21:59", None), ("22:00", "06:00 +1"), ("23:59", "06:00 +1"), ("00:00", "06:00"), ("05:59", "06:00"),
        ("06:00", None),
    ],
)  # fmt: skip
def test_quiet_hours_over_midnight(clock: str, end: str | None) -> None:
    mail = read_subscriptions(GOOD, CENTRES).each[1]
    assert mail.quiet is not None
    now = datetime.fromisoformat(f"2026-11-27T{clock}:00").replace(tzinfo=ZONE)
    until = mail.quiet.until("high", now, ZONE)
    if end is None:
        assert until is None
    else:
        hours, _, days = end.partition(" +")
        assert until is not None
        assert (until.strftime("%H:%M"), (until.date() - now.date()).days) == (hours, int(days or 0))
    assert mail.quiet.until("critical", now, ZONE) is None


def test_quiet_hours_of_a_day() -> None:
    lunch = Quiet(time(12), time(13), frozenset())
    inside = datetime(2026, 11, 27, 12, 30, tzinfo=ZONE)
    assert lunch.until("critical", inside, ZONE) == inside.replace(hour=13, minute=0)
    assert lunch.until("critical", inside.replace(hour=13), ZONE) is None


def subscription(**parts: Any) -> Subscription:
    return Subscription(name="x", sink="email", to=("a@example.vn",), **parts)


def since(*minutes: int, severity: str = "normal") -> list[Waiting]:
    return [Waiting(severity, NOW - timedelta(minutes=each)) for each in minutes]


def test_what_waits_goes_together_when_nothing_holds_it() -> None:
    assert ready(subscription(), since(3, 2, 1), [], NOW, ZONE) == ([0, 1, 2], None)
    assert ready(subscription(), [], [], NOW, ZONE) == ([], None)


def test_a_digest_waits_for_its_first() -> None:
    mail = subscription(digest=timedelta(minutes=15))
    assert ready(mail, since(14, 1), [], NOW, ZONE) == ([], NOW + timedelta(minutes=1))
    assert ready(mail, since(15, 0), [], NOW, ZONE) == ([0, 1], None)


def test_what_breaks_through_leaves_the_rest() -> None:
    quiet = subscription(quiet=Quiet(time(22), time(6)))
    waiting = [*since(5), *since(1, severity="critical")]
    morning = datetime(2026, 11, 28, 6, tzinfo=ZONE)
    assert ready(quiet, waiting, [], NOW, ZONE) == ([1], morning)
    assert ready(quiet, waiting[:1], [], NOW, ZONE) == ([], morning)
    assert ready(quiet, waiting[:1], [], morning, ZONE) == ([0], None)


def test_a_rate_holds_until_an_hour_has_passed() -> None:
    few = subscription(per_hour=2)
    sent = [NOW - timedelta(minutes=each) for each in (50, 20, 10)]
    assert ready(few, since(1), sent, NOW, ZONE) == ([], NOW + timedelta(minutes=40))
    assert ready(few, since(1), sent[-1:], NOW, ZONE) == ([0], None)


def test_pauses_grow_and_are_bounded() -> None:
    pauses = [pause(attempt).total_seconds() for attempt in range(1, 30)]
    assert pauses[:4] == [5, 10, 20, 40]
    assert pauses == sorted(pauses)
    assert pauses[-1] == 1800
    assert pause(1, timedelta(seconds=90)) == timedelta(seconds=90)
    assert pause(1, timedelta(days=9)) == timedelta(minutes=30)
    assert pause(4, timedelta(seconds=1)) == timedelta(seconds=40)
