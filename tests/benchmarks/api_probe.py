"""Asks the API at a steady beat from a process of its own, and says how long the answers took.

A request is sent when its time has come, whether the last one has been answered or not, and its wait counts from that time:
a server that stalls is seen to stall. A request that failed counts as one that took until the deadline.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import time

import aiohttp

from tests.benchmarks.event_loop import run
from tests.benchmarks.load import spread

MOST_WAITING = 400
ANSWER_DEADLINE_S = 30.0


async def probe(url: str, token: str, every_s: float) -> None:
    """Until a line (or the end) comes on standard input."""
    waits: list[float] = []
    failed: dict[str, int] = {}
    tasks: set[asyncio.Task[None]] = set()
    headers = {"Authorization": f"Bearer {token}"}
    timeout = aiohttp.ClientTimeout(total=ANSWER_DEADLINE_S)
    connector = aiohttp.TCPConnector(limit=MOST_WAITING)
    async with aiohttp.ClientSession(headers=headers, timeout=timeout, connector=connector) as session:

        async def ask(due: float) -> None:
            wrong = None
            try:
                async with session.get(url) as answer:
                    await answer.read()
                    wrong = None if answer.status == 200 else str(answer.status)
            except (aiohttp.ClientError, TimeoutError) as reason:
                wrong = type(reason).__name__
            waits.append(time.perf_counter() - due if wrong is None else ANSWER_DEADLINE_S)
            if wrong is not None:
                failed[wrong] = failed.get(wrong, 0) + 1

        await ask(time.perf_counter())
        waits.clear()
        print("probing", flush=True)
        end = asyncio.create_task(asyncio.to_thread(sys.stdin.readline))
        due = time.perf_counter()
        while not end.done():
            if len(tasks) < MOST_WAITING:
                task = asyncio.create_task(ask(due))
                tasks.add(task)
                task.add_done_callback(tasks.discard)
            else:
                failed["not sent"] = failed.get("not sent", 0) + 1
            due += every_s
            await asyncio.wait([end], timeout=max(0.0, due - time.perf_counter()))
        await asyncio.gather(*tasks)
    print(json.dumps({"requests": len(waits), "failed": failed, **spread(waits)}), flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", required=True)
    parser.add_argument("--every-ms", type=float, default=50.0)
    chosen = parser.parse_args()
    run(probe(chosen.url, os.environ["VOLTARO_ADMIN_TOKEN"], chosen.every_ms / 1000))
