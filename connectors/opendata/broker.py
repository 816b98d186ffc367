"""Entities to an NGSI-LD context broker: batches of ``entityOperations/upsert`` (ETSI GS CIM 009, 5.6.8)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final

import httpx
import orjson

from ioc.exports.ngsi import MEDIA

PATH: Final = "/ngsi-ld/v1/entityOperations/upsert"
_BATCH: Final = 100
_TRIES: Final = 5
_FIRST_WAIT_S: Final = 1.0
_LONGEST_WAIT_S: Final = 30.0
_TIMEOUT_S: Final = 30.0
_AGAIN: Final = frozenset({408, 429, 500, 502, 503, 504})


class BrokerError(Exception):
    """The broker does not take entities; the text is one sentence."""


@dataclass(slots=True)
class Pushed:
    """What became of entities.

    Attributes:
        taken: The broker has them.
        refused: Ids of those that it does not want, and why.

    """

    taken: int = 0
    refused: dict[str, str] = field(default_factory=dict)


def push(
    url: str,
    entities: Iterable[Mapping[str, Any]],
    *,
    tenant: str | None = None,
    token: str | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> Pushed:
    """Create or update entities. The same again changes nothing: attributes are written over.

    Args:
        url: Of the broker, without a path; a token goes over https only, or to this machine.
        entities: In normalized form, each with its ``@context``; an id twice in one batch is sent as it is last.
        tenant: ``NGSILD-Tenant``.
        token: Bearer token.
        sleep: For tests.

    Raises:
        BrokerError: it cannot be reached, or refuses everything; what was pushed before is there.

    """
    headers = {"Content-Type": MEDIA, "Accept": "application/json"}
    if tenant:
        headers["NGSILD-Tenant"] = tenant
    if token:
        headers["Authorization"] = f"Bearer {token}"
    done = Pushed()
    with httpx.Client(timeout=_TIMEOUT_S, headers=headers, follow_redirects=False, trust_env=False) as client:
        for batch in _batches(entities):
            answer = _sent(client, url.rstrip("/") + PATH, orjson.dumps(batch), sleep)
            _note(done, batch, answer)
    return done


def _batches(entities: Iterable[Mapping[str, Any]]) -> Iterator[list[Mapping[str, Any]]]:
    each = iter(entities)
    while some := list(islice(each, _BATCH)):
        yield list({entity["id"]: entity for entity in some}.values())


def _sent(client: httpx.Client, address: str, body: bytes, sleep: Callable[[float], None]) -> httpx.Response:
    wait, why = _FIRST_WAIT_S, ""
    for attempt in range(_TRIES):
        if attempt:
            sleep(wait)
            wait = min(2 * wait, _LONGEST_WAIT_S)
        try:
            answer = client.post(address, params={"options": "update"}, content=body)
        except httpx.HTTPError as error:
            why = type(error).__name__
            continue
        if answer.status_code not in _AGAIN:
            return answer
        why = f"status {answer.status_code}"
        if (told := answer.headers.get("retry-after", "")).isdigit():
            wait = min(max(wait, float(told)), _LONGEST_WAIT_S)
    raise BrokerError(f"the context broker does not answer ({why})")


def _note(done: Pushed, batch: list[Mapping[str, Any]], answer: httpx.Response) -> None:
    """201 and 204: all of them are there. 207: some are not, with a reason each."""
    if answer.status_code in {200, 201, 204}:
        done.taken += len(batch)
        return
    if answer.status_code != 207:
        raise BrokerError(f"the context broker refuses entities (status {answer.status_code})")
    result = answer.json()
    refused = {
        str(each.get("entityId", "")): str((each.get("error") or {}).get("title", "")) for each in result["errors"]
    }
    done.refused |= refused
    done.taken += len(batch) - len(refused)
