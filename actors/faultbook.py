"""Faults provoked on purpose: armed at a named point, counted, and timed until the target serves again."""

from __future__ import annotations

import asyncio
import itertools
import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace

from actors.reply import Reply
from actors.runtime import Nudge
from actors.system import Cell, System
from voltaro import faults, metrics
from voltaro.domain.fingerprint import fingerprint
from voltaro.ports import Call, Fault, FaultsOff, UnknownTarget

LARGEST_BOOK = 1000
SLOW_S = 1.0
CRASHES_OF_POISON = 2

_NO_EXCEPTIONS = (SystemExit, asyncio.CancelledError, GeneratorExit, KeyboardInterrupt)
_WITHIN_A_FRAME = (None, "receive", "before_write", "after_write")
"""Points that a charger's frame passes."""

Told = Callable[[str, Fault], None]


class _Armed:
    """A fault that has not struck as often as it should, or whose target does not serve again yet."""

    __slots__ = ("began", "fault_id", "in_frame", "kind", "left", "marked", "point", "target", "unasked")

    def __init__(self, fault: Fault, point: str, *, in_frame: bool, unasked: bool) -> None:
        self.fault_id = fault.id
        self.kind = fault.kind
        self.target = fault.target
        self.point = point
        self.left = fault.times * (CRASHES_OF_POISON if fault.kind == "poison" else 1)
        self.in_frame = in_frame
        """Whether it strikes one frame, by its content, until that was put aside; else it strikes whatever comes."""
        self.unasked = unasked
        """Whether it meets its target at once, rather than when the point is passed next."""
        self.marked: str | None = None
        """The frame that is poison now."""
        self.began = 0.0


class FaultBook:
    """The faults of this process, oldest first. With ``enabled`` False nothing can be armed.

    ``times`` counts strikes; for ``poison`` it counts frames, each of which strikes twice, or, where the target takes no
    frames, twice as many messages.
    """

    def __init__(self, system: System, told: Told, *, enabled: bool) -> None:
        """``told`` hears ``fault.injected`` and ``fault.recovered``."""
        self._system = system
        self._told = told
        self._enabled = enabled
        self._faults: dict[str, Fault] = {}
        self._open: dict[str, list[_Armed]] = {}
        self._exceptions = itertools.cycle(_NO_EXCEPTIONS)

    def inject(self, target: str, kind: str, times: int, at: str | None) -> Fault:
        """Arm a fault; without a point the target meets it at once. Raises FaultsOff, UnknownTarget."""
        self._check_enabled()
        if kind not in faults.KINDS:
            raise UnknownTarget(f"there is no fault of kind {kind!r}: use one of {', '.join(faults.KINDS)}")
        cell = self._system.cells.get(target)
        if cell is None:
            raise UnknownTarget(f"there is no actor named {target!r}: GET /api/v1/actors lists them")
        points = faults.POINTS_OF[cell.kind]
        if at is not None and at not in points:
            raise UnknownTarget(f"{target} passes no point named {at!r}: use one of {', '.join(points)}")
        fault = Fault(uuid.uuid4().hex, target, kind, self._system.clock.now(), times=times, at=at)
        self._enter(fault)
        in_frame = kind == "poison" and cell.kind == "charger" and at in _WITHIN_A_FRAME
        armed = _Armed(fault, at or "receive", in_frame=in_frame, unasked=at is None and not in_frame)
        self._open.setdefault(target, []).append(armed)
        faults.arm(armed.point, target, lambda message: self._passed(armed.point, target, message))
        metrics.FAULTS.labels(kind).inc()
        self._told("fault.injected", fault)
        if armed.unasked:
            self._system.tell(target, Nudge())
        elif armed.point == "start":
            self._system.renew(cell)
        return fault

    def get(self, fault_id: str) -> Fault | None:
        return self._faults.get(fault_id)

    def all(self) -> Sequence[Fault]:
        """Newest first. Raises FaultsOff."""
        self._check_enabled()
        return tuple(reversed(self._faults.values()))

    def open_at(self, target: str) -> tuple[Fault, ...]:
        """The faults of an actor that are not over."""
        return tuple(self._faults[armed.fault_id] for armed in self._open.get(target, ()))

    def serves_again(self, cell: Cell) -> None:
        """An actor serves: faults of it that have struck as often as they should are over."""
        for armed in tuple(self._open.get(cell.name, ())):
            if armed.left <= 0 and armed.kind != "slow":
                self._over(armed)

    # --- private ---

    def _check_enabled(self) -> None:
        if not self._enabled:
            raise FaultsOff("fault injection is off: start the server with --fault-injection")

    def _enter(self, fault: Fault) -> None:
        self._faults[fault.id] = fault
        if len(self._faults) > LARGEST_BOOK:
            oldest = next(iter(self._faults.values()))
            for armed in tuple(self._open.get(oldest.target, ())):
                if armed.fault_id == oldest.id:
                    self._close(armed)
            del self._faults[oldest.id]

    def _passed(self, point: str, target: str, message: object) -> asyncio.Future[None] | None:
        for armed in self._open.get(target, ()):
            if armed.point == point and armed.left > 0 and _is_meant(armed, message):
                return self._strike(armed)
        return None

    def _strike(self, armed: _Armed) -> asyncio.Future[None] | None:
        armed.left -= 1
        armed.began = self._system.clock.monotonic()
        fault = self._faults[armed.fault_id]
        if armed.kind != "slow":
            fault = self._faults[fault.id] = replace(fault, crashes=fault.crashes + 1)
        if armed.left <= 0:
            self._disarm(armed)
        elif armed.unasked:
            self._system.loop.call_soon(self._system.tell, fault.target, Nudge())
        said = f"provoked at {armed.point}, {fault.crashes} of {fault.crashes + armed.left}"
        match armed.kind:
            case "base_exception":
                raise next(self._exceptions)(said)
            case "hang":
                return Reply(loop=self._system.loop)
            case "slow":
                reply = Reply(loop=self._system.loop)
                self._system.later(SLOW_S, lambda: self._go_on(armed, reply))
                return reply
        if armed.kind == "poison" and armed.left % CRASHES_OF_POISON == 0:
            armed.marked = None
        raise faults.ProvokedCrash(said)

    def _go_on(self, armed: _Armed, reply: Reply) -> None:
        if armed.left <= 0:
            self._over(armed)
        reply.set(None)

    def _over(self, armed: _Armed) -> None:
        self._close(armed)
        fault = self._faults.get(armed.fault_id)
        if fault is not None:
            recovery_s = self._system.clock.monotonic() - armed.began
            fault = replace(fault, recovered_at=self._system.clock.now(), recovery_ms=round(recovery_s * 1000, 3))
            self._faults[fault.id] = fault
            metrics.FAULT_RECOVERY_SECONDS.labels(fault.kind).observe(recovery_s)
            self._told("fault.recovered", fault)

    def _close(self, armed: _Armed) -> None:
        beside = self._open.get(armed.target, [])
        if armed in beside:
            beside.remove(armed)
        if not beside:
            self._open.pop(armed.target, None)
        self._disarm(armed)

    def _disarm(self, armed: _Armed) -> None:
        """Disarm the point, unless another fault waits there."""
        beside = self._open.get(armed.target, ())
        if not any(other.point == armed.point and other.left > 0 for other in beside):
            faults.disarm(armed.point, armed.target)


def _is_meant(armed: _Armed, message: object) -> bool:
    if not armed.in_frame:
        return True
    call = getattr(message, "call", None)
    if not isinstance(call, Call):
        return False
    said = fingerprint(call.action, call.payload)
    if armed.marked is None:
        armed.marked = said
    return armed.marked == said
