"""Notes on chargers over the API: who may write, change and take them away."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from tests.web import stored
from tests.web.site import Site
from voltaro.domain.person import Role


async def test_a_note_is_written_read_changed_and_taken_away_by_its_author(site: Site) -> None:
    await stored.charger(site.store, "CP1")
    added = await site.post("/chargers/CP1/notes", {"text": "<b>Gate</b>\n4711"})
    assert (added.status, added.json["text"], added.json["author"], added.headers["ETag"]) == (
        201,
        "<b>Gate</b>\n4711",
        "token:admin",
        '"1"',
    )
    where = added.headers["Location"].removeprefix("/api/v1")
    changed = await site.patch(where, {"text": "4712"}, headers={"If-Match": '"1"'})
    assert (changed.json["text"], changed.json["version"]) == ("4712", 2)
    assert changed.json["edited_at"] is not None
    assert (await site.patch(where, {"text": "4713"}, headers={"If-Match": '"1"'})).status == 412
    assert (await site.get(where)).json["text"] == "4712"
    assert (await site.delete(where)).status == 204
    assert (await site.get("/chargers/CP1/notes")).json == {"items": [], "next": None}
    assert [entry.action for entry in (await site.store.audit(limit=3)).items] == ["note.removed", "note.changed", "note.added"]


async def test_a_note_without_words_is_refused(site: Site) -> None:
    await stored.charger(site.store, "CP1")
    for text in ("", " \n ", "x" * 4001, "nul\0"):
        assert (await site.post("/chargers/CP1/notes", {"text": text})).status == 422, text[:9]


async def test_another_persons_note_is_not_changed_and_only_an_admin_takes_it_away(site: Site) -> None:
    await stored.charger(site.store, "CP1", "CP2")
    for name, role in (("ada", Role.ADMIN), ("olga", Role.OPERATOR), ("otto", Role.OPERATOR), ("vera", Role.VIEWER)):
        await site.add_person(name, role)

    async def as_person(name: str, method: str, path: str, json: object = None) -> int:
        async with site.signed_in(name) as (browser, csrf):
            return (await site.ask(method, path, json, token=None, client=browser, headers={"X-Voltaro-CSRF": csrf})).status

    assert await as_person("olga", "POST", "/chargers/CP1/notes", {"text": "mine"}) == 201
    (note,) = (await site.get("/chargers/CP1/notes")).json["items"]
    path = f"/chargers/CP1/notes/{note['id']}"
    assert await as_person("vera", "POST", "/chargers/CP1/notes", {"text": "no"}) == 403
    assert await as_person("vera", "GET", path) == 200
    for name in ("vera", "otto"):
        assert await as_person(name, "DELETE", path) == 403
    for name in ("otto", "ada"):
        assert await as_person(name, "PATCH", path, {"text": "theirs"}) == 403
    assert (await site.get(path.replace("CP1", "CP2"))).status == 404
    assert await as_person("ada", "DELETE", path) == 204


@pytest.mark.parametrize("charger_id", ["a b", "a/b?c", "Ünï"])
async def test_a_notes_location_leads_to_it_whatever_the_charger_is_called(site: Site, charger_id: str) -> None:
    await site.post("/chargers", {"id": charger_id, "security_profile": 0})
    made = await site.post(f"/chargers/{quote(charger_id, safe='')}/notes", {"text": "a note"})
    assert (await site.get(made.headers["Location"], api=False)).json == made.json
