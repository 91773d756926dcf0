"""OCPP 2.1: what differs from 2.0.1. The shared messages kept their members, so 2.0.1's handlers serve them."""

from __future__ import annotations

from voltaro.ocpp.v201 import Ocpp201


class Ocpp21(Ocpp201):
    """OCPP 2.1."""

    protocol = "ocpp2.1"
    package = "v21"
    longest_group = 255
    to_charger = Ocpp201.to_charger | {
        "AFRRSignal",
        "AdjustPeriodicEventStream",
        "ChangeTransactionTariff",
        "ClearDERControl",
        "ClearTariffs",
        "GetDERControl",
        "GetPeriodicEventStream",
        "GetTariffs",
        "NotifyAllowedEnergyTransfer",
        "NotifyWebPaymentStarted",
        "RequestBatterySwap",
        "SetDERControl",
        "SetDefaultTariff",
        "UpdateDynamicSchedule",
        "UsePriorityCharging",
    }
