"""How surely an incident is one real happening, from who told of it independently."""

from __future__ import annotations

from collections import Counter
from typing import cast

from ioc.incidents.affinity import Trust
from ioc.incidents.case import Case
from ioc.vocabulary import Source


def confidence(case: Case, trust: Trust) -> float | None:
    """From 0 to 1; none for what gathers others and for what nobody tells of.

    A reporter or a device is one witness, however often it speaks: neither repeats nor the order of arrival change
    anything.
    """
    if case.gathers not in {"", "cause"}:
        return None
    if not case.conditions:
        return trust.of_one("reports", case.incident.reporters) if case.reports else None
    devices = {condition.key.rpartition("|")[0] for condition in case.conditions}
    witnesses: Counter[Source] = Counter(cast("Source", device.partition("|")[0]) for device in devices)
    if case.reports:
        witnesses["reports"] = case.incident.reporters
    return trust.of(witnesses) if witnesses else None
