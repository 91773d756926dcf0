"""One OCPP version, as the gateway and the actors see it."""

from __future__ import annotations

from collections.abc import Coroutine, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from voltaro.domain.anomaly import Anomaly
from voltaro.domain.charging import CompositeSchedule
from voltaro.domain.command import Order
from voltaro.ports.calls import After, Call, Outcome, Request
from voltaro.ports.station import Station


class Dialect(Protocol):
    """One OCPP version, as the gateway and the actors see it. Stateless: one instance serves every line."""

    protocol: str
    """The WebSocket sub-protocol: ``ocpp1.6``, ``ocpp2.0.1`` or ``ocpp2.1``."""

    def answer(self, station: Station, call: Call) -> bytes | After | Coroutine[Any, Any, bytes]:
        """Gate, validate and handle a CALL; the whole answer frame (CALLRESULT or CALLERROR), to be awaited where the
        station has to be waited for; After where only that holds it back. Empty for a SEND.

        What the charger did wrong becomes an answer; an exception is our fault and crashes the actor.
        """
        ...

    def safe_answer(self, call: Call) -> bytes:
        """A valid answer without side effect for a frame that was put aside: a CALLRESULT for session messages."""
        ...

    def refusal(self, call: Call, code: str, description: str) -> bytes:
        """A CALLERROR frame; ``code`` in 2.x spelling (``InternalError``, ``SecurityError``), respelled for 1.6."""
        ...

    def request(self, action: str, payload: Mapping[str, Any]) -> Request:
        """Validate a command's payload and make its frame. Raises InvalidPayload, UnknownAction."""
        ...

    def takes(self, call: Call) -> bool:
        """Whether a CALL fits its schema, as it is or repaired."""
        ...

    def mended_result(self, action: str, payload: Any) -> tuple[Any, tuple[Anomaly, ...]] | None:
        """A charger's CALLRESULT that does not fit its schema, repaired, with what was done to it; None where it cannot be."""
        ...

    def check_result(self, action: str, payload: Any) -> str | None:
        """Why a charger's CALLRESULT to ``action`` does not fit its schema, or None."""
        ...

    def prepare(self, station: Station, request: Request, order: Order | None) -> Coroutine[Any, Any, None] | None:
        """Look at a command before it is sent: a coroutine where something must be recorded first. Raises InvalidPayload, NotNow.
        ``order`` is what it was composed of."""
        ...

    def learn(self, station: Station, request: Request, outcome: Outcome) -> Coroutine[Any, Any, None] | None:
        """Let the station know what the charger's answer to our CALL says of it; a coroutine where that is to be waited for."""
        ...

    def compose(self, order: Order) -> tuple[str, dict[str, Any]]:
        """The action and payload of an order in this version. Raises InvalidPayload where it cannot be said."""
        ...

    def composite_of(self, asked: Mapping[str, Any], answered: Mapping[str, Any], now: datetime) -> CompositeSchedule | None:
        """The schedule in a charger's answer to GetCompositeSchedule; None where it tells none."""
        ...

    def actions(self) -> Sequence[str]:
        """The actions that may be sent to a charger of this version."""
        ...

    def request_schema(self, action: str) -> Mapping[str, Any]:
        """The JSON schema of an action we send, for forms. Raises UnknownAction."""
        ...
