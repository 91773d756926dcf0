"""The way in to the actors from outside: what the gateway may ask (``ports.Calls``) and the web (``ports.Fleet``).

It keeps no state of chargers: it turns questions into messages, and names into addresses.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import structlog

from actors.anomalies import Noticed
from actors.auth import ForgetTag
from actors.charger import ChargerActor
from actors.charger_messages import Handed, LineDown, LineUp, ProfileReached, Refresh, Resolved
from actors.commands import SendCommand
from actors.gathering import Gathering
from actors.local_lists import LocalLists
from actors.poison import PoisonFrames
from actors.redrive import Redrive
from actors.registry import CHARGER_PREFIX, Everyone, HowMany, WhoIsHere
from actors.supervision import Child, StartChild
from actors.system import Cell, CellState
from actors.tree import CHARGERS_NAME, Tree
from actors.wiring import Wiring
from voltaro import metrics
from voltaro.domain.anomaly import Anomaly
from voltaro.domain.charger import Registration
from voltaro.domain.charger_state import LiveState, loudest
from voltaro.domain.command import Command, Order
from voltaro.domain.event import Flash
from voltaro.domain.fact import EventHappened, ExchangeLogged, Fact, FrameKept, FrameLogged
from voltaro.domain.fingerprint import fingerprint
from voltaro.domain.profiles import Entry, Issued
from voltaro.domain.session import Session
from voltaro.ports import (
    ActorCrashed,
    ActorNode,
    ActorUnavailable,
    Call,
    ChargerLive,
    Credential,
    Dialect,
    Fault,
    KeptFrame,
    Line,
    NewCharger,
    NotConnected,
    Notice,
    PresentedTag,
    Pulse,
    Redriven,
    Store,
    StoreUnavailable,
)

log = structlog.get_logger()

CLOSED_REPLACED = 4001


class Fleet:
    """The gateway's and the web's way to the actors."""

    def __init__(self, tree: Tree, store: Store, wiring: Wiring) -> None:
        self._tree = tree
        self._system = tree.system
        self._store = store
        self._wiring = wiring
        self._credentials: Gathering[str, Sequence[Credential]] = Gathering(store.credentials_like)
        self._provisions: Gathering[tuple[str, str], Credential] = Gathering(self._provision)
        self._watched: Counter[str] = Counter()
        self._poison = PoisonFrames()
        self._suspects = self._poison.by_charger
        self.local_lists = LocalLists(store, tree.system, wiring.lines, wiring.list_wishes, wiring.clock)
        self.draining = False
        """Whether the server is being stopped: no new commands."""

    # --- ports.Calls: what the gateway asks ---

    async def credentials(self, readings: Sequence[str]) -> Sequence[Credential]:
        if self._wiring.clock.monotonic() < self._wiring.queue.closed_until:
            raise StoreUnavailable("nothing can be written now, so chargers keep what they have")
        found = await asyncio.gather(*(self._credentials.ask(reading) for reading in readings))
        return [credential for group in found if group for credential in group]

    async def issued(self, fingerprint: str) -> Issued | None:
        owner = await self._store.charger_of_certificate(fingerprint, "")
        return Issued(owner) if owner is not None or await self._store.was_issued(fingerprint) else None

    async def entered(self, entry: Entry) -> bool:
        if not await self._store.enter(entry):
            return False
        if entry.profile is not None:
            self._system.tell(_name(entry.charger_id), ProfileReached(entry.profile))
        shown = {"charger_id": entry.charger_id, "password": entry.password, "security_profile": entry.profile}
        if entry.certificate is not None:
            shown |= {"certificate": entry.certificate.common_name}
        told = {name: value for name, value in shown.items() if value is not None}
        self.note(EventHappened("charger.security", entry.at, entry.charger_id, told))
        return True

    async def provision(self, identity: str, protocol: str) -> Credential:
        credential = await self._provisions.ask((identity, protocol))
        return credential or Credential(identity, Registration.ACCEPTED, 0, b"", None)

    async def line_up(self, line: Line) -> None:
        older = self._wiring.lines.up(line)
        if older is not None:
            older.close(CLOSED_REPLACED, "replaced by a newer connection of this charger")
        name = _name(line.charger_id)
        for last in (False, True):
            try:
                await self._there(line.charger_id)
                await self._system.ask(name, LineUp(line))
            except (ActorCrashed, ActorUnavailable) as error:
                if last:
                    self._wiring.lines.down(line)
                    raise ActorUnavailable(f"{name} cannot take the line now") from error
            else:
                return

    def line_down(self, line: Line, code: int, reason: str) -> None:
        if self._wiring.lines.down(line):
            self._system.tell(_name(line.charger_id), LineDown(line, code, reason))

    def hand(self, line: Line, call: Call) -> bytes | asyncio.Future[bytes]:
        if line.charger_id in self._suspects:
            return self._hand_with_care(line, call)
        answer: bytes | asyncio.Future[bytes] = self._system.ask_at_once(CHARGER_PREFIX + line.charger_id, Handed(line, call))
        return answer

    def crashed(self, line: Line, call: Call) -> bool:
        return self._poison.crashed(line.charger_id, fingerprint(call.action, call.payload))

    async def put_aside(self, line: Line, call: Call, reason: str) -> None:
        protocol, now = line.dialect.protocol, call.received_at
        cell = self._system.cells.get(_name(line.charger_id))
        stack = None if cell is None else cell.last_stack
        fact = FrameKept(line.charger_id, "crash", call.action, str(call.message_id), call.raw, reason, now, protocol, stack)
        await self._wiring.queue.record(fact)
        self._poison.keep(line.charger_id, fingerprint(call.action, call.payload))

    def noticed(self, line: Line, anomalies: Mapping[Anomaly, int], message_id: str | None) -> None:
        self._system.tell(_name(line.charger_id), Noticed(anomalies, message_id, self._wiring.clock.now()))

    def is_behind(self) -> bool:
        return self._wiring.queue.is_high

    def note(self, fact: Fact) -> None:
        self._wiring.queue.jot(fact)

    def log_exchange(self, exchange: Fact) -> None:
        self._wiring.queue.jot(exchange)
        if self._watched and isinstance(exchange, (ExchangeLogged, FrameLogged)) and exchange.charger_id in self._watched:
            self._wiring.announcer.flash(Flash("message", exchange._asdict(), exchange.charger_id))

    # --- ports.Fleet: what the web asks ---

    async def live(self, charger_ids: Iterable[str]) -> Mapping[str, ChargerLive]:
        known: Mapping[str, ChargerLive] = await self._system.ask_twice("registry", WhoIsHere(tuple(charger_ids)))
        return {charger_id: self._with_actor(charger_id, live) for charger_id, live in known.items()}

    async def states(self) -> Mapping[str, LiveState]:
        resting = self.quarantined()
        return {
            charger_id: LiveState(
                live.connection,
                loudest(connector.state for connector in live.connectors if connector.evse_id),
                quarantined=_name(charger_id) in resting,
            )
            for charger_id, live in (await self.standing()).items()
        }

    async def online(self) -> Mapping[str, int]:
        counts: Mapping[str, int] = await self._system.ask_twice("registry", HowMany())
        return counts

    async def standing(self) -> Mapping[str, ChargerLive]:
        everyone: Mapping[str, ChargerLive] = await self._system.ask_twice("registry", Everyone())
        return everyone

    def quarantined(self) -> Mapping[str, tuple[int, datetime | None]]:
        resting = (cell for cell in self._system.cells.values() if cell.state is CellState.QUARANTINED)
        return {cell.name: (cell.restarts, cell.last_failure_at) for cell in resting}

    async def command(self, charger_id: str, action: str, payload: Mapping[str, Any], by: str, key: str | None = None) -> Command:
        return await self._send(charger_id, SendCommand(by, action, payload, key=key))

    async def order(self, charger_id: str, order: Order, by: str, key: str | None = None) -> Command:
        return await self._send(charger_id, SendCommand(by, order=order, key=key))

    async def sync_local_list(self, charger_id: str, *, full: bool, wait_s: float) -> bool:
        if self.draining:
            raise NotConnected("the server is being stopped: it sends nothing any more")
        reply = await self.local_lists.sync(charger_id, full=full)
        done, _ = await asyncio.wait((reply,), timeout=wait_s)
        if not done:
            return False
        reply.result()
        return True

    async def settled(self, command: Command, timeout_s: float, *, effective: bool = False) -> Command:
        return await self._wiring.settlements.wait(command, timeout_s, effective=effective)

    async def dialect(self, charger_id: str) -> Dialect:
        line = self._wiring.lines.of(charger_id)
        if line is None:
            raise NotConnected(f"{charger_id} is not connected, so its OCPP version is not known")
        return line.dialect

    async def disconnect(self, charger_id: str, reason: str) -> bool:
        line = self._wiring.lines.of(charger_id)
        if line is not None:
            line.close(1000, reason)
        self._system.tell(_name(charger_id), Refresh())
        return line is not None

    async def resolved(self, session: Session) -> None:
        self._system.tell(_name(session.charger_id), Resolved(session))

    def presented_tags(self) -> Sequence[PresentedTag]:
        return self._wiring.presented.newest()

    async def tree(self) -> ActorNode:
        return self._tree.picture()

    async def redrive(self, frame: KeptFrame) -> Redriven:
        found = self._wiring.reread(frame.protocol, frame.raw, frame.received_at)
        if found is None:
            return Redriven(False, f"it is no CALL that {frame.protocol} can read")
        await self.forgive(frame.charger_id, fingerprint(found[1].action, found[1].payload))
        try:
            await self._there(frame.charger_id)
            result: Redriven = await self._system.ask(_name(frame.charger_id), Redrive(*found))
        except ActorCrashed as crash:
            return Redriven(False, f"it crashed its actor again: {crash}")
        return result

    async def inject(self, target: str, kind: str, times: int, at: str | None) -> Fault:
        return self._tree.faults.inject(target, kind, times, at)

    async def fault(self, fault_id: str) -> Fault | None:
        return self._tree.faults.get(fault_id)

    async def faults(self) -> Sequence[Fault]:
        return self._tree.faults.all()

    def pulse(self) -> Pulse:
        return self._tree.watch.pulse()

    async def forgive(self, charger_id: str, fingerprint: str) -> bool:
        return self._poison.forgive(charger_id, fingerprint)

    async def watch_messages(self, charger_id: str, watching: bool) -> None:
        self._watched[charger_id] += 1 if watching else -1
        if self._watched[charger_id] <= 0:
            del self._watched[charger_id]

    # --- what the store tells ---

    def notice(self, notice: Notice) -> None:
        """Something stored has changed: caches forget it, its charger reads it again."""
        if notice.kind == "tag":
            self._system.tell("auth", ForgetTag(notice.key))
            self._wiring.list_wishes.wish("")
        elif notice.kind == "local_list":
            self._wiring.list_wishes.wish(notice.key)
        elif notice.kind in ("charger", "charger_removed"):
            names = [_name(notice.key)] if notice.key else [name for name in self._system.cells if name.startswith(CHARGER_PREFIX)]
            for name in names:
                self._system.tell(name, Refresh())
        elif notice.kind == "events":
            self._wiring.announcer.ring()

    # --- private ---

    def _hand_with_care(self, line: Line, call: Call) -> bytes | asyncio.Future[bytes]:
        """Hand a call on, unless the same has crashed the actor as often as it may: then it is kept and answered without it."""
        charger_id, said = line.charger_id, fingerprint(call.action, call.payload)
        if self._poison.is_kept(charger_id, said):
            metrics.FRAMES_BARRED.inc()
            return line.dialect.safe_answer(call)
        if self._poison.is_barred(charger_id, said):
            return asyncio.ensure_future(self._keep(line, call))
        answer: bytes | asyncio.Future[bytes] = self._system.ask_at_once(_name(charger_id), Handed(line, call))
        if isinstance(answer, bytes):
            self._poison.forgive(charger_id, said)
        else:
            answer.add_done_callback(lambda done: self._survived(charger_id, said, done))
        return answer

    async def _keep(self, line: Line, call: Call) -> bytes:
        await self.put_aside(line, call, "the same crashed its actor twice before")
        return line.dialect.safe_answer(call)

    def _survived(self, charger_id: str, said: str, done: asyncio.Future[bytes]) -> None:
        if not done.cancelled() and done.exception() is None:
            self._poison.forgive(charger_id, said)

    async def _there(self, charger_id: str) -> None:
        """See that the charger has an actor."""
        name, wiring = _name(charger_id), self._wiring
        if name not in self._system.cells:
            await self._system.ask(CHARGERS_NAME, StartChild(Child(name, "charger", lambda: ChargerActor(charger_id, wiring))))

    async def _provision(self, asked: Sequence[tuple[str, str]]) -> Mapping[tuple[str, str], Credential]:
        new = {identity: NewCharger(identity, security_profile=0, protocol=protocol) for identity, protocol in asked}
        known = await self._store.provision_chargers(tuple(new.values()), by="policy:accept")
        log.info("chargers.provisioned", count=len(new))
        return {(identity, protocol): known[identity] for identity, protocol in asked if identity in known}

    async def _send(self, charger_id: str, message: SendCommand) -> Command:
        if self.draining:
            raise ActorUnavailable("the server is being stopped: send the command again in a minute")
        if _name(charger_id) not in self._system.cells:
            raise NotConnected(f"{charger_id} is not connected: a command can only be sent over its line")
        command: Command = await self._system.ask(_name(charger_id), message)
        return command

    def _with_actor(self, charger_id: str, live: ChargerLive) -> ChargerLive:
        cell: Cell | None = self._system.cells.get(_name(charger_id))
        line = self._wiring.lines.of(charger_id)
        seen = live.last_seen
        if line is not None:
            silent = self._wiring.clock.monotonic() - line.last_heard()
            seen = self._wiring.clock.now() - timedelta(seconds=max(0.0, silent))
        return replace(live, last_seen=seen, actor=live.actor if cell is None else self._tree.node_of(cell))


def _name(charger_id: str) -> str:
    return CHARGER_PREFIX + charger_id
