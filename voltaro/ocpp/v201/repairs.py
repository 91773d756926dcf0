"""What OCPP 2.x chargers spell otherwise, and what may stay as it came (conformance Q-14, Q-16, Q-17)."""

from __future__ import annotations

from voltaro.ocpp.repair import Rules

_SAMPLE_WORDS = ("context", "measurand", "phase", "location")

RULES = Rules(
    aliases={
        "context": {
            "sampleperiodic": "Sample.Periodic",
            "periodic": "Sample.Periodic",
            "sampleclock": "Sample.Clock",
            "transactionbegin": "Transaction.Begin",
            "transactionend": "Transaction.End",
        },
        "measurand": {"stateofcharge": "SoC"},
    },
    open_words=frozenset(
        {
            "StatusNotification/connectorStatus",
            "TransactionEvent/triggerReason",
            "TransactionEvent/transactionInfo/chargingState",
            "TransactionEvent/transactionInfo/stoppedReason",
        }
        | {f"MeterValues/meterValue/*/sampledValue/*/{word}" for word in _SAMPLE_WORDS}
        | {f"TransactionEvent/meterValue/*/sampledValue/*/{word}" for word in _SAMPLE_WORDS}
    ),
    json_texts=frozenset(),
    spare=frozenset({"BootNotification", "StatusNotification"}),
    empty={"BootNotification/reason": "Unknown", "BootNotification/chargingStation": {"vendorName": "", "model": ""}},
    words=set(),
)
