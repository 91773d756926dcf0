"""The languages: OCPP-J frames, conversations and dialects, one package a version. No I/O, no clock, no waiting."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import cache, partial
from uuid import uuid4

from voltaro.ocpp.conversation import Conversation, Odd
from voltaro.ocpp.dialect import OcppDialect
from voltaro.ocpp.v16 import Ocpp16
from voltaro.ocpp.v21 import Ocpp21
from voltaro.ocpp.v201 import Ocpp201
from voltaro.ports import Call, Dialect

PROTOCOLS = ("ocpp1.6", "ocpp2.0.1", "ocpp2.1")
"""The WebSocket sub-protocols we speak."""

_DIALECTS: dict[str, type[OcppDialect]] = {dialect.protocol: dialect for dialect in (Ocpp16, Ocpp201, Ocpp21)}


def random_id() -> str:
    """A message id that is never used twice: a random UUID, 36 characters."""
    return str(uuid4())


@cache
def dialect_for(protocol: str, new_id: Callable[[], str] = random_id) -> Dialect | None:
    """The dialect of a sub-protocol, or None when we do not speak it; one instance serves every line.

    The first call for a protocol reads and compiles its schemas (0.1 to 0.3 s): make it while starting.
    """
    dialect = _DIALECTS.get(protocol)
    if dialect is None:
        return None
    made = dialect(new_id)
    made.other = partial(_other_than, protocol, new_id)
    return made


def _other_than(protocol: str, new_id: Callable[[], str]) -> OcppDialect | None:
    """The dialect of the other generation of OCPP: who agrees on one and speaks another speaks that (quirk Q-02)."""
    other = dialect_for("ocpp2.0.1" if protocol == "ocpp1.6" else "ocpp1.6", new_id)
    assert other is None or isinstance(other, OcppDialect)
    return other


def read_again(protocol: str, raw: bytes, received_at: datetime) -> tuple[Dialect, Call] | None:
    """The dialect and the CALL of a frame that was stored; None when it is no CALL, or of a protocol we do not speak."""
    dialect = dialect_for(protocol)
    if dialect is None:
        return None
    received = Conversation(dialect).receive(raw, received_at)
    if isinstance(received, Odd):
        received = received.received
    return (dialect, received) if isinstance(received, Call) else None
