"""The store: everything that is kept, behind ``ports.Store``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import cast

from sqlalchemy import delete, text

from persistence.anomalies import AnomaliesStore
from persistence.auditing import AuditStore
from persistence.batches import BatchRows
from persistence.certificates import CertificatesStore
from persistence.chargers import ChargerStore
from persistence.charging import ProfileStore
from persistence.commands import CommandStore
from persistence.configuration import ConfigurationRows
from persistence.database import POOL_SIZE, Database
from persistence.dead_letters import DeadLetterStore
from persistence.drivers import DriverStore
from persistence.fleet import FleetRows
from persistence.history import HistoryStore
from persistence.idempotency import IdempotencyRows
from persistence.jobs import JobsStore
from persistence.local_lists import LocalListRows
from persistence.logins import LoginStore
from persistence.messages import MessageStore
from persistence.notices import NoticeStore
from persistence.people import PeopleStore
from persistence.reservations import ReservationStore
from persistence.security import SecurityStore
from persistence.sessions import SessionStore
from persistence.tables import events
from persistence.tags import TagStore
from persistence.writer import Writer
from voltaro.domain.fact import Fact, ReservationAsked, ReservationMoved, ReservationsDue, SessionResolved
from voltaro.domain.reservation import Reservation, ReservationState, ReservationWish
from voltaro.domain.resolution import Resolution
from voltaro.domain.session import Session


class PostgresStore(
    ChargerStore,
    FleetRows,
    BatchRows,
    SecurityStore,
    SessionStore,
    TagStore,
    CommandStore,
    IdempotencyRows,
    MessageStore,
    HistoryStore,
    DeadLetterStore,
    AnomaliesStore,
    PeopleStore,
    LoginStore,
    AuditStore,
    DriverStore,
    NoticeStore,
    JobsStore,
    CertificatesStore,
    ConfigurationRows,
    LocalListRows,
    ProfileStore,
    ReservationStore,
):
    """``ports.Store`` on PostgreSQL 14 or newer. It connects when first asked; ``close`` it at the end.

    Every method raises StoreUnavailable while PostgreSQL is away and works again when it is back, and Poison for a value
    that PostgreSQL never takes (a NUL in a text).
    """

    def __init__(self, url: str, *, pool_size: int = POOL_SIZE) -> None:
        self.url = url
        self._database = Database(url, pool_size)
        self._writer = Writer(self._database)

    async def write(self, facts: Sequence[Fact]) -> Sequence[object]:
        """See ``ports.FactWriter``."""
        return await self._writer.write(facts)

    async def resolve(self, resolution: Resolution, by: str) -> Sequence[Session] | None:
        """See ``ports.Store``. Raises NotNow, BadDecision."""
        (result,) = await self._writer.write([SessionResolved(resolution, by, await self.time())])
        if isinstance(result, Exception):
            raise result
        return cast("tuple[Session, ...] | None", result)

    async def ask_reservation(self, wish: ReservationWish, by: str, now: datetime) -> Reservation:
        """A new reservation that the charger is about to be asked for, with a number of its own."""
        (result,) = await self._writer.write([ReservationAsked(wish, by, now)])
        if isinstance(result, Exception):
            raise result
        return cast(Reservation, result)

    async def withdraw_reservation(self, reservation: Reservation, reason: str, now: datetime) -> None:
        """The charger could not be asked for it."""
        await self._writer.write([ReservationMoved(reservation.charger_id, reservation.number, ReservationState.REFUSED, reason, now)])

    async def expire_reservations(self, now: datetime) -> int:
        """End the reservations whose time is over; how many they were."""
        if not await self.reservations_are_due(now):
            return 0
        (ended,) = await self._writer.write([ReservationsDue(now)])
        return cast(int, ended)

    async def prepare_partitions(self) -> None:
        """Make the partitions of the time to come; call it daily. Without it new rows go to the default partitions, and
        the next call moves them."""
        async with self._database.changing() as connection:
            await connection.execute(text("SELECT prepare_partitions('meter_values', 'month', 2, 3)"))
            await connection.execute(text("SELECT prepare_partitions('messages', 'day', 1, 7)"))

    async def retire(
        self, *, messages_before: datetime | None = None, meter_values_before: datetime | None = None, events_before: datetime | None = None
    ) -> None:
        """Drop history that is older than these moments (whole partitions), and old events."""
        drop = text("SELECT retire_partitions(:parent, :before)")
        async with self._database.changing() as connection:
            if messages_before is not None:
                await connection.execute(drop, {"parent": "messages", "before": messages_before})
                await connection.execute(text("DELETE FROM messages_default WHERE at < :before"), {"before": messages_before})
            if meter_values_before is not None:
                await connection.execute(drop, {"parent": "meter_values", "before": meter_values_before})
                await connection.execute(
                    text("DELETE FROM meter_values_default WHERE received_at < :before"), {"before": meter_values_before}
                )
            if events_before is not None:
                await connection.execute(delete(events).where(events.c.at < events_before))

    async def close(self) -> None:
        await self._writer.close()
        await self._database.close()
