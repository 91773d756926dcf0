"""What is compared with: a central system of the plain ``ocpp`` package over ``websockets.serve``, which stores nothing."""

# mypy: disable-error-code="misc,untyped-decorator"
# (the ocpp package has no types)

from __future__ import annotations

import asyncio
import itertools
import logging
from datetime import UTC, datetime
from typing import Any

from ocpp.routing import on
from ocpp.v16 import ChargePoint, call_result
from ocpp.v16.datatypes import IdTagInfo
from ocpp.v16.enums import Action, AuthorizationStatus, RegistrationStatus
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from tests.benchmarks.accounting import raise_file_limit
from tests.benchmarks.event_loop import run

transaction_ids = itertools.count(1)
ACCEPTED = IdTagInfo(status=AuthorizationStatus.accepted)


def now() -> str:
    return datetime.now(UTC).isoformat()


class CentralSystem(ChargePoint):
    """The same handlers as ours, answering at once."""

    @on(Action.boot_notification)
    def boot(self, **_: Any) -> call_result.BootNotification:
        return call_result.BootNotification(current_time=now(), interval=300, status=RegistrationStatus.accepted)

    @on(Action.authorize)
    def authorize(self, **_: Any) -> call_result.Authorize:
        return call_result.Authorize(id_tag_info=ACCEPTED)

    @on(Action.heartbeat)
    def heartbeat(self) -> call_result.Heartbeat:
        return call_result.Heartbeat(current_time=now())

    @on(Action.status_notification)
    def status(self, **_: Any) -> call_result.StatusNotification:
        return call_result.StatusNotification()

    @on(Action.start_transaction)
    def start_session(self, **_: Any) -> call_result.StartTransaction:
        return call_result.StartTransaction(transaction_id=next(transaction_ids), id_tag_info=ACCEPTED)

    @on(Action.stop_transaction)
    def end_session(self, **_: Any) -> call_result.StopTransaction:
        return call_result.StopTransaction(id_tag_info=ACCEPTED)

    @on(Action.meter_values)
    def meter(self, **_: Any) -> call_result.MeterValues:
        return call_result.MeterValues()

    @on(Action.data_transfer)
    def data_transfer(self, **_: Any) -> call_result.DataTransfer:
        return call_result.DataTransfer(status="UnknownVendorId")


async def serve_charger(connection: ServerConnection) -> None:
    assert connection.request is not None
    try:
        await CentralSystem(connection.request.path.strip("/"), connection).start()
    except ConnectionClosed:
        return


async def main() -> None:
    raise_file_limit()
    # Its own log of every frame would only make it dearer.
    logging.getLogger("ocpp").setLevel(logging.ERROR)
    logging.getLogger("websockets").setLevel(logging.ERROR)
    async with serve(serve_charger, "127.0.0.1", 0, subprotocols=["ocpp1.6"], compression=None, backlog=4096) as server:  # type: ignore[list-item]
        port = server.sockets[0].getsockname()[1]
        print(f"ocpp package ready ocpp=ws://127.0.0.1:{port}", flush=True)
        await asyncio.get_running_loop().create_future()


if __name__ == "__main__":
    run(main())
