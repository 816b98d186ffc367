from __future__ import annotations

import stat
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest

from connectors.gateway.keys import (
    OPERATOR,
    KeyRing,
    KeysFileError,
    describe,
    list_keys,
    new_key,
    operator_key,
    revoke_key,
)

NOW = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home" / "keys.json"


def test_the_file_holds_no_secret_and_nobody_else_reads_it(path: Path) -> None:
    token, key = new_key(path, "app", ["reports:write"])
    assert token.startswith(f"ioc_{key.id}_")
    assert token[-43:] not in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list_keys(path) == [key]
    assert key.sha256.encode() not in describe(key)


def test_only_the_right_token_opens(path: Path) -> None:
    token, key = new_key(path, "app", ["reports:write"], now=NOW)
    other, _ = new_key(path, "app", ["reports:write"], now=NOW)
    ring = KeyRing(path)
    assert ring.find(token, NOW) == key
    wrong = [
        "",
        "x",
        token[:-1],
        token + "A",
        token.upper(),
        f"ioc_{key.id}_{'A' * 43}",
        f"ioc_{'0' * 12}_{token[-43:]}",
        f"ioc_{key.id}_{other[-43:]}",
        token + "\n",
    ]
    assert [ring.find(each, NOW) for each in wrong] == [None] * len(wrong)


def test_a_ring_follows_its_file(path: Path) -> None:
    ring = KeyRing(path)
    assert ring.find("ioc_", NOW) is None
    token, key = new_key(path, "app", ["reports:write"], expires=NOW + timedelta(hours=1), now=NOW)
    assert ring.find(token, NOW) == key
    assert ring.find(token, NOW + timedelta(hours=1)) is None
    revoked = revoke_key(path, key.id, now=NOW)
    assert revoked.revoked == NOW
    assert ring.find(token, NOW) is None
    assert revoke_key(path, key.id, now=NOW + timedelta(days=1)).revoked == NOW
    path.unlink()
    assert ring.find(token, NOW) is None


def test_a_broken_file_locks_nobody_out(path: Path) -> None:
    token, key = new_key(path, "app", ["reports:write"])
    ring = KeyRing(path)
    assert ring.find(token, NOW) == key
    path.write_text("{")
    assert ring.find(token, NOW) == key
    assert KeyRing(path).find(token, NOW) is None
    with pytest.raises(KeysFileError, match="is not a file of keys"):
        new_key(path, "app", ["reports:write"])
    assert path.read_text() == "{"


def test_changes_at_the_same_time_are_all_kept(path: Path) -> None:
    threads = [threading.Thread(target=new_key, args=(path, f"p{n}", ["reports:read"])) for n in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(key.publisher for key in list_keys(path)) == sorted(f"p{n}" for n in range(16))


@pytest.mark.parametrize(
    ("publisher", "scopes", "expires"),
    [
        ("", ["reports:read"], None),
        ("a b", ["reports:read"], None),
        ("/a", ["reports:read"], None),
        ("a" * 101, ["reports:read"], None),
        ("a", [], None),
        ("a", ["reports:delete"], None),
        ("a", ["reports:read"], datetime(2026, 3, 2)),  # noqa: DTZ001  the point of the case
    ],
)
def test_what_makes_no_sense_is_refused(
    path: Path, publisher: str, scopes: list[str], expires: datetime | None
) -> None:
    with pytest.raises(ValueError):
        new_key(path, publisher, scopes, expires=expires)  # type: ignore[arg-type]
    assert not path.exists()


def test_an_unknown_key_cannot_be_revoked(path: Path) -> None:
    with pytest.raises(KeyError):
        revoke_key(path, "0" * 12)


def test_a_file_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(KeysFileError, match="cannot be written"):
        new_key(tmp_path / "file" / "keys.json", "app", ["reports:read"])


def test_each_start_has_one_operator_key(path: Path) -> None:
    new_key(path, "app", ["reports:write"])
    first, _ = operator_key(path, now=NOW)
    second, key = operator_key(path, now=NOW)
    ring = KeyRing(path)
    assert ring.find(first, NOW) is None
    assert ring.find(second, NOW) == key
    assert ring.find(second, NOW + timedelta(hours=24)) is None
    assert "admin" not in key.scopes
    assert [each.publisher for each in list_keys(path)] == ["app", OPERATOR]


def test_scopes_centres_and_sources(path: Path) -> None:
    _, desk = new_key(path, "desk", ["incidents:read"], ["north"])
    _, admin = new_key(path, "root", ["admin"], ["north"])
    _, everywhere = new_key(path, "hq", ["incidents:read"])
    assert (desk.sees("north"), desk.sees("south")) == (True, False)
    assert (desk.allows("incidents:read"), desk.allows("incidents:write")) == (True, False)
    assert (admin.sees("south"), admin.allows("incidents:write")) == (True, True)
    assert everywhere.sees("south")
    assert [desk.owns(each) for each in ("desk", "desk/1", "desk1", "other", "")] == [True, True, False, False, False]


def test_a_key_may_have_a_rate_of_its_own(path: Path) -> None:
    _, key = new_key(path, "app", ["reports:write"], rate=0.5)
    assert list_keys(path)[0].rate == key.rate == 0.5
    assert b'"rate":0.5' in describe(key)
    for rate in (0.0, -1.0, float("inf"), float("nan")):
        with pytest.raises(ValueError, match="items per second"):
            new_key(path, "app", ["reports:write"], rate=rate)


def test_keys_of_before_there_were_rates_have_none(path: Path) -> None:
    new_key(path, "app", ["reports:write"])
    stored = orjson.loads(path.read_bytes())
    del stored["keys"][0]["rate"]
    path.write_bytes(orjson.dumps(stored))
    assert list_keys(path)[0].rate is None
