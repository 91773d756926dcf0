"""What the simulator's tests share: a clock to advance, and a charger at a scripted central system."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest

from tests.simulator.central import CentralSystem, ManualAlarm
from voltaro.simulator import BackOff, SimulatedCharger

Place = tuple[CentralSystem, SimulatedCharger, ManualAlarm]


@pytest.fixture
async def place() -> AsyncIterator[Callable[..., Any]]:
    """Set up a central system and a charger that knows it: ``central, charger, clock = await place("ocpp1.6")``."""
    async with AsyncExitStack() as stack:

        async def make(protocol: str, *, connect: bool = True, central_password: bytes | None = None, **options: Any) -> Place:
            clock = ManualAlarm()
            central = await stack.enter_async_context(CentralSystem(protocol, central_password))
            options.setdefault("back_off", BackOff(minimum_s=1.0, maximum_s=60.0, random_s=0.0))
            charger = SimulatedCharger(central.url, "SIM-1", protocol, clock=clock, **options)
            stack.push_async_callback(charger.close)
            if connect:
                await charger.connect()
                await charger.booted()
            return central, charger, clock

        yield make
