"""``POST /v1/reports/{id}/rating``: what a citizen thinks of what was done, on its way to the incidents agent."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Final

from fastapi import APIRouter, Request
from pydantic import ConfigDict, Field, TypeAdapter
from starlette.responses import Response

from connectors.gateway.availability import ready
from connectors.gateway.body import JSON, media_type, read_body, read_model
from connectors.gateway.problems import CONFLICT, FORBIDDEN, MEDIA_TYPE, NOT_FOUND, Problem
from connectors.gateway.services import Services, written
from connectors.gateway.view import report_identity
from connectors.gateway.writer import Record
from ioc.emit import headers_of
from ioc.identity import report_signal_id
from ioc.incidents.rating import CITIZEN, RATED
from ioc.records import Command, encode
from ioc.topics import COMMANDS
from ioc.vocabulary import Rating

MAX_BODY: Final = 16_384


@dataclass(frozen=True, slots=True)
class RatingRequest:
    """What a citizen says of what was done about the report."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    rating: Rating
    comment: Annotated[str, Field(max_length=1000)] = ""


RATING_REQUEST: Final = TypeAdapter(RatingRequest)


def router(services: Services) -> APIRouter:
    """The rating route."""
    routes = APIRouter()

    @routes.post("/v1/reports/{report_id:path}/rating", status_code=202, tags=["act"])
    async def rate(request: Request, report_id: str, source: str | None = None) -> Response:
        """Rate what was done about a report of the key's own source, once it is resolved, closed or rejected.

        202 means that Kafka has it; the report shows it moments later. The same again changes nothing. `unsatisfied`
        within seven days of the resolution reopens the incident, once. Personal data is taken out of the comment.
        """
        key = services.access.caller(request, "reports:write")
        if media_type(request) not in JSON | {""}:
            raise Problem(MEDIA_TYPE, "Send application/json.")
        wanted = source or key.publisher
        if not key.owns(wanted):
            raise Problem(FORBIDDEN, "The key may rate the reports of its own publisher only.")
        said = read_model(RATING_REQUEST, await read_body(request, MAX_BODY), "The rating was not accepted.")
        answer = ready(services.feedback).get(report_identity(wanted, report_id))
        if answer is None:
            raise Problem(NOT_FOUND, "No answer is known for this report.")
        incident_id = answer.content.get("incident_id")
        if not incident_id or answer.content.get("status") not in RATED:
            raise Problem(CONFLICT, f"A report is rated when its status is one of: {', '.join(RATED)}.")
        services.access.spend(key, 1, request)
        comment = services.redact(said.comment).text
        signal_id = report_signal_id(wanted, report_id)
        # The same rating of the same resolution is the same command.
        seed = "\n".join((signal_id, incident_id, said.rating, comment, str(answer.content.get("at"))))
        command = Command(
            command_id=hashlib.sha256(seed.encode()).hexdigest()[:32],
            incident_id=incident_id,
            action="rate",
            by=CITIZEN,
            at=datetime.now(UTC),
            arguments={"signal_id": signal_id, "rating": said.rating, "comment": comment},
        )
        province = incident_id.partition("-")[0]
        await written(services, [Record(COMMANDS, province.encode(), encode(command), headers_of(command, province))])
        return Response(
            b'{"command_id":"' + command.command_id.encode() + b'"}', status_code=202, media_type="application/json"
        )

    return routes
