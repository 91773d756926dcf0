"""Dead letters over the API."""

from __future__ import annotations

from tests.web import stored
from tests.web.site import Site
from voltaro.domain.person import Scope
from voltaro.ports import Redriven, StoreUnavailable

RAW = b'[2,"m1","StopTransaction",{"password":"hunter2"}]'


async def letter(site: Site) -> int:
    await stored.charger(site.store, "CP1")
    await stored.kept(site.store, "CP1", RAW)
    [frame] = (await site.get("/dead-letters")).json["items"]
    number: int = frame["id"]
    return number


async def test_a_dead_letter_is_listed_filtered_and_shown_without_its_secrets(site: Site) -> None:
    number = await letter(site)
    for query, found in {
        "charger_id=CP1": 1,
        "charger_id=CP2": 0,
        "kind=invalid": 1,
        "kind=crash": 0,
        "state=waiting": 1,
        "state=discarded": 0,
    }.items():
        assert len((await site.get(f"/dead-letters?{query}")).json["items"]) == found, query
    assert (await site.get("/dead-letters?kind=other")).status == 400
    shown = await site.get(f"/dead-letters/{number}")
    assert shown.json["raw"] == RAW.decode().replace("hunter2", "***")
    assert (shown.json["state"], shown.json["count"], shown.json["attempts"]) == ("waiting", 1, 0)
    assert "hunter2" not in shown.text + (await site.get("/dead-letters")).text
    assert (await site.get("/dead-letters/4711")).status == 404


async def test_a_dead_letter_is_handed_over_again_until_that_is_done(site: Site) -> None:
    number = await letter(site)
    site.fleet.redrives = [Redriven(False, "it crashed again"), Redriven(True, '[3,"m1",{}]')]
    failed = (await site.post(f"/dead-letters/{number}/redrive")).json
    assert (failed["state"], failed["attempts"], failed["outcome"]) == ("waiting", 1, "it crashed again")
    done = (await site.post(f"/dead-letters/{number}/redrive")).json
    assert (done["state"], done["attempts"], done["outcome"]) == ("redriven", 2, '[3,"m1",{}]')
    again = await site.post(f"/dead-letters/{number}/redrive")
    assert (again.status, again.json["type"]) == (409, "urn:voltaro:problem:not_now")
    assert site.fleet.redrives == []
    audited = [entry["action"] for entry in (await site.get("/audit")).json["items"]]
    assert audited.count("dead_letter.redriven") == 2


async def test_a_dead_letter_waits_on_while_the_database_is_away(site: Site) -> None:
    number = await letter(site)
    site.fleet.redrives = [StoreUnavailable("away")]
    assert (await site.post(f"/dead-letters/{number}/redrive")).status == 503
    assert (await site.get(f"/dead-letters/{number}")).json["attempts"] == 0


async def test_a_dead_letter_of_a_charger_that_was_removed_is_not_handed_over(site: Site) -> None:
    number = await letter(site)
    await site.store.remove_charger("CP1", "test")
    answer = await site.post(f"/dead-letters/{number}/redrive")
    assert answer.status == 409
    assert "CP1" in answer.json["detail"]


async def test_a_dead_letter_is_discarded_with_a_reason(site: Site) -> None:
    number = await letter(site)
    assert (await site.post(f"/dead-letters/{number}/discard", {})).status == 422
    shown = (await site.post(f"/dead-letters/{number}/discard", {"reason": "a lab charger"})).json
    assert (shown["state"], shown["outcome"]) == ("discarded", "a lab charger")
    assert (await site.post(f"/dead-letters/{number}/discard", {"reason": "a lab charger"})).status == 200
    assert (await site.post(f"/dead-letters/{number}/discard", {"reason": "other"})).status == 409


async def test_settling_a_dead_letter_needs_its_scope(site: Site) -> None:
    number = await letter(site)
    reader = await site.add_token(Scope.MESSAGES_READ, Scope.SESSIONS_READ)
    assert (await site.get(f"/dead-letters/{number}", token=reader)).status == 200
    for action, body in (("redrive", None), ("discard", {"reason": "x"})):
        assert (await site.post(f"/dead-letters/{number}/{action}", body, token=reader)).status == 403
