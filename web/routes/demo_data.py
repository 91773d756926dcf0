"""What is simulated, as a whole: how much there is, and gone with one call. What is real is never touched."""

from __future__ import annotations

from voltaro.domain.event import Flash
from voltaro.domain.person import Scope
from web.route import Ask, Query, Routes
from web.routes.simulator import SimulatedView, simulated_view

routes = Routes("simulator")


class RemoveQuery(Query, frozen=True, kw_only=True):
    """``dry_run`` only says what would go."""

    dry_run: bool = False


@routes.get("/demo-data", "Count what is simulated.", scope=Scope.CHARGERS_READ, response=SimulatedView)
async def show_demo_data(ask: Ask[None, None]) -> SimulatedView:
    return simulated_view(await ask.house.store.count_simulated())


@routes.delete(
    "/demo-data",
    "Remove all virtual chargers with their sessions, meter values, messages and tags; what is real stays.",
    scope=Scope.ADMIN,
    query=RemoveQuery,
    response=SimulatedView,
)
async def remove_demo_data(ask: Ask[RemoveQuery, None]) -> SimulatedView:
    house = ask.house
    if ask.query.dry_run:
        ask.changed_nothing()
        return simulated_view(await house.store.count_simulated())
    if house.simulation is not None:
        return simulated_view(await house.simulation.clear(ask.by))
    removed = await house.store.remove_simulated(None, ask.by)
    house.stream.flash(Flash("charger.removed", {"count": removed.chargers}))
    return simulated_view(removed)
