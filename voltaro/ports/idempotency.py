"""What an ``Idempotency-Key`` stands for: the answer of the request that came with it first, or the command that came of that."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, Protocol


class KeptAnswer(NamedTuple):
    """The answer that a request got; ``body`` None: it was not kept (it showed a secret, or was too large)."""

    status: int
    headers: Mapping[str, str]
    body: bytes | None


class KeyTaken(NamedTuple):
    """What an ``Idempotency-Key`` stands for. ``mine``: for nothing yet, it is the asker's now. Else ``same`` tells whether it was
    given with the same request; ``command_id`` is the command that came of that, ``answer`` what was answered to it. Both are None
    while it is being handled; ``cut_off``: it has been for so long that nobody is at it any more, and what it did is not known."""

    mine: bool
    same: bool
    command_id: str | None
    answer: KeptAnswer | None = None
    cut_off: bool = False


class IdempotencyStore(Protocol):
    """The part of ``Store`` about keys. ``actor`` and ``key`` together are somebody's own."""

    async def reserve_key(self, actor: str, key: str, digest: bytes, *, retake: bool) -> KeyTaken:
        """Take a key for a request of which this is the digest; it stands for 24 hours. ``retake``: a request that was cut off is
        known to have done nothing, so its key may be taken once more."""
        ...

    async def settle_key(self, actor: str, key: str, answer: KeptAnswer) -> None:
        """Keep the answer to the request of a key."""
        ...

    async def release_key(self, actor: str, key: str) -> None:
        """Give a key back: nothing came of its request."""
        ...

    async def forget_keys(self) -> None:
        """Drop the keys that are older than that."""
        ...
