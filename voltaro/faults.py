"""Named points at which a fault may be provoked. With fault injection off, a point is one look at an empty dict.

A point's name says where in the work it lies, e.g. ``before_write``. Faults are armed by actor name.
"""

from __future__ import annotations

from collections.abc import Callable

POINTS = ("receive", "before_write", "after_write", "start")
"""``receive``: a message is taken from the mailbox; ``before_write``: before facts are handed to be recorded;
``after_write``: after their COMMIT, before the answer; ``start``: while an actor rebuilds itself."""


class ProvokedCrash(Exception):
    """A crash on purpose."""


_armed: dict[tuple[str, str], Callable[[], None]] = {}
armed = _armed.keys()
"""A view of what is armed: false while nothing is, so that the commonest paths need not even call ``point``."""


def point(name: str, target: str) -> None:
    """Pass a named point of ``target``'s work; raises ProvokedCrash when a crash is armed there."""
    if _armed:
        strike = _armed.get((name, target))
        if strike is not None:
            strike()


def arm(name: str, target: str, strike: Callable[[], None]) -> None:
    """Call ``strike`` whenever ``target`` passes the point ``name``, until it is disarmed."""
    _armed[name, target] = strike


def disarm(name: str, target: str) -> None:
    """Take a strike back; nothing happens when none is armed."""
    _armed.pop((name, target), None)
