"""The reception: takes a whole upgrade request, decides on it, and opens the line.

The order is the pace of the door, path and identity, credentials (``gateway/admission.py``), sub-protocol. Looking a charger up may
take a while, so each request is judged in a task of its own, which ends when the line is up.

Rule 1: before the credentials are found right there is no actor and no row, and nothing tells a known identity from an unknown one.
Rule 2: the newest authenticated line of a charger is the one that counts. Only a charger whose lines come and go all the time
(``gateway/flapping.py``) keeps the one it has, while that answers.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Coroutine, Sequence
from dataclasses import replace
from typing import Any

import structlog
from websockets.frames import CloseCode
from websockets.http11 import Request, Response

from voltaro import metrics
from voltaro.config import UnknownChargers
from voltaro.domain.attempt import AttemptReason
from voltaro.domain.charger import Registration
from voltaro.domain.fact import EventHappened
from voltaro.domain.identity import AmbiguousIdentity, BadIdentity, resolve
from voltaro.domain.profiles import PLAIN, Link
from voltaro.domain.proxies import Proxies
from voltaro.gateway import handshake
from voltaro.gateway.admission import Admission, admission
from voltaro.gateway.attempts import Caller
from voltaro.gateway.desk import Desk
from voltaro.gateway.entrance import Phase
from voltaro.gateway.flapping import Flapping
from voltaro.gateway.guesses import Guesses
from voltaro.gateway.habits import Habits
from voltaro.gateway.handshake import Asked
from voltaro.gateway.limits import Limits
from voltaro.gateway.line import ChargerLine
from voltaro.gateway.links import link_of_proxy, link_of_tls
from voltaro.gateway.refusals import Refusals
from voltaro.gateway.strangers import WaitingRoom
from voltaro.gateway.turnstile import Turnstile
from voltaro.gateway.wire import Wire
from voltaro.ocpp import PROTOCOLS, dialect_for
from voltaro.ports import Calls, Clock, Credential, Dialect, StoreUnavailable

log = structlog.get_logger(__name__)

_NO_PROTOCOL = f"offer one of {', '.join(PROTOCOLS)}"
EARLY_S = 10.0
"""A line that its charger leaves sooner was no use to it."""
_LET_IN = {
    Registration.ACCEPTED: AttemptReason.CONNECTED,
    Registration.PENDING: AttemptReason.BOOT_PENDING,
    Registration.REJECTED: AttemptReason.BOOT_REJECTED,
}
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
        refusals: Refusals,
        trusted_proxies: Sequence[str] = (),
        cpo_name: str | None = None,
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
        self._refusals = refusals
        self._cpo_name = cpo_name
        self._habits = Habits()
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
        if wire.habit is not None and self._habits.note(line.charger_id, wire.habit):
            self._tell(line.charger_id, str(wire.habit), wire.remote)
        if self._flapping.ended(line.charger_id):
            self._tell(line.charger_id, "flapping", wire.remote)
            self._left(wire, line, AttemptReason.FLAPPING)
        elif wire.was_left and (self._clock.now() - line.connected_at).total_seconds() < EARLY_S:
            self._left(wire, line, AttemptReason.CLOSED_EARLY)

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
            wire.caller = Caller(self._client(wire, request), wire.secure, path=request.path)
            wire.refuse(handshake.bad_identity(str(why), request.path))
            return
        client = self._client(wire, request)
        if client != wire.host:
            wire.remote = f"[{client}]" if ":" in client else client
        wire.caller = Caller(client, wire.secure, asked.identity, offered=asked.offered)
        shape = handshake.shape_of(request.headers)
        if not self._may_look(asked, wire.host, shape):
            wire.refuse(handshake.UNHEARD)
            return
        mended = handshake.mend(request.headers)
        response = wire.accept(request, deflate=not self._habits.shuns_deflate(asked.identity))
        if response.status_code != 101:
            wire.refuse_upgrade(response)
            return
        wire.task = self._spawn(self._receive(wire, asked, response, shape, self._link(wire, request), mended))

    def _client(self, wire: Wire, request: Request) -> str:
        """The address of the charger itself, also behind a proxy that is trusted."""
        return self._proxies.client(wire.host, request.headers.get_all("X-Forwarded-For"))

    def _note(self, wire: Wire, reason: AttemptReason, protocol: str | None) -> None:
        """Remember how an attempt ended that was not refused."""
        caller, wire.caller = wire.caller, None
        if caller is not None:
            self._refusals.attempts.note(reason, replace(caller, protocol=protocol))

    def _left(self, wire: Wire, line: ChargerLine, reason: AttemptReason) -> None:
        caller = Caller(wire.host, wire.secure, line.charger_id, line.charger_id, protocol=line.dialect.protocol)
        self._refusals.attempts.note(reason, caller)

    def _link(self, wire: Wire, request: Request) -> Link:
        connection = wire.tls
        if connection is not None:
            return link_of_tls(connection)
        return link_of_proxy(request.headers) if self._proxies.trust(wire.host) else PLAIN

    async def finish(self, patience_s: float) -> None:
        """Wait until the lines that are coming up have come up, cancel what takes longer."""
        tasks = tuple(self._tasks)
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=patience_s)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _receive(self, wire: Wire, asked: Asked, response: Response, shape: str, link: Link, mended: bool) -> None:
        try:
            line = await self._open(wire, asked, response, shape, link, mended)
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

    async def _open(self, wire: Wire, asked: Asked, response: Response, shape: str, link: Link, mended: bool) -> ChargerLine | None:
        found = {credential.charger_id: credential for credential in await self._calls.credentials(asked.readings)}
        issued = None if link.certificate is None else await self._calls.issued(link.certificate.fingerprint)
        # Many guesses may have been looked up at once: the limit is kept here, where nothing is waited for any more.
        if not self._may_look(asked, wire.host, shape):
            wire.refuse(handshake.UNHEARD)
            return None
        try:
            meant = resolve(asked.readings, found)
        except AmbiguousIdentity as why:
            self._refusals.at_door(None, asked.identity, str(why), wire.remote)
            wire.refuse(handshake.UNAUTHORIZED._replace(reason=AttemptReason.AMBIGUOUS_IDENTITY, detail=str(why)))
            return None
        if wire.caller is not None:
            wire.caller = replace(wire.caller, charger_id=meant)
        credential = None if meant is None else found[meant]
        identity = asked.identity if meant is None else meant
        password = asked.password_for(identity)
        pinned = None if credential is None else credential.protocol_override
        protocol = handshake.choose_protocol(asked.offered, PROTOCOLS, pinned)
        now = self._clock.now()
        judged = admission(credential, password, link, key=self._key, now=now, protocol=protocol, cpo_name=self._cpo_name, issued=issued)
        stranger = credential is None and self._policy is not UnknownChargers.REJECT
        if not judged.granted and not stranger:
            self._turn_away(wire, asked, identity, credential, judged)
            return None
        if judged.by_password and password is not None and credential is not None and credential.password_hash is not None:
            self._guesses.right(asked.keys[0], wire.host, shape, password)
        if mended and (credential is None or not credential.lenient_handshake):
            wire.refuse(handshake.NOT_AN_UPGRADE)
            return None
        if self._keeps_incumbent(identity):
            metrics.ANOMALIES.labels("newcomer_held").inc()
            wire.refuse(handshake.crowded(_HELD_AGAIN_S, "held", AttemptReason.HELD))
            return None
        if judged.entry is not None and not await self._calls.entered(judged.entry):
            taken = "its certificate is that of another charger"
            judged = judged._replace(why=taken, event="InvalidChargePointCertificate", reason=AttemptReason.CERTIFICATE_WRONG)
            self._turn_away(wire, asked, identity, credential, judged)
            return None
        if protocol is None:
            self._open_and_close(wire, asked, response)
            return None
        link = link._replace(key_as_text=True) if judged.key_as_text else link
        if not stranger:
            strict = credential is not None and credential.strict
            self._note(wire, _LET_IN[Registration.ACCEPTED if credential is None else credential.registration], protocol)
            return self._open_line(wire, identity, protocol, response, self._calls, "accepted", link, asked, strict=strict)
        if self._policy is UnknownChargers.ACCEPT:
            await self._calls.provision(identity, protocol)
            self._note(wire, AttemptReason.MADE_KNOWN, protocol)
            return self._open_line(wire, identity, protocol, response, self._calls, "provisioned", link, asked)
        if not self._room.has_room_for(identity):
            log.warning("handshake.waiting_room_full", charger=identity, remote=wire.remote)
            wire.refuse(handshake.unavailable()._replace(reason=AttemptReason.WAITING_ROOM_FULL))
            return None
        self._note(wire, AttemptReason.UNKNOWN_WAITS, protocol)
        return self._open_line(wire, identity, protocol, response, self._room, "stranger", link, asked)

    def _turn_away(self, wire: Wire, asked: Asked, identity: str, credential: Credential | None, judged: Admission) -> None:
        """Refuse somebody, as anybody is refused; operators are told why."""
        self._refusals.at_door(None if credential is None else identity, identity, judged.why, wire.remote, judged.event)
        reason = judged.reason
        if reason is AttemptReason.PASSWORD_MISSING and asked.password is not None:
            reason = AttemptReason.OTHER_USER
        wire.refuse(handshake.UNAUTHORIZED._replace(reason=reason, detail=judged.why))
        if asked.password is not None and self._guesses.wrong(asked.keys, wire.host, asked.password) and credential is not None:
            self._tell(identity, "password_guessed", wire.remote)

    def _open_line(
        self,
        wire: Wire,
        identity: str,
        protocol: str,
        response: Response,
        desk: Desk,
        result: str,
        link: Link,
        asked: Asked,
        *,
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
            keeps_frames=self._frame_log and known,
            is_known=known,
            link=link,
            strict=strict,
        )
        metrics.HANDSHAKES.labels(result).inc()
        log.info("line.opened", charger=identity, line=line.number, protocol=protocol, remote=wire.remote, result=result)
        # A charger that offered nothing is given no header either: it would have to fail the connection (RFC 6455 section 4.1).
        limits = self._limits
        silence_s = limits.quiet_s if known and self._habits.leaves_pings(identity) else limits.silence_s
        size = None if known else limits.stranger_message_bytes
        wire.open(response, line, protocol if asked.offered else None, max_size=size, silence_s=silence_s)
        wire.start()
        return line

    def _may_look(self, asked: Asked, address: str, shape: str) -> bool:
        """Whether the password may be compared; who presents none does not guess."""
        return asked.password is None or self._guesses.may_look(asked.keys, address, shape, asked.password)

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
        self._note(wire, AttemptReason.OTHER_SUBPROTOCOL if asked.offered else AttemptReason.NO_SUBPROTOCOL, None)
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
