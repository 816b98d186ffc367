"""An identity provider as a server of its own: discovery document, keys, signed tokens; it may go away."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

AUDIENCE = "ioc"


class Provider:
    """Signs with RSA keys of 2048 bits; the one in use last is the newest."""

    def __init__(self) -> None:
        self.keys: dict[str, rsa.RSAPrivateKey] = {}
        self.asked: list[str] = []
        self.issuer_told: str | None = None
        self.rotate()
        self._port = 0
        self._server: ThreadingHTTPServer | None = None
        self.start()

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self._port}/realms/province"

    def rotate(self, *, keep: bool = True) -> str:
        """Put a new key in use; the id that it has."""
        name = f"key-{len(self.keys) + 1}-{time.monotonic_ns()}"
        if not keep:
            self.keys.clear()
        self.keys[name] = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        return name

    def token(self, *, kid: str | None = None, key: Any = None, algorithm: str = "RS256", **claims: Any) -> str:
        """A token for a minute; claims with ``None`` are left out."""
        name = kid if kid is not None else list(self.keys)[-1]
        now = int(time.time())
        content = {
            "iss": self.issuer, "aud": AUDIENCE, "sub": "s-1", "iat": now, "exp": now + 60,
            "preferred_username": "hoa.tran", "roles": ["ops"], "centres": ["north"],
        } | claims  # fmt: skip
        content = {claim: value for claim, value in content.items() if value is not None}
        signs = key if key is not None else self.keys[name]
        return jwt.encode(content, signs, algorithm=algorithm, headers={"kid": name})

    def start(self) -> None:
        """Listen, on the same port as before."""
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                provider.asked.append(self.path)
                body = json.dumps(provider._answer(self.path)).encode()
                self.send_response(200)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Nothing on stderr."""

        self._server = ThreadingHTTPServer(("127.0.0.1", self._port), Handler)
        self._port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        """Go away."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
        self._server = None

    def _answer(self, path: str) -> Any:
        if path.endswith("/.well-known/openid-configuration"):
            return {"issuer": self.issuer_told or self.issuer, "jwks_uri": f"{self.issuer}/certs"}
        keys = [
            json.loads(RSAAlgorithm.to_jwk(key.public_key())) | {"kid": name, "use": "sig"}
            for name, key in self.keys.items()
        ]
        return {"keys": [*keys, {"kty": "oct", "kid": "shared", "k": "c2VjcmV0"}, {"kty": "new", "kid": "unknown"}]}


@contextmanager
def running() -> Iterator[Provider]:
    """A provider for the length of a block."""
    provider = Provider()
    try:
        yield provider
    finally:
        provider.stop()
