"""How things look on a terminal: colours of severities, ages, Vietnamese words for codes."""

from __future__ import annotations

import sys
from datetime import datetime, timedelta
from typing import Final

from rich.console import Console

SEVERITY_STYLE: Final[dict[str, str]] = {
    "critical": "bold white on red",
    "high": "bold red",
    "normal": "yellow",
    "low": "dim",
}
SEVERITY_VI: Final[dict[str, str]] = {
    "critical": "khẩn cấp",
    "high": "cao",
    "normal": "vừa",
    "low": "thấp",
}
CATEGORY_VI: Final[dict[str, str]] = {
    "traffic": "giao thông",
    "urban_infrastructure": "hạ tầng đô thị",
    "environment": "môi trường",
    "security": "an ninh trật tự",
    "fire_rescue": "cháy nổ, cứu nạn",
    "disaster": "thiên tai",
    "power_water": "điện, nước",
    "telecom": "viễn thông",
    "urban_order": "trật tự đô thị",
    "health_food": "y tế, thực phẩm",
    "tourism": "du lịch",
    "public_service": "thủ tục hành chính",
    "other": "khác",
}
REASON_VI: Final[dict[str, str]] = {
    "opened": "mới",
    "updated": "cập nhật",
    "worsened": "nặng thêm",
    "escalated": "chuyển cấp",
    "sla_breached": "quá hạn",
    "resolved": "đã xong",
}

out: Final = Console(highlight=False, soft_wrap=True)
"""Standard output, for people; scripts get plain lines from :func:`line`."""
err: Final = Console(stderr=True, highlight=False, soft_wrap=True)


def line(text: str) -> None:
    """One line of output for a script, sent on at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def age(since: datetime, now: datetime) -> str:
    """How long ago, short: ``7s``, ``12m``, ``3h``, ``2d``; never negative."""
    seconds = max(0, int((now - since) / timedelta(seconds=1)))
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "m")):
        if seconds >= size:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"
