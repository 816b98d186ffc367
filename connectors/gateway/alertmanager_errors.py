"""Problems in the words of Alertmanager's API v2, on its paths: a JSON text. Its clients read no other media type."""

from __future__ import annotations

from typing import Final

import orjson
from starlette.responses import Response

from connectors.gateway.problems import Problem

PREFIX: Final = "/api/v2"
"""All paths of the API begin with it. With another one before it Grafana would take us for Mimir, and refuse both."""


def text(problem: Problem) -> Response:
    """The answer with the problem as one sentence."""
    sentences = [problem.detail, *(error.message for error in problem.errors)]
    return Response(orjson.dumps(" ".join(sentences)), problem.kind.status, problem.headers, "application/json")
