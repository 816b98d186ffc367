"""Everything that can be set about the engine, with units, defaults and reasons."""

from __future__ import annotations

import ssl
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from streams.transport.brake import BrakeLimits


class EngineSettings(BaseModel):
    """Settings of one worker process."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    bootstrap: str = "127.0.0.1:9092"
    """Comma-separated host:port list."""
    group: str = "ioc-worker"
    """Consumer group; also the prefix of the transactional id."""
    slot: str = "0"
    """Name of this worker's place, unique among the group's workers and stable over restarts: a restarted worker
    with the same slot ends its predecessor's open transaction at once instead of after its timeout."""

    session_timeout_s: float = Field(default=10.0, ge=6.0, le=300.0)
    """The group takes a silent worker's partitions away after this (Kafka's default lower bound is 6 s)."""
    heartbeat_s: float = Field(default=3.0, gt=0)
    rebalance_timeout_s: float = Field(default=30.0, gt=0)
    """How long the others wait for this worker in a rebalance."""
    request_timeout_s: float = Field(default=20.0, gt=0)
    transaction_timeout_ms: int = Field(default=10_000, ge=1000)
    """A transaction that its worker left open holds readers back for at most this."""

    max_round_records: int = Field(default=20_000, ge=1)
    target_round_ms: float = Field(default=50.0, gt=0)
    """Rounds grow while there is a backlog, up to about four times this; without one they take what is there."""
    gather_ms: int = Field(default=8, ge=1)
    """While records come, a fetch waits this long for more. Without it, each record is fetched alone, with a request
    that names every partition, and has a transaction of its own: on a small machine that costs more time than it
    saves. After half a second without records the next one is fetched at once."""
    chunk_records: int = Field(default=1000, ge=1)
    """A handler gets at most so many records at once; between two calls the event loop answers heartbeats."""
    fetch_max_wait_ms: int = Field(default=500, ge=1)
    fetch_partition_bytes: int = Field(default=1 << 19, ge=1024)
    held_bytes: int = Field(default=16 << 20, ge=1024)
    """Memory of what is fetched and not yet handled, shared evenly by the partitions; a partition whose share is full
    is not fetched."""
    check_crcs: bool = True
    max_record_bytes: int = Field(default=900_000, ge=1024)
    """Largest output; below the broker's message.max.bytes (1 MiB by default)."""
    max_batch_bytes: int = Field(default=900_000, ge=1024)
    compression: Literal["gzip", "snappy", "lz4", "zstd"] | None = None

    dead_letter_topic: str = "ioc.dlq"
    attempts_topic: str | None = "ioc.worker-attempts"
    """Compacted; None: a record that kills the process is not searched for."""
    brake: BrakeLimits = BrakeLimits()

    recovery_timeout_s: float = Field(default=300.0, gt=0)
    """Reading the state back may take this long, then the process ends and is started anew."""
    stuck_after_s: float = Field(default=120.0, gt=0)
    """No round finished for so long although there is lag and the broker answers: stacks are dumped, exit 70."""
    blocked_after_s: float = Field(default=30.0, gt=0)
    """The event loop did not turn for so long (a handler hangs): stacks are dumped, exit 70."""
    stop_soft_s: float = Field(default=5.0, gt=0)
    """After SIGTERM the running round has so long to finish."""
    stop_hard_s: float = Field(default=9.0, gt=0)
    """After SIGTERM the process ends by now, whatever it does."""

    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "PLAIN"
    sasl_username: str | None = None
    sasl_password: SecretStr | None = None
    ssl_cafile: str | None = None
    ssl_certfile: str | None = None
    """Own certificate, where the cluster asks for one; with ``ssl_keyfile``."""
    ssl_keyfile: str | None = None

    @model_validator(mode="after")
    def _consistent(self) -> EngineSettings:
        if self.heartbeat_s * 2 > self.session_timeout_s:
            raise ValueError("heartbeat_s must be at most half of session_timeout_s")
        if self.request_timeout_s < self.session_timeout_s:
            raise ValueError("request_timeout_s must be at least session_timeout_s")
        if self.stop_hard_s <= self.stop_soft_s:
            raise ValueError("stop_hard_s must be more than stop_soft_s")
        if self.security_protocol.startswith("SASL") and not (self.sasl_username and self.sasl_password):
            raise ValueError("sasl_username and sasl_password are needed for SASL")
        return self

    @property
    def transactional_id(self) -> str:
        """Names this worker to the transaction coordinator."""
        return f"{self.group}-{self.slot}"

    @property
    def servers(self) -> list[str]:
        """Bootstrap servers."""
        return [server.strip() for server in self.bootstrap.split(",") if server.strip()]

    def client_arguments(self) -> dict[str, Any]:
        """What every aiokafka client of this worker is made with."""
        arguments: dict[str, Any] = {
            "bootstrap_servers": self.servers,
            "security_protocol": self.security_protocol,
            "request_timeout_ms": int(self.request_timeout_s * 1000),
        }
        if self.security_protocol.endswith("SSL"):
            context = ssl.create_default_context(cafile=self.ssl_cafile)
            if self.ssl_certfile:
                context.load_cert_chain(self.ssl_certfile, self.ssl_keyfile)
            arguments["ssl_context"] = context
        if self.security_protocol.startswith("SASL") and self.sasl_password is not None:
            arguments |= {
                "sasl_mechanism": self.sasl_mechanism,
                "sasl_plain_username": self.sasl_username,
                "sasl_plain_password": self.sasl_password.get_secret_value(),
            }
        return arguments
