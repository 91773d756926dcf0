"""The configuration of a virtual OCPP 1.6 charger: the keys of section 9 and of the security whitepaper, and who may set what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from voltaro.simulator.settings import Entry, Kind
from voltaro.simulator.talker import Command, Refused, Reply
from voltaro.simulator.v16_metering import MEASURANDS

if TYPE_CHECKING:
    from voltaro.simulator.v16 import Charger16

MOST_KEYS = 50
"""In one GetConfiguration that names them."""
HIGHEST_STACK_LEVEL = 8
MOST_PERIODS = 24
MOST_PROFILES = 16
LONGEST_LIST = 1000
LONGEST_LIST_MESSAGE = 100
MOST_CERTIFICATES = 8
LONGEST_CHAIN = 10_000

_REGISTER = "Energy.Active.Import.Register"
_MEASURANDS = ("", *MEASURANDS)

KEYS: dict[str, Entry] = {
    "AdditionalRootCertificateCheck": Entry("false", Kind.TRUTH, writable=False),
    "AllowOfflineTxForUnknownId": Entry(kind=Kind.TRUTH, setting="offline_unknown_tags"),
    "AuthorizationCacheEnabled": Entry("true", Kind.TRUTH),
    "AuthorizationKey": Entry(readable=False, setting="password"),
    "AuthorizeRemoteTxRequests": Entry(kind=Kind.TRUTH, setting="authorize_remote"),
    "BlinkRepeat": Entry("3", Kind.WHOLE),
    "CertificateSignedMaxChainSize": Entry(str(LONGEST_CHAIN), Kind.WHOLE, writable=False),
    "CertificateStoreMaxLength": Entry(str(MOST_CERTIFICATES), Kind.WHOLE, writable=False),
    "ChargeProfileMaxStackLevel": Entry(str(HIGHEST_STACK_LEVEL), Kind.WHOLE, writable=False),
    "ChargingScheduleAllowedChargingRateUnit": Entry("Current,Power", writable=False),
    "ChargingScheduleMaxPeriods": Entry(str(MOST_PERIODS), Kind.WHOLE, writable=False),
    "ClockAlignedDataInterval": Entry("0", Kind.WHOLE),
    "ConnectionTimeOut": Entry(kind=Kind.WHOLE, setting="connection_timeout_s", lowest=1),
    "ConnectorPhaseRotation": Entry("0.RST"),
    "ConnectorPhaseRotationMaxLength": Entry("16", Kind.WHOLE, writable=False),
    "ConnectorSwitch3to1PhaseSupported": Entry("false", Kind.TRUTH, writable=False),
    "CpoName": Entry(""),
    "GetConfigurationMaxKeys": Entry(str(MOST_KEYS), Kind.WHOLE, writable=False),
    "HeartbeatInterval": Entry(kind=Kind.WHOLE, setting="heartbeat_interval_s", lowest=1),
    "LightIntensity": Entry("80", Kind.WHOLE),
    "LocalAuthListEnabled": Entry("true", Kind.TRUTH),
    "LocalAuthListMaxLength": Entry(str(LONGEST_LIST), Kind.WHOLE, writable=False),
    "LocalAuthorizeOffline": Entry(kind=Kind.TRUTH, setting="authorize_offline"),
    "LocalPreAuthorize": Entry("false", Kind.TRUTH),
    "MaxChargingProfilesInstalled": Entry(str(MOST_PROFILES), Kind.WHOLE, writable=False),
    "MaxEnergyOnInvalidId": Entry("0", Kind.WHOLE),
    "MessageTimeout": Entry(kind=Kind.WHOLE, setting="message_timeout_s", writable=False),
    "MeterValueSampleInterval": Entry(kind=Kind.WHOLE, setting="meter_interval_s"),
    "MeterValuesAlignedData": Entry(_REGISTER, Kind.LIST, choices=_MEASURANDS),
    "MeterValuesAlignedDataMaxLength": Entry(str(len(MEASURANDS)), Kind.WHOLE, writable=False),
    "MeterValuesSampledData": Entry(kind=Kind.LIST, setting="measurands", choices=_MEASURANDS),
    "MeterValuesSampledDataMaxLength": Entry(str(len(MEASURANDS)), Kind.WHOLE, writable=False),
    "MinimumStatusDuration": Entry("0", Kind.WHOLE),
    "NumberOfConnectors": Entry(kind=Kind.WHOLE, writable=False),
    "ReserveConnectorZeroSupported": Entry("true", Kind.TRUTH, writable=False),
    "ResetRetries": Entry("1", Kind.WHOLE),
    "SecurityProfile": Entry("0", Kind.WHOLE),
    "SendLocalListMaxLength": Entry(str(LONGEST_LIST_MESSAGE), Kind.WHOLE, writable=False),
    "StopTransactionMaxMeterValues": Entry("0", Kind.WHOLE, writable=False),
    "StopTransactionOnEVSideDisconnect": Entry("true", Kind.TRUTH),
    "StopTransactionOnInvalidId": Entry(kind=Kind.TRUTH, setting="stop_on_invalid_tag"),
    "StopTxnAlignedData": Entry("", Kind.LIST, choices=_MEASURANDS),
    "StopTxnAlignedDataMaxLength": Entry(str(len(MEASURANDS)), Kind.WHOLE, writable=False),
    "StopTxnSampledData": Entry(_REGISTER, Kind.LIST, choices=("", _REGISTER)),
    "StopTxnSampledDataMaxLength": Entry("1", Kind.WHOLE, writable=False),
    "SupportedFeatureProfiles": Entry(
        "Core,FirmwareManagement,LocalAuthListManagement,Reservation,SmartCharging,RemoteTrigger", writable=False
    ),
    "SupportedFeatureProfilesMaxLength": Entry("6", Kind.WHOLE, writable=False),
    "SupportedFileTransferProtocols": Entry("HTTP,HTTPS", writable=False),
    "TransactionMessageAttempts": Entry(kind=Kind.WHOLE, setting="attempts", lowest=1),
    "TransactionMessageRetryInterval": Entry(kind=Kind.WHOLE, setting="retry_interval_s"),
    "UnlockConnectorOnEVSideDisconnect": Entry("true", Kind.TRUTH),
    "WebSocketPingInterval": Entry("0", Kind.WHOLE, reboot=True),
}


def read_password(text: str) -> bytes | None:
    """An AuthorizationKey: 32 to 40 hex digits stand for 16 to 20 bytes, otherwise 16 to 20 characters stand for themselves."""
    if 32 <= len(text) <= 40:
        try:
            return bytes.fromhex(text)
        except ValueError:
            return None
    return text.encode() if 16 <= len(text.encode()) <= 20 else None


def change(station: Charger16, payload: dict[str, Any]) -> Reply:
    key, text = str(payload["key"]), str(payload["value"])
    entry = KEYS.get(key)
    if entry is None:
        return Reply({"status": "NotSupported"})
    if key == "AuthorizationKey":
        return _new_password(station, text)
    if key == "SecurityProfile":
        return _new_profile(station, text)
    if not entry.writable or not entry.accepts(text):
        return Reply({"status": "Rejected"})
    entry.write(text, station.settings, station.texts, key)

    def obey() -> None:
        station.setting_changed(entry.setting)
        station.key_changed(key)

    return Reply({"status": "RebootRequired" if entry.reboot else "Accepted"}, obey)


def get(station: Charger16, payload: dict[str, Any]) -> Reply:
    asked = payload.get("key") or [key for key, entry in KEYS.items() if entry.readable]
    if payload.get("key") and len(asked) > MOST_KEYS:
        raise Refused("OccurenceConstraintViolation", f"At most {MOST_KEYS} keys at a time; ask for none to get all.")
    known = [_shown(station, key) for key in asked if key in KEYS]
    unknown = [key for key in asked if key not in KEYS]
    return Reply(({"configurationKey": known} if known else {}) | ({"unknownKey": unknown} if unknown else {}))


def _shown(station: Charger16, key: str) -> dict[str, Any]:
    entry = KEYS[key]
    shown: dict[str, Any] = {"key": key, "readonly": not entry.writable}
    if entry.readable:
        shown["value"] = station.configured(key)
    return shown


def _new_password(station: Charger16, text: str) -> Reply:
    """It is shown from the next dial on (whitepaper A01); the line that is open stays."""
    password = read_password(text)
    if password is None:
        return Reply({"status": "Rejected"})
    station.settings.password = password
    return Reply({"status": "Accepted"}, lambda: station.security_event("ReconfigurationOfSecurityParameters", "AuthorizationKey"))


def _new_profile(station: Charger16, text: str) -> Reply:
    """A security profile is never lowered, and raised only where what it needs is there (whitepaper A05). A reset puts it to use."""
    wanted = int(text) if text.isascii() and text.isdigit() else -1
    has_password = station.settings.password is not None
    needs = {
        0: True,
        1: has_password,
        2: has_password and station.secure_line,
        3: station.secure_line and station.has_client_certificate,
    }
    if wanted < station.security_profile or not needs.get(wanted, False):
        return Reply({"status": "Rejected"})
    station.texts["SecurityProfile"] = text
    return Reply({"status": "Accepted"}, lambda: station.security_event("ReconfigurationOfSecurityParameters", "SecurityProfile"))


COMMANDS: dict[str, Command] = {"ChangeConfiguration": change, "GetConfiguration": get}
