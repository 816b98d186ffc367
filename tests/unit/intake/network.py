"""Base stations with a clock that tests turn, on the engine's own state."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from ioc.catalog import Device
from ioc.detect import Finding
from ioc.events.bts import Alarm, AlarmSeverity, Bts, MeasuredBy, SiteState, Technology
from ioc.intake.companion import Notice
from ioc.intake.sites import SiteWatch
from tests.unit.detect.support import NOON, after, rules
from tests.unit.intake.store import Changelog

SITE = "QN-0001"
_STEP_MS = 30_000
"""Between two ticks at most: a worker that pauses for longer did not listen."""


def sample(
    minutes: float = 0,
    state: SiteState | None = None,
    rsrp: float | None = None,
    *,
    sinr: float | None = None,
    users: int | None = None,
    alarm: AlarmSeverity | None = None,
    alarm_id: str | None = None,
    problem: str | None = None,
    raised: float | None = None,
    technology: Technology = "4G",
    site: str = SITE,
    operator: str = "viettel",
    interval_s: float | None = None,
    measured_by: MeasuredBy | None = None,
    place: tuple[float, float] | None = None,
) -> Bts:
    """A sample ``minutes`` after noon."""
    lat, lon = place or (None, None)
    raised_at = None if raised is None else after(raised)
    return Bts(
        site_id=site, operator=operator, technology=technology, observed_at=after(minutes), state=state,
        rsrp_dbm=rsrp, sinr_db=sinr, users=users, lat=lat, lon=lon, interval_s=interval_s, measured_by=measured_by,
        alarm=Alarm(severity=alarm, id=alarm_id, problem=problem, raised_at=raised_at) if alarm else None,
    )  # fmt: skip


def device(name: str = SITE, interval_s: float | None = None, upstream: str | None = None, **more: object) -> Device:
    """A base station of the register."""
    fields: dict[str, object] = {
        "id": name, "source": "bts", "kind": "base-station", "name": name, "lat": 20.95, "lon": 107.08,
        "commune": None, "interval_s": interval_s, "collector": None, "limit_sets": (), "operator": "viettel",
        "technologies": ("4G",), "upstream": upstream, "site": None, "tags": (), "synthetic": False,
    }  # fmt: skip
    return Device(**{**fields, **more})  # type: ignore[arg-type]


class Network:
    """One partition's sites, and a clock that goes as far as what arrives; it ticks all the time."""

    def __init__(
        self, devices: Iterable[Device] = (), *, changelog: Changelog | None = None, started: float = -60
    ) -> None:
        self._devices: Mapping[str, Device] = {each.id: each for each in devices}
        self.changelog = changelog or Changelog()
        self.state = self.changelog.recover()
        self.watch = SiteWatch(rules().bts, self._devices, self.state, checkpoint=timedelta(seconds=30))
        self.findings: list[Finding] = []
        self.at: list[datetime] = []
        self.notices: list[Notice] = []
        self._now_ms = 0
        self.tick(started)

    def take(self, one: Bts) -> None:
        """Take in a sample that waited in Kafka since it was made."""
        at_s = one.observed_at.timestamp()
        assert self.watch.take(one, at_s, round(at_s * 1000)) is None
        self.watch.flush(0)
        self.commit()

    def send(self, *samples: Bts, arrives: float | None = None) -> list[Finding]:
        """Take in a batch; each sample arrives when it was made, or all of them later. Returns what is new."""
        known = len(self.findings)
        for one in samples:
            at_s = one.observed_at.timestamp()
            arrived_ms = round((at_s if arrives is None else after(arrives).timestamp()) * 1000)
            if arrived_ms > self._now_ms:
                self.tick((arrived_ms / 1000 - NOON.timestamp()) / 60)
            found = self.watch.take(one, at_s, arrived_ms)
            if found is not None:
                self.findings.append(found)
                self.at.append(one.observed_at)
        self.watch.flush(0)
        self.commit()
        self._tick()
        return self.findings[known:]

    def tick(self, minutes: float) -> list[Finding]:
        """Let the clock show this many minutes after noon. Returns what is new."""
        known = len(self.findings)
        until_ms = round(after(minutes).timestamp() * 1000)
        while self._now_ms and self._now_ms + _STEP_MS < until_ms:
            self._now_ms += _STEP_MS
            self._tick()
        self._now_ms = max(self._now_ms, until_ms)
        self._tick()
        return self.findings[known:]

    def _tick(self) -> None:
        for notice in self.watch.tick(self._now_ms):
            self.notices.append(notice)
            self.findings.append(notice.finding)
            self.at.append(notice.at)
        self.commit()

    def commit(self) -> None:
        self.changelog.commit(self.state)

    def restarted(self, started: float = -60) -> Network:
        """Another worker that takes the partition over."""
        return Network(self._devices.values(), changelog=self.changelog, started=started)

    @property
    def told(self) -> list[tuple[str, str]]:
        """Rule and severity of all that was said."""
        return outline(self.findings)


def outline(findings: Iterable[Finding]) -> list[tuple[str, str]]:
    return [(finding.rule_id, finding.severity) for finding in findings]


def minutes_of(at: datetime) -> float:
    return (at - NOON) / timedelta(minutes=1)
