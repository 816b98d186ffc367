"""High tide and heavy rain at one time: each is told by its gauges, the two together are graver than either."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal, NamedTuple, cast

import orjson

from ioc.area.detector import AreaWriter
from ioc.derived import Where, derived
from ioc.detect.rain import WINDOWS
from ioc.incidents.index import distance_m
from ioc.records import Health, Signal
from ioc.synthetic import is_synthetic
from ioc.tomlfile import read_toml
from ioc.vocabulary import SEVERITIES, SEVERITY_RANK, Severity

TIDE_RAIN_FILE: Final = "tide_rain.toml"
KIND: Final = "tide_rain"
PUBLISHER: Final = "urn:ioc:tide-rain"
TIDE: Final = "tide_level"
_GAUGES: Final = b"tide/gauge/"
_TOLD: Final = b"tide/told/"


@dataclass(frozen=True, slots=True)
class TideRainRules:
    """When tide and rain belong together.

    Attributes:
        version: Goes into the versions of what is said.
        reach_m: Distance of a rain gauge from a tide gauge, metres.
        least_rain: The slightest rain that counts.
        forget: A condition of which nothing is heard for longer is not counted on.
        source: Where the figures stand, for texts.

    """

    version: str
    reach_m: float
    least_rain: Severity
    forget: timedelta
    source: str


def load_tide_rain(raw: bytes, file: str = TIDE_RAIN_FILE) -> TideRainRules:
    """Read and check the rules.

    Raises:
        ConfigError: names file, line and key.

    """
    root = read_toml(raw, file)
    table = root.table("together")
    table.day("date")
    rules = TideRainRules(
        version=root.text("version"),
        reach_m=table.number("reach_km", low=0.1) * 1000,
        least_rain=cast("Severity", table.choice("least_rain", SEVERITIES)),
        forget=timedelta(hours=table.number("forget_h", low=1.0)),
        source=table.text("source"),
    )
    table.done()
    root.done()
    return rules


class _Gauge(NamedTuple):
    """A gauge whose limit is passed now."""

    what: Literal["tide", "rain"]
    device: str
    severity: Severity
    at: datetime
    title: str
    commune: str
    centre: str
    lat: float | None
    lon: float | None
    made: bool


class _Told(NamedTuple):
    """What operators know of a tide gauge, and whether a simulator has made it."""

    severity: Severity
    made: bool


class TideRain:
    """Says of each tide gauge above an alert level that it rains heavily near it, that it got worse, that it is over.

    It depends on signals alone: on which limits are passed, not on figures between them.
    """

    prefix = b"tide/"

    def __init__(self, rules: TideRainRules) -> None:
        self._rules = rules
        self._gauges: dict[str, _Gauge] = {}
        self._told: dict[str, _Told] = {}

    def load(self, key: bytes, value: bytes) -> None:
        """Take over one entry of the stored state.

        Raises:
            ValueError: it is damaged.

        """
        if key.startswith(_TOLD):
            self._told[key[len(_TOLD) :].decode()] = _Told(*orjson.loads(value))
            return
        try:
            gauge = _Gauge(**orjson.loads(value))
            self._gauges[key[len(_GAUGES) :].decode()] = gauge._replace(at=datetime.fromisoformat(str(gauge.at)))
        except TypeError as error:
            raise ValueError(f"not a gauge: {error}") from error

    def signal(self, signal: Signal, now: datetime, writer: AreaWriter) -> Signal | None:  # noqa: ARG002
        """Note which limits are passed."""
        what = _what(signal)
        if what is None or signal.device is None:
            return signal
        name = f"{signal.device}|{signal.kind}"
        known = self._gauges.get(name)
        if known is not None and signal.at < known.at:
            return signal
        counts = what == "tide" or SEVERITY_RANK[signal.severity] <= SEVERITY_RANK[self._rules.least_rain]
        gauge = None
        if not signal.clears and counts:
            gauge = _Gauge(
                what, signal.device, signal.severity, signal.at, signal.title, signal.commune, signal.centre,
                signal.lat, signal.lon, is_synthetic(signal),
            )  # fmt: skip
        if gauge is None and known is None:
            return signal
        self._put(name, gauge, writer)
        self._compare(signal.at, signal.accepted_at, writer)
        return signal

    def health(self, health: Health, now: datetime, writer: AreaWriter) -> None:
        """Who speaks does not matter here."""

    def tick(self, now: datetime, writer: AreaWriter) -> None:
        """Stop counting on gauges that have been silent about their condition for long."""
        gone = [name for name, gauge in self._gauges.items() if now - gauge.at > self._rules.forget]
        for name in gone:
            self._put(name, None, writer)
        if gone:
            self._compare(now, now, writer)

    def gauges(self, now: datetime) -> Mapping[tuple[str, ...], float]:  # noqa: ARG002
        """None: what is open is counted where incidents are."""
        return {}

    def _compare(self, at: datetime, accepted_at: datetime, writer: AreaWriter) -> None:
        """Say what is new of every tide gauge."""
        tides = {gauge.device: gauge for gauge in self._gauges.values() if gauge.what == "tide"}
        for device in sorted({*tides, *self._told}):
            tide = tides.get(device)
            rains = [] if tide is None else self._near(tide)
            told = self._told.get(device)
            if tide is None or not rains:
                if told is not None:
                    self._tell(device, None, writer)
                    writer.emit(self._over(device, at, accepted_at, made=told.made))
                continue
            gravest = min((tide, *rains), key=lambda each: SEVERITY_RANK[each.severity]).severity
            severity = SEVERITIES[max(0, SEVERITY_RANK[gravest] - 1)]
            if told is None or SEVERITY_RANK[severity] < SEVERITY_RANK[told.severity]:
                self._tell(device, _Told(severity, tide.made), writer)
                writer.emit(self._said(tide, rains, severity, at, accepted_at))

    def _near(self, tide: _Gauge) -> list[_Gauge]:
        """Rain gauges that belong to a tide gauge, the gravest first; one has limits for several sums."""
        found = [gauge for gauge in self._gauges.values() if gauge.what == "rain" and self._belongs(tide, gauge)]
        found.sort(key=lambda each: (SEVERITY_RANK[each.severity], each.device, each.title))
        return list({gauge.device: gauge for gauge in reversed(found)}.values())[::-1]

    def _belongs(self, tide: _Gauge, rain: _Gauge) -> bool:
        if tide.made is not rain.made:
            return False
        if tide.lat is None or tide.lon is None or rain.lat is None or rain.lon is None:
            return tide.centre == rain.centre
        return distance_m(tide.lat, tide.lon, rain.lat, rain.lon) <= self._rules.reach_m

    def _said(
        self, tide: _Gauge, rains: list[_Gauge], severity: Severity, at: datetime, accepted_at: datetime
    ) -> Signal:
        return derived(
            source="sensors",
            publisher=PUBLISHER,
            event_id=f"{tide.device}/{severity}/{round(at.timestamp() * 1000)}",
            kind=KIND,
            device=f"tide-rain/{tide.device}",
            category="disaster",
            subcategory="flood",
            severity=severity,
            at=at,
            accepted_at=accepted_at,
            where=Where(
                tide.commune, tide.centre, tide.lat, tide.lon, "none" if tide.lat is None else "catalogue",
                0.0 if tide.lat is None else 1.0,
            ),
            title=f"Mưa lớn trùng triều cường, nguy cơ ngập: {tide.device}",
            text=(
                f"{tide.title}. {rains[0].title} (trạm {rains[0].device}"
                f"{f' và {len(rains) - 1} trạm khác' if len(rains) > 1 else ''}). "
                "Triều cao làm nước mưa khó thoát; nặng hơn một mức so với từng hiện tượng. "
                f"Căn cứ: {self._rules.source}."
            ),
            evidence={
                "tide": tide.device,
                "tide_severity": tide.severity,
                "rain": [gauge.device for gauge in rains],
                "rain_severity": rains[0].severity,
                "reach_km": self._rules.reach_m / 1000,
                "limit_source": self._rules.source,
            },
            rule_id=f"tide-rain/{severity}",
            versions={"tide_rain": self._rules.version},
            resolves=True,
            made=tide.made,
        )  # fmt: skip

    def _over(self, device: str, at: datetime, accepted_at: datetime, *, made: bool) -> Signal:
        return derived(
            source="sensors",
            publisher=PUBLISHER,
            event_id=f"{device}/clear/{round(at.timestamp() * 1000)}",
            kind=KIND,
            device=f"tide-rain/{device}",
            category="disaster",
            subcategory="flood",
            severity="low",
            at=at,
            accepted_at=accepted_at,
            title=f"Hết mưa lớn trùng triều cường: {device}",
            text="Mưa hoặc triều đã xuống dưới mức báo.",
            evidence={"tide": device},
            rule_id="tide-rain/clear",
            versions={"tide_rain": self._rules.version},
            clears=True,
            resolves=True,
            made=made,
        )

    def _put(self, name: str, gauge: _Gauge | None, writer: AreaWriter) -> None:
        before = self._gauges.get(name)
        writer.undo(lambda: _set(self._gauges, name, before))
        _set(self._gauges, name, gauge)
        key = _GAUGES + name.encode()
        if gauge is None:
            writer.delete(key)
        else:
            writer.put(key, orjson.dumps(gauge._asdict(), option=orjson.OPT_UTC_Z))

    def _tell(self, device: str, told: _Told | None, writer: AreaWriter) -> None:
        before = self._told.get(device)
        writer.undo(lambda: _set(self._told, device, before))
        _set(self._told, device, told)
        key = _TOLD + device.encode()
        if told is None:
            writer.delete(key)
        else:
            writer.put(key, orjson.dumps(list(told)))


def _set(table: dict[str, Any], key: str, value: object) -> None:
    if value is None:
        table.pop(key, None)
    else:
        table[key] = value


def _what(signal: Signal) -> Literal["tide", "rain"] | None:
    """Which of the two a signal is about; most are about neither."""
    if signal.source != "sensors" or signal.category != "disaster":
        return None
    metric = signal.evidence.get("metric")
    return "tide" if metric == TIDE else "rain" if metric in WINDOWS else None
