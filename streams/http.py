"""``/metrics``, ``/healthz`` and ``/readyz`` of a worker, served by the worker's own event loop.

That it is the same loop is on purpose: a worker whose loop hangs must not look healthy.
"""

from __future__ import annotations

from collections.abc import Callable

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest


async def serve(
    host: str, port: int, registry: CollectorRegistry, trouble: Callable[[], list[str]]
) -> tuple[web.AppRunner, int]:
    """Listen.

    Args:
        host: Address to bind.
        port: Port to bind; 0 picks a free one.
        registry: What ``/metrics`` shows.
        trouble: Why the worker is not ready; empty if it is.

    Returns:
        The runner, to be cleaned up by the caller, and the port.

    Raises:
        OSError: the port is taken.

    """

    async def show_metrics(_: web.Request) -> web.Response:
        return web.Response(body=generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def healthy(_: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def ready(_: web.Request) -> web.Response:
        found = trouble()
        return web.json_response({"ready": not found, "trouble": found}, status=503 if found else 200)

    app = web.Application()
    app.add_routes([web.get("/metrics", show_metrics), web.get("/healthz", healthy), web.get("/readyz", ready)])
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    site = web.TCPSite(runner, host, port)
    try:
        await site.start()
    except OSError:
        await runner.cleanup()
        raise
    bound = runner.addresses[0][1]
    return runner, bound
