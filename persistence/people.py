"""People, their logins, API tokens, the audit log, and secrets of our own. Secrets of others are kept as hashes."""

from __future__ import annotations

import secrets as randomness
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert

from persistence import cursor as cursors
from persistence.database import Part, note, notify
from persistence.tables import audit, login_links, logins, secrets, tokens, users
from voltaro.domain.person import AuditEntry, Role, Scope, Token, User
from voltaro.ports import AlreadyExists, Change, LoginSession, Page

_USER = (users.c.id, users.c.name, users.c.role, users.c.created_at, users.c.disabled)
_TOKEN = (tokens.c.id, tokens.c.name, tokens.c.prefix, tokens.c.scopes, tokens.c.created_at, tokens.c.expires_at, tokens.c.last_used_at)
_CHANGEABLE = frozenset({"role", "disabled", "password_hash"})
_USE_NOTED_EVERY = text("interval '1 minute'")


class PeopleStore(Part):
    """Users, logins, tokens, audit and secrets of ``ports.Store``."""

    async def users(self) -> Sequence[User]:
        async with self._database.reading() as connection:
            return [_user(row) for row in (await connection.execute(select(*_USER).order_by(users.c.id.desc()))).all()]

    async def user_secret(self, name: str) -> tuple[User, str] | None:
        """The user of that name, without case, and the argon2id hash."""
        query = select(*_USER, users.c.password_hash).where(users.c.name_key == name.casefold())
        async with self._database.reading() as connection:
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else (_user(row), row.password_hash)

    async def add_user(self, name: str, role: Role, password_hash: str, by: str) -> User:
        """Raises AlreadyExists."""
        values = {"name": name, "name_key": name.casefold(), "role": role.value, "password_hash": password_hash}
        async with self._database.changing() as connection:
            row = (await connection.execute(insert(users).values(values).on_conflict_do_nothing().returning(*_USER))).one_or_none()
            if row is None:
                raise AlreadyExists(f"the user {name!r} is known already")
            await note(connection, by, "user.added", name, {"role": role.value})
            await notify(connection, "user", str(row.id))
            return _user(row)

    async def change_user(self, user_id: int, change: Change, by: str) -> User | None:
        """Set role, disabled or password_hash; a new password or being disabled signs the user out everywhere."""
        if not change.values.keys() <= _CHANGEABLE:
            raise ValueError(f"of a user only {sorted(_CHANGEABLE)} may be changed")
        async with self._database.changing() as connection:
            if change.values:
                await connection.execute(update(users).where(users.c.id == user_id).values(**change.values))
            row = (await connection.execute(select(*_USER).where(users.c.id == user_id))).one_or_none()
            if row is None:
                return None
            if change.values.get("disabled") or "password_hash" in change.values:
                await connection.execute(delete(logins).where(logins.c.user_id == user_id))
                await connection.execute(delete(login_links).where(login_links.c.user_id == user_id))
            shown = {name: "changed" if name == "password_hash" else value for name, value in change.values.items()}
            await note(connection, by, "user.changed", row.name, shown)
            await notify(connection, "user", str(user_id))
            return _user(row)

    async def open_login(self, user_id: int, secret_hash: bytes, csrf: str, expires_at: datetime) -> None:
        async with self._database.changing() as connection:
            await connection.execute(delete(logins).where(logins.c.expires_at < func.now()))
            values = {"user_id": user_id, "secret_hash": secret_hash, "csrf": csrf, "expires_at": expires_at}
            await connection.execute(insert(logins).values(values))

    async def login(self, secret_hash: bytes) -> LoginSession | None:
        """None when unknown, expired, or its user is disabled."""
        query = (
            select(*_USER, logins.c.csrf, logins.c.expires_at)
            .join(users, users.c.id == logins.c.user_id)
            .where(logins.c.secret_hash == secret_hash, logins.c.expires_at > func.now(), ~users.c.disabled)
        )
        async with self._database.reading() as connection:
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else LoginSession(_user(row), row.csrf, row.expires_at, secret_hash)

    async def close_login(self, secret_hash: bytes) -> None:
        async with self._database.changing() as connection:
            await connection.execute(delete(logins).where(logins.c.secret_hash == secret_hash))

    async def add_login_link(self, user_id: int, secret_hash: bytes, expires_at: datetime) -> None:
        async with self._database.changing() as connection:
            await connection.execute(delete(login_links).where(login_links.c.expires_at < func.now()))
            values = {"user_id": user_id, "secret_hash": secret_hash, "expires_at": expires_at}
            await connection.execute(insert(login_links).values(values))

    async def use_login_link(self, secret_hash: bytes) -> User | None:
        """The user of a link that was not used yet; from now on it is."""
        taken = delete(login_links).where(login_links.c.secret_hash == secret_hash, login_links.c.expires_at > func.now())
        async with self._database.changing() as connection:
            user_id = await connection.scalar(taken.returning(login_links.c.user_id))
            if user_id is None:
                return None
            row = (await connection.execute(select(*_USER).where(users.c.id == user_id, ~users.c.disabled))).one_or_none()
            return None if row is None else _user(row)

    async def tokens(self) -> Sequence[Token]:
        """Those that are not revoked."""
        query = select(*_TOKEN).where(tokens.c.revoked_at.is_(None)).order_by(tokens.c.id.desc())
        async with self._database.reading() as connection:
            return [_token(row) for row in (await connection.execute(query)).all()]

    async def add_token(
        self, name: str, prefix: str, secret_hash: bytes, scopes: frozenset[Scope], expires_at: datetime | None, by: str
    ) -> Token:
        words = sorted(scope.value for scope in scopes)
        values = {"name": name, "prefix": prefix, "secret_hash": secret_hash, "scopes": words, "expires_at": expires_at}
        async with self._database.changing() as connection:
            row = (await connection.execute(insert(tokens).values(values).on_conflict_do_nothing().returning(*_TOKEN))).one_or_none()
            if row is None:
                raise AlreadyExists("a token with this secret is known already")
            await note(connection, by, "token.added", name, {"prefix": prefix, "scopes": words, "expires_at": expires_at})
            await notify(connection, "token", str(row.id))
            return _token(row)

    async def token(self, secret_hash: bytes) -> Token | None:
        """None when unknown, revoked or expired. Notes the use, to the minute."""
        valid = (
            tokens.c.secret_hash == secret_hash,
            tokens.c.revoked_at.is_(None),
            or_(tokens.c.expires_at.is_(None), tokens.c.expires_at > func.now()),
        )
        stale = or_(tokens.c.last_used_at.is_(None), tokens.c.last_used_at < func.now() - _USE_NOTED_EVERY)
        async with self._database.reading() as connection:
            row = (await connection.execute(select(*_TOKEN, stale.label("stale")).where(*valid))).one_or_none()
            if row is None:
                return None
            if row.stale:
                await connection.execute(update(tokens).where(tokens.c.id == row.id).values(last_used_at=func.now()))
        return _token(row)

    async def revoke_token(self, token_id: int, by: str) -> bool:
        revoked = update(tokens).where(tokens.c.id == token_id, tokens.c.revoked_at.is_(None)).values(revoked_at=func.now())
        async with self._database.changing() as connection:
            name = await connection.scalar(revoked.returning(tokens.c.name))
            if name is None:
                return False
            await note(connection, by, "token.revoked", name, {"id": token_id})
            await notify(connection, "token", str(token_id))
            return True

    async def audit(self, *, limit: int, cursor: str | None = None) -> Page[AuditEntry]:
        query = select(audit).order_by(audit.c.id.desc()).limit(limit + 1)
        if cursor is not None:
            query = query.where(audit.c.id < cursors.decode("audit", cursor, int)[0])
        async with self._database.reading() as connection:
            rows = (await connection.execute(query)).all()
        return cursors.page("audit", rows, limit, lambda row: (row.id,), lambda row: AuditEntry(**row._mapping))

    async def record_audit(self, by: str, action: str, target: str, detail: Mapping[str, Any]) -> None:
        async with self._database.changing() as connection:
            await note(connection, by, action, target, detail)

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


def _user(row: Any) -> User:
    return User(row.id, row.name, Role(row.role), row.created_at, row.disabled)


def _token(row: Any) -> Token:
    scopes = frozenset(Scope(word) for word in row.scopes)
    return Token(row.id, row.name, row.prefix, scopes, row.created_at, row.expires_at, row.last_used_at)
