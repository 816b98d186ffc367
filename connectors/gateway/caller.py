"""Who asks, whatever they showed: an API key, a session of a local account, or a token of an identity provider."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, Self

from connectors.gateway.keys import Key
from ioc.roles import Rights, Role
from ioc.vocabulary import Action, Scope

Kind = Literal["key", "account", "oidc"]

OIDC_PREFIX: Final = "oidc:"
"""Before the names of people whom a provider knows: none of them is an account of ours or a key's publisher."""
PEOPLE: Final = "operator"
"""What people enter is of this source, each below it under their name."""


@dataclass(frozen=True, slots=True)
class Caller:
    """One caller and what they may do.

    Attributes:
        kind: How they showed who they are.
        id: Of key, session or person; not secret, written to logs.
        name: Who acts, in commands and in the audit: a key's publisher, a person's name.
        publisher: Source that they write: exactly this, or anything below it.
        scopes: What they may do.
        centres: Whose alerts and incidents they may see and handle; empty: every centre's.
        unit: Only incidents of this unit; empty: of every unit.
        actions: What they may do to incidents; ``None``: whatever there is.
        roles: A person's.
        expires: When what they showed ends by itself.
        rate: Items per second that they may send; ``None``: as many as everybody.

    """

    kind: Kind
    id: str
    name: str
    publisher: str
    scopes: tuple[Scope, ...]
    centres: tuple[str, ...]
    unit: str = ""
    actions: frozenset[Action] | None = None
    roles: tuple[Role, ...] = ()
    expires: datetime | None = None
    rate: float | None = None

    @classmethod
    def of_key(cls, key: Key) -> Self:
        """Who holds an API key."""
        return cls(
            "key", key.id, key.publisher, key.publisher, key.scopes, key.centres, expires=key.expires, rate=key.rate
        )

    @classmethod
    def of_person(
        cls, kind: Kind, person_id: str, name: str, *, roles: tuple[Role, ...], rights: Rights, expires: datetime
    ) -> Self:
        """A person with rights."""
        return cls(
            kind, person_id, name, f"{PEOPLE}/{name}", rights.scopes, rights.centres, rights.unit, rights.actions,
            roles, expires,
        )  # fmt: skip

    @property
    def who(self) -> str:
        """By what bounds and repeated requests of one caller are told from another's: a person however they came."""
        return self.name if self.is_person else self.id

    @property
    def is_person(self) -> bool:
        """Whether one person is known behind it, and not whoever holds a key."""
        return self.kind != "key"

    def allows(self, scope: Scope) -> bool:
        """Whether a scope is held; ``admin`` has them all."""
        return scope in self.scopes or "admin" in self.scopes

    def sees(self, centre: str) -> bool:
        """Whether a centre's alerts and incidents are open; whose unit they are is another question."""
        return not self.centres or centre in self.centres or "admin" in self.scopes

    def handles(self, unit: str) -> bool:
        """Whether incidents of a unit are open."""
        return not self.unit or unit == self.unit

    def may(self, action: Action) -> bool:
        """Whether an action on incidents is allowed."""
        return self.actions is None or action in self.actions

    def owns(self, source: str) -> bool:
        """Whether an event's source belongs to the publisher."""
        return source == self.publisher or source.startswith(self.publisher + "/")
