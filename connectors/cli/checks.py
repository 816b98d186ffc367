"""What `ioc doctor` looks at in the configuration and on this machine; a check ends in a finding, never in an error."""

from __future__ import annotations

import os
import re
import shutil
import stat
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Final, Literal

import httpx

from connectors.audit import folder
from connectors.cli.classify_parts import load_lexicon, load_model
from connectors.cli.config import Configuration
from connectors.cli.errors import CommandError
from connectors.cli.gateway_client import gateway_url, token_path
from connectors.cli.province import ConfiguredProvince, load_province
from connectors.cli.tables import check
from connectors.cli.vaults import open_vault
from connectors.gateway.identity.table import ACCOUNTS_FILE
from connectors.gateway.keys import KeysFileError, keys_path, list_keys
from connectors.vault import Registry
from deploy.local import jars
from deploy.local.java import NoJavaError, runtime
from deploy.local.machine import FREE_BYTES
from ioc.catalog import Catalogue
from ioc.metrics import CATALOGUE_INFO
from ioc.mqtt import read_mapping
from ioc.privacy import VaultError
from ioc.settings import Settings
from ioc.tomlfile import ConfigError
from streams.secrets import PSEUDONYM_FILE

State = Literal["ok", "note", "wrong"]

_HTTP_TIMEOUT_S: Final = 3.0
_CLOCK_TOLERANCE_S: Final = 5.0
_VERSION: Final = re.compile(rf'^{re.escape(CATALOGUE_INFO.name)}{{version="([^"]*)"}} 1', re.MULTILINE)
_ROOMY_BYTES: Final = 4 * FREE_BYTES


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found.

    Attributes:
        part: What was looked at.
        state: ``ok``; ``note``: works, but somebody should know; ``wrong``: has to be put right.
        says: What is.
        advice: What to do; empty where nothing is to be done.

    """

    part: str
    state: State
    says: str
    advice: str = ""


def configuration(loaded: Configuration) -> list[Finding]:
    """The file that was read, and variables that set nothing."""
    read = str(loaded.file) if loaded.file else "environment and defaults; no ioc.toml"
    findings = [Finding("configuration", "ok", read)]
    advice = "if it is meant to, correct its name (--all shows the settings)"
    return findings + [Finding("configuration", "note", f"{name} sets nothing", advice) for name in loaded.ignored]


def province(settings: Settings) -> list[Finding]:
    """Whether the province's data can be used."""
    source = ConfiguredProvince(settings)
    try:
        found = check(source.read(), source.names)
        load_lexicon(settings)
        load_model(settings)
    except CommandError as error:
        return [Finding("province", "wrong", str(error), "correct the file, or IOC_PROVINCE__FOLDER")]
    if found.complaints or found.catalogue is None:
        return [Finding("province", "wrong", each.says, "correct the file") for each in found.complaints]
    catalogue = found.catalogue
    located = "by boundaries" if catalogue.has_boundaries else "by the nearest reference point"
    says = f"{catalogue.name_vi}: {len(catalogue.centres)} centres, {len(catalogue.communes)} communes, {located}"
    registered = devices(catalogue)
    if catalogue.has_boundaries:
        return [Finding("province", "ok", says), registered]
    advice = "a GeoJSON of the communes' boundaries in IOC_PROVINCE__BOUNDARIES locates more surely"
    return [Finding("province", "note", says, advice), registered]


def devices(catalogue: Catalogue) -> Finding:
    """What of the register's devices can be told: nobody misses a device without an interval."""
    known = catalogue.devices.values()
    if not known:
        advice = "a register in IOC_PROVINCE__DEVICES has their silence told"
        return Finding("devices", "note", "none is registered, so none is missed", advice)
    unwatched = sum(device.interval_s is None for device in known)
    nowhere = sum(device.commune is None and device.lat is None for device in known)
    says = f"{len(known)} registered, {len(known) - unwatched} are expected to speak regularly"
    if nowhere:
        advice = "with a position or a commune, their alerts go to the centre there"
        return Finding("devices", "note", f"{says}; {nowhere} have no place", advice)
    return Finding("devices", "ok", says)


def stations(settings: Settings) -> list[Finding]:
    """Whether the folder that stations upload to can be used; nothing where none is watched."""
    folder = settings.stations.folder
    if folder is None:
        return []
    advice = "create it, or correct IOC_STATIONS__FOLDER"
    if not folder.is_dir():
        return [Finding("stations", "wrong", f"{folder} is no folder", advice)]
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        # Handled files are moved out of it.
        return [Finding("stations", "wrong", f"{folder} cannot be read and written", "give this user the right to")]
    return [Finding("stations", "ok", f"files are taken from {folder}")]


def mqtt(settings: Settings) -> list[Finding]:
    """Whether the mapping of MQTT topics can be used; nothing where the bridge is off."""
    path = settings.mqtt.mapping
    if path is None:
        return []
    try:
        entries = read_mapping(path.read_bytes(), str(path))
    except (OSError, ConfigError) as error:
        return [Finding("mqtt", "wrong", str(error), "correct the file, or IOC_MQTT__MAPPING")]
    return [Finding("mqtt", "ok", f"{len(entries)} kinds of topics in {path}")]


def java(settings: Settings) -> list[Finding]:
    """What a broker of this machine needs; nothing if another cluster is configured."""
    if settings.kafka.bootstrap is not None:
        return []
    try:
        findings = [Finding("java", "ok", str(runtime()))]
    except NoJavaError as error:
        findings = [Finding("java", "wrong", str(error), "install it, or set IOC_KAFKA_BOOTSTRAP to a cluster")]
    cache = jars.default_cache()
    missing = sum(1 for jar in jars.pinned() if not jar.path(cache).is_file())
    if missing:
        says = f"{missing} of Kafka's jars are not here yet"
        findings.append(Finding("jars", "note", says, "the first `ioc up` downloads them (43 MB)"))
    else:
        findings.append(Finding("jars", "ok", f"Kafka {jars.KAFKA_VERSION} in {cache}"))
    return findings


def secret_files(loaded: Configuration) -> list[Finding]:
    """Files of secrets that others may read: a note, because containers mount them so for their one user."""
    return [
        Finding("secrets", "note", f"{path} may be read by others (mode {mode:o})", f"chmod 600 {path}")
        for path in loaded.secret_files
        if (mode := stat.S_IMODE(path.stat().st_mode)) & 0o077
    ]


def secrets(settings: Settings) -> list[Finding]:
    """Files that only their owner may read."""
    keys = keys_path(settings.home, settings.gateway.keys_file)
    findings = []
    accounts = settings.home / ACCOUNTS_FILE
    waiting = folder(settings.home).glob("*.json*")
    for path in (keys, token_path(settings), settings.home / PSEUDONYM_FILE, accounts, *waiting):
        try:
            mode = stat.S_IMODE(path.stat().st_mode)
        except OSError:
            continue
        if mode & 0o077:
            says = f"{path} may be read by others (mode {mode:o})"
            findings.append(Finding("secrets", "wrong", says, f"chmod 600 {path}"))
    try:
        known = list_keys(keys)
    except KeysFileError as error:
        return [*findings, Finding("keys", "wrong", str(error), "restore it, or delete it and make new keys")]
    now = datetime.now(UTC)
    holding = sum(1 for key in known if key.holds(now))
    if not holding:
        return [*findings, Finding("keys", "note", f"no key holds in {keys}", "`ioc up` or `ioc keys new` makes one")]
    return [*findings, Finding("keys", "ok", f"{holding} of {len(known)} keys hold, in {keys}")]


def vault(settings: Settings) -> list[Finding]:
    """Whether personal values are sealed, and whether the vault can be used and read by its owner only."""
    try:
        opened = open_vault(settings, writes=True)
    except CommandError as error:
        return [Finding("vault", "wrong", str(error), "correct the keys")]
    if opened is None:
        says = "none: contact data lies in clear in ioc.raw.reports for its retention"
        return [Finding("vault", "note", says, "IOC_PRIVACY__VAULT_KEY has the gateway seal it")]
    path = opened.table.path
    findings = [
        Finding("vault", "wrong", f"{each} may be read by others (mode {mode:o})", f"chmod 600 {each}")
        for each in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm"))
        if each.exists() and (mode := stat.S_IMODE(each.stat().st_mode)) & 0o077
    ]
    try:
        status = Registry(opened).status()
    except VaultError as error:
        return [*findings, Finding("vault", "wrong", str(error), "reports are answered with 503 until it is back")]
    finally:
        opened.table.close()
    says = f"{status.living} keys, {status.erased} erased, in {path}"
    if status.older:
        says += f"; {status.older} are wrapped with an earlier master key"
        return [*findings, Finding("vault", "note", says, "`ioc privacy rewrap`, then remove the earlier keys")]
    return [*findings, Finding("vault", "ok", says)]


def disk(settings: Settings) -> list[Finding]:
    """Room under the home folder, and whether it can be written."""
    folder = settings.home.absolute()
    while not folder.exists():
        folder = folder.parent
    if not os.access(folder, os.W_OK):
        return [Finding("disk", "wrong", f"{folder} cannot be written", "give it to this user, or set IOC_HOME")]
    free = shutil.disk_usage(folder).free
    says = f"{free / 1e9:.1f} GB free for {settings.home.absolute()}"
    if free < FREE_BYTES:
        return [
            Finding("disk", "wrong", says, f"Kafka stops for good when it runs out: free {FREE_BYTES / 1e9:.1f} GB")
        ]
    if free < _ROOMY_BYTES:
        return [Finding("disk", "note", says, "raw topics keep two to seven days: plan for more")]
    return [Finding("disk", "ok", says)]


def clock(apart_s: float | None) -> list[Finding]:
    """Whether this machine's clock can be right: events from its future are rejected.

    Args:
        apart_s: How far the gateway's clock is from this one at least, seconds; none: it did not say.

    """
    now = datetime.now(UTC)
    newest = max(path.stat().st_mtime for path in Path(__file__).parent.iterdir())
    if now.timestamp() < newest - 60:
        says = f"{now:%Y-%m-%d %H:%M} UTC is before this program was installed"
        return [Finding("clock", "wrong", says, "set the clock, or let it be set (NTP)")]
    if apart_s is not None and apart_s > _CLOCK_TOLERANCE_S:
        says = f"{apart_s:.0f} s off the gateway's"
        return [Finding("clock", "wrong", says, "let both be set by NTP")]
    zone = time.strftime("%Z")
    return [Finding("clock", "ok", f"{now:%Y-%m-%d %H:%M:%S} UTC, local zone {zone}")]


async def gateway(settings: Settings, client: httpx.AsyncClient) -> tuple[list[Finding], float | None]:
    """Whether the gateway takes events, and how far its clock is from this one at least, seconds."""
    url = gateway_url(settings)
    asked = datetime.now(UTC)
    try:
        response = await client.get(f"{url}/readyz", timeout=_HTTP_TIMEOUT_S)
    except httpx.TransportError as error:
        says = f"no answer at {url} ({type(error).__name__})"
        return [Finding("gateway", "wrong", says, "`ioc up` or `ioc gateway` starts it")], None
    peer = response.headers.get("Date")
    apart_s = _apart_s(asked, parsedate_to_datetime(peer), datetime.now(UTC)) if peer else None
    if response.status_code == httpx.codes.OK:
        return [Finding("gateway", "ok", f"ready at {url}")], apart_s
    waiting = ", ".join(map(str, _json(response).get("waiting_for", ()))) or f"HTTP {response.status_code}"
    return [Finding("gateway", "wrong", f"not ready at {url}: {waiting}", "it goes on when that is there")], apart_s


def _apart_s(asked: datetime, said: datetime, answered: datetime) -> float:
    """Seconds between a clock and the nearest moment at which it can have been read: an answer may take its time."""
    return max((asked - said).total_seconds(), (said - answered).total_seconds(), 0.0)


async def workers(settings: Settings, client: httpx.AsyncClient) -> list[Finding]:
    """Whether the workers that `ioc up` would start are ready, and decide by the catalogue that the files hold."""
    worker = settings.worker
    host = worker.metrics_host if worker.metrics_host not in {"0.0.0.0", "::", ""} else "127.0.0.1"
    if not worker.metrics_port:
        return [Finding("worker", "note", "metrics ports are chosen freely, so workers cannot be asked")]
    findings = []
    for number in range(worker.count):
        url = f"http://{host}:{worker.metrics_port + number}"
        part = "worker" if worker.count == 1 else f"worker {number}"
        try:
            response = await client.get(f"{url}/readyz", timeout=_HTTP_TIMEOUT_S)
        except httpx.TransportError as error:
            says = f"no answer at {url} ({type(error).__name__})"
            findings.append(Finding(part, "wrong", says, "`ioc up` or `ioc worker` starts it"))
            continue
        if response.status_code == httpx.codes.OK:
            findings += [Finding(part, "ok", f"ready at {url}"), *await _catalogue(settings, client, part, url)]
        else:
            trouble = "; ".join(map(str, _json(response).get("trouble", ()))) or f"HTTP {response.status_code}"
            findings.append(Finding(part, "wrong", f"not ready at {url}: {trouble}", "its log says more"))
    return findings


async def _catalogue(settings: Settings, client: httpx.AsyncClient, part: str, url: str) -> list[Finding]:
    """Whether a worker decides by another catalogue than the files hold; what is wrong with these is told elsewhere."""
    try:
        held = load_province(settings).version
        text = (await client.get(f"{url}/metrics", timeout=_HTTP_TIMEOUT_S)).text
    except (CommandError, httpx.TransportError):
        return []
    shown = _VERSION.search(text)
    if shown is None or shown[1] == held:
        return []
    says = f"decides by catalogue {shown[1]}, the files hold {held}"
    advice = "a change takes some seconds; its log says what was refused, and what needs a restart of every process"
    return [Finding(part, "note", says, advice)]


def _json(response: httpx.Response) -> dict[str, list[object]]:
    try:
        decoded = response.json()
    except ValueError:
        return {}
    return decoded if isinstance(decoded, dict) else {}
