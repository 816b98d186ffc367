"""What stands behind the interface, as far as it sees: keys, publishing and the store are the gateway's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from starlette.requests import Request

from ioc.languages import Language
from ioc.open311 import Asked, Posted, ServiceRequest


class Asker(Protocol):
    """Who holds a key; nothing more is known of them here."""

    @property
    def publisher(self) -> str:
        """Source of what they write."""
        ...


class Office(Protocol):
    """Takes reports and tells of them. Every call raises :class:`ioc.open311.Open311Error` where it cannot."""

    def asker(self, request: Request, token: str | None) -> Asker | None:
        """Who asks; none: a request without a key, where that is allowed.

        Args:
            request: What was sent.
            token: The key in it, wherever it stood; none: there is none.

        """

    def holder(self, request: Request, token: str | None) -> Asker:
        """Who posts: a key that may write reports (403)."""

    async def body(self, request: Request) -> tuple[str, bytes]:
        """Media type and body, within the gateway's bounds."""

    async def take(self, request: Request, asker: Asker, posted: Posted, repeat: str | None) -> str:
        """Have Kafka commit a report as any other way in does; returns its id.

        Args:
            request: What was sent.
            asker: Who posts.
            posted: The report.
            repeat: The client's own name of this request, by which it is the same again; none: its content.

        """

    async def find(self, asker: Asker | None, wanted: Asked, language: Language) -> Sequence[ServiceRequest]:
        """Requests that the asker may see, the latest first."""

    def discovery(self, base: str) -> Mapping[str, Any]:
        """The discovery document; ``base`` is where the request came to."""
