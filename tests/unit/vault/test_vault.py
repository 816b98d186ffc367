"""The vault in a real file: keys are made once, found again, erased for good, and never taken for granted."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import connectors.vault.vault as vault_module
from connectors.vault import Vault
from connectors.vault.vault import KEPT, make_vault
from ioc.privacy import Damaged, MasterKeys, VaultError, open_box, split_header
from ioc.privacy.personal import about
from tests.unit.vault.support import Home, refs, report

OLD, NEW = b"o" * 32, b"n" * 32


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    made = Home(tmp_path)
    yield made
    made.close()


def test_only_its_owner_may_read_the_vault_and_its_log(home: Home) -> None:
    home.sealer().seal([("app", report(id="u-1"))])
    found = {path.name: stat.S_IMODE(path.stat().st_mode) for path in home.path.parent.iterdir()}
    assert {"vault.db", "vault.db-wal"} <= found.keys()
    assert set(found.values()) == {0o600}


def test_no_value_and_no_key_stands_in_it_in_clear(home: Home) -> None:
    (sealed,) = home.sealer().seal([("app", report(id="citizen-77", name="Nguyễn Thị Hoa", phone="0912345678"))])
    ref, _ = split_header(sealed[1] or b"")
    key = home.vault().key(ref)
    assert key
    for secret in (b"citizen-77", "Nguyễn Thị Hoa".encode(), b"0912345678", key):
        assert secret not in home.files()


def test_a_reporter_has_one_key_whoever_asks_and_another_source_another(home: Home) -> None:
    first = refs(home.sealer().seal([("app", report("r-1", id="u-1")), ("app", report("r-2", id="u-1"))]))
    again = refs(home.sealer().seal([("app", report("r-3", id="u-1", phone="0912345678"))]))
    other = refs(home.sealer().seal([("portal", report("r-4", id="u-1")), ("app", report("r-5", id="u-2"))]))
    assert len({*first, *again}) == 1
    assert len({*first, *other}) == 3


def test_processes_that_meet_a_new_reporter_at_once_agree(home: Home) -> None:
    begin = threading.Barrier(4)

    def seal(_: int) -> list[object]:
        sealer = home.sealer()
        begin.wait()
        return refs(sealer.seal([("app", report(id="u-1"))]))

    with ThreadPoolExecutor(4) as pool:
        assert len({ref for found in pool.map(seal, range(4)) for ref in found}) == 1


def test_a_report_that_nobody_signed_has_a_key_of_its_own_only_if_something_is_personal(home: Home) -> None:
    sealed = home.sealer().seal(
        [("app", report("r-1")), ("app", report("r-2", "gọi 0912345678")), ("app", report("r-3", "gọi 0912345678"))]
    )
    none, one, other = refs(sealed)
    assert none is None
    assert one != other
    assert [entry.signed for entry in home.registry().find("r-2", ["app"])] == [False]


def test_a_key_is_read_by_its_name_and_a_strange_name_is_known_as_such(home: Home) -> None:
    (ref,) = refs(home.sealer().seal([("app", report(id="u-1"))]))
    reader = home.vault(writes=False)
    assert len(reader.key(ref) or b"") == 32
    with pytest.raises(KeyError):
        reader.key(b"no such name is known"[:16])


def test_a_worker_cannot_write(home: Home) -> None:
    with pytest.raises(VaultError, match="readonly"), home.vault(writes=False).table.transaction() as table:
        table.run("DELETE FROM reporters")


@pytest.mark.parametrize("word", ["u-1", "U-1", "0912345678", "+84 912.345.678", "Hoa@Example.vn"])
def test_a_person_is_found_by_every_identifier_in_every_spelling(home: Home, word: str) -> None:
    home.sealer().seal([("app", report(id="u-1", phone="0912 345 678", email="hoa@example.vn"))])
    (entry,) = home.registry().find(word, ["app"])
    assert (entry.source, entry.signed, entry.name, entry.erased_at) == ("app", True, "u-1", None)
    assert home.registry().find(word, ["portal"]) == []


def test_what_is_said_later_is_found_too(home: Home) -> None:
    home.sealer().seal([("app", report(id="u-1"))])
    assert home.registry().find("0912345678", ["app"]) == []
    home.sealer().seal([("app", report(id="u-1", phone="0912345678"))])
    assert [entry.name for entry in home.registry().find("0912345678", ["app"])] == ["u-1"]


def test_a_pseudonym_finds_its_person(home: Home) -> None:
    home.sealer().seal([("app", report(f"r-{n}", id=f"u-{n}")) for n in range(5)])
    found = home.registry().find_pseudonym(lambda source, name: (source, name) == ("app", "u-3"))
    assert [entry.name for entry in found] == ["u-3"]


def test_erasing_a_key_erases_the_person_for_everybody_at_once_and_off_the_disk(home: Home) -> None:
    sealer, reader = home.sealer(), home.vault(writes=False)
    sealed = sealer.seal([("app", report("r-1", id="u-1")), ("app", report("r-2", id="u-2"))])
    ref, box = split_header(sealed[0][1] or b"")
    key = reader.key(ref) or b""
    assert open_box(key, box, about("app", "r-1"))
    backup = home.wrapped()
    (entry,) = home.registry().find("u-1", ["app"])

    assert home.registry().erase([entry])

    left = home.wrapped()
    (gone,) = set(backup) - set(left)
    assert gone not in home.files()
    assert reader.key(ref) is None
    for wrapped in left:  # with everything that is still on the disk, and the master key
        for name in (ref, refs(sealed)[1]):
            with pytest.raises(Damaged):
                open_box(home.masters.unwrap(wrapped, name), box, about("app", "r-1"))
    assert reader.key(refs(sealed)[1]) is not None
    (after,) = home.registry().find("u-1", ["app"])
    assert (after.erased_at is not None, after.name) == (True, "")


def test_who_reports_again_after_that_gets_another_key(home: Home) -> None:
    sealer = home.sealer()
    (before,) = refs(sealer.seal([("app", report(id="u-1"))]))
    home.registry().erase(home.registry().find("u-1", ["app"]))
    (after,) = refs(sealer.seal([("app", report(id="u-1"))]))
    assert after != before
    assert sorted(entry.erased_at is None for entry in home.registry().find("u-1", ["app"])) == [False, True]


def test_what_no_raw_copy_needs_is_forgotten(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    home.sealer().seal([("app", report("r-1", "gọi 0912345678")), ("app", report("r-2", id="u-1"))])
    home.sealer().seal([("app", report("r-3", id="u-2"))])
    home.registry().erase(home.registry().find("u-2", ["app"]))

    class Later(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:
            return datetime.now(UTC) + KEPT + timedelta(days=1)

    monkeypatch.setattr(vault_module, "datetime", Later)
    home.sealer().seal([("app", report("r-4", id="u-9"))])
    status = home.registry().status()
    assert (status.living, status.erased) == (2, 0)
    assert home.registry().find("r-1", ["app"]) == home.registry().find("u-2", ["app"]) == []
    assert len(home.registry().find("u-1", ["app"])) == 1


def test_after_a_rotation_of_the_master_key_nothing_opens_with_the_one_before(tmp_path: Path) -> None:
    home = Home(tmp_path, OLD)
    (ref,) = refs(home.sealer().seal([("app", report(id="u-1"))]))
    both = MasterKeys([NEW, OLD])
    assert home.registry(both).status().older == 2
    assert home.registry(both).rewrap() == 1
    assert home.registry(both).status().older == 0
    assert home.registry(both).rewrap() == 0
    assert home.vault(masters=MasterKeys([NEW])).key(ref)
    assert [entry.name for entry in home.registry(MasterKeys([NEW])).find("u-1", ["app"])] == ["u-1"]
    assert "does not open" in home.vault(masters=MasterKeys([OLD])).trouble()
    home.close()


def test_a_vault_of_another_master_key_is_refused_before_anything_is_sealed(home: Home) -> None:
    strange = vault_module.Vault(home.path, MasterKeys([NEW]), writes=True)
    assert "does not open with IOC_PRIVACY__VAULT_KEY" in strange.trouble()
    strange.table.close()


def test_a_vault_is_never_made_over_another(home: Home) -> None:
    with pytest.raises(FileExistsError):
        make_vault(home.path, home.masters)
    assert sorted(path.name for path in home.path.parent.iterdir()) == ["vault.db"]


def test_a_vault_that_vanishes_is_missed_at_once_and_used_when_it_is_back(home: Home, tmp_path: Path) -> None:
    sealer = home.sealer()
    (ref,) = refs(sealer.seal([("app", report(id="u-1"))]))
    home.close()
    away = tmp_path / "away"
    shutil.move(home.path, away)
    with pytest.raises(VaultError, match="there is no vault at"):
        sealer.seal([("app", report("r-2", id="u-1"))])
    assert "ioc privacy init" in sealer.trouble()
    shutil.move(away, home.path)
    assert sealer.trouble() == ""
    assert refs(sealer.seal([("app", report("r-3", id="u-1"))])) == [ref]


def test_a_vault_that_was_replaced_is_not_written_to_under_its_old_name(home: Home, tmp_path: Path) -> None:
    sealer = home.sealer()
    sealer.seal([("app", report(id="u-1"))])
    other = tmp_path / "other" / "vault.db"
    make_vault(other, home.masters)
    os.replace(other, home.path)  # noqa: PTH105
    sealer.seal([("app", report("r-2", id="u-2"))])
    assert [entry.name for entry in home.registry().find("u-2", ["app"])] == ["u-2"]
    assert home.registry().find("u-1", ["app"]) == []


@pytest.mark.parametrize("content", [b"", b"no database", b"SQLite format 3\x00" + bytes(200)])
def test_a_file_that_is_no_vault_is_refused_in_a_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "vault.db"
    path.write_bytes(content)
    vault = Vault(path, MasterKeys([OLD]), writes=True)
    assert str(path) in vault.trouble()
    vault.table.close()


def test_a_writer_that_never_ends_is_waited_for_a_while_and_then_named(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.vault.table._BUSY_S", 0.05)
    other = sqlite3.connect(home.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(VaultError, match="locked"):
        home.sealer().seal([("app", report(id="u-1"))])
    other.execute("ROLLBACK")
    other.close()
    assert len(home.sealer().seal([("app", report(id="u-1"))])) == 1


def test_a_reader_s_view_says_when_the_log_still_holds_the_old_page(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.vault.table._CHECKPOINT_TRIES", 1)
    monkeypatch.setattr("connectors.vault.table._BUSY_S", 0.05)
    home.sealer().seal([("app", report(id="u-1"))])
    (wrapped,) = home.wrapped()
    reader = sqlite3.connect(home.path, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM reporters").fetchall()
    registry = home.registry()
    assert not registry.erase(registry.find("u-1", ["app"]))
    reader.execute("COMMIT")
    reader.close()
    assert registry.erase([])
    assert wrapped not in home.files()
