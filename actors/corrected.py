"""A charger's station as its dialect sees it, where an operator has switched scales on: figures are scaled on their way in.

The raw frame is in the message log. Everybody behind, sessions, samples and what is folded from them, sees the same corrected
figures. A charger without such switches has none of this on its way.
"""

from __future__ import annotations

from collections.abc import Coroutine
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from voltaro.domain.meter import Sample, figures, lenient_decimal
from voltaro.domain.quirks import Quirks
from voltaro.domain.session import EndSession, SessionStarted, StartSession, TransactionEvent
from voltaro.domain.tag import Authorization
from voltaro.ports import After, Station


class Corrected:
    """``ports.Station``: the charger's own, but for what carries figures."""

    def __init__(self, station: Station, quirks: Quirks) -> None:
        self._station = station
        self._quirks = quirks

    def __getattr__(self, name: str) -> Any:
        return getattr(self._station, name)

    async def start_session(self, start: StartSession) -> SessionStarted:
        return await self._station.start_session(replace(start, meter_start_wh=self._energy(start.meter_start_wh)))

    async def end_session(self, stop: EndSession) -> Authorization | None:
        samples = self._scaled(stop.samples)
        return await self._station.end_session(replace(stop, meter_stop_wh=self._energy(stop.meter_stop_wh), samples=samples))

    async def transaction_event(self, event: TransactionEvent) -> Authorization | None:
        samples = self._scaled(event.samples)
        return await self._station.transaction_event(replace(event, samples=samples, figures=figures(samples)))

    def meter(self, evse_id: int, transaction_id: str | None, samples: tuple[Sample, ...]) -> After | Coroutine[Any, Any, None] | None:
        return self._station.meter(evse_id, transaction_id, self._scaled(samples))

    def _energy(self, figure_wh: int) -> int:
        return int((figure_wh * self._quirks.energy_scale).to_integral_value(ROUND_HALF_UP))

    def _scaled(self, samples: tuple[Sample, ...]) -> tuple[Sample, ...]:
        return tuple(self._sample(sample) for sample in samples)

    def _sample(self, sample: Sample) -> Sample:
        measured = sample.measurand
        scale = (
            self._quirks.energy_scale
            if measured.startswith("Energy.")
            else self._quirks.power_scale
            if measured.startswith("Power.") and measured != "Power.Factor"
            else Decimal(1)
        )
        number = None if scale == 1 or sample.signed else lenient_decimal(sample.value)
        return sample if number is None else sample._replace(value=format(number * scale, "f"))
