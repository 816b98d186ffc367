"""``/v1/attachments``: pictures for reports and for what was done, in and out."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Final

import orjson
from fastapi import APIRouter, Request
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.responses import Response

from connectors.audit import act as audited
from connectors.gateway.body import media_type, read_body
from connectors.gateway.pictures import MAX_BYTES, TYPES
from connectors.gateway.problems import MEDIA_TYPE, NOT_FOUND, TOO_LARGE, UNREADABLE, Problem
from connectors.gateway.services import Services
from ioc.events.photos import ATTACHMENT

MULTIPART: Final = "multipart/form-data"
RAW_TYPES: Final = (*TYPES.values(), "application/octet-stream")
_FORM_BYTES: Final = 65_536
"""What a form may have beside the picture."""

SAFE_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "private, no-store",
}
"""A picture is shown as what it is and as nothing else, and stays in no cache."""


def router(services: Services) -> APIRouter:
    """The routes of pictures."""
    routes = APIRouter()

    @routes.post("/v1/attachments", status_code=201, tags=["publish"])
    async def upload(request: Request) -> Response:
        """Upload one picture: JPEG, PNG or WebP, at most 10 MB, as the body or as one file of a form.

        It is decoded and written anew, at most 4096 pixels to a side, so that nothing but pixels is kept: no place, no
        name. `reference` of the answer goes into `photos` of a report, or into `evidence` of an action. The same
        picture again is the same reference. Pictures go when they are as old as reports get. Handling units may show
        what they did; they see none.
        """
        key = services.access.caller(request, "reports:write", "incidents:write", units=True)
        kind = media_type(request)
        if kind != MULTIPART and kind not in RAW_TYPES:
            raise Problem(MEDIA_TYPE, f"Send {', '.join(RAW_TYPES)} or {MULTIPART} with one file.")
        async with services.album.uploading(key.who):
            if kind == MULTIPART:
                raw = await _file_of(request, await read_body(request, MAX_BYTES + _FORM_BYTES))
            else:
                raw = await read_body(request, MAX_BYTES)
            reference = await services.album.put(key.who, raw)
        name = reference.removeprefix(ATTACHMENT)
        await services.note(audited(key.name, "attachment.add", name, key=key.id, via=key.kind))
        body = orjson.dumps({"id": name, "reference": reference})
        return Response(body, 201, {"Location": f"/v1/attachments/{name}"}, "application/json")

    @routes.get("/v1/attachments/{name}", tags=["read"])
    async def picture(request: Request, name: str) -> Response:
        """One picture, for operators; who looked is written down."""
        key = services.access.caller(request, "incidents:read")
        found = await services.album.get(name)
        if found is None:
            raise Problem(NOT_FOUND, "No such picture is kept: it was never sent, or is older than reports get.")
        await services.note(audited(key.name, "attachment.read", name, key=key.id, via=key.kind))
        content, ending = found
        shown = {"Content-Disposition": f'inline; filename="{name[:8]}.{ending}"'}
        return Response(content, 200, SAFE_HEADERS | shown, TYPES[ending])

    return routes


class _InMemory(MultiPartParser):
    """Nothing of what is uploaded touches the disk before it is cleaned."""

    spool_max_size = MAX_BYTES + _FORM_BYTES


async def _file_of(request: Request, body: bytes) -> bytes:
    """The one file of a form.

    Raises:
        Problem: the form cannot be read, or has none or several (400), the file is too large (413).

    """

    async def stream() -> AsyncGenerator[bytes, None]:
        yield body

    parser = _InMemory(request.headers, stream(), max_files=1, max_fields=8, max_part_size=_FORM_BYTES)
    try:
        form = await parser.parse()
    except (MultiPartException, KeyError, ValueError):
        raise Problem(UNREADABLE, "The form cannot be read, or has more than one file.") from None
    try:
        files = [part for _, part in form.multi_items() if isinstance(part, UploadFile)]
        if len(files) != 1:
            raise Problem(UNREADABLE, "Send a form with one file.")
        raw = await files[0].read()
    finally:
        await form.close()
    if len(raw) > MAX_BYTES:
        raise Problem(TOO_LARGE, f"A picture has at most {MAX_BYTES} bytes.")
    return raw
