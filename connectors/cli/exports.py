"""Exports joined with the gateway: who may have them, and its words for what cannot be had."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final, TypeVar

from fastapi import APIRouter
from starlette.requests import Request

from connectors.cli.datasets import Datasets, Part
from connectors.cli.errors import CommandError
from connectors.cli.feeds import EVERYTHING, Feeds, Viewer
from connectors.cli.store_reader import StoreAwayError, StoreReader
from connectors.gateway import parameters
from connectors.gateway.limits import Rates, retry_after
from connectors.gateway.problems import FORBIDDEN, NOT_FOUND, RATE, STORE_AWAY, Problem
from connectors.gateway.services import Part as GatewayPart
from connectors.gateway.services import Services
from connectors.opendata import Feed, Prepared, alarm_router, router
from connectors.opendata.alarms import AlarmError
from ioc.catalog import Catalogue
from ioc.settings import Settings

_T = TypeVar("_T")

_YEARS: Final = range(1990, 2100)
_REASONS: Final = {401: "unauthorized", 403: "forbidden", 429: "tooManyRequests", 503: "unavailable"}


def exports_part(settings: Settings, catalogue: Catalogue) -> GatewayPart:
    """What the gateway serves under ``/v1/exports``, ``/opendata`` and ``/tmf-api/alarm/v4``."""

    def part(services: Services) -> APIRouter:
        feeds = Feeds(settings, catalogue, StoreReader(settings, threads=2, sparing=True))
        office = _Office(settings, services, feeds)
        routes = APIRouter()
        routes.include_router(router(office))
        routes.include_router(alarm_router(_Alarms(office)))
        return routes

    return part


class _Office:
    """See :class:`connectors.opendata.Exports`."""

    def __init__(self, settings: Settings, services: Services, feeds: Feeds) -> None:
        self._settings = settings.exports
        self._services = services
        self.feeds = feeds
        self._datasets = Datasets(settings, feeds)
        self._rates = Rates(self._settings.reads_per_s, max(1.0, 2 * self._settings.reads_per_s))

    def keyed(self, request: Request) -> Viewer:
        key = self._services.access.caller(request, "incidents:read")
        return Viewer(tuple(key.centres)) if key.centres and not key.allows("admin") else EVERYTHING

    def anybody(self, request: Request) -> None:
        if not self._settings.public_data:
            self._services.access.caller(request, "incidents:read")
            return
        address = request.client.host if request.client is not None else ""
        if wait := self._rates.take(address, 1, time.monotonic()):
            raise Problem(RATE, "Too many requests without a key.", headers={"Retry-After": retry_after(wait)})

    def feed(self, name: str, base: str, viewer: Viewer | None, since: datetime | None, *, short: bool) -> Feed:
        made = _reading(lambda: self.feeds.feed(name, self._base(base), viewer or EVERYTHING, since, short=short))
        return _Guarded(made)

    def message(self, alert_id: str) -> bytes | None:
        return _reading(lambda: self.feeds.message(alert_id.replace("\0", "\ufffd")))

    def dataset(self, name: str, form: str, since: str | None, until: str | None) -> Prepared:
        part = Part(_day("since", since), _day("until", until))
        return _reading(lambda: self._datasets.prepared(name, form, part))

    def catalogue(self, base: str) -> Mapping[str, Any]:
        return _reading(lambda: self._datasets.catalogue(self._base(base)))

    def since(self, text: str | None) -> datetime | None:
        at = parameters.instant("since", text)
        if at is not None and at.year not in _YEARS:
            raise parameters.bad("since", "must be a time of this age")
        return at

    def bad(self, name: str, message: str) -> Exception:
        return parameters.bad(name, message)

    def missing(self, what: str) -> Exception:
        return Problem(NOT_FOUND, what)

    def _base(self, came_to: str) -> str:
        return (self._settings.url or came_to).rstrip("/")


class _Guarded:
    """A feed whose store may be away."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self.media = feed.media
        self.name = feed.name

    def tag(self) -> str:
        return _reading(self._feed.tag)

    def head(self) -> bytes:
        return self._feed.head()

    def page(self, after: str | None, limit: int) -> tuple[bytes, str | None]:
        return _reading(lambda: self._feed.page(after, limit))

    def tail(self, following: str | None) -> bytes:
        return self._feed.tail(following)


class _Alarms:
    """See :class:`connectors.opendata.Alarms`."""

    def __init__(self, office: _Office) -> None:
        self._office = office

    def viewer(self, request: Request) -> Viewer:
        return _in_words_of_the_api(lambda: self._office.keyed(request))

    def find(self, viewer: Any, wanted: Mapping[str, Any], offset: int, limit: int) -> Sequence[Mapping[str, Any]]:
        feeds = self._office.feeds
        return _in_words_of_the_api(lambda: _reading(lambda: feeds.alarms(viewer, wanted, offset, limit)))

    def count(self, viewer: Any, wanted: Mapping[str, Any]) -> int:
        feeds = self._office.feeds
        return _in_words_of_the_api(lambda: _reading(lambda: feeds.count_alarms(viewer, wanted)))


def _reading(work: Callable[[], _T]) -> _T:
    try:
        return work()
    except StoreAwayError as error:
        raise Problem(STORE_AWAY, str(error), headers={"Retry-After": "2"}) from None
    except CommandError as error:
        raise Problem(STORE_AWAY, f"{error}.", headers={"Retry-After": "10"}) from None


def _in_words_of_the_api(work: Callable[[], _T]) -> _T:
    try:
        return work()
    except Problem as problem:
        status = problem.kind.status
        reason = _REASONS.get(status, "invalidQuery" if problem.kind is not FORBIDDEN else "forbidden")
        raise AlarmError(status, reason, problem.detail, problem.headers) from None


def _day(name: str, text: str | None) -> date | None:
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or day.year not in _YEARS:
        raise parameters.bad(name, "must be a day like 2026-11-01")
    return day
