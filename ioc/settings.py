"""The one configuration tree. Pure data: who loads it (environment, ``ioc.toml``) is the command line's business.

Every field is set by ``IOC_<SECTION>__<FIELD>`` in the environment, or in the section of the same name of
``ioc.toml``; short forms exist for what everybody sets: ``IOC_HOME``, ``IOC_KAFKA_BOOTSTRAP`` and
``IOC_DATABASE_URL``.
"""

from __future__ import annotations

from datetime import time
from ipaddress import ip_network
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from ioc.roles import ROLES


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class KafkaSettings(_Section):
    """Which cluster, and how to speak to it."""

    bootstrap: str | None = Field(None, description="host:port,…; empty: `ioc up` runs its own broker")
    port: int = Field(9092, ge=1, le=65535, description="port of the broker that `ioc up` runs")
    partitions: int = Field(4, ge=1, le=256, description="partitions of a newly created topic")
    replication: int = Field(1, ge=1, le=9, description="replicas of a newly created topic; 3 in production")
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "SCRAM-SHA-512"
    sasl_username: str | None = None
    sasl_password: SecretStr | None = None
    ssl_cafile: Path | None = None
    ssl_certfile: Path | None = None
    ssl_keyfile: Path | None = None


class ProvinceSettings(_Section):
    """Whose data."""

    folder: Path | None = Field(
        None, description="folder of the province's data files; empty: <home>/province, else the shipped one"
    )
    boundaries: Path | None = Field(
        None, description="GeoJSON of commune polygons (property `code`); empty: nearest reference point"
    )
    devices: Path | None = Field(
        None, description="register of devices (CSV); empty: `devices.csv` of the province's folder, if it has one"
    )
    routes: Path | None = Field(
        None,
        description="routes to units (YAML), reread when it changes; empty: `routes.yaml` of the province's folder",
    )
    paging: Path | None = Field(
        None,
        description="escalation, updates, limits (YAML), reread when it changes; empty: `paging.yaml` of the folder",
    )


class GatewaySettings(_Section):
    """The HTTP edge."""

    host: str = "127.0.0.1"
    port: int = Field(8080, ge=0, le=65535)
    keys_file: Path | None = Field(None, description="hashed API keys; empty: <home>/keys.json")
    max_body_bytes: int = Field(1_048_576, ge=1024, description="larger request bodies are refused with 413")
    ves_max_body_bytes: int = Field(2_097_152, ge=1024, description="the same for VES, whose standard allows 2 MB")
    max_batch_items: int = Field(1000, ge=1, description="more items in one request are refused with 413")
    rate_per_key: float = Field(2000.0, gt=0, description="items per second and key before 429")
    kafka_timeout_s: float = Field(10.0, gt=0, description="longest wait for Kafka before 503")
    photo_hosts: tuple[str, ...] = Field(
        (), description="hosts that `photos` of reports may lie on (.example.vn: all below it); empty: every one"
    )
    attachments_per_hour: float = Field(120.0, gt=0, description="pictures an hour and key before 429")
    attachment_bytes_per_hour: float = Field(300_000_000.0, gt=0, description="bytes of pictures an hour and key")
    attachments_max_bytes: int = Field(
        20_000_000_000, ge=1_000_000, description="room for pictures under <home>/attachments; full: 507"
    )
    session_hours: float = Field(8.0, gt=0, le=24, description="how long a person stays signed in: a shift")
    secure_cookie: bool = Field(True, description="session cookies go over HTTPS, or to this machine, only")


class BucketEndpoint(_Section):
    """Where a store of objects answers."""

    host_and_port: str
    secure: bool


class PhotoBucketSettings(_Section):
    """A bucket of S3, or of what speaks as S3 does, for uploaded pictures instead of a folder."""

    url: str | None = Field(
        None,
        pattern=r"^https?://[A-Za-z0-9.-]+(:\d{1,5})?$",
        description="https://host[:port] of the store; empty: pictures lie under <home>/attachments",
    )
    bucket: str = Field("ioc-attachments", min_length=3, max_length=63, description="made by the store's administrator")
    prefix: str = Field("", max_length=200, pattern=r"^([\w.-]+/)*$", description="put before every key, ends with /")
    region: str = Field("us-east-1", description="as the store calls it")
    access_key: str = ""
    secret_key: SecretStr | None = None
    cafile: Path | None = Field(None, description="authority of the store's certificate; empty: the usual ones")

    @property
    def endpoint(self) -> BucketEndpoint | None:
        """The address in parts; ``None``: there is no bucket."""
        if self.url is None:
            return None
        scheme, _, rest = self.url.partition("://")
        return BucketEndpoint(host_and_port=rest, secure=scheme == "https")


class Open311Settings(_Section):
    """Open311 GeoReport v2 at the gateway."""

    enabled: bool = Field(True, description="whether /open311/v2 is there")
    public_reads: bool = Field(True, description="whether requests are read without a key, as the standard has it")
    reads_per_s: float = Field(20.0, gt=0, description="requests a second and address without a key before 429")
    jurisdiction_id: str | None = Field(None, min_length=1, description="the only one that is known; empty: any")
    url: str | None = Field(None, description="where others reach it; empty: where a request came to")
    contact: str | None = Field(None, description="whom to ask, in the discovery document")
    key_service: str | None = Field(None, description="how to get a key, in the discovery document")
    production: bool = Field(True, description="whether reports are handled; else the discovery document says `test`")
    tokens: bool = Field(False, description="whether a post is answered with a token instead of an id")


class ExportsSettings(_Section):
    """What other systems take from here: open data, alerts, entities, alarms."""

    public_data: bool = Field(True, description="whether open data and CAP alerts are read without a key")
    reads_per_s: float = Field(10.0, gt=0, description="requests a second and address without a key before 429")
    url: str | None = Field(None, description="where others reach the gateway; empty: where a request came to")
    agency: str | None = Field(None, description="who publishes, for people; empty: the province's operations centre")
    sender: str | None = Field(
        None, pattern=r"^[^\s,<&]+$", description="sender of CAP messages; empty: ioc.<province's code>"
    )
    contact: str | None = Field(None, description="mail address of who publishes")
    licence: str | None = Field(None, description="address of the licence of open data")
    smallest: int = Field(5, ge=2, description="reports, or ratings, that have to be alike to be told one by one")
    broker_token: SecretStr | None = Field(None, description="bearer token of the context broker that is pushed to")
    fresh_s: float = Field(600.0, ge=0, description="how long a data set's file is given out before it is made anew")


class OidcSettings(_Section):
    """An identity provider whose tokens open the gateway."""

    issuer: str | None = Field(None, description="as in its tokens (`iss`); empty: there is no provider")
    audience: str | None = Field(None, description="whom tokens have to be for (`aud`)")
    jwks_url: str | None = Field(None, description="where its keys are; empty: as its discovery document says")
    cafile: Path | None = Field(None, description="certificates that the provider's is checked against")
    algorithms: tuple[Literal["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"], ...] = (
        Field(("RS256", "ES256"), description="signatures that are accepted")
    )
    leeway_s: float = Field(30.0, ge=0, le=300, description="how far the provider's clock may be off")
    keys_s: float = Field(3600.0, ge=10, description="how often its keys are fetched again")
    stale_s: float = Field(86_400.0, ge=10, description="how long keys are used while the provider is away")
    name_claim: str = Field("preferred_username", description="claim that names who acts")
    roles_claim: str = Field("roles", description="claim that lists roles or groups; dots lead into it")
    roles: tuple[str, ...] = Field((), description="what they mean here: `their-name=role`, …")
    centres_claim: str = Field("centres", description="claim that lists codes of centres")
    unit_claim: str = Field("unit", description="claim with the code of the handling unit")
    client_id: str | None = Field(None, description="as whom the console signs people in; empty: it does not")
    client_secret: SecretStr | None = Field(None, description="of the client, where the provider gave it one")
    scopes: tuple[str, ...] = Field(("openid", "profile"), description="what the console asks the provider for")
    console_url: str | None = Field(
        None, description="the console as browsers see it, where a proxy stands before it: https://…"
    )

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.issuer is not None and not (self.audience and self.roles and self.algorithms):
            raise ValueError("an issuer needs an audience, roles and algorithms")
        for each in self.roles:
            if each.rpartition("=")[2] not in ROLES or not each.rpartition("=")[0]:
                raise ValueError(f"roles are written their-name=role, with one of: {', '.join(ROLES)}")
        if self.client_id is not None and (self.issuer is None or "openid" not in self.scopes):
            raise ValueError("signing in at the console needs an issuer and the scope openid")
        for url in (self.issuer, self.jwks_url, self.console_url):
            if url is not None and not url.startswith(("https://", "http://127.0.0.1:", "http://localhost:")):
                raise ValueError("a provider is reached by https, or on this machine")
        return self


class WorkerSettings(_Section):
    """The Faust worker and its exactly-once rounds."""

    group: str = "ioc"
    slot: str | None = Field(None, description="stable name of this worker; empty: lowest free slot of this machine")
    agents: tuple[str, ...] = Field((), description="agents that this worker runs; empty: all")
    count: int = Field(1, ge=1, le=64, description="workers that `ioc up` starts")
    metrics_host: str = "127.0.0.1"
    metrics_port: int = Field(9101, ge=0, le=65535, description="of slot 0; slot n listens n higher")
    session_timeout_ms: int = Field(10_000, ge=6_000)
    transaction_timeout_ms: int = Field(10_000, ge=1_000)
    max_round_records: int = Field(20_000, ge=1)
    target_round_ms: int = Field(40, ge=1)
    gather_ms: int = Field(8, ge=1, description="while records come, a fetch waits this long for more")


class IntakeSettings(_Section):
    """Dedupe windows and limits of the intake agents."""

    reports_dedupe_hours: float = Field(168.0, gt=0)
    cameras_dedupe_hours: float = Field(24.0, gt=0)
    security_dedupe_hours: float = Field(24.0, gt=0)
    late_hours: float = Field(72.0, gt=0, description="how far back late telemetry is told from repeated")
    max_future_s: float = Field(300.0, gt=0, description="event time further ahead is rejected (`future`)")
    checkpoint_s: float = Field(30.0, gt=0, description="how often newest times of telemetry are written down")
    told_s: float = Field(
        15.0, gt=0, description="how often at most the province's owner is told that a device goes on speaking"
    )


class ClassifySettings(_Section):
    """What reports are understood with."""

    lexicon: Path | None = Field(None, description="lexicon (YAML), reread when it changes; empty: the shipped one")
    model: Path | None = Field(None, description="model file of `ioc classify --train`; empty: the shipped one")


class StationsSettings(_Section):
    """The watcher on files of automatic monitoring stations."""

    folder: Path | None = Field(None, description="folder that stations' files arrive in; empty: `ioc stations` is off")
    archive: Path | None = Field(None, description="what was sent, handled and refused; empty: <home>/stations")
    publisher: str = Field("stations", min_length=1, max_length=512, description="source of the readings")
    settle_s: float = Field(2.0, gt=0, description="a file is read when it has not changed for so long")
    unfinished_s: float = Field(60.0, gt=0, description="the same for a file that does not end with a line end")
    linger_s: float = Field(300.0, ge=0, description="a file stays so long after it was read, in case it grows")
    poll_s: float = Field(1.0, gt=0, description="how often the folder is looked at")
    keep_days: int = Field(60, ge=1, description="how long files, and the memory of what was sent, are kept")
    max_file_bytes: int = Field(1_048_576, ge=1024, description="larger files are refused unread")
    metrics_host: str = "127.0.0.1"
    metrics_port: int = Field(9201, ge=0, le=65535)


class MqttSettings(_Section):
    """The bridge from an MQTT broker."""

    mapping: Path | None = Field(None, description="file that says which topics are what; empty: `ioc mqtt` is off")
    host: str = "127.0.0.1"
    port: int | None = Field(None, ge=1, le=65535, description="empty: 1883, with TLS 8883")
    protocol: Literal["5", "3.1.1"] = "5"
    client_id: str | None = Field(
        None, min_length=1, max_length=128, description="names the session at the broker; empty: of host and home"
    )
    username: str | None = None
    password: SecretStr | None = None
    tls: bool = False
    cafile: Path | None = Field(None, description="certificates that the broker's is checked against")
    certfile: Path | None = Field(None, description="own certificate, where the broker asks for one")
    keyfile: Path | None = None
    share: str | None = Field(None, pattern=r"^[^/+#\s]+$", description="bridges of one name share the messages")
    in_flight: int = Field(500, ge=1, le=65_535, description="messages taken and not acknowledged at a time (MQTT 5)")
    keepalive_s: int = Field(30, ge=5, le=3600)
    session_expiry_s: int = Field(
        604_800, ge=60, le=4_294_967_295, description="how long the broker keeps messages for an absent bridge (MQTT 5)"
    )
    metrics_host: str = "127.0.0.1"
    metrics_port: int = Field(9301, ge=0, le=65535)


class StoreSettings(_Section):
    """The store: what the topics say, in SQL."""

    enabled: bool = Field(True, description="whether `ioc up` starts it")
    url: SecretStr | None = Field(None, description="postgresql://user:password@host/database; empty: SQLite")
    path: Path | None = Field(None, description="SQLite file; empty: <home>/store.db")
    migrate: bool = Field(False, description="whether the start brings PostgreSQL's tables up to date; SQLite's always")
    batch_records: int = Field(5_000, ge=1, le=100_000, description="records of one transaction at most")
    telemetry_s: float = Field(2.0, ge=0, le=60, description="readings are gathered so long before they are added")
    late_hours: float = Field(72.0, gt=0, le=720, description="an hour takes late readings so long after its end")
    metrics_host: str = "127.0.0.1"
    metrics_port: int = Field(9401, ge=0, le=65535)
    keep_incident_days: int = Field(1825, ge=1, description="incidents that are over, with all that belongs to them")
    keep_signal_days: int = Field(1825, ge=1, description="redacted texts of evidence")
    keep_alert_days: int = Field(365, ge=1)
    keep_report_days: int = Field(365, ge=1, description="what citizens were told")
    keep_decision_days: int = Field(1825, ge=1)
    keep_receipt_days: int = Field(30, ge=1)
    keep_audit_days: int = Field(1825, ge=1)
    keep_shift_days: int = Field(365, ge=1, description="shift logs and handovers")
    keep_telemetry_days: int = Field(730, ge=7, description="hours of readings")
    keep_quality_days: int = Field(400, ge=7)


class PrometheusSettings(_Section):
    """The Prometheus that `ioc up` starts beside the processes, where the program is installed."""

    enabled: bool = Field(True, description="whether `ioc up` starts it, if it is there")
    program: Path | None = Field(None, description="the program; empty: `prometheus` on the path")
    port: int = Field(9090, ge=0, le=65535, description="on 127.0.0.1; 0: a free one")
    scrape_s: float = Field(5.0, ge=0.5, le=60, description="how often every process is asked")
    keep_days: int = Field(30, ge=1, description="how long its samples are kept")


class MapSettings(_Section):
    """The console's map; it needs no server of tiles."""

    tiles_url: str | None = Field(
        None,
        pattern=r"^https?://[^\s;,'\"]+$",
        description="address of map tiles with {z}, {x} and {y}; empty: outlines and points only",
    )
    attribution: str = Field("", max_length=200, description="who made the tiles, shown on the map")


class NotifySettings(_Section):
    """Telling those outside: e-mail, web hooks, bots."""

    file: Path | None = Field(
        None, description="subscriptions (YAML), reread when it changes; empty: <home>/notify.yaml"
    )
    secrets: Path | None = Field(None, description="folder of secrets: a file for each name that subscriptions use")
    inside: tuple[str, ...] = Field(
        (), description="hosts and networks (CIDR) that may be reached though they are not public, also without TLS"
    )
    public_url: str = Field("", description="address of the console in texts, https://…; empty: texts have no links")
    smtp_host: str = Field("", description="mail server; empty: no e-mail")
    smtp_port: int = Field(587, ge=1, le=65535)
    smtp_security: Literal["starttls", "tls", "none"] = "starttls"
    smtp_user: str = ""
    smtp_password: SecretStr | None = None
    smtp_cafile: Path | None = Field(
        None, description="authority of the mail server's certificate; empty: the system's"
    )
    mail_from: str = Field("ioc@localhost", description="sender of e-mails")
    patience_hours: float = Field(24.0, gt=0, le=720, description="a message is tried so long, then it is dead")
    keep_days: int = Field(7, ge=1, le=365, description="what was sent is remembered so long")
    keep_dead_days: int = Field(30, ge=1, le=365, description="what was given up can be sent again so long")
    metrics_host: str = "127.0.0.1"
    metrics_port: int = Field(9404, ge=0, le=65535)

    @field_validator("inside")
    @classmethod
    def _inside(cls, inside: tuple[str, ...]) -> tuple[str, ...]:
        for each in inside:
            if "/" in each:
                ip_network(each)  # says itself what is wrong
            elif not each.replace("-", "").replace(".", "").replace(":", "").isalnum():
                raise ValueError(f"{each!r} is no host name, address or network")
        return inside


class ServiceSettings(_Section):
    """Figures of how units and centres serve, by month."""

    month_day: int = Field(1, ge=1, le=28, description="day on which a month ends; 1 at 0:00: months of the calendar")
    month_at: time = Field(time(), description="local time at which it ends on that day")
    smallest: int = Field(10, ge=1, description="a unit with less to do in a month is not ranked")
    every_s: float = Field(300.0, ge=10, description="how often the store counts the running month for its metrics")


class PrivacySettings(_Section):
    """Keys for pseudonyms, and the vault of the reporters' own keys."""

    pseudonym_key: SecretStr | None = Field(
        None, min_length=16, description="HMAC key for reporters; empty: a key made at first start under <home>"
    )
    previous_pseudonym_keys: tuple[SecretStr, ...] = Field(
        (), description="keys before it, the oldest first; `hex:…` for one that was made under <home>"
    )
    plate_key: SecretStr | None = Field(
        None, min_length=16, description="HMAC key for number plates; empty: a key made at first start under <home>"
    )
    plate_hours: float = Field(24.0, ge=1, le=720, description="how long a plate keeps its hash")
    vault_key: SecretStr | None = Field(
        None, description="master key of the vault, at least 32 bytes in Base64; empty: there is no vault"
    )
    previous_vault_keys: tuple[SecretStr, ...] = Field(
        (), description="master keys before it, until `ioc privacy rewrap` has run"
    )
    vault_path: Path | None = Field(None, description="the vault's file; empty: <home>/vault.db")


class Settings(_Section):
    """Everything that can be configured."""

    home: Path = Path(".ioc")
    kafka: KafkaSettings = KafkaSettings()
    province: ProvinceSettings = ProvinceSettings()
    gateway: GatewaySettings = GatewaySettings()
    oidc: OidcSettings = OidcSettings()
    photo_bucket: PhotoBucketSettings = PhotoBucketSettings()
    open311: Open311Settings = Open311Settings()
    exports: ExportsSettings = ExportsSettings()
    worker: WorkerSettings = WorkerSettings()
    intake: IntakeSettings = IntakeSettings()
    classify: ClassifySettings = ClassifySettings()
    stations: StationsSettings = StationsSettings()
    mqtt: MqttSettings = MqttSettings()
    store: StoreSettings = StoreSettings()
    prometheus: PrometheusSettings = PrometheusSettings()
    service: ServiceSettings = ServiceSettings()
    map: MapSettings = MapSettings()

    notify: NotifySettings = NotifySettings()
    privacy: PrivacySettings = PrivacySettings()
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @property
    def bootstrap(self) -> str:
        """Address of the cluster that is used."""
        return self.kafka.bootstrap or f"127.0.0.1:{self.kafka.port}"

    @property
    def subscriptions(self) -> Path:
        """File that says who outside is told of alerts; whether it is there decides whether somebody is."""
        return self.notify.file or self.home / "notify.yaml"
