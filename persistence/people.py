"""People who operate, API tokens, and secrets of our own. Secrets of others are kept as hashes."""

from __future__ import annotations

import secrets as randomness
from datetime import datetime
from typing import Any

from sqlalchemy import and_, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from persistence import cursor as cursors
from persistence.database import Part, note, notify
from persistence.order import sorted_after
from persistence.tables import login_links, logins, secrets, tokens, users
from voltaro.domain.person import NO_PASSWORD, Role, Scope, Token, TokenState, User
from voltaro.ports import AlreadyExists, Change, LastAdmin, Page, VersionConflict

USER = (
    users.c.id,
    users.c.name,
    users.c.role,
    users.c.created_at,
    users.c.disabled,
    (users.c.password_hash != NO_PASSWORD).label("has_password"),
    users.c.subject.is_not(None).label("is_external"),
    users.c.last_login_at,
    users.c.version,
)
_TOKEN = tuple(
    tokens.c[name]
    for name in ("id", "name", "prefix", "scopes", "created_at", "expires_at", "last_used_at", "revoked_at", "created_by")
)  # fmt: skip
_CHANGEABLE = frozenset({"role", "disabled", "password_hash"})
_SCOPES = frozenset(scope.value for scope in Scope)
"""A newer release may know more, and have given them to a token."""


class PeopleStore(Part):
    """Users, tokens and secrets of ``ports.Store``."""

    async def users(self, *, limit: int, cursor: str | None = None) -> Page[User]:
        """Newest first."""
        query = sorted_after(select(*USER).limit(limit + 1), "users", [(users.c.id, int)], cursor, descends=True)
        async with self._database.reading() as connection:
            rows = (await connection.execute(query)).all()
        return cursors.page("users", rows, limit, lambda row: (row.id,), user_of)

    async def user(self, user_id: int) -> User | None:
        async with self._database.reading() as connection:
            row = (await connection.execute(select(*USER).where(users.c.id == user_id))).one_or_none()
        return None if row is None else user_of(row)

    async def user_secret(self, name: str) -> tuple[User, str] | None:
        """The user of that name, without case, and the argon2id hash."""
        query = select(*USER, users.c.password_hash).where(users.c.name_key == name.casefold())
        async with self._database.reading() as connection:
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else (user_of(row), row.password_hash)

    async def add_user(self, name: str, role: Role, password_hash: str, by: str) -> User:
        """Raises AlreadyExists."""
        return await self._add({"name": name, "role": role.value, "password_hash": password_hash}, by)

    async def user_by_subject(self, issuer: str, subject: str) -> User | None:
        """Who signs in by OpenID Connect as ``subject`` of ``issuer``."""
        query = select(*USER).where(users.c.issuer == issuer, users.c.subject == subject)
        async with self._database.reading() as connection:
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else user_of(row)

    async def add_external_user(self, name: str, role: Role, issuer: str, subject: str, by: str) -> User:
        """One who signs in by OpenID Connect. Raises AlreadyExists, also for a name that is taken."""
        values = {"name": name, "role": role.value, "password_hash": NO_PASSWORD, "issuer": issuer, "subject": subject}
        return await self._add(values, by)

    async def can_sign_in(self) -> bool:
        """Whether there is anybody who is not disabled and has a password, or comes by OpenID Connect."""
        query = select(users.c.id).where(~users.c.disabled, or_(users.c.password_hash != NO_PASSWORD, users.c.subject.is_not(None)))
        async with self._database.reading() as connection:
            return await connection.scalar(query.limit(1)) is not None

    async def change_user(self, user_id: int, change: Change, by: str) -> User | None:
        """Set role, disabled or password_hash; a new password or role, and being disabled, end all logins and links of theirs.
        Raises LastAdmin, VersionConflict; ValueError for what may not be set."""
        if not change.values.keys() <= _CHANGEABLE:
            raise ValueError(f"of a user only {sorted(_CHANGEABLE)} may be changed")
        async with self._database.changing() as connection:
            await _lock_admins(connection)
            query = select(*USER, users.c.password_hash).where(users.c.id == user_id).with_for_update()
            row = (await connection.execute(query)).one_or_none()
            if row is None:
                return None
            before = user_of(row)
            if change.version is not None and change.version != before.version:
                raise VersionConflict(f"the user {before.name!r} has version {before.version} now")
            values = {name: value for name, value in change.values.items() if value != getattr(row, name)}
            if not values:
                return before
            loses = values.get("disabled") or ("role" in values and values["role"] != Role.ADMIN)
            if loses and before.role is Role.ADMIN and not before.disabled and not await _is_another_admin(connection, user_id):
                raise LastAdmin("is the last one who may do everything: make somebody else an admin first")
            changed = update(users).where(users.c.id == user_id).values(**values, version=before.version + 1).returning(*USER)
            after = user_of((await connection.execute(changed)).one())
            if values.get("disabled") or values.keys() & {"password_hash", "role"}:
                await connection.execute(delete(logins).where(logins.c.user_id == user_id))
                await connection.execute(delete(login_links).where(login_links.c.user_id == user_id))
            was = {name: getattr(row, name) for name in values}
            await note(connection, by, "user.changed", after.name, before=was, after=values)
            await notify(connection, "user", str(user_id))
            return after

    async def tokens(self, state: TokenState | None = None, *, limit: int, cursor: str | None = None) -> Page[Token]:
        """Newest first: those in a state, or all that are not revoked."""
        is_revoked = tokens.c.revoked_at.is_not(None)
        query = select(*_TOKEN).where(is_revoked if state is TokenState.REVOKED else ~is_revoked).limit(limit + 1)
        query = sorted_after(query, "tokens", [(tokens.c.id, int)], cursor, descends=True)
        if state is TokenState.ACTIVE:
            query = query.where(or_(tokens.c.expires_at.is_(None), tokens.c.expires_at > func.now()))
        if state is TokenState.EXPIRED:
            query = query.where(tokens.c.expires_at <= func.now())
        async with self._database.reading() as connection:
            rows = (await connection.execute(query)).all()
        return cursors.page("tokens", rows, limit, lambda row: (row.id,), _token)

    async def add_token(
        self, name: str, prefix: str, secret_hash: bytes, scopes: frozenset[Scope], expires_at: datetime | None, by: str
    ) -> Token:
        shown = {"name": name, "prefix": prefix, "scopes": sorted(scope.value for scope in scopes), "expires_at": expires_at}
        values = {**shown, "secret_hash": secret_hash, "created_by": by}
        async with self._database.changing() as connection:
            row = (await connection.execute(insert(tokens).values(values).on_conflict_do_nothing().returning(*_TOKEN))).one_or_none()
            if row is None:
                raise AlreadyExists("a token with this secret is known already")
            await note(connection, by, "token.added", name, {"id": row.id}, after=shown)
            await notify(connection, "token", str(row.id))
            return _token(row)

    async def token(self, secret_hash: bytes) -> Token | None:
        """None when unknown, revoked or expired."""
        valid = and_(
            tokens.c.secret_hash == secret_hash,
            tokens.c.revoked_at.is_(None),
            or_(tokens.c.expires_at.is_(None), tokens.c.expires_at > func.now()),
        )
        async with self._database.reading() as connection:
            row = (await connection.execute(select(*_TOKEN).where(valid))).one_or_none()
        return None if row is None else _token(row)

    async def revoke_token(self, token_id: int, by: str) -> bool:
        revoked = update(tokens).where(tokens.c.id == token_id, tokens.c.revoked_at.is_(None)).values(revoked_at=func.now())
        async with self._database.changing() as connection:
            row = (await connection.execute(revoked.returning(tokens.c.name, tokens.c.prefix, tokens.c.scopes))).one_or_none()
            if row is None:
                return False
            await note(connection, by, "token.revoked", row.name, {"id": token_id}, before={"prefix": row.prefix, "scopes": row.scopes})
            await notify(connection, "token", str(token_id))
            return True

    async def secret(self, name: str) -> bytes:
        """32 random bytes of that name, made at the first call, then the same."""
        query = select(secrets.c.value).where(secrets.c.name == name)
        async with self._database.reading() as connection:
            found = await connection.scalar(query)
            if found is None:
                made = randomness.token_bytes(32)
                await connection.execute(insert(secrets).values(name=name, value=made).on_conflict_do_nothing())
                found = await connection.scalar(query)
        return bytes(found or b"")

    async def _add(self, values: dict[str, Any], by: str) -> User:
        row = {**values, "name_key": values["name"].casefold()}
        async with self._database.changing() as connection:
            made = (await connection.execute(insert(users).values(row).on_conflict_do_nothing().returning(*USER))).one_or_none()
            if made is None:
                raise AlreadyExists(f"the user {values['name']!r} is known already")
            shown = {name: value for name, value in values.items() if name not in ("name", "password_hash")}
            await note(connection, by, "user.added", values["name"], after=shown)
            await notify(connection, "user", str(made.id))
            return user_of(made)


async def _lock_admins(connection: AsyncConnection) -> None:
    """Changes of rights come one after the other, so that two admins cannot demote each other at once."""
    await connection.execute(select(users.c.id).where(users.c.role == Role.ADMIN.value).order_by(users.c.id).with_for_update())


async def _is_another_admin(connection: AsyncConnection, user_id: int) -> bool:
    others = select(users.c.id).where(users.c.role == Role.ADMIN.value, ~users.c.disabled, users.c.id != user_id).limit(1)
    return await connection.scalar(others) is not None


def user_of(row: Any) -> User:
    """A user of a row that has all of ``USER``."""
    return User(
        row.id, row.name, Role(row.role), row.created_at, row.disabled, row.has_password, row.is_external, row.last_login_at, row.version
    )


def _token(row: Any) -> Token:
    values = dict(row._mapping)
    return Token(**values | {"scopes": frozenset(Scope(word) for word in row.scopes if word in _SCOPES)})
