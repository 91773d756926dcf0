"""Cards shown at chargers, as who may read tags sees them."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.web.site import Site
from voltaro.domain.person import Scope
from voltaro.ports import PresentedTag


async def test_a_shown_card_says_whether_it_is_known(site: Site) -> None:
    now = datetime.now(UTC)
    await site.post("/tags", {"id_tag": "Known", "status": "blocked"})
    site.fleet.presented = [
        PresentedTag("CP1", 2, "KNOWN", None, "Blocked", now),
        PresentedTag("CP2", None, "STRANGE", "ISO14443", "Unknown", now),
    ]
    shown = (await site.get("/tags/presented")).json["items"]
    assert [(one["id_tag"], one["known"], one["status"], one["evse_id"]) for one in shown] == [
        ("KNOWN", True, "blocked", 2),
        ("STRANGE", False, None, None),
    ]
    (one,) = (await site.get("/tags/presented?charger_id=CP2")).json["items"]
    assert (one["id_tag"], one["type"], one["outcome"]) == ("STRANGE", "ISO14443", "Unknown")


async def test_who_may_not_read_tags_is_not_told_of_cards(site: Site) -> None:
    token = await site.add_token(Scope.SESSIONS_READ, Scope.CHARGERS_READ)
    assert (await site.get("/tags/presented", token=token)).status == 403
