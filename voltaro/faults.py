"""Named points at which a fault may be provoked. With fault injection off, a point is one look at an empty dict.

A point's name says where in the work it lies, e.g. ``before_write``. Faults are armed by actor name. A message passes
``reach``, which raises what is provoked, or gives what has to be waited for first; work that may wait passes ``meet``.
Both are called behind ``if faults.armed``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

KINDS = ("crash", "base_exception", "hang", "slow", "poison")
"""``crash``: an exception; ``base_exception``: one that is no ``Exception``, such as SystemExit; ``hang``: it never goes on;
``slow``: it goes on after a second; ``poison``: a message that crashes its actor whenever it is handled, so twice."""

POINTS = ("receive", "before_write", "after_write", "before_read", "restart", "start")
"""``receive``: a message is taken from the mailbox; ``before_write``: before facts are handed to be recorded;
``after_write``: after their COMMIT, before the answer; ``before_read``: before a task asks the store; ``restart``: a supervisor
has heard of a failure and has decided nothing yet; ``start``: while an actor rebuilds itself."""

POINTS_OF: Mapping[str, tuple[str, ...]] = {
    "charger": ("receive", "before_write", "after_write", "before_read", "start"),
    "persistence": ("receive", "before_write", "after_write", "start"),
    "auth": ("receive", "before_read", "start"),
    "registry": ("receive", "start"),
    "supervisor": ("receive", "restart", "start"),
}
"""The points that an actor of a kind passes."""

Strike = Callable[[object], "asyncio.Future[None] | None"]
"""What happens at a point, given the message in hand: it raises, or gives what to wait for, or None."""


class ProvokedCrash(Exception):
    """A crash on purpose."""


armed: dict[tuple[str, str], Strike] = {}
"""Strikes by point and target. Empty, unless a fault was injected and has not struck often enough yet."""

_in_hand: dict[str, object] = {}
"""The message that each target last took, kept while anything is armed."""


def reach(point: str, target: str, message: object = None) -> asyncio.Future[None] | None:
    """Pass a point of ``target``'s work: raises what is provoked there, or gives what it has to wait for."""
    if point == "receive":
        _in_hand[target] = message
    strike = armed.get((point, target))
    return None if strike is None else strike(_in_hand.get(target))


async def meet(point: str, target: str) -> None:
    """Pass a point of work that may wait."""
    stall = reach(point, target)
    if stall is not None:
        await stall


def arm(point: str, target: str, strike: Strike) -> None:
    """Call ``strike`` whenever ``target`` passes the point, until it is disarmed."""
    armed[point, target] = strike


def disarm(point: str, target: str) -> None:
    """Take a strike back; nothing happens when none is armed."""
    armed.pop((point, target), None)
    if not armed:
        _in_hand.clear()
