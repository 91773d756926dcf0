"""Reading the audit: what was done by whom. It is written by ``database.note``, in the transaction of the deed, and never changed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from persistence import cursor as cursors
from persistence.database import Part, note
from persistence.order import sorted_after
from persistence.tables import audit
from voltaro.domain.person import AuditEntry
from voltaro.ports import AuditOrder, AuditQuery, Page

_ALL = AuditQuery()


class AuditStore(Part):
    """The audit of ``ports.Store``."""

    async def audit(
        self, query: AuditQuery = _ALL, *, limit: int, cursor: str | None = None, order: AuditOrder = AuditOrder.NEWEST
    ) -> Page[AuditEntry]:
        """By the moment; what was done at one, in the order in which it was written."""
        entry, kind = audit.c, f"audit {order}"
        keys = [(entry.at, datetime), (entry.id, int)]
        wanted = sorted_after(select(audit).limit(limit + 1), kind, keys, cursor, descends=order.descends)
        if query.actor is not None:
            wanted = wanted.where(entry.actor == query.actor)
        if query.action is not None:
            is_family = query.action.endswith(".")
            wanted = wanted.where(entry.action.startswith(query.action, autoescape=True) if is_family else entry.action == query.action)
        if query.target is not None:
            wanted = wanted.where(entry.target == query.target)
        if query.since is not None:
            wanted = wanted.where(entry.at >= query.since)
        if query.until is not None:
            wanted = wanted.where(entry.at < query.until)
        async with self._database.reading() as connection:
            rows = (await connection.execute(wanted)).all()
        return cursors.page(kind, rows, limit, lambda row: (row.at, row.id), _entry)

    async def record_audit(
        self,
        by: str,
        action: str,
        target: str,
        detail: Mapping[str, Any],
        *,
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
    ) -> None:
        async with self._database.changing() as connection:
            await note(connection, by, action, target, detail, before=before, after=after)


def _entry(row: Any) -> AuditEntry:
    return AuditEntry(**row._mapping)
