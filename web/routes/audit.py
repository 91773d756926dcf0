"""What was done by whom."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from voltaro.domain.person import AuditEntry, Scope
from web.route import Ask, Listing, PageQuery, Routes

routes = Routes("people")


class AuditView(msgspec.Struct, frozen=True):
    """One deed: ``actor`` did ``action`` to ``target``."""

    id: int
    at: datetime
    actor: str
    action: str
    target: str
    detail: dict[str, Any]


@routes.get("/audit", "List what was done by whom, newest first.", scope=Scope.ADMIN, query=PageQuery, response=Listing[AuditView])
async def list_audit(ask: Ask[PageQuery, None]) -> Listing[AuditView]:
    page = await ask.house.store.audit(limit=ask.query.limit, cursor=ask.query.cursor)
    return Listing([_audit_view(entry) for entry in page.items], page.next)


def _audit_view(entry: AuditEntry) -> AuditView:
    return AuditView(entry.id, entry.at, entry.actor, entry.action, entry.target, dict(entry.detail))
