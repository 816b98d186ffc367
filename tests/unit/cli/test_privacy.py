"""``ioc privacy`` without Kafka: whom it means, what it shows, and which copies are whose."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.audit import Pending, folder
from connectors.cli import main
from connectors.cli.config import load
from connectors.cli.errors import CommandError
from connectors.cli.privacy import _erase_key
from connectors.cli.privacy_copies import Copies, _kind
from connectors.cli.privacy_person import Person
from connectors.cli.vaults import open_vault
from connectors.vault import Registry, ReportSealer
from ioc.audit import HIDDEN
from ioc.classify.pseudonym import Pseudonyms
from ioc.privacy.ports import HEADER
from ioc.topics import DLQ, RAW
from streams.secrets import pseudonyms
from tests.unit.vault.support import report

OLD, NEW = (base64.b64encode(bytes([n]) * 32).decode() for n in (1, 2))
NAMES = Pseudonyms([b"a key for these tests only"])


@dataclass
class Shell:
    """The program in a folder of its own."""

    monkeypatch: pytest.MonkeyPatch
    output: pytest.CaptureFixture[str]

    def set(self, name: str, value: str) -> None:
        self.monkeypatch.setenv(f"IOC_PRIVACY__{name}", value)

    def run(self, *arguments: str, code: int = 0) -> str:
        self.output.readouterr()
        assert main.run(["privacy", *arguments]) == code, self.output.readouterr()
        captured = self.output.readouterr()
        return captured.out + captured.err

    def registry(self) -> Registry:
        vault = open_vault(load().settings, writes=True)
        assert vault is not None
        return Registry(vault)

    def seal(self, *reports: tuple[str, Any]) -> None:
        vault = open_vault(load().settings, writes=True)
        assert vault is not None
        ReportSealer(vault, str).seal(reports)
        vault.table.close()

    def person(self, word: str, source: str | None = None) -> Person:
        return Person(word, source, pseudonyms(load().settings))


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IOC_KAFKA_BOOTSTRAP", "127.0.0.1:1")  # nobody: what is written down waits on the disk
    shell = Shell(monkeypatch, capsys)
    shell.set("VAULT_KEY", OLD)
    return shell


def test_a_vault_is_made_once_and_only_with_a_key(shell: Shell) -> None:
    assert "Made the vault" in shell.run("init")
    assert "there is a vault" in shell.run("init", code=1)
    shell.monkeypatch.delenv("IOC_PRIVACY__VAULT_KEY")
    assert "set IOC_PRIVACY__VAULT_KEY first" in shell.run("init", code=78)


@pytest.mark.parametrize("key", ["short", base64.b64encode(b"too short").decode()])
def test_a_weak_master_key_is_refused_without_being_shown(shell: Shell, key: str) -> None:
    shell.set("VAULT_KEY", key)
    said = shell.run("init", code=78)
    assert "the vault keys cannot be used" in said
    assert key not in said


def test_a_reporter_is_shown_with_every_pseudonym_and_without_personal_data(shell: Shell) -> None:
    shell.run("init")
    shell.seal(("app", report(id="citizen-77", name="Nguyễn Thị Hoa", phone="0912345678")))
    before = shell.person("citizen-77").pseudonyms.of("app", "citizen-77")
    assert "Pseudonyms begin with" in shell.run("rotate")
    after = shell.person("citizen-77").pseudonyms.of("app", "citizen-77")
    for who in ("citizen-77", "0912 345 678", before, after):
        said = shell.run("show", who)
        assert before in said
        assert f"{after}  (in use)" in said
        assert "Hoa" not in said.replace(who, "")
    found = json.loads(shell.run("show", "citizen-77", "--json"))
    assert found["found"][0]["pseudonyms"] == [before, after]


def test_without_a_vault_the_pseudonyms_of_a_named_source_are_shown(shell: Shell) -> None:
    shell.monkeypatch.delenv("IOC_PRIVACY__VAULT_KEY")
    said = shell.run("show", "u-1", "--source", "app", code=1)
    assert "no vault is configured" in said
    assert shell.person("u-1").pseudonyms.of("app", "u-1") in said


def test_a_vault_that_cannot_be_used_ends_in_a_sentence(shell: Shell) -> None:
    assert "`ioc privacy init` makes one" in shell.run("show", "u-1", code=69)
    shell.run("init")
    shell.set("VAULT_KEY", NEW)
    assert "does not open with IOC_PRIVACY__VAULT_KEY" in shell.run("show", "u-1", code=69)


def test_the_master_key_is_changed_and_the_old_one_is_needed_no_more(shell: Shell) -> None:
    shell.run("init")
    shell.seal(("app", report(id="u-1")))
    shell.set("VAULT_KEY", NEW)
    shell.set("PREVIOUS_VAULT_KEYS", OLD)
    assert "Wrapped 1 keys anew" in shell.run("rewrap")
    shell.monkeypatch.delenv("IOC_PRIVACY__PREVIOUS_VAULT_KEYS")
    assert "has a key since" in shell.run("show", "u-1")


def test_a_phone_of_several_people_erases_nobody_unless_all_are_meant(shell: Shell) -> None:
    shell.run("init")
    shell.seal(
        ("app", report("r-1", id="u-1", phone="0912345678")), ("app", report("r-2", id="u-2", phone="0912345678"))
    )
    shell.seal(("portal", report("r-3", phone="0912345678")))
    with pytest.raises(CommandError, match="3 are known by this"):
        _erase_key(shell.registry(), shell.person("0912345678"), every=False)
    assert shell.registry().status().living == 3
    done = _erase_key(shell.registry(), shell.person("0912345678", "portal"), every=False)
    assert [entry.source for entry in done.entries] == ["portal"]
    one = shell.person("").pseudonyms.of("app", "u-1")
    assert _erase_key(shell.registry(), shell.person(one), every=False).outcome == "erased"
    assert _erase_key(shell.registry(), shell.person("0912345678"), every=True).outcome == "erased"
    assert _erase_key(shell.registry(), shell.person("0912345678"), every=True).outcome == "already_erased"
    assert _erase_key(shell.registry(), shell.person("u-3"), every=False).outcome == "unknown"
    assert _erase_key(None, shell.person("u-3"), every=False).outcome == "no_vault"


@pytest.mark.parametrize(
    ("word", "reporter", "theirs"),
    [
        ("0912345678", {"id": "u-1", "phone": "+84 912 345 678"}, True),
        ("U-1", {"id": "u-1"}, True),
        ("a@b.vn", {"id": "u-1", "email": "A@B.vn"}, True),
        (NAMES.of("app", "u-1"), {"id": "u-1", "phone": "0912345678"}, True),
        (NAMES.of("app", "0912345678"), {"id": "u-1", "phone": "0912345678"}, False),
        ("r-1", None, True),
        ("r-1", {"id": "u-1"}, False),
        ("u-2", {"id": "u-1"}, False),
        ("u-1", {"id": ["u-1"], "phone": 912}, False),
        ("u-1", "u-1", False),
    ],
)
def test_a_report_in_clear_is_recognised_in_whatever_form(word: str, reporter: object, theirs: bool) -> None:
    body = {"id": "r-1", "reporter": reporter}
    assert Person(word, None, NAMES).means("app", body) is theirs
    assert Person(word, "portal", NAMES).means("app", body) is False


@dataclass
class Kept:
    """A record as the consumer gives it."""

    value: bytes | None
    headers: tuple[tuple[str, bytes], ...] = ()
    topic: str = RAW["reports"]


REF = bytes(16)
FROM_REPORTS = ("__connect.errors.topic", RAW["reports"].encode())
CLEAR = b'{"source": "app", "reporter": {"id": "u-1"}}'


@pytest.mark.parametrize(
    ("record", "kind"),
    [
        (Kept(b"{}", ((HEADER, b"\x01" + REF + b"box"),)), "sealed"),
        (Kept(b"{}", ((HEADER, b"\x01" + REF[1:] + b"x" + b"box"),)), None),
        (Kept(CLEAR), "clear"),
        (Kept(CLEAR, (("ce_source", b"portal"),)), None),
        (Kept(b'{"specversion": "1.0", "source": "app", "data": {"reporter": {"id": "u-1"}}}'), "clear"),
        (Kept(b'{"reporter": {"id": "u-1"}'), "unread"),
        (Kept(b"[1]"), "unread"),
        (Kept(None), None),
        (Kept(CLEAR, (FROM_REPORTS,), DLQ), "clear"),
        (Kept(CLEAR, (("__connect.errors.topic", b"ioc.signals"),), DLQ), None),
    ],
)
def test_copies_are_told_apart(record: Any, kind: str | None) -> None:
    assert _kind(record, {REF}, Person("u-1", "app", NAMES).means) == kind


def test_the_last_day_is_that_of_the_newest_copy_and_of_its_segment() -> None:
    at = datetime(2026, 11, 22, tzinfo=UTC)
    copies = Copies("t", timedelta(days=8))
    assert copies.until("clear", "sealed") is None
    for days, kind in ((3, "clear"), (1, "clear"), (2, "sealed")):
        copies.add(kind, at + timedelta(days=days))  # type: ignore[arg-type]
    assert copies.found["clear"].number == 2
    assert copies.until("clear") == at + timedelta(days=11)
    assert copies.until("sealed") == at + timedelta(days=10)
    assert Copies("t", None, dict(copies.found)).until("clear") == datetime.max.replace(tzinfo=UTC)


def test_looking_is_written_down_without_what_was_typed(shell: Shell) -> None:
    shell.run("init")
    shell.seal(("app", report(id="citizen-77", phone="0912345678")))
    pseudonym = shell.person("citizen-77").pseudonyms.of("app", "citizen-77")
    shell.run("show", "0912 345 678", "--by", "officer-7")
    shell.run("show", "0987654321", "--by", "0987654321", code=1)
    with Pending(folder(load().settings.home)).taken() as entries:
        found = [(each.actor, each.action, each.object, each.outcome) for each in entries]
    assert found == [
        ("officer-7", "privacy.show", pseudonym, "done"),
        (HIDDEN, "privacy.show", "reporter", "unknown"),
    ]
