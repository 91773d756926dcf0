"""The gate of the API: who a request comes from, by bearer token or by the dashboard's cookie, and what they may do.

Rule 1: only SHA-256 hashes of secrets are kept, here and in the store.
Rule 2: what is cached is forgotten on every notice of a change, and after a few seconds anyway.
Rule 3: a cookie alone changes nothing: unsafe methods need the login's CSRF value in a header as well.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlsplit

from aiohttp import web

from voltaro.domain.person import SCOPES_OF_ROLE, Role, Scope, SignIn, User
from voltaro.ports import Clock, NewLogin, Notice, Store, StoreUnavailable
from web.peer import Peers
from web.problem import Problem

TOKEN_PREFIX = "vlt_"  # noqa: S105 - what a token begins with, not a token
CSRF_HEADER = "X-Voltaro-CSRF"
COOKIE = "voltaro_login"
SECURE_COOKIE = "__Host-voltaro_login"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_CACHED_S = 3.0
"""So long a change may go unnoticed when its notice is lost; revocation is promised within five seconds."""
_MOST_CACHED = 4096
_NOTED_EVERY_S = 10.0
_LONGEST_AGENT = 300


class Proof(StrEnum):
    """By what a request is known to be whose it is."""

    TOKEN = "token"  # noqa: S105 - a word, not a token
    LOGIN = "login"
    ADMIN_TOKEN = "admin_token"  # noqa: S105 - a word, not a token


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks. ``name`` goes into the audit; ``key`` names them for limits; ``csrf`` is set for a cookie login."""

    name: str
    key: str
    scopes: frozenset[Scope]
    proof: Proof
    secret_hash: bytes = field(repr=False)
    user: User | None = None
    csrf: str | None = field(default=None, repr=False)
    expires_at: datetime | None = None

    @property
    def role(self) -> Role | None:
        return None if self.user is None else self.user.role

    def may(self, scope: Scope) -> bool:
        """Whether the scope is held; the scope ``admin`` holds all others."""
        return scope in self.scopes or Scope.ADMIN in self.scopes


def hash_secret(secret: str) -> bytes:
    """The form in which tokens, logins and login links are stored and looked up."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def new_token() -> str:
    """A new API token: 256 random bits."""
    return TOKEN_PREFIX + secrets.token_urlsafe(32)


class Gate:
    """Resolves requests to principals and checks cross-site rules."""

    def __init__(self, store: Store, clock: Clock, peers: Peers, admin_token_hash: bytes | None) -> None:
        self.peers = peers
        self._store = store
        self._clock = clock
        self._admin_token_hash = admin_token_hash
        self._cache: dict[tuple[Proof, bytes], tuple[Principal, float]] = {}
        self._generation = 0
        self._used: dict[Proof, set[bytes]] = {Proof.TOKEN: set(), Proof.LOGIN: set()}
        self._use = asyncio.Event()

    async def who(self, request: web.Request) -> Principal | None:
        """The principal of a request, None when it shows no proof at all. Raises Problem 401 for a proof that does not hold."""
        header = request.headers.get("Authorization")
        if header is not None:
            scheme, _, secret = header.partition(" ")
            if scheme.lower() != "bearer" or not secret.strip():
                raise unauthorized("Send Authorization: Bearer TOKEN.")
            principal = await self._known(Proof.TOKEN, hash_secret(secret.strip()))
            if principal is None:
                raise unauthorized("The token is unknown, revoked or expired.")
            return principal
        login = self.login_secret(request)
        return None if login is None else await self._known(Proof.LOGIN, hash_secret(login))

    async def keep_noting(self) -> None:
        """Write down, every some seconds and apart from requests, which tokens and logins were used."""
        while True:
            await self._use.wait()
            self._use.clear()
            used, self._used = self._used, {Proof.TOKEN: set(), Proof.LOGIN: set()}
            with contextlib.suppress(StoreUnavailable):
                await self._store.note_uses(list(used[Proof.TOKEN]), list(used[Proof.LOGIN]))
            await asyncio.sleep(_NOTED_EVERY_S)

    def check_cross_site(self, request: web.Request, principal: Principal) -> None:
        """Refuse an unsafe request that a cookie alone vouches for. Raises Problem 403."""
        if request.method in SAFE_METHODS or principal.proof is not Proof.LOGIN:
            return
        self.check_origin(request)
        given = request.headers.get(CSRF_HEADER, "")
        if not hmac.compare_digest(given.encode("utf-8", "surrogateescape"), (principal.csrf or "").encode()):
            raise Problem(403, "csrf", f"The header {CSRF_HEADER} must hold the csrf value that GET /api/v1/me gives for this login.")

    def check_origin(self, request: web.Request) -> None:
        """Refuse a request that another site's page made. Raises Problem 403."""
        origin = request.headers.get("Origin")
        if origin is None:
            return
        theirs = urlsplit(origin)
        same_host = theirs.netloc.lower() == self.peers.host(request).lower()
        if not same_host or (theirs.scheme != "https" and self.peers.secure(request)):
            raise Problem(403, "cross_origin", "The request was made by a page of another origin.")

    def login_secret(self, request: web.Request) -> str | None:
        """The secret in the dashboard's cookie."""
        return request.cookies.get(SECURE_COOKIE if self.peers.secure(request) else COOKIE)

    async def open_login(
        self, request: web.Request, response: web.StreamResponse, user: User, hours: int, method: SignIn = SignIn.PASSWORD
    ) -> Principal:
        """Sign a person in: store a new login and set its cookie on ``response``."""
        secret, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(24)
        expires_at = self._clock.now() + timedelta(hours=hours)
        agent = _printable(request.headers.get("User-Agent", ""))[:_LONGEST_AGENT] or None
        new = NewLogin(hash_secret(secret), csrf, expires_at, method, self.peers.address(request), agent)
        await self._store.open_login(user.id, new)
        secure = self.peers.secure(request)
        response.set_cookie(
            SECURE_COOKIE if secure else COOKIE,
            secret,
            max_age=hours * 3600,
            path="/",
            httponly=True,
            samesite="Lax",
            secure=secure,
        )
        return _of_login(user, csrf, hash_secret(secret), expires_at)

    async def close_login(self, request: web.Request, response: web.StreamResponse) -> None:
        """Sign out: the login ends and its cookie goes."""
        secret = self.login_secret(request)
        if secret is not None:
            await self._store.close_login(hash_secret(secret))
            self._forget_all()
        secure = self.peers.secure(request)
        response.del_cookie(SECURE_COOKIE if secure else COOKIE, path="/", secure=secure, httponly=True, samesite="Lax")

    async def still_holds(self, principal: Principal) -> bool:
        """Whether a principal would get in with the same rights now; asks the store anew. Used for long streams."""
        now = await self._look_up(principal.proof, principal.secret_hash)
        return now is not None and now.scopes >= principal.scopes

    def forget(self, notice: Notice) -> None:
        """Forget what is cached when tokens or users have changed."""
        if notice.kind in ("token", "user"):
            self._forget_all()

    def _forget_all(self) -> None:
        self._generation += 1
        self._cache.clear()

    async def _known(self, proof: Proof, secret_hash: bytes) -> Principal | None:
        if proof is Proof.TOKEN and self._admin_token_hash is not None and hmac.compare_digest(secret_hash, self._admin_token_hash):
            return _ADMIN
        key = (proof, secret_hash)
        cached = self._cache.get(key)
        if cached is not None:
            principal, until = cached
            if self._clock.monotonic() < until and (principal.expires_at is None or principal.expires_at > self._clock.now()):
                self._note(principal)
                return principal
            del self._cache[key]
        generation = self._generation
        found = await self._look_up(proof, secret_hash)
        # A change that was noticed while the store was asked may be newer than its answer: then it is not kept.
        if found is not None and generation == self._generation:
            if len(self._cache) >= _MOST_CACHED:
                self._cache.clear()
            self._cache[key] = (found, self._clock.monotonic() + _CACHED_S)
        if found is not None:
            self._note(found)
        return found

    def _note(self, principal: Principal) -> None:
        self._used[principal.proof].add(principal.secret_hash)
        self._use.set()

    async def _look_up(self, proof: Proof, secret_hash: bytes) -> Principal | None:
        if proof is Proof.ADMIN_TOKEN:
            return _ADMIN
        if proof is Proof.TOKEN:
            token = await self._store.token(secret_hash)
            if token is None:
                return None
            return Principal(f"token:{token.name}", f"token:{token.id}", token.scopes, proof, secret_hash, expires_at=token.expires_at)
        login = await self._store.login(secret_hash)
        return None if login is None else _of_login(login.user, login.csrf, secret_hash, login.expires_at)


def unauthorized(detail: str) -> Problem:
    """401: the proof is missing or does not hold."""
    return Problem(401, "unauthorized", detail, headers={"WWW-Authenticate": 'Bearer realm="voltaro"'})


def _printable(text: str) -> str:
    return "".join(character for character in text if character.isprintable())


def _of_login(user: User, csrf: str, secret_hash: bytes, expires_at: datetime) -> Principal:
    return Principal(user.name, f"user:{user.id}", SCOPES_OF_ROLE[user.role], Proof.LOGIN, secret_hash, user, csrf, expires_at)


_ADMIN = Principal("token:admin", "token:admin", frozenset(Scope), Proof.ADMIN_TOKEN, b"")
