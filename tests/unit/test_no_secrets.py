"""No secret is in the tracked files: detect-secrets' forms over each; what only looks like one is named."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Final

import pytest
from detect_secrets.core.plugins.initialize import from_plugin_classname
from detect_secrets.plugins.base import RegexBasedDetector
from detect_secrets.settings import default_settings

ROOT: Final = Path(__file__).resolve().parents[2]

DETECTORS: Final = (
    "AWSKeyDetector",
    "AzureStorageKeyDetector",
    "BasicAuthDetector",
    "DiscordBotTokenDetector",
    "GitHubTokenDetector",
    "GitLabTokenDetector",
    "JwtTokenDetector",
    "NpmDetector",
    "OpenAIDetector",
    "PrivateKeyDetector",
    "PypiTokenDetector",
    "SendGridDetector",
    "SlackDetector",
    "SquareOAuthDetector",
    "StripeDetector",
    "TelegramBotTokenDetector",
    "TwilioKeyDetector",
)
"""Those that know a secret by its form. Entropy finds digests, of which a lock file, a model and its data are full."""

OWN: Final = {
    "Gateway key": re.compile(r"ioc_[0-9a-f]{12}_[A-Za-z0-9_-]{43}"),
    "Webhook secret": re.compile(r"whsec_[A-Za-z0-9+/=]{24,}"),
}
"""Forms of secrets that this project makes or is given."""

ALLOWED: Final[Mapping[str, str]] = {
    "://user:password@": "how a database's address is written, in texts",
    "://{user}:{password}@": "an f-string; what it is filled with is made at installation",
    "://ioc:{password}@": "an f-string of a test",
    "://tests:{gateway.token}@": "an f-string of a test; the key is made by it",
    "://tests:wrong@": "a test of a key that is refused",
    "://ioc:hidden@": "a test that addresses are told without their password",
    "://user:word@": "tests that addresses with a password are refused",
    "://u:p@": "a test that addresses with a password are refused",
    "whs" + "ec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw": "the example of Standard Webhooks, public",
}
"""What looks like a secret and is none, with the reason."""


@cache
def forms() -> list[tuple[str, re.Pattern[str]]]:
    """Kind and form of each secret that is known."""
    with default_settings():
        plugins = [from_plugin_classname(name) for name in DETECTORS]
    known = [
        (plugin.secret_type, form)
        for plugin in plugins
        if isinstance(plugin, RegexBasedDetector)
        for form in plugin.denylist
    ]
    return [*known, *OWN.items()]


def found(text: str) -> Iterator[tuple[int, str, str]]:
    """Line, kind and text of each thing that looks like a secret."""
    for kind, form in forms():
        for match in form.finditer(text):
            yield text.count("\n", 0, match.start()) + 1, kind, match[0]


def test_no_tracked_file_has_a_secret() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    names = [name for name in listed.split("\0") if name]
    assert len(names) > 1_000
    seen: set[str] = set()
    leaked: list[str] = []
    for name in names:
        try:
            text = (ROOT / name).read_text(encoding="utf-8")
        except (UnicodeDecodeError, FileNotFoundError):
            continue  # a picture or a model; or it is being deleted
        for line, kind, secret in found(text):
            seen.add(secret)
            if secret not in ALLOWED:
                leaked.append(f"{name}:{line}: {kind}")
    assert not leaked
    assert not set(ALLOWED) - seen, "allowed, and nowhere any more"


@pytest.mark.parametrize(
    ("secret", "kind"),
    [
        ("-----BEGIN " + "RSA PRIVATE KEY-----", "Private Key"),
        ("AK" + "IAIOSFODNN7EXAMPLE", "AWS Access Key"),
        ("1234567890" + ":" + "AAE" + "x" * 32, "Telegram Bot Token"),
        ("gh" + "p_" + "a1B2" * 9, "GitHub Token"),
        ("ioc_" + "0123456789ab" + "_" + "Q" * 43, "Gateway key"),
        ("wh" + "sec_" + "MfKQ9r8GKYqrTwjU" * 2, "Webhook secret"),
    ],
)
def test_a_secret_is_found(secret: str, kind: str) -> None:
    assert (2, kind) in {(line, what) for line, what, _ in found(f"first line\n{secret}\n")}
