"""A virtual charging station of OCPP 2.x: what it says."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

import msgspec

from voltaro.simulator.charger import Charger
from voltaro.simulator.clock import stamp
from voltaro.simulator.evse import Authorised, Evse
from voltaro.simulator.ledger import SessionRecord
from voltaro.simulator.meter import measure
from voltaro.simulator.outbox import End

ENDINGS: dict[str | None, tuple[str, str]] = {
    "Local": ("Local", "StopAuthorized"),
    "Remote": ("Remote", "RemoteStop"),
    "EVDisconnected": ("EVDisconnected", "EVCommunicationLost"),
    "DeAuthorized": ("DeAuthorized", "Deauthorized"),
    "EmergencyStop": ("EmergencyStop", "AbnormalCondition"),
    "HardReset": ("ImmediateReset", "ResetCommand"),
    "SoftReset": ("ImmediateReset", "ResetCommand"),
    "PowerLoss": ("PowerLoss", "AbnormalCondition"),
    "Reboot": ("Reboot", "ResetCommand"),
    "UnlockCommand": ("Other", "UnlockCommand"),
}
"""Why a session ended, in 1.6's words, and what 2.x makes of it: stoppedReason and triggerReason."""


class Station2(Charger):
    """What 2.0.1 and 2.1 have in common, all but how it obeys. Each EVSE has one connector."""

    malformed = "FormatViolation"
    resets: ClassVar[Mapping[str, str]]
    """The types of Reset that the version knows."""
    resumed = "ChargingStateChanged"
    """Why a session that has survived a reset is told of, as the version has it."""

    def _boot_payload(self, reason: str) -> dict[str, Any]:
        model = self.traits.model
        station = {"vendorName": model.vendor, "model": model.name[:20], "serialNumber": self.serial, "firmwareVersion": model.firmware}
        return {"reason": reason, "chargingStation": station}

    def status_word(self, evse: Evse) -> str:
        if evse.status in ("Unavailable", "Faulted"):
            return evse.status
        return "Occupied" if evse.plugged else "Available"

    def status_payload(self, evse: Evse, word: str) -> dict[str, Any]:
        return {"timestamp": self.stamp(), "connectorStatus": word, "evseId": evse.id, "connectorId": 1}

    def _authorize_payload(self, tag: str, token_type: str | None) -> dict[str, Any]:
        return {"idToken": _token(tag, token_type)}

    def _verdict(self, answer: Mapping[str, Any]) -> tuple[str, str | None]:
        info = answer.get("idTokenInfo", {})
        return info.get("status", "Unknown"), info.get("groupIdToken", {}).get("idToken")

    def _plugged_in(self, evse: Evse) -> None:
        if self.settings.transaction_starts == "EVConnected" and evse.free and evse.session is None:
            session = self.open_session(evse, None)
            self.event(evse, session, "Started", "CablePluggedIn", context="Transaction.Begin")

    def _session_started(self, evse: Evse, session: SessionRecord, authorised: Authorised, *, fresh: bool) -> None:
        reason = "Authorized" if authorised.remote_start_id is None else "RemoteStart"
        if fresh:
            self.event(evse, session, "Started", reason, context="Transaction.Begin", token=True)
        else:
            self.event(evse, session, "Updated", reason, token=True, charging_state="EVConnected")
            self.event(evse, session, "Updated", "ChargingStateChanged")

    def _session_metered(self, evse: Evse, session: SessionRecord, context: str) -> None:
        reason = "Trigger" if context == "Trigger" else "MeterValuePeriodic"
        self.event(evse, session, "Updated", reason, context=context, reading=True)

    def _charging_state_changed(self, evse: Evse, session: SessionRecord) -> None:
        self.event(evse, session, "Updated", "ChargingStateChanged")

    def _session_ended(self, evse: Evse, session: SessionRecord) -> None:
        trigger = ENDINGS.get(session.reason, ("Other", "AbnormalCondition"))[1]
        state = "Idle" if session.reason == "EVDisconnected" else "EVConnected"
        token = trigger == "StopAuthorized"
        self.event(evse, session, "Ended", trigger, context="Transaction.End", token=token, charging_state=state, at=session.ended_at)

    def _after_boot(self) -> None:
        for evse in self.evses:
            if evse.session is not None:
                self.event(evse, evse.session, "Updated", self.resumed)

    def event(
        self,
        evse: Evse,
        session: SessionRecord,
        kind: str,
        trigger: str,
        *,
        context: str | None = None,
        token: bool = False,
        charging_state: str | None = None,
        reading: bool = False,
        at: datetime | None = None,
    ) -> None:
        """Queue a TransactionEvent. With a ``context`` it carries a reading of the meter."""
        if session.transaction_id is None:
            # Not from the seed alone: a second run would repeat the ids of the first.
            session.transaction_id = f"{int(self.clock.now().timestamp() * 1000):x}-{self.dice.bits():016x}"
        session.seq_no += 1
        moment = stamp(at) if at is not None else self.stamp()
        info: dict[str, Any] = {"transactionId": session.transaction_id, "chargingState": charging_state or _charging_state(evse)}
        payload: dict[str, Any] = {
            "eventType": kind,
            "timestamp": moment,
            "triggerReason": trigger,
            "seqNo": session.seq_no,
            "transactionInfo": info,
            "evse": {"id": evse.id, "connectorId": 1},
        }
        if session.remote_start_id is not None and token and kind != "Ended":
            info["remoteStartId"] = session.remote_start_id
        if kind == "Ended":
            info["stoppedReason"] = ENDINGS.get(session.reason, ("Other", ""))[0]
            info["timeSpentCharging"] = max(0, int(self.clock.monotonic() - session.started_monotonic))
        if token and session.tag is not None:
            payload["idToken"] = _token(session.tag, session.token_type)
        if context is not None:
            payload["meterValue"] = [{"timestamp": moment, "sampledValue": self.samples(evse, context)}]
        if not self.talking:
            payload["offline"] = True

        def done(end: End, answer: Mapping[str, Any]) -> None:
            if end is not End.ANSWERED:
                return
            if kind == "Started":
                self.session_begun(session)
            elif kind == "Ended":
                self.session_closed(session)
            if token and "idTokenInfo" in answer:
                self.session_judged(session, *self._verdict(answer))

        self.call("TransactionEvent", payload, done, session=session, reading=reading)

    def samples(self, evse: Evse, context: str) -> list[dict[str, Any]]:
        """A reading as ``sampledValue`` elements; begin and end carry the register alone."""
        boundary = context in ("Transaction.Begin", "Transaction.End")
        measurands = ("Energy.Active.Import.Register",) if boundary else self.settings.measurands
        return [
            {
                "value": each.value,
                "context": context,
                "measurand": each.measurand,
                "location": each.location,
                "unitOfMeasure": {"unit": each.unit},
            }
            for each in measure(evse, measurands)
        ]

    def _unreadable(self, frame: object) -> None:
        answer: tuple[int, str, str, str, dict[str, Any]]
        match frame:
            case [int(kind), str(message_id), *_] if kind not in (3, 4, 5, 6):
                answer = (4, message_id, "MessageTypeNotSupported" if kind != 2 else "RpcFrameworkError", "", {})
            case [int(kind), *_] if kind in (3, 4, 5, 6):
                return
            case _:
                answer = (4, "-1", "RpcFrameworkError", "", {})
        self.outgoing.append(msgspec.json.encode(answer))


def _token(tag: str, token_type: str | None) -> dict[str, Any]:
    return {"idToken": tag, "type": token_type or "ISO14443"}


def _charging_state(evse: Evse) -> str:
    word = evse.word()
    if word in ("Charging", "SuspendedEV", "SuspendedEVSE"):
        return word
    return "EVConnected" if evse.plugged else "Idle"
