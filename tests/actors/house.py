"""A whole tree of actors on a real store, with lines of paper: frames are handed in, answers are read."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from actors.auth import AuthPolicy
from actors.fleet import Fleet
from actors.gathering import Gathering
from actors.lines import Lines
from actors.persistence import Pace
from actors.settlements import Settlements
from actors.system import System
from actors.tree import Tree
from actors.wiring import ChargerPolicy, Wiring
from persistence.store import PostgresStore
from tests.actors.clocks import HandClock
from voltaro.domain.anomaly import Anomaly
from voltaro.domain.charger import Registration
from voltaro.domain.event import Flash
from voltaro.domain.fact import Fact
from voltaro.domain.profiles import PLAIN
from voltaro.domain.tag import Authorization
from voltaro.ocpp import dialect_for, read_again
from voltaro.ports import ActorCrashed, ActorUnavailable, Authoriser, Call, NewCharger, Outcome, OutcomeKind, Request, StoreUnavailable

_numbers = itertools.count(1)


class HouseClock(HandClock):
    """Waits below a second are the loop's; longer ones stand still until a test moves them."""

    def later(self, delay_s: float, call: Callable[[], object]) -> Any:
        if delay_s < 1.0:
            return asyncio.get_running_loop().call_later(delay_s, call)
        return super().later(delay_s, call)


class PaperLine:
    """A line without a socket; ``sent`` are our CALLs that wait for an answer."""

    def __init__(self, fleet: Fleet, clock: HandClock, charger_id: str, protocol: str) -> None:
        dialect = dialect_for(protocol)
        assert dialect is not None
        self.number = next(_numbers)
        self.charger_id = charger_id
        self.dialect = dialect
        self.remote = "127.0.0.1:1"
        self.connected_at = clock.now()
        self.link = PLAIN
        self.sent: asyncio.Queue[tuple[Request, Callable[[Outcome], None]]] = asyncio.Queue()
        self.unanswered: set[str] = set()
        self.closed: tuple[int, str] | None = None
        self.heard = clock.monotonic()
        self._fleet = fleet
        self._clock = clock
        self._ids = itertools.count(1)

    def call(self, request: Request, done: Callable[[Outcome], None], sent: Callable[[], object] | None = None) -> bool:
        self.unanswered.add(request.message_id)
        self.sent.put_nowait((request, partial(self._ended, request.message_id, done)))
        return True

    def _ended(self, message_id: str, done: Callable[[Outcome], None], outcome: Outcome) -> None:
        self.unanswered.discard(message_id)
        done(outcome)

    def waits_for(self, message_id: str) -> bool:
        return message_id in self.unanswered

    def mended(self, call: Call, payload: str, anomalies: Sequence[Anomaly]) -> None:
        """The gateway's line logs it."""

    def close(self, code: int, reason: str) -> None:
        self.closed = (code, reason)

    def last_heard(self) -> float:
        return self.heard

    async def say(self, action: str, payload: dict[str, Any], message_id: str | None = None) -> dict[str, Any]:
        """Say something as the charger does; the payload of the CALLRESULT. Raises AssertionError for a CALLERROR."""
        answer = await self.frame(action, payload, message_id)
        assert answer[0] == 3, answer
        result: dict[str, Any] = answer[2]
        return result

    async def frame(self, action: str, payload: dict[str, Any], message_id: str | None = None) -> list[Any]:
        """The whole answer; what crashes or finds no actor is handed on as the real line does it."""
        answer = await self._answer(self.made(action, payload, message_id))
        decoded: list[Any] = json.loads(answer)
        return decoded

    def made(self, action: str, payload: dict[str, Any], message_id: str | None = None) -> Call:
        """A CALL as the gateway gives it."""
        message_id = message_id or f"m{next(self._ids)}"
        raw = json.dumps([2, message_id, action, payload]).encode()
        return Call(message_id, action, payload, raw, self._clock.now())

    async def _answer(self, call: Call) -> bytes:
        while True:
            try:
                return await self._hand(call)
            except ActorCrashed as crash:
                if not self._fleet.crashed(self, call):
                    await self._fleet.put_aside(self, call, str(crash))
                    return self.dialect.safe_answer(call)
            except ActorUnavailable:
                await self._fleet.put_aside(self, call, "its actor takes no messages")
                return self.dialect.safe_answer(call)

    async def _hand(self, call: Call) -> bytes:
        answer = self._fleet.hand(self, call)
        return answer if isinstance(answer, bytes) else await answer

    async def asked(self, answer: dict[str, Any] | None = None) -> tuple[str, dict[str, Any]]:
        """The next CALL of ours, answered with a CALLRESULT of ``answer`` where one is given."""
        async with asyncio.timeout(30):
            request, done = await self.sent.get()
        if answer is not None:
            done(Outcome(OutcomeKind.RESULT, answer))
        return request.action, dict(request.payload)


class Listener:
    """The live stream of these tests."""

    def __init__(self) -> None:
        self.flashes: asyncio.Queue[Flash] = asyncio.Queue()
        self.rung = 0
        self.newcomers = False

    def flash(self, flash: Flash) -> None:
        self.flashes.put_nowait(flash)

    def is_watched(self) -> bool:
        return True

    def has_newcomers(self) -> bool:
        return self.newcomers

    def ring(self) -> None:
        self.rung += 1


class Switch:
    """The real store behind a switch: while it is ``away``, writing and reading facts raise StoreUnavailable."""

    def __init__(self, store: PostgresStore) -> None:
        self._store = store
        self.away = False
        self.writes: list[Sequence[Fact]] = []
        self.gate: asyncio.Event | None = None
        self.silent = False
        """Questions about tags are never answered, as by a PostgreSQL that hangs."""
        self.asked = 0

    async def tags_named(self, names: Sequence[str]) -> Any:
        self.asked += 1
        if self.silent:
            await asyncio.Event().wait()
        return await self._store.tags_named(names)

    async def write(self, facts: Sequence[Fact]) -> Sequence[object]:
        if self.gate is not None:
            await self.gate.wait()
        if self.away:
            raise StoreUnavailable("PostgreSQL is away")
        self.writes.append(facts)
        return await self._store.write(facts)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


class House:
    """All actors, and what they stand on."""

    def __init__(self, store: PostgresStore, authoriser: Authoriser | None = None) -> None:
        self.store = Switch(store)
        self.clock = HouseClock()
        self.listener = Listener()
        self.fatal: list[BaseException] = []
        self.tree = Tree(
            System(self.clock, self.clock.later),
            store=self.store,  # type: ignore[arg-type]
            clock=self.clock,
            announcer=self.listener,
            faults_enabled=True,
            fatal=self.fatal.append,
            auth_policy=AuthPolicy(),
            authoriser=authoriser,
            pace=Pace(gather_s=0.0, lossy_s=0.0, grace_s=10.0, retry_s=0.001, retry_most_s=0.001),
        )
        self.system = self.tree.system
        self.wiring = Wiring(
            clock=self.clock,
            queue=self.tree.queue,
            lines=Lines(),
            facts=Gathering(store.charger_facts),
            settlements=Settlements(),
            announcer=self.listener,
            mask=lambda action, payload: payload,
            reread=read_again,
            seal_password=lambda charger_id, password: (b"salt", password.encode()),
            policy=ChargerPolicy(show_s=0.0, stand_s=0.0),
        )
        self.fleet = Fleet(self.tree, store, self.wiring)
        self.tree.start()

    async def charger(self, charger_id: str, protocol: str = "ocpp1.6", registration: Registration = Registration.ACCEPTED) -> PaperLine:
        """A new, known charger with its line up."""
        await self.store.add_charger(NewCharger(charger_id, registration, security_profile=0), by="test")
        return await self.line(charger_id, protocol)

    async def line(self, charger_id: str, protocol: str = "ocpp1.6") -> PaperLine:
        """A new line of a known charger."""
        line = PaperLine(self.fleet, self.clock, charger_id, protocol)
        await self.fleet.line_up(line)
        return line

    async def until(self, holds: Callable[[], bool]) -> None:
        """Let the actors work until something holds."""
        async with asyncio.timeout(30):
            while not holds():
                await asyncio.sleep(0.001)

    async def in_time(self, holds: Callable[[], bool], within_s: int) -> None:
        """Let seconds pass by the hand clock, each with time for real work, until something holds: what hangs is found so."""
        for _ in range(within_s):
            for _ in range(20):
                if holds():
                    return
                await asyncio.sleep(0.001)
            self.clock.advance(1.0)
        assert holds(), f"not within {within_s} s"

    async def written(self) -> None:
        """Wait until everything that was told is written."""
        await self.until(lambda: not len(self.tree.queue) and not self.system.cells["persistence"].mailbox)

    async def heard(self) -> None:
        """Wait until every mailbox is empty."""
        await self.until(lambda: not any(cell.mailbox for cell in self.system.cells.values()))

    def now(self) -> datetime:
        return self.clock.now()


class Outside:
    """An external authoriser that says the same of every tag."""

    def __init__(self, says: Authorization | Exception) -> None:
        self.says = says
        self.asked: list[tuple[str, str]] = []

    async def authorize(self, id_tag: str, charger_id: str) -> Authorization:
        self.asked.append((id_tag, charger_id))
        if isinstance(self.says, Exception):
            raise self.says
        return self.says
