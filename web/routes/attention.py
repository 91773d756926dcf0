"""What needs an operator now, worst first; each can be muted for a while."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated
from urllib.parse import quote

import msgspec
from aiohttp import web

from voltaro.domain.attention import SEVERITIES, Item, Kind, Mute, Param, Severity
from voltaro.domain.person import Scope
from voltaro.ports import BadCursor
from web.attention import ATTENTION, Findings
from web.export import LIST_MEDIA, Format, stream, wanted_format
from web.problem import invalid, not_found
from web.route import Ask, Body, Listing, PageQuery, Reply, Routes

routes = Routes("attention")

LONGEST_MUTE = timedelta(days=90)
MuteNote = Annotated[str, msgspec.Meta(max_length=500, description="Why, for colleagues.")]
Moment = Annotated[datetime, msgspec.Meta(tz=True)]


class MuteView(msgspec.Struct, frozen=True):
    """Who has muted an item, until when and why."""

    until: datetime
    note: str | None
    muted_by: str
    muted_at: datetime


class AttentionView(msgspec.Struct, frozen=True, kw_only=True):
    """Something that needs attention. ``params`` are figures and names for the words about it; ``link`` is where on the dashboard it is
    looked after. ``since`` is null where nobody knows."""

    id: str
    kind: Kind
    severity: Severity
    since: datetime | None
    charger_id: str | None
    evse_id: int | None
    session_id: int | None
    params: Mapping[str, Param]
    link: str
    mute: MuteView | None


class KindCount(msgspec.Struct, frozen=True):
    """How many of a kind there are: ``count`` that are not muted, and ``muted``."""

    kind: Kind
    severity: Severity
    count: int
    muted: int


class AttentionListing(Listing[AttentionView], frozen=True):
    """One page, with the counts of all kinds that there are, whatever the filter."""

    kinds: list[KindCount]
    at: datetime


class AttentionQuery(PageQuery, frozen=True, kw_only=True):
    """Filters. ``muted`` false leaves out what is muted, true shows only that; without it all are shown."""

    kind: Kind | None = None
    severity: Severity | None = None
    charger_id: Annotated[str, msgspec.Meta(max_length=255)] | None = None
    muted: bool | None = None


class MuteBody(Body, frozen=True, kw_only=True):
    """Until when an item is not to be shown, at most 90 days ahead."""

    until: Moment
    note: MuteNote | None = None


@routes.get(
    "/attention",
    "What needs attention now, worst kind first, in it the oldest.",
    scope=Scope.CHARGERS_READ,
    query=AttentionQuery,
    response=AttentionListing,
    media=LIST_MEDIA,
)
async def list_attention(ask: Ask[AttentionQuery, None]) -> AttentionListing | web.StreamResponse:
    query, wanted = ask.query, wanted_format(ask.request)
    findings = await ask.request.app[ATTENTION].now()
    items = [item for item in findings.items if _fits(item, findings, query)]
    if wanted is not Format.JSON:

        async def rows() -> AsyncIterator[AttentionView]:
            for item in items:
                yield attention_view(item, findings)

        return await stream(ask.request, wanted, "attention", rows(), AttentionView.__struct_fields__)
    begin = _place(items, query.cursor)
    page = items[begin : begin + query.limit]
    more = len(items) > begin + query.limit
    at = findings.at or ask.house.clock.now()
    return AttentionListing([attention_view(item, findings) for item in page], page[-1].id if more else None, _counts(findings), at)


@routes.put(
    "/attention/{item_id}/mute",
    "Do not show an item until then; the audit log holds who has said so.",
    scope=Scope.CHARGERS_WRITE,
    body=MuteBody,
    response=AttentionView,
)
async def mute_attention(ask: Ask[None, MuteBody]) -> AttentionView:
    attention, now = ask.request.app[ATTENTION], ask.house.clock.now()
    if not now < ask.body.until <= now + LONGEST_MUTE:
        raise invalid("/until", "is a moment to come, at most 90 days ahead")
    item = _named(await attention.now(), ask.text("item_id"))
    mute = Mute(item.id, item.kind, item.charger_id, ask.body.until, ask.body.note, ask.by, now)
    await ask.house.store.mute(mute)
    findings = await attention.anew()
    return msgspec.structs.replace(attention_view(item, findings), mute=_mute_view(mute))


@routes.delete("/attention/{item_id}/mute", "Show a muted item again.", scope=Scope.CHARGERS_WRITE)
async def unmute_attention(ask: Ask[None, None]) -> Reply:
    if not await ask.house.store.unmute(ask.text("item_id"), ask.by):
        raise not_found("muted item of that id")
    await ask.request.app[ATTENTION].anew()
    return Reply(None, 204)


def attention_view(item: Item, findings: Findings) -> AttentionView:
    """An item as the API shows it."""
    mute = findings.mutes.get(item.id)
    return AttentionView(
        id=item.id,
        kind=item.kind,
        severity=item.severity,
        since=item.since,
        charger_id=item.charger_id,
        evse_id=item.evse_id,
        session_id=item.session_id,
        params=item.params,
        link=_link(item),
        mute=None if mute is None else _mute_view(mute),
    )


def _fits(item: Item, findings: Findings, query: AttentionQuery) -> bool:
    if query.kind is not None and item.kind is not query.kind:
        return False
    if query.severity is not None and item.severity is not query.severity:
        return False
    if query.charger_id is not None and item.charger_id != query.charger_id:
        return False
    return query.muted is None or (item.id in findings.mutes) is query.muted


def _place(items: Sequence[Item], cursor: str | None) -> int:
    """Where the page after the item of this id begins. Raises BadCursor when it is gone: then the list is another."""
    if cursor is None:
        return 0
    for place, item in enumerate(items):
        if item.id == cursor:
            return place + 1
    raise BadCursor("what needs attention has changed since; begin again without a cursor")


def _named(findings: Findings, item_id: str) -> Item:
    for item in findings.items:
        if item.id == item_id:
            return item
    raise not_found("such item: it needs no attention any more")


def _counts(findings: Findings) -> list[KindCount]:
    counts: dict[Kind, list[int]] = {}
    for item in findings.items:
        counts.setdefault(item.kind, [0, 0])[item.id in findings.mutes] += 1
    return [KindCount(kind, SEVERITIES[kind], *pair) for kind, pair in counts.items()]


def _mute_view(mute: Mute) -> MuteView:
    return MuteView(mute.until, mute.note, mute.muted_by, mute.muted_at)


def _link(item: Item) -> str:
    if item.session_id is not None:
        return f"/sessions/{item.session_id}"
    if item.kind is Kind.OFFLINE_IN_SESSION:
        return f"/sessions/{item.params['session_id']}"
    if item.charger_id is None or item.kind in _LISTS:
        return _LISTS.get(item.kind, "/")
    tab = _TABS.get(item.kind, "")
    return f"/chargers/{quote(item.charger_id, safe='')}{tab}"


_LISTS: Mapping[Kind, str] = {
    Kind.UNRESOLVED_SESSIONS: "/sessions?state=unresolved",
    Kind.DEAD_LETTERS: "/dead-letters",
    Kind.UNKNOWN_CHARGER: "/chargers",
    Kind.QUARANTINED: "/actors",
}
_TABS: Mapping[Kind, str] = {Kind.SECURITY_EVENT: "?tab=security", Kind.CERTIFICATE_EXPIRES: "?tab=security"}
