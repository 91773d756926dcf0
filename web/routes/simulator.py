"""Virtual chargers: real OCPP clients inside this server, to try things on. There only where the simulator is allowed.

Everything they do comes to us over a socket, as from a charger of metal. All of it is marked ``simulated``, and goes with ``DELETE
/demo-data``.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from aiohttp import web

from voltaro.domain.person import Scope
from voltaro.ports import MOST_VIRTUAL, Act, Simulated, Simulation, VirtualCharger, VirtualWish
from web.export import LIST_MEDIA, Format, each, stream, wanted_format
from web.house import House
from web.problem import not_found
from web.route import Ask, Body, Listing, Reply, Routes

routes = Routes("simulator")

Count = Annotated[int, msgspec.Meta(ge=1, le=MOST_VIRTUAL)]
Prefix = Annotated[
    str, msgspec.Meta(pattern=r"\A[A-Za-z0-9][A-Za-z0-9._-]{0,11}\Z", description="Identities are PREFIX-001, PREFIX-002 ...")
]
Word = Literal[
    "plug", "unplug", "tap", "start", "stop", "fault", "clear", "online", "offline", "sever", "power_cut", "reboot", "clock", "flood",
    "slow", "refuse",
]  # fmt: skip


class VirtualConnectorView(msgspec.Struct, frozen=True, kw_only=True):
    """A connector as it stands at the charger. ``status`` is OCPP 1.6's word, whatever the version; ``energy_wh`` its meter."""

    id: int
    status: str
    plugged: bool
    soc_percent: int | None
    power_w: int
    energy_wh: int
    id_tag: str | None
    transaction_id: str | None
    session_wh: int | None
    fault: str | None


class VirtualChargerView(msgspec.Struct, frozen=True, kw_only=True):
    """A virtual charger as it sees itself. ``wanted``: it is to be connected. ``driven``: people come and go by themselves."""

    id: str
    protocol: str
    vendor: str
    model: str
    online: bool
    wanted: bool
    registration: str
    queued: int
    driven: bool
    speed: float
    clock_offset_s: float
    answers_after_s: float
    refuses: bool
    connectors: list[VirtualConnectorView]


class FrameView(msgspec.Struct, frozen=True):
    """A frame as the charger saw it, without the secrets in it; ``noted`` is what became of its line."""

    at: datetime
    direction: str
    text: str


class VirtualChargerDetail(VirtualChargerView, frozen=True, kw_only=True):
    """One virtual charger with its newest frames, newest first."""

    frames: list[FrameView]


class VirtualBody(Body, frozen=True, kw_only=True):
    """Virtual chargers to be added. ``speed`` makes cars charge so many times faster than life."""

    count: Count = 1
    protocol: Literal["ocpp1.6", "ocpp2.0.1", "ocpp2.1", "mixed"] = "ocpp1.6"
    prefix: Prefix = "SIM"
    connectors: Annotated[int, msgspec.Meta(ge=1, le=8)] = 2
    speed: Annotated[float, msgspec.Meta(ge=1, le=1000)] = 20.0
    meter_interval_s: Annotated[float, msgspec.Meta(ge=1, le=3600)] = 10.0
    driven: bool = False


class ActBody(Body, frozen=True, kw_only=True):
    """What is done at a virtual charger.

    ``connector`` is for plug, unplug, tap, start, stop, fault and clear; ``id_tag`` for tap and start; ``soc_percent`` for plug;
    ``error_code`` for fault, in OCPP 1.6's words; ``seconds`` for clock (how far ahead; behind where negative) and slow (how long it
    thinks before it answers); ``messages`` for flood; ``on`` for refuse.
    """

    action: Word
    connector: Annotated[int, msgspec.Meta(ge=1, le=8)] = 1
    id_tag: Annotated[str, msgspec.Meta(min_length=1, max_length=36)] | None = None
    soc_percent: Annotated[int, msgspec.Meta(ge=1, le=100)] | None = None
    error_code: Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z]{1,40}\Z")] | None = None
    seconds: Annotated[float, msgspec.Meta(ge=-1_576_800_000, le=1_576_800_000)] | None = None
    messages: Annotated[int, msgspec.Meta(ge=1, le=1000)] | None = None
    on: bool = True


class ActView(msgspec.Struct, frozen=True):
    """What came of it, and how the charger stands now."""

    result: str
    charger: VirtualChargerView


class ScenarioBody(Body, frozen=True, kw_only=True):
    """Something that happens to many virtual chargers at once."""

    scenario: Literal["cars_arrive", "everybody_leaves", "power_cut", "network_cut", "faults", "repairs"]


class ScenarioView(msgspec.Struct, frozen=True):
    """How many connectors or chargers it happened to."""

    affected: int


class SimulatedView(msgspec.Struct, frozen=True, kw_only=True):
    """How much is, or was, simulated. ``other``: rows of all other kinds."""

    chargers: int
    tags: int
    sessions: int
    meter_values: int
    messages: int
    events: int
    other: int


class SimulatorView(msgspec.Struct, frozen=True):
    """How many virtual chargers there may be, and the cards that their people hold."""

    most: int
    tags: list[str]


@routes.get(
    "/simulator/chargers",
    "List the virtual chargers, as they see themselves. 404 unless the simulator is allowed.",
    scope=Scope.CHARGERS_READ,
    response=Listing[VirtualChargerView],
    media=LIST_MEDIA,
    problems=(404,),
)
async def list_virtual_chargers(ask: Ask[None, None]) -> Listing[VirtualChargerView] | web.StreamResponse:
    shown = [virtual_view(charger) for charger in _simulation(ask.house).chargers()]
    wanted = wanted_format(ask.request)
    if wanted is Format.JSON:
        return Listing(shown, None)
    return await stream(ask.request, wanted, "simulator", each(shown), VirtualChargerView.__struct_fields__)


@routes.post(
    "/simulator/chargers",
    "Add virtual chargers; they dial at once.",
    scope=Scope.CHARGERS_WRITE,
    body=VirtualBody,
    response=Listing[VirtualChargerView],
    status=201,
    problems=(404,),
)
async def add_virtual_chargers(ask: Ask[None, VirtualBody]) -> Listing[VirtualChargerView]:
    body = ask.body
    wish = VirtualWish(body.count, body.protocol, body.prefix, body.connectors, body.speed, body.meter_interval_s, body.driven)
    return Listing([virtual_view(charger) for charger in await _simulation(ask.house).add(wish, ask.by)], None)


@routes.get("/simulator", "Show what the simulator has to offer.", scope=Scope.CHARGERS_READ, response=SimulatorView, problems=(404,))
async def show_simulator(ask: Ask[None, None]) -> SimulatorView:
    return SimulatorView(MOST_VIRTUAL, list(_simulation(ask.house).tags()))


@routes.get(
    "/simulator/chargers/{charger_id}",
    "Show a virtual charger with its newest frames.",
    scope=Scope.MESSAGES_READ,
    response=VirtualChargerDetail,
)
async def show_virtual_charger(ask: Ask[None, None]) -> VirtualChargerDetail:
    simulation, charger_id = _simulation(ask.house), ask.text("charger_id")
    view = virtual_view(simulation.charger(charger_id))
    frames = [FrameView(line.at, line.direction, ask.house.mask(line.text)) for line in simulation.tail(charger_id)]
    return VirtualChargerDetail(**msgspec.structs.asdict(view), frames=frames)


@routes.post(
    "/simulator/chargers/{charger_id}/actions",
    "Do something at a virtual charger: plug, tap a card, break it, take it offline ...",
    scope=Scope.CHARGERS_WRITE,
    body=ActBody,
    response=ActView,
)
async def act_at_charger(ask: Ask[None, ActBody]) -> ActView:
    simulation, charger_id, body = _simulation(ask.house), ask.text("charger_id"), ask.body
    act = Act(body.action, body.connector, body.id_tag, body.soc_percent, body.error_code, body.seconds, body.messages, body.on)
    result = await simulation.act(charger_id, act)
    await ask.house.store.record_audit(ask.by, f"simulator.{body.action}", charger_id, {"connector": body.connector})
    return ActView(result, virtual_view(simulation.charger(charger_id)))


@routes.post(
    "/simulator/scenarios",
    "Let something happen to all virtual chargers: ten cars arrive, the power fails ...",
    scope=Scope.CHARGERS_WRITE,
    body=ScenarioBody,
    response=ScenarioView,
    problems=(404,),
)
async def play_scenario(ask: Ask[None, ScenarioBody]) -> ScenarioView:
    affected = await _simulation(ask.house).scenario(ask.body.scenario)
    await ask.house.store.record_audit(ask.by, "simulator.scenario", ask.body.scenario, {"affected": affected})
    return ScenarioView(affected)


@routes.delete(
    "/simulator/chargers/{charger_id}",
    "Remove a virtual charger, and all that is known of it.",
    scope=Scope.CHARGERS_WRITE,
    response=SimulatedView,
)
async def remove_virtual_charger(ask: Ask[None, None]) -> Reply:
    return Reply(simulated_view(await _simulation(ask.house).remove(ask.text("charger_id"), ask.by)), 200)


def virtual_view(charger: VirtualCharger) -> VirtualChargerView:
    """A virtual charger as the API shows it."""
    return msgspec.convert(charger, VirtualChargerView, from_attributes=True)


def simulated_view(simulated: Simulated) -> SimulatedView:
    """Counts as the API shows them."""
    return msgspec.convert(simulated, SimulatedView, from_attributes=True)


def _simulation(house: House) -> Simulation:
    if house.simulation is None:
        raise not_found("simulator on this server: `voltaro demo` has one, `voltaro serve` with --simulator")
    return house.simulation
