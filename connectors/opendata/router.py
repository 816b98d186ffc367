"""``/v1/exports`` for who has a key, ``/opendata`` for everybody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Final, Protocol

import orjson
from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from connectors.opendata.delivery import MAX_PAGE, Courier
from connectors.opendata.feeds import CursorError, Feed
from ioc.exports import atom, cap, geojson, ngsi
from ioc.exports.dcat import FORMATS
from ioc.exports.dcat import MEDIA as CATALOGUE
from ioc.exports.opendata import DATASETS

MEDIA: Final = {
    "incidents.geojson": geojson.MEDIA, "alerts.jsonld": ngsi.MEDIA, "air-quality.jsonld": ngsi.MEDIA,
    "devices.jsonld": ngsi.MEDIA, "requests.csv": "text/csv", "cap.atom": atom.MEDIA,
}  # fmt: skip
"""Feeds, the first four for who has a key, and what they are written in."""

Limit = Annotated[int | None, Query(ge=1, le=MAX_PAGE, description="rows of a page; all of them unless given")]
After = Annotated[str | None, Query(max_length=2000, description="cursor of the page before")]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A data set as a file.

    Attributes:
        path: Where it lies.
        name: How it is called where it is saved.
        tag: Changes with its content.

    """

    path: Path
    name: str
    tag: str


class Exports(Protocol):
    """What stands behind the routes. Calls raise what the application answers with; those that block say so."""

    def keyed(self, request: Request) -> Any:
        """Who asks, with a key that reads incidents."""

    def anybody(self, request: Request) -> None:
        """Let somebody without a key pass, or not."""

    def feed(self, name: str, base: str, viewer: Any, since: datetime | None, *, short: bool) -> Feed:
        """A feed.

        Args:
            name: Of :data:`MEDIA`.
            base: Where the request came to, without a slash at its end.
            viewer: Of :meth:`keyed`; none: anybody.
            since: What has changed then or later.
            short: Entities without types of their values.

        """

    def message(self, alert_id: str) -> bytes | None:
        """A CAP message; none: there is none for the alert. Blocks."""

    def dataset(self, name: str, form: str, since: str | None, until: str | None) -> Prepared:
        """A data set as a file, made anew where that is due. Blocks."""

    def catalogue(self, base: str) -> Mapping[str, Any]:
        """The DCAT document. Blocks."""

    def since(self, text: str | None) -> datetime | None:
        """A time of the address."""

    def bad(self, name: str, message: str) -> Exception:
        """The refusal of a parameter."""

    def missing(self, what: str) -> Exception:
        """The answer that something is not there."""


def router(exports: Exports) -> APIRouter:
    """The routes."""
    routes, courier = APIRouter(tags=["exports"]), Courier()

    async def delivered(request: Request, feed: Feed, after: str | None, limit: int | None) -> Response:
        try:
            return await courier.feed(request, feed, after, limit)
        except CursorError:
            raise exports.bad("after", "must be the cursor of an earlier page") from None

    def keyed(name: str, summary: str) -> None:
        async def export(
            request: Request, since: str | None = None, after: After = None, limit: Limit = None, options: str = ""
        ) -> Response:
            """All of it as one stream, or with `limit` a page; `Link: …; rel="next"` leads to the next one.

            `since` gives what has changed then or later, the earliest change first: whoever comes back with the last
            cursor gets what is new. `ETag` and `If-None-Match` spare what is the same; `Accept-Encoding: gzip` packs.
            Entities have `options=keyValues` for the short form.
            """
            viewer = exports.keyed(request)
            feed = exports.feed(name, _base(request), viewer, exports.since(since), short=options == "keyValues")
            return await delivered(request, feed, after, limit)

        export.__name__ = "export_" + name.replace(".", "_").replace("-", "_")
        routes.add_api_route(
            f"/v1/exports/{name}", export, methods=["GET"], summary=summary, response_class=Response,
            openapi_extra=_gives(MEDIA[name]),
        )  # fmt: skip

    def open_to_all(name: str, summary: str) -> None:
        async def export(
            request: Request, since: str | None = None, after: After = None, limit: Limit = None
        ) -> Response:
            """As `/v1/exports`, without a key: nothing personal, no text of citizens, positions to about 100 m."""
            exports.anybody(request)
            feed = exports.feed(name, _base(request), None, exports.since(since), short=False)
            return await delivered(request, feed, after, limit)

        export.__name__ = "open_" + name.replace(".", "_")
        routes.add_api_route(
            f"/opendata/{name}", export, methods=["GET"], summary=summary, response_class=Response,
            openapi_extra=_NO_KEY | _gives(MEDIA[name]),
        )  # fmt: skip

    keyed("incidents.geojson", "Incidents as GeoJSON")
    keyed("alerts.jsonld", "NGSI-LD Alert")
    keyed("air-quality.jsonld", "NGSI-LD AirQualityObserved")
    keyed("devices.jsonld", "NGSI-LD Device")
    open_to_all("requests.csv", "GeoReport Bulk")
    open_to_all("cap.atom", "CAP alerts as an Atom feed")

    @routes.get(
        "/opendata/catalog.jsonld", summary="DCAT catalogue", response_class=Response,
        openapi_extra=_NO_KEY | _gives(CATALOGUE),
    )  # fmt: skip
    async def catalogue(request: Request) -> Response:
        """Which data sets there are, as DCAT 2 in JSON-LD."""
        exports.anybody(request)
        content = await courier.run(lambda: exports.catalogue(_base(request)))
        return Response(orjson.dumps(content), media_type=CATALOGUE)

    @routes.get(
        "/opendata/cap/{alert_id}.xml", summary="One CAP message", response_class=Response,
        openapi_extra=_NO_KEY | _gives(cap.MEDIA),
    )  # fmt: skip
    async def message(request: Request, alert_id: str) -> Response:
        """A message of the Common Alerting Protocol 1.2."""
        exports.anybody(request)
        content = await courier.run(lambda: exports.message(alert_id))
        if content is None:
            raise exports.missing("No message is known for this alert.")
        return Response(content, media_type=cap.MEDIA)

    def dataset(name: str, form: str) -> None:
        async def file(request: Request, since: str | None = None, until: str | None = None) -> Response:
            """A data set; `since` and `until` (days like 2026-11-01, the second not included) give a part of it."""
            exports.anybody(request)
            made = await courier.run(lambda: exports.dataset(name, form, since, until))
            return courier.file(request, made.path, FORMATS[form], made.name, made.tag)

        file.__name__ = f"dataset_{name}_{form}".replace("-", "_")
        summary = f"{DATASETS[name].title[1]} ({form})"
        routes.add_api_route(
            f"/opendata/{name}.{form}", file, methods=["GET"], summary=summary, response_class=Response,
            openapi_extra=_NO_KEY | _gives(FORMATS[form]),
        )  # fmt: skip

    for name in DATASETS:
        for form in FORMATS:
            dataset(name, form)
    return routes


_NO_KEY: Final[dict[str, Any]] = {"security": [{}]}


def _gives(media: str) -> dict[str, Any]:
    """What ``/openapi.json`` says of an answer."""
    content = {media.partition(";")[0]: {"schema": {"type": "string", "format": "binary"}}}
    unchanged = {"description": "It is as the client has it"}
    return {"responses": {"200": {"description": "The export", "content": content}, "304": unchanged}}


def _base(request: Request) -> str:
    return f"{request.url.scheme}://{request.url.netloc}"
