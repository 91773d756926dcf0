"""Lists in the order that is asked for, over pages: nothing twice, nothing left out, and no cursor of another order."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from tests.web.site import Site
from voltaro.ports import ChargerOrder, NewCharger

LONGEST = "\N{MATHEMATICAL FRAKTUR CAPITAL A}"
"""A character of four bytes."""


async def paged(site: Site, path: str, name: str, limit: int = 2) -> list[Any]:
    """A member of all items of a list, a few at a time; the whole is the same as NDJSON."""
    found: list[Any] = []
    joint = "&" if "?" in path else "?"
    cursor = ""
    while True:
        page = await site.get(f"{path}{joint}limit={limit}{cursor}")
        assert page.status == 200, page.text
        assert len(page.json["items"]) <= limit
        found += [item[name] for item in page.json["items"]]
        if page.json["next"] is None:
            break
        cursor = f"&cursor={page.json['next']}"
    lines = (await site.get(path, headers={"Accept": "application/x-ndjson"})).body.splitlines()
    assert [item[name] for item in map(msgspec.json.decode, lines)] == found
    return found


@pytest.fixture
async def fleet(site: Site) -> Site:
    """Four chargers: two without a name, one of them without a model; two of one model."""
    for charger_id, name in (("C", "alpha"), ("A", None), ("D", "Beta"), ("B", None)):
        await site.store.add_charger(NewCharger(charger_id, name=name), "test")
    for charger_id, model, firmware in (("C", "X", "1.0"), ("A", "Y", "2.0"), ("D", "X", "1.10")):
        values = {"charger_id": charger_id, "model": model, "firmware": firmware}
        async with site.store._database.changing() as connection:
            await connection.exec_driver_sql(
                "UPDATE chargers SET model = %(model)s, firmware_version = %(firmware)s WHERE id = %(charger_id)s", values
            )
    return site


@pytest.mark.parametrize(
    ("sort", "wanted"), [("id", "ABCD"), ("name", "ACBD"), ("model", "BCDA"), ("firmware_version", "BCDA"), ("created_at", "CADB")]
)
@pytest.mark.parametrize("view", ["full", "brief"])
async def test_chargers_are_sorted_over_pages(fleet: Site, sort: str, wanted: str, view: str) -> None:
    """One without a name goes by its id, and names have no case."""
    assert await paged(fleet, f"/chargers?view={view}&sort={sort}", "id") == list(wanted)
    assert await paged(fleet, f"/chargers?view={view}&sort=-{sort}", "id", limit=1) == list(reversed(wanted))


async def test_chargers_go_by_id_unless_another_order_is_asked_for(fleet: Site) -> None:
    assert await paged(fleet, "/chargers", "id", limit=3) == list("ABCD")
    table = await fleet.get("/chargers?sort=-name", headers={"Accept": "text/csv"})
    assert [line.partition(",")[0] for line in table.text.splitlines()[1:]] == list("DBCA")


async def test_a_cursor_is_of_one_order(fleet: Site) -> None:
    cursor = (await fleet.get("/chargers?limit=1&sort=name")).json["next"]
    for sort in ("&sort=-name", "&sort=model", ""):
        assert (await fleet.get(f"/chargers?limit=1{sort}&cursor={cursor}")).json["type"] == "urn:voltaro:problem:bad_cursor"
    refused = await fleet.get("/chargers?sort=colour")
    assert (refused.status, refused.json["errors"][0]["pointer"]) == (400, "?sort")
    assert all(order in refused.text for order in ChargerOrder)


async def test_a_text_of_any_length_has_room_in_a_cursor(site: Site) -> None:
    for number in range(3):
        await site.store.add_charger(NewCharger(f"CP{number}", name=LONGEST * 198 + f"{number}"), "test")
        assert (await site.post("/tags", {"id_tag": LONGEST * 254 + f"{number}"})).status == 201
        assert (await site.post("/tags", {"id_tag": "\x01" * 254 + f"{number}"})).status == 201
    assert await paged(site, "/chargers?sort=-name", "id", limit=1) == ["CP2", "CP1", "CP0"]
    assert len(set(await paged(site, "/tags?sort=id_tag", "id_tag", limit=1))) == 6


async def test_the_audit_is_had_from_either_end(site: Site) -> None:
    for name in "abcde":
        await site.store.record_audit("anna", "did", name, {})
    await site.store.record_audit("ben", "did", "f", {})
    assert await paged(site, "/audit?actor=anna", "target") == list("edcba")
    assert await paged(site, "/audit?actor=anna&sort=-at", "target") == list("edcba")
    assert await paged(site, "/audit?actor=anna&sort=at", "target") == list("abcde")
    table = await site.get("/audit?action=did&sort=at", headers={"Accept": "text/csv"})
    assert [line.split(",")[4] for line in table.text.splitlines()[1:]] == list("abcdef")
    cursor = (await site.get("/audit?limit=1")).json["next"]
    assert (await site.get(f"/audit?limit=1&sort=at&cursor={cursor}")).status == 400


async def test_what_was_done_in_one_transaction_is_paged_in_the_order_in_which_it_was_written(site: Site) -> None:
    async with site.store._database.changing() as connection:
        for target in "abcde":
            await connection.exec_driver_sql(
                "INSERT INTO audit (actor, action, target, detail) VALUES ('anna', 'did', %(target)s, '{}')", {"target": target}
            )
    assert await paged(site, "/audit?actor=anna&sort=at", "target") == list("abcde")
    assert await paged(site, "/audit?actor=anna", "target", limit=1) == list("edcba")


async def test_people_and_tokens_come_in_pages_newest_first(site: Site) -> None:
    before = {user["id"] for user in (await site.get("/users")).json["items"]}
    made = [
        (await site.post("/users", {"name": f"user{n}", "role": "viewer", "password": "a good long password"})).json["id"] for n in range(5)
    ]
    assert [user for user in await paged(site, "/users", "id") if user not in before] == made[::-1]
    tokens = [(await site.post("/tokens", {"name": f"token{n}", "scopes": ["tags:read"]})).json["id"] for n in range(5)]
    for token in tokens[1:4]:
        await site.delete(f"/tokens/{token}")
    assert await paged(site, "/tokens?state=revoked", "id") == tokens[3:0:-1]
    assert [token for token in await paged(site, "/tokens", "id", limit=1) if token in tokens] == [tokens[4], tokens[0]]
    page = await site.get("/tokens?limit=1")
    assert 'rel="next"' in page.headers["Link"]
    assert (await site.get(f"/tokens?limit=1&state=revoked&cursor={page.json['next']}")).status == 400


async def test_a_tag_names_its_driver_to_those_who_may_read_drivers(site: Site) -> None:
    dora = (await site.post("/drivers", {"name": "Dora"})).json["id"]
    made = await site.post("/tags", {"id_tag": "T1", "user_id": dora})
    await site.post("/tags", {"id_tag": "T2"})
    assert (made.json["driver_name"], (await site.get("/tags/T2")).json["driver_name"]) == ("Dora", None)
    await site.patch(f"/drivers/{dora}", {"name": "Dora D."})
    assert await paged(site, "/tags?sort=id_tag", "driver_name") == ["Dora D.", None]
    assert (await site.get(f"/drivers/{dora}")).json["tags"][0]["driver_name"] == "Dora D."
    narrow = (await site.post("/tokens", {"name": "tags", "scopes": ["tags:read"]})).json["token"]
    shown = (await site.get("/tags/T1", token=narrow)).json
    assert (shown["user_id"], shown["driver_name"]) == (dora, None)
    table = await site.get("/tags?sort=id_tag", token=narrow, headers={"Accept": "text/csv"})
    assert "Dora" not in table.text
    exported = (await site.get("/tags", headers={"Accept": "text/csv"})).body
    again = await site.post("/tags/import", data=exported, headers={"Content-Type": "text/csv"})
    assert (again.json["added"], again.json["changed"]) == (0, 0), "what is exported can be imported"
