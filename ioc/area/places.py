"""Names of a province's places, and which stations serve them: what an outage is weighed by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ioc.catalog import Catalogue
from ioc.catalog.hamlets import serving


@dataclass(frozen=True, slots=True)
class Served:
    """A commune or hamlet with the stations that serve it.

    Attributes:
        name: As operators call it.
        sites: Technologies of each station by its id; empty: not known, any loss is the station's.
        population: People who live there, where that is known.

    """

    name: str
    sites: Mapping[str, frozenset[str]]
    population: int | None = None


@dataclass(frozen=True, slots=True)
class Places:
    """What an outage needs to know of the province; without a register of stations nothing is ever without any.

    Attributes:
        communes: Name of each commune by code.
        centres: Name of each centre by code.
        served: Communes and hamlets with stations.

    """

    communes: Mapping[str, str]
    centres: Mapping[str, str]
    served: Sequence[Served] = field(default=())


def places_of(catalogue: Catalogue, reach_km: float) -> Places:
    """From the catalogue: communes with the stations of the register that stand in them, and hamlets, if it has any.

    Args:
        catalogue: The province's.
        reach_km: How far a station is taken to reach a hamlet.

    """
    sites: dict[str, dict[str, frozenset[str]]] = {}
    for device in catalogue.devices.values():
        if device.source == "bts":
            where = catalogue.locate_device(device.id, device.lat, device.lon)
            sites.setdefault(device.commune or where.commune, {})[device.id] = frozenset(device.technologies)
    names = {code: commune.name for code, commune in catalogue.communes.items()}
    communes = [Served(names[code], found) for code, found in sorted(sites.items()) if code in names]
    hamlets = [
        Served(
            f"{hamlet.name} ({names.get(hamlet.commune, hamlet.commune)})",
            {site.id: frozenset(site.technologies) for site in near},
            hamlet.population or None,
        )
        for hamlet, near in serving(catalogue.hamlets, catalogue.devices.values(), reach_km)
    ]
    return Places(names, {code: centre.name for code, centre in catalogue.centres.items()}, [*communes, *hamlets])
