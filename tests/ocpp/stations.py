"""A station that remembers what it was told and answers what the test says."""

from __future__ import annotations

import json
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

from voltaro.domain.anomaly import Anomaly
from voltaro.domain.charger import Boot, BootAnswer, ConnectorReport, Registration
from voltaro.domain.meter import Sample
from voltaro.domain.quirks import AS_THEY_COME, Quirks
from voltaro.domain.session import EndSession, SessionStarted, StartSession, TransactionEvent
from voltaro.domain.tag import Authorization, Verdict
from voltaro.ports import Call

T = TypeVar("T")
NOW = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
ACCEPTED = Authorization(Verdict.ACCEPTED)
BOOTED = BootAnswer(Registration.ACCEPTED, NOW, 300)


@dataclass
class FakeStation:
    """``heard`` lists the operations in order, each with its arguments."""

    charger_id: str = "CP1"
    accepted: bool = True
    authorization: Authorization = ACCEPTED
    boot_answer: BootAnswer = BOOTED
    transaction_id: str = "4711"
    quirks: Quirks = AS_THEY_COME
    transfer_answer: tuple[str, Any] = ("Accepted", None)
    heard: list[tuple[Any, ...]] = field(default_factory=list)
    anomalies: list[str] = field(default_factory=list)
    normalised: list[Any] = field(default_factory=list)
    kept: list[tuple[Call, str]] = field(default_factory=list)
    refusal: str | None = None

    @property
    def jobs(self) -> FakeTopic:
        return FakeTopic(self)

    @property
    def certificates(self) -> FakeTopic:
        return FakeTopic(self)

    @property
    def profiles(self) -> FakeTopic:
        return FakeTopic(self)

    @property
    def reservations(self) -> FakeTopic:
        return FakeTopic(self)

    def now(self) -> datetime:
        return NOW

    def may_speak(self, action: str, protocol: str) -> bool:
        return self.accepted or action == "BootNotification"

    async def boot(self, boot: Boot) -> BootAnswer:
        self.heard.append(("boot", boot))
        return self.boot_answer

    async def authorize(self, id_tag: str, tag_type: str | None = None) -> Authorization:
        self.heard.append(("authorize", id_tag, tag_type))
        return self.authorization

    def connector_status(self, report: ConnectorReport) -> None:
        self.heard.append(("connector_status", report))

    async def start_session(self, start: StartSession) -> SessionStarted:
        self.heard.append(("start_session", start))
        return SessionStarted(self.transaction_id, self.authorization)

    async def end_session(self, stop: EndSession) -> Authorization | None:
        self.heard.append(("end_session", stop))
        return self.authorization if stop.id_tag is not None else None

    async def transaction_event(self, event: TransactionEvent) -> Authorization | None:
        self.heard.append(("transaction_event", event))
        return self.authorization if event.id_tag is not None else None

    async def meter(self, evse_id: int, transaction_id: str | None, samples: tuple[Sample, ...]) -> None:
        self.heard.append(("meter", evse_id, transaction_id, samples))

    def doubt_session(self, transaction_id: str) -> None:
        self.heard.append(("doubt_session", transaction_id))

    async def security_event(self, type: str, at: datetime, tech_info: str | None) -> None:
        self.heard.append(("security_event", type, at, tech_info))

    async def report_variables(self, request_id: int, seq_no: int, last: bool, report: Sequence[Mapping[str, Any]]) -> None:
        self.heard.append(("report_variables", request_id, seq_no, last, report))

    async def device_events(self, events: Sequence[tuple[datetime, Mapping[str, Any]]]) -> None:
        self.heard.append(("device_events", events))

    async def data_transfer(self, vendor_id: str, message_id: str | None, data: Any) -> tuple[str, Any]:
        self.heard.append(("data_transfer", vendor_id, message_id, data))
        return self.transfer_answer

    async def keep_invalid(self, call: Call, reason: str) -> None:
        self.kept.append((call, reason))

    def anomaly(self, code: str, field: str = "", example: str | None = None) -> None:
        self.anomalies.append(code)

    @property
    def configuration(self) -> FakeStation:
        return self

    @property
    def local_list(self) -> FakeStation:
        return self

    @property
    def variables(self) -> FakeStation:
        return self

    def values_told(self, items: Sequence[Any]) -> None:
        self.heard.append(("values_told", tuple(items)))

    def values_written(self, items: Sequence[Any]) -> None:
        self.heard.append(("values_written", tuple(items)))

    def told(self, asked: Mapping[str, Any], keys: Sequence[Any], unknown: Sequence[str], *, whole: bool) -> None:
        self.heard.append(("told", asked, tuple(keys), tuple(unknown), whole))

    def not_told(self, asked: Mapping[str, Any], *, whole: bool) -> None:
        self.heard.append(("not_told", asked, whole))

    def written(self, key: str, value: str, status: str | None) -> None:
        self.heard.append(("written", key, value, status))

    def version_told(self, version: int | None) -> None:
        self.heard.append(("version_told", version))

    def list_answered(self, asked: Mapping[str, Any], version: int, status: str | None) -> None:
        self.heard.append(("list_answered", asked, version, status))

    def conflict(self) -> None:
        self.heard.append(("conflict",))

    def repaired(self, call: Call, payload: str, anomalies: Sequence[Anomaly]) -> None:
        self.anomalies.extend(anomaly.code for anomaly in anomalies)
        self.normalised.append(json.loads(payload))


@dataclass
class FakeTopic:
    """Any topic of a ``FakeStation``: what it is told is heard by its station. A signing request is refused as the station says."""

    station: FakeStation

    def __getattr__(self, operation: str) -> Any:
        async def hear(*arguments: Any) -> str | None:
            self.station.heard.append((operation, *arguments))
            return self.station.refusal if operation == "requested" else None

        return hear


def at_once(work: Coroutine[Any, Any, T]) -> T:
    """The result of work that never really waits; fails when it does."""
    try:
        work.send(None)
    except StopIteration as finished:
        return finished.value
    work.close()
    raise AssertionError("it waited for something")
