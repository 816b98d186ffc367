"""What the page's policy allows of the map's tiles."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from connectors.cli.tiles import tile_sources
from connectors.console import Site
from ioc.settings import MapSettings


def sources(url: str | None) -> list[str]:
    return tile_sources(MapSettings(tiles_url=url))


def test_without_tiles_pictures_come_from_the_gateway_alone() -> None:
    assert sources(None) == []
    assert "img-src 'self' data: blob:;" in Site().policy


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://tiles.example.vn/{z}/{x}/{y}.png", "https://tiles.example.vn"),
        ("http://10.0.0.5:8081/styles/{z}/{x}/{y}.png?key=k", "http://10.0.0.5:8081"),
        ("https://{s}.tile.example.vn/{z}/{x}/{y}.png", "https://*.tile.example.vn"),
        ("https://tile-{s}.example.vn/{z}/{x}/{y}.png", "https://*.example.vn"),
        ("https://user:word@tiles.example.vn/{z}/{x}/{y}.png", "https://tiles.example.vn"),
    ],
)
def test_the_policy_names_the_server_of_the_tiles_and_no_more(url: str, origin: str) -> None:
    assert sources(url) == [origin]
    assert f"img-src 'self' data: blob: {origin};" in Site(sources(url)).policy


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "https://a.vn/ ; script-src *", "https://a.vn/'x", "ftp://a.vn/{z}"]
)
def test_what_would_open_the_policy_is_no_address_of_tiles(url: str) -> None:
    with pytest.raises(ValidationError):
        MapSettings(tiles_url=url)
