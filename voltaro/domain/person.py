"""People and programs that use the API: roles, scopes, tokens, and what was done by whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class Role(StrEnum):
    """What a person may do: everything; run chargers, sessions and tags; or only look."""

    ADMIN = "admin"
    OPERATOR = "operator"
    VIEWER = "viewer"


class Scope(StrEnum):
    """What a token may do."""

    CHARGERS_READ = "chargers:read"
    CHARGERS_WRITE = "chargers:write"
    COMMANDS_WRITE = "commands:write"
    SESSIONS_READ = "sessions:read"
    SESSIONS_WRITE = "sessions:write"
    TAGS_READ = "tags:read"
    TAGS_WRITE = "tags:write"
    DRIVERS_READ = "drivers:read"
    DRIVERS_WRITE = "drivers:write"
    MESSAGES_READ = "messages:read"
    ADMIN = "admin"


_READ = frozenset({Scope.CHARGERS_READ, Scope.SESSIONS_READ, Scope.TAGS_READ, Scope.DRIVERS_READ, Scope.MESSAGES_READ})
SCOPES_OF_ROLE: Mapping[Role, frozenset[Scope]] = {
    Role.VIEWER: _READ,
    Role.OPERATOR: frozenset(Scope) - {Scope.ADMIN},
    Role.ADMIN: frozenset(Scope),
}


class SignIn(StrEnum):
    """How somebody came in: by password, by a one-time link, or by OpenID Connect."""

    PASSWORD = "password"  # noqa: S105 - a word, not a password
    LINK = "link"
    OIDC = "oidc"


NO_PASSWORD = "!"  # noqa: S105 - the hash of no password
"""What is stored of somebody who has no password: no hash of any."""


@dataclass(frozen=True, slots=True)
class User:
    """A person who signs in. The password's argon2id hash never leaves the store but by ``Store.user_secret``.

    ``has_password``: they can sign in with one; ``is_external``: they come by OpenID Connect, which says what they may.
    """

    id: int
    name: str
    role: Role
    created_at: datetime
    disabled: bool = False
    has_password: bool = True
    is_external: bool = False
    last_login_at: datetime | None = None
    version: int = 1


@dataclass(frozen=True, slots=True)
class Login:
    """A signed-in browser, as it is listed. ``secret_hash`` tells which one asks."""

    id: int
    user_id: int
    method: SignIn
    created_at: datetime
    expires_at: datetime
    last_seen_at: datetime | None
    address: str | None
    user_agent: str | None
    secret_hash: bytes = field(default=b"", repr=False)


class TokenState(StrEnum):
    """Whether a token works."""

    ACTIVE = "active"
    EXPIRED = "expired"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Token:
    """An API token; its secret is shown once, and only its SHA-256 is stored. ``created_by`` is a name of the audit."""

    id: int
    name: str
    prefix: str
    scopes: frozenset[Scope]
    created_at: datetime
    expires_at: datetime | None = None
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None
    created_by: str | None = None

    def state(self, now: datetime) -> TokenState:
        """Whether it works at ``now``."""
        if self.revoked_at is not None:
            return TokenState.REVOKED
        return TokenState.EXPIRED if self.expires_at is not None and self.expires_at <= now else TokenState.ACTIVE


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Who did what to what, and what was different before and after. ``address`` and ``request_id`` are of the request that asked
    for it; None for what came from elsewhere."""

    id: int
    at: datetime
    actor: str
    action: str
    target: str
    detail: Mapping[str, Any]
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None
    address: str | None = None
    request_id: str | None = None
