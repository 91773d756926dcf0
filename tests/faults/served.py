"""A server process with a PostgreSQL of its own, for scenarios that need nothing else."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.running import RunningServer, running_server
from voltaro import embedded


@asynccontextmanager
async def served(*flags: str) -> AsyncIterator[tuple[RunningServer, str]]:
    """The running server and the address of its database; both end with the block."""
    folder = Path(tempfile.mkdtemp(prefix="voltaro-faults-"))
    folder.chmod(0o755)  # the cluster's user must get there
    try:
        cluster = await asyncio.to_thread(embedded.start, folder, durable=False)
        try:
            async with running_server(cluster.url, folder / "data", "--unknown-chargers", "accept", *flags) as server:
                yield server, cluster.url
        finally:
            await asyncio.to_thread(cluster.stop)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
