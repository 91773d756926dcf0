"""A charger as its dialect sees it: what a handler may ask of it, and tell it."""

from __future__ import annotations

from collections.abc import Coroutine, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from voltaro.domain.anomaly import Anomaly
from voltaro.domain.charger import Boot, BootAnswer, ConnectorReport
from voltaro.domain.meter import Sample
from voltaro.domain.quirks import Quirks
from voltaro.domain.session import EndSession, SessionStarted, StartSession, TransactionEvent
from voltaro.domain.tag import Authorization
from voltaro.ports.calls import After, Call
from voltaro.ports.certificates import Certificates
from voltaro.ports.charging import Profiles, Reservations
from voltaro.ports.configuration import ConfigurationHeard
from voltaro.ports.jobs import Jobs
from voltaro.ports.local_list import LocalListHeard
from voltaro.ports.upkeep import Availability, Homecoming
from voltaro.ports.variables import VariablesHeard


class Station(Protocol):
    """What a dialect's handler may ask of a charger. ``actors/charger.py`` implements it; times are UTC."""

    charger_id: str

    @property
    def profiles(self) -> Profiles: ...

    @property
    def reservations(self) -> Reservations: ...

    @property
    def security(self) -> Security: ...

    @property
    def quirks(self) -> Quirks:
        """What an operator has switched on for this charger."""
        ...

    @property
    def jobs(self) -> Jobs:
        """Firmware updates and uploads of logs."""
        ...

    @property
    def certificates(self) -> Certificates: ...

    @property
    def homecoming(self) -> Homecoming: ...

    @property
    def availability(self) -> Availability: ...

    def now(self) -> datetime: ...

    def may_speak(self, action: str, protocol: str) -> bool:
        """The boot gate (conformance TR-57, TR-58): False means SecurityError, asked before validation."""
        ...

    async def boot(self, boot: Boot) -> BootAnswer: ...

    async def authorize(self, id_tag: str, tag_type: str | None = None) -> Authorization: ...

    def connector_status(self, report: ConnectorReport) -> None: ...

    async def start_session(self, start: StartSession) -> SessionStarted: ...

    async def end_session(self, stop: EndSession) -> Authorization | None:
        """The verdict on the tag that stopped, when one was sent."""
        ...

    async def transaction_event(self, event: TransactionEvent) -> Authorization | None:
        """The verdict on the event's token, when it carried one."""
        ...

    def meter(self, evse_id: int, transaction_id: str | None, samples: tuple[Sample, ...]) -> After | Coroutine[Any, Any, None] | None:
        """Record samples. To be waited for until they are committed; None when nobody has to wait for that."""
        ...

    def doubt_session(self, transaction_id: str) -> None:
        """The charger has said that it knows no such transaction: the session goes on here, flagged, and is looked after."""
        ...

    async def security_event(self, type: str, at: datetime, tech_info: str | None) -> None: ...

    async def report_variables(self, request_id: int, seq_no: int, last: bool, report: Sequence[Mapping[str, Any]]) -> None: ...

    async def device_events(self, events: Sequence[tuple[datetime, Mapping[str, Any]]]) -> None: ...

    async def data_transfer(self, vendor_id: str, message_id: str | None, data: Any) -> tuple[str, Any]:
        """The OCPP status word and the data of the answer."""
        ...

    async def keep_invalid(self, call: Call, reason: str) -> None:
        """Store a session message that fails validation, raw and flagged; returns after its COMMIT."""
        ...

    @property
    def configuration(self) -> ConfigurationHeard: ...

    @property
    def local_list(self) -> LocalListHeard: ...

    @property
    def variables(self) -> VariablesHeard: ...

    def anomaly(self, code: str, field: str = "", example: str | None = None) -> None:
        """Count something odd the charger did (``domain.anomaly``)."""
        ...

    def repaired(self, call: Call, payload: str, anomalies: Sequence[Anomaly]) -> None:
        """A CALL did not fit its schema and was repaired: count what was done, and note the repaired payload (JSON, secrets
        masked) beside the raw frame."""
        ...


class Security(Protocol):
    """What a dialect tells of changes to a charger's password and profile. To be waited for until they are committed."""

    def password_sent(self, password: str) -> Coroutine[Any, Any, None]:
        """A password is about to be sent: it is good from now on, beside the old one. Raises NotNow."""
        ...

    def password_answered(self, password: str, accepted: bool | None) -> Coroutine[Any, Any, None]:
        """What the charger said of it; None where no answer came."""
        ...

    def profile_sent(self, profile: int, *, resets: bool) -> Coroutine[Any, Any, None]:
        """The charger is about to be told to take this security profile. Raises NotNow, LowerProfile."""
        ...

    def profile_answered(self, profile: int, accepted: bool | None) -> Coroutine[Any, Any, None]:
        """What the charger said of it; None where no answer came."""
        ...


class LowerProfile(Exception):
    """A security profile is never lowered over OCPP: the operator's fault."""
