"""A worker has no HTTP client in it, and whoever wants one still gets it."""

from __future__ import annotations

import subprocess
import sys

APP = """
import sys
from streams.transport import BatchAgent, EngineSettings, create_app

class Quiet(BatchAgent):
    name, topics, changelog = "quiet", ["there"], None
    def handle(self, batch, state, out): pass

app = create_app(EngineSettings(bootstrap="127.0.0.1:1", group="g", slot="s"), [Quiet()])
app.finalize()
print([name for name in sys.modules if name.partition(".")[0] == "aiohttp"])
"""


def _printed(program: str) -> str:
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.strip()


def test_an_app_is_made_without_an_http_client() -> None:
    assert _printed(APP) == "[]"


def test_who_imports_the_client_afterwards_gets_the_real_one() -> None:
    assert _printed("import streams.transport, aiohttp.client; print(aiohttp.client.__file__)").endswith("client.py")


def test_who_has_the_client_already_keeps_it() -> None:
    assert _printed("import aiohttp, streams.transport; print(aiohttp.ClientSession.__module__)") == "aiohttp.client"
