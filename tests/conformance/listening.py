"""A charger by hand that answers what it is asked, beside a test that looks at the API."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

from tests.conformance.answering import Answer, Answering, Payload
from tests.e2e.talking import dial
from tests.looking import until
from tests.running import RunningServer


class Listening(Answering):
    """See ``Answering``; ``asked`` are our CALLs in the order they came."""

    @property
    def asked(self) -> list[tuple[str, Payload]]:
        return self.heard


@contextlib.asynccontextmanager
async def listening(
    server: RunningServer,
    identity: str,
    answers: Mapping[str, Callable[[dict[str, Any]], Answer]],
    protocol: str = "ocpp1.6",
    firmware: str | None = None,
) -> AsyncIterator[Listening]:
    """A charger that has booted."""
    async with dial(server, identity, protocol) as socket:
        charger = Listening(socket, answers)
        async with charger.listening():
            boot: dict[str, Any] = {"chargePointVendor": "V", "chargePointModel": "M"}
            if firmware is not None:
                boot["firmwareVersion"] = firmware
            if protocol != "ocpp1.6":
                boot = {"reason": "PowerUp", "chargingStation": {"vendorName": "V", "model": "M"}}
            assert (await charger.ask("BootNotification", boot))[2]["status"] == "Accepted"
            yield charger


async def shown(server: RunningServer, path: str, holds: Callable[[Any], bool]) -> Any:
    """What the API shows at ``path``, as soon as it ``holds``."""
    return await until(lambda: server.api("GET", path), holds)
