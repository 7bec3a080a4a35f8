"""Log-in through a service that speaks OpenID Connect (Core 1.0): the authorisation code flow with PKCE, state and nonce.

What is asked of the service is derived from a cookie of the browser that asks (`Asked`), so nothing is stored, and an answer
fits only the browser that was sent: `state` against answers that somebody else began (RFC 6749, 10.12), `nonce` against tokens
that were used before, the verifier against stolen codes (RFC 7636). The token's signature is always checked with the keys that
the issuer publishes, by algorithms with two keys only. Of all that it says, the confirmed e-mail address is used, and nothing is
kept. Neither codes nor tokens are logged.
"""

from __future__ import annotations

import base64
import hashlib
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

import httpx
import jwt

from app.identity.errors import ElsewhereAway, ElsewhereRefused
from app.identity.secrets import form_key, keys_equal
from app.settings import Settings

log = logging.getLogger("gotong.identity")

ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA")
KEY_TYPES: Final = frozenset({"RSA", "EC", "OKP"})
REQUIRED: Final = ("iss", "sub", "aud", "exp", "iat")
CALLBACK: Final = "/login/elsewhere/back"
HOLDS_SECONDS: Final = 600.0
"""How long the service's description and keys are used before they are asked for again."""
AGAIN_SECONDS: Final = 30.0
"""How long a key that is not there is not looked for again."""
LEEWAY_SECONDS: Final = 60
LARGEST_ANSWER: Final = 1_000_000


@dataclass(frozen=True)
class Asked:
    """What one browser asks of the service; `cookie` is known to that browser and to us."""

    secret: str
    cookie: str

    @property
    def state(self) -> str:
        """What comes back with the answer."""
        return form_key(self.secret, "elsewhere-state", self.cookie)

    @property
    def nonce(self) -> str:
        """What stands in the token."""
        return form_key(self.secret, "elsewhere-nonce", self.cookie)

    @property
    def verifier(self) -> str:
        """What proves that whoever brings the code is who asked for it."""
        return form_key(self.secret, "elsewhere-verifier", self.cookie)

    @property
    def challenge(self) -> str:
        """What is shown of the verifier beforehand."""
        digest = hashlib.sha256(self.verifier.encode()).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


class Elsewhere:
    """The service that the settings name."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.redirect_uri = settings.public_url + CALLBACK
        self._description: tuple[float, dict[str, Any]] | None = None
        self._keys: tuple[float, dict[str, Any]] | None = None

    def address(self, asked: Asked) -> str:
        """Return where the browser is sent.

        Raises:
            ElsewhereAway: Where the service does not describe itself.
        """
        wanted = {
            "response_type": "code",
            "client_id": self.settings.oidc_client_id,
            "redirect_uri": self.redirect_uri,
            "scope": "openid email",
            "state": asked.state,
            "nonce": asked.nonce,
            "code_challenge": asked.challenge,
            "code_challenge_method": "S256",
        }
        address = self._endpoint("authorization_endpoint")
        return f"{address}{'&' if urlsplit(address).query else '?'}{urlencode(wanted)}"

    def confirmed_email(self, asked: Asked, answer: Mapping[str, str]) -> str:
        """Return the address that the service confirms to be of whoever is at the browser.

        Args:
            asked: What this browser asked.
            answer: The parameters with which it came back.

        Raises:
            ElsewhereRefused: For an answer that is not to this question, or that proves nothing.
            ElsewhereAway: Where the service does not answer.
        """
        if not keys_equal(answer.get("state", ""), asked.state):
            raise self._refused("the answer is not to what this browser asked")
        # RFC 9207: another service's answer must not be taken for this one's.
        if answer.get("iss", self.settings.oidc_issuer) != self.settings.oidc_issuer:
            raise self._refused("the answer is of another issuer")
        if answer.get("error") or not answer.get("code"):
            raise self._refused("the service says no")
        claims = self._claims(self._token(asked, answer["code"]))
        if not keys_equal(str(claims.get("nonce", "")), asked.nonce):
            raise self._refused("the token is not for this log-in")
        email = claims.get("email")
        # Exactly true: a service that does not confirm addresses would let anybody be anybody.
        if claims.get("email_verified") is not True or not isinstance(email, str) or "@" not in email:
            raise self._refused("the service confirms no e-mail address")
        return email

    def _token(self, asked: Asked, code: str) -> str:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect_uri,
            "client_id": self.settings.oidc_client_id,
            "code_verifier": asked.verifier,
        }
        secret = self.settings.oidc_client_secret
        answer = self._ask(
            "POST",
            self._endpoint("token_endpoint"),
            data=form,
            auth=httpx.BasicAuth(self.settings.oidc_client_id, secret) if secret else None,
        )
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise self._refused("there is no token in the answer")
        return token

    def _claims(self, token: str) -> dict[str, Any]:
        """Return what a token says, its signature and its addressee checked."""
        own = self.settings.oidc_client_id
        try:
            head = jwt.get_unverified_header(token)
            key = self._key(head.get("kid"), head["alg"])
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=list(ALGORITHMS),
                audience=own,
                issuer=self.settings.oidc_issuer,
                leeway=LEEWAY_SECONDS,
                options={"require": list(REQUIRED)},
            )
        except jwt.PyJWTError as error:
            raise self._refused(f"the token does not hold ({type(error).__name__})") from error
        several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if claims.get("azp", None if several else own) != own:
            raise self._refused("the token is for another client")
        return claims

    def _key(self, kid: str | None, algorithm: str) -> jwt.PyJWK:
        """Return the issuer's key with this id; asks for the keys again where it is a new one."""
        if algorithm not in ALGORITHMS:
            raise self._refused("the token is signed by an algorithm that is not taken")
        for fresh in (False, True):
            told = [one for one in self._published(fresh=fresh) if one.get("kty") in KEY_TYPES]
            usable = [one for one in told if one.get("use", "sig") == "sig" and kid in {None, one.get("kid")}]
            if len(usable) == 1 and usable[0].get("alg", algorithm) == algorithm:
                return jwt.PyJWK(usable[0], algorithm)
        raise self._refused("the token is signed with a key that the service does not publish")

    def _published(self, *, fresh: bool) -> list[dict[str, Any]]:
        now = time.monotonic()
        held = AGAIN_SECONDS if fresh else HOLDS_SECONDS
        if self._keys is None or now - self._keys[0] > held:
            self._keys = (now, self._ask("GET", self._endpoint("jwks_uri")))
        keys = self._keys[1].get("keys")
        return [one for one in keys if isinstance(one, dict)] if isinstance(keys, list) else []

    def _endpoint(self, name: str) -> str:
        """Return one of the addresses under which the service says that it is to be reached; as safe as the issuer's own."""
        now, issuer = time.monotonic(), self.settings.oidc_issuer
        if self._description is None or now - self._description[0] > HOLDS_SECONDS:
            described = self._ask("GET", issuer.rstrip("/") + "/.well-known/openid-configuration")
            if described.get("issuer") != issuer:
                raise self._away("it describes another issuer")
            self._description = (now, described)
        address = self._description[1].get(name)
        if not isinstance(address, str) or urlsplit(address).scheme not in {"https", urlsplit(issuer).scheme}:
            raise self._away(f"it names no safe {name}")
        return address

    def _ask(self, method: str, address: str, **more: Any) -> dict[str, Any]:
        try:
            answer = httpx.request(
                method, address, timeout=self.settings.oidc_seconds, headers={"accept": "application/json"}, **more
            )
            told = answer.json() if len(answer.content) <= LARGEST_ANSWER else None
        except (httpx.HTTPError, ValueError) as error:
            raise self._away(type(error).__name__) from error
        if method == "POST" and 400 <= answer.status_code < 500:
            raise self._refused("the service does not take the code")
        if answer.status_code != 200 or not isinstance(told, dict):
            raise self._away(f"status {answer.status_code}")
        return told

    def _refused(self, reason: str) -> ElsewhereRefused:
        log.warning("log-in by another service refused: %s", reason)
        return ElsewhereRefused(name=self.settings.oidc_name)

    def _away(self, reason: str) -> ElsewhereAway:
        log.error("the service for log-ins does not answer as it should: %s", reason)
        return ElsewhereAway(name=self.settings.oidc_name)


@lru_cache(maxsize=8)
def service_of(settings: Settings) -> Elsewhere:
    """Return the service of an installation; it keeps what it has learnt of it for a while."""
    return Elsewhere(settings)
