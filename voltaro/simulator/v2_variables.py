"""The device model of a virtual OCPP 2.x station: its variables, and how reports show them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from voltaro.simulator.settings import MEASURANDS, Entry, Kind, Settings

ITEMS_PER_MESSAGE = 20
"""Of GetVariables and SetVariables; what asks for more is refused."""
REPORT_PAGE = 12
"""Variables in one NotifyReport."""


class Name(NamedTuple):
    """A variable's full name. Instances belong to the variable."""

    component: str
    variable: str
    instance: str | None = None

    def folded(self) -> Name:
        """Names are compared without regard to case."""
        return Name(self.component.casefold(), self.variable.casefold(), self.instance.casefold() if self.instance else None)


_RATE_UNITS = ("A", "W")
_TEXT = Entry(writable=False)
_START_POINTS = ("EVConnected", "PowerPathClosed")

VARIABLES: dict[Name, Entry] = {
    Name("AlignedDataCtrlr", "Interval"): Entry("0", Kind.WHOLE, unit="s"),
    Name("AlignedDataCtrlr", "Measurands"): Entry("Energy.Active.Import.Register", Kind.LIST, choices=MEASURANDS),
    Name("AuthCacheCtrlr", "Enabled"): Entry("true", Kind.TRUTH),
    Name("AuthCtrlr", "AuthorizeRemoteStart"): Entry(kind=Kind.TRUTH, setting="authorize_remote"),
    Name("AuthCtrlr", "LocalAuthorizeOffline"): Entry(kind=Kind.TRUTH, setting="authorize_offline"),
    Name("AuthCtrlr", "LocalPreAuthorize"): Entry("false", Kind.TRUTH),
    Name("AuthCtrlr", "OfflineTxForUnknownIdEnabled"): Entry(kind=Kind.TRUTH, setting="offline_unknown_tags"),
    Name("ChargingStation", "FirmwareVersion"): _TEXT,
    Name("ChargingStation", "Model"): _TEXT,
    Name("ChargingStation", "SerialNumber"): _TEXT,
    Name("ChargingStation", "VendorName"): _TEXT,
    Name("ClockCtrlr", "DateTime"): _TEXT,
    Name("ClockCtrlr", "TimeSource"): Entry("Heartbeat", choices=("Heartbeat", "NTP"), kind=Kind.CHOICE),
    Name("DeviceDataCtrlr", "BytesPerMessage", "GetVariables"): Entry("16384", Kind.WHOLE, writable=False),
    Name("DeviceDataCtrlr", "BytesPerMessage", "SetVariables"): Entry("16384", Kind.WHOLE, writable=False),
    Name("DeviceDataCtrlr", "ItemsPerMessage", "GetReport"): Entry(str(ITEMS_PER_MESSAGE), Kind.WHOLE, writable=False),
    Name("DeviceDataCtrlr", "ItemsPerMessage", "GetVariables"): Entry(str(ITEMS_PER_MESSAGE), Kind.WHOLE, writable=False),
    Name("DeviceDataCtrlr", "ItemsPerMessage", "SetVariables"): Entry(str(ITEMS_PER_MESSAGE), Kind.WHOLE, writable=False),
    Name("OCPPCommCtrlr", "FileTransferProtocols"): Entry("HTTPS", Kind.LIST, writable=False),
    Name("OCPPCommCtrlr", "HeartbeatInterval"): Entry(kind=Kind.WHOLE, setting="heartbeat_interval_s", lowest=1, unit="s"),
    Name("OCPPCommCtrlr", "MessageAttemptInterval", "TransactionEvent"): Entry(kind=Kind.WHOLE, setting="retry_interval_s", unit="s"),
    Name("OCPPCommCtrlr", "MessageAttempts", "TransactionEvent"): Entry(kind=Kind.WHOLE, setting="attempts", lowest=1),
    Name("OCPPCommCtrlr", "MessageTimeout", "Default"): Entry(kind=Kind.WHOLE, setting="message_timeout_s", writable=False, unit="s"),
    Name("OCPPCommCtrlr", "NetworkConfigurationPriority"): Entry("1"),
    Name("OCPPCommCtrlr", "NetworkProfileConnectionAttempts"): Entry("3", Kind.WHOLE),
    Name("OCPPCommCtrlr", "OfflineThreshold"): Entry("60", Kind.WHOLE, unit="s"),
    Name("OCPPCommCtrlr", "QueueAllMessages"): Entry("false", Kind.TRUTH),
    Name("OCPPCommCtrlr", "ResetRetries"): Entry("1", Kind.WHOLE),
    Name("OCPPCommCtrlr", "UnlockOnEVSideDisconnect"): Entry("true", Kind.TRUTH),
    Name("OCPPCommCtrlr", "WebSocketPingInterval"): Entry("0", Kind.WHOLE, reboot=True, unit="s"),
    Name("SampledDataCtrlr", "TxEndedInterval"): Entry("0", Kind.WHOLE, unit="s"),
    Name("SampledDataCtrlr", "TxEndedMeasurands"): Entry("Energy.Active.Import.Register", Kind.LIST, writable=False),
    Name("SampledDataCtrlr", "TxStartedMeasurands"): Entry("Energy.Active.Import.Register", Kind.LIST, writable=False),
    Name("SampledDataCtrlr", "TxUpdatedInterval"): Entry(kind=Kind.WHOLE, setting="meter_interval_s", unit="s"),
    Name("SampledDataCtrlr", "TxUpdatedMeasurands"): Entry(kind=Kind.LIST, setting="measurands", choices=MEASURANDS),
    Name("SecurityCtrlr", "BasicAuthPassword"): Entry(readable=False, setting="password"),
    Name("SecurityCtrlr", "CertificateEntries"): Entry("0", Kind.WHOLE, writable=False),
    Name("SecurityCtrlr", "OrganizationName"): Entry("Example Charging"),
    Name("SecurityCtrlr", "SecurityProfile"): Entry("1", Kind.WHOLE, writable=False),
    Name("SmartChargingCtrlr", "Enabled"): Entry("true", Kind.TRUTH, writable=False),
    Name("SmartChargingCtrlr", "ProfileStackLevel"): Entry("8", Kind.WHOLE, writable=False),
    Name("SmartChargingCtrlr", "RateUnit"): Entry(",".join(_RATE_UNITS), Kind.LIST, writable=False, choices=_RATE_UNITS),
    Name("TxCtrlr", "EVConnectionTimeOut"): Entry(kind=Kind.WHOLE, setting="connection_timeout_s", lowest=1, unit="s"),
    Name("TxCtrlr", "StopTxOnEVSideDisconnect"): Entry("true", Kind.TRUTH, writable=False),
    Name("TxCtrlr", "StopTxOnInvalidId"): Entry(kind=Kind.TRUTH, setting="stop_on_invalid_tag"),
    Name("TxCtrlr", "TxStartPoint"): Entry(kind=Kind.CHOICE, setting="transaction_starts", choices=_START_POINTS),
    Name("TxCtrlr", "TxStopPoint"): Entry("Authorized,PowerPathClosed,EVConnected", Kind.LIST, writable=False),
}

_BY_FOLDED = {name.folded(): name for name in VARIABLES}
_COMPONENTS = {name.component.casefold() for name in VARIABLES}


def find_variable(name: Name) -> Name | str:
    """The name as the table spells it, or the 2.x status word that says what is unknown."""
    found = _BY_FOLDED.get(name.folded())
    if found is not None:
        return found
    return "UnknownVariable" if name.component.casefold() in _COMPONENTS else "UnknownComponent"


def read_name(item: Mapping[str, Any]) -> Name:
    """From an element of GetVariables, SetVariables or GetReport."""
    variable = item["variable"]
    return Name(str(item["component"]["name"]), str(variable["name"]), variable.get("instance"))


def report_items(
    settings: Settings, texts: Mapping[Any, str], facts: Mapping[Name, str], *, writable_only: bool
) -> Iterator[dict[str, Any]]:
    """The table as elements of ``reportData``. ``facts`` are values only the station knows: serial number, time."""
    for name, entry in VARIABLES.items():
        if writable_only and not entry.writable:
            continue
        variable: dict[str, Any] = {"name": name.variable}
        if name.instance is not None:
            variable["instance"] = name.instance
        mutability = "ReadWrite" if entry.writable and entry.readable else "WriteOnly" if entry.writable else "ReadOnly"
        attribute: dict[str, Any] = {"type": "Actual", "mutability": mutability}
        if entry.readable:
            attribute["value"] = facts.get(name) or entry.read(settings, texts, name)
        characteristics: dict[str, Any] = {"dataType": entry.kind.value, "supportsMonitoring": False}
        if entry.choices:
            characteristics["valuesList"] = ",".join(entry.choices)
        if entry.unit is not None:
            characteristics["unit"] = entry.unit
        yield {
            "component": {"name": name.component},
            "variable": variable,
            "variableAttribute": [attribute],
            "variableCharacteristics": characteristics,
        }
