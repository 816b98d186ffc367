"""``/open311/v2``: the calls of GeoReport v2, each as ``.json``, ``.xml``, or by the Accept header."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, tzinfo
from typing import Any, Final

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from connectors.open311.ports import Office
from connectors.open311.schema import LISTS, READS, TAKES
from ioc.kinds import Kinds
from ioc.languages import Language
from ioc.open311 import (
    Asked,
    Form,
    Open311Error,
    asked,
    definition,
    fields_of_form,
    fields_of_json,
    is_true,
    posted,
    record,
    services,
    written,
)
from ioc.open311.written import MEDIA

PREFIX: Final = "/open311/v2"

_FORM: Final = "application/x-www-form-urlencoded"
_JSON: Final = frozenset({"application/json", "text/json"})
_METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")
_FORMS: Final[Mapping[str, Form]] = {"json": "json", "xml": "xml"}
_NOTICE: Final[Mapping[Language, str]] = {
    "vi": "Phản ánh đã được tiếp nhận. Dùng mã này để theo dõi kết quả xử lý.",
    "en": "The report was received. Follow what becomes of it by this id.",
}


class _Route(APIRoute):
    """A route whose refusals are told in the standard's words."""

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override]
        handler = super().get_route_handler()

        async def answered(request: Request) -> Response:
            try:
                return await handler(request)
            except Open311Error as error:
                return _refused(request, error)

        return answered


def router(
    office: Office,
    kinds: Kinds,
    *,
    zone: tzinfo,
    commune: Callable[[str], str | None],
    jurisdiction: str | None = None,
    tokens: bool = False,
) -> APIRouter:
    """The calls.

    Args:
        office: What stands behind them.
        kinds: Services.
        zone: Whose time is told.
        commune: Name of a commune by its code.
        jurisdiction: Id of the only one that there is; none: whatever is sent is right.
        tokens: Whether a post is answered with a token, and with an id only once the report has been taken in.

    """
    routes = APIRouter(prefix=PREFIX, route_class=_Route, tags=["open311"])

    def listed(
        path: str, call: Callable[[Request], Awaitable[Response]], summary: str, says: dict[str, Any] = READS
    ) -> None:
        for suffix in (".json", ".xml", ""):
            routes.add_api_route(
                path + suffix, call, methods=["GET"], summary=summary, response_class=Response, openapi_extra=says
            )

    async def discovery(request: Request) -> Response:
        """Where this interface is, and in which formats. Needs no key."""
        base = f"{request.url.scheme}://{request.url.netloc}{PREFIX}"
        return _shown(request, "discovery", office.discovery(base))

    async def service_list(request: Request) -> Response:
        """Services: one per category. Needs no key."""
        _of_jurisdiction(request.query_params, jurisdiction)
        return _shown(request, "services", services(kinds, _language(request)))

    listed("/discovery", discovery, "Discovery")
    listed("/services", service_list, "Services")

    @routes.get("/services/{service_code}", summary="Service definition", response_class=Response, openapi_extra=READS)
    async def service(request: Request, service_code: str) -> Response:
        """What may be said of a service: its attributes. `.json` or `.xml` may follow the code. Needs no key."""
        _of_jurisdiction(request.query_params, jurisdiction)
        kind = kinds.get(_bare(service_code))
        if kind is None:
            raise Open311Error.of(404, "service_code is not known; GET services lists those that are.")
        return _shown(request, "service_definition", definition(kind, _language(request)))

    async def post(request: Request) -> Response:
        """Post a report, as a form or as JSON with the same names. The same again is the same report.

        It goes the way of `POST /v1/reports`: the answer means that Kafka has it. The same content again from the same
        publisher is no other report while the report is open, and for a day afterwards; with the header
        `Idempotency-Key` only its value counts.
        """
        kind, body = await office.body(request)
        fields = _fields(kind, body)
        asker = office.holder(request, _token(request, fields))
        _of_jurisdiction({name: values[0] for name, values in fields.items()}, jurisdiction)
        language = _language(request)
        report = posted(fields, kinds, now=datetime.now(UTC), language=language, commune=commune)
        name = await office.take(request, asker, report, request.headers.get("idempotency-key") or None)
        if tokens:
            made: dict[str, Any] = {"token": name}
        else:
            made = {"service_request_id": name}
        return _answer(request, "service_requests", [made | {"service_notice": _NOTICE[language], "account_id": None}])

    for suffix in (".json", ".xml", ""):
        routes.add_api_route(
            "/requests" + suffix,
            post,
            methods=["POST"],
            summary="Post a request",
            response_class=Response,
            openapi_extra=TAKES,
        )

    async def request_list(request: Request) -> Response:
        """Citizens' reports, the latest first: those of 90 days, at most 1,000, unless asked otherwise.

        `service_request_id` (several with commas) is looked at alone. Further: `service_code`, `start_date`,
        `end_date`, `status`, `updated_after`, `updated_before`, `bbox` (west,south,east,north), `page`, `page_size`,
        `extensions=true` (notes and further attributes). Nothing personal is shown: no text to who has no key that
        reads every incident, positions to about 100 m, and reports of crimes, emergencies and patients only to their
        publisher.
        """
        asker = office.asker(request, _token(request, None))
        _of_jurisdiction(request.query_params, jurisdiction)
        wanted = asked(request.query_params, kinds, datetime.now(UTC))
        found = await office.find(asker, wanted, _language(request))
        return _shown(request, "service_requests", [record(each, zone) for each in found])

    listed("/requests", request_list, "Requests", LISTS)

    @routes.get(
        "/requests/{service_request_id:path}", summary="One request", response_class=Response, openapi_extra=READS
    )
    async def one(request: Request, service_request_id: str) -> Response:
        """One report by its id; `.json` or `.xml` may follow the id."""
        asker = office.asker(request, _token(request, None))
        _of_jurisdiction(request.query_params, jurisdiction)
        wanted = _only(_bare(service_request_id), request.query_params.get("extensions", ""))
        found = await office.find(asker, wanted, _language(request))
        if not found:
            raise Open311Error.of(404, "service_request_id is not known, or its report is on its way.")
        return _shown(request, "service_requests", [record(each, zone) for each in found])

    @routes.get("/tokens/{token}", summary="Id of a token", response_class=Response, openapi_extra=READS)
    async def token(request: Request, token: str) -> Response:
        """The id of a report whose post was answered with a token; `.json` or `.xml` may follow it."""
        asker = office.asker(request, _token(request, None))
        _of_jurisdiction(request.query_params, jurisdiction)
        name = _bare(token)
        if not await office.find(asker, _only(name), _language(request)):
            raise Open311Error.of(404, "token is not known, or its report is on its way: ask again in a moment.")
        return _answer(request, "service_requests", [{"service_request_id": name, "token": name}])

    @routes.api_route("/{rest:path}", methods=list(_METHODS), include_in_schema=False)
    async def nothing(_: Request) -> Response:
        raise Open311Error.of(404, "There is no such call; GET discovery, services, requests or tokens.")

    return routes


def _only(name: str, extensions: str = "") -> Asked:
    return Asked(ids=(name.replace("\0", "\ufffd"),), limit=1, extensions=is_true(extensions))


def _of_jurisdiction(given: Mapping[str, str], jurisdiction: str | None) -> None:
    asked_for = given.get("jurisdiction_id", "").strip()
    if jurisdiction is not None and asked_for and asked_for != jurisdiction:
        raise Open311Error.of(404, "jurisdiction_id is not known here.")


def _fields(kind: str, body: bytes) -> dict[str, list[str]]:
    if kind in _JSON:
        return fields_of_json(body)
    if kind in {_FORM, ""}:
        return fields_of_form(body)
    raise Open311Error.of(400, f"Send {_FORM}, or application/json with the same names.")


def _token(request: Request, fields: Mapping[str, list[str]] | None) -> str | None:
    """The key, wherever it stands: the standard's ``api_key`` of form or address, or a header."""
    kind, _, sent = request.headers.get("authorization", "").partition(" ")
    found = (
        *(fields or {}).get("api_key", ()),
        request.query_params.get("api_key", ""),
        request.headers.get("x-api-key", ""),
        sent if kind.lower() == "bearer" else "",
    )
    return next((each.strip() for each in found if each.strip()), None)


def _form(request: Request) -> Form:
    """What the answer is written in: as the path ends, else as the Accept header begins, else XML."""
    ending = request.url.path.rpartition(".")[2]
    if ending in _FORMS:
        return _FORMS[ending]
    accepted = request.headers.get("accept", "")
    places = {form: accepted.find(form) for form in _FORMS}
    named = sorted((place, form) for form, place in places.items() if place >= 0)
    if named:
        return _FORMS[named[0][1]]
    return "json" if request.headers.get("content-type", "").startswith("application/json") else "xml"


def _bare(name: str) -> str:
    """An id without the format that may follow it."""
    head, dot, ending = name.rpartition(".")
    return head if dot and ending in _FORMS else name


def _language(request: Request) -> Language:
    return "en" if request.headers.get("accept-language", "").lower().startswith("en") else "vi"


def _answer(request: Request, name: str, content: Any, headers: Mapping[str, str] | None = None) -> Response:
    form = _form(request)
    return Response(written(name, content, form), 200, dict(headers or {}) | {"Content-Type": MEDIA[form]})


def _shown(request: Request, name: str, content: Any) -> Response:
    """An answer that a client may keep and ask for anew."""
    answer = _answer(request, name, content)
    tag = f'"{hashlib.sha256(bytes(answer.body)).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "no-cache", "Vary": "Accept, Accept-Language, Authorization, X-Api-Key"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    answer.headers.update(headers)
    return answer


def _refused(request: Request, error: Open311Error) -> Response:
    form = _form(request)
    faults = [{"code": fault.code, "description": fault.description} for fault in error.faults]
    headers = error.headers | {"Content-Type": MEDIA[form]}
    return Response(written("errors", faults, form), error.faults[0].code, headers)
