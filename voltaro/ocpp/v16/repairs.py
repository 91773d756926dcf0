"""What OCPP 1.6 chargers spell otherwise, and what may stay as it came (conformance Q-14, Q-16, Q-17)."""

from __future__ import annotations

from voltaro.ocpp.repair import Rules

_SAMPLE_WORDS = ("context", "measurand", "phase", "location", "unit")

RULES = Rules(
    aliases={
        "errorCode": {"": "NoError", "none": "NoError", "ok": "NoError", "null": "NoError", "error": "OtherError", "other": "OtherError"},
        "reason": {"evdisconnect": "EVDisconnected", "deauthorised": "DeAuthorized", "emergency": "EmergencyStop"},
        "context": {
            "sampleperiodic": "Sample.Periodic",
            "periodic": "Sample.Periodic",
            "sampleclock": "Sample.Clock",
            "transactionbegin": "Transaction.Begin",
            "transactionend": "Transaction.End",
        },
        "format": {"signed": "SignedData"},
        "measurand": {"stateofcharge": "SoC"},
        "unit": {
            "hz": "Hertz",
            "%": "Percent",
            "percentage": "Percent",
            "c": "Celsius",
            "°c": "Celsius",
            "°f": "Fahrenheit",
            "kelvin": "K",
            "watt": "W",
            "watts": "W",
            "volt": "V",
            "volts": "V",
            "amp": "A",
            "amps": "A",
            "ampere": "A",
        },
    },
    open_words=frozenset(
        {"StatusNotification/status", "StatusNotification/errorCode", "StopTransaction/reason"}
        | {f"MeterValues/meterValue/*/sampledValue/*/{word}" for word in _SAMPLE_WORDS}
        | {f"StopTransaction/transactionData/*/sampledValue/*/{word}" for word in _SAMPLE_WORDS}
    ),
    json_texts=frozenset({"DataTransfer/data"}),
    spare=frozenset({"BootNotification", "StatusNotification"}),
    empty={"BootNotification/chargePointVendor": "", "BootNotification/chargePointModel": ""},
    words=set(),
)
