"""OCPP 2.0.1."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from voltaro.domain.charging import CompositeSchedule
from voltaro.domain.command import Order
from voltaro.domain.tag import longest_tag
from voltaro.ocpp.dialect import OcppDialect
from voltaro.ocpp.v201.authorization import Authorizing
from voltaro.ocpp.v201.availability import Availability
from voltaro.ocpp.v201.charging import Charging, composite_of
from voltaro.ocpp.v201.local_list import LocalLists
from voltaro.ocpp.v201.maintenance import Maintenance
from voltaro.ocpp.v201.orders import compose
from voltaro.ocpp.v201.provisioning import Provisioning
from voltaro.ocpp.v201.repairs import RULES
from voltaro.ocpp.v201.reservation import Reserving
from voltaro.ocpp.v201.security import Securing
from voltaro.ocpp.v201.transactions import Transactions
from voltaro.ocpp.v201.variables import Varying
from voltaro.ports import Call


class Ocpp201(
    Provisioning, Authorizing, Transactions, Availability, LocalLists, Charging, Reserving, Maintenance, Securing, Varying, OcppDialect
):
    """OCPP 2.0.1."""

    protocol = "ocpp2.0.1"
    package = "v201"
    session_messages = frozenset({"TransactionEvent", "MeterValues", "SecurityEventNotification"})
    data_messages = frozenset(
        {
            "FirmwareStatusNotification",
            "LogStatusNotification",
            "NotifyEvent",
            "NotifyReport",
            "PublishFirmwareStatusNotification",
            "StatusNotification",
        }
    )
    rules = RULES
    to_charger = frozenset(
        {
            "CancelReservation",
            "CertificateSigned",
            "ChangeAvailability",
            "ClearCache",
            "ClearChargingProfile",
            "ClearDisplayMessage",
            "ClearVariableMonitoring",
            "CostUpdated",
            "CustomerInformation",
            "DataTransfer",
            "DeleteCertificate",
            "GetBaseReport",
            "GetChargingProfiles",
            "GetCompositeSchedule",
            "GetDisplayMessages",
            "GetInstalledCertificateIds",
            "GetLocalListVersion",
            "GetLog",
            "GetMonitoringReport",
            "GetReport",
            "GetTransactionStatus",
            "GetVariables",
            "InstallCertificate",
            "PublishFirmware",
            "RequestStartTransaction",
            "RequestStopTransaction",
            "ReserveNow",
            "Reset",
            "SendLocalList",
            "SetChargingProfile",
            "SetDisplayMessage",
            "SetMonitoringBase",
            "SetMonitoringLevel",
            "SetNetworkProfile",
            "SetVariableMonitoring",
            "SetVariables",
            "TriggerMessage",
            "UnlockConnector",
            "UnpublishFirmware",
            "UpdateFirmware",
        }
    )

    def compose(self, order: Order) -> tuple[str, dict[str, Any]]:
        """See ``orders.compose``."""
        return compose(order, _trigger_words(self.request_schema("TriggerMessage")), longest_tag(self.protocol))

    def composite_of(self, asked: Mapping[str, Any], answered: Mapping[str, Any], now: datetime) -> CompositeSchedule | None:
        """See ``charging.composite_of``."""
        return composite_of(asked, answered, now)

    def safe_result(self, call: Call) -> dict[str, Any]:
        """An event that carried a token is owed a verdict (E01.FR.11): one that could not be read opens nothing."""
        if call.action == "TransactionEvent" and isinstance(call.payload, dict) and call.payload.get("idToken") is not None:
            return {"idTokenInfo": {"status": "Invalid"}}
        return {}


def _trigger_words(document: Mapping[str, Any]) -> list[str]:
    words: list[str] = document["definitions"]["MessageTriggerEnumType"]["enum"]
    return words
