"""The handshake: who is let in, in which version, and how everybody else is answered."""

from __future__ import annotations

import asyncio
import base64
import itertools

import pytest

from tests.gateway.fakes import House, call, credential, receive
from tests.websocket import masked, upgrade
from voltaro.config import UnknownChargers
from voltaro.domain.charger import Registration
from voltaro.gateway.handshake import choose_protocol

SPOKEN = ("ocpp1.6", "ocpp2.0.1", "ocpp2.1")


def _authorization(user: str, password: bytes) -> str:
    return "Authorization: Basic " + base64.b64encode(user.encode() + b":" + password).decode()


async def _answer(house: House, request: bytes) -> bytes:
    """Everything the server says to a request until it hangs up."""
    async with await house.raw() as client:
        client.send(request)
        return await client.rest()


async def _status(house: House, request: bytes) -> int:
    return int((await _answer(house, request)).split(b" ", 2)[1])


# --- sub-protocol ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("offered", list(itertools.permutations(SPOKEN)))
def test_the_first_of_the_clients_list_is_chosen(offered: tuple[str, ...]) -> None:
    assert choose_protocol(offered, SPOKEN) == offered[0]


def test_names_we_do_not_speak_do_not_disturb() -> None:
    assert choose_protocol(("ocpp0.1", "ocpp2.0", "OCPP1.6", "ocpp2.0.1", "ocpp1.6"), SPOKEN) == "ocpp2.0.1"


def test_a_pinned_protocol_is_for_chargers_that_offer_none() -> None:
    assert choose_protocol((), SPOKEN, "ocpp1.6") == "ocpp1.6"
    assert choose_protocol(("ocpp9",), SPOKEN, "ocpp1.6") is None
    assert choose_protocol((), SPOKEN) is None


@pytest.mark.conformance("TC_088", "TR-05")
@pytest.mark.parametrize("protocol", SPOKEN)
async def test_a_charger_is_served_in_the_protocol_it_offers(protocol: str) -> None:
    async with House(credential()) as house, house.connect(protocols=(protocol,)) as client:
        assert client.subprotocol == protocol
        assert (await house.line()).dialect.protocol == protocol


@pytest.mark.conformance("TR-07", "VT-T03", "VT-T04", "TR-05")
@pytest.mark.parametrize("offered", [("ocpp9.9",), ("ocpp2.0",), ("OCPP1.6",), None])
async def test_without_a_common_protocol_the_line_opens_without_the_header_and_closes(offered: tuple[str, ...] | None) -> None:
    async with House(credential()) as house, await house.raw() as client:
        client.ask(protocol=offered and offered[0])
        head = await client.head()
        assert head.startswith(b"HTTP/1.1 101 ")
        assert b"Sec-WebSocket-Protocol" not in head
        code, reason = await client.closing()
        assert code == 1002
        assert "ocpp1.6" in reason
        assert house.calls.up == []


@pytest.mark.conformance("TR-06", "VT-T05", "TR-08", "TC_088")
@pytest.mark.parametrize(
    ("offered", "chosen"),
    [
        (("ocpp1.6", "ocpp2.0.1"), "ocpp1.6"),
        (("ocpp2.0.1", "ocpp1.6"), "ocpp2.0.1"),
        (("ocpp0.1", "ocpp1.6"), "ocpp1.6"),
        (("ocpp1.5", "ocpp2.0", "ocpp1.6", "ocpp2.1"), "ocpp1.6"),
    ],
)
async def test_the_answer_names_the_first_offered_that_we_speak(offered: tuple[str, ...], chosen: str) -> None:
    async with House(credential()) as house, await house.raw() as client:
        client.ask(protocol=", ".join(offered))
        assert b"\r\nSec-WebSocket-Protocol: %b\r\n" % chosen.encode() in await client.head()
        assert (await house.line()).dialect.protocol == chosen


@pytest.mark.conformance("Q-01", "VT-T04")
async def test_a_pinned_charger_that_offers_nothing_is_served_without_the_header() -> None:
    async with House(credential(protocol_override="ocpp1.6")) as house, house.connect(protocols=None) as client:
        assert client.subprotocol is None
        await client.send(call("1"))
        assert await receive(client) == [3, "1", {}]


@pytest.mark.conformance("TR-04", "VT-T06")
async def test_a_version_in_the_path_decides_nothing() -> None:
    async with House(credential()) as house, house.connect("/ocpp1.6/CP1", ("ocpp2.0.1",)):
        assert (await house.line()).dialect.protocol == "ocpp2.0.1"


# --- identity --------------------------------------------------------------------------------------------------------


@pytest.mark.conformance("TR-01", "VT-T01", "Q-03", "Q-04")
@pytest.mark.parametrize(
    ("path", "identity"),
    [("/ocpp/CP%20%231", "CP #1"), ("/CP1/", "CP1"), ("//a//CP1?x=/y", "CP1"), ("/CP%2F1", "CP/1"), ("/CP%2525", "CP%25")],
)
async def test_the_last_segment_decoded_once_is_the_identity(path: str, identity: str) -> None:
    async with House(credential(identity)) as house, house.connect(path):
        assert (await house.line()).charger_id == identity


@pytest.mark.conformance("TR-02")
@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/CP%3A1",
        "/" + "x" * 49,
        "/%FF",
        "/%00",
        "/%20CP1",
        "/%0ACP1",
        "/%E2%80%A8CP1",
        "/.",
        "/..",
        "/..%2F..%2Fetc%2Fpasswd",
        "/CP1%2F..%2FCP2",
        "/..%5C..%5Cboot.ini",
        "/%2E%2E%2FCP1",
    ],
)
async def test_a_path_that_names_no_charger_is_not_found(path: str) -> None:
    async with House(credential()) as house:
        assert await _status(house, upgrade(path)) == 404


@pytest.mark.parametrize("path", ["/CP1%20", "/%D0%A1P1", "/CP1%2F", "/CP1%2500", "/CP%252531"])
async def test_an_identity_that_only_resembles_a_known_one_is_another(path: str) -> None:
    async with House(credential()) as house:
        assert await _status(house, upgrade(path)) in (401, 404)
        assert house.calls.up == []


# --- credentials -----------------------------------------------------------------------------------------------------


@pytest.mark.conformance("TR-20", "TR-22", "TC_085")
async def test_a_charger_with_its_password_is_let_in() -> None:
    async with House(credential(password=b"right")) as house, await house.raw() as client:
        client.ask("/CP1", _authorization("CP1", b"right"))
        assert (await client.head()).startswith(b"HTTP/1.1 101 ")
        await house.line()


@pytest.mark.conformance("TR-23", "VT-T07")
async def test_a_binary_password_with_a_colon_is_let_in() -> None:
    key = bytes(range(240, 250)) + b":" + bytes(9)
    async with House(credential(password=key.hex().encode())) as house, await house.raw() as client:
        client.ask("/CP1", _authorization("CP1", key))
        assert (await client.head()).startswith(b"HTTP/1.1 101 ")


@pytest.mark.conformance("TR-03", "VT-T02", "TR-22", "TC_085")
async def test_all_who_are_not_known_by_their_credentials_get_the_same_bytes() -> None:
    known = [credential(password=b"right"), credential("CP3", None, security_profile=1), credential("CP4", b"right", security_profile=2)]
    requests = {
        "unknown identity": upgrade("/CP2", _authorization("CP2", b"right")),
        "unknown identity without password": upgrade("/CP2"),
        "wrong password": upgrade("/CP1", _authorization("CP1", b"wrong")),
        "no password": upgrade("/CP1"),
        "user name of another": upgrade("/CP1", _authorization("CP2", b"right")),
        "user name in other case": upgrade("/CP1", _authorization("cp1", b"right")),
        "two headers": upgrade("/CP1", _authorization("CP1", b"right"), _authorization("CP1", b"right")),
        "not base64": upgrade("/CP1", "Authorization: Basic ???"),
        "password never set": upgrade("/CP3", _authorization("CP3", b"")),
        "needs TLS": upgrade("/CP4", _authorization("CP4", b"right")),
        "no common protocol": upgrade("/CP2", protocol="ocpp9.9"),
    }
    async with House(*known) as house:
        answers = {name: await _answer(house, request) for name, request in requests.items()}
        assert len(set(answers.values())) == 1, answers
        answer = answers["wrong password"]
        assert answer.startswith(b"HTTP/1.1 401 Unauthorized\r\n")
        assert b"WWW-Authenticate: Basic " in answer
        assert house.calls.up == []


async def test_a_rejected_chargers_line_opens() -> None:
    async with House(credential(registration=Registration.REJECTED)) as house, house.connect():
        await house.line()


async def test_policy_accept_provisions_a_stranger_in_the_protocol_it_speaks() -> None:
    async with House(policy=UnknownChargers.ACCEPT) as house, house.connect("/NEW", ("ocpp2.1", "ocpp1.6")) as client:
        await client.send(call("1"))
        assert await receive(client) == [3, "1", {}]
        assert house.calls.provisioned == [("NEW", "ocpp2.1")]


async def test_policy_accept_does_not_open_a_known_charger_without_its_password() -> None:
    async with House(credential(password=b"right"), policy=UnknownChargers.ACCEPT) as house:
        assert await _status(house, upgrade()) == 401
        assert house.calls.provisioned == []


# --- what is no handshake --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"GET /CP1 HTTP/1.1\r\nHost: x\r\n\r\n", 426),
        (upgrade().replace(b"GET", b"POST"), 405),
        (upgrade().replace(b"HTTP/1.1", b"HTTP/1.0"), 505),
        (upgrade().replace(b"Version: 13", b"Version: 8"), 400),
        (upgrade().replace(b"AAAAAAAAAAAAAAAAAAAAAA==", b"short"), 400),
        (b"\x16\x03\x01nonsense\r\n\r\n", 400),
        (upgrade("/CP1", "Content-Length: 5"), 400),
        (upgrade("/CP1", "Transfer-Encoding: chunked"), 400),
        (upgrade("/CP1", "X: " + "y" * 20_000), 431),
        (upgrade("/CP1", *["X: y"] * 1000), 431),
        (upgrade("/CP1", *[f"X{n}: " + "y" * 4000 for n in range(5)]), 431),
        (b"x" * 20_000, 431),
        (upgrade("/" + "x" * 9000), 431),
    ],
)
async def test_what_is_no_handshake_is_answered_in_http(request_bytes: bytes, status: int) -> None:
    async with House(credential()) as house:
        assert await _status(house, request_bytes) == status
        assert house.calls.up == []


async def test_a_request_may_come_byte_by_byte() -> None:
    async with House(credential()) as house, await house.raw() as client:
        for byte in upgrade():
            client.send(bytes([byte]))
            await client.writer.drain()
        assert (await client.head()).startswith(b"HTTP/1.1 101 ")


async def test_a_slow_request_is_cut_off() -> None:
    async with House(credential()) as house, await house.raw() as client:
        client.send(upgrade()[:-2])
        while not house.gateway.wires:
            await asyncio.sleep(0)
        house.pass_time(9)
        assert house.gateway.wires == 1
        house.pass_time(1)
        assert await client.rest() == b""


# --- meanwhile -------------------------------------------------------------------------------------------------------


async def test_nothing_behind_the_request_is_read_before_the_answer_is_out() -> None:
    async with House(credential()) as house, await house.raw() as client:
        house.calls.looking_up = asyncio.Event()
        client.send(upgrade() + masked(9, b"ping") + masked(1, call("1").encode()))
        client.send(masked(1, call("2").encode()))
        house.pass_time(1)
        assert house.calls.handed == []
        house.calls.looking_up.set()
        assert (await client.head()).startswith(b"HTTP/1.1 101 ")
        assert await client.frame() == (10, b"ping")
        assert await client.frame() == (1, b'[3,"1",{}]')
        assert await client.frame() == (1, b'[3,"2",{}]')


async def test_a_refused_client_cannot_slip_a_frame_in() -> None:
    async with House(credential(password=b"x")) as house:
        answer = await _answer(house, upgrade() + masked(1, call("1").encode()))
        assert answer.startswith(b"HTTP/1.1 401 ")
        assert answer.count(b"HTTP/1.1") == 1
        assert house.calls.handed == []


async def test_while_the_store_is_away_chargers_are_told_to_come_later() -> None:
    async with House(credential()) as house:
        house.calls.store_away = True
        answer = await _answer(house, upgrade())
        assert answer.startswith(b"HTTP/1.1 503 ")
        [retry] = [line for line in answer.split(b"\r\n") if line.startswith(b"Retry-After: ")]
        assert 30 <= int(retry.removeprefix(b"Retry-After: ")) <= 120


async def test_a_look_up_that_never_ends_is_given_up() -> None:
    async with House(credential()) as house, await house.raw() as client:
        house.calls.looking_up = asyncio.Event()
        client.ask()
        [wire] = await _wires(house, judged=True)
        house.pass_time(11)
        assert (await client.rest()).startswith(b"HTTP/1.1 503 ")
        assert wire.phase.value != "open"


async def test_a_charger_that_leaves_while_it_is_looked_up_leaves_nothing_behind() -> None:
    async with House(credential()) as house:
        house.calls.looking_up = asyncio.Event()
        async with await house.raw() as client:
            client.ask()
            [wire] = await _wires(house, judged=True)
        async with asyncio.timeout(30):
            while house.gateway.wires:
                await asyncio.sleep(0)
        house.calls.looking_up.set()
        await asyncio.sleep(0)
        assert wire.phase.value == "gone"
        assert house.calls.up == []


async def test_a_paused_gateway_answers_503_to_the_new_and_keeps_the_old() -> None:
    async with House(credential(), credential("CP2")) as house, house.connect() as client:
        house.gateway.pause()
        assert await _status(house, upgrade("/CP2")) == 503
        await client.send(call("1"))
        assert await receive(client) == [3, "1", {}]
        house.gateway.resume()
        async with house.connect("/CP2"):
            await house.line(2)


async def _wires(house: House, *, judged: bool) -> list:  # type: ignore[type-arg]
    wires = house.gateway._wires
    async with asyncio.timeout(30):
        while not wires or any(wire.phase.value != "judging" for wire in wires if judged):
            await asyncio.sleep(0)
    return list(wires)
