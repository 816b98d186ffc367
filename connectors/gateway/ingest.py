"""``POST /v1/<source>`` and ``POST /v1/events``: events on their way to the raw topics."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import orjson
from fastapi import APIRouter, Request
from fastapi.routing import APIRoute
from starlette.responses import Response

from connectors.audit import act as audited
from connectors.gateway.body import JSON, media_type, read_body, split_items, too_many, unreadable
from connectors.gateway.caller import Caller
from connectors.gateway.items import Checker, Item, Outcome, Plain, receipt, results
from connectors.gateway.problems import FORBIDDEN, INVALID, MEDIA_TYPE, UNREADABLE, Problem
from connectors.gateway.sealing import ReportRecord
from connectors.gateway.services import Services, written
from connectors.gateway.writer import Record
from ioc.audit import Entry
from ioc.events import (
    BATCHED,
    STRUCTURED,
    Envelope,
    EnvelopeError,
    Structured,
    from_http_headers,
    parse_batch,
    parse_structured,
)
from ioc.events.problems import under
from ioc.vocabulary import SOURCES, WRITE_SCOPE, Scope, Source

Read = Callable[[Request, str, bytes, int], tuple[list[Item], bool]]
"""From a request, its media type, its body and the most items to the items and whether they are a batch."""

_WRITES: Final[tuple[Scope, ...]] = tuple(dict.fromkeys(WRITE_SCOPE.values()))
_MAX_LISTED: Final = 100
"""Bad fields listed at the top of a problem; each item's own are with its result."""


@dataclass(frozen=True, slots=True)
class Route:
    """What differs between the paths that events come in by.

    Attributes:
        scopes: One of them is needed.
        read: Takes a body apart.
        max_body_bytes: Larger bodies are refused.
        basic: Whether the key may come as the password of HTTP Basic too.

    """

    scopes: Sequence[Scope]
    read: Read
    max_body_bytes: int
    basic: bool = False


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a request's items, which is in Kafka by now if it was to be written.

    Attributes:
        items: In their order.
        outcomes: One each.
        batch: Whether they came as a batch, even of one.

    """

    items: Sequence[Item]
    outcomes: Sequence[Outcome]
    batch: bool

    @property
    def accepted(self) -> bool:
        """Whether at least one item is, or there is none."""
        return not self.outcomes or any(outcome.accepted for outcome in self.outcomes)


class _Direct(APIRoute):
    """Calls its function at once where no parameter is to be read: a seventh less work for each report."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        usual = super().get_route_handler()

        async def handle(request: Request) -> Response:
            found: Response = await (usual if request.scope["query_string"] else self.endpoint)(request)
            return found

        return handle


def router(services: Services, *, max_future: timedelta) -> APIRouter:
    """The publishing routes."""
    routes = APIRouter(route_class=_Direct)

    def add(path: str, summary: str, scopes: Sequence[Scope], read: Read) -> None:
        route = Route(scopes, read, services.settings.max_body_bytes)

        async def publishing(request: Request, validate: bool = False) -> Response:
            taken = await take(services, request, route, max_future, writes=not validate)
            if not taken.accepted:
                raise _refusal(taken.outcomes, batch=taken.batch)
            return answered(taken, written=not validate)

        publishing.__name__ = "publish_" + path.rpartition("/")[2]
        routes.add_api_route(path, publishing, methods=["POST"], status_code=202, tags=["publish"], summary=summary)

    for source in SOURCES:
        add(f"/v1/{source}", f"Publish {source}", (WRITE_SCOPE[source],), _reader(source))
    add("/v1/events", "Publish CloudEvents", _WRITES, _read_events)
    return routes


async def take(services: Services, request: Request, route: Route, max_future: timedelta, *, writes: bool) -> Taken:
    """Check a request's items and have Kafka commit those that are fine, all in one transaction.

    Args:
        services: The running parts.
        request: What was sent.
        route: Where it came in.
        max_future: How far ahead of the clock an event time may be.
        writes: Whether anything is to be written, receipts of refused items included.

    Raises:
        Problem: the request as a whole cannot be taken; nothing of it is in Kafka.

    """
    key = services.access.caller(request, *route.scopes, basic=route.basic)
    kind = media_type(request)
    body = await read_body(request, route.max_body_bytes)
    try:
        items, batch = route.read(request, kind, body, services.settings.max_batch_items)
    except Problem as problem:
        if writes and problem.kind is UNREADABLE:
            refused = receipt(Outcome("", key.publisher, None, problem.errors), datetime.now(UTC), services.province)
            services.writer.offer([refused])
        raise
    return Taken(items, await publish(services, request, key, items, max_future, writes=writes), batch)


async def publish(
    services: Services, request: Request, key: Caller, items: Sequence[Item], max_future: timedelta, *, writes: bool
) -> list[Outcome]:
    """Check items, however they came, and have Kafka commit those that are fine; arguments as :func:`take`.

    Args:
        services: The running parts.
        request: What they came with.
        key: Who sent them.
        items: In their order.
        max_future: How far ahead of the clock an event time may be.
        writes: Whether anything is to be written.

    Raises:
        Problem: none of them can be taken.

    """
    services.access.spend(key, len(items), request)
    now = datetime.now(UTC)
    checker = Checker(key, now, max_future, services.guard, services.album.faults)

    def checked() -> list[Outcome]:
        return [checker.check(item) for item in items]

    outcomes = await asyncio.to_thread(checked) if services.album.remote else checked()
    if writes:
        receipts = [receipt(outcome, now, services.province) for outcome in outcomes if not outcome.accepted]
        records = [outcome.record for outcome in outcomes if outcome.record is not None]
        await written(services, records, _authored(key, records) if key.is_person else ())
        services.writer.offer(receipts)
        for outcome in outcomes:
            if isinstance(outcome.record, ReportRecord):
                services.metrics.report(outcome.record.report.channel)
    return outcomes


def _authored(key: Caller, records: Sequence[Record]) -> list[Entry]:
    """What the audit says of reports that a person enters for somebody who called, came or spoke by radio."""
    return [
        audited(
            key.name, "report.enter", dict(record.headers)["ce_id"].decode(), source=record.source,
            channel=record.report.channel, key=key.id, via=key.kind,
        )
        for record in records
        if isinstance(record, ReportRecord)
    ]  # fmt: skip


def answered(taken: Taken, *, written: bool) -> Response:
    """The answer that tells each item's fate; ``written`` is whether those that are fine are in Kafka."""
    body = orjson.dumps({"results": results(taken.outcomes, "accepted" if written else "valid")})
    return Response(body, 202 if written else 200, media_type="application/json")


def _refusal(outcomes: Sequence[Outcome], *, batch: bool) -> Problem:
    """The problem of a request of which nothing was accepted."""
    kind = FORBIDDEN if all(outcome.forbidden for outcome in outcomes) else INVALID
    if not batch:
        return Problem(kind, "The item was not accepted.", outcomes[0].errors)
    errors = [error for index, outcome in enumerate(outcomes) for error in under(f"/{index}", outcome.errors)]
    return Problem(
        kind,
        f"None of {len(outcomes)} items was accepted.",
        errors[:_MAX_LISTED],
        extra={"results": results(outcomes, "accepted")},
    )


def _reader(source: Source) -> Read:
    def read(request: Request, kind: str, body: bytes, limit: int) -> tuple[list[Item], bool]:
        envelope = _envelope(request)
        if isinstance(envelope, EnvelopeError):
            return [envelope], False
        items = split_items(body, kind, limit)
        if envelope is not None and items.shape != "one":
            raise unreadable("type", "must be one JSON object where ce- headers are sent")
        return [Plain(source, raw, envelope) for raw in items.raws], items.shape != "one"

    return read


def _read_events(request: Request, kind: str, body: bytes, limit: int) -> tuple[list[Item], bool]:
    if kind == STRUCTURED:
        try:
            return [parse_structured(body)], False
        except EnvelopeError as error:
            return [_readable(error)], False
    if kind == BATCHED:
        try:
            events = parse_batch(body)
        except EnvelopeError as error:
            raise Problem(UNREADABLE, "Nothing was read.", error.errors) from None
        if len(events) > limit:
            raise too_many(limit)
        return list(events), True  # a batch may be empty: the specification says so
    envelope = _envelope(request)
    if envelope is None or kind not in JSON | {""}:
        raise Problem(
            MEDIA_TYPE,
            f"Send {STRUCTURED}, {BATCHED}, or application/json with ce- headers. "
            "Events without an envelope go to the route of their source.",
        )
    if isinstance(envelope, EnvelopeError):
        return [envelope], False
    return [Structured(envelope, body, "", encoded=False)], False


def _envelope(request: Request) -> Envelope | EnvelopeError | None:
    try:
        return from_http_headers(request.headers.items())
    except EnvelopeError as error:
        return error


def _readable(error: EnvelopeError) -> EnvelopeError:
    """A document that is JSON but no event is invalid; one that is no JSON is unreadable.

    Raises:
        Problem: it is no JSON (400).

    """
    if any(not fault.pointer and fault.code in {"json", "encoding", "empty"} for fault in error.errors):
        raise Problem(UNREADABLE, "Nothing was read.", error.errors) from None
    return error
