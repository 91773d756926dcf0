"""The ledger: what each charger lived through, what it sent, and what it was told is down, kept outside the system.

Energy is in Wh, moments are the charger's own. Every entry is also written to a file as it is made, one JSON object a line.
"""

from __future__ import annotations

import json
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Self


class Kind(StrEnum):
    """What a message says of a session."""

    START = "start"
    READING = "reading"
    STOP = "stop"


@dataclass(slots=True)
class Reading:
    """The meter's register at a moment of a session."""

    at: datetime
    wh: int
    acknowledged: bool = False


@dataclass(slots=True, eq=False)
class Session:
    """A session as its charger lived it. ``transaction_ids`` are all that its start was answered with, or the charger's own (2.x)."""

    charger_id: str
    protocol: str
    evse_id: int
    id_tag: str
    started_at: datetime
    meter_start: int
    own_id: str | None = None
    readings: list[Reading] = field(default_factory=list)
    ended_at: datetime | None = None
    meter_stop: int | None = None
    start_acknowledged: bool = False
    stop_acknowledged: bool = False
    transaction_ids: list[str] = field(default_factory=list)

    @property
    def transaction_id(self) -> str | None:
        return self.own_id or (self.transaction_ids[0] if self.transaction_ids else None)


@dataclass(slots=True, eq=False)
class Message:
    """A transaction message in a charger's queue; ``number`` is its place in the session, the seqNo in 2.x."""

    session: Session
    kind: Kind
    number: int
    offline: bool = False
    message_id: str = ""
    sends: int = 0
    failures: int = 0


class Ledger:
    """All that a fleet has lived through."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("w")
        self.sessions: list[Session] = []
        self.counts: Counter[str] = Counter()
        self.refusals: list[str] = []
        """CALLERRORs to class A."""
        self.cut_off: list[Message] = []
        """What had no answer when the server closed the line because it stopped."""
        self.latencies: defaultdict[str, list[float]] = defaultdict(list)
        """Seconds from sending to the answer, by action."""
        self.closed: Counter[int] = Counter()
        """How lines ended, by close code; 1006 is a connection that broke."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._file.close()

    def began(self, session: Session) -> None:
        self.sessions.append(session)
        self._write("began", session, meter_start=session.meter_start)

    def sent(self, message: Message) -> None:
        self.counts["sent"] += 1
        self.counts["sent again"] += message.sends > 1
        self._write("sent", message.session, message)

    def acknowledged(self, message: Message, transaction_id: str | None) -> None:
        """The charger was told that it is down; ``transaction_id`` is what a 1.6 start was answered with."""
        self.counts["acknowledged"] += 1
        session = message.session
        if transaction_id is not None and transaction_id not in session.transaction_ids:
            session.transaction_ids.append(transaction_id)
        if message.kind is Kind.START:
            session.start_acknowledged = True
        elif message.kind is Kind.STOP:
            session.stop_acknowledged = True
        else:
            session.readings[message.number - 1].acknowledged = True
        self._write("acknowledged", session, message, transaction_id=transaction_id)

    def refused(self, charger_id: str, action: str, code: str, description: str) -> None:
        """A CALLERROR came where class A waits for its answer."""
        self.refusals.append(f"{charger_id} {action}: {code}: {description}")
        self._line({"what": "refused", "charger": charger_id, "action": action, "code": code, "description": description})

    def unanswered(self, message: Message) -> None:
        self.counts["unanswered"] += 1
        self._write("unanswered", message.session, message)

    def given_up(self, message: Message) -> None:
        """The charger threw a message away after its last attempt: lost, and the server's fault."""
        self.counts["given up"] += 1
        self._write("given up", message.session, message)

    def line_ended(self, charger_id: str, code: int) -> None:
        self.closed[code] += 1
        self._line({"what": "line ended", "charger": charger_id, "code": code})

    def _write(self, what: str, session: Session, message: Message | None = None, **more: object) -> None:
        entry: dict[str, object] = {"what": what, "charger": session.charger_id, "started_at": session.started_at.isoformat()}
        if message is not None:
            entry |= {"kind": message.kind, "number": message.number, "id": message.message_id, "sends": message.sends}
        self._line(entry | more)

    def _line(self, entry: dict[str, object]) -> None:
        self._file.write(json.dumps({"at": round(time.time(), 4), **entry}) + "\n")
