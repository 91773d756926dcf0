"""People and programs that use the API: roles, scopes, tokens, and what was done by whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
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
    MESSAGES_READ = "messages:read"
    ADMIN = "admin"


_READ = frozenset({Scope.CHARGERS_READ, Scope.SESSIONS_READ, Scope.TAGS_READ, Scope.MESSAGES_READ})
SCOPES_OF_ROLE: Mapping[Role, frozenset[Scope]] = {
    Role.VIEWER: _READ,
    Role.OPERATOR: frozenset(Scope) - {Scope.ADMIN},
    Role.ADMIN: frozenset(Scope),
}


@dataclass(frozen=True, slots=True)
class User:
    """A person who signs in. The password's argon2id hash never leaves the store but by ``Store.user_secret``."""

    id: int
    name: str
    role: Role
    created_at: datetime
    disabled: bool = False


@dataclass(frozen=True, slots=True)
class Token:
    """An API token; its secret is shown once, and only its SHA-256 is stored."""

    id: int
    name: str
    prefix: str
    scopes: frozenset[Scope]
    created_at: datetime
    expires_at: datetime | None = None
    last_used_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Who did what to what."""

    id: int
    at: datetime
    actor: str
    action: str
    target: str
    detail: Mapping[str, Any]
