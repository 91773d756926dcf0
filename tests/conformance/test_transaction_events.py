"""Transactions of 2.x: the charger names and numbers them, and tells them in any order."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
import pytest_asyncio

from tests.conformance.charger import Voice, plugged, say, sessions, tag
from tests.running import RunningServer, running_server

STATION = {"reason": "PowerUp", "chargingStation": {"vendorName": "V", "model": "M"}}

pytestmark = pytest.mark.asyncio(loop_scope="module")
_numbers = itertools.count(1)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(module_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningServer]:
    async with running_server(module_database_url, tmp_path_factory.mktemp("events"), "--unknown-chargers", "accept") as running:
        await tag(running, "TAG1")
        yield running


@pytest.fixture
def identity() -> str:
    """A charger of this test's own."""
    return f"CP{next(_numbers)}"


def event(seq_no: int, kind: str = "Updated", register: float | None = None, transaction_id: str = "tx", **more: Any) -> dict[str, Any]:
    at = f"2026-06-01T10:{seq_no:02}:00Z"
    told: dict[str, Any] = {
        "eventType": kind, "timestamp": at, "triggerReason": "MeterValuePeriodic", "seqNo": seq_no,
        "transactionInfo": {"transactionId": transaction_id},
    }  # fmt: skip
    if register is not None:
        told["meterValue"] = [{"timestamp": at, "sampledValue": [{"value": register}]}]
    return told | more


async def tell(server: RunningServer, identity: str, told: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Say these events; the sessions they make."""
    async with plugged(server, identity, "ocpp2.0.1") as cp:
        await say(cp, "BootNotification", STATION)
        for one in told:
            await say(cp, "TransactionEvent", one)
    return await sessions(server, identity)


EVSE = {"evse": {"id": 1, "connectorId": 1}}
WHOLE = [
    event(0, "Started", 1000.0, **EVSE, idToken={"idToken": "TAG1", "type": "ISO14443"}),
    event(1, register=1200.0),
    event(2, register=1500.0),
    event(3, register=1700.0),
    event(4, "Ended", 2000.0),
]


@pytest.mark.conformance("VT-X13", "VT-X14", "X-09", "X-10", "Q-51", "TR-72")
@pytest.mark.parametrize("order", [(0, 1, 2, 3, 4), (0, 1, 3, 4, 2), (4, 0, 1, 2, 3), (2, 4, 3, 1, 0)])
async def test_events_make_their_session_in_whatever_order_they_come(server: RunningServer, identity: str, order: tuple[int, ...]) -> None:
    [session] = await tell(server, identity, [WHOLE[number] for number in order])
    shown = [session[name] for name in ("state", "energy_wh", "flags", "complete", "id_tag", "evse_id")]
    assert shown == ["ended", 1000, [], True, "TAG1", 1]


@pytest.mark.conformance("VT-X13", "X-09")
async def test_a_session_with_a_gap_is_not_complete(server: RunningServer, identity: str) -> None:
    [session] = await tell(server, identity, [WHOLE[number] for number in (0, 1, 3, 4)])
    assert (session["state"], session["complete"], session["flags"]) == ("ended", False, ["sequence_gap"])


@pytest.mark.conformance("VT-X15", "X-08", "X-20")
async def test_an_event_that_comes_again_has_one_effect(server: RunningServer, identity: str) -> None:
    [session] = await tell(server, identity, [WHOLE[0], WHOLE[1], WHOLE[1], WHOLE[2], *WHOLE])
    assert (session["energy_wh"], session["flags"]) == (1000, [])
    values = (await server.api("GET", f"/api/v1/sessions/{session['id']}/meter-values"))["items"]
    assert len(values) == 5


@pytest.mark.conformance("VT-X16", "X-08", "Q-51")
async def test_a_number_that_is_used_twice_loses_nothing(server: RunningServer, identity: str) -> None:
    other = event(1, register=1900.0, timestamp="2026-06-01T10:03:30Z", evse={"id": 1})
    [session] = await tell(server, identity, [*WHOLE[:2], other])
    assert (session["energy_wh"], session["flags"]) == (900, ["sequence_repeated"])


@pytest.mark.conformance("VT-X17", "X-08")
async def test_names_of_transactions_keep_their_case(server: RunningServer, identity: str) -> None:
    found = await tell(server, identity, [event(0, "Started", 1.0, name, **EVSE) for name in ("AbC", "abc")])
    assert [session["transaction_id"] for session in found] == ["AbC", "abc"]


@pytest.mark.conformance("X-11", "TR-71")
async def test_what_was_recorded_offline_says_so(server: RunningServer, identity: str) -> None:
    [session] = await tell(server, identity, [one | {"offline": True} for one in WHOLE])
    assert (session["started_at"], session["flags"], session["energy_wh"]) == ("2026-06-01T10:00:00Z", ["offline"], 1000)


@pytest.mark.conformance("VT-X24", "X-22")
async def test_charging_without_a_token_is_accepted(server: RunningServer, identity: str) -> None:
    async with plugged(server, identity, "ocpp2.0.1") as cp:
        await say(cp, "BootNotification", STATION)
        answered = await say(cp, "TransactionEvent", event(0, "Started", **EVSE, idToken={"idToken": "", "type": "NoAuthorization"}))
        assert answered["idTokenInfo"]["status"] == "Accepted"
        assert await verdict(cp, "TAG1") == "Accepted"
    [session] = await sessions(server, identity)
    assert session["id_tag"] is None


async def verdict(cp: Voice, id_tag: str) -> str:
    word: str = (await say(cp, "Authorize", {"idToken": {"idToken": id_tag, "type": "ISO14443"}}))["idTokenInfo"]["status"]
    return word
