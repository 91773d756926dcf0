"""Signed meter values: what a driver may check a bill against, given out byte for byte (conformance X-21)."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import Any

import msgspec
from aiohttp import web

from voltaro.domain.person import Scope
from voltaro.ports import MeterRow
from web.export import LIST_MEDIA, Format, all_pages, stream, wanted_format
from web.problem import not_found
from web.route import Ask, Listing, PageQuery, Routes
from web.routes.sessions import known_session

routes = Routes("sessions")

_EXPORT_PAGE = 500


class SignedValueView(msgspec.Struct, frozen=True, kw_only=True):
    """A signed value. ``data`` is the text that was signed, as sent; its bytes alone are at ``data_url``.

    1.6 tells no method and no key: what they are lies in ``data``, whose ``format`` is named where it can be recognised. 2.x
    tells the key perhaps once in a session.
    """

    id: int
    at: datetime
    measurand: str
    context: str
    evse_id: int
    format: str | None
    data: str
    data_url: str
    signing_method: str | None
    encoding_method: str | None
    public_key: str | None


@routes.get(
    "/sessions/{session_id}/signed-values",
    "List the signed meter values of a session, oldest first.",
    scope=Scope.SESSIONS_READ,
    query=PageQuery,
    response=Listing[SignedValueView],
    media=LIST_MEDIA,
)
async def list_signed_values(ask: Ask[PageQuery, None]) -> Listing[SignedValueView] | web.StreamResponse:
    session, store, wanted = await known_session(ask), ask.house.store, wanted_format(ask.request)
    if wanted is Format.JSON:
        page = await store.meter_values(session.id, limit=ask.query.limit, cursor=ask.query.cursor, signed_only=True)
        return Listing([_view(row) for row in page.items], page.next)
    rows = all_pages(lambda cursor: store.meter_values(session.id, limit=_EXPORT_PAGE, cursor=cursor, signed_only=True), _view)
    return await stream(ask.request, wanted, f"session-{session.id}-signed-values", rows, SignedValueView.__struct_fields__)


@routes.get(
    "/sessions/{session_id}/signed-values/{value_id}/data",
    "Give out the bytes of a signed meter value exactly as the charger sent them.",
    scope=Scope.SESSIONS_READ,
    media=("application/octet-stream",),
)
async def give_signed_value(ask: Ask[None, None]) -> web.StreamResponse:
    session, value_id = await known_session(ask), ask.number("value_id")
    row = await ask.house.store.signed_value(session.id, value_id)
    if row is None:
        raise not_found(f"signed value {value_id} of session {session.id}")
    name = f"session-{session.id}-{value_id}.{'ocmf' if _format(_told(row)) == 'OCMF' else 'txt'}"
    return web.Response(
        body=_told(row)["signedMeterData"].encode(),
        content_type="application/octet-stream",
        headers={"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"},
    )


def _view(row: MeterRow) -> SignedValueView:
    told, sample = _told(row), row.sample
    return SignedValueView(
        id=row.id,
        at=sample.at,
        measurand=sample.measurand,
        context=sample.context,
        evse_id=row.evse_id,
        format=_format(told),
        data=told["signedMeterData"],
        data_url=f"/api/v1/sessions/{row.session_id}/signed-values/{row.id}/data",
        signing_method=told.get("signingMethod"),
        encoding_method=told.get("encodingMethod"),
        public_key=told.get("publicKey"),
    )


def _told(row: MeterRow) -> dict[str, Any]:
    """The signed value as 2.x tells it: an object, whose sample has no unit. In 1.6 there is nothing but the data."""
    if not row.sample.unit:
        with suppress(msgspec.DecodeError):
            told = msgspec.json.decode(row.sample.value)
            if isinstance(told, dict) and isinstance(told.get("signedMeterData"), str):
                return told
    return {"signedMeterData": row.sample.value}


def _format(told: dict[str, Any]) -> str | None:
    named = str(told.get("encodingMethod") or "")
    return "OCMF" if told["signedMeterData"].startswith("OCMF|") or named.upper() == "OCMF" else named or None
