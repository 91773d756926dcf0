"""What the door remembers of who tried to connect: every way to be refused has a code of its own, and nothing secret is kept."""

from __future__ import annotations

import asyncio

import pytest
from websockets.exceptions import InvalidStatus

from tests.gateway.fakes import FakeClock, House, closed, credential
from tests.websocket import basic, upgrade
from voltaro.config import UnknownChargers
from voltaro.domain.attempt import Attempt, AttemptOutcome, AttemptReason
from voltaro.domain.charger import Registration
from voltaro.gateway.attempts import MOST, MOST_OF_ADDRESS, MOST_OF_IDENTITY, Attempts, Caller
from voltaro.gateway.limits import Limits


async def _refused(house: House, raw: bytes) -> Attempt:
    """What is remembered of a request that is sent as it is, once it has been answered."""
    async with await house.raw() as client:
        client.send(raw)
        await client.rest()
    return house.gateway.attempts.attempts()[0]


@pytest.mark.parametrize(
    ("request_bytes", "reason"),
    [
        (upgrade("/"), AttemptReason.NO_IDENTITY),
        (upgrade("/?id=CP1"), AttemptReason.NO_IDENTITY),
        (upgrade("/ocpp/" + "x" * 49), AttemptReason.BAD_IDENTITY),
        (upgrade("/ocpp/CP%3A1"), AttemptReason.BAD_IDENTITY),
        (upgrade("/ocpp/CP1%20"), AttemptReason.BAD_IDENTITY),
        (upgrade("/ocpp/NOBODY"), AttemptReason.UNKNOWN_REFUSED),
        (upgrade("/ocpp/SECURED"), AttemptReason.PASSWORD_MISSING),
        (upgrade("/ocpp/SECURED", basic("SECURED", "a wrong one")), AttemptReason.PASSWORD_WRONG),
        (upgrade("/ocpp/SECURED", basic("admin", "right-password")), AttemptReason.OTHER_USER),
        (upgrade("/ocpp/TLS", basic("TLS", "right-password")), AttemptReason.TLS_REQUIRED),
        (upgrade("/ocpp/open"), AttemptReason.AMBIGUOUS_IDENTITY),
        (b"GET /ocpp/CP1 HTTP/1.1\r\nHost: csms\r\n\r\n", AttemptReason.NOT_WEBSOCKET),
        (b"HELO csms\r\n\r\n", AttemptReason.BAD_REQUEST),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"x" * 40, AttemptReason.TLS_ON_PLAIN_PORT),
        (b"GET / HTTP/1.1\r\nX: " + b"x" * 20_000, AttemptReason.HEADERS_TOO_LARGE),
    ],
    ids=lambda value: value.value if isinstance(value, AttemptReason) else "",
)
async def test_every_refusal_has_a_reason_of_its_own(request_bytes: bytes, reason: AttemptReason) -> None:
    known = (
        credential("CP1"),
        credential("SECURED", b"right-password"),
        credential("TLS", b"right-password", security_profile=2),
        credential("OPEN"),
        credential("Open"),
    )
    async with House(*known) as house:
        attempt = await _refused(house, request_bytes)
        assert (attempt.reason, attempt.reason.outcome, attempt.address) == (reason, AttemptOutcome.REFUSED, "127.0.0.1")
        assert "right-password" not in repr(attempt)
        assert "id=CP1" not in repr(attempt)


@pytest.mark.parametrize(
    ("offered", "reason"), [(None, AttemptReason.NO_SUBPROTOCOL), (("ocpp1.5", "soap"), AttemptReason.OTHER_SUBPROTOCOL)]
)
async def test_a_charger_without_a_common_sub_protocol_is_told_apart(offered: tuple[str, ...] | None, reason: AttemptReason) -> None:
    async with House(credential()) as house, house.connect("/CP1", offered) as client:
        await closed(client)
        [attempt] = house.gateway.attempts.attempts()
        assert (attempt.reason, attempt.offered) == (reason, offered or ())


@pytest.mark.parametrize(
    ("registration", "reason"),
    [
        (Registration.ACCEPTED, AttemptReason.CONNECTED),
        (Registration.PENDING, AttemptReason.BOOT_PENDING),
        (Registration.REJECTED, AttemptReason.BOOT_REJECTED),
    ],
)
async def test_a_charger_that_is_let_in_is_remembered_with_what_its_boot_will_be_answered(
    registration: Registration, reason: AttemptReason
) -> None:
    async with House(credential("CP1", registration=registration)) as house, house.connect("/cp1"):
        await house.line()
        [attempt] = house.gateway.attempts.attempts()
        assert (attempt.reason, attempt.identity, attempt.charger_id, attempt.protocol) == (reason, "cp1", "CP1", "ocpp1.6")


async def test_a_stranger_that_waits_and_one_for_whom_there_is_no_room_are_told_apart() -> None:
    async with House(policy=UnknownChargers.PENDING, limits=Limits(strangers=1)) as house, house.connect("/NEW"):
        with pytest.raises(InvalidStatus):
            await house.connect("/LATE")
        assert [(attempt.identity, attempt.reason) for attempt in house.gateway.attempts.attempts()] == [
            ("LATE", AttemptReason.WAITING_ROOM_FULL),
            ("NEW", AttemptReason.UNKNOWN_WAITS),
        ]


async def test_a_charger_that_leaves_at_once_is_told_apart_from_one_that_stays() -> None:
    async with House(credential("CP1"), credential("CP2")) as house:
        async with house.connect("/CP1"), house.connect("/CP2"):
            await house.line(2)
            staying = {attempt.identity for attempt in house.gateway.attempts.attempts()}
            assert staying == {"CP1", "CP2"}
            house.clock.advance(11)
            async with house.connect("/CP1"):
                await house.line(3)
        await house.calls.until(lambda: len(house.calls.down) == 3)
        left = [attempt.identity for attempt in house.gateway.attempts.attempts() if attempt.reason is AttemptReason.CLOSED_EARLY]
        assert left == ["CP1"]


async def test_a_charger_that_flaps_is_told() -> None:
    async with House(credential("CP1"), limits=Limits(line_ends_per_minute=3)) as house:
        for number in range(3):
            async with house.connect("/CP1"):
                await house.line(number + 1)
        await house.calls.until(lambda: len(house.calls.down) == 3)
        assert house.gateway.attempts.attempts()[0].reason is AttemptReason.FLAPPING


async def test_too_many_guesses_are_told() -> None:
    async with House(credential("CP1", b"right-password")) as house:
        reasons = {(await _refused(house, upgrade("/CP1", basic("CP1", f"guess-{number}")))).reason for number in range(6)}
        assert reasons == {AttemptReason.PASSWORD_WRONG, AttemptReason.TOO_MANY_GUESSES}


async def test_a_connection_on_which_nothing_comes_is_told() -> None:
    async with House() as house, await house.raw() as client:
        client.send(b"GET /CP1")
        while not house.gateway.wires:
            await asyncio.sleep(0)
        house.pass_time(11)
        await client.rest()
        assert house.gateway.attempts.attempts()[0].reason is AttemptReason.NO_REQUEST


def _callers(attempts: Attempts) -> list[tuple[str, str | None]]:
    return [(attempt.address, attempt.identity) for attempt in attempts.attempts()]


def test_attempts_alike_are_one_with_a_count_and_the_newest_is_first() -> None:
    clock = FakeClock()
    attempts = Attempts(clock)
    first = clock.now()
    for identity in ("A", "B", "A"):
        attempts.note(AttemptReason.PASSWORD_WRONG, Caller("192.0.2.1", False, identity))
        clock.advance(1)
    newest, other = attempts.attempts()
    assert (newest.identity, newest.count, newest.first_at, newest.number) == ("A", 2, first, 3)
    assert (other.identity, other.count) == ("B", 1)


def test_one_address_or_one_identity_does_not_push_out_the_others() -> None:
    attempts = Attempts(FakeClock())
    attempts.note(AttemptReason.PASSWORD_WRONG, Caller("192.0.2.1", False, "MINE"))
    for number in range(1000):
        attempts.note(AttemptReason.UNKNOWN_REFUSED, Caller("192.0.2.66", False, f"SCAN{number}"))
    assert ("192.0.2.1", "MINE") in _callers(attempts)
    assert len(_callers(attempts)) == 1 + MOST_OF_ADDRESS
    for number in range(100):
        attempts.note(AttemptReason.PASSWORD_WRONG, Caller(f"198.51.100.{number}", False, "MINE"))
    assert sum(identity == "MINE" for _, identity in _callers(attempts)) == MOST_OF_IDENTITY


def test_memory_is_fixed_and_who_is_let_in_does_not_push_out_who_is_refused() -> None:
    attempts = Attempts(FakeClock())
    attempts.note(AttemptReason.PASSWORD_WRONG, Caller("192.0.2.1", False, "MINE"))
    for number in range(3 * MOST):
        attempts.note(AttemptReason.CONNECTED, Caller(f"10.0.{number // 250}.{number % 250}", False, f"CP{number}"))
    assert len(attempts.attempts()) == MOST + 1
    assert _callers(attempts)[-1] == ("192.0.2.1", "MINE")


def test_what_a_charger_writes_is_kept_short_and_without_its_query() -> None:
    attempts = Attempts(FakeClock())
    offered = tuple(f"{'p' * 100}{number}" for number in range(100))
    attempts.note(AttemptReason.NO_IDENTITY, Caller("192.0.2.1", False, path="/x" * 500 + "?token=hush", offered=offered), "d" * 1000)
    [attempt] = attempts.attempts()
    assert (len(attempt.path or ""), len(attempt.offered), len(attempt.offered[0]), len(attempt.detail)) == (120, 6, 40, 255)


def test_each_attempt_is_told() -> None:
    told: list[Attempt] = []
    attempts = Attempts(FakeClock(), told.append)
    for _ in range(2):
        attempts.note(AttemptReason.TLS_VERSION, Caller("192.0.2.1", True))
    assert [attempt.count for attempt in told] == [1, 2]
