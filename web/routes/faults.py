"""Provoked faults: to see that the house recovers. There only when fault injection is enabled, and for admins."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from urllib.parse import quote

import msgspec

from voltaro.domain.person import Scope
from voltaro.faults import KINDS, POINTS_OF
from voltaro.ports import Fault
from web.problem import not_found
from web.route import Ask, Body, Listing, Reply, Routes

routes = Routes("faults")


class FaultView(msgspec.Struct, frozen=True, kw_only=True):
    """A provoked fault and how long the target took to serve again."""

    id: str
    target: str
    kind: str
    injected_at: datetime
    times: int
    at: str | None
    crashes: int
    recovered_at: datetime | None
    recovery_ms: float | None


class FaultKindsView(msgspec.Struct, frozen=True, kw_only=True):
    """What can be provoked: kinds of faults, and the named points that actors pass, by kind of actor."""

    kinds: list[str]
    points: dict[str, list[str]]


class FaultBody(Body, frozen=True, kw_only=True):
    """What to break: ``target`` is an actor (``charger/CP1``, ``registry``), ``at`` a named point of its work.

    ``kind`` is crash, base_exception, hang, slow or poison. ``times`` counts strikes; for poison it counts frames, each of which
    crashes its actor twice.
    """

    target: Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
    kind: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
    times: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 1
    at: Annotated[str, msgspec.Meta(min_length=1, max_length=80)] | None = None


@routes.post(
    "/faults",
    "Provoke a fault. 404 unless fault injection is enabled.",
    scope=Scope.ADMIN,
    body=FaultBody,
    response=FaultView,
    status=202,
    problems=(404,),
)
async def inject_fault(ask: Ask[None, FaultBody]) -> Reply:
    body = ask.body
    fault = await ask.house.fleet.inject(body.target, body.kind, body.times, body.at)
    await ask.house.store.record_audit(ask.by, "fault.injected", body.target, {"kind": body.kind, "times": body.times, "at": body.at})
    return Reply(_fault_view(fault), 202, {"Location": f"/api/v1/faults/{quote(fault.id, safe='')}"})


@routes.get("/faults", "List the provoked faults, newest first.", scope=Scope.ADMIN, response=Listing[FaultView], problems=(404,))
async def list_faults(ask: Ask[None, None]) -> Listing[FaultView]:
    return Listing([_fault_view(fault) for fault in await ask.house.fleet.faults()], None)


@routes.get("/faults/kinds", "Show what can be provoked, and where.", scope=Scope.ADMIN, response=FaultKindsView, problems=(404,))
async def show_fault_kinds(ask: Ask[None, None]) -> FaultKindsView:
    await ask.house.fleet.faults()  # 404 while fault injection is off
    return FaultKindsView(kinds=list(KINDS), points={kind: list(points) for kind, points in POINTS_OF.items()})


@routes.get("/faults/{fault_id}", "Show a provoked fault and its recovery.", scope=Scope.ADMIN, response=FaultView)
async def show_fault(ask: Ask[None, None]) -> FaultView:
    fault_id = ask.text("fault_id")
    fault = await ask.house.fleet.fault(fault_id)
    if fault is None:
        raise not_found(f"fault {fault_id[:80]!r}")
    return _fault_view(fault)


def _fault_view(fault: Fault) -> FaultView:
    return FaultView(
        id=fault.id,
        target=fault.target,
        kind=fault.kind,
        injected_at=fault.injected_at,
        times=fault.times,
        at=fault.at,
        crashes=fault.crashes,
        recovered_at=fault.recovered_at,
        recovery_ms=fault.recovery_ms,
    )
