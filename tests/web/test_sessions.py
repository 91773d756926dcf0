"""Sessions over the API: lists, filters, exports."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import msgspec

from tests.web import stored
from tests.web.site import Site


async def test_a_session_is_shown_with_its_energy(site: Site) -> None:
    await stored.charger(site.store, "CP1")
    over = await stored.ended(site.store, await stored.session(site.store))
    shown = (await site.get(f"/sessions/{over.id}")).json
    assert shown["energy_wh"] == 5000
    assert (shown["state"], shown["id_tag"], shown["stop_reason"]) == ("ended", "TAG1", "Local")
    assert (shown["started_at"], shown["ended_at"]) == ("2026-03-01T08:00:00Z", "2026-03-01T09:00:00Z")
    assert (shown["meter_start_wh"], shown["meter_stop_wh"], shown["flags"], shown["complete"]) == (1000, 6000, [], True)


async def test_sessions_are_filtered(site: Site) -> None:
    await stored.charger(site.store, "CP1", "CP2")
    first = await stored.ended(site.store, await stored.session(site.store))
    second = await stored.session(site.store, "CP2", at=stored.LONG_AGO + timedelta(days=1), id_tag="TAG2")
    for query, ids in {
        "": [second.id, first.id],
        "charger_id=CP1": [first.id],
        "id_tag=tag2": [second.id],
        "state=active": [second.id],
        "started_after=2026-03-01T20:00:00%2B01:00": [second.id],
        "started_before=2026-03-01T20:00:00Z": [first.id],
    }.items():
        listed = await site.get(f"/sessions?{query}")
        assert [session["id"] for session in listed.json["items"]] == ids, query


async def test_a_time_without_a_zone_is_400(site: Site) -> None:
    assert (await site.get("/sessions?started_after=2026-03-01T20:00:00")).status == 400


async def test_no_id_is_a_404_and_never_a_500(site: Site) -> None:
    for session_id in ("0", "99999999999999999999999", "-1", "x", "9223372036854775807", "%00"):
        assert (await site.get(f"/sessions/{session_id}")).status == 404, session_id


async def test_sessions_as_csv_are_all_of_them_and_run_no_formula(site: Site) -> None:
    await stored.charger(site.store, "CP1")
    for number in range(5):
        await stored.ended(site.store, await stored.session(site.store, at=stored.LONG_AGO + timedelta(days=number), id_tag="=1+1"))
    answer = await site.get("/sessions?limit=2", headers={"Accept": "text/csv"})
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="sessions.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["id_tag"] for row in rows] == ["'=1+1"] * 5
    assert {row["energy_wh"] for row in rows} == {"5000"}


async def test_sessions_as_ndjson_are_one_a_line(site: Site) -> None:
    await stored.charger(site.store, "CP1")
    session = await stored.session(site.store)
    answer = await site.get("/sessions", headers={"Accept": "application/x-ndjson"})
    assert [msgspec.json.decode(line)["id"] for line in answer.body.splitlines()] == [session.id]


async def test_an_empty_export_is_a_header(site: Site) -> None:
    answer = await site.get("/sessions", headers={"Accept": "text/csv"})
    assert answer.status == 200
    assert answer.text.startswith("id,charger_id,")
    assert answer.text.count("\n") == 1


async def test_meter_values_are_listed_oldest_first_and_exported(site: Site) -> None:
    await stored.charger(site.store, "CP1")
    session = await stored.session(site.store)
    await stored.measured(site.store, session, "1000", "1500", "2000")
    listed = (await site.get(f"/sessions/{session.id}/meter-values?limit=2")).json
    assert [value["value"] for value in listed["items"]] == ["1000", "1500"]
    rest = (await site.get(f"/sessions/{session.id}/meter-values?limit=2&cursor={listed['next']}")).json
    assert [value["value"] for value in rest["items"]] == ["2000"]
    exported = await site.get(f"/sessions/{session.id}/meter-values", headers={"Accept": "text/csv"})
    assert [row["value"] for row in csv.DictReader(io.StringIO(exported.text))] == ["1000", "1500", "2000"]
    assert (await site.get(f"/sessions/{session.id + 1}/meter-values")).status == 404
