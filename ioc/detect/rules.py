"""All limits of a province, read from its ``thresholds.toml`` and compiled for the detectors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import tzinfo
from types import MappingProxyType
from typing import Final

from ioc.catalog.devices import Device
from ioc.detect.air_limits import AirRules, read_air_rules
from ioc.detect.bts import BtsRules, read_bts_rules
from ioc.detect.cameras import CameraRules, read_camera_rules
from ioc.detect.faults import FaultRules, read_fault_rules
from ioc.detect.gate_rules import GateRules, read_gate_rules
from ioc.detect.instrument import InstrumentRules, read_instrument_rules
from ioc.detect.lateness import Lateness, read_lateness
from ioc.detect.missing import MissingRules, read_missing_rules
from ioc.detect.rain import RainRules, read_rain_rules
from ioc.detect.security import SecurityRules, read_security_rules
from ioc.detect.sensors import SensorRules, read_sensor_rules
from ioc.detect.traffic import LevelOfService, read_level_of_service
from ioc.tomlfile import read_toml

NO_DEVICES: Final[Mapping[str, Device]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Rules:
    """Limits of every source; ``version`` goes into the versions of what they decide."""

    version: str
    lateness: Lateness
    sensors: SensorRules
    rain: RainRules
    missing: MissingRules
    cameras: CameraRules
    faults: FaultRules
    bts: BtsRules
    gate: GateRules
    security: SecurityRules
    instruments: InstrumentRules
    air: AirRules
    roads: LevelOfService


def load_rules(
    raw: bytes, zone: tzinfo, file: str = "thresholds.toml", *, devices: Mapping[str, Device] = NO_DEVICES
) -> Rules:
    """Read and check a province's limits.

    Args:
        raw: Content of the file.
        zone: The province's time zone: limits by hour mean local hours, and texts give local time.
        file: Name that complaints give.
        devices: The register: which limit sets apply to which device.

    Raises:
        ConfigError: a key is missing, misspelt, contradictory or can never have an effect; names file, line and key.

    """
    root = read_toml(raw, file)
    sensors = read_sensor_rules(root, zone, devices)
    cameras = read_camera_rules(root, zone)
    rules = Rules(
        version=root.text("version"),
        lateness=read_lateness(root),
        sensors=sensors,
        rain=read_rain_rules(root),
        missing=read_missing_rules(root, zone),
        cameras=cameras,
        faults=read_fault_rules(root, cameras),
        bts=read_bts_rules(root),
        gate=read_gate_rules(root),
        security=read_security_rules(root, zone),
        instruments=read_instrument_rules(root, sensors),
        air=read_air_rules(root, zone),
        roads=read_level_of_service(root, sensors.covers),
    )
    root.done()
    return rules
