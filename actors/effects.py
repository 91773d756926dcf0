"""Effects: what a charger will show when it has done what it accepted (conformance X-24).

``Accepted`` means "will try". The truth is the later start, end, boot or status; a command that has shown it is EFFECTIVE.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from voltaro.domain.command import Command
from voltaro.domain.configuration import fold_key, is_same
from voltaro.domain.tag import fold_tag

PATIENCE_S = 600.0
"""How long an accepted command waits for its effect."""


@dataclass(frozen=True, slots=True)
class Started:
    """A session has started."""

    id_tag: str | None
    remote_start_id: int | None = None


@dataclass(frozen=True, slots=True)
class Ended:
    """A session has ended."""

    transaction_id: str


@dataclass(frozen=True, slots=True)
class Rebooted:
    """The charger has booted."""


class Stands(NamedTuple):
    """A connector has reported its status; evse 0 is the whole charger."""

    evse_id: int
    status: str


class Reads(NamedTuple):
    """A configuration key has been told."""

    key: str
    value: str


Happening = Started | Ended | Rebooted | Stands | Reads


def has_effect(command: Command) -> bool:
    """Whether a command of this action will show an effect at all."""
    return command.action in _EFFECTS


def is_effect(command: Command, happening: Happening) -> bool:
    """Whether ``happening`` shows that ``command`` was done."""
    shown = _EFFECTS.get(command.action)
    return shown is not None and bool(shown(command.payload, happening))


def _start_16(payload: Mapping[str, Any], happening: Happening) -> bool:
    return isinstance(happening, Started) and _same_tag(payload.get("idTag"), happening.id_tag)


def _start_2(payload: Mapping[str, Any], happening: Happening) -> bool:
    if not isinstance(happening, Started):
        return False
    if happening.remote_start_id is not None:
        return bool(happening.remote_start_id == payload.get("remoteStartId"))
    return _same_tag(payload.get("idToken", {}).get("idToken"), happening.id_tag)


def _stop(payload: Mapping[str, Any], happening: Happening) -> bool:
    return isinstance(happening, Ended) and str(payload.get("transactionId")) == happening.transaction_id


def _reset(payload: Mapping[str, Any], happening: Happening) -> bool:
    return isinstance(happening, Rebooted) and payload.get("evseId") is None


def _availability(payload: Mapping[str, Any], happening: Happening) -> bool:
    if not isinstance(happening, Stands):
        return False
    wanted = payload.get("connectorId") if "type" in payload else payload.get("evse", {}).get("id")
    if wanted and happening.evse_id != wanted:
        return False
    operative = payload.get("type", payload.get("operationalStatus")) == "Operative"
    return (happening.status != "Unavailable") if operative else happening.status == "Unavailable"


def _configuration(payload: Mapping[str, Any], happening: Happening) -> bool:
    """A new value has its effect when the charger reads it back."""
    if not isinstance(happening, Reads) or fold_key(happening.key) != fold_key(payload["key"]):
        return False
    return is_same(payload["value"], happening.value)


def _same_tag(wanted: object, shown: str | None) -> bool:
    return isinstance(wanted, str) and shown is not None and fold_tag(wanted) == fold_tag(shown)


_EFFECTS = {
    "RemoteStartTransaction": _start_16,
    "RequestStartTransaction": _start_2,
    "RemoteStopTransaction": _stop,
    "RequestStopTransaction": _stop,
    "Reset": _reset,
    "ChangeAvailability": _availability,
    "ChangeConfiguration": _configuration,
}
