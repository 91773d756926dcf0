"""What lies around a frame of the message log."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.web import stored
from tests.web.site import Site
from voltaro.domain.command import Command, CommandState
from voltaro.domain.fact import CommandChanged, ExchangeLogged
from voltaro.domain.person import Scope

NOW = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)


async def said(site: Site, number: int, action: str, payload: str = "{}", **changes: Any) -> None:
    at = NOW + timedelta(seconds=number)
    frame = f'[2,"m{number}","{action}",{payload}]'
    exchange = ExchangeLogged("CP1", "in", f"m{number}", action, frame, f'[3,"m{number}",{{}}]', "result", at, at)
    await site.store.write([exchange._replace(**changes)])


async def entry(site: Site, message_id: str) -> int:
    (found,) = (await site.get(f"/messages?message_id={message_id}")).json["items"]
    number: int = found["id"]
    return number


async def test_neighbours_come_nearest_first_and_are_the_same_chargers(site: Site) -> None:
    await stored.charger(site.store, "CP1", "CP2")
    for number in range(5):
        await said(site, number, "Heartbeat" if number % 2 else "StatusNotification")
    await said(site, 2, "Heartbeat", charger_id="CP2", message_id="other")
    shown = (await site.get(f"/messages/{await entry(site, 'm2')}/context?each=2")).json
    assert [row["message_id"] for row in shown["before"]] == ["m1", "m0"]
    assert [row["message_id"] for row in shown["after"]] == ["m3", "m4"]
    assert (shown["message"]["message_id"], shown["previous"]["message_id"]) == ("m2", "m0")
    assert (await site.get(f"/messages/{await entry(site, 'm0')}/context")).json["previous"] is None


async def test_a_frame_leads_to_the_session_that_it_names(site: Site) -> None:
    await stored.charger(site.store, "CP1")
    session = await stored.session(site.store)
    await said(site, 1, "MeterValues", f'{{"connectorId":1,"transactionId":{session.transaction_id}}}')
    await said(site, 2, "TransactionEvent", f'{{"transactionInfo":{{"transactionId":"{session.transaction_id}"}}}}')
    await said(site, 3, "StartTransaction", answer=f'[3,"m3",{{"transactionId":{session.transaction_id}}}]')
    await said(site, 4, "MeterValues", '{"transactionId":true}')
    for number in (1, 2, 3):
        assert (await site.get(f"/messages/{await entry(site, f'm{number}')}/context")).json["session_id"] == session.id
    assert (await site.get(f"/messages/{await entry(site, 'm4')}/context")).json["transaction_id"] is None


async def test_a_frame_of_ours_leads_to_its_command_and_who_asked(site: Site) -> None:
    await stored.charger(site.store, "CP1")
    command = Command("c-1", "CP1", "Reset", {"type": "Soft"}, CommandState.SENT, NOW, requested_by="ada")
    await site.store.write([CommandChanged(command)])
    await said(site, 1, "Reset", message_id="c-1", direction="out")
    shown = (await site.get(f"/messages/{await entry(site, 'c-1')}/context")).json
    assert (shown["command_id"], shown["requested_by"]) == ("c-1", "ada")
    token = await site.add_token(Scope.MESSAGES_READ)
    shown = (await site.get(f"/messages/{await entry(site, 'c-1')}/context", token=token)).json
    assert (shown["command_id"], shown["session_id"]) == (None, None), "no scope for those"


async def test_what_occurs_is_counted(site: Site) -> None:
    await stored.charger(site.store, "CP1")
    for number in range(3):
        await said(site, number, "Heartbeat")
    await said(site, 3, "Reset", direction="out", outcome="timeout", answer=None)
    items = (await site.get("/chargers/CP1/message-kinds")).json["items"]
    assert [(kind["action"], kind["direction"], kind["count"], kind["trouble"]) for kind in items] == [
        ("Heartbeat", "in", 3, 0),
        ("Reset", "out", 1, 1),
    ]
    assert (await site.get("/chargers/NOONE/message-kinds")).status == 404


async def test_an_entry_that_is_gone_is_404(site: Site) -> None:
    assert (await site.get("/messages/123456/context")).status == 404
