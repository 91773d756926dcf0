"""What lies between those who keep people, tokens and the audit, and PostgreSQL; and where a change was asked for."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from voltaro.domain.driver import Driver
from voltaro.domain.person import AuditEntry, Login, Role, Scope, SignIn, Token, TokenState, User
from voltaro.domain.tag import Tag
from voltaro.ports.ordering import AuditOrder
from voltaro.ports.rows import Change, Page


class LastAdmin(Exception):
    """The change would leave nobody who may do everything (409)."""


@dataclass(slots=True)
class Origin:
    """The request that the present work is done for; ``entries`` counts what the audit has got of it."""

    address: str
    request_id: str
    entries: int = 0
    is_over: bool = False


_origin: ContextVar[Origin | None] = ContextVar("origin", default=None)


@contextmanager
def asked_by(origin: Origin) -> Iterator[Origin]:
    """What is done inside is done for this request; what it leaves running behind is not."""
    token = _origin.set(origin)
    try:
        yield origin
    finally:
        origin.is_over = True
        _origin.reset(token)


def present_origin() -> Origin | None:
    """The request that we are working for, None when it is none."""
    origin = _origin.get()
    return None if origin is None or origin.is_over else origin


@dataclass(frozen=True, slots=True)
class LoginSession:
    """A signed-in browser."""

    user: User
    csrf: str
    expires_at: datetime
    auth_hash: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class NewLogin:
    """A login to be stored: the SHA-256 of its secret, the value against cross-site requests, and what is known of the browser."""

    secret_hash: bytes = field(repr=False)
    csrf: str = field(repr=False)
    expires_at: datetime
    method: SignIn = SignIn.PASSWORD
    address: str | None = None
    user_agent: str | None = None


@dataclass(frozen=True, slots=True)
class AuditQuery:
    """Filters of the audit; None does not filter. ``action`` ending in ``.`` is a family (``tag.``)."""

    actor: str | None = None
    action: str | None = None
    target: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class DriverQuery:
    """Filters of the drivers; ``search`` finds a part of name, e-mail, telephone, external id or note, without case."""

    search: str | None = None
    disabled: bool | None = None


class PeopleRecords(Protocol):
    """People who operate, their logins and links, tokens, and the audit."""

    async def users(self, *, limit: int, cursor: str | None = None) -> Page[User]: ...  # newest first
    async def user(self, user_id: int) -> User | None: ...
    async def user_secret(self, name: str) -> tuple[User, str] | None: ...  # the user and the argon2id hash
    async def add_user(self, name: str, role: Role, password_hash: str, by: str) -> User: ...  # AlreadyExists
    async def change_user(self, user_id: int, change: Change, by: str) -> User | None:
        """Set role, disabled or password_hash; a new password or role, and being disabled, end all logins and links of theirs.
        Raises LastAdmin, VersionConflict."""
        ...

    async def user_by_subject(self, issuer: str, subject: str) -> User | None: ...
    async def add_external_user(self, name: str, role: Role, issuer: str, subject: str, by: str) -> User: ...  # AlreadyExists
    async def can_sign_in(self) -> bool: ...  # whether there is anybody with a way to sign in

    async def open_login(self, user_id: int, new: NewLogin) -> None: ...
    async def login(self, secret_hash: bytes) -> LoginSession | None: ...  # None when unknown, expired or its user disabled
    async def close_login(self, secret_hash: bytes) -> None: ...
    async def logins(self, user_id: int) -> Sequence[Login]: ...
    async def end_logins(self, user_id: int, by: str, *, login_id: int | None = None, but: bytes | None = None) -> int:
        """End one login of a user, or all, or all but one (by its hash); how many were ended."""
        ...

    async def add_login_link(self, user_id: int, secret_hash: bytes, expires_at: datetime) -> None: ...
    async def use_login_link(self, secret_hash: bytes) -> User | None: ...  # works once

    async def tokens(self, state: TokenState | None = None, *, limit: int, cursor: str | None = None) -> Page[Token]:
        """Newest first; without a state, all that are not revoked."""
        ...

    async def add_token(
        self, name: str, prefix: str, secret_hash: bytes, scopes: frozenset[Scope], expires_at: datetime | None, by: str
    ) -> Token: ...
    async def token(self, secret_hash: bytes) -> Token | None: ...  # None when unknown, revoked or expired
    async def revoke_token(self, token_id: int, by: str) -> bool: ...
    async def note_uses(self, tokens: Sequence[bytes], logins: Sequence[bytes]) -> None: ...  # by hash; kept to the minute

    async def audit(
        self, query: AuditQuery = ..., *, limit: int, cursor: str | None = None, order: AuditOrder = AuditOrder.NEWEST
    ) -> Page[AuditEntry]: ...
    async def record_audit(
        self,
        by: str,
        action: str,
        target: str,
        detail: Mapping[str, Any],
        *,
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
    ) -> None: ...


class DriverRecords(Protocol):
    """Drivers and their tags."""

    async def drivers(self, query: DriverQuery = ..., *, limit: int, cursor: str | None = None) -> Page[Driver]: ...
    async def driver(self, driver_id: int) -> Driver | None: ...
    async def add_driver(self, driver: Driver, by: str) -> Driver: ...  # AlreadyExists
    async def change_driver(self, driver_id: int, change: Change, by: str) -> Driver | None: ...  # VersionConflict, AlreadyExists
    async def remove_driver(self, driver_id: int, by: str, version: int | None = None) -> bool: ...  # their tags stay, nobody's
    async def import_drivers(
        self, drivers: Sequence[Driver], by: str, *, named: Sequence[Collection[str]] | None = None, dry_run: bool = False
    ) -> tuple[int, int]:
        """Add drivers, or change those of the same external id; all or nothing: how many were (or would be) added and changed.

        ``named``: for each the members that count where that driver is known, all unless given; the others stay as they are."""
        ...

    async def driver_names(self, driver_ids: Collection[int]) -> Mapping[int, str]: ...  # by id; those there are not are missing
    async def tags_of_driver(self, driver_id: int, *, limit: int) -> Sequence[Tag]: ...
    async def driverless(self, tags: Sequence[Tag]) -> Sequence[str]: ...  # the tags, as given, that name a driver there is not
