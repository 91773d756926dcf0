"""What was done by whom: read and exported, never changed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
from aiohttp import web

from voltaro.domain.person import AuditEntry, Scope
from voltaro.ports import AuditOrder, AuditQuery
from web.export import LIST_MEDIA, Format, all_pages, stream, wanted_format
from web.route import Ask, Listing, PageQuery, Routes

routes = Routes("people")

Word = Annotated[str, msgspec.Meta(max_length=300)]
Instant = Annotated[datetime, msgspec.Meta(tz=True)]
_EXPORT_PAGE = 500


class AuditView(msgspec.Struct, frozen=True):
    """One deed: ``actor`` did ``action`` to ``target``.

    ``before`` and ``after`` hold what the deed has changed and nothing else: null before, for what was made; null after, for what is no
    more; both null for what changes nothing of ours, as a command does. Of secrets they say only that they have changed. ``address``
    and ``request_id`` are of the request that asked for it; null where it came from the command line or from Voltaro itself.
    """

    id: int
    at: datetime
    actor: str
    action: str
    target: str
    detail: dict[str, Any]
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    address: str | None
    request_id: str | None


class AuditListQuery(PageQuery, frozen=True, kw_only=True):
    """Filters of the audit: ``since`` is within, ``until`` is not."""

    actor: Word | None = None
    action: Annotated[str, msgspec.Meta(max_length=300, description="One ending in a point is a family: tag.")] | None = None
    target: Word | None = None
    since: Instant | None = None
    until: Instant | None = None
    sort: AuditOrder = AuditOrder.NEWEST


class AuditLine(msgspec.Struct, frozen=True):
    """A deed as a line of CSV: what is JSON within stays JSON."""

    id: int
    at: datetime
    actor: str
    action: str
    target: str
    detail: str
    before: str
    after: str
    address: str | None
    request_id: str | None


@routes.get(
    "/audit",
    "List what was done by whom, newest first unless the other order is asked for.",
    scope=Scope.ADMIN,
    query=AuditListQuery,
    response=Listing[AuditView],
    media=LIST_MEDIA,
)
async def list_audit(ask: Ask[AuditListQuery, None]) -> Listing[AuditView] | web.StreamResponse:
    asked, store, wanted = ask.query, ask.house.store, wanted_format(ask.request)
    query = AuditQuery(asked.actor, asked.action, asked.target, _utc(asked.since), _utc(asked.until))
    if wanted is Format.JSON:
        page = await store.audit(query, limit=asked.limit, cursor=asked.cursor, order=asked.sort)
        return Listing([_audit_view(entry) for entry in page.items], page.next)
    rows: AsyncIterator[Any] = all_pages(
        lambda cursor: store.audit(query, limit=_EXPORT_PAGE, cursor=cursor, order=asked.sort),
        _audit_line if wanted is Format.CSV else _audit_view,
    )
    return await stream(ask.request, wanted, "audit", rows, AuditLine.__struct_fields__)


def _audit_view(entry: AuditEntry) -> AuditView:
    return AuditView(**{name: getattr(entry, name) for name in AuditView.__struct_fields__})


def _audit_line(entry: AuditEntry) -> AuditLine:
    texts = {name: _json(getattr(entry, name)) for name in ("detail", "before", "after")}
    return AuditLine(**{name: getattr(entry, name) for name in AuditLine.__struct_fields__} | texts)


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode() if value else ""


def _utc(at: datetime | None) -> datetime | None:
    return None if at is None else at.astimezone(UTC)
