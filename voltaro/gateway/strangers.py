"""The waiting room: unknown chargers under policy ``pending``, until an operator accepts them.

A stranger has no actor and no row, only a place in one bounded list. Its boot is answered Pending, anything else
SecurityError (conformance TR-57), by the dialect's own gate.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NoReturn

import structlog
from websockets.frames import CloseCode

from voltaro import metrics
from voltaro.domain.anomaly import Anomaly
from voltaro.domain.charger import Boot, BootAnswer, ConnectorReport, Registration
from voltaro.domain.fact import Fact
from voltaro.domain.meter import Sample
from voltaro.domain.quirks import AS_THEY_COME, Quirks
from voltaro.domain.session import EndSession, SessionStarted, StartSession, TransactionEvent
from voltaro.domain.tag import Authorization
from voltaro.ports import Call, Certificates, Clock, Jobs, Line, Profiles, Reservations, Security, Stranger
from voltaro.ports.upkeep import Availability, Homecoming

log = structlog.get_logger(__name__)

BOOT_AGAIN_S = 60
"""How long a stranger is told to wait before it boots again."""

REPLACED = 4001
"""The close code of a line that a newer one of the same identity replaces."""


@dataclass(slots=True)
class _Place:
    line: Line
    station: StrangerStation


class WaitingRoom:
    """``ports.WaitingRoom``, and the desk where strangers' lines hand in their calls."""

    def __init__(self, clock: Clock, places: int) -> None:
        self._clock = clock
        self._limit = places
        self._places: dict[str, _Place] = {}

    # --- ports.WaitingRoom -------------------------------------------------------------------------------------------

    def strangers(self) -> Sequence[Stranger]:
        """Who waits, the longest waiting first."""
        return [
            Stranger(charger_id, place.line.dialect.protocol, place.line.remote, place.line.connected_at, place.station.boot_report)
            for charger_id, place in self._places.items()
        ]

    def dismiss(self, charger_id: str) -> bool:
        place = self._places.pop(charger_id, None)
        if place is None:
            return False
        place.line.close(CloseCode.NORMAL_CLOSURE, "connect again")
        return True

    def has_room_for(self, charger_id: str) -> bool:
        """Whether a stranger of that identity may come in; one that waits already keeps its place."""
        return charger_id in self._places or len(self._places) < self._limit

    # --- the desk ----------------------------------------------------------------------------------------------------

    async def line_up(self, line: Line) -> None:
        older = self._places.pop(line.charger_id, None)
        if older is not None:
            older.line.close(REPLACED, "replaced by a newer connection")
        self._places[line.charger_id] = _Place(line, StrangerStation(line.charger_id, self._clock))
        log.info("stranger.came", charger=line.charger_id, remote=line.remote)

    def line_down(self, line: Line, code: int, reason: str) -> None:
        place = self._places.get(line.charger_id)
        if place is not None and place.line is line:
            del self._places[line.charger_id]

    def hand(self, line: Line, call: Call) -> asyncio.Future[bytes]:
        return asyncio.get_running_loop().create_task(self._answer(line, call))

    def crashed(self, line: Line, call: Call) -> bool:
        """A stranger has no actor to crash."""
        return False

    def noticed(self, line: Line, anomalies: Mapping[Anomaly, int], message_id: str | None) -> None:
        """Nothing of a stranger is kept."""

    def is_behind(self) -> bool:
        """Strangers have nothing written."""
        return False

    async def put_aside(self, line: Line, call: Call, reason: str) -> None:
        """Nothing of a stranger is kept."""

    def log_exchange(self, exchange: Fact) -> None:
        """Nothing of a stranger is kept."""

    async def _answer(self, line: Line, call: Call) -> bytes:
        place = self._places.get(line.charger_id)
        if place is None or place.line is not line:
            return line.dialect.refusal(call, "SecurityError", "connect again")
        answer = line.dialect.answer(place.station, call)
        return answer if isinstance(answer, bytes) else await answer


class BehindTheGate(Exception):
    """A dialect asked a stranger's station for something that its gate should have refused: the dialect's fault."""


class StrangerStation:
    """``ports.Station`` of a charger that nobody has accepted: it may boot, and is told to wait."""

    def __init__(self, charger_id: str, clock: Clock) -> None:
        self.charger_id = charger_id
        self.boot_report: Boot | None = None
        self._clock = clock

    @property
    def profiles(self) -> Profiles:
        self._refuse()

    @property
    def reservations(self) -> Reservations:
        self._refuse()

    @property
    def quirks(self) -> Quirks:
        return AS_THEY_COME

    @property
    def jobs(self) -> Jobs:
        self._refuse()

    @property
    def certificates(self) -> Certificates:
        self._refuse()

    @property
    def security(self) -> Security:
        self._refuse()

    def now(self) -> datetime:
        return self._clock.now()

    @property
    def homecoming(self) -> Homecoming:
        self._refuse()

    @property
    def availability(self) -> Availability:
        self._refuse()

    def may_speak(self, action: str, protocol: str) -> bool:
        return action == "BootNotification"

    async def boot(self, boot: Boot) -> BootAnswer:
        self.boot_report = boot
        return BootAnswer(Registration.PENDING, self._clock.now(), BOOT_AGAIN_S)

    @property
    def configuration(self) -> NoReturn:
        self._refuse()

    @property
    def local_list(self) -> NoReturn:
        self._refuse()

    @property
    def variables(self) -> NoReturn:
        self._refuse()

    def anomaly(self, code: str, field: str = "", example: str | None = None) -> None:
        metrics.ANOMALIES.labels(code).inc()

    def repaired(self, call: Call, payload: str, anomalies: Sequence[Anomaly]) -> None:
        for anomaly in anomalies:
            metrics.ANOMALIES.labels(anomaly.code).inc()

    async def authorize(self, id_tag: str, tag_type: str | None = None) -> Authorization:
        self._refuse()

    def connector_status(self, report: ConnectorReport) -> None:
        self._refuse()

    async def start_session(self, start: StartSession) -> SessionStarted:
        self._refuse()

    async def end_session(self, stop: EndSession) -> Authorization | None:
        self._refuse()

    async def transaction_event(self, event: TransactionEvent) -> Authorization | None:
        self._refuse()

    async def meter(self, evse_id: int, transaction_id: str | None, samples: tuple[Sample, ...]) -> None:
        self._refuse()

    def doubt_session(self, transaction_id: str) -> None:
        self._refuse()

    async def security_event(self, type: str, at: datetime, tech_info: str | None) -> None:
        self._refuse()

    async def report_variables(self, request_id: int, seq_no: int, last: bool, report: Sequence[Mapping[str, Any]]) -> None:
        self._refuse()

    async def device_events(self, events: Sequence[tuple[datetime, Mapping[str, Any]]]) -> None:
        self._refuse()

    async def data_transfer(self, vendor_id: str, message_id: str | None, data: Any) -> tuple[str, Any]:
        self._refuse()

    async def keep_invalid(self, call: Call, reason: str) -> None:
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise BehindTheGate(f"the charger {self.charger_id} is not accepted: its dialect must refuse this call")
