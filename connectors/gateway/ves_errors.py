"""Problems in the words of the VES Event Listener 7.2.1, on its paths: ``requestError`` with its message ids.

Where the standard has a status for a case it is given (400, 401, 404, 405, 500), else the gateway's own (403, 408, 415,
429, 503). Texts have numbered places for ``variables``; nothing that was sent is among those.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

import orjson
from starlette.responses import Response

from connectors.gateway import alertmanager_errors
from connectors.gateway.problems import (
    BAD_REQUEST,
    FORBIDDEN,
    INTERNAL,
    INVALID,
    TOO_LARGE,
    UNAUTHORIZED,
    UNREADABLE,
    Kind,
    Problem,
)
from ioc.records import FieldError

PREFIX: Final = "/eventListener"
"""All paths of the listener begin with it."""

VERSION_HEADERS: Final = {"X-MinorVersion": "2", "X-PatchVersion": "1", "X-LatestVersion": "7.2.1"}

_STATUS: Final[dict[Kind, int]] = {INVALID: 400, TOO_LARGE: 400}
"""Where it is another than the problem's own."""

_Exception = tuple[Literal["serviceException", "policyException"], str, str, list[str]]


def in_words_of(path: str, problem: Problem) -> Response:
    """The answer to a request on a path: VES's and Alertmanager's on their own, else problem details."""
    if path.startswith(alertmanager_errors.PREFIX):
        return alertmanager_errors.text(problem)
    return request_error(problem) if path.startswith(PREFIX) else problem.response()


def request_error(problem: Problem) -> Response:
    """The answer with a ``requestError``."""
    exception, message_id, text, variables = _exception(problem)
    body = {"requestError": {exception: {"messageId": message_id, "text": text, "variables": variables}}}
    status = _STATUS.get(problem.kind, problem.kind.status)
    return Response(orjson.dumps(body), status, problem.headers | VERSION_HEADERS, "application/json")


def _exception(problem: Problem) -> _Exception:
    kind = problem.kind
    if kind is TOO_LARGE:
        return "policyException", "POL9003", "Message content size exceeds the allowable limit", []
    if kind in {UNAUTHORIZED, FORBIDDEN}:
        text = "The following policy error occurred: %1. Error code is %2."
        return "policyException", "POL2000", text, [_sentence(problem), kind.code]
    if kind is INTERNAL:
        return "serviceException", "SVC1000", "No server resources available to process the request", []
    if kind in {UNREADABLE, BAD_REQUEST, INVALID} and len(problem.errors) == 1:
        return _of_one(problem.errors[0])
    text = "The following service error occurred: %1. Error code is %2."
    return "serviceException", "SVC2000", text, [_sentence(problem), kind.code]


def _of_one(error: FieldError) -> _Exception:
    if not error.pointer:
        part = f"body: {error.message}"
        return "serviceException", "SVC0002", "Invalid input value for message part %1", [part]
    if error.code == "missing" and error.message == "required":
        text = "Mandatory input %1 %2 is missing from request"
        return "serviceException", "SVC2006", text, ["attribute", error.pointer]
    text = "Invalid input value for %1 %2: %3"
    return "serviceException", "SVC2004", text, ["attribute", error.pointer, error.message]


def _sentence(problem: Problem) -> str:
    return _listed(problem.errors) or problem.detail.rstrip(".")


def _listed(errors: Sequence[FieldError]) -> str:
    return "; ".join(f"{error.pointer or 'body'}: {error.message}" for error in errors)
