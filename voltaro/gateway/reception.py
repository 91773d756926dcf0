"""The reception: takes a whole upgrade request, decides on it, and opens the line.

The order is the pace of the door, path and identity, credentials, sub-protocol. Looking a charger up may take a while, so each
request is judged in a task of its own, which ends when the line is up.

Rule 1: before the credentials are found right there is no actor and no row, and nothing tells a known identity from an unknown one.
Rule 2: the newest authenticated line of a charger is the one that counts. Only a charger whose lines come and go all the time
(``gateway/flapping.py``) keeps the one it has, while that answers.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Coroutine, Sequence
from typing import Any

import structlog
from websockets.frames import CloseCode
from websockets.http11 import Request, Response

from voltaro import metrics
from voltaro.config import UnknownChargers
from voltaro.domain.fact import EventHappened
from voltaro.domain.identity import BadIdentity
from voltaro.domain.proxies import Proxies
from voltaro.gateway import handshake
from voltaro.gateway.flapping import Flapping
from voltaro.gateway.guesses import Buckets, Guesses
from voltaro.gateway.handshake import Asked
from voltaro.gateway.limits import Limits
from voltaro.gateway.line import ChargerLine, Desk
from voltaro.gateway.strangers import WaitingRoom
from voltaro.gateway.turnstile import Turnstile
from voltaro.gateway.wire import Phase, Wire
from voltaro.ocpp import PROTOCOLS, dialect_for
from voltaro.ports import Calls, Clock, Dialect, StoreUnavailable

log = structlog.get_logger(__name__)

_NO_PROTOCOL = f"offer one of {', '.join(PROTOCOLS)}"
_STORM_AGAIN_S = 5
_HELD_AGAIN_S = 30


class Reception:
    """Judges upgrade requests. ``paused``: everybody new is told to come later (503)."""

    def __init__(
        self,
        calls: Calls,
        room: WaitingRoom,
        clock: Clock,
        limits: Limits,
        *,
        policy: UnknownChargers,
        password_key: bytes,
        frame_log: bool,
        trusted_proxies: Sequence[str] = (),
    ) -> None:
        self._calls = calls
        self._room = room
        self._clock = clock
        self._limits = limits
        self._policy = policy
        self._key = password_key
        self._frame_log = frame_log
        self._dialects = {protocol: _dialect(protocol) for protocol in PROTOCOLS}
        self._numbers = itertools.count(1)
        self._tasks: set[asyncio.Task[None]] = set()
        self._proxies = Proxies(trusted_proxies)
        self._guesses = Guesses(clock)
        self._said = Buckets(clock, burst=60, a_minute=60)  # how often an address's refusals are logged
        self._flapping = Flapping(clock, limits.line_ends_per_minute, limits.hold_s)
        self._incumbents: dict[str, Wire] = {}
        self._turnstile: Turnstile[tuple[Wire, Request]] = Turnstile(
            clock, self._enter, burst=limits.upgrade_burst, per_second=limits.upgrades_per_second, wait_s=limits.upgrade_wait_s
        )
        self.paused = False

    def judge(self, wire: Wire, request: Request) -> None:
        """Decide on a request; ``wire`` is answered now or soon."""
        if self.paused:
            wire.refuse(handshake.unavailable())
        elif not self._turnstile.come((wire, request)):
            wire.refuse(handshake.crowded(_STORM_AGAIN_S, "storm"))

    def pause(self) -> None:
        """Tell everybody new to come later, those who wait for their turn as well."""
        self.paused = True
        for wire, _ in self._turnstile.clear():
            wire.refuse(handshake.unavailable())

    def ended(self, wire: Wire) -> None:
        """A wire is gone."""
        line = wire.receiver
        if not isinstance(line, ChargerLine) or not line.is_known:
            return
        if self._incumbents.get(line.charger_id) is wire:
            del self._incumbents[line.charger_id]
        if self._flapping.ended(line.charger_id):
            self._tell(line.charger_id, "flapping", wire.remote)

    def let_in(self) -> None:
        """Let in whose turn at the turnstile has come."""
        self._turnstile.let_in()

    def _enter(self, arrival: tuple[Wire, Request]) -> None:
        wire, request = arrival
        if wire.phase is not Phase.JUDGING:
            return
        try:
            asked = handshake.read_request(request.path, request.headers)
        except BadIdentity as why:
            wire.refuse(handshake.bad_identity(str(why)))
            return
        client = self._proxies.client(wire.host, request.headers.get_all("X-Forwarded-For"))
        if client != wire.host:
            wire.remote = f"[{client}]" if ":" in client else client
        shape = handshake.shape_of(request.headers)
        if not self._may_look(asked, wire.host, shape):
            wire.refuse(handshake.UNHEARD)
            return
        response = wire.accept(request)
        if response.status_code != 101:
            wire.refuse_upgrade(response)
            return
        wire.task = self._spawn(self._receive(wire, asked, response, shape))

    async def finish(self, patience_s: float) -> None:
        """Wait until the lines that are coming up have come up, cancel what takes longer."""
        tasks = tuple(self._tasks)
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=patience_s)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _receive(self, wire: Wire, asked: Asked, response: Response, shape: str) -> None:
        try:
            line = await self._open(wire, asked, response, shape)
        except StoreUnavailable:
            wire.refuse(handshake.unavailable())
            return
        except Exception:  # noqa: BLE001 -- whatever it is, it is ours and ends this wire alone; it is logged there
            wire.broken("handshake")
            return
        if line is not None:
            try:
                await line.rise()
            except Exception:  # noqa: BLE001 -- as above
                wire.broken("line up")

    async def _open(self, wire: Wire, asked: Asked, response: Response, shape: str) -> ChargerLine | None:
        identity, password, address = asked.identity, asked.password, wire.host
        credential = await self._calls.credential(identity)
        # Many guesses may have been looked up at once: the limit is kept here, where nothing is waited for any more.
        if not self._may_look(asked, address, shape):
            wire.refuse(handshake.UNHEARD)
            return None
        stranger = credential is None and self._policy is not UnknownChargers.REJECT
        if not handshake.admits(credential, password, self._key, secure=wire.secure) and not stranger:
            if not self._said.is_full(address):
                self._said.fill(address)
                log.warning("handshake.unauthorized", charger=identity, remote=wire.remote)
            wire.refuse(handshake.UNAUTHORIZED)
            if password is not None and self._guesses.wrong(identity, address, password) and credential is not None:
                self._tell(identity, "password_guessed", wire.remote)
            return None
        if password is not None and credential is not None and credential.password_hash is not None:
            self._guesses.right(identity, address, shape, password)
        if self._keeps_incumbent(identity):
            metrics.ANOMALIES.labels("newcomer_held").inc()
            wire.refuse(handshake.crowded(_HELD_AGAIN_S, "held"))
            return None
        protocol = handshake.choose_protocol(asked.offered, PROTOCOLS, credential.protocol_override if credential is not None else None)
        if protocol is None:
            self._open_and_close(wire, asked, response)
            return None
        if not stranger:
            strict = credential is not None and credential.strict
            return self._open_line(wire, identity, protocol, response, self._calls, "accepted", offered=asked.offered, strict=strict)
        if self._policy is UnknownChargers.ACCEPT:
            await self._calls.provision(identity, protocol)
            return self._open_line(wire, identity, protocol, response, self._calls, "provisioned", offered=asked.offered)
        if not self._room.has_room_for(identity):
            log.warning("handshake.waiting_room_full", charger=identity, remote=wire.remote)
            wire.refuse(handshake.unavailable())
            return None
        return self._open_line(wire, identity, protocol, response, self._room, "stranger", offered=asked.offered)

    def _open_line(
        self,
        wire: Wire,
        identity: str,
        protocol: str,
        response: Response,
        desk: Desk,
        result: str,
        *,
        offered: tuple[str, ...],
        strict: bool = False,
    ) -> ChargerLine | None:
        if wire.phase is not Phase.JUDGING:
            return None
        known = desk is self._calls
        if known:
            older = self._incumbents.get(identity)
            if older is not None and older.is_open():
                places = {"old": older.remote, "new": wire.remote}
                self._calls.note(EventHappened("charger.taken_over", self._clock.now(), identity, places))
            self._incumbents[identity] = wire
        line = ChargerLine(
            next(self._numbers),
            identity,
            self._dialects[protocol],
            wire,
            desk,
            self._clock,
            self._limits,
            frame_log=self._frame_log and known,
            is_known=known,
            strict=strict,
        )
        metrics.HANDSHAKES.labels(result).inc()
        log.info("line.opened", charger=identity, line=line.number, protocol=protocol, remote=wire.remote, result=result)
        # A charger that offered nothing is given no header either: it would have to fail the connection (RFC 6455 section 4.1).
        wire.open(response, line, protocol if offered else None, max_size=None if known else self._limits.stranger_message_bytes)
        wire.start()
        return line

    def _may_look(self, asked: Asked, address: str, shape: str) -> bool:
        """Whether the password may be compared; who presents none does not guess."""
        return asked.password is None or self._guesses.may_look(asked.identity, address, shape, asked.password)

    def _keeps_incumbent(self, identity: str) -> bool:
        """Whether a charger that flaps keeps the line it has. That line is asked whether it lives, and cut when it does not answer."""
        if not self._flapping.held_s(identity):
            return False
        incumbent = self._incumbents.get(identity)
        if incumbent is None or not incumbent.is_open():
            return False
        incumbent.probe()
        return True

    def _tell(self, identity: str, code: str, remote: str) -> None:
        """Record something odd of a known charger, for operators."""
        metrics.ANOMALIES.labels(code).inc()
        log.warning("handshake.anomaly", charger=identity, code=code, remote=remote)
        self._calls.note(EventHappened("charger.anomaly", self._clock.now(), identity, {"code": code, "remote": remote}))

    def _open_and_close(self, wire: Wire, asked: Asked, response: Response) -> None:
        """No common sub-protocol: 101 without the header, then close (conformance TR-07)."""
        if wire.phase is not Phase.JUDGING:
            return
        metrics.HANDSHAKES.labels("no_protocol").inc()
        log.warning("handshake.no_protocol", charger=asked.identity, remote=wire.remote, offered=[name[:40] for name in asked.offered[:8]])
        wire.open(response, None, None)
        wire.close(CloseCode.PROTOCOL_ERROR, _NO_PROTOCOL)
        wire.start()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


def _dialect(protocol: str) -> Dialect:
    dialect = dialect_for(protocol)
    assert dialect is not None, protocol
    return dialect
