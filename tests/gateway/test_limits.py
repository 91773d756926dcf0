"""Limits and deadlines: what a charger may not do, however long it tries."""

from __future__ import annotations

import asyncio
import zlib

import pytest

from tests.gateway.fakes import House, RawClient, call, closed, credential, receive
from tests.websocket import masked
from voltaro.gateway.limits import Limits


async def _opened(house: House, *headers: str, **options: int) -> RawClient:
    client = await house.raw(**options)
    client.ask("/CP1", *headers)
    assert (await client.head()).startswith(b"HTTP/1.1 101 ")
    await house.line()
    return client


async def test_a_message_of_900_kib_is_served() -> None:
    async with House(credential()) as house, house.connect() as client:
        await client.send(call("1", "DataTransfer", {"vendorId": "v", "data": "x" * 900 * 1024}))
        assert await receive(client) == [3, "1", {}]


async def test_a_message_over_a_mebibyte_closes_the_line() -> None:
    async with House(credential()) as house, house.connect() as client:
        await client.send("x" * (1024 * 1024 + 1))
        assert (await closed(client))[0] == 1009


async def test_a_fragmented_message_over_a_mebibyte_closes_the_line_as_it_arrives() -> None:
    async with House(credential()) as house, await _opened(house) as client:
        client.send(masked(1, b"x" * 600_000, fin=False))
        client.send(masked(0, b"x" * 600_000, fin=False))
        assert (await client.closing())[0] == 1009


async def test_a_message_may_come_in_fragments_with_a_ping_between() -> None:
    async with House(credential()) as house, await _opened(house) as client:
        text = call("1").encode()
        client.send(masked(1, text[:5], fin=False) + masked(9, b"p") + masked(0, text[5:9], fin=False) + masked(0, text[9:]))
        assert await client.frame() == (10, b"p")
        assert await client.frame() == (1, b'[3,"1",{}]')


async def test_a_message_has_at_most_256_fragments() -> None:
    async with House(credential()) as house, await _opened(house) as client:
        text = call("1").encode()
        client.send(masked(1, b"", fin=False) + masked(0, b"", fin=False) * 254 + masked(0, text))
        assert await client.frame() == (1, b'[3,"1",{}]')
        client.send(masked(1, b"", fin=False) + masked(0, b"", fin=False) * 256)
        assert (await client.closing())[0] == 1009


@pytest.mark.conformance("TR-09")
async def test_binary_messages_close_the_line() -> None:
    async with House(credential()) as house, house.connect() as client:
        await client.send(call("1").encode())
        assert (await closed(client))[0] == 1003
        assert house.calls.handed == []


@pytest.mark.conformance("TR-09")
@pytest.mark.parametrize("split", [False, True])
async def test_text_that_is_not_utf8_closes_the_line(split: bool) -> None:
    async with House(credential()) as house, await _opened(house) as client:
        bad = b'[2,"1","Heartbeat",{"x":"\xff"}'
        client.send(masked(1, bad[:3], fin=False) + masked(0, bad[3:]) if split else masked(1, bad))
        assert (await client.closing())[0] == 1007
        assert house.calls.handed == []


@pytest.mark.conformance("TR-09")
async def test_utf8_split_between_fragments_is_served() -> None:
    async with House(credential()) as house, await _opened(house) as client:
        text = '[2,"1","DataTransfer",{"vendorId":"é"}]'.encode()
        middle = text.index(b"\xa9")
        client.send(masked(1, text[:middle], fin=False) + masked(0, text[middle:]))
        assert await client.frame() == (1, b'[3,"1",{}]')


@pytest.mark.parametrize(
    "bytes_",
    [
        b"\x81\x05hello",  # not masked
        masked(3, b""),  # reserved opcode
        masked(0, b"continues nothing"),
        masked(1, b"", fin=False) + masked(1, b""),
        masked(9, b"x" * 126),
        b"\xc1\x80\0\0\0\0",  # compressed without having agreed on it
    ],
    ids=["not masked", "reserved opcode", "continues nothing", "begins twice", "long ping", "compressed"],
)
async def test_frames_against_the_protocol_close_the_line(bytes_: bytes) -> None:
    async with House(credential()) as house, await _opened(house) as client:
        client.send(bytes_)
        assert (await client.closing())[0] == 1002


async def test_a_message_that_never_ends_is_cut_off() -> None:
    async with House(credential()) as house, await _opened(house) as client:
        client.send(masked(1, b"[", fin=False))
        for _ in range(3):
            client.send(masked(0, b" ", fin=False) + masked(9, b"."))
            while (await client.frame()) != (10, b"."):
                pass  # a ping of the server's
            house.pass_time(10)
        assert (await client.closing())[0] == 1008


async def test_a_frame_that_never_ends_is_cut_off() -> None:
    async with House(credential()) as house, await _opened(house) as client:
        frame = masked(1, b"x" * 1000)
        sent = 0
        line = await house.line()
        for _ in range(4):
            house.pass_time(10)
            client.send(frame[sent : sent + 5])
            sent += 5
            await _heard(house, line.last_heard)
        assert (await client.closing())[0] == 1008


async def test_many_slow_but_whole_messages_are_served() -> None:
    async with House(credential()) as house, await _opened(house) as client:
        frame = masked(1, call("1").encode())
        client.send(frame[:7])
        for _ in range(5):
            await asyncio.sleep(0)
            house.pass_time(20)
            client.send(frame[7:] + frame[:7])
            opcode, payload = await client.frame()
            while opcode == 9:
                opcode, payload = await client.frame()
            assert payload == b'[3,"1",{}]'


async def test_a_silent_charger_is_pinged_and_hung_up_on() -> None:
    async with House(credential()) as house, await _opened(house) as client:
        house.pass_time(19)
        house.pass_time(1)
        assert await client.frame() == (9, b"")
        house.pass_time(19)
        assert house.calls.down == []
        house.pass_time(1)
        await house.calls.until(lambda: house.calls.down)
        assert house.calls.down[0][1] == 1001


async def test_a_charger_that_answers_pings_stays() -> None:
    async with House(credential()) as house, await _opened(house) as client:
        line = await house.line()
        for _ in range(6):
            house.pass_time(20)
            assert await client.frame() == (9, b"")
            client.send(masked(10, b""))
            await _heard(house, line.last_heard)
        assert house.calls.down == []


@pytest.mark.conformance("Q-08")
async def test_a_charger_that_sends_anything_stays_without_answering_pings() -> None:
    async with House(credential()) as house, await _opened(house) as client:
        for _ in range(6):
            house.pass_time(30)
            client.send(masked(1, call("1").encode()))
            while (await client.frame())[0] != 1:
                pass
        assert house.calls.down == []


async def test_nobody_is_hung_up_on_for_our_own_lag() -> None:
    async with House(credential()) as house, await _opened(house) as client:
        house.clock.advance(60)
        client.send(masked(1, call("1").encode()))  # in the kernel's buffer when the loop comes to itself
        house.gateway.sweep()
        assert await client.frame() == (1, b'[3,"1",{}]')
        house.pass_time(1)
        assert house.calls.down == []


async def test_a_charger_that_does_not_read_is_cut_off() -> None:
    limits = Limits(kernel_send_bytes=4096)
    async with House(credential(), limits=limits) as house, await _opened(house, receive_buffer=4096) as client:
        big = b'[3,"1",{"x":"%s"}]' % (b"x" * 100_000)
        house.calls.answer = lambda call: big
        client.send(masked(1, call("1").encode()))
        await house.calls.until(lambda: house.calls.handed)
        house.pass_time(14)
        assert house.calls.down == []
        house.pass_time(1)
        await house.calls.until(lambda: house.calls.down)


async def test_a_charger_that_does_not_read_is_not_read_either() -> None:
    limits = Limits(kernel_send_bytes=4096)
    async with House(credential(), limits=limits) as house, await _opened(house, receive_buffer=4096) as client:
        big = b'[3,"1",{"x":"%s"}]' % (b"x" * 100_000)
        house.calls.answer = lambda call: big
        client.send(masked(1, call("1").encode()))
        await house.calls.until(lambda: house.calls.handed)
        client.send(masked(1, call("2").encode()))
        for _ in range(20):
            await asyncio.sleep(0)
        assert len(house.calls.handed) == 1
        assert (await client.frame())[1] == big
        await house.calls.until(lambda: len(house.calls.handed) == 2)


async def test_a_client_that_goes_on_after_its_close_is_cut_off() -> None:
    async with House(credential()) as house, await _opened(house) as client:
        client.send(masked(2, b"binary"))
        assert (await client.closing())[0] == 1003
        client.send(masked(1, call("1").encode()))
        house.pass_time(5)
        await house.calls.until(lambda: house.calls.down)
        assert house.calls.down[0][1] == 1003
        assert house.calls.handed == []


async def test_a_charger_that_ignores_our_close_frame_is_cut_off() -> None:
    async with House(credential()) as house, await _opened(house) as client:
        (await house.line()).close(4001, "taken over")
        assert await client.closing() == (4001, "taken over")
        house.pass_time(3)
        assert house.calls.down == []
        house.pass_time(1)
        await house.calls.until(lambda: house.calls.down)


# --- compression -----------------------------------------------------------------------------------------------------


@pytest.mark.conformance("TR-10", "VT-T12")
@pytest.mark.parametrize("compression", [None, "deflate"])
async def test_messages_pass_with_and_without_compression(compression: str | None) -> None:
    async with House(credential()) as house, house.connect(compression=compression) as client:
        assert bool(client.protocol.extensions) is (compression is not None)
        for number in range(3):
            await client.send(call(str(number), "DataTransfer", {"vendorId": "v", "data": "ä" * 5000}))
            assert await receive(client) == [3, str(number), {}]


async def test_compression_is_agreed_without_context_takeover() -> None:
    async with House(credential()) as house, await house.raw() as client:
        client.ask("/CP1", "Sec-WebSocket-Extensions: permessage-deflate")
        head = await client.head()
        assert b"permessage-deflate" in head
        assert b"server_no_context_takeover" in head
        assert b"client_no_context_takeover" in head


async def test_a_compressed_bomb_closes_the_line() -> None:
    async with House(credential()) as house, await _opened(house, "Sec-WebSocket-Extensions: permessage-deflate") as client:
        packer = zlib.compressobj(wbits=-15)
        bomb = packer.compress(b" " * 5_000_000) + packer.flush(zlib.Z_SYNC_FLUSH)
        frame = bytearray(masked(1, bomb[:-4]))
        frame[0] |= 0x40
        client.send(bytes(frame))
        assert (await client.closing())[0] == 1009


async def _heard(house: House, last_heard: object) -> None:
    """Wait until the server has read what was sent at this moment of the clock."""
    assert callable(last_heard)
    async with asyncio.timeout(30):
        while last_heard() < house.clock.monotonic():
            await asyncio.sleep(0)
