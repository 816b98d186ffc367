"""An identity provider as a server of its own: discovery document, keys, signed tokens, sign-in; it may go away."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

AUDIENCE = "ioc"
CLIENT = "ioc-console"


class Provider:
    """Signs with RSA keys of 2048 bits; the one in use last is the newest."""

    def __init__(self) -> None:
        self.keys: dict[str, rsa.RSAPrivateKey] = {}
        self.asked: list[str] = []
        self.issuer_told: str | None = None
        self.codes: dict[str, dict[str, str]] = {}
        self.refuses = ""
        """What the next browser is sent back with instead of a code, such as ``access_denied``."""
        self.visitor: dict[str, Any] = {}
        """Claims of who signs in, over the usual ones; of the ID token those in ``id_claims`` too."""
        self.id_claims: dict[str, Any] = {}
        self.secret = ""
        """Of the client; empty: it has none."""
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
                if urlsplit(self.path).path.endswith("/authorize"):
                    self.send_response(302)
                    self.send_header("location", provider._signed_in(self.path))
                    self.end_headers()
                    return
                body = json.dumps(provider._answer(self.path)).encode()
                self.send_response(200)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_POST(self) -> None:
                sent = self.rfile.read(int(self.headers["content-length"])).decode()
                fields = {name: values[0] for name, values in parse_qs(sent).items()}
                answer = provider._tokens(fields, self.headers.get("authorization", ""))
                body = json.dumps(answer).encode()
                self.send_response(400 if "error" in answer else 200)
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

    def _signed_in(self, path: str) -> str:
        """Where a browser goes after somebody signed in: back, with a code that belongs to what it asked."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(path).query).items()}
        if self.refuses:
            back = {"error": self.refuses, "state": asked["state"]}
        else:
            code = secrets.token_urlsafe(16)
            self.codes[code] = asked
            back = {"code": code, "state": asked["state"]}
        return f"{asked['redirect_uri']}?{urlencode(back)}"

    def _tokens(self, sent: dict[str, str], authorization: str) -> dict[str, Any]:
        """Tokens for a code, once, and for nobody else than who asked for it (RFC 6749, RFC 7636)."""
        asked = self.codes.pop(sent.get("code", ""), None)
        if self.secret:
            client = base64.b64encode(f"{CLIENT}:{self.secret}".encode()).decode()
            known = authorization == f"Basic {client}"
        else:
            known = sent.get("client_id") == CLIENT
        digest = hashlib.sha256(sent.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        fits = asked is not None and (
            (asked["redirect_uri"], asked["code_challenge"], asked["code_challenge_method"], asked["client_id"])
            == (sent.get("redirect_uri"), challenge, "S256", CLIENT)
        )
        if not known or not fits or asked is None:
            return {"error": "invalid_grant"}
        who = {"aud": CLIENT, "nonce": asked["nonce"], "roles": None, "centres": None} | self.id_claims
        return {
            "token_type": "Bearer", "access_token": self.token(**self.visitor),
            "id_token": self.token(**({"sub": self.visitor.get("sub", "s-1")} | who)),
        }  # fmt: skip

    def _answer(self, path: str) -> Any:
        if path.endswith("/.well-known/openid-configuration"):
            return {
                "issuer": self.issuer_told or self.issuer, "jwks_uri": f"{self.issuer}/certs",
                "authorization_endpoint": f"{self.issuer}/authorize", "token_endpoint": f"{self.issuer}/token",
            }  # fmt: skip
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
