"""The store, opened: its database started where it is ours, its schema brought up to date."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from persistence import migrations
from persistence.store import PostgresStore
from voltaro import embedded
from voltaro.config import Settings

log = structlog.get_logger()


@asynccontextmanager
async def opened_store(settings: Settings) -> AsyncIterator[PostgresStore]:
    """The store, with its database started where it is ours, and its schema brought up to date unless told not to.

    Raises EmbeddedUnavailable, SchemaTooNew, StoreUnavailable, BadDatabaseUrl.
    """
    async with opened_database(settings) as url:
        await asyncio.to_thread(_prepare_schema, url, migrate=settings.migrate)
        store = PostgresStore(url)
        try:
            yield store
        finally:
            await store.close()


@asynccontextmanager
async def opened_database(settings: Settings) -> AsyncIterator[str]:
    """The address of the database, started where it is ours, whatever is in it. Raises EmbeddedUnavailable."""
    if settings.database_url is not None:
        yield settings.database_url
        return
    cluster = await asyncio.to_thread(embedded.start, settings.data_dir)
    try:
        yield cluster.url
    finally:
        cluster.stop()


def _prepare_schema(url: str, *, migrate: bool) -> None:
    if migrate:
        if migrations.upgrade(url):
            log.info("database.upgraded")
    elif migrations.check(url) is not migrations.Schema.CURRENT:
        raise SchemaTooOld("the database has an older schema: run `voltaro db upgrade`, or serve with --migrate")


class SchemaTooOld(Exception):
    """The schema is older than this release, and serve was told not to upgrade it."""
