"""Where a line hands in what its charger says."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Protocol

from voltaro.domain.anomaly import Anomaly
from voltaro.domain.fact import Fact
from voltaro.ports import Call, Line


class Desk(Protocol):
    """Where calls are handed in: the part of ``ports.Calls`` that a line needs."""

    async def line_up(self, line: Line) -> None: ...

    def line_down(self, line: Line, code: int, reason: str) -> None: ...

    def hand(self, line: Line, call: Call) -> bytes | asyncio.Future[bytes]: ...

    def crashed(self, line: Line, call: Call) -> bool: ...

    def noticed(self, line: Line, anomalies: Mapping[Anomaly, int], message_id: str | None) -> None: ...

    def is_behind(self) -> bool: ...

    async def put_aside(self, line: Line, call: Call, reason: str) -> None: ...

    def log_exchange(self, exchange: Fact) -> None: ...
