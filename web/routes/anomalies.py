"""What chargers do that OCPP does not say: of one charger, and by make, so that a fleet's hygiene can be seen."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from voltaro.domain.anomaly import explanation
from voltaro.domain.person import Scope
from voltaro.ports import AnomalyRow, HygieneQuery, HygieneRow
from web.route import Ask, Listing, PageQuery, Routes
from web.routes.chargers import known_charger

routes = Routes("chargers")

Text = Annotated[str, msgspec.Meta(max_length=100)]


class AnomalyView(msgspec.Struct, frozen=True, kw_only=True):
    """Something that a charger does. ``field`` is a JSON pointer with ``*`` for numbers, ``quirk`` the id of Voltaro's list of quirks,
    ``explanation`` what it is and what was done; ``message_id`` and ``example`` (secrets masked) are of the newest time."""

    code: str
    quirk: str | None
    explanation: str
    field: str
    count: int
    first_seen: datetime
    last_seen: datetime
    message_id: str | None
    example: str | None


class HygieneView(msgspec.Struct, frozen=True, kw_only=True):
    """Something that the chargers of one vendor, model and firmware do: how many of them, and how often together."""

    vendor: str | None
    model: str | None
    firmware_version: str | None
    code: str
    quirk: str | None
    explanation: str
    field: str
    chargers: int
    count: int
    first_seen: datetime
    last_seen: datetime


class HygieneListQuery(PageQuery, frozen=True, kw_only=True):
    """Filters of the hygiene list; each is compared as a whole."""

    vendor: Text | None = None
    model: Text | None = None
    firmware_version: Text | None = None
    code: Text | None = None


@routes.get(
    "/chargers/{charger_id}/anomalies",
    "List what a charger does that OCPP does not say, by code and field.",
    scope=Scope.CHARGERS_READ,
    query=PageQuery,
    response=Listing[AnomalyView],
)
async def list_anomalies(ask: Ask[PageQuery, None]) -> Listing[AnomalyView]:
    charger = await known_charger(ask)
    page = await ask.house.store.anomalies(charger.id, limit=ask.query.limit, cursor=ask.query.cursor)
    return Listing([_view(row) for row in page.items], page.next)


@routes.get(
    "/anomalies",
    "List what chargers do that OCPP does not say, by vendor, model and firmware.",
    scope=Scope.CHARGERS_READ,
    query=HygieneListQuery,
    response=Listing[HygieneView],
)
async def list_hygiene(ask: Ask[HygieneListQuery, None]) -> Listing[HygieneView]:
    asked = ask.query
    query = HygieneQuery(asked.vendor, asked.model, asked.firmware_version, asked.code)
    page = await ask.house.store.hygiene(query, limit=asked.limit, cursor=asked.cursor)
    return Listing([_hygiene_view(row) for row in page.items], page.next)


def _view(row: AnomalyRow) -> AnomalyView:
    quirk, words = explanation(row.code)
    return AnomalyView(
        code=row.code,
        quirk=quirk,
        explanation=words,
        field=row.field,
        count=row.count,
        first_seen=row.first_seen,
        last_seen=row.last_seen,
        message_id=row.message_id,
        example=row.example,
    )


def _hygiene_view(row: HygieneRow) -> HygieneView:
    quirk, words = explanation(row.code)
    return HygieneView(
        vendor=row.vendor,
        model=row.model,
        firmware_version=row.firmware_version,
        code=row.code,
        quirk=quirk,
        explanation=words,
        field=row.field,
        chargers=row.chargers,
        count=row.count,
        first_seen=row.first_seen,
        last_seen=row.last_seen,
    )
