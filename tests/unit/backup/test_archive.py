"""Backups: whole or refused, of databases as of one moment, and never over what is there."""

from __future__ import annotations

import gzip
import io
import sqlite3
import stat
import tarfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.backup.archive import BackupError, check, create, restore
from connectors.cli import main

NOW = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    for name, text in {
        "keys.json": "{}", "audit/anchors.jsonl": "a\nb\n", "pseudonym.key": "00ff", "attachments/ab/cd.jpg": "\0\1",
        "kafka/data/ioc-0/0.log": "log", "logs/worker.log": "said", "operator.token": "token", "gateway/slot-0": "name",
    }.items():  # fmt: skip
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(text)
    return home


@pytest.fixture
def database(home: Path) -> sqlite3.Connection:
    """A database that somebody is writing to: what is committed lies in its log, what is not must not be kept."""
    connection = sqlite3.connect(home / "vault.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("CREATE TABLE t (x)")
    connection.execute("INSERT INTO t VALUES ('committed')")
    connection.execute("BEGIN")
    connection.execute("INSERT INTO t VALUES ('open')")
    return connection


def make(home: Path, target: Path) -> list[str]:
    return [each.name for each in create(target, home, version="0.1.0", now=NOW).files]


def test_what_goes_in_comes_out(home: Path, database: sqlite3.Connection, tmp_path: Path) -> None:
    names = make(home, tmp_path / "b.tgz")
    database.close()
    assert names == ["attachments/ab/cd.jpg", "audit/anchors.jsonl", "keys.json", "pseudonym.key", "vault.db"]
    assert stat.S_IMODE((tmp_path / "b.tgz").stat().st_mode) == 0o600
    contents = restore(tmp_path / "b.tgz", tmp_path / "again")
    assert (contents.version, contents.made_at) == ("0.1.0", NOW)
    again = tmp_path / "again"
    for name in names[:-1]:
        assert (again / name).read_bytes() == (home / name).read_bytes()
    assert sqlite3.connect(again / "vault.db").execute("SELECT x FROM t").fetchall() == [("committed",)]
    assert {stat.S_IMODE(path.stat().st_mode) for path in again.rglob("*") if path.is_file()} == {0o600}
    assert stat.S_IMODE(again.stat().st_mode) == 0o700
    assert sorted(path.name for path in tmp_path.iterdir()) == ["again", "b.tgz", "home"]


def test_nothing_is_overwritten(home: Path, tmp_path: Path) -> None:
    make(home, tmp_path / "b.tgz")
    with pytest.raises(BackupError, match="there already"):
        make(home, tmp_path / "b.tgz")
    with pytest.raises(BackupError, match="home folder itself"):
        make(home, home / "b.tgz")
    before = {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}
    with pytest.raises(BackupError, match="not empty"):
        restore(tmp_path / "b.tgz", home)
    assert {path: path.read_bytes() for path in home.rglob("*") if path.is_file()} == before


def test_every_byte_counts(home: Path, tmp_path: Path) -> None:
    """Each flipped byte of what is inside is noticed, and nothing is left of a restore that failed."""
    make(home, tmp_path / "b.tgz")
    plain = bytearray(gzip.decompress((tmp_path / "b.tgz").read_bytes()))
    place = plain.index(b"00ff")
    plain[place] ^= 1
    (tmp_path / "bad.tgz").write_bytes(gzip.compress(plain))
    with pytest.raises(BackupError, match=r"pseudonym\.key is damaged"):
        check(tmp_path / "bad.tgz")
    with pytest.raises(BackupError, match=r"pseudonym\.key is damaged"):
        restore(tmp_path / "bad.tgz", tmp_path / "again")
    assert not (tmp_path / "again").exists()
    assert not list(tmp_path.glob(".ioc-*"))


@pytest.mark.parametrize("share", [0.0, 0.3, 0.6, 0.8])
def test_one_that_was_cut_off_is_refused(home: Path, tmp_path: Path, share: float) -> None:
    make(home, tmp_path / "b.tgz")
    data = (tmp_path / "b.tgz").read_bytes()
    (tmp_path / "cut.tgz").write_bytes(data[: int(len(data) * share)])
    with pytest.raises(BackupError, match="cut off"):
        check(tmp_path / "cut.tgz")


@pytest.mark.parametrize("name", ["home/../../evil", "/etc/evil", "evil", "home/"])
def test_a_name_that_leads_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    with tarfile.open(tmp_path / "b.tgz", "w:gz") as archive:
        entry = tarfile.TarInfo(name)
        entry.size = 1
        archive.addfile(entry, io.BytesIO(b"x"))
    with pytest.raises(BackupError, match="leads out"):
        restore(tmp_path / "b.tgz", tmp_path / "again" / "home")
    assert not (tmp_path / "evil").exists()


def test_a_link_is_neither_kept_nor_followed(home: Path, tmp_path: Path) -> None:
    (home / "link").symlink_to("/etc/passwd")
    assert "link" not in make(home, tmp_path / "b.tgz")
    with tarfile.open(tmp_path / "links.tgz", "w:gz") as archive:
        entry = tarfile.TarInfo("home/link")
        entry.type, entry.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(entry)
    with pytest.raises(BackupError, match="does not belong"):
        restore(tmp_path / "links.tgz", tmp_path / "again")


def test_a_damaged_database_is_said_and_no_backup_is_left(home: Path, tmp_path: Path) -> None:
    (home / "store.db").write_bytes(b"SQLite format 3\x00" + b"\xff" * 4096)
    with pytest.raises(BackupError, match=r"store\.db"):
        make(home, tmp_path / "b.tgz")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["home"]


def test_the_command_keeps_what_is_configured_elsewhere_and_puts_it_there(
    home: Path, database: sqlite3.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database.close()
    (tmp_path / "elsewhere").mkdir()
    (home / "vault.db").rename(tmp_path / "elsewhere" / "v.db")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IOC_HOME", str(home))
    monkeypatch.setenv("IOC_PRIVACY__VAULT_PATH", str(tmp_path / "elsewhere" / "v.db"))
    assert main.run(["backup", "create", "b.tgz"]) == 0
    assert main.run(["backup", "check", "b.tgz", "--list"]) == 0
    monkeypatch.setenv("IOC_HOME", str(tmp_path / "new"))
    assert main.run(["backup", "restore", "b.tgz"]) == 1  # the vault would be overwritten
    assert not (tmp_path / "new").exists()
    monkeypatch.setenv("IOC_PRIVACY__VAULT_PATH", str(tmp_path / "other" / "v.db"))
    assert main.run(["backup", "restore", "b.tgz"]) == 0
    assert sqlite3.connect(tmp_path / "other" / "v.db").execute("SELECT count(*) FROM t").fetchone() == (1,)
    assert not (tmp_path / "new" / "vault.db").exists()
    assert (tmp_path / "new" / "keys.json").read_text() == "{}"
