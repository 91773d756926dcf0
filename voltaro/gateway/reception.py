"""The reception: takes a whole upgrade request, decides on it, and opens the line.

The order is path and identity, then credentials, then sub-protocol. Looking a charger up may take a while, so each request
is judged in a task of its own, which ends when the line is up.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Coroutine
from typing import Any

import structlog
from websockets.frames import CloseCode
from websockets.http11 import Request, Response

from voltaro import metrics
from voltaro.config import UnknownChargers
from voltaro.domain.identity import BadIdentity
from voltaro.gateway import handshake
from voltaro.gateway.handshake import Asked
from voltaro.gateway.limits import Limits
from voltaro.gateway.line import ChargerLine, Desk
from voltaro.gateway.strangers import WaitingRoom
from voltaro.gateway.wire import Phase, Wire
from voltaro.ocpp import PROTOCOLS, dialect_for
from voltaro.ports import Calls, Clock, Dialect, StoreUnavailable

log = structlog.get_logger(__name__)

_NO_PROTOCOL = f"offer one of {', '.join(PROTOCOLS)}"


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
        self.paused = False

    def judge(self, wire: Wire, request: Request) -> None:
        """Decide on a request; ``wire`` is answered now or soon."""
        response = wire.accept(request)
        if response.status_code != 101:
            wire.refuse_upgrade(response)
            return
        if self.paused:
            wire.refuse(handshake.unavailable())
            return
        try:
            asked = handshake.read_request(request.path, request.headers)
        except BadIdentity as why:
            wire.refuse(handshake.bad_identity(str(why)))
            return
        wire.task = self._spawn(self._receive(wire, asked, response))

    async def finish(self, patience_s: float) -> None:
        """Wait until the lines that are coming up have come up, cancel what takes longer."""
        tasks = tuple(self._tasks)
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=patience_s)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _receive(self, wire: Wire, asked: Asked, response: Response) -> None:
        try:
            line = await self._open(wire, asked, response)
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

    async def _open(self, wire: Wire, asked: Asked, response: Response) -> ChargerLine | None:
        identity = asked.identity
        credential = await self._calls.credential(identity)
        stranger = credential is None and self._policy is not UnknownChargers.REJECT
        if not handshake.admits(credential, asked.password, self._key, secure=wire.secure) and not stranger:
            log.warning("handshake.unauthorized", charger=identity, remote=wire.remote)
            wire.refuse(handshake.UNAUTHORIZED)
            return None
        protocol = handshake.choose_protocol(asked.offered, PROTOCOLS, credential.protocol_override if credential is not None else None)
        if protocol is None:
            self._open_and_close(wire, asked, response)
            return None
        if not stranger:
            return self._open_line(wire, identity, protocol, response, self._calls, "accepted", offered=asked.offered)
        if self._policy is UnknownChargers.ACCEPT:
            await self._calls.provision(identity, protocol)
            return self._open_line(wire, identity, protocol, response, self._calls, "provisioned", offered=asked.offered)
        if not self._room.has_room_for(identity):
            log.warning("handshake.waiting_room_full", charger=identity, remote=wire.remote)
            wire.refuse(handshake.unavailable())
            return None
        return self._open_line(wire, identity, protocol, response, self._room, "stranger", offered=asked.offered)

    def _open_line(
        self, wire: Wire, identity: str, protocol: str, response: Response, desk: Desk, result: str, *, offered: tuple[str, ...]
    ) -> ChargerLine | None:
        if wire.phase is not Phase.JUDGING:
            return None
        known = desk is self._calls
        line = ChargerLine(
            next(self._numbers),
            identity,
            self._dialects[protocol],
            wire,
            desk,
            self._clock,
            self._limits,
            frame_log=self._frame_log and known,
        )
        metrics.HANDSHAKES.labels(result).inc()
        log.info("line.opened", charger=identity, line=line.number, protocol=protocol, remote=wire.remote, result=result)
        # A charger that offered nothing is given no header either: it would have to fail the connection (RFC 6455 section 4.1).
        wire.open(response, line, protocol if offered else None, max_size=None if known else self._limits.stranger_message_bytes)
        wire.start()
        return line

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
