"""Effects: what a charger will show when it has done what it accepted (conformance X-24).

``Accepted`` means "will try". The truth is the later start, end, boot, status or message; a command that has shown it is EFFECTIVE.
What each action shows is one ``Rule`` in the table at the foot.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from actors.standing import Standing
from voltaro.domain.command import Command
from voltaro.domain.configuration import fold_key, is_same, is_secret
from voltaro.domain.session import Session, SessionFlag
from voltaro.domain.tag import fold_tag

SLACK = timedelta(minutes=5)
"""How far the clock of a charger may be behind ours before a start that it dates earlier is none that we asked for, but one that it
kept while it was offline."""
CAUGHT_UP = timedelta(minutes=1)
"""A charger that has been connected for so long has sent what it kept: what it says then is new, whatever its clock says."""


@dataclass(frozen=True, slots=True)
class Started:
    """A session has started."""

    session: Session
    at: datetime
    """When it came here."""
    connected_at: datetime | None
    """Since when the charger is connected."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A session has ended."""

    session: Session


@dataclass(frozen=True, slots=True)
class Rebooted:
    """The charger has booted."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The charger has asked whether a tag may charge."""

    id_tag: str
    verdict: str
    accepted: bool


class Stands(NamedTuple):
    """A connector has another status than before; evse 0 is the whole charger."""

    evse_id: int
    status: str
    was: str | None


class Reads(NamedTuple):
    """A configuration key has been told."""

    key: str
    value: str


class Spoke(NamedTuple):
    """The charger has sent a message."""

    action: str
    payload: Any


Happening = Started | Ended | Rebooted | Asked | Stands | Reads | Spoke


class Rule(NamedTuple):
    """What commands of one action show.

    ``shows`` tells whether a happening is the effect, ``at_once`` whether it is there with the answer already. ``missing`` says
    what has not come. Its patience is ``patience`` times that of the policy. Of two commands of a ``single`` rule a happening
    is the effect of the older one alone.
    """

    shows: Callable[[Command, Happening, Standing], bool]
    missing: str
    patience: float = 1.0
    at_once: Callable[[Command, Standing], bool] = lambda command, standing: False
    single: bool = False
    starts: bool = False


def rule_of(command: Command) -> Rule | None:
    """The rule of a command's action; None where there is nothing to be seen beside the answer."""
    if command.action == "ChangeConfiguration" and is_secret(command.payload["key"]):
        return None  # it is never read back
    return _RULES.get(command.action)


def waits_for(command: Command) -> str | None:
    """What the charger waits for before it does what it has accepted; None where it does it now."""
    return None if command.response is None else _WAITS.get(str(command.response.get("status")))


def supersedes(newer: Command, older: Command) -> bool:
    """Whether what ``older`` asked for is undone by ``newer``: the availability of the same connector, the same key."""
    if newer.action != older.action:
        return False
    if newer.action == "ChangeConfiguration":
        return fold_key(newer.payload["key"]) == fold_key(older.payload["key"])
    return newer.action == "ChangeAvailability" and _evse(newer.payload) in (0, _evse(older.payload))


def why_not(command: Command, happening: Happening) -> str | None:
    """Why a start that was asked for will not come of itself any more, where ``happening`` says so."""
    rule = _RULES.get(command.action)
    if rule is None or not rule.starts:
        return None
    if isinstance(happening, Asked) and not happening.accepted and is_about(command, happening):
        return f"accepted, but the charger asked whether the tag may charge, and the answer was {happening.verdict}"
    if isinstance(happening, Stands) and happening.status == "Available" and happening.was in ("Preparing", "Occupied"):
        evse_id = _evse(command.payload)
        if evse_id and evse_id == happening.evse_id:
            return f"accepted, but connector {evse_id} became Available again without a session: nothing was plugged in in time"
    return None


def is_about(command: Command, asked: Asked) -> bool:
    """Whether the charger asks back before it does a start that we asked for (AuthorizeRemoteTxRequests, 16-06)."""
    rule = _RULES.get(command.action)
    return rule is not None and rule.starts and _same_tag(_tag(command.payload), asked.id_tag)


def _start(command: Command, happening: Happening, _: Standing) -> bool:
    if not isinstance(happening, Started):
        return False
    session = happening.session
    number = command.payload.get("remoteStartId")
    if number is not None and session.remote_start_id is not None:
        return bool(number == session.remote_start_id)
    evse_id = _evse(command.payload)
    if not _same_tag(_tag(command.payload), session.id_tag) or (evse_id and session.evse_id not in (None, evse_id)):
        return False
    is_live = happening.connected_at is not None and happening.connected_at <= command.created_at - CAUGHT_UP
    if not is_live and SessionFlag.CLOCK_SUSPECT not in session.flags and session.started_at < command.created_at - SLACK:
        return False
    until = command.effect_until
    return until is None or happening.at <= until or session.started_at <= until


def _stop(command: Command, happening: Happening, _: Standing) -> bool:
    return isinstance(happening, Ended) and str(command.payload.get("transactionId")) == happening.session.transaction_id


def _reset(command: Command, happening: Happening, _: Standing) -> bool:
    return isinstance(happening, Rebooted) and command.payload.get("evseId") is None


def _unlock(command: Command, happening: Happening, _: Standing) -> bool:
    return isinstance(happening, Ended) and happening.session.evse_id == _evse(command.payload)


def _unlocked(command: Command, standing: Standing) -> bool:
    """The answer is the effect, unless a session runs there: that ends with it (1.6 section 5.18)."""
    return _evse(command.payload) not in standing.sessions()


def _availability(command: Command, happening: Happening, standing: Standing) -> bool:
    if not isinstance(happening, Stands):
        return False
    if not _evse(command.payload) and not happening.evse_id and not standing.sessions():  # some report the whole charger alone
        return (happening.status == "Unavailable") is _is_out(command)
    return _available(command, standing)


def _available(command: Command, standing: Standing) -> bool:
    """Whether all that was to change stands as it should: a connector, or of the whole charger every one that is known."""
    evse_id, connector_id = _evse(command.payload), _connector(command.payload)
    concerned = [
        connector
        for connector in standing.connectors()
        if connector.evse_id and evse_id in (0, connector.evse_id) and connector_id in (0, connector.connector_id)
    ]
    return bool(concerned) and all((connector.status == "Unavailable") is _is_out(command) for connector in concerned)


def _trigger(command: Command, happening: Happening, _: Standing) -> bool:
    if not isinstance(happening, Spoke):
        return False
    wanted = str(command.payload.get("requestedMessage"))
    if happening.action != ("SignCertificate" if wanted.startswith("Sign") else wanted):
        return False
    evse_id, told = _evse(command.payload), happening.payload if isinstance(happening.payload, Mapping) else {}
    if not evse_id or wanted not in ("StatusNotification", "MeterValues"):
        return True
    return bool(told.get("evseId", told.get("connectorId")) == evse_id)


def _is_out(command: Command) -> bool:
    return bool(command.payload.get("type", command.payload.get("operationalStatus")) == "Inoperative")


def _evse(payload: Mapping[str, Any]) -> int:
    """The evse that a command is about, 0 for the whole charger: a connector of 1.6 is an evse of ours."""
    evse = payload.get("evse")
    found = payload.get("evseId", evse.get("id") if isinstance(evse, Mapping) else payload.get("connectorId"))
    return found if isinstance(found, int) else 0


def _connector(payload: Mapping[str, Any]) -> int:
    """The connector of its evse that a command of 2.x is about, 0 for all of them."""
    evse = payload.get("evse")
    found = evse.get("connectorId") if isinstance(evse, Mapping) else None
    return found if isinstance(found, int) else 0


def _tag(payload: Mapping[str, Any]) -> object:
    token = payload.get("idToken")
    return token.get("idToken") if isinstance(token, Mapping) else payload.get("idTag")


def _configured(command: Command, happening: Happening, standing: Standing) -> bool:
    """A new value has its effect when the charger reads it back."""
    payload = command.payload
    if not isinstance(happening, Reads) or fold_key(happening.key) != fold_key(payload["key"]):
        return False
    return is_same(payload["value"], happening.value)


def _same_tag(wanted: object, shown: str | None) -> bool:
    return isinstance(wanted, str) and shown is not None and fold_tag(wanted) == fold_tag(shown)


_WAITS = {
    "Scheduled": "the charger will do it once what runs has ended",
    "RebootRequired": "the charger has stored it, and needs a restart to use it",
}
"""1.6 sections 5.2 and 5.3."""

_START = Rule(_start, "no session has started", single=True, starts=True)
_STOP = Rule(_stop, "the session has not ended")
_TRIGGERED = Rule(_trigger, "the message has not come", single=True)

_RULES: Mapping[str, Rule] = {
    "RemoteStartTransaction": _START,
    "RequestStartTransaction": _START,
    "RemoteStopTransaction": _STOP,
    "RequestStopTransaction": _STOP,
    "Reset": Rule(_reset, "the charger has not booted", patience=5.0),
    "UnlockConnector": Rule(_unlock, "the session there has not ended", at_once=_unlocked),
    "ChangeAvailability": Rule(_availability, "no status has shown it", at_once=_available),
    "TriggerMessage": _TRIGGERED,
    "ExtendedTriggerMessage": _TRIGGERED,
    "ChangeConfiguration": Rule(_configured, "the value has not been read back", patience=5.0),
}
