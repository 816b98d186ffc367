"""The id of what is posted: the standard has none that a client could give, so what is sent again has to make the same.

It is a keyed digest: nobody who sees an id can try out whose telephone number it was made with. Letters only, so that
no redactor takes one for a number.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Sequence
from typing import Final

from ioc.identity import lettered

IDENTITY: Final = re.compile(r"[a-p]{32}")
"""128 bits, four in a letter."""
_BYTES: Final = 16


def identity_of(key: bytes, publisher: str, content: Sequence[tuple[str, str]], generation: int = 0) -> str:
    """Make an id.

    Args:
        key: Secret of this installation.
        publisher: Who posts.
        content: What makes it this request and no other, in any order.
        generation: How many reports of the very same content are known to be over.

    """
    parts = [publisher, str(generation), *(part for pair in sorted(content) for part in pair)]
    # Lengths go along: where one part ends and the next begins is part of what is said.
    message = b"".join(len(raw := part.encode(errors="replace")).to_bytes(4, "big") + raw for part in parts)
    digest = hmac.new(key, message, hashlib.sha256).digest()[:_BYTES]
    return lettered(digest)
