"""Local authorization lists, over a real socket: sent whole or by difference, refused, split, bounded, and kept up to date."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio

from tests.conformance.answering import NEVER, Answer
from tests.conformance.listening import Listening, listening, shown
from tests.running import RunningServer, running_server

pytestmark = pytest.mark.asyncio(loop_scope="module")
_numbers = itertools.count(1)
WAIT = {"Prefer": "wait=15"}
TAGS: tuple[dict[str, Any], ...] = (
    {"id_tag": "FIRST", "parent": "GROUP", "expires_at": "2099-01-01T00:00:00Z"},
    {"id_tag": "BAD", "status": "blocked"},
    {"id_tag": "OLD", "expires_at": "2020-01-01T00:00:00Z"},
    {"id_tag": "SECOND"},
    {"id_tag": "NOTHING", "status": "invalid"},
    {"id_tag": "A-TAG-LONGER-THAN-TWENTY"},
)
FIRST = {"idTag": "FIRST", "idTagInfo": {"status": "Accepted", "parentIdTag": "GROUP", "expiryDate": "2099-01-01T00:00:00.000Z"}}
SECOND = {"idTag": "SECOND", "idTagInfo": {"status": "Accepted"}}
BAD = {"idTag": "BAD", "idTagInfo": {"status": "Blocked"}}
OLD = {"idTag": "OLD", "idTagInfo": {"status": "Expired", "expiryDate": "2020-01-01T00:00:00.000Z"}}
ALL = [FIRST, SECOND, BAD, OLD]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(module_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningServer]:
    """A server that does not ask by itself while a test lasts."""
    flags = ("--unknown-chargers", "accept", "--settle-s", "86400")
    async with running_server(module_database_url, tmp_path_factory.mktemp("data"), *flags) as running:
        yield running


@dataclass
class Place:
    """A charger of its own, and the API's side of its list."""

    server: RunningServer
    identity: str

    @property
    def path(self) -> str:
        return f"/api/v1/chargers/{self.identity}/local-list"

    def listening(self, answers: Mapping[str, Callable[[dict[str, Any]], Answer]], protocol: str = "ocpp1.6") -> Any:
        return listening(self.server, self.identity, answers, protocol)

    async def sync(self, *, full: bool = False) -> Any:
        return await self.server.api("POST", f"{self.path}/sync", {"full": full}, WAIT)

    async def stands(self, holds: Callable[[Any], bool] = lambda _: True) -> Any:
        return await shown(self.server, self.path, holds)


@pytest_asyncio.fixture(loop_scope="module")
async def place(server: RunningServer) -> Place:
    """A charger of its own; the tags are those of ``TAGS`` again."""
    for tag in (await server.api("GET", "/api/v1/tags"))["items"]:
        await server.api("DELETE", f"/api/v1/tags/{tag['id_tag']}")
    for tag in TAGS:
        await server.api("POST", "/api/v1/tags", tag)
    return Place(server, f"CP{next(_numbers)}")


class Lists:
    """A charger's list: it takes what fits, or answers what it is told to; where it is ``silent``, not validly."""

    def __init__(self, *statuses: str, version: int = 0, silent: bool = False) -> None:
        self.statuses = list(statuses)
        self.version = version
        self.silent = silent

    def send(self, asked: dict[str, Any]) -> Answer:
        status = self.statuses.pop(0) if self.statuses else "Accepted"
        if status == "Accepted":
            self.version = asked["listVersion"]
        return None if self.silent else {"status": status}

    @property
    def answers(self) -> dict[str, Callable[[dict[str, Any]], Answer]]:
        return {"SendLocalList": self.send, "GetLocalListVersion": lambda _: {"listVersion": self.version}}


def sent(charger: Listening) -> list[tuple[int, str, Sequence[str]]]:
    """Version, kind and tags of each update."""
    return [
        (update["listVersion"], update["updateType"], [entry["idTag"] for entry in update["localAuthorizationList"]])
        for update in charger.of("SendLocalList")
    ]


@pytest.mark.parametrize(
    ("version", "state"),
    [
        pytest.param(-1, "not_supported", marks=pytest.mark.conformance("TC_042_1")),
        pytest.param(0, "empty", marks=pytest.mark.conformance("TC_042_2")),
    ],
)
async def test_the_version_that_a_charger_holds_is_asked_for_and_shown(place: Place, version: int, state: str) -> None:
    async with place.listening(Lists(version=version).answers) as charger:
        assert (await place.stands())["state"] == "never"
        command = await place.server.api("POST", f"{place.path}/check", {}, WAIT)
        assert (command["state"], command["response"]) == ("accepted", {"listVersion": version})
        found = await place.stands(lambda found: found["version"] == version)
        assert (found["state"], charger.asked) == (state, [("GetLocalListVersion", {})])


@pytest.mark.conformance("TC_043_1")
async def test_a_charger_without_a_list_is_remembered(place: Place) -> None:
    async with place.listening(Lists("NotSupported").answers) as charger:
        found = await place.sync(full=True)
        assert (found["state"], found["failure"]) == ("not_supported", "the charger has no local authorization list")
        assert sent(charger) == [(1, "Full", ["FIRST", "SECOND", "BAD", "OLD"])]


@pytest.mark.conformance("TC_043_3")
async def test_a_full_list_that_failed_is_shown_and_not_sent_again(place: Place) -> None:
    async with place.listening(Lists("Failed").answers) as charger:
        found = await place.sync(full=True)
        assert (found["state"], found["failure"], found["held"]) == ("failed", "the charger answered Failed", None)
        assert len(charger.asked) == 1


@pytest.mark.conformance("TC_043_4")
async def test_a_full_list_holds_every_tag_with_what_is_known_of_it(place: Place) -> None:
    async with place.listening(Lists().answers) as charger:
        found = await place.sync(full=True)
        assert charger.asked == [("SendLocalList", {"listVersion": 1, "updateType": "Full", "localAuthorizationList": ALL})]
        assert (found["state"], found["version"], found["held"], found["too_long"]) == ("synced", 1, 4, 1)
        assert "more than 20 characters are left out, 1 of them" in found["note"]


@pytest.mark.conformance("TC_043_5")
async def test_a_differential_list_holds_what_has_changed_alone(place: Place) -> None:
    async with place.listening(Lists().answers) as charger:
        await place.sync(full=True)
        await place.server.api("PATCH", "/api/v1/tags/SECOND", {"status": "blocked"})
        assert (await place.stands())["state"] == "stale"
        assert (await place.sync())["state"] == "synced"
        changed = [{"idTag": "SECOND", "idTagInfo": {"status": "Blocked"}}]
        assert charger.asked[-1] == (
            "SendLocalList",
            {"listVersion": 2, "updateType": "Differential", "localAuthorizationList": changed},
        )
        await place.server.api("DELETE", "/api/v1/tags/SECOND")
        assert (await place.sync())["held"] == 3
        gone = {"listVersion": 3, "updateType": "Differential", "localAuthorizationList": [{"idTag": "SECOND"}]}
        assert charger.asked[-1] == ("SendLocalList", gone)
        assert (await place.sync())["version"] == 3
        assert len(charger.asked) == 3


@pytest.mark.conformance("TC_043_3")
@pytest.mark.parametrize("status", ["Failed", "VersionMismatch"])
async def test_a_differential_list_that_is_refused_is_followed_by_a_full_one_once(place: Place, status: str) -> None:
    lists = Lists("Accepted", status, status)
    async with place.listening(lists.answers) as charger:
        await place.sync(full=True)
        await place.server.api("PATCH", "/api/v1/tags/SECOND", {"status": "blocked"})
        found = await place.sync()
        assert (found["state"], found["failure"], found["version"]) == ("failed", f"the charger answered {status}", 1)
        assert [(version, kind) for version, kind, _ in sent(charger)] == [(1, "Full"), (2, "Differential"), (3, "Full")]
        assert (await place.sync())["state"] == "synced"
        assert sent(charger)[-1] == (4, "Differential", ["SECOND"])


async def test_an_update_without_an_answer_is_looked_up_and_never_sent_again(place: Place) -> None:
    async with place.listening(Lists(silent=True).answers) as charger:
        found = await place.sync(full=True)
        assert (found["state"], found["version"], found["held"]) == ("synced", 1, 4)
        assert [action for action, _ in charger.asked] == ["SendLocalList", "GetLocalListVersion"]


async def test_a_line_that_is_lost_over_an_update_leaves_it_unknown_until_the_version_tells(place: Place) -> None:
    lists = Lists()
    async with place.listening({**lists.answers, "SendLocalList": lambda _: NEVER}) as charger:
        begun = await place.server.api("POST", f"{place.path}/sync", {"full": True})
        assert begun["state"] == "never"
        await charger.until_asked("SendLocalList")
    found = await place.stands(lambda found: found["state"] != "never")
    assert (found["state"], found["failure"]) == ("failed", "the line was lost before the charger answered")
    async with place.listening(lists.answers) as charger:
        assert (await place.sync())["state"] == "synced"
        assert [(version, kind) for version, kind, _ in sent(charger)] == [(2, "Full")]


async def test_a_list_is_split_as_the_charger_wishes_and_bounded_with_a_word(place: Place) -> None:
    keys = [
        {"key": key, "readonly": True, "value": value} for key, value in (("SendLocalListMaxLength", "2"), ("LocalAuthListMaxLength", "3"))
    ]
    answers = {**Lists().answers, "GetConfiguration": lambda _: {"configurationKey": keys}}
    async with place.listening(answers) as charger:
        await place.server.api("POST", f"/api/v1/chargers/{place.identity}/configuration/refresh", {}, WAIT)
        await place.stands(lambda found: found["max_length"] == 3)
        found = await place.sync()
        assert sent(charger) == [(1, "Full", ["FIRST", "SECOND"]), (2, "Differential", ["BAD"])]
        assert (found["state"], found["held"], found["wanted"], found["left_out"]) == ("synced", 3, 3, 1)
        assert found["note"].startswith("The list takes 3 tags at most, and 1 more would be wanted")


async def test_changed_tags_are_sent_by_themselves_only_where_that_is_switched_on(place: Place) -> None:
    async with place.listening(Lists().answers) as charger, listening(place.server, "OFF", Lists().answers) as other:
        switched = await place.server.api("PATCH", place.path, {"sync": True})
        assert switched["sync"] is True
        assert (await charger.until_asked("SendLocalList"))["updateType"] == "Full"
        await place.stands(lambda found: found["state"] == "synced")
        await place.server.api("POST", "/api/v1/tags", {"id_tag": "THIRD"})
        await charger.until_asked("SendLocalList", 2)
        assert sent(charger)[1] == (2, "Differential", ["THIRD"])
        assert other.asked == []


async def test_a_charger_that_comes_back_with_another_list_is_sent_a_whole_one(place: Place) -> None:
    lists = Lists()
    async with place.listening(lists.answers):
        await place.sync()
        await place.server.api("PATCH", place.path, {"sync": True})
    lists.version = 7
    async with place.listening(lists.answers) as charger:
        conflict = {"connectorId": 0, "errorCode": "LocalListConflict", "status": "Available"}
        for _ in range(2):
            assert (await charger.ask("StatusNotification", conflict))[0] == 3
        await charger.until_asked("SendLocalList")
        assert [action for action, _ in charger.asked] == ["GetLocalListVersion", "SendLocalList"]
        assert sent(charger) == [(8, "Full", ["FIRST", "SECOND", "BAD", "OLD"])]


async def test_2_x_takes_the_same_list_in_its_own_words(place: Place) -> None:
    answers: dict[str, Callable[[dict[str, Any]], Answer]] = {"SendLocalList": lambda _: {"status": "Accepted"}}
    async with place.listening(answers, "ocpp2.0.1") as charger:
        found = await place.sync(full=True)
        ((_, update),) = charger.asked
        assert (update["versionNumber"], update["updateType"], len(update["localAuthorizationList"])) == (1, "Full", 5)
        assert update["localAuthorizationList"][0] == {
            "idToken": {"idToken": "FIRST", "type": "ISO14443"},
            "idTokenInfo": {
                "status": "Accepted",
                "groupIdToken": {"idToken": "GROUP", "type": "Central"},
                "cacheExpiryDateTime": "2099-01-01T00:00:00.000Z",
            },
        }
        assert (found["state"], found["version"]) == ("synced", 1)
