"""Guessing passwords: few are looked at, and no guesser keeps the real charger out."""

from __future__ import annotations

import base64
import itertools
from contextlib import AsyncExitStack

import pytest

from tests.gateway.fakes import FakeClock, House, credential
from tests.websocket import upgrade
from voltaro.domain.fact import EventHappened
from voltaro.gateway.guesses import CELLS, Buckets, Guesses, has_key_form

HERE, ELSEWHERE, SHAPE = "192.0.2.1", "198.51.100.7", "host\nupgrade"
MADE = b"0123456789abcdef0123456789abcdef01234567"


def _looked_at(guesses: Guesses, identity: str, address: str, attempts: int) -> int:
    """How many of so many wrong guesses were looked at."""
    looked = 0
    for number in range(attempts):
        guess = b"guess-%d" % number
        if guesses.may_look([identity], address, SHAPE, guess):
            looked += 1
            guesses.wrong([identity], address, guess)
    return looked


def test_at_most_ten_guesses_a_minute_are_looked_at_however_many_guess() -> None:
    clock = FakeClock()
    guesses = Guesses(clock)
    looked = []
    for second in range(300):
        looked.append(sum(_looked_at(guesses, "CP1", f"198.51.100.{guesser}", 20) for guesser in range(50)))
        clock.advance(1)
        assert sum(looked[-60:]) <= 10, second
    assert sum(looked) >= 25, "and the limit is no lock: it opens again"


def test_one_guesser_leaves_room_for_others() -> None:
    clock = FakeClock()
    guesses = Guesses(clock)
    for _ in range(600):
        _looked_at(guesses, "CP1", ELSEWHERE, 10)
        clock.advance(0.5)
        assert guesses.may_look(["CP1"], HERE, SHAPE, b"the right one")


def test_a_charger_that_was_let_in_passes_whatever_others_guess_even_beside_it() -> None:
    guesses = Guesses(FakeClock())
    guesses.right("CP1", HERE, SHAPE, b"correct horse")
    for address in (HERE, ELSEWHERE, "203.0.113.5"):
        _looked_at(guesses, "CP1", address, 1000)
    assert guesses.may_look(["CP1"], HERE, SHAPE, b"correct horse")
    assert not guesses.may_look(["CP1"], HERE, SHAPE, b"correct horsf")
    assert not guesses.may_look(["CP1"], ELSEWHERE, SHAPE, b"correct horse"), "what is known is the charger at its place, not the password"
    assert not guesses.may_look(["CP1"], HERE, "another handshake", b"correct horse")


def test_a_made_password_is_always_looked_at() -> None:
    guesses = Guesses(FakeClock())
    for address in (HERE, ELSEWHERE, "203.0.113.5"):
        _looked_at(guesses, "CP1", address, 1000)
    assert guesses.may_look(["CP1"], HERE, SHAPE, MADE)
    assert guesses.may_look(["CP1"], HERE, SHAPE, bytes.fromhex(MADE.decode()))
    assert not guesses.may_look(["CP1"], HERE, SHAPE, b"summer2026")


@pytest.mark.parametrize(
    ("password", "key"),
    [
        (MADE, True),
        (MADE.upper(), True),
        (MADE[:32], True),
        (MADE[:31], False),
        (b"x" * 40, False),
        (bytes(range(20)), True),
        (b"\xff" * 16, True),
        (b"correct horse ba", False),
        ("pässwörter-2026".encode(), False),
        (b"", False),
    ],
)
def test_what_nobody_can_have_typed_or_guessed_has_the_form_of_a_key(password: bytes, key: bool) -> None:
    assert has_key_form(password) is key


def test_an_address_that_tries_many_identities_is_stopped_and_others_are_not() -> None:
    guesses = Guesses(FakeClock())
    looked = sum(_looked_at(guesses, f"CP{number}", ELSEWHERE, 1) for number in range(2000))
    assert looked <= 300
    assert guesses.may_look(["CP1999"], HERE, SHAPE, b"guess")


def test_identities_that_share_a_cell_do_not_share_their_limit() -> None:
    clock = FakeClock()
    buckets = Buckets(clock, burst=3, a_minute=3)
    for _ in range(5):
        buckets.fill("CP1")
    neighbour = next(f"N{n}" for n in itertools.count() if hash(f"N{n}") % CELLS == hash("CP1") % CELLS)
    assert buckets.is_full("CP1")
    assert not buckets.is_full(neighbour)


def test_the_limit_is_told_once_when_it_is_reached() -> None:
    guesses = Guesses(FakeClock())
    told = [guesses.wrong(["CP1"], f"198.51.100.{number}", b"guess") for number in range(8)]
    assert told == [False] * 4 + [True] + [False] * 3


# --- at the door -----------------------------------------------------------------------------------------------------


def _asks(password: bytes, identity: str = "CP1") -> bytes:
    return upgrade(f"/{identity}", "Authorization: Basic " + base64.b64encode(identity.encode() + b":" + password).decode())


async def _answer(house: House, request: bytes) -> bytes:
    async with await house.raw() as client:
        client.send(request)
        return await client.rest()


async def test_guesses_beyond_the_limit_are_answered_alike_without_a_look_at_the_store() -> None:
    async with House(credential(password=b"right-one")) as house:
        answers = [await _answer(house, _asks(b"guess-%d" % number)) for number in range(30)]
        assert len(set(answers)) == 1
        assert answers[0].startswith(b"HTTP/1.1 401 ")
        assert len(house.calls.looked_up) == 3
        assert house.calls.up == []


async def test_unknown_identities_are_limited_as_known_ones_are() -> None:
    async with House() as house:
        for number in range(30):
            await _answer(house, _asks(b"guess-%d" % number, "NOBODY"))
        assert len(house.calls.looked_up) == 3


async def test_the_real_charger_comes_back_while_somebody_guesses_at_its_place() -> None:
    async with House(credential(password=b"right-one")) as house:
        async with await house.raw() as client:
            client.send(_asks(b"right-one"))
            assert (await client.head()).startswith(b"HTTP/1.1 101 ")
        for number in range(30):
            await _answer(house, _asks(b"guess-%d" % number))
        async with await house.raw() as client:
            client.send(_asks(b"right-one"))
            assert (await client.head()).startswith(b"HTTP/1.1 101 ")


async def test_a_charger_with_a_made_password_comes_in_for_the_first_time_while_somebody_guesses() -> None:
    async with House(credential(password=MADE)) as house:
        for number in range(30):
            await _answer(house, _asks(b"guess-%d" % number))
        async with await house.raw() as client:
            client.send(_asks(MADE))
            assert (await client.head()).startswith(b"HTTP/1.1 101 ")


async def test_guessing_at_a_known_charger_is_recorded_once() -> None:
    async with House(credential(password=b"right-one")) as house:
        for place in range(5):
            house.gateway._reception._guesses.wrong(["cp1"], f"198.51.100.{place}", b"guess") if place < 4 else None
        for number in range(10):
            await _answer(house, _asks(b"guess-%d" % number))
        [fact] = [fact for fact in house.calls.noted if isinstance(fact, EventHappened)]
        assert (fact.type, fact.charger_id, fact.data["code"]) == ("charger.anomaly", "CP1", "password_guessed")


async def test_the_right_password_in_many_sockets_at_once_is_no_guessing() -> None:
    async with House(credential(password=b"right-one")) as house, AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(await house.raw()) for _ in range(20)]
        for client in clients:
            client.send(_asks(b"right-one"))
        heads = [await client.head() for client in clients]
        assert all(head.startswith(b"HTTP/1.1 101 ") for head in heads)


async def test_behind_a_trusted_proxy_the_forwarded_address_counts() -> None:
    async with House(credential(password=b"right-one"), trusted_proxies=("127.0.0.1",)) as house:
        for number in range(30):
            request = _asks(b"guess-%d" % number).replace(b"\r\n\r\n", b"\r\nX-Forwarded-For: 198.51.100.7\r\n\r\n")
            await _answer(house, request)
        async with await house.raw() as client:
            client.send(_asks(b"right-one").replace(b"\r\n\r\n", b"\r\nX-Forwarded-For: 6.6.6.6, 2001:db8::1\r\n\r\n"))
            assert (await client.head()).startswith(b"HTTP/1.1 101 ")
            assert (await house.line()).remote == "[2001:db8::1]"


async def test_a_forwarded_address_of_anybody_else_is_not_believed() -> None:
    async with House(credential(password=b"right-one")) as house:
        for number in range(30):
            forwarded = b"\r\nX-Forwarded-For: 198.51.100.%d\r\n\r\n" % number
            await _answer(house, _asks(b"guess-%d" % number).replace(b"\r\n\r\n", forwarded))
        assert len(house.calls.looked_up) == 3
