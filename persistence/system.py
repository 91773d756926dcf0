"""What PostgreSQL says of itself, for whoever looks after the server."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from sqlalchemy import text

from persistence.database import POOL_SIZE, Part
from voltaro.ports import DatabaseState, TableSize

_OF_DATABASE = text("""
SELECT current_setting('server_version') AS version, pg_database_size(current_database()) AS bytes,
    (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()) AS connections,
    current_setting('max_connections')::integer AS max_connections, pg_postmaster_start_time() AS started_at, clock_timestamp() AS now,
    (SELECT coalesce(max(extract(epoch FROM clock_timestamp() - xact_start)), 0) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()) AS oldest,
    xact_commit AS commits, xact_rollback AS rollbacks, deadlocks, blks_hit, blks_read
FROM pg_stat_database WHERE datname = current_database()""")

# A partition is counted with the table it is a part of.
_OF_TABLES = text("""
SELECT coalesce(parent.relname, one.relname) AS name, sum(greatest(one.reltuples, pg_stat_get_live_tuples(one.oid), 0))::bigint AS rows,
    sum(pg_total_relation_size(one.oid))::bigint AS bytes
FROM pg_class AS one LEFT JOIN pg_inherits ON inhrelid = one.oid LEFT JOIN pg_class AS parent ON parent.oid = inhparent
WHERE one.relnamespace = 'public'::regnamespace AND one.relkind = 'r'
GROUP BY 1 ORDER BY bytes DESC, name""")

_REVISION = text("SELECT version_num FROM alembic_version")


class SystemStore(Part):
    """``ports.SystemRecords``."""

    async def database_state(self) -> DatabaseState:
        """Some milliseconds of work: not for every request."""
        async with self._database.reading() as connection:
            began, asked = time.perf_counter(), datetime.now(UTC)
            revision = await connection.scalar(_REVISION)
            latency_ms = (time.perf_counter() - began) * 1000
            row = (await connection.execute(_OF_DATABASE)).one()
            apart_s = (row.now - asked).total_seconds() - latency_ms / 1000
            tables = [TableSize(*one) for one in (await connection.execute(_OF_TABLES)).all()]
        looked = row.blks_hit + row.blks_read
        return DatabaseState(
            version=row.version.split()[0],
            revision=revision,
            bytes=row.bytes,
            connections=row.connections,
            max_connections=row.max_connections,
            pool_in_use=self._database.in_use,
            pool_size=POOL_SIZE,
            latency_ms=round(latency_ms, 2),
            clock_apart_s=round(apart_s, 3),
            started_at=row.started_at,
            commits=row.commits,
            rollbacks=row.rollbacks,
            deadlocks=row.deadlocks,
            cache_hit_percent=round(100 * row.blks_hit / looked, 2) if looked else None,
            oldest_transaction_s=round(float(row.oldest), 1),
            tables=tables,
        )
