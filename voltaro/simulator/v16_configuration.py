"""The configuration keys of a virtual OCPP 1.6 charger, those of section 9 and of the security whitepaper, and what each may hold."""

from __future__ import annotations

from voltaro.simulator.settings import MEASURANDS as CORE
from voltaro.simulator.settings import Entry, Kind

MOST_KEYS = 50
"""In one GetConfiguration that names them."""
HIGHEST_STACK_LEVEL = 8
MOST_PERIODS = 24
MOST_PROFILES = 16
LONGEST_LIST = 1000
LONGEST_LIST_MESSAGE = 100
MOST_CERTIFICATES = 8
LONGEST_CHAIN = 10_000

MEASURANDS = (
    *CORE,
    "Current.Export",
    "Current.Offered",
    "Energy.Active.Export.Interval",
    "Energy.Active.Export.Register",
    "Energy.Active.Import.Interval",
    "Energy.Reactive.Export.Interval",
    "Energy.Reactive.Export.Register",
    "Energy.Reactive.Import.Interval",
    "Energy.Reactive.Import.Register",
    "Frequency",
    "Power.Active.Export",
    "Power.Factor",
    "Power.Offered",
    "Power.Reactive.Export",
    "Power.Reactive.Import",
    "RPM",
    "Temperature",
)
"""All that OCPP 1.6 knows (section 7.31)."""

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
