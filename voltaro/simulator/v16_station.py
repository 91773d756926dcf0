"""A virtual OCPP 1.6 station: its configuration, its line, and what it says of itself. Its parts and its commands build on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from voltaro.simulator.agenda import Appointment
from voltaro.simulator.charger import Charger
from voltaro.simulator.evse import Evse
from voltaro.simulator.v16_configuration import KEYS
from voltaro.simulator.v16_security import SecurityLog


class Station16(Charger):
    """Connector n is EVSE n; connector 0 is the whole station.

    What most chargers never have is a default of the class until it is needed: a fleet of thousands pays nothing for it.
    """

    cable = "detachable"
    """``fixed`` cannot be unlocked, ``stuck`` fails to."""
    meter_phases = False
    """Whether readings are told for each phase."""
    meter_signs = False
    """Whether readings carry a signed register."""
    first_profile = 0
    """The security profile of the line it was made for."""
    secure_line = False
    """Whether there is an address with TLS to go to."""
    has_own_files = False
    """Whether it was given a certificate and a key as files."""

    _firmware_version: str | None = None
    _security_log: SecurityLog | None = None
    _station_reported = ""
    _ping: Appointment | None = None

    # --- How it is made and set

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
        return KEYS[key].read(self.settings, self.texts, key)

    def connectors(self, connector_id: int) -> tuple[Evse, ...]:
        """Connector 0 stands for all; none for a connector that does not exist."""
        return self.evses if connector_id == 0 else self.evses[connector_id - 1 : connector_id] if connector_id > 0 else ()

    # --- What it says of itself

    @property
    def security_log(self) -> SecurityLog:
        self._security_log = self._security_log or SecurityLog(self)
        return self._security_log

    def security_event(self, type: str, info: str | None = None) -> None:
        self.security_log.tell(type, info)
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

    def send_reading(self, evse: Evse, values: list[dict[str, Any]]) -> None:
        """Tell a reading: as one of the running session, which is kept and repeated, or of the connector by itself."""
        if evse.session is None:
            self.call("MeterValues", {"connectorId": evse.id, "meterValue": values})
        else:
            payload = {"connectorId": evse.id, "transactionId": None, "meterValue": values}
            self.call("MeterValues", payload, session=evse.session, reading=True)

    def triggered_statuses(self, connector: int | None) -> None:
        """Of one connector, 0 is the station; of all without one."""
        if connector in (None, 0):
            self._tell_station("NoError")
        for evse in self.evses if connector is None else () if connector == 0 else self.connectors(connector):
            self.call("StatusNotification", self.status_payload(evse, evse.status), early=True)

    # --- Its cable and its line

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
