"""A card that is shown at a charger is told to who is looking, known or not, and judged as ever."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from actors.presented import MOST, PresentedTags
from tests.actors.clocks import NOON
from tests.actors.house import House
from voltaro.domain.event import Flash
from voltaro.ports import PresentedTag

BOOT = {"chargePointVendor": "V", "chargePointModel": "M"}
BOOT_2 = {"reason": "PowerUp", "chargingStation": {"vendorName": "V", "model": "M"}}


class Looking:
    """Somebody who looks at the live stream, or does not."""

    def __init__(self, watched: bool) -> None:
        self.watched = watched
        self.seen: list[Flash] = []

    def is_watched(self) -> bool:
        return self.watched

    def has_newcomers(self) -> bool:
        return False

    def flash(self, flash: Flash) -> None:
        self.seen.append(flash)

    def ring(self) -> None: ...


def shown(house: House) -> list[tuple[str, int | None, str]]:
    return [(one.id_tag, one.evse_id, one.outcome) for one in house.fleet.presented_tags()]


def start(id_tag: str, at: str) -> dict[str, Any]:
    return {"connectorId": 2, "idTag": id_tag, "meterStart": 0, "timestamp": at}


async def test_an_unknown_card_is_refused_and_told(house: House) -> None:
    line = await house.charger("CP1")
    await line.say("BootNotification", BOOT)
    answer = await line.say("Authorize", {"idTag": "STRANGE"})
    assert answer["idTagInfo"]["status"] == "Invalid"
    assert shown(house) == [("STRANGE", None, "Unknown")]


async def test_a_start_says_where_and_one_kept_while_offline_is_nobody_who_stands_there(house: House) -> None:
    line = await house.charger("CP1")
    await line.say("BootNotification", BOOT)
    await line.say("Authorize", {"idTag": "CARD"})
    await line.say("StartTransaction", start("card", NOON.isoformat()))
    assert shown(house) == [("card", 2, "Unknown")]
    await line.say("StartTransaction", start("OFFLINE", (NOON - timedelta(hours=3)).isoformat()))
    assert len(shown(house)) == 1


async def test_a_token_of_2x_is_told_where_it_was_shown_and_not_where_it_is_only_named(house: House) -> None:
    line = await house.charger("CP2", protocol="ocpp2.0.1")
    await line.say("BootNotification", BOOT_2)
    event = {
        "eventType": "Started",
        "timestamp": NOON.isoformat(),
        "triggerReason": "Authorized",
        "seqNo": 0,
        "transactionInfo": {"transactionId": "T1"},
        "evse": {"id": 3, "connectorId": 1},
        "idToken": {"idToken": "CARD2", "type": "ISO14443"},
    }
    await line.say("TransactionEvent", event)
    assert shown(house) == [("CARD2", 3, "Unknown")]
    named = {
        **event,
        "eventType": "Updated",
        "seqNo": 1,
        "triggerReason": "MeterValuePeriodic",
        "idToken": {"idToken": "OTHER", "type": "Local"},
    }
    await line.say("TransactionEvent", named)
    assert len(shown(house)) == 1


def test_the_list_is_bounded_and_a_card_shown_again_is_one_row() -> None:
    tags, looking = PresentedTags(), Looking(watched=True)
    for number in range(MOST + 5):
        tags.note(PresentedTag("CP1", 1, f"TAG{number}", None, "Unknown", NOON), looking)
    tags.note(PresentedTag("CP1", None, "tag50", None, "Accepted", NOON), looking)
    newest = tags.newest()
    assert len(newest) == MOST
    assert (newest[0].id_tag, newest[0].evse_id, newest[0].outcome) == ("tag50", 1, "Accepted")
    assert newest[-1].id_tag == "TAG5"
    told = looking.seen[-1]
    assert (told.type, told.charger_id, told.data["id_tag"], told.data["outcome"]) == ("tag.presented", "CP1", "tag50", "Accepted")


def test_nothing_is_told_where_nobody_looks() -> None:
    tags, looking = PresentedTags(), Looking(watched=False)
    tags.note(PresentedTag("CP1", 1, "TAG", None, "Unknown", NOON), looking)
    assert (len(tags.newest()), looking.seen) == (1, [])
