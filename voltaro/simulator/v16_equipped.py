"""A virtual OCPP 1.6 charger with all its parts: whom it lets charge, and what it says of sessions. All but how it obeys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from voltaro.simulator.clock import stamp
from voltaro.simulator.evse import Authorised, Evse
from voltaro.simulator.ledger import SessionRecord
from voltaro.simulator.outbox import End, Outgoing
from voltaro.simulator.trust import KeyPair
from voltaro.simulator.v16_certificates import CENTRAL, Papers
from voltaro.simulator.v16_firmware import Updates
from voltaro.simulator.v16_list import LocalList, expired
from voltaro.simulator.v16_metering import AlignedReadings, register, sampled
from voltaro.simulator.v16_reservations import Reservations
from voltaro.simulator.v16_station import Station16
from voltaro.simulator.v16_uploads import Uploads

UNKNOWN_TRANSACTION = "-1"
"""What a charger says when it never learned the id of its transaction (errata sheet 3.18)."""


class Equipped16(Station16):
    """A part is made when it is first needed; most chargers of a fleet never have one."""

    _local_list: LocalList | None = None
    _reservations: Reservations | None = None
    _updates: Updates | None = None
    _uploads: Uploads | None = None
    _papers: Papers | None = None
    _aligned: AlignedReadings | None = None
    _expiring: dict[str, Mapping[str, Any]] | None = None
    """What is known of tags of the cache that it knows for a time only."""

    # --- Its parts

    @property
    def local_list(self) -> LocalList:
        self._local_list = self._local_list or LocalList(self)
        return self._local_list

    @property
    def reservations(self) -> Reservations:
        self._reservations = self._reservations or Reservations(self)
        return self._reservations

    @property
    def updates(self) -> Updates:
        self._updates = self._updates or Updates(self)
        return self._updates

    @property
    def uploads(self) -> Uploads:
        self._uploads = self._uploads or Uploads(self)
        return self._uploads

    @property
    def papers(self) -> Papers:
        self._papers = self._papers or Papers(self)
        return self._papers

    @property
    def own_certificate(self) -> KeyPair | None:
        """The one that was signed over OCPP."""
        return self._papers.own if self._papers is not None else None

    @property
    def trusted_roots(self) -> list[str]:
        """The roots of central systems that were installed over OCPP, in PEM."""
        return self._papers.roots[CENTRAL] if self._papers is not None else []

    def key_changed(self, key: str) -> None:
        """A configuration key has a new value: what already runs by the old one is set anew."""
        if key == "ClockAlignedDataInterval":
            self._aligned = self._aligned or AlignedReadings(self)
            self._aligned.set_timer()

    # --- What it says of sessions

    def _session_started(self, evse: Evse, session: SessionRecord, authorised: Authorised, *, fresh: bool) -> None:
        def done(end: End, answer: Mapping[str, Any]) -> None:
            if end is not End.ANSWERED:
                session.transaction_id = UNKNOWN_TRANSACTION
                return
            session.transaction_id = str(answer.get("transactionId", UNKNOWN_TRANSACTION))
            self.session_begun(session)
            self.session_judged(session, *self._verdict(answer))
            self._remember_expiry(authorised.tag, answer)

        payload: dict[str, Any] = {
            "connectorId": evse.id,
            "idTag": authorised.tag,
            "meterStart": session.meter_start_wh,
            "timestamp": stamp(session.started_at),
        }
        if self._reservations is not None:
            reservation = self._reservations.used(evse, authorised.tag, authorised.group)
            payload |= {} if reservation is None else {"reservationId": reservation}
        self.call("StartTransaction", payload, done, session=session)

    def _session_metered(self, evse: Evse, session: SessionRecord, context: str) -> None:
        values = [{"timestamp": self.stamp(), "sampledValue": sampled(self, evse, self.settings.measurands, context)}]
        if values[0]["sampledValue"]:
            self.send_reading(evse, values)
        most = int(self.configured("MaxEnergyOnInvalidId")) if session.verdict not in (None, "Accepted") else 0
        if 0 < most <= session.energy_wh:
            self.end_session(evse, "DeAuthorized")

    def _session_ended(self, evse: Evse, session: SessionRecord) -> None:
        assert session.ended_at is not None
        payload: dict[str, Any] = {
            "transactionId": None,
            "meterStop": session.meter_stop_wh,
            "timestamp": stamp(session.ended_at),
            "reason": session.reason,
        }
        if session.tag is not None and session.reason == "Local":
            payload["idTag"] = session.tag
        data = self._aligned.of_session(evse) if self._aligned is not None else []
        if self.configured("StopTxnSampledData"):
            begin = register(stamp(session.started_at), session.meter_start_wh, "Transaction.Begin")
            data = [begin, *data, register(stamp(session.ended_at), session.meter_wh, "Transaction.End")]
        if data:
            payload["transactionData"] = data
        self.call(
            "StopTransaction", payload, lambda end, answer: self.session_closed(session) if end is End.ANSWERED else None, session=session
        )

    def _complete(self, call: Outgoing) -> None:
        if call.session is not None and "transactionId" in call.payload:
            call.payload["transactionId"] = int(call.session.transaction_id or UNKNOWN_TRANSACTION)

    def triggered_readings(self, connector: int | None) -> None:
        for evse in self.connectors(connector or 0):
            if evse.session is not None:
                self.read_meter(evse, "Trigger")
            else:
                values = [{"timestamp": self.stamp(), "sampledValue": sampled(self, evse, self.settings.measurands, "Trigger")}]
                self.call("MeterValues", {"connectorId": evse.id, "meterValue": values}, early=True)

    # --- What it remembers of tags

    def remember_tag(self, tag: str, verdict: str, group: str | None) -> None:
        if self.configured("AuthorizationCacheEnabled") == "true":
            super().remember_tag(tag, verdict, group)

    def _remember_expiry(self, tag: str, answer: Mapping[str, Any]) -> None:
        info = answer.get("idTagInfo", {})
        if "expiryDate" in info and tag in self.known_tags:
            self._expiring = {**(self._expiring or {}), tag: info}
        elif self._expiring:
            self._expiring.pop(tag, None)

    def _forget_when_expired(self, tag: str) -> None:
        """An entry of the cache whose date is over is none (section 3.5.1)."""
        if self._expiring and tag in self._expiring and expired(self._expiring[tag], self.clock.now()):
            del self._expiring[tag]
            self.known_tags.pop(tag, None)

    def session_judged(self, session: SessionRecord, verdict: str, group: str | None) -> None:
        super().session_judged(session, verdict, group)
        listed = self._listed(session.tag) if session.tag is not None else None
        if verdict != "Accepted" and listed is not None and listed[0] == "Accepted":
            self._tell_station("LocalListConflict")

    def _listed(self, tag: str) -> tuple[str, str | None] | None:
        return self._local_list.verdict(tag) if self._local_list is not None else None

    def _known_before_asking(self, tag: str) -> tuple[str, str | None] | None:
        """With LocalPreAuthorize a tag that is known and accepted may charge at once (section 3.5)."""
        if self.configured("LocalPreAuthorize") != "true":
            return None
        listed = self._listed(tag)
        if listed is not None:
            return listed if listed[0] == "Accepted" else None
        self._forget_when_expired(tag)
        return ("Accepted", self.known_tags[tag]) if tag in self.known_tags else None

    def _own_verdict(self, tag: str) -> tuple[str, str | None]:
        """Offline the list goes before the cache, and both before AllowOfflineTxForUnknownId (section 3.5)."""
        listed = self._listed(tag) if self.settings.authorize_offline else None
        self._forget_when_expired(tag)
        return listed if listed is not None else super()._own_verdict(tag)

    # --- What people and time do

    def break_down(self, evse_id: int, error_code: str = "InternalError") -> None:
        super().break_down(evse_id, error_code)
        self.forget_useless_reservations()

    def forget_useless_reservations(self) -> None:
        """A connector that is broken or out of service is kept for nobody."""
        if self._reservations is not None:
            self._reservations.forget_useless()

    def _may_start(self, evse: Evse, tag: str) -> bool:
        # Of whose group a tag is shows only when it is asked about.
        of_group = self._reservations is not None and self.settings.authorize_remote and self._reservations.for_parent(evse)
        return evse.free and evse.authorised is None and (of_group or self._open_to(evse, tag, None))

    def _open_to(self, evse: Evse, tag: str, group: str | None) -> bool:
        return self._reservations is None or self._reservations.open_to(evse, tag, group)

    def _switched_off(self) -> None:
        super()._switched_off()
        if self._updates is not None:
            self._updates.switched_off()

    def _after_boot(self) -> None:
        if self._updates is not None:
            self._updates.started_anew()
            self.flush()
