"""Logins and one-time links: signed-in browsers, listed and ended, and what was last seen of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert

from persistence.database import Part, among, note, notify
from persistence.people import USER, user_of
from persistence.tables import login_links, logins, tokens, users
from voltaro.domain.person import Login, SignIn, User
from voltaro.ports import LoginSession, NewLogin

_LOGIN = tuple(
    logins.c[name]
    for name in ("id", "user_id", "method", "created_at", "expires_at", "last_seen_at", "address", "user_agent", "secret_hash")
)
_KEPT_TO = text("interval '1 minute'")


class LoginStore(Part):
    """The logins of ``ports.Store``."""

    async def open_login(self, user_id: int, new: NewLogin) -> None:
        values = {name: getattr(new, name) for name in ("secret_hash", "csrf", "expires_at", "address", "user_agent")}
        async with self._database.changing() as connection:
            await connection.execute(delete(logins).where(logins.c.expires_at < func.now()))
            await connection.execute(
                insert(logins).values(**values, user_id=user_id, method=new.method.value, last_seen_at=func.now()),
            )
            await connection.execute(update(users).where(users.c.id == user_id).values(last_login_at=func.now()))

    async def login(self, secret_hash: bytes) -> LoginSession | None:
        """None when unknown, expired, or its user is disabled."""
        query = (
            select(*USER, logins.c.csrf, logins.c.expires_at)
            .join(users, users.c.id == logins.c.user_id)
            .where(logins.c.secret_hash == secret_hash, logins.c.expires_at > func.now(), ~users.c.disabled)
        )
        async with self._database.reading() as connection:
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else LoginSession(user_of(row), row.csrf, row.expires_at, secret_hash)

    async def close_login(self, secret_hash: bytes) -> None:
        async with self._database.changing() as connection:
            ended = delete(logins).where(logins.c.secret_hash == secret_hash).returning(logins.c.user_id)
            user_id = await connection.scalar(ended)
            if user_id is not None:
                await notify(connection, "user", str(user_id))

    async def logins(self, user_id: int) -> Sequence[Login]:
        """Those of a user that have not expired, newest first."""
        query = select(*_LOGIN).where(logins.c.user_id == user_id, logins.c.expires_at > func.now()).order_by(logins.c.id.desc())
        async with self._database.reading() as connection:
            rows = (await connection.execute(query)).all()
        return [Login(**{**row._mapping, "method": SignIn(row.method), "secret_hash": bytes(row.secret_hash)}) for row in rows]

    async def end_logins(self, user_id: int, by: str, *, login_id: int | None = None, but: bytes | None = None) -> int:
        """End one login of a user, or all, or all but one (by its hash); how many were ended."""
        query = delete(logins).where(logins.c.user_id == user_id, logins.c.expires_at > func.now())
        if login_id is not None:
            query = query.where(logins.c.id == login_id)
        if but is not None:
            query = query.where(logins.c.secret_hash != but)
        async with self._database.changing() as connection:
            ended = [dict(row._mapping) for row in await connection.execute(query.returning(logins.c.id, logins.c.address))]
            if ended:
                name = await connection.scalar(select(users.c.name).where(users.c.id == user_id))
                await note(connection, by, "login.ended", str(name), {"logins": ended})
                await notify(connection, "user", str(user_id))
            return len(ended)

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
            row = (await connection.execute(select(*USER).where(users.c.id == user_id, ~users.c.disabled))).one_or_none()
            return None if row is None else user_of(row)

    async def note_uses(self, tokens_used: Sequence[bytes], logins_used: Sequence[bytes]) -> None:
        """Tokens and logins were used just now; kept to the minute, so that a busy one is not a row changed all the time."""
        async with self._database.reading() as connection:
            for table, moment, used in ((tokens, tokens.c.last_used_at, tokens_used), (logins, logins.c.last_seen_at, logins_used)):
                if used:
                    stale = or_(moment.is_(None), moment < func.now() - _KEPT_TO)
                    noted = update(table).where(among(table.c.secret_hash, used), stale).values({moment: func.now()})
                    await connection.execute(noted)
