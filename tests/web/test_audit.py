"""Every change leaves exactly one entry in the audit: tried on examples of all endpoints that change something."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.web import stored
from tests.web.fakes import connector
from tests.web.site import Site, open_site
from voltaro.domain.command import CommandState
from voltaro.domain.driver import Driver
from voltaro.domain.person import Role
from voltaro.domain.tag import Tag
from voltaro.ports import AuditQuery, NewCharger, Redriven, Store
from web.app import all_endpoints
from web.auditing import UNRECORDED, recorded
from web.auth import SAFE_METHODS
from web.route import Endpoint

CHANGING = {endpoint.name: endpoint for endpoint in all_endpoints() if endpoint.method not in SAFE_METHODS}

SEVERAL = {"rotate_password": "a new password is made, and given by a command"}
"""What is more than one deed, with the reason."""

EXAMPLES: dict[str, tuple[str, Any]] = {
    "add_charger": ("", {"id": "CP9"}),
    "change_charger": ("", {"name": "North"}),
    "set_charger_password": ("", {}),
    "remove_charger": ("", None),
    "change_security": ("", {"lenient_handshake": True}),
    "accept_stranger": ("", None),
    "dismiss_stranger": ("", None),
    "send_command": ("", {"action": "Reset", "payload": {"type": "Soft"}}),
    "start_charging": ("", {"evse_id": 1, "id_tag": "TAG1"}),
    "stop_charging": ("", {"session_id": 1}),
    "reset_charger": ("", {}),
    "unlock_connector": ("", {"evse_id": 1}),
    "change_availability": ("", {"operative": False}),
    "clear_cache": ("", {}),
    "trigger_message": ("", {"message": "Heartbeat"}),
    "transfer_data": ("", {"vendor_id": "acme"}),
    "refresh_configuration": ("", {}),
    "set_configuration_key": ("", {"value": "1"}),
    "change_local_list": ("", {"sync": True}),
    "change_settings": ("", {"variant": "tx_default"}),
    "close_session": ("", {"ended_at": "2026-03-01T10:00:00Z", "meter_stop_wh": 9000}),
    "discard_session": ("", {"reason": "a test"}),
    "add_note": ("", {"text": "Gate code 4711"}),
    "change_note": ("", {"text": "Gate code 4712"}),
    "remove_note": ("", None),
    "add_tag": ("", {"id_tag": "TAG9"}),
    "change_tag": ("", {"note": "lost"}),
    "remove_tag": ("", None),
    "import_tags": ("", b"id_tag\nTAG8\n"),
    "add_driver": ("", {"name": "Otto"}),
    "change_driver": ("", {"note": "new car"}),
    "remove_driver": ("", None),
    "import_drivers": ("", b"name\nPaula\n"),
    "redrive_dead_letter": ("", None),
    "discard_dead_letter": ("", {"reason": "a test"}),
    "inject_fault": ("", {"target": "registry", "kind": "crash"}),
    "add_user": ("", {"name": "vera", "role": "viewer", "password": "a good long password"}),
    "change_user": ("", {"role": "viewer"}),
    "add_token": ("", {"name": "script", "scopes": ["tags:read"]}),
    "revoke_token": ("", None),
    "log_in": ("", {"name": "alice", "password": "correct horse battery"}),
    "log_out": ("", None),
    "change_own_password": ("", {"current": "correct horse battery", "new": "a good long password"}),
    "end_own_login": ("", None),
    "end_other_logins": ("?others=true", None),
    "end_login": ("", None),
    "end_logins": ("", None),
}
"""By the name of the endpoint: what its address ends in, and the body, CSV when it is bytes."""

AS_HERSELF = {"log_out", "change_own_password", "end_own_login", "end_other_logins"}


class World:
    """Something of everything, so that an example may succeed."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.known: dict[str, str] = {}

    async def make(self) -> None:
        store, site = self.site.store, self.site
        await store.add_charger(NewCharger("CP1", security_profile=1, salt=b"salt", password_hash=b"hash"), "test")
        site.fleet.connect("CP1", [connector(1)])
        site.fleet.settles_as = CommandState.ACCEPTED
        site.fleet.redrives = [Redriven(True, "[3]")]
        site.fleet.faults_made = {}
        site.room.come("NEW1")
        session = await stored.session(store)
        driver = await store.add_driver(Driver(0, "Dora"), "test")
        await store.add_tag(Tag("TAG1", user_id=driver.id), "test")
        await stored.kept(store, "CP1", b"{}")
        await store.add_note("CP1", "Gate code", "token:admin")
        await site.add_token()
        for name in ("alice", "boss"):
            await site.add_person(name, Role.ADMIN)
        alice = next(user for user in (await store.users(limit=9)).items if user.name == "alice")
        self.known = {"charger_id": "CP1", "session_id": str(session.id), "driver_id": str(driver.id), "id_tag": "TAG1", "frame_id": "1"}
        self.known |= {"user_id": str(alice.id), "token_id": "1", "key": "HeartbeatInterval"}

    def address(self, endpoint: Endpoint) -> str:
        known = {**self.known, "charger_id": "NEW1"} if "strangers" in endpoint.path else self.known
        return re.sub(r"\{(\w+)\}", lambda place: known.get(place.group(1), "1"), endpoint.path)


@pytest.mark.parametrize("name", sorted(EXAMPLES.keys() & CHANGING.keys()))
async def test_a_change_leaves_one_entry_with_who_what_and_where_from(store: Store, name: str) -> None:
    async with open_site(store, fault_injection=True) as site:
        world = World(site)
        await world.make()
        endpoint, (ending, body) = CHANGING[name], EXAMPLES[name]
        async with site.signed_in("alice") as (browser, csrf), site.signed_in("alice"):
            alice = int(world.known["user_id"])
            world.known["login_id"] = str((await store.logins(alice))[0].id)
            before = (await store.audit(limit=1)).items[0].id
            options: dict[str, Any] = {"api": False, "headers": {"X-Request-Id": f"of-{name}"}}
            if isinstance(body, bytes):
                options |= {"data": body}
                options["headers"]["Content-Type"] = "text/csv"
            else:
                options |= {"json": body}
            if name in AS_HERSELF:
                options |= {"token": None, "client": browser}
                options["headers"]["X-Voltaro-CSRF"] = csrf
            answer = await site.ask(endpoint.method, world.address(endpoint) + ending, **options)
            assert answer.status < 300, answer.text
        entries = [entry for entry in (await store.audit(limit=50)).items if entry.id > before]
        assert len(entries) == 1 or name in SEVERAL, entries
        for entry in entries:
            assert (entry.address, entry.request_id) == ("127.0.0.1", f"of-{name}")
            assert entry.actor == ("alice" if name in AS_HERSELF | {"log_in"} else "token:admin")
            assert entry.action
        told = str([(entry.before, entry.after, entry.detail) for entry in entries])
        for secret in (
            "correct horse",
            "a good long password",
            "argon2",
            str(answer.json.get("token", "-none-")) if answer.body else "-none-",
        ):
            assert secret not in told


def test_whatever_has_no_example_is_told_all_the_same() -> None:
    """What an endpoint does not tell itself is told for it; only these are left alone."""
    for endpoint in all_endpoints():
        is_plain = recorded(endpoint) == endpoint.handle
        assert is_plain is (endpoint.method in SAFE_METHODS or endpoint.name in UNRECORDED), endpoint.name
    assert UNRECORDED.keys() <= CHANGING.keys()


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/tags", {"id_tag": ""}),
        ("PATCH", "/tags/nowhere", {"note": "x"}),
        ("DELETE", "/drivers/4711", None),
        ("POST", "/chargers/CP1/reset", {}),
    ],
)
async def test_what_was_refused_changed_nothing_and_leaves_no_entry(site: Site, method: str, path: str, body: object) -> None:
    assert (await site.ask(method, path, body)).status >= 400
    assert (await site.store.audit(limit=9)).items == []


@pytest.mark.parametrize("dry_run", ["true", "True", "1"])
async def test_a_dry_run_leaves_no_entry(site: Site, dry_run: str) -> None:
    for path in ("/tags/import", "/drivers/import"):
        text = "id_tag\nT1\n" if "tags" in path else "name\nD\n"
        answer = await site.post(f"{path}?dry_run={dry_run}", data=text, headers={"Content-Type": "text/csv"})
        assert (answer.status, answer.json["dry_run"]) == (200, True)
    assert (await site.store.audit(limit=9)).items == []


async def test_a_change_of_nothing_leaves_no_entry(site: Site) -> None:
    await site.add_person("vera", Role.VIEWER)
    for path, body in (
        ("/chargers", {"id": "CP1", "security_profile": 0}),
        ("/tags", {"id_tag": "TAG1"}),
        ("/sites", {"name": "Depot"}),
        ("/drivers", {"name": "Dora"}),
        ("/users", None),
    ):
        where = path + f"/{(await site.get(path)).json['items'][0]['id']}" if body is None else ""
        if body is not None:
            where = (await site.post(path, body)).headers["Location"].removeprefix("/api/v1")
        before = (await site.get(where)).json
        newest = (await site.store.audit(limit=1)).items[0].id
        assert (await site.patch(where, {})).status == 200
        assert (await site.get(where)).json == before
        assert (await site.store.audit(limit=1)).items[0].id == newest, where


async def test_a_command_is_told_with_where_to_read_on(site: Site) -> None:
    await stored.charger(site.store, "CP1")
    site.fleet.connect("CP1")
    made = await site.post("/chargers/CP1/reset", {})
    [entry] = (await site.store.audit(AuditQuery(action="reset_charger"), limit=9)).items
    assert (entry.actor, entry.target, entry.detail) == ("token:admin", "CP1", {"made": made.headers["Location"]})


async def test_the_audit_is_filtered_paged_and_exported(site: Site) -> None:
    for number in range(3):
        await site.post("/tags", {"id_tag": f"T{number}"})
    await site.patch("/tags/T1", {"note": "=1+1"})
    shown = (await site.get("/audit?action=tag.&limit=3")).json
    assert [entry["target"] for entry in shown["items"]] == ["T1", "T2", "T1"]
    assert [entry["target"] for entry in (await site.get(f"/audit?action=tag.&limit=3&cursor={shown['next']}")).json["items"]] == ["T0"]
    [changed] = (await site.get("/audit?action=tag.changed&target=T1&actor=token:admin")).json["items"]
    assert (changed["before"], changed["after"]) == ({"note": None}, {"note": "=1+1"})
    assert (await site.get("/audit?since=2100-01-01T00:00:00Z")).json["items"] == []
    assert len((await site.get("/audit?until=2100-01-01T00:00:00%2B01:00")).json["items"]) == 4
    assert (await site.get("/audit?since=yesterday")).status == 400
    assert (await site.get("/audit?who=me")).status == 400
    lines = (await site.get("/audit?action=tag.changed", headers={"Accept": "text/csv"})).text.splitlines()
    assert lines[0] == "id,at,actor,action,target,detail,before,after,address,request_id"
    assert '"{""note"":""=1+1""}"' in lines[1]
    rows = (await site.get("/audit", headers={"Accept": "application/x-ndjson"})).text.splitlines()
    assert len(rows) == 4


async def test_nothing_in_the_audit_can_be_changed_or_removed(site: Site) -> None:
    assert {endpoint.method for endpoint in all_endpoints() if "/audit" in endpoint.path} == {"GET"}
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        for path in ("/audit", "/audit/1"):
            assert (await site.ask(method, path)).status in (404, 405)
