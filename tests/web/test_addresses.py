"""Whatever a charger or a tag is called, it has an address."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from tests.web import stored
from tests.web.site import Site

NAMES = ("{id}", "{{a}}${b}", "50%", "%3Cb%3E", "a/b", "a?b=c&d#e", "<b>", "\u05e9\u05dc\u05d5\u05dd", "a b", "'\"", "a\\b", ";=+$")


@pytest.mark.parametrize("name", NAMES)
async def test_a_name_of_any_characters_is_found_at_its_address(site: Site, name: str) -> None:
    await stored.charger(site.store, name)
    assert (await site.get(f"/chargers/{quote(name, safe='')}")).json["id"] == name
    assert (await site.post("/tags", {"id_tag": name})).status == 201
    assert (await site.get(f"/tags/{quote(name, safe='')}")).json["id_tag"] == name
    assert (await site.delete(f"/tags/{quote(name, safe='')}")).status == 204
