"""What is compared with: the bare echo of ``websockets.serve``, in a process of its own."""

from __future__ import annotations

import asyncio
import contextlib
import logging

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from tests.benchmarks.accounting import raise_file_limit
from tests.benchmarks.event_loop import run


async def echo(connection: ServerConnection) -> None:
    with contextlib.suppress(ConnectionClosed):
        async for message in connection:
            await connection.send(message)


async def main() -> None:
    raise_file_limit()
    logging.getLogger("websockets").setLevel(logging.ERROR)
    async with serve(echo, "127.0.0.1", 0, subprotocols=["ocpp1.6"], compression=None, backlog=4096) as server:  # type: ignore[list-item]
        port = server.sockets[0].getsockname()[1]
        print(f"echo ready ocpp=ws://127.0.0.1:{port}", flush=True)
        await asyncio.get_running_loop().create_future()


if __name__ == "__main__":
    run(main())
