"""A small provider of identities that speaks OpenID Connect for real: it signs with keys of its own, and lies when a test says so."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote_plus, urlencode, urlsplit

from aiohttp import web
from joserfc import jwk, jwt
from joserfc.jwk import ECKey, KeySet, OctKey, RSAKey

CLIENT = "voltaro & sons"
SECRET = "s3cret: with odd characters %"

Claims = dict[str, Any]


@dataclass
class Grant:
    """A code that was given out, with what must come back with it."""

    nonce: str
    challenge: str
    redirect_uri: str
    person: Claims


@dataclass
class IdentityProvider:
    """The provider. ``person`` signs in at once; ``spoil`` changes the claims, ``sign`` makes the token of them."""

    url: str = ""
    person: Claims = field(default_factory=lambda: {"sub": "42", "preferred_username": "olga", "groups": ["ops"]})
    document: Claims = field(default_factory=dict)
    keys: list[jwk.Key] = field(default_factory=list)
    spoil: Callable[[Claims], None] = lambda claims: None
    sign: Callable[[Claims], str] | None = None
    granted: dict[str, Grant] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    token_status: int = 200

    def rotate(self, kind: str = "RSA") -> None:
        """A new key; the old one is not named any more."""
        parameters: Any = {"kid": secrets.token_hex(4), "use": "sig"}
        self.keys = [RSAKey.generate_key(2048, parameters) if kind == "RSA" else ECKey.generate_key("P-256", parameters)]

    def id_token(self, claims: Claims) -> str:
        """The claims, signed with the newest key."""
        key = self.keys[-1]
        return jwt.encode({"alg": "RS256" if key.key_type == "RSA" else "ES256", "kid": key.kid}, claims, key)

    def unsigned(self, claims: Claims) -> str:
        """The classic: a token that says it needs no signature."""
        return f"{_piece({'alg': 'none', 'typ': 'JWT'})}.{_piece(claims)}."

    def by_public_key(self, claims: Claims) -> str:
        """The other classic: signed with HMAC, the public key being the secret."""
        key = OctKey.import_key(self.keys[-1].as_pem(private=False))  # type: ignore[union-attr]
        return jwt.encode({"alg": "HS256", "kid": self.keys[-1].kid}, claims, key, algorithms=["HS256"])

    def by_another(self, claims: Claims) -> str:
        """Signed with a key of somebody else's, under the name of ours."""
        return jwt.encode({"alg": "RS256", "kid": self.keys[-1].kid}, claims, RSAKey.generate_key(2048))

    async def show_document(self, request: web.Request) -> web.Response:
        self.asked.append("document")
        names = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
        told = {"issuer": self.url, **{name: f"{self.url}/{path}" for name, path in names.items()}}
        return web.json_response({**told, **self.document})

    async def show_keys(self, request: web.Request) -> web.Response:
        self.asked.append("keys")
        return web.json_response(KeySet(self.keys).as_dict(private=False))

    async def authorize(self, request: web.Request) -> web.Response:
        asked = request.query
        assert asked["client_id"] == CLIENT
        assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
        assert "openid" in asked["scope"].split()
        code = secrets.token_urlsafe(12)
        self.granted[code] = Grant(asked["nonce"], asked["code_challenge"], asked["redirect_uri"], dict(self.person))
        answer = urlencode({"code": code, "state": asked["state"], "iss": self.url, "session_state": "more than was asked for"})
        return web.Response(status=303, headers={"Location": f"{asked['redirect_uri']}?{answer}"})

    async def token(self, request: web.Request) -> web.Response:
        self.asked.append("token")
        form = {name: values[0] for name, values in parse_qs(await request.text()).items()}
        login, _, secret = base64.b64decode(request.headers["Authorization"].removeprefix("Basic ")).decode().partition(":")
        grant = self.granted.pop(form["code"], None)
        proof = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).rstrip(b"=").decode()
        is_ours = (unquote_plus(login), unquote_plus(secret)) == (CLIENT, SECRET)
        if self.token_status != 200:
            return web.json_response({"error": "server_error"}, status=self.token_status)
        if grant is None or not is_ours or proof != grant.challenge or form["redirect_uri"] != grant.redirect_uri:
            return web.json_response({"error": "invalid_grant"}, status=400)
        now = int(time.time())
        claims = {"iss": self.url, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": grant.nonce, **grant.person}
        self.spoil(claims)
        return web.json_response({"access_token": "x", "token_type": "Bearer", "id_token": (self.sign or self.id_token)(claims)})


@asynccontextmanager
async def identity_provider() -> AsyncIterator[IdentityProvider]:
    """A served provider with one RSA key."""
    provider = IdentityProvider()
    provider.rotate()
    app = web.Application()
    app.router.add_get("/.well-known/openid-configuration", provider.show_document)
    app.router.add_get("/keys", provider.show_keys)
    app.router.add_get("/authorize", provider.authorize)
    app.router.add_post("/token", provider.token)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    provider.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield provider
    finally:
        await runner.cleanup()


def parameters(url: str) -> dict[str, str]:
    """The query of an address."""
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def _piece(value: Claims) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()
