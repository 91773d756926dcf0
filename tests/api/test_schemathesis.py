"""Every operation as every role, with what its description allows and with what it does not, against a real server (Schemathesis).

VOLTARO_API_EXAMPLES says how many requests each operation gets of each kind and role; 2 unless told otherwise.
"""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import os
import re
import urllib.parse
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, Verbosity, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.running import ADMIN_TOKEN, RunningServer, running_server
from voltaro.domain.person import SCOPES_OF_ROLE, Role
from voltaro.simulator import SimulatedCharger

EXAMPLES = int(os.environ.get("VOLTARO_API_EXAMPLES", "2"))
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
ENDLESS = {"read_events"}
"""The live stream is tested by itself; here it would never end."""
ENDS_WHAT_IS_THERE = {"remove_charger", "remove_tag", "revoke_token", "disconnect"}
"""These are asked of things that are not there, lest nothing is left to ask the others of."""
TAKES_ANY_TEXT = {"import_tags"}
"""Their bodies are files: what is wrong in them is told line by line."""
LONGEST_LINE = 8000
TAG = "APITAG"
BOUNDS = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    verbosity=Verbosity.quiet,
    suppress_health_check=list(HealthCheck),
)


@dataclass
class World:
    """A server with something of everything, a token for each role, and what is wrong with it."""

    server: RunningServer
    tokens: dict[str, str | None]
    known: dict[str, Any]
    wrong: list[str] = field(default_factory=list)
    asked: int = 0
    statuses: Counter[int] = field(default_factory=Counter)


@pytest.fixture
async def world(database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    flags = ("--requests-per-minute", "0", "--public-requests-per-minute", "0", "--unknown-chargers", "accept", "--fault-injection")
    async with running_server(database_url, tmp_path, *flags) as server:
        tokens: dict[str, str | None] = {"anonymous": None}
        for role in (Role.VIEWER, Role.OPERATOR):
            body = {"name": role, "scopes": sorted(SCOPES_OF_ROLE[role])}
            tokens[role] = (await server.api("POST", "/api/v1/tokens", body))["token"]
        tokens[Role.ADMIN] = ADMIN_TOKEN
        await server.api("POST", "/api/v1/tags", {"id_tag": TAG})
        await server.api("POST", "/api/v1/users", {"name": "ada", "role": "admin", "password": "a-password-for-tests"})
        charger = SimulatedCharger(f"{server.ocpp_url}/ocpp", "CP1", "ocpp1.6", speed=60, meter_interval_s=1)
        try:
            await charger.connect()
            await charger.booted()
            await charger.plug_in()
            await charger.present_tag(TAG)
            await charger.wait_until(lambda: any(session.begun for session in charger.sessions))
            known: dict[str, Any] = {"charger_id": "CP1", "id_tag": TAG, "action": "Reset", "user_id": 1, "key": "HeartbeatInterval"}
            known["session_id"] = (await server.api("GET", "/api/v1/sessions"))["items"][0]["id"]
            command = await server.api("POST", "/api/v1/chargers/CP1/trigger", {"message": "Heartbeat"}, {"Prefer": "wait=10"})
            known["command_id"] = command["id"]
            yield World(server, tokens, known)
        finally:
            await charger.close()


@pytest.mark.timeout(300 + 150 * EXAMPLES)
async def test_every_operation_holds_what_its_description_says_for_every_role(world: World) -> None:
    document = await world.server.api("GET", "/api/v1/openapi.json")
    await asyncio.to_thread(lambda: [_try(world, document, role) for role in world.tokens])
    told = "\n\n".join(wrong[:1500] for wrong in world.wrong[:10])
    assert not told, f"{len(world.wrong)} answers are not as described, among them:\n{told}"
    assert world.asked > 4 * EXAMPLES * len(document["paths"])
    assert {200, 201, 202, 204, 400, 401, 403, 404, 409, 422} <= world.statuses.keys()


async def test_what_an_address_does_not_take_is_405_and_says_what_it_takes(world: World) -> None:
    document = await world.server.api("GET", "/api/v1/openapi.json")
    assert await asyncio.to_thread(lambda: list(_not_refused(world, document))) == []


def _try(world: World, document: dict[str, Any], role: str) -> None:
    """Ask everything as a role."""
    schema = schemathesis.openapi.from_dict(document)
    schema.config.update(base_url=world.server.http_url)
    token = world.tokens[role]
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    for found in schema.get_all_operations():
        operation = found.ok()
        name = operation.definition.raw["operationId"]
        if name in ENDLESS:
            continue
        known = {} if name in ENDS_WHAT_IS_THERE else {key: world.known[key] for key in world.known if f"{{{key}}}" in operation.path}
        ways = [(mode, known) for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)]
        for mode, fixed in [*ways, (GenerationMode.POSITIVE, {})]:
            if mode is GenerationMode.NEGATIVE and name in TAKES_ANY_TEXT:
                continue
            strategy = operation.as_strategy(generation_mode=mode, path_parameters=fixed or None)
            checks = [*CHECKS, ignored_auth] if role == Role.ADMIN and mode is GenerationMode.POSITIVE and not fixed else CHECKS
            _ask(world, f"{role} {name}", strategy, checks, headers)


def _ask(world: World, what: str, strategy: Any, checks: list[Any], headers: dict[str, str]) -> None:
    """Some requests of one kind. What is wrong is written down rather than raised, so that the rest is asked too."""

    @BOUNDS
    @given(strategy)
    def ask(case: schemathesis.Case) -> None:
        world.asked += 1
        response = case.call(headers=headers, timeout=30)
        if response.status_code == 400 and len(response.request.path_url) > LONGEST_LINE:
            return  # what is no HTTP to the server is answered before the API
        world.statuses[response.status_code] += 1
        try:
            case.validate_response(response, checks=checks, headers=headers)
        except FailureGroup as failed:
            world.wrong.append(f"{what}: {failed}")

    with contextlib.suppress(Unsatisfiable):  # an operation that takes nothing cannot be given what is wrong
        ask()


def _not_refused(world: World, document: dict[str, Any]) -> Iterator[str]:
    """The addresses that answer a method that they do not have with anything but 405 and the methods that they have."""
    line = http.client.HTTPConnection(urllib.parse.urlsplit(world.server.http_url).netloc, timeout=10)
    for pattern in document["paths"]:
        path = pattern.replace("{", "").replace("}", "")
        alike = [each for each in document["paths"] if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", each), path)]
        taken = {method.upper() for each in alike for method in document["paths"][each]}
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "QUERY"} - taken:
            line.request(method, path, headers={"Authorization": f"Bearer {ADMIN_TOKEN}"})
            answer = line.getresponse()
            told = answer.read()
            allowed = {word.strip() for word in (answer.headers["Allow"] or "").split(",")}
            if answer.status != 405 or allowed - {"HEAD"} != taken or answer.headers["Content-Type"] != "application/problem+json":
                yield f"{method} {path}: {answer.status} {allowed} {told[:200]!r}"
    line.close()
