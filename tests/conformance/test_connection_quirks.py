"""What chargers get wrong about their connection, and how they are served all the same (conformance section 4.1)."""

from __future__ import annotations

import zlib

import pytest
from websockets.exceptions import InvalidStatus

from tests.gateway.fakes import House, RawClient, call, credential, receive
from tests.websocket import basic, masked, upgrade
from voltaro.config import UnknownChargers
from voltaro.domain.fact import EventHappened
from voltaro.domain.identity import AmbiguousIdentity, readings_of_path, resolve
from voltaro.gateway.limits import Limits


def _anomalies(house: House) -> list[str]:
    return [fact.data["code"] for fact in house.calls.noted if isinstance(fact, EventHappened)]


# --- identities ------------------------------------------------------------------------------------------------------


@pytest.mark.conformance("Q-03", "Q-04", "Q-05", "TR-01")
@pytest.mark.parametrize(
    ("path", "identity"),
    [
        ("/ocpp/cp1", "CP1"),
        ("/ocpp/CP%2531", "CP1"),
        ("//ocpp//CP1//", "CP1"),
        ("/ocpp/CP1?token=1/2", "CP1"),
        ("/ws://csms:9000/ocpp/CP1", "CP1"),
        ("/ocpp/A%20%231", "A #1"),
        ("/ocpp/a%2520%25231", "A #1"),
        ("/ocpp/B%2541", "B%41"),
        ("/ocpp/B%41", "B%41"),
    ],
)
async def test_an_identity_that_is_written_otherwise_is_found(path: str, identity: str) -> None:
    async with House(credential("CP1"), credential("A #1"), credential("B%41")) as house, await house.raw() as client:
        client.ask(path)
        assert (await client.head()).startswith(b"HTTP/1.1 101 ")
        assert (await house.line()).charger_id == identity


@pytest.mark.conformance("Q-05", "TR-03")
async def test_an_identity_that_may_be_several_is_refused_as_an_unknown_one() -> None:
    async with House(credential("CP1"), credential("cp1"), policy=UnknownChargers.ACCEPT) as house:
        for path, status in (("/Cp1", b"401"), ("/cP1", b"401"), ("/CP1", b"101"), ("/cp1", b"101")):
            async with await house.raw() as client:
                client.ask(path)
                assert (await client.head()).split()[1] == status
        assert house.calls.provisioned == []


@pytest.mark.conformance("Q-05", "TR-22")
@pytest.mark.parametrize(("user", "status"), [("CP1", b"101"), ("cp1", b"101"), ("Cp1", b"401"), ("", b"401")])
async def test_the_user_name_is_the_identity_as_we_or_the_charger_write_it(user: str, status: bytes) -> None:
    async with House(credential(password=b"right")) as house, await house.raw() as client:
        client.ask("/cp1", basic(user, "right"))
        assert (await client.head()).split()[1] == status


@pytest.mark.conformance("Q-04")
@pytest.mark.parametrize(("path", "user", "status"), [("/ocpp/CP1/ws", "CP1", b"101"), ("/ocpp/CP1/CP9", "CP9", b"401")])
async def test_what_stands_before_the_end_is_the_identity_where_the_charger_authenticates_as_it(
    path: str, user: str, status: bytes
) -> None:
    async with House(credential(password=b"right")) as house, await house.raw() as client:
        client.ask(path, basic(user, "right"))
        assert (await client.head()).split()[1] == status


async def test_guesses_at_an_identity_are_counted_together_however_it_is_written() -> None:
    async with House(credential(password=b"right")) as house:
        for path in ("/cp1", "/Cp1", "/cP1", "/CP1", "/CP%2531", "/a/CP1/x", "/a/CP1/y"):
            async with await house.raw() as client:
                user = "CP1" if path.startswith("/a/CP1") else readings_of_path(path)[0]
                client.ask(path, basic(user, "wrong"))
                assert (await client.head()).split()[1] == b"401"
        assert len(house.calls.looked_up) < 7, "three are looked at, the others are not even looked up"


def test_a_reading_counts_before_those_behind_it_and_exactly_before_without_case() -> None:
    assert resolve(["cp1", "X"], {"CP1", "cp1", "X"}) == "cp1"
    assert resolve(["Cp1", "X"], {"CP1", "X"}) == "CP1"
    assert resolve(["no", "X"], {"CP1", "X"}) == "X"
    assert resolve(["no"], {"CP1"}) is None
    with pytest.raises(AmbiguousIdentity):
        resolve(["Cp1", "X"], {"CP1", "cp1", "X"})


# --- the handshake ---------------------------------------------------------------------------------------------------


@pytest.mark.conformance("Q-06")
@pytest.mark.parametrize("connection", ["", "Connection: keep-alive\r\n"])
@pytest.mark.parametrize(("lenient", "status"), [(True, b"101"), (False, b"426")])
async def test_a_handshake_without_connection_upgrade_is_served_where_an_operator_has_said_so(
    connection: str, lenient: bool, status: bytes
) -> None:
    async with House(credential(lenient_handshake=lenient)) as house, await house.raw() as client:
        client.send(upgrade().replace(b"Connection: Upgrade\r\n", connection.encode()))
        assert (await client.head()).split()[1] == status
        assert len(house.calls.up) == (1 if lenient else 0)


@pytest.mark.conformance("Q-06")
async def test_a_lenient_handshake_spares_nobody_the_password() -> None:
    async with House(credential(password=b"right", lenient_handshake=True)) as house, await house.raw() as client:
        client.send(upgrade("/CP1", basic("CP1", "wrong")).replace(b"Connection: Upgrade\r\n", b""))
        assert (await client.head()).split()[1] == b"401"


# --- compression -----------------------------------------------------------------------------------------------------


@pytest.mark.conformance("Q-07", "TR-10")
async def test_a_charger_that_breaks_compression_is_not_offered_it_again() -> None:
    asks = "Sec-WebSocket-Extensions: permessage-deflate"
    async with House(credential(), credential("CP2")) as house:
        async with await house.raw() as client:
            client.ask("/CP1", asks)
            assert b"permessage-deflate" in await client.head()
            await house.line()
            broken = bytearray(masked(1, b"this is not deflated"))
            broken[0] |= 0x40
            client.send(bytes(broken))
            assert (await client.closing())[0] in (1002, 1007)
        await house.calls.until(lambda: house.calls.down)
        for path, offered in (("/CP1", False), ("/CP2", True)):
            async with await house.raw() as client:
                client.ask(path, asks)
                assert (b"permessage-deflate" in await client.head()) is offered
                await house.calls.until(lambda: house.calls.up)
                client.send(masked(1, call("1").encode()))
                _, answer = await client.frame()
                assert answer == b'[3,"1",{}]' or zlib.decompressobj(-15).decompress(answer + b"\0\0\xff\xff") == b'[3,"1",{}]'
        assert _anomalies(house) == ["deflate_broken"]


# --- pings -----------------------------------------------------------------------------------------------------------


async def _until_hung_up_on(house: House, client: RawClient, number: int) -> int:
    """Seconds of silence until the charger is hung up on."""
    client.ask()
    await client.head()
    await house.line(number)
    for second in range(1, 1000):
        house.pass_time(1)
        if not any(wire.is_open() for wire in house.gateway._wires):
            return second
    raise AssertionError("it is never hung up on")


@pytest.mark.conformance("Q-08")
async def test_a_charger_that_never_answers_pings_is_judged_by_its_heartbeat_after_three_times() -> None:
    async with House(credential(), limits=Limits(quiet_s=900)) as house:
        waited = []
        for number in range(1, 5):
            async with await house.raw() as client:
                waited.append(await _until_hung_up_on(house, client, number))
            await house.calls.until(lambda number=number: len(house.calls.down) == number)
        assert waited == [40, 40, 40, 900]
        assert _anomalies(house) == ["pings_unanswered"]


@pytest.mark.conformance("Q-08")
async def test_a_charger_that_answers_a_ping_again_is_judged_by_its_pings_again() -> None:
    async with House(credential(), limits=Limits(quiet_s=900)) as house:
        for number in range(1, 4):
            async with await house.raw() as client:
                await _until_hung_up_on(house, client, number)
            await house.calls.until(lambda number=number: len(house.calls.down) == number)
        async with await house.raw() as client:
            client.ask()
            await client.head()
            await house.line(4)
            house.pass_time(21)
            assert (await client.frame())[0] == 9
            client.send(masked(10, b""))
            client.send(masked(1, call("1").encode()))
            await house.calls.until(lambda: house.calls.handed)
        await house.calls.until(lambda: len(house.calls.down) == 4)
        async with await house.raw() as client:
            assert await _until_hung_up_on(house, client, 5) == 40


# --- redialling ------------------------------------------------------------------------------------------------------


@pytest.mark.conformance("Q-10")
async def test_a_known_charger_that_redials_every_few_seconds_is_let_in_each_time() -> None:
    async with House(credential(password=b"right")) as house:
        for number in range(1, 13):
            headers = {"Authorization": basic("CP1", "right").removeprefix("Authorization: ")}
            async with house.connect(additional_headers=headers) as client:
                await client.send(call("1"))
                assert await receive(client) == [3, "1", {}]
            await house.calls.until(lambda number=number: len(house.calls.down) == number)
            house.pass_time(5)


@pytest.mark.conformance("Q-11", "VT-T08", "TR-23")
async def test_a_key_sent_as_text_is_refused_and_the_operator_is_told_what_to_do() -> None:
    key = "00ff3a" + "ab" * 17
    for option in (False, True):
        async with House(credential(password=key.encode(), is_key=True, key_as_text=option)) as house:
            headers = {"Authorization": basic("CP1", key).removeprefix("Authorization: ")}
            if option:
                async with house.connect(additional_headers=headers):
                    assert (await house.line()).link.key_as_text
                continue
            with pytest.raises(InvalidStatus):
                await house.connect(additional_headers=headers)
            assert "key_as_text" in str(house.calls.noted[0])
