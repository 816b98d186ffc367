"""The figures of the sites on which a mobile technology is tried out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from ioc import metrics
from ioc.catalog import Device
from ioc.catalog.programme import Trial
from ioc.detect import Finding
from ioc.intake.companion import Gauges, Notice

_FIGURES: Final = {
    "rsrp_dbm": metrics.BTS_TRIAL_RSRP.name,
    "sinr_db": metrics.BTS_TRIAL_SINR.name,
    "prb_ratio": metrics.BTS_TRIAL_PRB.name,
    "users": metrics.BTS_TRIAL_USERS.name,
}
_FRESH_MS: Final = 3 * 3600 * 1000
"""Age up to which a figure is shown: an old one would look like that of now."""


class TrialWatch:
    """Newest figures of the base stations that belong to a trial site by a tag of the register. A companion of ``bts``.

    Nothing is written down: the next sample brings them again.

    Args:
        trials: Trial sites by code.
        devices: The register of devices.

    """

    def __init__(self, trials: Mapping[str, Trial], devices: Iterable[Device]) -> None:
        self._trial_of: dict[str, Trial] = {}
        for device in devices:
            for tag in device.tags:
                if device.source == "bts" and tag in trials:
                    self._trial_of[device.id] = trials[tag]
        self._figures: dict[tuple[str, str], tuple[int, float]] = {}

    @property
    def watches(self) -> bool:
        """Whether the register has a base station of a trial site."""
        return bool(self._trial_of)

    def take(self, event: Any, at_s: float, _: int) -> Finding | None:
        """Remember the newest figures of a trial site, in the technology that is tried out."""
        trial = self._trial_of.get(event.site_id)
        if trial is None or event.technology != trial.technology or event.measured_by not in {None, "site"}:
            return None
        at_ms = int(at_s * 1000)
        for field, name in _FIGURES.items():
            value = getattr(event, field)
            if value is not None and at_ms >= self._figures.get((name, trial.code), (0, 0.0))[0]:
                self._figures[name, trial.code] = at_ms, value
        return None

    def tick(self, _: int) -> Iterable[Notice]:
        """Nothing happens by time alone."""
        return ()

    def flush(self, _: int) -> None:
        """Nothing is written down."""

    def gauges(self, now_ms: int) -> Gauges:
        """Figures that are not old, by trial site."""
        return {key: value for key, (at_ms, value) in self._figures.items() if now_ms - at_ms <= _FRESH_MS}
