"""What an operator decides of a session that its charger left open or unexplained: assign, close, discard."""

from __future__ import annotations

from datetime import UTC
from typing import Annotated

import msgspec

from voltaro.domain.person import Scope
from voltaro.domain.resolution import AssignSession, CloseSession, DiscardSession, GiveStart, Resolution
from web.problem import invalid, not_found
from web.route import Ask, Body, Routes
from web.routes.sessions import Instant, SessionView, session_view

routes = Routes("sessions")

LARGEST_WH = 2**53

Reason = Annotated[str, msgspec.Meta(min_length=1, max_length=1000)]
EnergyWh = Annotated[int, msgspec.Meta(ge=0, le=LARGEST_WH)]
SessionId = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]
EvseId = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]
IdTag = Annotated[str, msgspec.Meta(min_length=1, max_length=255)]


class AssignBody(Body, frozen=True, kw_only=True):
    """Where an unresolved stop belongs: to ``session_id``; or to the start that never came, given as the charger shows it."""

    session_id: SessionId | None = None
    started_at: Instant | None = None
    meter_start_wh: EnergyWh | None = None
    id_tag: IdTag | None = None
    evse_id: EvseId | None = None
    connector_id: EvseId | None = None
    reason: Reason | None = None


class CloseBody(Body, frozen=True, kw_only=True):
    """How an open session has ended; without ``meter_stop_wh`` at what its meter last showed."""

    ended_at: Instant
    meter_stop_wh: EnergyWh | None = None
    reason: Reason | None = None


class DiscardBody(Body, frozen=True, kw_only=True):
    """Why a session is none."""

    reason: Reason


@routes.post(
    "/sessions/{session_id}/assign",
    "Say where an unresolved stop belongs: to a session of its charger, or to a start that never came.",
    scope=Scope.SESSIONS_WRITE,
    body=AssignBody,
    response=SessionView,
)
async def assign_session(ask: Ask[None, AssignBody]) -> SessionView:
    body, session_id = ask.body, ask.number("session_id")
    start = (body.started_at, body.meter_start_wh, body.id_tag, body.evse_id, body.connector_id)
    if body.session_id is not None:
        if any(member is not None for member in start):
            raise invalid("/session_id", "stands alone: give a session, or a start")
        return await _resolved(ask, AssignSession(session_id, body.session_id, body.reason))
    if body.started_at is None or body.meter_start_wh is None:
        missing = "started_at" if body.started_at is None else "meter_start_wh"
        raise invalid(f"/{missing}", "is needed: give session_id, or started_at and meter_start_wh")
    started_at = body.started_at.astimezone(UTC)
    return await _resolved(
        ask, GiveStart(session_id, started_at, body.meter_start_wh, body.id_tag, body.evse_id, body.connector_id, body.reason)
    )


@routes.post(
    "/sessions/{session_id}/close",
    "Close an open session; it is flagged as an estimate until its charger tells its own end.",
    scope=Scope.SESSIONS_WRITE,
    body=CloseBody,
    response=SessionView,
)
async def close_session(ask: Ask[None, CloseBody]) -> SessionView:
    body, session_id, ended_at = ask.body, ask.number("session_id"), ask.body.ended_at.astimezone(UTC)
    if ended_at > ask.house.clock.now():
        raise invalid("/ended_at", "is in the future")
    return await _resolved(ask, CloseSession(session_id, ended_at, body.meter_stop_wh, body.reason))


@routes.post(
    "/sessions/{session_id}/discard",
    "Put an unresolved or open session out of account, with a reason. It is kept and shown as discarded.",
    scope=Scope.SESSIONS_WRITE,
    body=DiscardBody,
    response=SessionView,
)
async def discard_session(ask: Ask[None, DiscardBody]) -> SessionView:
    return await _resolved(ask, DiscardSession(ask.number("session_id"), ask.body.reason))


async def _resolved(ask: Ask[object, object], resolution: Resolution) -> SessionView:
    touched = await ask.house.store.resolve(resolution, ask.by)
    if touched is None:
        raise not_found(f"session {resolution.session_id}")
    for session in touched:
        await ask.house.fleet.resolved(session)
    return session_view(touched[0])
