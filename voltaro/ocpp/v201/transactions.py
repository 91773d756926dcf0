"""OCPP 2.x blocks E and J, charger to central system: TransactionEvent and MeterValues."""

from __future__ import annotations

from collections.abc import Coroutine, Mapping, Sequence
from typing import Any

from ocpp.v201 import call_result
from ocpp.v201.enums import Action

from voltaro.domain.meter import figures
from voltaro.domain.session import EventKind, TransactionEvent, content_key
from voltaro.domain.tag import Authorization, Verdict
from voltaro.ocpp.dialect import Handlers, on
from voltaro.ocpp.frames import canonical
from voltaro.ocpp.metering import samples_of_2
from voltaro.ocpp.moments import instant
from voltaro.ocpp.v201.tokens import FREE, id_token_info, is_free
from voltaro.ports import After, Call, Station

_NOTHING: Mapping[str, Any] = {}


class Transactions(Handlers):
    """Sessions as 2.x knows them: the charger names and numbers them, we fold (conformance X-08, X-09)."""

    longest_group = 36

    @on(Action.transaction_event)
    async def on_transaction_event(
        self,
        station: Station,
        *,
        call: Call,
        event_type: str,
        timestamp: str,
        trigger_reason: str,
        seq_no: int,
        transaction_info: Mapping[str, Any],
        meter_value: Sequence[Mapping[str, Any]] = (),
        offline: bool = False,
        evse: Mapping[str, Any] = _NOTHING,
        id_token: Mapping[str, Any] | None = None,
        reservation_id: int | None = None,
        **_: Any,
    ) -> call_result.TransactionEvent:
        read = instant(station, timestamp, call.received_at)
        samples = samples_of_2(station, meter_value, call.received_at)
        free = id_token is not None and is_free(id_token)
        verdict = await station.transaction_event(
            TransactionEvent(
                charger_id=station.charger_id,
                transaction_id=transaction_info["transaction_id"],
                seq_no=seq_no,
                digest=content_key(canonical(call.payload).decode()),
                kind=EventKind(event_type),
                at=read.at,
                received_at=call.received_at,
                trigger_reason=trigger_reason,
                protocol=self.protocol,
                offline=offline,
                evse_id=evse.get("id"),
                connector_id=evse.get("connector_id"),
                id_tag=None if id_token is None or free else id_token["id_token"],
                charging_state=transaction_info.get("charging_state"),
                stopped_reason=transaction_info.get("stopped_reason"),
                remote_start_id=transaction_info.get("remote_start_id"),
                reservation_id=reservation_id,
                figures=figures(samples),
                samples=samples,
                clock_flag=None if read.flag is None else read.flag.value,
            )
        )
        if id_token is None:
            return call_result.TransactionEvent()
        verdict = FREE if free else verdict or Authorization(Verdict.UNKNOWN)
        return call_result.TransactionEvent(id_token_info=id_token_info(verdict, self.longest_group))

    @on(Action.meter_values)
    def on_meter_values(
        self, station: Station, *, call: Call, evse_id: int, meter_value: Sequence[Mapping[str, Any]], **_: Any
    ) -> After | Coroutine[Any, Any, None] | None:
        return station.meter(evse_id, None, samples_of_2(station, meter_value, call.received_at))
