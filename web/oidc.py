"""Signing in by OpenID Connect: the authorization code flow with PKCE, and an ID token that is believed only when everything fits.

Sources: OpenID Connect Core 1.0 sections 3.1 and 10.1.1, Discovery 1.0, RFC 7636 (PKCE), RFC 9207 (issuer in the answer).

Rule 1: what an attempt needs is in a signed cookie of the browser that began it, so that nobody can fill a table from outside.
Rule 2: an attempt is good once, for ten minutes, in that browser.
Rule 3: only asymmetric signatures are known; the keys come from the issuer's own document, over https unless it is this machine.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import math
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus, urlencode, urlsplit

import aiohttp
import msgspec

from voltaro.domain.person import Role
from voltaro.ports import Clock

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")
ATTEMPT_S = 600
LEEWAY_S = 60
KEPT_S = 3600.0
ANSWER_S = 10.0
LARGEST_ANSWER = 512 * 1024
_MOST_USED = 10_000
_RANK = {role: rank for rank, role in enumerate((Role.VIEWER, Role.OPERATOR, Role.ADMIN))}


class OidcFailed(Exception):
    """The provider, or what came from it, cannot be believed. The message is for the log and for who operates."""


class AttemptLost(Exception):
    """The browser did not begin this sign-in, or too long ago, or has finished it already."""


class MissingExtra(Exception):
    """OpenID Connect is asked for, and the package that reads its tokens is not installed."""


@dataclass(frozen=True, slots=True)
class OidcSettings:
    """Where people sign in. ``role_claim`` is a claim of the ID token, or a path into it (``realm_access.roles``); ``role_map`` says which
    of its values is which role; ``label`` is what the button says."""

    issuer: str
    client_id: str
    client_secret: str | None
    role_claim: str
    role_map: Mapping[str, Role]
    scopes: str = "openid profile email"
    label: str = "Single sign-on"


@dataclass(frozen=True, slots=True)
class Identity:
    """Who has signed in; ``role`` None: nothing they have is mapped to one."""

    issuer: str
    subject: str
    name: str
    role: Role | None


class Attempt(msgspec.Struct, frozen=True):
    """A sign-in that has begun."""

    state: str
    nonce: str
    verifier: str
    until: int


class _Document(msgspec.Struct, frozen=True):
    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)


class _Tokens(msgspec.Struct, frozen=True):
    id_token: str


def require_extra() -> None:
    """Raises MissingExtra."""
    try:
        import joserfc  # noqa: F401 - only whether it is there
    except ImportError as error:
        raise MissingExtra("OpenID Connect needs the extra 'oidc': install voltaro[oidc], or leave out --oidc-issuer") from error


class Provider:
    """The provider of identities. Raises MissingExtra when it is made."""

    def __init__(self, settings: OidcSettings, clock: Clock) -> None:
        require_extra()
        self.settings = settings
        self._clock = clock
        self._document: tuple[_Document, float] | None = None
        self._keys: tuple[Mapping[str, Any], float] | None = None
        self._used: dict[str, None] = {}

    async def begin(self, redirect_uri: str) -> tuple[str, Attempt]:
        """Where to send the browser, and what to remember. Raises OidcFailed."""
        document = await self._discovered()
        attempt = Attempt(
            secrets.token_urlsafe(24), secrets.token_urlsafe(24), secrets.token_urlsafe(48), int(self._clock.now().timestamp()) + ATTEMPT_S
        )
        challenge = base64.urlsafe_b64encode(hashlib.sha256(attempt.verifier.encode()).digest()).rstrip(b"=").decode()
        asked = {
            "response_type": "code",
            "client_id": self.settings.client_id,
            "redirect_uri": redirect_uri,
            "scope": self.settings.scopes,
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        joint = "&" if urlsplit(document.authorization_endpoint).query else "?"
        return f"{document.authorization_endpoint}{joint}{urlencode(asked)}", attempt

    def take(self, attempt: Attempt | None, state: str | None) -> Attempt:
        """The attempt that an answer belongs to, from now on used up. Raises AttemptLost."""
        if attempt is None or state is None or not hmac.compare_digest(attempt.state.encode(), state.encode("utf-8", "replace")):
            raise AttemptLost("it was not begun in this browser")
        if attempt.until <= self._clock.now().timestamp():
            raise AttemptLost("it was begun too long ago")
        if attempt.state in self._used:
            raise AttemptLost("it was finished before")
        if len(self._used) >= _MOST_USED:
            del self._used[next(iter(self._used))]
        self._used[attempt.state] = None
        return attempt

    async def finish(self, attempt: Attempt, code: str, redirect_uri: str, issuer: str | None = None) -> Identity:
        """Who has signed in. ``issuer`` is that of the answer, where it names one. Raises OidcFailed."""
        if issuer is not None and issuer != self.settings.issuer:
            raise OidcFailed(f"the answer is of another issuer: {issuer[:200]!r}")
        document = await self._discovered()
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri, "code_verifier": attempt.verifier}
        form["client_id"] = self.settings.client_id
        headers = {}
        if self.settings.client_secret is not None:
            if "client_secret_basic" in document.token_endpoint_auth_methods_supported:
                headers["Authorization"] = _basic(self.settings.client_id, self.settings.client_secret)
            else:
                form["client_secret"] = self.settings.client_secret
        tokens = await self._asked("POST", document.token_endpoint, _Tokens, headers, data=form)
        return self._identity(self._checked(await self._read(tokens.id_token, document), attempt))

    async def _discovered(self) -> _Document:
        now = self._clock.monotonic()
        if self._document is not None and now - self._document[1] < KEPT_S:
            return self._document[0]
        url = self.settings.issuer.removesuffix("/") + "/.well-known/openid-configuration"
        document: _Document = await self._asked("GET", url, _Document)
        if document.issuer != self.settings.issuer:
            raise OidcFailed(f"its document is of another issuer: {document.issuer[:200]!r}")
        for address in (document.authorization_endpoint, document.token_endpoint, document.jwks_uri):
            if not is_safe(address):
                raise OidcFailed(f"its document names an address that is not https: {address[:200]!r}")
        self._document = (document, now)
        return document

    async def _read(self, text: str, document: _Document) -> Mapping[str, Any]:
        """The claims of an ID token whose signature is right. Keys that have changed since they were read are read once more."""
        from joserfc import errors, jwk, jwt

        kept = self._keys
        for attempt in range(2):
            if kept is None or self._clock.monotonic() - kept[1] >= KEPT_S:
                kept = self._keys = (await self._asked("GET", document.jwks_uri, dict), self._clock.monotonic())
            try:
                keys = jwk.KeySet.import_key_set({"keys": [key for key in kept[0].get("keys", ()) if key.get("kty") != "oct"]})
                return jwt.decode(text, keys, algorithms=list(ALGORITHMS)).claims
            except errors.InvalidKeyIdError as error:
                if attempt:
                    raise OidcFailed("the ID token is signed with a key that the issuer does not name") from error
                kept = None
            except (errors.JoseError, ValueError, TypeError, AttributeError) as error:
                raise OidcFailed(f"the ID token is not what it must be: {type(error).__name__}: {error}") from error
        raise AssertionError("unreachable")

    def _checked(self, claims: Mapping[str, Any], attempt: Attempt) -> Mapping[str, Any]:
        now, client = self._clock.now().timestamp(), self.settings.client_id
        audience = claims.get("aud")
        audiences = audience if isinstance(audience, list) else [audience]
        nonce, expires, issued = claims.get("nonce"), claims.get("exp"), claims.get("iat")
        faults = (
            ("iss", claims.get("iss") != self.settings.issuer),
            ("aud", client not in audiences),
            ("azp", claims.get("azp", client) != client or (len(audiences) > 1 and "azp" not in claims)),
            ("exp", not _number(expires, -math.inf) + LEEWAY_S > now),
            ("iat", not _number(issued, math.inf) - LEEWAY_S <= now),
            ("nbf", "nbf" in claims and not _number(claims["nbf"], math.inf) - LEEWAY_S <= now),
            ("nonce", not isinstance(nonce, str) or not hmac.compare_digest(nonce.encode("utf-8", "replace"), attempt.nonce.encode())),
            ("sub", not isinstance(claims.get("sub"), str) or not claims["sub"] or "\0" in claims["sub"]),
        )
        wrong = [name for name, is_wrong in faults if is_wrong]
        if wrong:
            raise OidcFailed(f"the ID token's {', '.join(wrong)} is not what it must be")
        return claims

    def _identity(self, claims: Mapping[str, Any]) -> Identity:
        subject = str(claims["sub"])[:255]
        names = (claims.get(name) for name in ("preferred_username", "email", "name"))
        name = next((text for text in names if isinstance(text, str) and text.strip()), subject)
        held = _at(claims, self.settings.role_claim)
        words = held if isinstance(held, list) else [held]
        roles = [self.settings.role_map[word] for word in words if isinstance(word, str) and word in self.settings.role_map]
        return Identity(self.settings.issuer, subject, person_name(name), max(roles, key=_RANK.__getitem__, default=None))

    async def _asked(self, method: str, url: str, kind: type[Any], headers: Mapping[str, str] | None = None, **options: Any) -> Any:
        """The JSON that the provider answers, as ``kind``. Redirects are not followed. Raises OidcFailed."""
        sent, timeout = {"Accept": "application/json", **(headers or {})}, aiohttp.ClientTimeout(total=ANSWER_S)
        raw = bytearray()
        try:
            async with aiohttp.request(method, url, headers=sent, allow_redirects=False, timeout=timeout, **options) as answer:
                async for piece in answer.content.iter_chunked(64 * 1024):
                    raw += piece
                    if len(raw) > LARGEST_ANSWER:
                        raise OidcFailed(f"{url} answers without end")
                if answer.status != 200:
                    raise OidcFailed(f"{url} answered {answer.status}: {bytes(raw[:200]).decode(errors='replace')!r}")
        except TimeoutError as error:
            raise OidcFailed(f"{url} did not answer within {ANSWER_S:g} s") from error
        except (aiohttp.ClientError, ValueError) as error:
            raise OidcFailed(f"{url} cannot be reached: {error}") from error
        try:
            return msgspec.json.decode(bytes(raw), type=kind)
        except msgspec.DecodeError as error:
            raise OidcFailed(f"what {url} answered is not understood: {error}") from error


def sealed(attempt: Attempt, key: bytes) -> str:
    """An attempt as a cookie's value, signed."""
    body = base64.urlsafe_b64encode(msgspec.json.encode(attempt)).decode()
    return f"{body}.{_signature(body, key)}"


def unsealed(value: str | None, key: bytes) -> Attempt | None:
    """The attempt in a cookie that we have signed; None for any other."""
    body, _, signature = (value or "").partition(".")
    if not hmac.compare_digest(signature.encode("utf-8", "replace"), _signature(body, key).encode()):
        return None
    return msgspec.json.decode(base64.urlsafe_b64decode(body), type=Attempt)


def is_safe(address: str) -> bool:
    """Whether an address is https, or of this very machine."""
    parts = urlsplit(address)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in ("localhost", "127.0.0.1", "::1"))


def person_name(text: str) -> str:
    """A name that a person may have here: no spaces, colons or slashes."""
    kept = "".join("-" if character.isspace() or character in ":/" else character for character in text.strip() if character.isprintable())
    return kept[:80] or "somebody"


def _signature(body: str, key: bytes) -> str:
    return hmac.new(key, body.encode("utf-8", "replace"), hashlib.sha256).hexdigest()


def _at(claims: Mapping[str, Any], path: str) -> Any:
    """The claim of that very name, or what the path leads to."""
    if path in claims:
        return claims[path]
    found: Any = claims
    for step in path.split("."):
        found = found.get(step) if isinstance(found, dict) else None
    return found


def _number(value: object, otherwise: float) -> float:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else otherwise


def _basic(client_id: str, secret: str) -> str:
    """A Basic header of form-encoded name and secret (RFC 6749 section 2.3.1)."""
    return "Basic " + base64.b64encode(f"{quote_plus(client_id)}:{quote_plus(secret)}".encode()).decode()
