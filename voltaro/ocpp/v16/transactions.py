"""OCPP 1.6 transactions and meter values (sections 4.7, 4.8, 4.10)."""

from __future__ import annotations

import zlib
from collections.abc import Coroutine, Mapping, Sequence
from datetime import timedelta
from typing import Any

from ocpp.v16 import call_result
from ocpp.v16.enums import Action

from voltaro.domain.session import EndSession, StartSession
from voltaro.ocpp import envelope, frames
from voltaro.ocpp.dialect import Handlers, on
from voltaro.ocpp.metering import samples_of_16
from voltaro.ocpp.moments import instant
from voltaro.ocpp.v16.core import connector_of, id_tag_info
from voltaro.ports import After, Call, Station

FIRST_PLACEHOLDER = 2_000_000_000
"""Transaction ids from here on are never drawn for sessions: they stand in answers to starts that were put aside."""
_PLACEHOLDERS = 2**31 - 1 - FIRST_PLACEHOLDER
_PUT_ASIDE = timedelta(seconds=30)
"""A start that is handled so long after it came was put aside, and answered with its placeholder."""


def placeholder_of(call: Call) -> int:
    """The transaction id that stands for a start by its content, so that a retry gets the same one."""
    return FIRST_PLACEHOLDER + zlib.crc32(frames.canonical(call.payload)) % _PLACEHOLDERS


def _as_it_came(call: Call) -> Call:
    """A call with the payload that its frame has: the one in hand may have been repaired since it was put aside."""
    frame = envelope.value_of(call.raw)
    return call._replace(payload=frame[3] if type(frame) is list and len(frame) > 3 and type(frame[3]) is dict else {})


class Transactions(Handlers):
    """Sessions as 1.6 knows them; their ids are ours (conformance X-03)."""

    @on(Action.start_transaction)
    async def on_start_transaction(
        self,
        station: Station,
        *,
        call: Call,
        connector_id: int,
        id_tag: str,
        meter_start: int,
        timestamp: str,
        reservation_id: int | None = None,
        **_: Any,
    ) -> call_result.StartTransaction:
        read = instant(station, timestamp, call.received_at)
        was_put_aside = station.now() - call.received_at > _PUT_ASIDE
        started = await station.start_session(
            StartSession(
                charger_id=station.charger_id,
                evse_id=connector_id,
                connector_id=connector_of(connector_id),
                id_tag=id_tag,
                meter_start_wh=meter_start,
                at=read.at,
                received_at=call.received_at,
                protocol=self.protocol,
                reservation_id=reservation_id if reservation_id is not None and reservation_id > 0 else None,
                clock_flag=None if read.flag is None else read.flag.value,
                raw_timestamp=None if read.flag is None else timestamp,
                placeholder_id=str(placeholder_of(_as_it_came(call))) if was_put_aside else None,
            )
        )
        return call_result.StartTransaction(transaction_id=int(started.transaction_id), id_tag_info=id_tag_info(started.authorization))

    @on(Action.stop_transaction)
    async def on_stop_transaction(
        self,
        station: Station,
        *,
        call: Call,
        transaction_id: int,
        meter_stop: int,
        timestamp: str,
        id_tag: str | None = None,
        reason: str | None = None,
        transaction_data: Sequence[Mapping[str, Any]] = (),
        **_: Any,
    ) -> call_result.StopTransaction:
        read = instant(station, timestamp, call.received_at)
        authorization = await station.end_session(
            EndSession(
                charger_id=station.charger_id,
                transaction_id=str(transaction_id),
                meter_stop_wh=meter_stop,
                at=read.at,
                received_at=call.received_at,
                protocol=self.protocol,
                id_tag=id_tag or None,
                reason=reason or "Local",
                samples=samples_of_16(station, transaction_data, call.received_at),
                clock_flag=None if read.flag is None else read.flag.value,
                raw_timestamp=None if read.flag is None else timestamp,
            )
        )
        return call_result.StopTransaction(id_tag_info=None if authorization is None or not id_tag else id_tag_info(authorization))

    @on(Action.meter_values)
    def on_meter_values(
        self,
        station: Station,
        *,
        call: Call,
        connector_id: int,
        meter_value: Sequence[Mapping[str, Any]],
        transaction_id: int | None = None,
        **_: Any,
    ) -> After | Coroutine[Any, Any, None] | None:
        transaction = None if transaction_id is None else str(transaction_id)
        return station.meter(connector_id, transaction, samples_of_16(station, meter_value, call.received_at))
