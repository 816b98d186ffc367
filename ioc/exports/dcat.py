"""The catalogue of open data as DCAT 2 in JSON-LD, as harvesters of CKAN read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from ioc.exports.opendata import Dataset

MEDIA: Final = "application/ld+json"

CONTEXT: Final = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "locn": "http://www.w3.org/ns/locn#",
    "geosparql": "http://www.opengis.net/ont/geosparql#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
FORMATS: Final[Mapping[str, str]] = {"csv": "text/csv", "parquet": "application/vnd.apache.parquet"}
_IANA: Final = "https://www.iana.org/assignments/media-types/"
_LANGUAGE: Final = "http://publications.europa.eu/resource/authority/language/VIE"


@dataclass(frozen=True, slots=True)
class Portal:
    """Who publishes what, where.

    Attributes:
        base: Where data sets are, without a slash at its end.
        title: Of the catalogue, Vietnamese.
        agency: Who publishes.
        contact: Address of mail; may be empty.
        licence: Its address; may be empty.
        box: West, south, east, north of the province in degrees.

    """

    base: str
    title: str
    agency: str
    contact: str
    licence: str
    box: tuple[float, float, float, float]


def catalogue(datasets: Mapping[str, Dataset], portal: Portal, modified: Mapping[str, datetime]) -> dict[str, Any]:
    """The document; ``modified`` is when each set changed last, as far as it is known."""
    base = portal.base
    publisher = {"@id": f"{base}#publisher", "@type": "foaf:Agent", "foaf:name": portal.agency}
    return {
        "@context": CONTEXT,
        "@id": f"{base}/catalog.jsonld",
        "@type": "dcat:Catalog",
        "dct:title": {"@language": "vi", "@value": portal.title},
        "dct:publisher": publisher,
        "dct:language": {"@id": _LANGUAGE},
        "foaf:homepage": {"@id": base},
        "dcat:dataset": [_dataset(each, portal, publisher, modified.get(name)) for name, each in datasets.items()],
    }


def _dataset(
    dataset: Dataset, portal: Portal, publisher: Mapping[str, Any], modified: datetime | None
) -> dict[str, Any]:
    address, licence = f"{portal.base}/{dataset.name}", portal.licence
    west, south, east, north = portal.box
    ring = f"{west} {south},{east} {south},{east} {north},{west} {north},{west} {south}"
    made: dict[str, Any] = {
        "@id": address,
        "@type": "dcat:Dataset",
        "dct:identifier": dataset.name,
        "dct:title": _both(dataset.title),
        "dct:description": _both(dataset.about),
        "dct:publisher": {"@id": publisher["@id"]},
        "dct:language": {"@id": _LANGUAGE},
        "dct:accrualPeriodicity": {"@id": dataset.accrual},
        "dct:spatial": {
            "@type": "dct:Location",
            "locn:geometry": {"@type": "geosparql:wktLiteral", "@value": f"POLYGON(({ring}))"},
        },
        "dcat:keyword": [{"@language": "vi", "@value": word} for word in dataset.keywords],
        "dcat:distribution": [_distribution(dataset, address, form, licence) for form in FORMATS],
    }
    if portal.contact:
        made["dcat:contactPoint"] = {
            "@type": "vcard:Organization", "vcard:fn": publisher["foaf:name"],
            "vcard:hasEmail": {"@id": f"mailto:{portal.contact}"},
        }  # fmt: skip
    if licence:
        made["dct:license"] = {"@id": licence}
    if modified is not None:
        made["dct:modified"] = {"@type": "xsd:dateTime", "@value": modified.isoformat(timespec="seconds")}
    return made


def _distribution(dataset: Dataset, address: str, form: str, licence: str) -> dict[str, Any]:
    file = f"{address}.{form}"
    made: dict[str, Any] = {
        "@id": f"{file}#distribution",
        "@type": "dcat:Distribution",
        "dct:title": f"{dataset.title[0]} ({form.upper()})",
        "dct:format": form.upper(),
        "dcat:mediaType": {"@id": _IANA + FORMATS[form]},
        "dcat:accessURL": {"@id": file},
        "dcat:downloadURL": {"@id": file},
    }
    if licence:
        made["dct:license"] = {"@id": licence}
    return made


def _both(text: tuple[str, str]) -> list[dict[str, str]]:
    return [{"@language": language, "@value": each} for language, each in zip(("vi", "en"), text, strict=True)]
