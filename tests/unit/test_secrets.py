"""Keys behind the pseudonyms: made once, rotated by adding one, never told."""

from __future__ import annotations

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from ioc.settings import PrivacySettings, Settings
from streams.secrets import PLATE_FILE, PSEUDONYM_FILE, SecretsError, plates, pseudonyms, rotate


def configured(home: Path, key: str | None = None, *older: str) -> Settings:
    secrets = tuple(SecretStr(each) for each in older)
    privacy = PrivacySettings(pseudonym_key=key and SecretStr(key), previous_pseudonym_keys=secrets)
    return Settings(home=home, privacy=privacy)


def test_a_first_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    home = tmp_path / "home"
    first = pseudonyms(configured(home)).of("app", "u-1")
    assert pseudonyms(configured(home)).of("app", "u-1") == first
    assert stat.S_IMODE((home / PSEUDONYM_FILE).stat().st_mode) == 0o600
    assert [path.name for path in home.iterdir()] == [PSEUDONYM_FILE]


def test_a_rotation_makes_new_pseudonyms_and_knows_the_old_ones(tmp_path: Path) -> None:
    before = pseudonyms(configured(tmp_path)).of("app", "u-1")
    rotated = rotate(configured(tmp_path))
    again = rotate(configured(tmp_path))
    assert len({before, rotated.of("app", "u-1"), again.of("app", "u-1")}) == 3
    assert again.renewed(before) == again.of("app", "u-1") == pseudonyms(configured(tmp_path)).of("app", "u-1")
    assert stat.S_IMODE((tmp_path / PSEUDONYM_FILE).stat().st_mode) == 0o600


def test_a_key_file_of_before_rotations_is_read_as_it_was(tmp_path: Path) -> None:
    key = bytes(range(32))
    (tmp_path / PSEUDONYM_FILE).write_text(key.hex())
    assert pseudonyms(configured(tmp_path)).ids == pseudonyms(configured(tmp_path, "hex:" + key.hex())).ids


def test_a_configured_key_is_rotated_by_whoever_configures_it(tmp_path: Path) -> None:
    old, new = "the key of last year", "the key of this year"
    with pytest.raises(SecretsError, match="PREVIOUS_PSEUDONYM_KEYS"):
        rotate(configured(tmp_path, old))
    before = pseudonyms(configured(tmp_path, old)).of("app", "u-1")
    after = pseudonyms(configured(tmp_path, new, old))
    assert after.renewed(before) == after.of("app", "u-1") != before


def test_an_installation_s_own_key_may_be_succeeded_by_a_configured_one(tmp_path: Path) -> None:
    before = pseudonyms(configured(tmp_path)).of("app", "u-1")
    own = (tmp_path / PSEUDONYM_FILE).read_text().strip()
    after = pseudonyms(configured(tmp_path, "the key of this year", f"hex:{own}"))
    assert after.renewed(before) == after.of("app", "u-1")


@pytest.mark.parametrize("older", ["short", "hex:no number at all", "hex:00"])
def test_a_key_that_cannot_be_used_is_not_told(tmp_path: Path, older: str) -> None:
    with pytest.raises(SecretsError) as refused:
        pseudonyms(configured(tmp_path, "the key of this year", older))
    assert older not in str(refused.value)


def test_a_damaged_key_file_is_named(tmp_path: Path) -> None:
    (tmp_path / PSEUDONYM_FILE).write_text("no key")
    with pytest.raises(SecretsError, match=PSEUDONYM_FILE):
        pseudonyms(configured(tmp_path))


NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)


def with_plate_key(home: Path, key: str | None = None, hours: float = 24) -> Settings:
    return Settings(home=home, privacy=PrivacySettings(plate_key=key and SecretStr(key), plate_hours=hours))


def test_a_key_for_plates_is_made_once_and_is_another_one_than_that_of_pseudonyms(tmp_path: Path) -> None:
    settings = with_plate_key(tmp_path)
    first = plates(settings).of("14A-123.45", NOON)
    pseudonyms(settings)
    assert plates(settings).of("14A-123.45", NOON) == first
    assert stat.S_IMODE((tmp_path / PLATE_FILE).stat().st_mode) == 0o600
    assert (tmp_path / PLATE_FILE).read_text() != (tmp_path / PSEUDONYM_FILE).read_text()


def test_processes_with_homes_of_their_own_agree_by_a_configured_key(tmp_path: Path) -> None:
    one, other = (plates(with_plate_key(tmp_path / home, "one key for all of them")) for home in ("a", "b"))
    assert one.of("14A-123.45", NOON) == other.of("14a12345", NOON)
    assert not list(tmp_path.iterdir())


def test_a_new_key_and_a_new_period_make_other_hashes(tmp_path: Path) -> None:
    keyed = plates(with_plate_key(tmp_path, "one key for all of them"))
    assert keyed.of("14A-123.45", NOON) != plates(with_plate_key(tmp_path, "another key later on")).of(
        "14A-123.45", NOON
    )
    hourly = plates(with_plate_key(tmp_path, "one key for all of them", hours=1))
    assert hourly.of("14A-123.45", NOON) != hourly.of("14A-123.45", NOON + timedelta(hours=1))


@pytest.mark.parametrize("content", ["", "no number", "00"])
def test_a_damaged_file_of_the_plate_key_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / PLATE_FILE).write_text(content)
    with pytest.raises(SecretsError):
        plates(with_plate_key(tmp_path))
