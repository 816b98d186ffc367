"""Users and access lists of a cluster, in protocol requests.

The client library has the requests about access lists and none about users: :class:`_AlterUsers` is KIP-554's
``AlterUserScramCredentials``. Only salted passwords leave this process, as with Kafka's own tool.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import pbkdf2_hmac
from typing import Any, Final

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import for_code
from aiokafka.protocol.admin import CreateAclsRequest, DeleteAclsRequest, DescribeAclsRequest
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import CompactArray, CompactBytes, CompactString, Int8, Int16, Int32, Schema, TaggedFields

from ioc.access import Grant, Operation, Pattern, ResourceKind

_KINDS: Final[dict[ResourceKind, int]] = {"topic": 2, "group": 3, "cluster": 4, "transactional-id": 5}
_PATTERNS: Final[dict[Pattern, int]] = {"literal": 3, "prefixed": 4}
_OPERATIONS: Final[dict[Operation, int]] = {
    "Read": 3, "Write": 4, "Create": 5, "Delete": 6, "Alter": 7, "Describe": 8, "DescribeConfigs": 10,
    "AlterConfigs": 11,
}  # fmt: skip
_ANY: Final = 1
_ALLOW: Final = 3
_EVERYWHERE: Final = "*"

_SCRAM_SHA_512: Final = 2
_ITERATIONS: Final = 8192
"""As Strimzi and newer Kafka tools; Kafka's least is 4,096."""
_NO_SUCH_USER: Final = 91
_ALTER_USERS: Final = 51
_TAGS: Final = ("tags", TaggedFields)


class AccessRefusedError(RuntimeError):
    """The cluster refused a change; the text is one sentence for the user."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a cluster's access lists that is not of the table's kind, in words."""

    text: str

    def __str__(self) -> str:
        return self.text


async def granted(admin: AIOKafkaAdminClient, user: str) -> tuple[set[Grant], list[Entry]]:
    """What a user may do, and what else the lists have about it (denials, hosts, operations the table does not know).

    Raises:
        AccessRefusedError: the cluster does not tell, or has no access lists.

    """
    request = DescribeAclsRequest(_ANY, None, _ANY, _principal(user), None, _ANY, _ANY)
    answer = await admin._send_request(request)
    _check(answer.error_code, answer.error_message, "tell its access lists")
    kinds, patterns, operations = (_reversed(each) for each in (_KINDS, _PATTERNS, _OPERATIONS))
    known: set[Grant] = set()
    others: list[Entry] = []
    for kind, name, pattern, entries in answer.resources:
        for _, host, operation, permission in entries:
            plain = host == _EVERYWHERE and permission == _ALLOW
            if plain and kind in kinds and pattern in patterns and operation in operations:
                known.add(Grant(kinds[kind], name, patterns[pattern], operations[operation]))
            else:
                others.append(Entry(f"{'allow' if permission == _ALLOW else 'deny'} {operation} on {name} from {host}"))
    return known, others


async def grant(admin: AIOKafkaAdminClient, user: str, wanted: Iterable[Grant]) -> None:
    """Allow things; what is allowed already stays so.

    Raises:
        AccessRefusedError: the cluster refused one.

    """
    for each in wanted:
        answer = await admin._send_request(CreateAclsRequest(*_codes(each, user), _ALLOW))
        for code, message in answer.creation_responses:
            _check(code, message, f"allow {user} {each}")


async def revoke(admin: AIOKafkaAdminClient, user: str, unwanted: Iterable[Grant] | None = None) -> int:
    """Allow things no longer; returns how many entries are gone.

    Args:
        admin: Connected.
        user: Whose.
        unwanted: What; everything about the user unless given.

    Raises:
        AccessRefusedError: the cluster refused it.

    """
    if unwanted is None:
        requests = [DeleteAclsRequest(_ANY, None, _ANY, _principal(user), None, _ANY, _ANY)]
    else:
        requests = [DeleteAclsRequest(*_codes(each, user), _ALLOW) for each in unwanted]
    gone = 0
    for request in requests:
        answer = await admin._send_request(request)
        for code, message, matching in answer.filter_responses:
            _check(code, message, f"take access from {user}")
            gone += len(matching)
    return gone


async def set_password(admin: AIOKafkaAdminClient, user: str, password: str) -> None:
    """Make a user, or give it another password; connections that are open go on.

    Raises:
        AccessRefusedError: the cluster refused it.

    """
    salt = secrets.token_bytes(32)
    salted = pbkdf2_hmac("sha512", password.encode(), salt, _ITERATIONS)
    await _alter(admin, [], [(user, _SCRAM_SHA_512, _ITERATIONS, salt, salted, {})])


async def forget(admin: AIOKafkaAdminClient, user: str) -> bool:
    """Delete a user; false if there was none.

    Raises:
        AccessRefusedError: the cluster refused it.

    """
    return await _alter(admin, [(user, _SCRAM_SHA_512, {})], [])


async def _alter(admin: AIOKafkaAdminClient, deletions: list[Any], upsertions: list[Any]) -> bool:
    answer = await admin._send_request(_AlterUsers(deletions, upsertions))
    for user, code, message, _ in answer.results:
        if code == _NO_SUCH_USER:
            return False
        _check(code, message, f"change the user {user}")
    return True


def _codes(one: Grant, user: str) -> tuple[int, str, int, str, str, int]:
    return (
        _KINDS[one.kind], one.name, _PATTERNS[one.pattern], _principal(user), _EVERYWHERE, _OPERATIONS[one.operation],
    )  # fmt: skip


def _principal(user: str) -> str:
    return f"User:{user}"


def _reversed(codes: dict[Any, int]) -> dict[int, Any]:
    return {code: word for word, code in codes.items()}


def _check(code: int, message: str | None, doing: str) -> None:
    if code:
        raise AccessRefusedError(f"Kafka refused to {doing}: {message or for_code(code).__name__}")


class _AlterUsersResponse(Response):  # type: ignore[misc]
    API_KEY = _ALTER_USERS
    API_VERSION = 0
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "results",
            CompactArray(
                ("user", CompactString("utf-8")),
                ("error_code", Int16),
                ("error_message", CompactString("utf-8")),
                _TAGS,
            ),
        ),
        _TAGS,
    )


class _AlterUsersStruct(RequestStruct):  # type: ignore[misc]
    FLEXIBLE_VERSION = True
    API_KEY = _ALTER_USERS
    API_VERSION = 0
    RESPONSE_TYPE = _AlterUsersResponse
    SCHEMA = Schema(
        ("deletions", CompactArray(("name", CompactString("utf-8")), ("mechanism", Int8), _TAGS)),
        (
            "upsertions",
            CompactArray(
                ("name", CompactString("utf-8")),
                ("mechanism", Int8),
                ("iterations", Int32),
                ("salt", CompactBytes),
                ("salted_password", CompactBytes),
                _TAGS,
            ),
        ),
        _TAGS,
    )


class _AlterUsers(Request[_AlterUsersStruct]):  # type: ignore[misc]
    API_KEY = _ALTER_USERS

    def __init__(self, deletions: list[Any], upsertions: list[Any]) -> None:
        self._deletions = deletions
        self._upsertions = upsertions

    def build(self, request_struct_class: type[_AlterUsersStruct]) -> _AlterUsersStruct:
        return request_struct_class(self._deletions, self._upsertions, {})
