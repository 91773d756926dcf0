"""Counting calls: exact, and without a label for what a charger makes up."""

from __future__ import annotations

from tests.gateway.fakes import House, call, credential, receive
from voltaro import metrics
from voltaro.gateway.tally import Tally
from voltaro.ports import Call


def _count(protocol: str, action: str, outcome: str) -> float:
    value = metrics.REGISTRY.get_sample_value("voltaro_calls_total", {"protocol": protocol, "action": action, "outcome": outcome})
    return value or 0.0


def test_answers_are_counted_by_what_they_are() -> None:
    tally = Tally()
    for answer in (b'[3,"1",{}]', b'[3,"2",{}]', b'[4,"3","InternalError","",{}]', b""):
        tally.count("test1", "Heartbeat", answer)
    tally.flush()
    tally.flush()
    assert [_count("test1", "Heartbeat", outcome) for outcome in ("result", "error", "unanswered")] == [2, 1, 1]


def test_what_a_charger_makes_up_gets_no_label() -> None:
    tally = Tally()
    for number in range(100):
        tally.count("test2", f"Made{number}Up", b'[4,"3","NotImplemented","",{}]')
    tally.flush()
    assert _count("test2", "other", "error") == 100
    assert 'action="Made' not in metrics.exposition().decode()


async def test_calls_are_counted_and_shown_after_a_sweep() -> None:
    before = _count("ocpp1.6", "Authorize", "result")

    def answer(call: Call) -> bytes:
        return b'[3,"1",{}]'

    async with House(credential()) as house, house.connect() as client:
        house.calls.answer = answer
        await client.send(call("1", "Authorize", {"idTag": "T"}))
        await receive(client)
        house.pass_time(1)
        assert _count("ocpp1.6", "Authorize", "result") == before + 1


async def test_lines_are_counted_while_they_are_up() -> None:
    async with House(credential()) as house:
        before = metrics.REGISTRY.get_sample_value("voltaro_lines")
        assert before is not None
        async with house.connect():
            await house.line()
            assert metrics.REGISTRY.get_sample_value("voltaro_lines") == before + 1
        await house.calls.until(lambda: house.calls.down)
        assert metrics.REGISTRY.get_sample_value("voltaro_lines") == before


async def test_wires_and_lines_have_no_dict() -> None:
    async with House(credential()) as house, house.connect():
        line = await house.line()
        [wire] = house.gateway._wires
        assert not hasattr(wire, "__dict__")
        assert not hasattr(line, "__dict__")
