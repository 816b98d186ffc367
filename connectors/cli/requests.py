"""Rows of citizens' reports as requests that may be shown, for Open311 and for exports."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import orjson
from sqlalchemy import Connection

from connectors.store.queries import Row
from connectors.store.requests import answers_of
from ioc.catalog import Catalogue
from ioc.kinds import Kinds
from ioc.languages import Language
from ioc.open311 import IDENTITY, Note, ServiceRequest
from ioc.vocabulary import UNLOCATED_COMMUNE

UNSORTED: Final = "other"
"""Service of what has not been understood yet."""


class RequestDesk:
    """Makes requests of rows."""

    def __init__(self, catalogue: Catalogue, kinds: Kinds) -> None:
        self._catalogue = catalogue
        self._kinds = kinds

    def shown(
        self, connection: Connection, rows: Sequence[Row], language: Language, *, notes: bool, text: bool
    ) -> list[ServiceRequest]:
        """Requests in the rows' order, with what citizens were told.

        Args:
            connection: To the store.
            rows: Of :mod:`connectors.store.requests`.
            language: Of names and notes.
            notes: Whether all that was said is wanted, or the last of it.
            text: Whether redacted texts may be shown.

        """
        answers: dict[tuple[str, str], list[Row]] = {}
        for row in answers_of(connection, [(row["source"], row["report_id"]) for row in rows]):
            answers.setdefault((row["source"], row["report_id"]), []).append(row)
        return [
            self._request(row, answers.get((row["source"], row["report_id"]), []), language, notes=notes, text=text)
            for row in rows
        ]

    def _request(
        self, row: Row, answers: Sequence[Row], language: Language, *, notes: bool, text: bool
    ) -> ServiceRequest:
        said = [(each["at"], each["status"], orjson.loads(each["document"])["text"][language]) for each in answers]
        category = row["category"] or UNSORTED
        commune = row["commune"] if row["commune"] not in {None, UNLOCATED_COMMUNE} else None
        return ServiceRequest(
            id=public_id(row["source"], row["report_id"]),
            status=row["status"],
            note=said[-1][2] if said else "",
            service=category,
            service_name=self._kinds.name(category, "", language),
            subcategory=row["subcategory"] or "",
            description=row["text"] if text else None,
            agency=self._catalogue.unit_name(row["unit"]),
            requested_at=row["first_at"],
            updated_at=row["updated_at"],
            expected_at=row["expected_at"] or row["due_at"] or self._usual(row, category),
            commune=commune,
            address=commune_name(self._catalogue, commune) if commune else None,
            lat=row["lat"],
            lon=row["lon"],
            incident=row["incident_id"],
            merged=row["merged_count"],
            notes=[Note(at, words, status) for at, status, words in said] if notes else None,
        )

    def _usual(self, row: Row, category: Any) -> datetime:
        """By when it would have to be done, where nobody has said."""
        duty = self._catalogue.duty(category, row["subcategory"] or "", row["severity"] or "normal", row["first_at"])
        return duty.target.due(row["first_at"])


def public_id(source: str, report_id: str) -> str:
    """What a report is asked for by: ids that were made here are alone of their kind, others need their source."""
    return report_id if IDENTITY.fullmatch(report_id) else f"{source}/{report_id}"


def commune_name(catalogue: Catalogue, code: str) -> str | None:
    """Name of a commune; none: there is none of this code."""
    commune = catalogue.communes.get(code)
    return commune.name if commune is not None else None
