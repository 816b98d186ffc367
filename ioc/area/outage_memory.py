"""All that the owner knows of lost stations, outages and complaints, with its look-ups and its undo."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final

from ioc.area.detector import AreaWriter
from ioc.area.outage_state import Complaint, Outage, Site, decode, encode
from ioc.area.places import Places

PREFIX: Final = b"outage/"
_SITE: Final = PREFIX + b"site/"
_OUTAGE: Final = PREFIX + b"area/"
_COMPLAINT: Final = PREFIX + b"said/"
_LAST: Final = "\U0010ffff"
"""Behind every key."""


class OutageMemory:
    """Three tables, each changed by one method that is its own inverse with other arguments; look-ups follow them."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._sites: dict[str, Site] = {}
        self._outages: dict[str, Outage] = {}
        self._open: dict[str, dict[str, None]] = {}
        self._complaints: dict[str, Complaint] = {}
        self._members: dict[str, list[tuple[datetime, str]]] = {}
        self._loose: dict[str, dict[str, None]] = {}
        self._back: dict[str, None] = {}
        self._serves: dict[str, list[int]] = {}
        for number, served in enumerate(places.served):
            for site_id in served.sites:
                self._serves.setdefault(site_id, []).append(number)
        self._dead: dict[int, set[str]] = {}

    @property
    def sites(self) -> Mapping[str, Site]:
        """Lost stations, and those that are back, by key."""
        return self._sites

    @property
    def outages(self) -> Mapping[str, Outage]:
        """Outages by key, those that are over too."""
        return self._outages

    @property
    def complaints(self) -> Mapping[str, Complaint]:
        """Complaints and suspicions by signal id."""
        return self._complaints

    @property
    def back(self) -> list[Site]:
        """Stations that are back."""
        return [self._sites[key] for key in self._back]

    def members(self, outage: str) -> list[Site]:
        """Stations of an outage, by when they were lost, then by key: the order of arrival plays no part."""
        return [self._sites[key] for _, key in self._members.get(outage, ())]

    def first(self, outage: str) -> Site:
        """The first of :meth:`members`."""
        return self._sites[self._members[outage][0][1]]

    def count(self, outage: str) -> int:
        """How many stations an outage has."""
        return len(self._members.get(outage, ()))

    def together(self, outage: str, at: datetime, span: timedelta) -> list[Site]:
        """Stations of an outage that were lost around an instant, in the order of :meth:`members`."""
        members = self._members.get(outage, [])
        found = members[bisect_left(members, (at - span, "")) : bisect_right(members, (at + span, _LAST))]
        return [self._sites[key] for _, key in found]

    def loose(self, area: str) -> list[Site]:
        """Stations of an area that are out and belong to no outage, in order of their keys."""
        return [self._sites[key] for key in sorted(self._loose.get(area, ()))]

    def all_loose(self, since: datetime, until: datetime, *, made: bool) -> list[Site]:
        """Stations of the whole province that are out, belong to no outage and were lost in a span of time."""
        sites = (self._sites[key] for keys in self._loose.values() for key in keys)
        found = [site for site in sites if site.made is made and since <= site.lost_at <= until]
        return sorted(found, key=lambda site: site.key)

    def open(self, area: str | None = None) -> list[Outage]:
        """Outages that go on, of one area or of all, by key."""
        open_ = self._open
        keys = (key for names in open_.values() for key in names) if area is None else open_.get(area, ())
        return [self._outages[key] for key in sorted(keys)]

    def closed(self, area: str) -> list[Outage]:
        """Outages of an area that are over, by key."""
        found = (self._outages[key] for key in sorted(self._outages))
        return [each for each in found if each.over and each.area == area]

    def out(self, *, made: bool) -> int:
        """Stations that are out and belong to an outage, in the whole province."""
        members = (key for each in self.open() if each.made is made for _, key in self._members.get(each.key, ()))
        return sum(self._sites[key].back_at is None for key in members)

    def dark(self, site_id: str) -> Iterator[str]:
        """Names of communes and hamlets that a station serves and where no station is left."""
        for number in self._serves.get(site_id, ()):
            served = self._places.served[number]
            if len(self._dead.get(number, ())) == len(served.sites):
                yield served.name

    def population(self, name: str) -> int:
        """People of a commune or hamlet; 0 where that is not known."""
        return next((each.population or 0 for each in self._places.served if each.name == name), 0)

    def load(self, key: bytes, value: bytes) -> None:
        """Take over one stored entry.

        Raises:
            ValueError: it is damaged.

        """
        if key.startswith(_SITE):
            self._set_site(key[len(_SITE) :].decode(), decode(Site, value))
        elif key.startswith(_OUTAGE):
            self._set_outage(key[len(_OUTAGE) :].decode(), decode(Outage, value))
        elif key.startswith(_COMPLAINT):
            self._set_complaint(key[len(_COMPLAINT) :].decode(), decode(Complaint, value))

    def put_site(self, site: Site, writer: AreaWriter) -> None:
        """Remember a station."""
        old = self._sites.get(site.key)
        self._set_site(site.key, site)
        writer.undo(lambda: self._set_site(site.key, old))
        writer.put(_SITE + site.key.encode(), encode(site))

    def forget_site(self, key: str, writer: AreaWriter) -> None:
        """Forget a station."""
        old = self._sites[key]
        self._set_site(key, None)
        writer.undo(lambda: self._set_site(key, old))
        writer.delete(_SITE + key.encode())

    def put_outage(self, outage: Outage, writer: AreaWriter) -> None:
        """Remember an outage."""
        old = self._outages.get(outage.key)
        self._set_outage(outage.key, outage)
        writer.undo(lambda: self._set_outage(outage.key, old))
        writer.put(_OUTAGE + outage.key.encode(), encode(outage))

    def forget_outage(self, key: str, writer: AreaWriter) -> None:
        """Forget an outage."""
        old = self._outages[key]
        self._set_outage(key, None)
        writer.undo(lambda: self._set_outage(key, old))
        writer.delete(_OUTAGE + key.encode())

    def put_complaint(self, complaint: Complaint, writer: AreaWriter) -> None:
        """Remember a complaint."""
        old = self._complaints.get(complaint.signal_id)
        self._set_complaint(complaint.signal_id, complaint)
        writer.undo(lambda: self._set_complaint(complaint.signal_id, old))
        writer.put(_COMPLAINT + complaint.signal_id.encode(), encode(complaint))

    def forget_complaint(self, signal_id: str, writer: AreaWriter) -> None:
        """Forget a complaint."""
        old = self._complaints[signal_id]
        self._set_complaint(signal_id, None)
        writer.undo(lambda: self._set_complaint(signal_id, old))
        writer.delete(_COMPLAINT + signal_id.encode())

    def _set_site(self, key: str, new: Site | None) -> None:
        old = self._sites.pop(key, None)
        if old is not None:
            self._unfile(key, old)
        if new is not None:
            self._sites[key] = new
            self._file(key, new)

    def _file(self, key: str, site: Site) -> None:
        if site.outage is not None:
            insort(self._members.setdefault(site.outage, []), (site.lost_at, key))
        elif site.back_at is None:
            self._loose.setdefault(site.area, {})[key] = None
        if site.back_at is not None:
            self._back[key] = None
        for number in self._serves.get(site.site_id, ()):
            if site.dead and self._places.served[number].sites[site.site_id] <= set(site.dead):
                self._dead.setdefault(number, set()).add(site.site_id)

    def _unfile(self, key: str, site: Site) -> None:
        if site.outage is not None:
            members = self._members[site.outage]
            del members[bisect_left(members, (site.lost_at, key))]
            if not members:
                del self._members[site.outage]
        elif site.back_at is None:
            del self._loose[site.area][key]
            if not self._loose[site.area]:
                del self._loose[site.area]
        if site.back_at is not None:
            del self._back[key]
        for number in self._serves.get(site.site_id, ()):
            self._dead.get(number, set()).discard(site.site_id)

    def _set_outage(self, key: str, new: Outage | None) -> None:
        old = self._outages.pop(key, None)
        if old is not None and not old.over:
            del self._open[old.area][key]
        if new is not None:
            self._outages[key] = new
            if not new.over:
                self._open.setdefault(new.area, {})[key] = None

    def _set_complaint(self, signal_id: str, new: Complaint | None) -> None:
        if new is None:
            self._complaints.pop(signal_id, None)
        else:
            self._complaints[signal_id] = new
