"""The configuration keys of a virtual OCPP 1.6 charger (section 9, and the security whitepaper's)."""

from __future__ import annotations

from voltaro.simulator.settings import MEASURANDS, Entry, Kind

KEYS: dict[str, Entry] = {
    "AllowOfflineTxForUnknownId": Entry(kind=Kind.TRUTH, setting="offline_unknown_tags"),
    "AuthorizationCacheEnabled": Entry("true", Kind.TRUTH),
    "AuthorizationKey": Entry(readable=False, setting="password"),
    "AuthorizeRemoteTxRequests": Entry(kind=Kind.TRUTH, setting="authorize_remote"),
    "BlinkRepeat": Entry("3", Kind.WHOLE),
    "ChargeProfileMaxStackLevel": Entry("8", Kind.WHOLE, writable=False),
    "ChargingScheduleAllowedChargingRateUnit": Entry("Current,Power", writable=False),
    "ChargingScheduleMaxPeriods": Entry("24", Kind.WHOLE, writable=False),
    "ClockAlignedDataInterval": Entry("0", Kind.WHOLE),
    "ConnectionTimeOut": Entry(kind=Kind.WHOLE, setting="connection_timeout_s", lowest=1),
    "ConnectorPhaseRotation": Entry("0.RST"),
    "CpoName": Entry(""),
    "GetConfigurationMaxKeys": Entry("50", Kind.WHOLE, writable=False),
    "HeartbeatInterval": Entry(kind=Kind.WHOLE, setting="heartbeat_interval_s", lowest=1),
    "LightIntensity": Entry("80", Kind.WHOLE),
    "LocalAuthorizeOffline": Entry(kind=Kind.TRUTH, setting="authorize_offline"),
    "LocalPreAuthorize": Entry("false", Kind.TRUTH),
    "MaxChargingProfilesInstalled": Entry("16", Kind.WHOLE, writable=False),
    "MessageTimeout": Entry(kind=Kind.WHOLE, setting="message_timeout_s", writable=False),
    "MeterValueSampleInterval": Entry(kind=Kind.WHOLE, setting="meter_interval_s"),
    "MeterValuesAlignedData": Entry("Energy.Active.Import.Register", Kind.LIST, choices=MEASURANDS),
    "MeterValuesSampledData": Entry(kind=Kind.LIST, setting="measurands", choices=MEASURANDS),
    "NumberOfConnectors": Entry(kind=Kind.WHOLE, writable=False),
    "ResetRetries": Entry("1", Kind.WHOLE),
    "SecurityProfile": Entry("0", Kind.WHOLE, writable=False),
    "StopTransactionOnEVSideDisconnect": Entry("true", Kind.TRUTH, writable=False),
    "StopTransactionOnInvalidId": Entry(kind=Kind.TRUTH, setting="stop_on_invalid_tag"),
    "StopTxnAlignedData": Entry("", Kind.LIST),
    "StopTxnSampledData": Entry("Energy.Active.Import.Register", Kind.LIST, choices=("", "Energy.Active.Import.Register")),
    "SupportedFeatureProfiles": Entry("Core,SmartCharging,RemoteTrigger", writable=False),
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
