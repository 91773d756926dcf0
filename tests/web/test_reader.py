"""What waits for one reader of the live stream."""

from __future__ import annotations

from voltaro.domain.person import Scope
from web.auth import Principal, Proof
from web.reader import DEEPEST_BYTES, Reader

OWNER = Principal("token:t", "token:1", frozenset(Scope), Proof.TOKEN, b"hash")


async def test_an_item_larger_than_the_bound_reaches_a_reader_that_keeps_up() -> None:
    reader = Reader(OWNER, frozenset(), frozenset(), lambda: False)
    large = b"x" * (2 * DEEPEST_BYTES)
    reader.give(1, large)
    reader.flash("", large)
    reader.flash("", b"no room")
    assert await reader.next_chunk(0) + await reader.next_chunk(0) == large + large
    assert reader.waiting_bytes == 0


async def test_passing_items_of_a_slow_reader_are_bounded_in_bytes() -> None:
    reader = Reader(OWNER, frozenset(), frozenset(), lambda: False)
    for number in range(10_000):
        reader.flash(f"session/{number}", b"x" * 500)
        reader.flash("", b"y" * 500)
        assert reader.waiting_bytes <= DEEPEST_BYTES
    reader.flash("session/0", b"newest")
    taken = b""
    while reader.waiting_bytes:
        taken += await reader.next_chunk(0)
    assert b"newest" in taken
