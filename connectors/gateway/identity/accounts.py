"""Local accounts: who there is, how they sign in, what a session is.

A session's token is random, stored as a hash, and looked up with every request: it ends the moment that the account is
disabled, reset or signed out. A signed one would be good until it expires, its signing key one more thing to lose.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from connectors.gateway.identity import passwords
from connectors.gateway.identity.table import ACCOUNTS_FILE, Table
from ioc.events.identifiers import is_personal
from ioc.roles import ROLES, Role, rights

ONE_TIME_LIFETIME: Final = timedelta(hours=72)
ADMIN: Final = "admin"
"""Name of the first administrator."""
SESSION_PREFIX: Final = "iocs_"

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{1,39}")
_RESERVED: Final = frozenset({"anonymous", "citizen", "operator", "system"})
_TOKEN: Final = re.compile(r"iocs_([0-9a-f]{16})_([A-Za-z0-9_-]{43})")

_FREE: Final = 5
"""Failures in a row that cost no wait."""
_LONGEST: Final = timedelta(minutes=5)
"""Of a wait: long for who guesses, short for who is locked out by somebody else's guesses."""
_FORGOTTEN: Final = timedelta(days=1)
_MAX_FAILURES: Final = 10_000
"""Names that failures are remembered of."""


@dataclass(frozen=True, slots=True)
class Account:
    """One account.

    Attributes:
        name: Stands in commands, histories and the audit; so it is nobody's phone number or address.
        roles: What they are.
        centres: Of which centres.
        unit: Of which handling unit.
        made_at: When.
        disabled_at: Since when it opens nothing.
        seen_at: When they last signed in.
        state: ``active``, ``waiting`` (for the first sign-in with the one-time password), ``expired`` (it was not used
            in time), ``disabled``.

    """

    name: str
    roles: tuple[Role, ...]
    centres: tuple[str, ...]
    unit: str
    made_at: datetime
    disabled_at: datetime | None
    seen_at: datetime | None
    state: str


@dataclass(frozen=True, slots=True)
class Session:
    """A session that holds: of whom, until when."""

    id: str
    account: Account
    ends: datetime


@dataclass(frozen=True, slots=True)
class Refused:
    """Why nobody was signed in.

    Attributes:
        why: ``wrong`` (name or password, or the account is disabled), ``wait``, ``change`` (a one-time password needs a
            new one beside it), ``weak`` (that one is refused).
        wait: How long, for ``wait``.
        says: One sentence, for ``weak``.

    """

    why: str
    wait: timedelta = timedelta(0)
    says: str = ""


class Accounts:
    """The accounts of one installation.

    Args:
        home: Folder of this machine's data.
        hashes: How passwords are hashed.

    """

    def __init__(self, home: Path, hashes: passwords.Hashes | None = None) -> None:
        self._table = Table(home / ACCOUNTS_FILE)
        self._given = hashes

    @cached_property
    def _hashes(self) -> passwords.Hashes:
        """Made when somebody signs in first: that costs a hash."""
        return self._given or passwords.Hashes()

    def close(self) -> None:
        """Let the file go."""
        self._table.close()

    def add(
        self, name: str, roles: Collection[Role], now: datetime, *, centres: Collection[str] = (), unit: str = "",
        lifetime: timedelta = ONE_TIME_LIFETIME,
    ) -> str:  # fmt: skip
        """Make an account; returns its one-time password, which is stored nowhere.

        Raises:
            ValueError: the name, the roles or what they need is not usable, or there is such an account.
            AccountsError: the file cannot be used.

        """
        if not _NAME.fullmatch(name) or is_personal(name) or name in _RESERVED:
            raise ValueError(
                "a name has 2 to 40 small letters, digits and . _ -, is no phone number or paper, and none of: "
                + ", ".join(sorted(_RESERVED))
            )
        rights(roles, centres, unit)
        word = passwords.one_time()
        with self._table.transaction(makes=True) as table:
            if table.execute("SELECT 1 FROM accounts WHERE name = ?", (name,)).fetchone():
                raise ValueError(f"there is an account {name} already; `ioc users reset` gives it a new password")
            table.execute(
                "INSERT INTO accounts VALUES (?, ?, ?, ?, NULL, ?, ?, ?, NULL, NULL)",
                (
                    name, " ".join(role for role in ROLES if role in roles), " ".join(sorted(set(centres))), unit,
                    passwords.digest(word), _text(now + lifetime), _text(now),
                ),
            )  # fmt: skip
        return word

    def reset(self, name: str, now: datetime, lifetime: timedelta = ONE_TIME_LIFETIME) -> str:
        """Give an account a new one-time password, open it again and end its sessions; returns the password.

        Raises:
            KeyError: there is no such account.
            AccountsError: the file cannot be used.

        """
        word = passwords.one_time()
        with self._table.transaction(makes=True) as table:
            changed = table.execute(
                "UPDATE accounts SET password = NULL, one_time = ?, one_time_ends = ?, disabled_at = NULL"
                " WHERE name = ?",
                (passwords.digest(word), _text(now + lifetime), name),
            ).rowcount
            if not changed:
                raise KeyError(name)
            table.execute("DELETE FROM sessions WHERE name = ?", (name,))
            table.execute("DELETE FROM failures WHERE who = ?", (_who(table, name),))
        return word

    def disable(self, name: str, now: datetime) -> None:
        """Let an account open nothing from the next request on.

        Raises:
            KeyError: there is no such account.
            AccountsError: the file cannot be used.

        """
        with self._table.transaction(makes=True) as table:
            changed = table.execute(
                "UPDATE accounts SET disabled_at = coalesce(disabled_at, ?), one_time = NULL WHERE name = ?",
                (_text(now), name),
            ).rowcount
            if not changed:
                raise KeyError(name)
            table.execute("DELETE FROM sessions WHERE name = ?", (name,))

    def all(self, now: datetime) -> list[Account]:
        """Every account, by name.

        Raises:
            AccountsError: the file cannot be used.

        """
        return [_account(row, now) for row in self._table.rows(f"{_SELECT} ORDER BY name")]

    def login(
        self, name: str, password: str, new_password: str | None, now: datetime, lifetime: timedelta
    ) -> tuple[str, Session] | Refused:
        """Sign somebody in.

        What it costs and what it says is the same for a wrong password, an unknown name and a disabled account.

        Args:
            name: Of the account.
            password: Its own, or its one-time password.
            new_password: Replaces it; needed with a one-time password.
            now: When.
            lifetime: Of the session.

        Returns:
            The session's token, which is stored nowhere, and the session; or why not.

        Raises:
            AccountsError: the file cannot be used.

        """
        if not self._table.exists:
            self._hashes.match(password, None)
            return Refused("wrong")
        wait = self._count_failure(name, now)
        if wait:
            return Refused("wait", wait)
        rows = self._table.rows(
            "SELECT password, one_time, one_time_ends FROM accounts WHERE name = ? AND disabled_at IS NULL", name
        )
        known, one_time, ends = rows[0] if rows else (None, None, None)
        right = self._hashes.match(password, known)
        first = passwords.same(password.strip(), one_time) and now < _time(ends)
        if not right and not first:
            return Refused("wrong")
        if new_password is None and first:
            self._forget_failures(name)
            return Refused("change")
        fresh = None
        if new_password is not None:
            try:
                passwords.check_new(new_password, name)
            except passwords.WeakPassword as error:
                self._forget_failures(name)
                return Refused("weak", says=str(error))
            fresh = self._hashes.make(new_password)
        elif known is not None and self._hashes.outdated(known):
            fresh = self._hashes.make(password)
        return self._begin(name, (known, one_time), fresh, now, lifetime, ends_others=new_password is not None)

    def find(self, token: str, now: datetime) -> Session | None:
        """The session that a token opens, or ``None``.

        Raises:
            AccountsError: the file cannot be used.

        """
        match = _TOKEN.fullmatch(token)
        if match is None:
            return None
        rows = self._table.rows(f"{_SESSION} WHERE s.id = ?", match[1])
        right = passwords.same(match[2], rows[0][0] if rows else None)
        if not right or now >= _time(rows[0][1]):
            return None
        account = _account(rows[0][2:], now)
        return Session(match[1], account, _time(rows[0][1])) if account.state != "disabled" else None

    def logout(self, session_id: str) -> None:
        """End a session.

        Raises:
            AccountsError: the file cannot be used.

        """
        with self._table.transaction() as table:
            table.execute("DELETE FROM sessions WHERE id = ?", (session_id,))

    def _begin(
        self, name: str, seen: tuple[str | None, str | None], fresh: str | None, now: datetime, lifetime: timedelta,
        *, ends_others: bool,
    ) -> tuple[str, Session] | Refused:  # fmt: skip
        """Begin a session if the account is still what was seen: a one-time password opens once, whoever is quicker."""
        token_id, secret, ends = secrets.token_hex(8), secrets.token_urlsafe(32), now + lifetime
        with self._table.transaction() as table:
            changed = table.execute(
                "UPDATE accounts SET password = coalesce(?, password), seen_at = ?,"
                " one_time = CASE WHEN ? THEN NULL ELSE one_time END"
                " WHERE name = ? AND password IS ? AND one_time IS ? AND disabled_at IS NULL",
                (fresh, _text(now), ends_others, name, *seen),
            ).rowcount
            if not changed:
                return Refused("wrong")
            table.execute("DELETE FROM sessions WHERE ends <= ?", (_text(now),))
            if ends_others:
                table.execute("DELETE FROM sessions WHERE name = ?", (name,))
            table.execute(
                "INSERT INTO sessions VALUES (?, ?, ?, ?)", (token_id, passwords.digest(secret), name, _text(ends))
            )
            table.execute("DELETE FROM failures WHERE who = ?", (_who(table, name),))
            row = table.execute(f"{_SELECT} WHERE name = ?", (name,)).fetchone()
        return f"{SESSION_PREFIX}{token_id}_{secret}", Session(token_id, _account(row, now), ends)

    def _count_failure(self, name: str, now: datetime) -> timedelta:
        """Count an attempt as failed before it is looked at, so that many at once are many; 0, or how long to wait."""
        with self._table.transaction() as table:
            who = _who(table, name)
            found = table.execute("SELECT count, at FROM failures WHERE who = ?", (who,)).fetchone()
            count, at = (found[0], _time(found[1])) if found else (0, now)
            wait = at + _pause(count) - now
            if wait > timedelta(0):
                return wait
            table.execute("INSERT OR REPLACE INTO failures VALUES (?, ?, ?)", (who, count + 1, _text(now)))
            table.execute("DELETE FROM failures WHERE at < ?", (_text(now - _FORGOTTEN),))
            table.execute(
                "DELETE FROM failures WHERE who IN (SELECT who FROM failures ORDER BY at DESC LIMIT -1 OFFSET ?)",
                (_MAX_FAILURES,),
            )
        return timedelta(0)

    def _forget_failures(self, name: str) -> None:
        with self._table.transaction() as table:
            table.execute("DELETE FROM failures WHERE who = ?", (_who(table, name),))


def first_admin(accounts: Accounts, now: datetime, name: str = ADMIN) -> str | None:
    """One-time password of the first administrator, for as long as there is none who has signed in.

    Raises:
        AccountsError: the file cannot be used.

    """
    known = {account.name: account for account in accounts.all(now)}
    if any("admin" in account.roles and account.seen_at is not None for account in known.values()):
        return None
    day = timedelta(days=1)
    if name in known:
        return None if known[name].state == "disabled" else accounts.reset(name, now, day)
    return accounts.add(name, ["admin"], now, lifetime=day)


_NAMES: Final = ("name", "roles", "centres", "unit", "password", "one_time", "one_time_ends", "made_at", "disabled_at",
                 "seen_at")  # fmt: skip
_COLUMNS: Final = ", ".join(f"a.{name}" for name in _NAMES)
_SELECT: Final = f"SELECT {_COLUMNS} FROM accounts a"  # noqa: S608 - names of ours
_SESSION: Final = f"SELECT s.secret, s.ends, {_COLUMNS} FROM sessions s JOIN accounts a USING (name)"  # noqa: S608


def _account(row: Collection[Any], now: datetime) -> Account:
    name, roles, centres, unit, password, one_time, ends, made_at, disabled_at, seen_at = row
    if disabled_at is not None:
        state = "disabled"
    elif password is not None:
        state = "active"
    else:
        state = "waiting" if one_time is not None and now < _time(ends) else "expired"
    known = tuple(role for role in ROLES if role in roles.split())
    return Account(
        name, known, tuple(centres.split()), unit, _time(made_at), _time(disabled_at) if disabled_at else None,
        _time(seen_at) if seen_at else None, state,
    )  # fmt: skip


def _who(table: Any, name: str) -> bytes:
    """What failures are counted under: what is typed for a name may be a password."""
    (salt,) = table.execute("SELECT value FROM meta WHERE name = 'salt'").fetchone()
    return hashlib.blake2b(name.encode(), key=salt, digest_size=16).digest()


def _pause(failures: int) -> timedelta:
    """Wait after so many failures in a row: none, then 4 s, 8 s, 16 s … A check alone may take a second."""
    if failures < _FREE:
        return timedelta(0)
    return min(timedelta(seconds=4 << min(failures - _FREE, 16)), _LONGEST)


def _text(at: datetime) -> str:
    return at.isoformat(timespec="microseconds")  # of one form, so that texts compare as times do


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
