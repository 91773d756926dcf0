"""What a server does by itself as long as it runs: what is old goes, what has expired ends, what others have changed is heard."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import structlog

from persistence.store import PostgresStore
from voltaro.config import Settings
from voltaro.domain.fact import CommandChanged
from voltaro.gateway.tls import Tls
from voltaro.ports import Clock, Notice, StoreUnavailable
from web.upload_folder import UploadFolder

log = structlog.get_logger()

EXPIRE_EVERY_S = 1.0
TLS_EVERY_S = 10.0
UPKEEP_EVERY_S = 6 * 3600.0
BATCHES_KEPT = timedelta(days=90)
COMMANDS_LEFT_FOR = timedelta(hours=2)
"""A charger's actor ends its commands long before; what is left then belongs to a charger that has not come back."""


async def keep_up(store: PostgresStore, settings: Settings, uploads: UploadFolder) -> None:
    """Make the partitions of the days to come, drop those that are old enough or too many, and end what nobody is left to end.
    Sessions and meter values are kept."""
    while True:
        now = datetime.now(UTC)
        try:
            await store.prepare_partitions()
            messages_before = now - timedelta(days=settings.keep_messages_days)
            if settings.keep_messages_mb is not None:
                messages_before = max(messages_before, await store.oldest_within(settings.keep_messages_mb << 20) or messages_before)
            await store.retire(messages_before=messages_before, events_before=now - timedelta(days=settings.keep_events_days))
            await store.retire_figures(now - timedelta(days=settings.keep_figures_days))
            await store.forget_keys()
            await store.forget_batches(now - BATCHES_KEPT)
            stale = await store.stale_commands(now - COMMANDS_LEFT_FOR)
            await store.write([CommandChanged(command) for command in stale])
            await retire_uploads(store, uploads, now - timedelta(days=settings.keep_uploads_days))
        except StoreUnavailable as error:
            log.warning("upkeep.postponed", reason=str(error))
        await asyncio.sleep(UPKEEP_EVERY_S)


async def retire_uploads(store: PostgresStore, uploads: UploadFolder, before: datetime) -> None:
    """Remove uploaded files that are old enough, and places that nobody used: first the file, then what is known of it."""
    while old := await store.old_uploads(before):
        for upload in old:
            if upload.stored_name is not None:
                await uploads.remove(upload.stored_name)
        await store.forget_uploads([upload.key for upload in old])


async def expire(store: PostgresStore, clock: Clock) -> None:
    """End reservations whose time is over: also those of chargers that have said nothing, or are not here."""
    while True:
        try:
            await store.expire_reservations(clock.now())
        except StoreUnavailable:
            log.debug("reservations.not_expired")  # the outage is told elsewhere, and their time stays over
        await asyncio.sleep(EXPIRE_EVERY_S)


async def listen(store: PostgresStore, hear: Sequence[Callable[[Notice], None]]) -> None:
    """What is changed by others, on the command line or by another node, is told to those who have it cached."""
    async for notice in store.listen():
        for tell in hear:
            tell(notice)


async def watch_tls(tls: Tls) -> None:
    """Certificates that are renewed on the disk come into use by themselves."""
    while True:
        await asyncio.sleep(TLS_EVERY_S)
        await asyncio.to_thread(tls.look)
