"""Reporters' pseudonyms in the stored state, carried over to the key in use."""

from __future__ import annotations

from collections.abc import Callable

from ioc.incidents.case import decode_member, encode_member, parse_key


def renewed_entry(key: bytes, value: bytes, renewed: Callable[[str], str]) -> bytes:
    """One entry of the stored state, a member's reporter under the key in use; all others as they are.

    Args:
        key: Of the entry.
        value: The entry.
        renewed: From a pseudonym to the same person's under the key in use.

    Raises:
        ValueError: the entry is damaged.

    """
    parsed = parse_key(key)
    if parsed is None or parsed[0] != "member":
        return value
    member = decode_member(value)
    if member.reporter is None or (reporter := renewed(member.reporter)) == member.reporter:
        return value
    return encode_member(member._replace(reporter=reporter))
