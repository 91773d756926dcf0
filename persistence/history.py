"""What has happened, as it is read: events."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select

from persistence.database import Part
from persistence.tables import events
from voltaro.domain.event import Event


class HistoryStore(Part):
    """The events of ``ports.Store``."""

    async def events_after(self, event_id: int, *, limit: int) -> Sequence[Event]:
        """Oldest first. A smaller id never appears after a larger one has been read."""
        query = select(events).where(events.c.id > event_id).order_by(events.c.id).limit(limit)
        async with self._database.reading() as connection:
            return [Event(**row._mapping) for row in (await connection.execute(query)).all()]

    async def first_event_id(self) -> int:
        """The oldest that is kept, 0 when none."""
        async with self._database.reading() as connection:
            return int(await connection.scalar(select(func.min(events.c.id))) or 0)

    async def last_event_id(self) -> int:
        """0 when none."""
        async with self._database.reading() as connection:
            return int(await connection.scalar(select(func.max(events.c.id))) or 0)
