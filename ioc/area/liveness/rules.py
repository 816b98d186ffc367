"""When a device is silent and what is made of it, read from a province's ``liveness.toml``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, cast, get_args

from ioc.tomlfile import Table, read_toml
from ioc.vocabulary import SEVERITIES, SEVERITY_RANK, Severity

Common = Literal["collector", "upstream", "site"]
COMMON: Final[tuple[Common, ...]] = ("collector", "upstream", "site")
"""What devices may have in common that can fail as a whole: columns of the register."""

FaultState = Literal["silent", "faulty", "maintenance", "stuck"]
FAULT_STATES: Final[tuple[FaultState, ...]] = get_args(FaultState)
"""What a fault may make of a device, see ``ioc_devices``."""

_MS: Final = 1000


@dataclass(frozen=True, slots=True)
class LivenessRules:
    """Limits; times in milliseconds.

    Attributes:
        version: Goes into the versions of every signal.
        multiple: Intervals without news after which a device is silent.
        settle_ms: Between that and its signal.
        patience_ms: How much longer a device waits where it is open what failed behind it.
        recover: Intervals over which a device has to be heard until it is back; half of one is forgiven.
        gap_ms: Without an account of a partition for longer, its source is not listened to; so too where it is
            further behind.
        grace_ms: How long listening has to hold after a gap before silence counts.
        checkpoint_ms: Between two writings of what was heard.
        least: Silent devices that it takes to find what they have in common.
        missed: Messages that the other devices have to owe together.
        common: Severity by what has failed.
        area_share: Share of an area's devices beyond which it is the area.
        area_clear_share: Share up to which that is over.
        area_least: Silent devices that it takes.
        area_severity: Of that.
        device_severity: Of one device.
        tag_severities: The same by tag, where a tag makes it graver.
        maintenance_ms: A device that says for longer that it is under maintenance is judged like any other.
        faults: State of a device by the word for its fault; another word means ``faulty``.
        source: Where the multiple comes from, for texts.

    """

    version: str
    multiple: float
    settle_ms: int
    patience_ms: int
    recover: float
    gap_ms: int
    grace_ms: int
    checkpoint_ms: int
    least: int
    missed: float
    common: Mapping[Common, Severity]
    area_share: float
    area_clear_share: float
    area_least: int
    area_severity: Severity
    device_severity: Severity
    tag_severities: Mapping[str, Severity]
    maintenance_ms: int
    faults: Mapping[str, FaultState]
    source: str

    def device(self, tags: tuple[str, ...]) -> Severity:
        """Severity of a device's silence."""
        severities = (self.tag_severities.get(tag, self.device_severity) for tag in tags)
        return min((self.device_severity, *severities), key=SEVERITY_RANK.__getitem__)


def load_liveness(raw: bytes, file: str = "liveness.toml") -> LivenessRules:
    """Read and check the rules.

    Args:
        raw: Content of the file.
        file: Name that complaints give.

    Raises:
        ConfigError: a key is missing, misspelt, contradictory or can never have an effect; names file, line and key.

    """
    root = read_toml(raw, file)
    version = root.text("version")
    silence = root.table("silence")
    multiple = silence.number("multiple")
    if multiple <= 1:
        raise silence.error("must be more than 1: nobody is silent within an interval", "multiple")
    settle_ms, patience_ms = _ms(silence, "settle_s"), _ms(silence, "patience_s")
    recover = silence.number("recover", low=1.0)
    source = _sourced(silence)
    listening = root.table("listening")
    gap_ms, grace_ms, checkpoint_ms = (_ms(listening, key) for key in ("gap_s", "grace_s", "checkpoint_s"))
    if gap_ms < _MS:
        raise listening.error("must be at least 1: partitions give account once a second", "gap_s")
    _sourced(listening)
    common = root.table("common")
    least = _least(common)
    missed = common.number("missed", low=0.0)
    severities = common.table("severity")
    by_common = {name: _severity(severities, name) for name in COMMON}
    severities.done()
    _sourced(common)
    area = root.table("area")
    share, clear_share = area.number("share", low=0.0), area.number("clear_share", low=0.0)
    if share >= 1:
        raise area.error("must be below 1: more than all are never silent", "share")
    if clear_share >= share:
        raise area.error("must be below `share`, or what begins is over at once", "clear_share")
    area_least, area_severity = _least(area), _severity(area, "severity")
    _sourced(area)
    device = root.table("device")
    device_severity = _severity(device, "severity")
    tags = device.table("tags")
    by_tag = {tag: _severity(tags, tag) for tag in tags.keys()}  # noqa: SIM118  # a table of ours, no mapping
    for tag, severity in by_tag.items():
        if SEVERITY_RANK[severity] >= SEVERITY_RANK[device_severity]:
            raise tags.error("must be graver than the severity of any device, or it has no effect", tag)
    _sourced(device)
    maintenance = root.table("maintenance")
    maintenance_ms = _ms(maintenance, "longest_s")
    _sourced(maintenance)
    words = root.table("faults")
    faults = {word: cast("FaultState", words.choice(word, FAULT_STATES)) for word in words.keys()}  # noqa: SIM118
    words.done()
    root.done()
    return LivenessRules(
        version, multiple, settle_ms, patience_ms, recover, gap_ms, grace_ms, checkpoint_ms, least, missed, by_common,
        share, clear_share, area_least, area_severity, device_severity, by_tag, maintenance_ms, faults, source,
    )  # fmt: skip


def _ms(table: Table, key: str) -> int:
    return round(table.number(key, low=0.0) * _MS)


def _least(table: Table) -> int:
    """One device alone is no group."""
    return int(table.number("least", low=2.0))


def _severity(table: Table, key: str) -> Severity:
    return cast("Severity", table.choice(key, SEVERITIES))


def _sourced(table: Table) -> str:
    """Every table says where its figures are from, and nothing in it is left over."""
    source = table.text("source")
    table.day("date")
    table.done()
    return source
