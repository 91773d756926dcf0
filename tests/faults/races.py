"""Sockets of one identity race for it: the real gateway and the real actors in this process, real sockets, a hand's clock.

An owner is a line that may hand calls to its charger's actor. At every turn of the loop there may be one at most, and it is the
newest; when all is over, the registry, the actor and the gateway agree on it.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random
from typing import Any

from actors.charger import ChargerActor
from persistence.store import PostgresStore
from tests.actors.house import House
from tests.gateway.fakes import KEY, RawClient, call
from tests.websocket import masked
from voltaro.config import UnknownChargers
from voltaro.gateway.entrance import Phase
from voltaro.gateway.limits import Limits
from voltaro.gateway.line import ChargerLine
from voltaro.gateway.server import Gateway
from voltaro.ports import Call, Line, NewCharger

IDENTITIES = 20
DEADLINE_S = 20.0


class Course:
    """A gateway before a tree of actors, and a watch on who owns which identity."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.wrong: list[str] = []
        self._newest: dict[str, int] = {}
        self._ended: set[str] = set()
        limits = Limits(line_ends_per_minute=1 << 30, upgrade_burst=1 << 20)
        self.gateway = Gateway(house.fleet, house.clock, password_key=KEY, unknown_chargers=UnknownChargers.REJECT, limits=limits)
        fleet: Any = house.fleet
        self._line_up, self._hand = fleet.line_up, fleet.hand
        fleet.line_up, fleet.hand = self._watched_line_up, self._watched_hand

    async def _watched_line_up(self, line: Line) -> None:
        if line.number < self._newest.get(line.charger_id, 0):
            self.wrong.append(f"{line!r} came up after a newer one")
        self._newest[line.charger_id] = max(line.number, self._newest.get(line.charger_id, 0))
        await self._line_up(line)

    def _watched_hand(self, line: Line, call: Call) -> Any:
        if line.number < self._newest.get(line.charger_id, 0):
            self.wrong.append(f"{line!r} handed {call.message_id} over after line {self._newest[line.charger_id]} was up")
        return self._hand(line, call)

    def owners(self, identity: str) -> list[ChargerLine]:
        """The open lines of an identity."""
        lines = [wire.receiver for wire in self.gateway._wires if wire.phase is Phase.OPEN]
        return [line for line in lines if isinstance(line, ChargerLine) and line.charger_id == identity]

    async def race(self, random: Random, identity: str) -> None:
        """2 to 20 sockets open and close in some order; afterwards everybody agrees on who is left."""
        racers = [asyncio.create_task(self._run(random, identity)) for _ in range(random.randint(2, 20))]
        while not all(racer.done() for racer in racers):
            if len(self.owners(identity)) > 1:
                self.wrong.append(f"{identity} has {len(self.owners(identity))} owners")
            await asyncio.sleep(0)
        clients = [racer.result() for racer in racers]
        left = [client for client in clients if client is not None]
        await self._settle(identity)
        await self._agree(identity, left)
        for client in left:
            client.writer.transport.abort()
        await self._gone(identity)

    async def _run(self, random: Random, identity: str) -> RawClient | None:
        """One socket; it stays open where it is given back."""
        await self._wait(random)
        client = await RawClient.open(self.gateway.addresses[0][1])
        name = "{}:{}".format(*client.writer.get_extra_info("sockname"))
        try:
            client.ask(f"/{identity}")
            if random.random() < 0.15:
                self._abort(client, name)  # connected and gone within a millisecond
                return None
            if not (await client.head()).startswith(b"HTTP/1.1 101 "):
                self.wrong.append(f"{identity} was refused")
            client.send(b"".join(masked(1, call(f"{n}").encode()) for n in range(random.randint(0, 4))))
            await self._wait(random)
        except (ConnectionError, asyncio.IncompleteReadError):
            self._abort(client, name)
            return None
        how = random.random()
        if how < 0.3:
            self._abort(client, name)
        elif how < 0.6:
            client.send(masked(8, b"\x03\xe8"))
            client.writer.close()
            self._ended.add(name)
        else:
            return client
        return None

    def _abort(self, client: RawClient, name: str) -> None:
        client.writer.transport.abort()
        self._ended.add(name)

    async def _wait(self, random: Random) -> None:
        for _ in range(random.randint(0, 30)):
            await asyncio.sleep(0)

    async def _settle(self, identity: str) -> None:
        """Let time pass until whoever was hung is cut and the actors have heard of everything."""
        gateway, house = self.gateway, self.house
        async with asyncio.timeout(DEADLINE_S):
            while gateway._reception._tasks or any(wire.phase in (Phase.HEAD, Phase.JUDGING) for wire in gateway._wires):
                await asyncio.sleep(0)
            while any(wire.phase is Phase.OPEN and wire.remote in self._ended for wire in gateway._wires):
                await asyncio.sleep(0)
            self._ended.clear()
            for _ in range(7):
                house.clock.advance(1.0)
                gateway.sweep()
            while any(wire.phase is not Phase.OPEN for wire in gateway._wires):
                await asyncio.sleep(0)
        await house.heard()

    async def _agree(self, identity: str, left: list[RawClient]) -> None:
        owners = self.owners(identity)
        kept = self.house.wiring.lines.of(identity)
        cell = self.house.system.cells.get(f"charger/{identity}")
        actor = None if cell is None else cell.occupant
        actors = actor._line if isinstance(actor, ChargerActor) else None
        if len(owners) > 1 or kept is not (owners[0] if owners else None) or (cell is not None and actors is not kept):
            self.wrong.append(f"{identity}: open {owners}, kept {kept}, its actor's {actors}")
        if owners and owners[0].number != self._newest[identity]:
            self.wrong.append(f"{identity}: {owners[0]!r} is left, but {self._newest[identity]} is the newest")
        answered = 0
        for client in left:
            client.send(masked(1, call("who?").encode()))
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                while (frame := await client.frame())[0] != 8:
                    if frame == (1, b'[3,"who?",{}]') or b'"who?"' in frame[1]:
                        answered += 1
                        break
        if answered != len(owners):
            self.wrong.append(f"{identity}: {answered} of {len(left)} clients are answered, {len(owners)} lines are open")

    async def _gone(self, identity: str) -> None:
        async with asyncio.timeout(DEADLINE_S):
            while self.gateway._wires:
                await asyncio.sleep(0)
        await self.house.heard()
        if self.house.wiring.lines.of(identity) is not None:
            self.wrong.append(f"{identity} has a line, but nobody is connected")


@asynccontextmanager
async def course(store: PostgresStore) -> AsyncIterator[Course]:
    """A course with its identities known."""
    house = House(store)
    for number in range(IDENTITIES):
        await store.add_charger(NewCharger(f"CP{number}", security_profile=0), by="test")
    made = Course(house)
    await made.gateway.start("127.0.0.1", 0)
    try:
        yield made
    finally:
        await made.gateway.stop()
        await house.tree.stop()
