"""Answers that are asked for again and again: by their ETag they are sent once."""

from __future__ import annotations

import asyncio
from hashlib import blake2b
from typing import Any

import orjson
from fastapi import Request
from starlette.responses import Response


async def tagged(request: Request, content: Any, *, max_age_s: int = 0) -> Response:
    """JSON with an ETag of its content, or 304 where the asker has it already.

    Args:
        request: Which may bring `If-None-Match`.
        content: What is answered.
        max_age_s: So long it need not be asked for again.

    """
    return await asyncio.to_thread(_tagged, request, content, max_age_s)


def _tagged(request: Request, content: Any, max_age_s: int) -> Response:
    body = orjson.dumps(content)
    headers = {
        "ETag": f'"{blake2b(body, digest_size=12).hexdigest()}"',
        "Cache-Control": f"private, max-age={max_age_s}" if max_age_s else "private, no-cache",
        "Vary": "Authorization, Cookie",
    }
    if headers["ETag"] in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)
