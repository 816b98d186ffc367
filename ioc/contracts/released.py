"""The schemas of versions that were released: what later ones are compared with."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import orjson


def released() -> tuple[str, dict[str, dict[str, Any]]]:
    """The newest released version, and its schemas by name."""
    folder = files("ioc.contracts") / "data"
    newest = max(
        (each.name.removesuffix(".json") for each in folder.iterdir() if each.name.endswith(".json")), key=_order
    )
    schemas: dict[str, dict[str, Any]] = orjson.loads((folder / f"{newest}.json").read_bytes())
    return newest, schemas


def _order(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
