"""The guide's example can be used as it stands, and its check of signatures fits ours."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ioc.notify import read_subscriptions
from ioc.notify.message import signature
from ioc.notify.subscription import SINKS
from ioc.settings import NotifySettings

ROOT = Path(__file__).resolve().parents[3]
GUIDE = (ROOT / "deploy" / "guides" / "notifications.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    (found,) = re.findall(rf"^```{language}\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
    return str(found)


def test_the_file_of_the_guide_is_read_and_shows_every_way() -> None:
    found = read_subscriptions(block("yaml").encode(), ())
    assert {each.sink for each in found.each} == set(SINKS)
    mail = found.named("duty-mail")
    assert mail is not None
    assert mail.quiet is not None
    assert (mail.per_hour, mail.digest is None) == (6, False)


@pytest.mark.parametrize("secret", ["a plain secret", "wh" + "sec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"])
def test_the_check_of_the_guide_takes_what_we_sign_and_nothing_else(secret: str) -> None:
    names: dict[str, Any] = {}
    exec(block("python"), names)
    now = datetime(2026, 11, 27, 10, tzinfo=UTC)
    headers, at = signature(secret, "desk:place", now, b"{}"), now.timestamp()
    is_ours = names["is_ours"]
    assert is_ours(secret, headers, b"{}", at)
    assert not is_ours(secret, headers, b"{ }", at)
    assert not is_ours("another", headers, b"{}", at)
    assert not is_ours(secret, headers, b"{}", at + 301)
    assert not is_ours(secret, headers | {"webhook-id": "other"}, b"{}", at)


def test_the_settings_that_the_guide_names_are_there() -> None:
    named = set(re.findall(r"IOC_NOTIFY__([A-Z_]*[A-Z])", GUIDE))
    assert named
    assert named <= {name.upper() for name in NotifySettings.model_fields}
