"""Wild frames at a real server: every CALL one answer within a second or a reasoned close, and nobody else the worse for it."""

from __future__ import annotations

import asyncio
import json
import time
import urllib.error
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from tests.e2e.talking import BOOT, ask, boot, dial
from tests.e2e.talking import answer as next_frame
from tests.faults.readers import request
from tests.faults.rows import Row
from tests.faults.served import served
from tests.ocpp.wild import PACKAGES, Frame, Wild, owed_answer, result_errors
from tests.running import ADMIN_TOKEN, RunningServer

FRAMES, FRAMES_OF_LONG = 250, 4_000
ANSWER_S = 15.0
UNREASONED = (1006, 1011)
ACCUSING = ("Traceback", "crashed", "wire.broken", "http.failed", "[error")
"""What a line of the log says when something of ours has failed."""
COMMANDS: tuple[list[tuple[str, dict[str, Any]]], ...] = (
    [("GetConfiguration", {}), ("ChangeConfiguration", {"key": "K", "value": "V"}), ("Reset", {"type": "Soft"}), ("ClearCache", {})],
    [("GetVariables", {"getVariableData": [{"component": {"name": "C"}, "variable": {"name": "V"}}]}), ("ClearCache", {})],
)
"""What is asked of a charger: in 1.6, and in 2.x."""
BOOT_2 = {"reason": "PowerUp", "chargingStation": {"vendorName": "V", "model": "M"}}


@dataclass
class Verdict:
    """What came of the frames of one version; each wrong one with its text."""

    frames: int = 0
    owed: int = 0
    asked: int = 0
    closes: int = 0
    slowest_s: float = 0.0
    wrong: list[str] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)

    def blame(self, what: str, frame: Frame) -> None:
        self.wrong.append(f"{what}: {frame.kind.value}: {frame.text[:500]!r}")


async def wild_frames(random: Random, long: bool) -> list[Row]:
    """Each version's frames over a socket of its own, beside a neighbour that only wants its heartbeats answered."""
    count = FRAMES_OF_LONG if long else FRAMES
    seeds = {protocol: random.randrange(2**32) for protocol in PACKAGES}
    verdicts = {protocol: Verdict() for protocol in PACKAGES}
    print(f"wild frames, seeds {seeds}")
    async with served("--settle-s", "86400") as (server, _):  # nothing is asked but by the scenario
        done = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            waits = group.create_task(_neighbour(server, done))
            heard = group.create_task(_watch(server, done))
            async with asyncio.TaskGroup() as fuzzing:
                for protocol, verdict in verdicts.items():
                    fuzzing.create_task(_answer(server, protocol, Wild(protocol, Random(seeds[protocol] + 1)), count // 4, verdict))
                    fuzzing.create_task(_fuzz(server, protocol, Wild(protocol, Random(seeds[protocol])), count, verdict))
            done.set()
        unread = await _read_everything(server)
        accused = [line for line in server.log if any(word in line for word in ACCUSING)]
    rows = []
    for protocol, verdict in verdicts.items():
        _show([f"{protocol}, seed {seeds[protocol]}: {wrong}" for wrong in verdict.wrong])
        told = f"{protocol}: {verdict.frames} frames, {verdict.owed} CALLs, {verdict.asked} answers, {verdict.closes} reasoned closes"
        rows.append(Row(f"{told}: wrong, missing or doubled answers", len(verdict.wrong), 0, "frames"))
        rows.append(Row(f"{protocol}: the slowest answer", verdict.slowest_s, 1, "s"))
    _show([*accused, *unread])
    beats = sorted(waits.result())
    rows.append(Row(f"a neighbour's heartbeats ({len(beats)}), p99", beats[int(len(beats) * 0.99)], 1, "s"))
    rows.append(Row("messages and events that a browser saw meanwhile", heard.result(), count, "items", at_least=True))
    rows.append(Row("lines of the log that tell of a failure", len(accused), 0, "lines"))
    rows.append(Row("lists of the API that do not load afterwards", len(unread), 0, "lists"))
    return rows


SCENARIOS: dict[str, Callable[[Random, bool], Awaitable[list[Row]]]] = {"wild frames of all versions": wild_frames}


async def _fuzz(server: RunningServer, protocol: str, wild: Wild, count: int, verdict: Verdict) -> None:
    while verdict.frames < count:
        async with dial(server, f"WILD-{protocol}", protocol) as socket:
            try:
                booted = await ask(socket, "BootNotification", BOOT_2) if protocol != "ocpp1.6" else [3, "", {"status": await boot(socket)}]
                assert booted[2]["status"] == "Accepted"
                while verdict.frames < count:
                    frame = wild.frame()
                    verdict.frames += 1
                    verdict.owed += owed_answer(frame)
                    try:
                        await _try(socket, protocol, frame, f"fence {verdict.frames}", verdict)
                    except ConnectionClosed:
                        verdict.closes += 1
                        if (socket.close_code or 1006) in UNREASONED or not socket.close_reason:
                            verdict.blame(f"closed with {socket.close_code} {socket.close_reason}", frame)
                        raise
                    except TimeoutError:
                        verdict.blame(f"nothing for {ANSWER_S:g} s", frame)
                        break
            except ConnectionClosed:
                pass  # the charger comes back


async def _answer(server: RunningServer, protocol: str, wild: Wild, count: int, verdict: Verdict) -> None:
    """Commands that the charger answers wildly: each ends, and what came is recorded."""
    identity = f"ASKED-{protocol}"
    async with dial(server, identity, protocol) as socket:
        await ask(socket, "BootNotification", BOOT_2 if protocol != "ocpp1.6" else BOOT)
        while verdict.asked < count:
            verdict.asked += 1
            action, payload = wild.random.choice(COMMANDS[protocol != "ocpp1.6"])
            body = {"action": action, "payload": payload}
            command = await server.api("POST", f"/api/v1/chargers/{identity}/commands", body)
            call = await _next(socket, command["id"])
            text = wild.answer(action, call[1])
            await socket.send(text)
            command = await _settled(server, command["id"])
            if command["state"] in ("queued", "sent", "timed_out", "unknown"):
                verdict.wrong.append(f"a command left {command['state']} by {text[:500]!r}")
            await socket.send(json.dumps([2, f"beat {verdict.asked}", "Heartbeat", {}]))
            if (await _next(socket))[0] != 3:
                verdict.wrong.append(f"no heartbeat after {text[:500]!r}")


async def _next(socket: ClientConnection, message_id: str | None = None) -> list[Any]:
    """The next answer, or the CALL with this id; what the server asks on its own account is refused."""
    while True:
        frame = await next_frame(socket)
        if frame[0] != 2 or frame[1] == message_id:
            return frame
        await socket.send(json.dumps([4, frame[1], "NotSupported", "", {}]))


async def _settled(server: RunningServer, command_id: str) -> dict[str, Any]:
    """The command once it has ended, or as it stands after ten seconds."""
    until = time.monotonic() + 10
    while True:
        command: dict[str, Any] = await server.api("GET", f"/api/v1/commands/{command_id}")
        if command["state"] not in ("queued", "sent") or time.monotonic() > until:
            return command
        await asyncio.sleep(0.005)


async def _try(socket: ClientConnection, protocol: str, frame: Frame, fence: str, verdict: Verdict) -> None:
    """Send the frame and a heartbeat after it: what comes before the heartbeat's answer is all that the frame brought about."""
    sent = time.monotonic()
    await socket.send(frame.text)
    await socket.send(json.dumps([2, fence, "Heartbeat", {}]))
    answers: list[list[Any]] = []
    async with asyncio.timeout(ANSWER_S):
        while True:
            answer = json.loads(await socket.recv())
            if answer[1] == fence:
                break
            answers.append(answer)
            verdict.slowest_s = max(verdict.slowest_s, time.monotonic() - sent)
    own = [answer for answer in answers if answer[1] == frame.call_id]
    if len(answers) > 1:
        verdict.blame(f"{len(answers)} answers", frame)
    elif owed_answer(frame) and len(own) != 1:
        verdict.blame(f"answered with {answers}", frame)
    for answer in answers:
        if answer[0] == 4 and frame.durable:
            verdict.blame(f"a session message refused: {answer}", frame)
        if answer[0] == 3 and (errors := result_errors(protocol, frame.action, answer[2])):
            verdict.blame(f"an answer that is not valid: {errors}", frame)


async def _neighbour(server: RunningServer, done: asyncio.Event) -> list[float]:
    waits = []
    async with dial(server, "NEIGHBOUR") as socket:
        assert await boot(socket) == "Accepted"
        while not done.is_set():
            sent = time.monotonic()
            assert (await ask(socket, "Heartbeat", {}))[0] == 3
            waits.append(time.monotonic() - sent)
            await asyncio.sleep(0.02)
    return waits


async def _watch(server: RunningServer, done: asyncio.Event) -> int:
    """A browser that shows everything live; how much it was shown."""
    address = urlsplit(server.http_url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port, limit=2**24)
    topics = ",".join(["chargers", "sessions", *(f"messages:WILD-{protocol}" for protocol in PACKAGES)])
    writer.write(request(f"/api/v1/events?topics={topics}", ADMIN_TOKEN))
    shown = 0
    ended = asyncio.create_task(done.wait())
    while not done.is_set():
        block = asyncio.create_task(reader.readuntil(b"\n\n"))
        await asyncio.wait((block, ended), return_when=asyncio.FIRST_COMPLETED)
        if block.done():
            shown += block.result().startswith((b"id: ", b"event: "))
        else:
            block.cancel()
    writer.close()
    return shown


async def _read_everything(server: RunningServer) -> list[str]:
    """Read all that was written through the API, page by page; what does not load."""
    unread: list[str] = []

    async def pages(path: str, headers: dict[str, str] | None = None) -> list[Any]:
        items: list[Any] = []
        cursor = ""
        while True:
            try:
                page = await server.api("GET", f"{path}{'&' if '?' in path else '?'}limit=200{cursor}", headers=headers)
            except urllib.error.HTTPError as error:
                unread.append(f"{path}: {error.code} {error.read()[:300]!r}")
                return items
            items += page["items"]
            if page["next"] is None:
                return items
            cursor = f"&cursor={page['next']}"

    chargers = await pages("/api/v1/chargers")
    for charger in chargers:
        await pages(f"/api/v1/chargers/{charger['id']}/messages")
        await pages(f"/api/v1/chargers/{charger['id']}/commands")
    await pages("/api/v1/dead-letters")
    for session in await pages("/api/v1/sessions"):
        await pages(f"/api/v1/sessions/{session['id']}/meter-values")
    for path, media in (("/api/v1/overview", "*/*"), ("/api/v1/actors", "*/*"), ("/metrics", "*/*"), ("/api/v1/sessions", "text/csv")):
        try:
            await server.api("GET", path, headers={"Accept": media})
        except (urllib.error.HTTPError, OSError) as error:
            unread.append(f"{path} as {media}: {error}")
    return unread


def _show(lines: list[str]) -> None:
    for line in lines[:40]:
        print(line)
