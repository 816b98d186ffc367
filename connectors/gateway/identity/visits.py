"""Sessions of people whom an identity provider signed in at the console: who they were then, until when that holds.

They lie beside the local accounts and are looked up like those: a token's secret is stored as a hash, and signing out
ends it at once. What the provider changes about somebody is seen when they sign in again, a shift later at most.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from connectors.gateway.caller import Caller
from connectors.gateway.identity import passwords
from connectors.gateway.identity.table import ACCOUNTS_FILE, Table
from ioc.roles import ROLES, rights

VISIT_PREFIX: Final = "iocv_"

_TOKEN: Final = re.compile(r"iocv_([0-9a-f]{16})_([A-Za-z0-9_-]{43})")
# Not a new version of the file: an older release beside this one does not need it.
_SCHEMA: Final = (
    "CREATE TABLE IF NOT EXISTS visits (id TEXT PRIMARY KEY, secret TEXT NOT NULL, person TEXT NOT NULL,"
    " name TEXT NOT NULL, roles TEXT NOT NULL, centres TEXT NOT NULL, unit TEXT NOT NULL, ends TEXT NOT NULL)"
)


@dataclass(frozen=True, slots=True)
class Visit:
    """A session that holds: whose, and its id."""

    id: str
    caller: Caller


class Visits:
    """The sessions of one installation.

    Args:
        home: Folder of this machine's data.

    """

    def __init__(self, home: Path) -> None:
        self._table = Table(home / ACCOUNTS_FILE)
        self._made = False

    def close(self) -> None:
        """Let the file go."""
        self._table.close()

    def begin(self, caller: Caller, now: datetime, lifetime: timedelta) -> tuple[str, str]:
        """Begin a session; returns its token, which is stored nowhere, and its id.

        Raises:
            AccountsError: the file cannot be used.

        """
        visit, secret = secrets.token_hex(8), secrets.token_urlsafe(32)
        with self._table.transaction(makes=True) as table:
            table.execute(_SCHEMA)
            table.execute("DELETE FROM visits WHERE ends <= ?", (_text(now),))
            table.execute(
                "INSERT INTO visits VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    visit, passwords.digest(secret), caller.id, caller.name, " ".join(caller.roles),
                    " ".join(caller.centres), caller.unit, _text(now + lifetime),
                ),
            )  # fmt: skip
        return f"{VISIT_PREFIX}{visit}_{secret}", visit

    def find(self, token: str, now: datetime) -> Visit | None:
        """The session that a token opens, or ``None``.

        Raises:
            AccountsError: the file cannot be used.

        """
        match = _TOKEN.fullmatch(token)
        if match is None or not self._there():
            return None
        rows = self._table.rows(
            "SELECT secret, ends, person, name, roles, centres, unit FROM visits WHERE id = ?", match[1]
        )
        right = passwords.same(match[2], rows[0][0] if rows else None)
        if not right or now >= datetime.fromisoformat(rows[0][1]):
            return None
        _, ends, person, name, known, centres, unit = rows[0]
        roles = tuple(role for role in ROLES if role in known.split())
        try:
            allowed = rights(roles, centres.split(), unit)
        except ValueError:
            return None  # a role of another release: sign in again
        until = datetime.fromisoformat(ends)
        return Visit(match[1], Caller.of_person("oidc", person, name, roles=roles, rights=allowed, expires=until))

    def end(self, visit: str) -> None:
        """End a session.

        Raises:
            AccountsError: the file cannot be used.

        """
        with self._table.transaction(makes=True) as table:
            table.execute(_SCHEMA)
            table.execute("DELETE FROM visits WHERE id = ?", (visit,))

    def _there(self) -> bool:
        """Whether anybody was ever signed in by a provider."""
        self._made = self._made or bool(self._table.rows("SELECT 1 FROM sqlite_master WHERE name = 'visits'"))
        return self._made


def _text(at: datetime) -> str:
    return at.isoformat(timespec="microseconds")  # of one form, so that texts compare as times do
