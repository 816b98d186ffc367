"""Local accounts: signing in once with a one-time password, sessions, waits, and what the file holds."""

from __future__ import annotations

import stat
import threading
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from argon2 import PasswordHasher, extract_parameters
from argon2.profiles import RFC_9106_LOW_MEMORY

from connectors.gateway.identity.accounts import Accounts, Refused, Session, first_admin
from connectors.gateway.identity.passwords import Hashes
from connectors.gateway.identity.table import ACCOUNTS_FILE, AccountsError, Table

NOW = datetime(2026, 3, 2, tzinfo=UTC)
SHIFT = timedelta(hours=8)
GOOD = "ngày mưa nước lên đường"
SOON = timedelta(seconds=1)
WAIT = timedelta(seconds=4)
CHEAP = Hashes(PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
"""The tests sign in often; one of them does at the real cost."""


@pytest.fixture
def accounts(tmp_path: Path) -> Accounts:
    return Accounts(tmp_path / "home", CHEAP)


def opened(accounts: Accounts, name: str = "an", at: datetime = NOW) -> tuple[str, Session]:
    word = accounts.add(name, ["operator"], at, centres=["north"])
    return signed_in(accounts.login(name, word, GOOD, at, SHIFT))


def signed_in(outcome: tuple[str, Session] | Refused) -> tuple[str, Session]:
    assert not isinstance(outcome, Refused), outcome
    return outcome


def test_a_one_time_password_opens_once_and_only_for_a_new_password(accounts: Accounts) -> None:
    word = accounts.add("an", ["operator"], NOW, centres=["north"])
    assert accounts.login("an", word, None, NOW, SHIFT) == Refused("change")
    token, session = signed_in(accounts.login("an", word, GOOD, NOW, SHIFT))
    assert (session.account.name, session.account.roles, session.account.centres) == ("an", ("operator",), ("north",))
    assert accounts.find(token, NOW) == session
    assert accounts.login("an", word, "another one of these", NOW, SHIFT) == Refused("wrong")
    signed_in(accounts.login("an", GOOD, None, NOW, SHIFT))


def test_a_one_time_password_ends(accounts: Accounts) -> None:
    word = accounts.add("an", ["operator"], NOW, centres=["north"])
    late = NOW + timedelta(hours=72)
    assert accounts.login("an", word, GOOD, late, SHIFT) == Refused("wrong")
    assert accounts.all(late)[0].state == "expired"
    signed_in(accounts.login("an", accounts.reset("an", late), GOOD, late, SHIFT))


def test_several_who_use_one_password_at_once_open_one_session(accounts: Accounts) -> None:
    word = accounts.add("an", ["operator"], NOW, centres=["north"])
    outcomes: list[str] = []

    def attempt(number: int) -> None:
        outcome = accounts.login("an", word, f"a new password of {number}", NOW, SHIFT)
        outcomes.append(outcome.why if isinstance(outcome, Refused) else "in")

    threads = [threading.Thread(target=attempt, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(outcomes) == {"in": 1, "wrong": 3}


@pytest.mark.parametrize("weak", ["short", "aaaaaaaaaaaaaaaa", "tôi là binh đây nhé", "x" * 300])
def test_a_weak_password_is_refused_in_a_sentence_that_does_not_quote_it(accounts: Accounts, weak: str) -> None:
    word = accounts.add("binh", ["auditor"], NOW)
    outcome = accounts.login("binh", word, weak, NOW, SHIFT)
    assert isinstance(outcome, Refused)
    assert outcome.why == "weak"
    assert weak not in outcome.says


def test_letters_are_the_same_however_the_keyboard_composed_them(accounts: Accounts) -> None:
    opened(accounts)
    decomposed = "nga\u0300y m\u01b0a n\u01b0\u01a1\u0301c le\u0302n \u0111\u01b0\u01a1\u0300ng"
    assert decomposed != GOOD
    signed_in(accounts.login("an", decomposed, None, NOW, SHIFT))


def test_guessing_is_slowed_down_and_says_the_same_of_unknown_names(accounts: Accounts) -> None:
    opened(accounts)
    for name in ("an", "nobody"):
        outcomes = [accounts.login(name, "guess", None, NOW, SHIFT) for _ in range(7)]
        assert outcomes[:5] == [Refused("wrong")] * 5
        assert outcomes[5:] == [Refused("wait", WAIT)] * 2
    assert accounts.login("an", GOOD, None, NOW, SHIFT) == Refused("wait", WAIT)
    at = NOW + WAIT
    assert accounts.login("an", "guess", None, at, SHIFT) == Refused("wrong")
    assert accounts.login("an", "guess", None, at, SHIFT) == Refused("wait", 2 * WAIT)
    signed_in(accounts.login("an", GOOD, None, at + 2 * WAIT, SHIFT))
    assert accounts.login("an", "guess", None, at + 2 * WAIT, SHIFT) == Refused("wrong")


def test_a_wait_is_never_longer_than_five_minutes(accounts: Accounts) -> None:
    opened(accounts)
    at = NOW
    for _ in range(30):
        accounts.login("an", "guess", None, at, SHIFT)
        at += timedelta(minutes=5)
    signed_in(accounts.login("an", GOOD, None, at, SHIFT))


def test_a_session_ends_by_time_by_sign_out_by_disabling_and_by_a_new_password(accounts: Accounts) -> None:
    token, session = opened(accounts)
    assert accounts.find(token, NOW + SHIFT - SOON) is not None
    assert accounts.find(token, NOW + SHIFT) is None
    accounts.logout(session.id)
    assert accounts.find(token, NOW) is None
    one, _ = signed_in(accounts.login("an", GOOD, None, NOW, SHIFT))
    two, _ = signed_in(accounts.login("an", GOOD, "another one of these", NOW, SHIFT))
    assert (accounts.find(one, NOW) is None, accounts.find(two, NOW) is None) == (True, False)
    accounts.disable("an", NOW)
    assert accounts.find(two, NOW) is None
    assert accounts.login("an", "another one of these", None, NOW, SHIFT) == Refused("wrong")
    word = accounts.reset("an", NOW)
    signed_in(accounts.login("an", word, GOOD, NOW, SHIFT))
    accounts.reset("an", NOW)
    assert accounts.login("an", GOOD, None, NOW, SHIFT) == Refused("wrong")


def test_only_the_right_token_opens(accounts: Accounts) -> None:
    token, session = opened(accounts)
    wrong = ["", "x", token[:-1], token + "A", f"iocs_{session.id}_{'A' * 43}", f"iocs_{'0' * 16}_{token[-43:]}"]
    assert [accounts.find(each, NOW) for each in wrong] == [None] * len(wrong)


def test_the_file_holds_no_secret_and_nobody_else_reads_it(accounts: Accounts, tmp_path: Path) -> None:
    word = accounts.add("an", ["operator"], NOW, centres=["north"])
    token, _ = signed_in(accounts.login("an", word, GOOD, NOW, SHIFT))
    accounts.login("a password in the wrong field", "x", None, NOW, SHIFT)
    accounts.close()
    files = list((tmp_path / "home").glob(f"{ACCOUNTS_FILE}*"))
    content = b"".join(path.read_bytes() for path in files)
    for secret in (word, GOOD, token[-43:], "a password in the wrong field"):
        assert secret.encode() not in content
    assert b"$argon2id$" in content
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


@pytest.mark.parametrize(
    ("name", "roles", "centres", "unit"),
    [
        ("A", ["admin"], (), ""),
        ("x", ["admin"], (), ""),
        ("0912345678", ["admin"], (), ""),
        ("citizen", ["admin"], (), ""),
        ("an", [], (), ""),
        ("an", ["operator"], (), ""),
        ("an", ["handling_unit"], (), ""),
    ],
)
def test_what_makes_no_sense_is_refused(
    accounts: Accounts, name: str, roles: list[str], centres: tuple[str, ...], unit: str
) -> None:
    with pytest.raises(ValueError):
        accounts.add(name, roles, NOW, centres=centres, unit=unit)  # type: ignore[arg-type]


def test_an_account_is_made_once(accounts: Accounts) -> None:
    opened(accounts)
    with pytest.raises(ValueError, match="there is an account an already"):
        accounts.add("an", ["admin"], NOW)
    for change in (accounts.reset, accounts.disable):
        with pytest.raises(KeyError):
            change("nobody", NOW)


def test_the_first_administrator_has_a_password_until_one_has_signed_in(accounts: Accounts) -> None:
    first = first_admin(accounts, NOW)
    second = first_admin(accounts, NOW)
    assert first is not None
    assert second is not None
    assert accounts.login("admin", first, GOOD, NOW, SHIFT) == Refused("wrong")
    _, session = signed_in(accounts.login("admin", second, GOOD, NOW, SHIFT))
    assert session.account.roles == ("admin",)
    assert first_admin(accounts, NOW) is None


def test_a_file_that_cannot_be_used_is_said(tmp_path: Path) -> None:
    (tmp_path / ACCOUNTS_FILE).write_bytes(b"no database" * 100)
    with pytest.raises(AccountsError, match="cannot be used"):
        Accounts(tmp_path).all(NOW)


def test_passwords_cost_what_the_standard_asks_and_older_hashes_are_made_anew(tmp_path: Path) -> None:
    cheap = Accounts(tmp_path, CHEAP)
    opened(cheap)
    real = Accounts(tmp_path)
    signed_in(real.login("an", GOOD, None, NOW, SHIFT))
    ((known,),) = Table(tmp_path / ACCOUNTS_FILE).rows("SELECT password FROM accounts")
    assert extract_parameters(known) == RFC_9106_LOW_MEMORY
    signed_in(real.login("an", GOOD, None, NOW, SHIFT))
