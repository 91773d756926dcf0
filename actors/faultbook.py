"""Faults provoked on purpose: armed at a named point, counted, and timed until the target serves again."""

from __future__ import annotations

import uuid
from dataclasses import replace

from actors.runtime import Cell, Nudge, System
from voltaro import faults, metrics
from voltaro.ports import Fault, FaultsOff, UnknownTarget

KINDS = ("crash",)
LARGEST_BOOK = 1000


class FaultBook:
    """The faults of this process, newest last. With ``enabled`` False nothing can be armed."""

    def __init__(self, system: System, *, enabled: bool) -> None:
        self._system = system
        self._enabled = enabled
        self._faults: dict[str, Fault] = {}
        self._began: dict[str, float] = {}

    def inject(self, target: str, kind: str, times: int, at: str | None) -> Fault:
        """Arm a fault; without a point the target meets it at once. Raises FaultsOff, UnknownTarget."""
        if not self._enabled:
            raise FaultsOff("fault injection is off: start the server with --fault-injection")
        if kind not in KINDS:
            raise UnknownTarget(f"there is no fault of kind {kind!r}: use one of {', '.join(KINDS)}")
        if at is not None and at not in faults.POINTS:
            raise UnknownTarget(f"there is no point named {at!r}: use one of {', '.join(faults.POINTS)}")
        if target not in self._system.cells:
            raise UnknownTarget(f"there is no actor named {target!r}: GET /api/v1/actors lists them")
        fault = Fault(uuid.uuid4().hex, target, kind, self._system.clock.now(), times=times, at=at)
        self._faults[fault.id] = fault
        if len(self._faults) > LARGEST_BOOK:
            del self._faults[next(iter(self._faults))]
        metrics.FAULTS.labels(kind).inc()
        point = at or "receive"
        faults.arm(point, target, lambda: self._strike(fault.id, point))
        if at is None:
            self._system.tell(target, Nudge())
        return fault

    def get(self, fault_id: str) -> Fault | None:
        return self._faults.get(fault_id)

    def serves_again(self, cell: Cell) -> None:
        """An actor serves: faults of it that have struck as often as they should are over."""
        for fault in tuple(self._faults.values()):
            if fault.target != cell.name or fault.recovered_at is not None or fault.crashes < fault.times:
                continue
            recovery_ms = (self._system.clock.monotonic() - self._began.pop(fault.id)) * 1000
            self._faults[fault.id] = replace(fault, recovered_at=self._system.clock.now(), recovery_ms=round(recovery_ms, 3))

    def _strike(self, fault_id: str, point: str) -> None:
        fault = self._faults.get(fault_id)
        if fault is None or fault.crashes >= fault.times:
            return
        self._faults[fault_id] = fault = replace(fault, crashes=fault.crashes + 1)
        self._began[fault_id] = self._system.clock.monotonic()
        if fault.crashes >= fault.times:
            faults.disarm(point, fault.target)
        else:
            self._system.loop.call_soon(self._system.tell, fault.target, Nudge())
        raise faults.ProvokedCrash(f"provoked at {point}, {fault.crashes} of {fault.times}")
