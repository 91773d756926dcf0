"""Commands over the API."""

from __future__ import annotations

import psycopg
import pytest

from tests.web import stored
from tests.web.site import Site
from voltaro.domain.command import ChangeAvailability, ClearCache, CommandState, Reset, StartCharging, StopCharging, Trigger, Unlock
from voltaro.domain.person import Scope
from voltaro.ports import ActorUnavailable, CommandsFull, StoreUnavailable


@pytest.fixture
async def cp1(site: Site) -> Site:
    await stored.charger(site.store, "CP1")
    site.fleet.connect("CP1")
    return site


RESET = {"action": "Reset", "payload": {"type": "Soft"}}


async def test_a_command_is_202_with_its_address(cp1: Site) -> None:
    answer = await cp1.post("/chargers/CP1/commands", RESET)
    assert answer.status == 202
    assert answer.headers["Location"] == f"/api/v1/commands/{answer.json['id']}"
    assert (answer.json["state"], answer.json["requested_by"]) == ("sent", "token:admin")
    assert cp1.fleet.calls == [("CP1", "Reset", {"type": "Soft"}, "token:admin")]


async def test_who_waits_gets_the_final_state(cp1: Site) -> None:
    cp1.fleet.settles_as = CommandState.ACCEPTED
    answer = await cp1.post("/chargers/CP1/commands", RESET, headers={"Prefer": "respond-async, wait=10"})
    assert (answer.status, answer.json["state"], answer.json["response"]) == (200, "accepted", {"status": "Accepted"})
    assert answer.headers["Preference-Applied"] == "wait=10"


async def test_who_waits_in_vain_gets_202(cp1: Site) -> None:
    answer = await cp1.post("/chargers/CP1/reset", headers={"Prefer": "wait=1"})
    assert (answer.status, answer.json["state"]) == (202, "sent")


async def test_a_payload_that_does_not_fit_is_422_with_the_pointer(cp1: Site) -> None:
    answer = await cp1.post("/chargers/CP1/commands", {"action": "Reset", "payload": {"type": "Hrad"}})
    assert (answer.status, answer.json["errors"]) == (422, [{"pointer": "/payload/type", "detail": "is neither Hard nor Soft"}])


async def test_an_unknown_action_is_422(cp1: Site) -> None:
    answer = await cp1.post("/chargers/CP1/commands", {"action": "Fly"})
    assert (answer.status, answer.json["errors"][0]["pointer"]) == (422, "/action")


async def test_a_charger_that_is_not_connected_is_409_and_an_unknown_one_404(site: Site) -> None:
    await stored.charger(site.store, "CP1")
    assert (await site.post("/chargers/CP1/commands", RESET)).status == 409
    assert (await site.post("/chargers/CP1/reset")).status == 409
    assert (await site.post("/chargers/NOONE/commands", RESET)).status == 404


@pytest.mark.parametrize(("failure", "status"), [(CommandsFull(), 429), (ActorUnavailable(), 503), (StoreUnavailable(), 503)])
async def test_what_passes_says_when_to_try_again(cp1: Site, failure: Exception, status: int) -> None:
    cp1.fleet.failure = failure
    answer = await cp1.post("/chargers/CP1/commands", RESET)
    assert answer.status == status
    assert int(answer.headers["Retry-After"]) > 0


@pytest.mark.parametrize(
    ("path", "body", "order"),
    [
        ("stop", {"transaction_id": "17"}, StopCharging("17")),
        ("reset", {"immediately": True}, Reset(True)),
        ("reset", None, Reset()),
        ("unlock", {"evse_id": 2}, Unlock(2, 1)),
        ("availability", {"operative": False, "evse_id": 1}, ChangeAvailability(False, 1)),
        ("clear-cache", None, ClearCache()),
        ("trigger", {"message": "StatusNotification", "evse_id": 1}, Trigger("StatusNotification", 1)),
    ],
)
async def test_one_vocabulary_for_all_versions(cp1: Site, path: str, body: object, order: object) -> None:
    answer = await cp1.post(f"/chargers/CP1/{path}", body)
    assert answer.status == 202, answer.text
    assert cp1.fleet.orders == [("CP1", order)]


async def test_every_remote_start_has_an_id_of_its_own(cp1: Site) -> None:
    for _ in range(2):
        assert (await cp1.post("/chargers/CP1/start", {"id_tag": "TAG1", "evse_id": 1})).status == 202
    first, second = (order for _, order in cp1.fleet.orders)
    assert isinstance(first, StartCharging)
    assert isinstance(second, StartCharging)
    assert 0 < first.remote_start_id != second.remote_start_id


async def test_the_only_open_session_is_meant_when_none_is_named(cp1: Site) -> None:
    running = await stored.session(cp1.store)
    assert (await cp1.post("/chargers/CP1/stop")).status == 202
    assert cp1.fleet.orders == [("CP1", StopCharging(running.transaction_id))]
    await stored.session(cp1.store, evse_id=2)
    assert (await cp1.post("/chargers/CP1/stop")).status == 422
    assert (await cp1.post("/chargers/CP1/stop", {"session_id": running.id})).status == 202


async def test_a_session_that_is_over_cannot_be_stopped(cp1: Site) -> None:
    over = await stored.ended(cp1.store, await stored.session(cp1.store))
    assert (await cp1.post("/chargers/CP1/stop", {"session_id": over.id})).status == 409
    assert (await cp1.post("/chargers/CP1/stop")).status == 409
    assert (await cp1.post("/chargers/CP1/stop", {"session_id": over.id + 999})).status == 422


async def test_the_actions_of_a_charger_come_with_their_schemas(cp1: Site) -> None:
    assert (await cp1.get("/chargers/CP1/actions")).json == {"protocol": "ocpp1.6", "items": ["Reset"]}
    schema = (await cp1.get("/chargers/CP1/actions/Reset/schema")).json
    assert schema["required"] == ["type"]
    assert (await cp1.get("/chargers/CP1/actions/Reset")).json["schema"] == schema
    assert (await cp1.get("/chargers/CP1/actions/Fly/schema")).status == 404


async def test_commands_are_listed_and_an_unknown_one_is_404(cp1: Site) -> None:
    assert (await cp1.get("/chargers/CP1/commands")).json == {"items": [], "next": None}
    assert (await cp1.get("/commands/nope")).status == 404


async def test_who_waits_for_the_effect_says_so(cp1: Site) -> None:
    cp1.fleet.settles_as = CommandState.ACCEPTED
    answer = await cp1.post("/chargers/CP1/reset", headers={"Prefer": "wait=5; until=effective"})
    assert (answer.status, answer.headers["Preference-Applied"]) == (200, "wait=5; until=effective")
    assert (answer.json["effect"], answer.json["reason"], answer.json["session_id"]) == ("none", None, None)


async def test_a_request_whose_key_is_in_use_is_409_until_it_is_known_to_have_been_cut_off(cp1: Site, database_url: str) -> None:
    keyed = {"Idempotency-Key": "k1"}
    assert (await cp1.post("/chargers/CP1/reset", headers=keyed)).status == 202
    again = await cp1.post("/chargers/CP1/reset", headers=keyed)  # this fleet records no command, as if it were still at it
    assert (again.status, again.json["type"]) == (409, "urn:voltaro:problem:idempotency_key_in_use")
    other = await cp1.post("/chargers/CP1/reset", {"immediately": True}, headers=keyed)
    assert (other.status, other.json["type"]) == (422, "urn:voltaro:problem:idempotency_key_reused")
    with psycopg.connect(database_url) as connection:
        connection.execute("UPDATE idempotency_keys SET reserved_at = now() - interval '3 minutes'")
    assert (await cp1.post("/chargers/CP1/reset", headers=keyed)).status == 202
    with psycopg.connect(database_url) as connection:
        connection.execute("UPDATE idempotency_keys SET reserved_at = now() - interval '25 hours'")
    assert (await cp1.post("/chargers/CP1/reset", {"immediately": True}, headers=keyed)).status == 202
    assert len(cp1.fleet.orders) == 3


async def test_a_key_is_somebodys_own_and_free_again_after_a_refusal(cp1: Site) -> None:
    keyed = {"Idempotency-Key": "k1"}
    cp1.fleet.failure = CommandsFull()
    assert (await cp1.post("/chargers/CP1/reset", headers=keyed)).status == 429
    cp1.fleet.failure = None
    assert (await cp1.post("/chargers/CP1/reset", headers=keyed)).status == 202
    token = await cp1.add_token(Scope.ADMIN)
    assert (await cp1.post("/chargers/CP1/reset", {"immediately": True}, headers=keyed, token=token)).status == 202


@pytest.mark.parametrize("key", ["", '""', "x" * 256, "\u00e9", "a\tb"])
async def test_a_key_that_cannot_be_is_400(cp1: Site, key: str) -> None:
    assert (await cp1.post("/chargers/CP1/reset", headers={"Idempotency-Key": key})).status == 400
