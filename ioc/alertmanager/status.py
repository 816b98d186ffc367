"""What the gateway says of itself where a client asks an Alertmanager."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from ioc.vocabulary import PROVINCE_CENTRE


def configuration(centres: Sequence[str]) -> str:
    """The routes as Alertmanager would write them: each centre is a receiver, the province's gets the rest."""
    last = PROVINCE_CENTRE if PROVINCE_CENTRE in centres else centres[0]
    lines = ["route:", f"  receiver: {json.dumps(last)}", "  group_by: [centre, category]", "  routes:"]
    for centre in centres:
        lines += [f"    - receiver: {json.dumps(centre)}", f"      matchers: ['centre=\"{centre}\"']"]
    return "\n".join([*lines, "receivers:", *(f"  - name: {json.dumps(centre)}" for centre in centres), ""])


def status(centres: Sequence[str], version: str, began: datetime) -> dict[str, Any]:
    """An ``alertmanagerStatus``.

    Args:
        centres: That the asker sees.
        version: Of this program.
        began: Since when it answers.

    """
    return {
        "cluster": {"status": "disabled", "peers": []},
        "versionInfo": {
            "version": version,
            "revision": "",
            "branch": "ioc-stream",
            "buildUser": "",
            "buildDate": "",
            "goVersion": "",
        },
        "config": {"original": configuration(centres)},
        "uptime": began,
    }
