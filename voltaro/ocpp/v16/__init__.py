"""OCPP 1.6J with the security whitepaper's messages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from voltaro.domain.charging import CompositeSchedule
from voltaro.domain.command import Order
from voltaro.ocpp.conversation import SPELLING_OF_16
from voltaro.ocpp.dialect import OcppDialect
from voltaro.ocpp.v16.certificates import Certificates
from voltaro.ocpp.v16.charging import Charging, composite_of
from voltaro.ocpp.v16.configuration import Configuring
from voltaro.ocpp.v16.core import Core
from voltaro.ocpp.v16.firmware import Firmware
from voltaro.ocpp.v16.local_list import LocalLists
from voltaro.ocpp.v16.orders import compose
from voltaro.ocpp.v16.remote import Remote
from voltaro.ocpp.v16.repairs import RULES
from voltaro.ocpp.v16.reservation import Reserving
from voltaro.ocpp.v16.security import Securing
from voltaro.ocpp.v16.transactions import Transactions, placeholder_of
from voltaro.ocpp.v16.upkeep import Upkeep
from voltaro.ports import Call


class Ocpp16(
    Core, Transactions, Remote, Configuring, LocalLists, Charging, Reserving, Firmware, Certificates, Securing, Upkeep, OcppDialect
):
    """OCPP 1.6J."""

    protocol = "ocpp1.6"
    package = "v16"
    session_messages = frozenset({"StartTransaction", "StopTransaction", "MeterValues", "SecurityEventNotification"})
    data_messages = frozenset(
        {
            "DiagnosticsStatusNotification",
            "FirmwareStatusNotification",
            "LogStatusNotification",
            "SignedFirmwareStatusNotification",
            "StatusNotification",
        }
    )
    rules = RULES
    spelling = SPELLING_OF_16
    to_charger = frozenset(
        {
            "CancelReservation",
            "CertificateSigned",
            "ChangeAvailability",
            "ChangeConfiguration",
            "ClearCache",
            "ClearChargingProfile",
            "DataTransfer",
            "DeleteCertificate",
            "ExtendedTriggerMessage",
            "GetCompositeSchedule",
            "GetConfiguration",
            "GetDiagnostics",
            "GetInstalledCertificateIds",
            "GetLocalListVersion",
            "GetLog",
            "InstallCertificate",
            "RemoteStartTransaction",
            "RemoteStopTransaction",
            "ReserveNow",
            "Reset",
            "SendLocalList",
            "SetChargingProfile",
            "SignedUpdateFirmware",
            "TriggerMessage",
            "UnlockConnector",
            "UpdateFirmware",
        }
    )

    def compose(self, order: Order) -> tuple[str, dict[str, Any]]:
        """See ``orders.compose``."""
        return compose(order)

    def composite_of(self, asked: Mapping[str, Any], answered: Mapping[str, Any], now: datetime) -> CompositeSchedule | None:
        """See ``charging.composite_of``."""
        return composite_of(asked, answered, now)

    def safe_result(self, call: Call) -> dict[str, Any]:
        """A start must be given a transaction id that is neither 0 nor -1 (conformance X-03).

        It is made from the message's content, so that a retry gets the same one, and lies where no session's id does: the
        stop that follows is kept as unresolved, beside the frame of its start. ``Invalid`` makes the charger end
        or not begin what could not be recorded.
        """
        if call.action != "StartTransaction":
            return {}
        return {"transactionId": placeholder_of(call), "idTagInfo": {"status": "Invalid"}}
