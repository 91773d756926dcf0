"""Draws from a seed: small enough for one a charger, and the same on every machine and Python version."""

from __future__ import annotations

import math
import zlib
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")

_MASK = (1 << 64) - 1


class Dice:
    """SplitMix64. ``random.Random`` holds 2.5 KiB of state each, which is too much for thousands of chargers."""

    __slots__ = ("_state",)

    def __init__(self, seed: int, name: str = "") -> None:
        """The same ``seed`` and ``name`` always give the same draws; other names give independent ones."""
        self._state = (seed * 0x9E3779B97F4A7C15 + zlib.crc32(name.encode()) * 0xD1342543DE82EF95) & _MASK

    def bits(self) -> int:
        """64 random bits."""
        self._state = (self._state + 0x9E3779B97F4A7C15) & _MASK
        z = self._state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
        return z ^ (z >> 31)

    def fraction(self) -> float:
        """A number from 0 up to, not including, 1."""
        return (self.bits() >> 11) / (1 << 53)

    def between(self, low: float, high: float) -> float:
        return low + (high - low) * self.fraction()

    def whole(self, low: int, high: int) -> int:
        """A whole number from ``low`` to ``high``, both possible."""
        return low + self.bits() % (high - low + 1)

    def chance(self, probability: float) -> bool:
        return self.fraction() < probability

    def choice(self, options: Sequence[T]) -> T:
        return options[self.bits() % len(options)]

    def waiting_time(self, mean_s: float) -> float:
        """An exponential waiting time: what lies between independent arrivals."""
        return -math.log(1.0 - self.fraction()) * mean_s
