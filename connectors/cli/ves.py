"""Loads where things stand in VES events: apart from the province, for the gateway alone needs the validator."""

from __future__ import annotations

from connectors.cli.errors import Misconfigured
from connectors.cli.province import province_files
from ioc.settings import Settings
from ioc.tomlfile import ConfigError
from ioc.ves import VesMapping, load_ves_mapping


def load_ves(settings: Settings) -> VesMapping:
    """Where things stand in VES events.

    Raises:
        Misconfigured: with file, line, key and reason.

    """
    try:
        return load_ves_mapping(province_files(settings)["ves.toml"])
    except ConfigError as error:
        raise Misconfigured(f"the province's data cannot be used: {error}") from None
