"""A virtual charger that speaks OCPP 1.6J: what it says, what it remembers, and where it finds how it obeys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from ocpp.v16.enums import Action

from voltaro.simulator import (
    v16_certificates,
    v16_configuration,
    v16_core,
    v16_firmware,
    v16_list,
    v16_profiles,
    v16_reservations,
    v16_security,
    v16_uploads,
)
from voltaro.simulator.agenda import Appointment
from voltaro.simulator.charger import Charger
from voltaro.simulator.clock import stamp
from voltaro.simulator.evse import Authorised, Evse
from voltaro.simulator.ledger import SessionRecord
from voltaro.simulator.outbox import End, Outgoing
from voltaro.simulator.talker import Command
from voltaro.simulator.trust import KeyPair
from voltaro.simulator.v16_metering import AlignedReadings, register, sampled

UNKNOWN_TRANSACTION = "-1"
"""What a charger says when it never learned the id of its transaction (errata sheet 3.18)."""


class Charger16(Charger):
    """Connector n is EVSE n; connector 0 is the whole station.

    What most chargers never have is a default of the class until it is needed: a fleet of thousands pays nothing for it.
    """

    protocol = "ocpp1.6"
    known_actions = frozenset(Action)
    malformed = "FormationViolation"
    commands: ClassVar[Mapping[str, Command]] = {
        **v16_core.COMMANDS,
        **v16_configuration.COMMANDS,
        **v16_list.COMMANDS,
        **v16_reservations.COMMANDS,
        **v16_profiles.COMMANDS,
        **v16_firmware.COMMANDS,
        **v16_uploads.COMMANDS,
        **v16_certificates.COMMANDS,
    }

    cable = "detachable"
    """``fixed`` cannot be unlocked, ``stuck`` fails to."""
    meter_phases = False
    """Whether readings are told for each phase."""
    meter_signs = False
    """Whether readings carry a signed register."""
    local_list: v16_list.LocalList | None = None
    reservations: dict[int, v16_reservations.Reservation] | None = None
    first_profile = 0
    """The security profile of the line it was made for."""
    secure_line = False
    """Whether there is an address with TLS to go to."""
    has_own_files = False
    """Whether it was given a certificate and a key as files."""

    _station_reported = ""
    _updates: v16_firmware.Updates | None = None
    _uploads: v16_uploads.Uploads | None = None
    _papers: v16_certificates.Papers | None = None
    _security_log: list[str] | None = None
    _firmware_version: str | None = None
    _aligned: AlignedReadings | None = None
    _ping: Appointment | None = None
    _expiring: dict[str, Mapping[str, Any]] | None = None
    """What is known of tags of the cache that it knows for a time only."""

    # --- What it has

    @property
    def updates(self) -> v16_firmware.Updates:
        self._updates = self._updates or v16_firmware.Updates(self)
        return self._updates

    @property
    def uploads(self) -> v16_uploads.Uploads:
        self._uploads = self._uploads or v16_uploads.Uploads(self)
        return self._uploads

    @property
    def papers(self) -> v16_certificates.Papers:
        self._papers = self._papers or v16_certificates.Papers(self)
        return self._papers

    @property
    def security_log(self) -> list[str]:
        if self._security_log is None:
            self._security_log = []
        return self._security_log

    @property
    def firmware_version(self) -> str:
        return self._firmware_version or self.traits.model.firmware

    @firmware_version.setter
    def firmware_version(self, version: str) -> None:
        self._firmware_version = version

    @property
    def security_profile(self) -> int:
        return int(self.texts.get("SecurityProfile", self.first_profile))

    @property
    def has_client_certificate(self) -> bool:
        return self.has_own_files or self.own_certificate is not None

    @property
    def own_certificate(self) -> KeyPair | None:
        """The one that was signed over OCPP."""
        return self._papers.own if self._papers is not None else None

    @property
    def trusted_roots(self) -> list[str]:
        """The roots of central systems that were installed over OCPP, in PEM."""
        return self._papers.roots[v16_certificates.CENTRAL] if self._papers is not None else []

    def set_up_line(self, *, tls: bool, password: bool, files: bool, elsewhere: bool) -> None:
        """How it was installed: the address it knows, with ``tls`` or not, and one with TLS ``elsewhere`` for when it is raised."""
        if tls or elsewhere:
            self.secure_line = True
        if files:
            self.has_own_files = True
        profile = (3 if files else 2) if tls else int(password)
        if profile:
            self.first_profile = profile

    def configured(self, key: str) -> str:
        """The value of a configuration key, as OCPP writes it."""
        match key:
            case "NumberOfConnectors":
                return str(len(self.evses))
            case "SecurityProfile":
                return str(self.security_profile)
        return v16_configuration.KEYS[key].read(self.settings, self.texts, key)

    def connectors(self, connector_id: int) -> tuple[Evse, ...]:
        """Connector 0 stands for all; none for a connector that does not exist."""
        return self.evses if connector_id == 0 else self.evses[connector_id - 1 : connector_id] if connector_id > 0 else ()

    def key_changed(self, key: str) -> None:
        """A configuration key has a new value: what already runs by the old one is set anew."""
        if key == "ClockAlignedDataInterval":
            self._aligned = self._aligned or AlignedReadings(self)
            self._aligned.set_timer()

    # --- What it says

    def security_event(self, type: str, info: str | None = None) -> None:
        v16_security.tell(self, type, info)
        self.flush()

    def _boot_payload(self, reason: str) -> dict[str, Any]:
        model = self.traits.model
        return {
            "chargePointVendor": model.vendor[:20],
            "chargePointModel": model.name[:20],
            "chargePointSerialNumber": self.serial,
            "firmwareVersion": self.firmware_version[:50],
            "meterType": "MID class B",
        }

    def status_word(self, evse: Evse) -> str:
        return evse.status

    def status_payload(self, evse: Evse, word: str) -> dict[str, Any]:
        return {"connectorId": evse.id, "errorCode": evse.fault or "NoError", "status": word, "timestamp": self.stamp()}

    def _report_station(self, *, always: bool = False) -> None:
        if self.talking and (always or self._station_word() != self._station_reported):
            self._station_reported = self._station_word()
            self._tell_station("NoError")

    def _station_word(self) -> str:
        return "Available" if self.operative else "Unavailable"

    def _tell_station(self, error: str) -> None:
        payload = {"connectorId": 0, "errorCode": error, "status": self._station_word(), "timestamp": self.stamp()}
        self.call("StatusNotification", payload, early=True)

    def _authorize_payload(self, tag: str, token_type: str | None) -> dict[str, Any]:
        return {"idTag": tag}

    def _verdict(self, answer: Mapping[str, Any]) -> tuple[str, str | None]:
        info = answer.get("idTagInfo", {})
        return info.get("status", "Invalid"), info.get("parentIdTag")

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
        if self.reservations:
            reservation = v16_reservations.used(self, evse, authorised.tag, authorised.group)
            payload |= {} if reservation is None else {"reservationId": reservation}
        self.call("StartTransaction", payload, done, session=session)

    def _session_metered(self, evse: Evse, session: SessionRecord, context: str) -> None:
        values = [{"timestamp": self.stamp(), "sampledValue": sampled(self, evse, self.settings.measurands, context)}]
        if values[0]["sampledValue"]:
            self.send_reading(evse, values)
        most = int(self.configured("MaxEnergyOnInvalidId")) if session.verdict not in (None, "Accepted") else 0
        if 0 < most <= session.energy_wh:
            self.end_session(evse, "DeAuthorized")

    def send_reading(self, evse: Evse, values: list[dict[str, Any]]) -> None:
        """Tell a reading: as one of the running session, which is kept and repeated, or of the connector by itself."""
        if evse.session is None:
            self.call("MeterValues", {"connectorId": evse.id, "meterValue": values})
        else:
            payload = {"connectorId": evse.id, "transactionId": None, "meterValue": values}
            self.call("MeterValues", payload, session=evse.session, reading=True)

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

    def triggered_statuses(self, connector: int | None) -> None:
        """Of one connector, 0 is the station; of all without one."""
        if connector in (None, 0):
            self._tell_station("NoError")
        for evse in self.evses if connector is None else () if connector == 0 else self.connectors(connector):
            self.call("StatusNotification", self.status_payload(evse, evse.status), early=True)

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
        if self._expiring and tag in self._expiring and v16_list.expired(self._expiring[tag], self.clock.now()):
            del self._expiring[tag]
            self.known_tags.pop(tag, None)

    def session_judged(self, session: SessionRecord, verdict: str, group: str | None) -> None:
        super().session_judged(session, verdict, group)
        listed = self._listed(session.tag) if session.tag is not None else None
        if verdict != "Accepted" and listed is not None and listed[0] == "Accepted":
            self._tell_station("LocalListConflict")

    def _listed(self, tag: str) -> tuple[str, str | None] | None:
        if self.local_list is None or self.configured("LocalAuthListEnabled") != "true":
            return None
        return self.local_list.verdict(tag, self.clock.now())

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
        v16_reservations.forget_where_useless(self)

    def _may_start(self, evse: Evse, tag: str) -> bool:
        # Of whose group a tag is shows only when it is asked about.
        of_group = bool(self.reservations) and self.settings.authorize_remote and v16_reservations.for_parent(self, evse)
        return evse.free and evse.authorised is None and (of_group or self._open_to(evse, tag, None))

    def _open_to(self, evse: Evse, tag: str, group: str | None) -> bool:
        return not self.reservations or v16_reservations.open_to(self, evse, tag, group)

    def _ends_when_unplugged(self, evse: Evse) -> bool:
        return self.configured("StopTransactionOnEVSideDisconnect") == "true"

    def _keeps_cable(self, evse: Evse) -> bool:
        return self.configured("UnlockConnectorOnEVSideDisconnect") != "true"

    def password_for_line(self) -> bytes | None:
        """A client certificate stands for itself."""
        return None if self.security_profile == 3 else super().password_for_line()

    def _line_opened(self) -> None:
        super()._line_opened()
        self._ping_later()

    def _line_lost(self) -> None:
        if self._ping is not None:
            self._ping.cancel()
        super()._line_lost()

    def _ping_later(self) -> None:
        interval = int(self.configured("WebSocketPingInterval"))
        if interval > 0:
            self._ping = self.later(interval, self._ping_now)

    def _ping_now(self) -> None:
        self.pings += 1
        self._ping_later()

    def _switched_off(self) -> None:
        super()._switched_off()
        if self._updates is not None:
            self._updates.switched_off()

    def _after_boot(self) -> None:
        if self._updates is not None:
            self._updates.started_anew()
            self.flush()
