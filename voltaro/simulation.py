"""The virtual chargers of this server: real OCPP clients that dial our own gateway over the loopback, for demos and for trying things.

Rule 1: whatever is added here is marked in the store before it dials, so that nothing of it is ever taken for real.
Rule 2: each fleet has a password that only this process knows: nobody else can pass for one of its chargers.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import re
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime

from voltaro.domain.event import Flash
from voltaro.domain.tag import Tag
from voltaro.ports import (
    MOST_VIRTUAL,
    Act,
    Announcer,
    CannotAct,
    NotSimulated,
    Simulated,
    Store,
    TailLine,
    TooManyVirtual,
    VirtualCharger,
    VirtualConnector,
    VirtualIdentity,
    VirtualWish,
)
from voltaro.simulator import BadScript, FleetPlan, Hand, SimulatedCharger, SimulatedFleet, do_command

TAGS = tuple(f"DEMO{number:04d}" for number in range(1, 41))
"""The cards of virtual people."""
TAIL = 200
"""How many frames of a charger are kept to be looked at."""
PATIENCE_S = 8.0
"""How long an act may take that waits for an answer or a line."""
GOODBYE_S = 3.0
DIALS_PER_S = 50.0
SETTLES_S = 5.0
TOLD_S = 0.4
"""How long passing events take to be told, at most."""
TEN = 10

NewSecret = Callable[[], tuple[str, bytes, bytes]]
"""A new charger password with its salt and hash."""


@dataclass(slots=True)
class _Place:
    """A virtual charger, the fleet that it is in, and what it said and heard."""

    charger: SimulatedCharger
    fleet: SimulatedFleet
    tail: _Tail
    wanted: bool = True


class _Tail:
    """The newest frames at a charger: its own watcher."""

    __slots__ = ("_lines",)

    def __init__(self) -> None:
        self._lines: deque[tuple[datetime, str, bytes | str]] = deque(maxlen=TAIL)

    def heard(self, frame: bytes) -> None:
        self._lines.append((datetime.now(UTC), "received", frame))

    def said(self, frame: bytes) -> None:
        self._lines.append((datetime.now(UTC), "sent", frame))

    def noted(self, what: str) -> None:
        self._lines.append((datetime.now(UTC), "noted", what))

    def lines(self) -> list[TailLine]:
        """Newest first."""
        return [
            TailLine(at, direction, text if isinstance(text, str) else text.decode(errors="replace"))
            for at, direction, text in reversed(self._lines)
        ]


class VirtualChargers:
    """``ports.Simulation``. Must be made, and closed, on the running loop."""

    def __init__(
        self,
        store: Store,
        announcer: Announcer,
        *,
        url: str,
        new_secret: NewSecret,
        recorded: Callable[[], Awaitable[None]],
    ) -> None:
        """``url`` is our own endpoint without the identity; ``recorded`` waits until what chargers have said is written."""
        self._store = store
        self._announcer = announcer
        self._url = url
        self._new_secret = new_secret
        self._recorded = recorded
        self._places: dict[str, _Place] = {}
        self._turn = asyncio.Lock()
        """One at a time adds or removes."""
        self._dice = random.Random()  # noqa: S311 - it guards nothing

    def chargers(self) -> Sequence[VirtualCharger]:
        return [_shown(place) for place in sorted(self._places.values(), key=lambda place: _in_order(place.charger.identity))]

    def charger(self, charger_id: str) -> VirtualCharger:
        return _shown(self._place(charger_id))

    def tags(self) -> Sequence[str]:
        return TAGS

    def tail(self, charger_id: str) -> Sequence[TailLine]:
        return self._place(charger_id).tail.lines()

    async def add(self, wish: VirtualWish, by: str) -> Sequence[VirtualCharger]:
        """See ``ports.Simulation``. Identities of an earlier run are taken up again."""
        async with self._turn:
            if len(self._places) + wish.count > MOST_VIRTUAL:
                raise TooManyVirtual(f"this server runs at most {MOST_VIRTUAL} virtual chargers, and {len(self._places)} are here")
            password, salt, password_hash = self._new_secret()
            plan = FleetPlan(
                url=self._url,
                count=wish.count,
                protocol=wish.protocol,
                prefix=wish.prefix,
                password=password,
                tags=TAGS,
                evses=wish.connectors,
                seed=self._dice.randrange(2**31),
                speed=wish.speed,
                meter_interval_s=wish.meter_interval_s,
                connect_per_s=DIALS_PER_S,
                driven=wish.driven,
                prompt=wish.prompt,
                first=self._first_number(wish),
            )
            identities = [
                VirtualIdentity(plan.identity(number), plan.protocol_of(number), salt, password_hash)
                for number in range(plan.first, plan.first + plan.count)
            ]
            await self._store.add_simulated(identities, [Tag(tag, note="demo") for tag in TAGS], by)
            fleet = SimulatedFleet(plan)
            for charger in fleet.chargers:
                tail = _Tail()
                charger.watcher = tail
                self._places[charger.identity] = _Place(charger, fleet, tail)
            fleet.start()
        return [_shown(self._places[charger.identity]) for charger in fleet.chargers]

    async def act(self, charger_id: str, act: Act) -> str:
        """See ``ports.Simulation``."""
        place = self._place(charger_id)
        if act.word in _WORDS and not 1 <= act.connector <= len(place.charger.machine.evses):
            raise CannotAct(f"{charger_id} has no connector {act.connector}")
        if act.word in ("online", "offline"):
            place.wanted = act.word == "online"
        told: list[str] = []
        hand = Hand(place.charger, told.append, patience_s=PATIENCE_S, watching=False)
        try:
            await do_command(hand, _words(act))
        except BadScript as error:
            raise CannotAct(str(error)) from error
        return told[-1].strip() if told else "done"

    async def scenario(self, name: str) -> int:
        """See ``ports.Simulation``."""
        return _SCENARIOS[name](self, [place.charger for place in self._places.values()])

    async def remove(self, charger_id: str, by: str) -> Simulated:
        """See ``ports.Simulation``."""
        async with self._turn:
            self._place(charger_id)
            return await self._take_down([charger_id], by, everything=False)

    async def clear(self, by: str) -> Simulated:
        """See ``ports.Simulation``."""
        async with self._turn:
            return await self._take_down(list(self._places), by, everything=True)

    async def close(self) -> None:
        """End in good order: what charges stops, and tells so; then the lines are closed."""
        fleets = {id(place.fleet): place.fleet for place in self._places.values()}.values()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(GOODBYE_S):
                await asyncio.gather(*(fleet.finish() for fleet in fleets))
        await asyncio.gather(*(fleet.close() for fleet in fleets))
        self._places.clear()

    # --- Within

    def _place(self, charger_id: str) -> _Place:
        place = self._places.get(charger_id)
        if place is None:
            raise NotSimulated(charger_id)
        return place

    def _first_number(self, wish: VirtualWish) -> int:
        """The first of as many numbers in a row that nobody here has."""
        pattern = re.compile(rf"{re.escape(wish.prefix)}-0*([0-9]+)")
        taken = [int(found.group(1)) for found in map(pattern.fullmatch, self._places) if found]
        return max(taken, default=0) + 1

    async def _take_down(self, charger_ids: Sequence[str], by: str, *, everything: bool) -> Simulated:
        places = [self._places.pop(charger_id) for charger_id in charger_ids]
        if places and self._announcer.is_watched():
            # Who looks on hears of it before the lines fall, and asks no more after what is about to go.
            self._announcer.flash(Flash("charger.removed", {"ids": list(charger_ids)}))
            await asyncio.sleep(TOLD_S)
        await asyncio.gather(*(place.fleet.dismiss(place.charger.identity) for place in places), return_exceptions=True)
        await self._recorded()
        which = None if everything else charger_ids
        gone = await self._store.remove_simulated(which, by)
        # The last words of lines and actors are written a little later than they are said.
        await self._recorded()
        gone = _sum(gone, await self._store.forget_history(charger_ids))
        self._announcer.flash(Flash("charger.removed", {"count": gone.chargers}))
        return gone


def _sum(one: Simulated, other: Simulated) -> Simulated:
    return Simulated(**{field.name: getattr(one, field.name) + getattr(other, field.name) for field in fields(Simulated)})


def _in_order(identity: str) -> tuple[tuple[int, str], ...]:
    """As a person sorts: SIM-2 before SIM-10."""
    return tuple((int(part), "") if part.isdigit() and part.isascii() else (0, part) for part in re.split(r"(\d+)", identity))


def _shown(place: _Place) -> VirtualCharger:
    charger = place.charger
    machine = charger.machine
    now = machine.clock.monotonic()
    connectors = []
    for evse in machine.evses:
        evse.settle(now)
        session = evse.session
        connectors.append(
            VirtualConnector(
                id=evse.id,
                status=evse.word(),
                plugged=evse.plugged,
                soc_percent=None if evse.battery is None else int(evse.battery.soc * 100),
                power_w=round(evse.draw_w),
                energy_wh=evse.reading_wh,
                id_tag=None if session is None else session.tag,
                transaction_id=None if session is None else session.transaction_id,
                session_wh=None if session is None else session.energy_wh,
                fault=evse.fault,
            )
        )
    return VirtualCharger(
        id=charger.identity,
        protocol=charger.protocol,
        vendor=machine.traits.model.vendor,
        model=machine.traits.model.name,
        online=charger.online,
        wanted=place.wanted,
        registration=machine.registration.value,
        queued=len(machine.outbox),
        driven=place.fleet.is_driven(charger.identity),
        speed=machine.traits.speed,
        clock_offset_s=round((machine.clock.now() - charger.clock.now()).total_seconds()),
        answers_after_s=charger.answers_after_s,
        refuses=machine.refuses,
        connectors=connectors,
    )


def _words(act: Act) -> list[str]:
    """An act in the words of the simulator's script."""
    one = str(act.connector)
    match act.word:
        case "plug":
            return ["plug", one, *([] if act.soc_percent is None else [f"{act.soc_percent}%"])]
        case "tap" | "start":
            return [act.word, act.id_tag or TAGS[0], one]
        case "unplug" | "stop" | "clear":
            return [act.word, one]
        case "fault":
            return ["fault", one, act.error_code or "OtherError"]
        case "power_cut":
            return ["powercut"]
        case "reboot":
            return ["reset", "hard"]
        case "refuse":
            return ["refuse", "on" if act.on else "off"]
        case "slow" | "clock":
            return [act.word, f"{act.seconds or 0:g}"]
        case "flood":
            return ["flood", str(act.messages or 100)]
        case _:
            return [act.word]


_WORDS = ("plug", "unplug", "tap", "start", "stop", "fault", "clear")
"""What is done at a connector."""


def _cars_arrive(here: VirtualChargers, chargers: Iterable[SimulatedCharger]) -> int:
    """Ten cars, or as many as there is room for: each is plugged in, and its driver holds a card to the reader."""
    free = [
        (charger, evse.id)
        for charger in chargers
        if charger.accepted
        for evse in charger.machine.evses
        if evse.free and not evse.plugged and evse.authorised is None
    ]
    chosen = here._dice.sample(free, min(TEN, len(free)))
    for (charger, evse_id), tag in zip(chosen, here._dice.sample(TAGS, len(chosen)), strict=True):
        charger.do(lambda machine, evse_id=evse_id: machine.plug_in(evse_id, None))  # type: ignore[misc]
        charger.tag(tag, evse_id)
    return len(chosen)


def _everybody_leaves(_: VirtualChargers, chargers: Iterable[SimulatedCharger]) -> int:
    plugged = [(charger, evse.id) for charger in chargers for evse in charger.machine.evses if evse.plugged]
    for charger, evse_id in plugged:
        charger.do(lambda machine, evse_id=evse_id: machine.unplug(evse_id))  # type: ignore[misc]
    return len(plugged)


def _power_cut(_: VirtualChargers, chargers: Iterable[SimulatedCharger]) -> int:
    """The mains fail everywhere and come back: sessions end, chargers boot."""
    online = [charger for charger in chargers if charger.online]
    for charger in online:
        charger.power_cut()
    return len(online)


def _network_cut(_: VirtualChargers, chargers: Iterable[SimulatedCharger]) -> int:
    """Every line is cut without a word, and charging goes on: chargers dial again after their back-off."""
    online = [charger for charger in chargers if charger.online]
    for charger in online:
        charger.sever()
    return len(online)


def _faults(here: VirtualChargers, chargers: Iterable[SimulatedCharger]) -> int:
    well = [(charger, evse.id) for charger in chargers if charger.accepted for evse in charger.machine.evses if evse.fault is None]
    chosen = here._dice.sample(well, min(3, len(well)))
    for charger, evse_id in chosen:
        code = here._dice.choice(("GroundFailure", "ConnectorLockFailure", "HighTemperature", "PowerMeterFailure"))
        charger.do(lambda machine, evse_id=evse_id, code=code: machine.break_down(evse_id, code))  # type: ignore[misc]
    return len(chosen)


def _repairs(_: VirtualChargers, chargers: Iterable[SimulatedCharger]) -> int:
    broken = [(charger, evse.id) for charger in chargers for evse in charger.machine.evses if evse.fault is not None]
    for charger, evse_id in broken:
        charger.do(lambda machine, evse_id=evse_id: machine.repair(evse_id))  # type: ignore[misc]
    return len(broken)


_SCENARIOS: dict[str, Callable[[VirtualChargers, Iterable[SimulatedCharger]], int]] = {
    "cars_arrive": _cars_arrive,
    "everybody_leaves": _everybody_leaves,
    "power_cut": _power_cut,
    "network_cut": _network_cut,
    "faults": _faults,
    "repairs": _repairs,
}
