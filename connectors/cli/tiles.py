"""Where the console's map may get pictures from: what the page's policy has to allow."""

from __future__ import annotations

from urllib.parse import urlsplit

from ioc.settings import MapSettings


def tile_sources(settings: MapSettings) -> list[str]:
    """Origins of the map's tiles for a Content Security Policy; none where there are no tiles.

    Servers that are told apart by the part ``{s}`` of the address are all that lie under the rest of the name.
    """
    if settings.tiles_url is None:
        return []
    parts = urlsplit(settings.tiles_url)
    host = parts.netloc.rpartition("@")[2]
    if "{s}" in host:
        host = "*." + host.partition(".")[2]
    return [f"{parts.scheme}://{host}"]
