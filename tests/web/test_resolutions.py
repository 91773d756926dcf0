"""Deciding over the API what becomes of sessions that chargers left open or unexplained."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.web import stored
from tests.web.site import Site
from voltaro.domain.fact import SessionEndReported
from voltaro.domain.person import Scope
from voltaro.domain.session import EndSession, Session
from voltaro.ports import Recorded

END = "2026-03-01T09:00:00Z"


async def unresolved(site: Site, meter_stop_wh: int = 6000) -> Session:
    """A stop of a transaction that nobody knows."""
    at = stored.LONG_AGO + timedelta(hours=1)
    [recorded] = await site.store.write([SessionEndReported(EndSession("CP1", "-1", meter_stop_wh, at, at, "ocpp1.6"))])
    assert isinstance(recorded, Recorded)
    return recorded.session


async def audit(site: Site) -> list[dict[str, Any]]:
    return [entry for entry in (await site.get("/audit")).json["items"] if entry["action"].startswith("session.")]


async def test_an_unresolved_stop_is_listed_assigned_and_audited(site: Site) -> None:
    running, stray = await stored.session(site.store), await unresolved(site)
    [listed] = (await site.get("/sessions?state=unresolved")).json["items"]
    assert (listed["id"], listed["flags"]) == (stray.id, ["unknown_transaction"])
    answer = await site.post(f"/sessions/{stray.id}/assign", {"session_id": running.id, "reason": "same car"})
    assert answer.status == 200, answer.text
    shown = answer.json
    assert (shown["state"], shown["assigned_to"], shown["resolved_reason"], shown["energy_wh"]) == ("assigned", running.id, "same car", 0)
    over = (await site.get(f"/sessions/{running.id}")).json
    assert (over["state"], over["energy_wh"], over["ended_at"]) == ("ended", 5000, END)
    assert [session.id for session in site.fleet.told] == [stray.id, running.id]
    [entry] = await audit(site)
    assert (entry["action"], entry["target"], entry["detail"]["reason"]) == ("session.assigned", str(stray.id), "same car")
    again = await site.post(f"/sessions/{stray.id}/assign", {"session_id": running.id})
    assert (again.status, again.json) == (200, shown)
    assert len(await audit(site)) == 1


async def test_an_unresolved_stop_is_given_the_start_that_never_came(site: Site) -> None:
    stray = await unresolved(site)
    body = {"started_at": "2026-03-01T09:00:00+01:00", "meter_start_wh": 1000, "id_tag": "TAG1", "evse_id": 1}
    shown = (await site.post(f"/sessions/{stray.id}/assign", body)).json
    assert (shown["state"], shown["started_at"], shown["energy_wh"], shown["id_tag"]) == ("ended", "2026-03-01T08:00:00Z", 5000, "TAG1")
    assert shown["flags"] == ["start_by_operator"]


async def test_an_open_session_is_closed_as_an_estimate(site: Site) -> None:
    running = await stored.session(site.store)
    shown = (await site.post(f"/sessions/{running.id}/close", {"ended_at": END, "meter_stop_wh": 3000})).json
    assert (shown["state"], shown["energy_wh"], shown["resolved_by"]) == ("ended", 2000, "token:admin")
    assert shown["flags"] == ["closed_by_operator", "estimated"]
    repeated = await site.post(f"/sessions/{running.id}/close", {"ended_at": END, "meter_stop_wh": 3000})
    assert (repeated.status, repeated.json) == (200, shown)
    other = await site.post(f"/sessions/{running.id}/close", {"ended_at": END, "meter_stop_wh": 4000})
    assert (other.status, other.json["type"]) == (409, "urn:voltaro:problem:not_now")
    assert "is ended" in other.json["detail"]


async def test_a_discarded_session_is_kept_and_shown(site: Site) -> None:
    stray = await unresolved(site)
    shown = (await site.post(f"/sessions/{stray.id}/discard", {"reason": "a test"})).json
    assert (shown["state"], shown["resolved_reason"]) == ("discarded", "a test")
    assert [session["id"] for session in (await site.get("/sessions?state=discarded")).json["items"]] == [stray.id]


@pytest.mark.parametrize(
    ("action", "body", "pointer"),
    [
        ("assign", {}, "/started_at"),
        ("assign", {"started_at": END}, "/meter_start_wh"),
        ("assign", {"session_id": 999_999}, "/session_id"),
        ("assign", {"session_id": 1, "meter_start_wh": 0}, "/session_id"),
        ("assign", {"started_at": END, "meter_start_wh": 9000}, "/meter_start_wh"),
        ("assign", {"started_at": END, "meter_start_wh": -1}, "/meter_start_wh"),
        ("close", {"ended_at": "2999-01-01T00:00:00Z"}, "/ended_at"),
        ("discard", {}, "/reason"),
        ("discard", {"reason": ""}, "/reason"),
        ("discard", {"reason": "a\0b"}, "/reason"),
    ],
)
async def test_what_does_not_fit_is_422_and_says_where(site: Site, action: str, body: dict[str, Any], pointer: str) -> None:
    stray = await unresolved(site)
    answer = await site.post(f"/sessions/{stray.id}/{action}", body)
    assert answer.status == 422, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert [error["pointer"] for error in answer.json["errors"]] == [pointer]
    assert await site.store.session(stray.id) == stray


async def test_deciding_needs_its_scope_and_a_session(site: Site) -> None:
    stray = await unresolved(site)
    reader = await site.add_token(Scope.SESSIONS_READ)
    writer = await site.add_token(Scope.SESSIONS_WRITE)
    for action, body in (("assign", {"session_id": 1}), ("close", {"ended_at": END}), ("discard", {"reason": "x"})):
        assert (await site.post(f"/sessions/{stray.id}/{action}", body, token=reader)).status == 403
        assert (await site.post(f"/sessions/999999/{action}", body, token=writer)).status == 404
