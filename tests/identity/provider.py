"""An OpenID Connect provider on 127.0.0.1 that keeps the rules, and breaks one where a test tells it to."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

Claims = dict[str, Any]
CLIENT, SECRET = "gotong", "a-client-secret"
OTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


class Provider:
    """Who may come in, and what the provider does wrong."""

    def __init__(self) -> None:
        self.issuer = ""
        self.email, self.is_verified = "rina@contoh.example", True
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.kid = "first"
        self.algorithm = "RS256"
        self.bend: Callable[[Claims], None] = lambda _: None
        self.sign: Callable[[Claims], str] = self.signed
        self.described: Claims = {}
        self.status = 200
        self.asked: list[str] = []
        self._codes: dict[str, dict[str, str]] = {}

    def signed(self, claims: Claims) -> str:
        """Return a token as the provider makes it."""
        return jwt.encode(claims, self.key, self.algorithm, headers={"kid": self.kid})

    def description(self) -> Claims:
        """Return how the provider describes itself."""
        places = {name: f"{self.issuer}/{name}" for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")}
        return {"issuer": self.issuer, **places, **self.described}

    def keys(self) -> Claims:
        """Return the public key, beside one that is for something else."""
        shown = jwt.get_algorithm_by_name(self.algorithm).to_jwk(self.key.public_key(), as_dict=True)
        other = jwt.get_algorithm_by_name("RS256").to_jwk(OTHER_KEY.public_key(), as_dict=True)
        return {"keys": [{**shown, "kid": self.kid, "use": "sig"}, {**other, "kid": self.kid, "use": "enc"}]}

    def authorise(self, query: dict[str, str]) -> str:
        """Return where the browser of whoever is logged in at the provider is led."""
        assert (query["response_type"], query["client_id"], query["scope"]) == ("code", CLIENT, "openid email")
        assert query["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(16)
        self._codes[code] = query
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state'], 'iss': self.issuer})}"

    def token(self, form: dict[str, str], authorisation: str) -> Claims | None:
        """Return the answer to a code: once, to the client that it is for, with the right verifier."""
        query = self._codes.pop(form.get("code", ""), None)
        expected = "Basic " + base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if (
            query is None
            or authorisation != expected
            or (form["grant_type"], form["redirect_uri"]) != ("authorization_code", query["redirect_uri"])
            or challenge != query["code_challenge"]
        ):
            return None
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "sub": "248289761001",
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": query["nonce"],
            "email": self.email,
            "email_verified": self.is_verified,
        }
        self.bend(claims)
        return {"access_token": secrets.token_urlsafe(16), "token_type": "Bearer", "id_token": self.sign(claims)}


def elliptic() -> Any:
    """Return a key on a curve, which other providers use."""
    return ec.generate_private_key(ec.SECP256R1())


def public_text(provider: Provider) -> bytes:
    """Return the public key as a text, which an attacker could take for the secret of a symmetric signature."""
    kind, shape = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    text: bytes = provider.key.public_key().public_bytes(kind, shape)
    return text


@contextmanager
def running() -> Iterator[Provider]:
    """Run a provider for as long as the block lasts."""
    provider = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            provider.asked.append(urlsplit(self.path).path)
            if self.path == "/.well-known/openid-configuration":
                self._answer(provider.description())
            elif self.path == "/jwks_uri":
                self._answer(provider.keys())

        def do_POST(self) -> None:
            provider.asked.append(self.path)
            text = self.rfile.read(int(self.headers["content-length"])).decode()
            form = {name: values[0] for name, values in parse_qs(text).items()}
            told = provider.token(form, self.headers.get("authorization", ""))
            self._answer({"error": "invalid_grant"} if told is None else told, 400 if told is None else 200)

        def log_message(self, *_: Any) -> None:
            """Write nothing."""

        def _answer(self, told: Claims, status: int = 200) -> None:
            body = json.dumps(told).encode()
            self.send_response(provider.status if status == 200 else status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        provider.issuer = f"http://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield provider
        finally:
            server.shutdown()
            thread.join()
