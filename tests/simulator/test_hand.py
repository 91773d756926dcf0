"""A charger worked by hand: the words of a script, from a test and from the command line."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tests.simulator.central import CentralSystem
from voltaro.cli import main
from voltaro.simulator import BadScript, Hand, commands_of, run_script, text_of_help
from voltaro.simulator.verbs import VERBS


async def at_hand(place: Callable[..., Any], protocol: str = "ocpp1.6") -> tuple[Any, Hand, list[str]]:
    central, charger, _ = await place(protocol)
    lines: list[str] = []
    return central, Hand(charger, lines.append, patience_s=10), lines


@pytest.mark.parametrize(
    ("line", "commands"),
    [
        ("plug 1; tap ABC", [["plug", "1"], ["tap", "ABC"]]),
        ("plug 1;tap ABC;;", [["plug", "1"], ["tap", "ABC"]]),
        ("""say DataTransfer '{"vendorId":"a;b"}'""", [["say", "DataTransfer", '{"vendorId":"a;b"}']]),
        ("tap 'A B'  # a comment; plug", [["tap", "A B"]]),
        ("# nothing", []),
        ("config LightIntensity=5", [["config", "LightIntensity=5"]]),
    ],
)
def test_a_line_is_read_as_commands(line: str, commands: list[list[str]]) -> None:
    assert commands_of(line) == commands


def test_every_command_has_a_line_of_help() -> None:
    assert len(text_of_help().splitlines()) == len(VERBS)
    assert all(verb.usage in text_of_help() and verb.help.endswith(".") for verb in VERBS.values())


async def test_a_session_is_made_by_hand_and_every_message_is_shown(place: Callable[..., Any]) -> None:
    central, hand, lines = await at_hand(place)
    await run_script(
        hand, "plug 1 35%; tap ABC\nuntil Charging; expect StartTransaction Accepted\nunplug; expect StopTransaction; settled; status"
    )
    assert [each.action for each in central.heard if "Transaction" in each.action] == ["StartTransaction", "StopTransaction"]
    text = "\n".join(lines)
    assert '-> Authorize {"idTag":"ABC"}' in text
    assert '<- StartTransaction = {"transactionId":1,"idTagInfo":{"status":"Accepted"}}' in text
    assert "connector 1: Available" in text


async def test_an_answer_is_forced_and_waited_for(place: Callable[..., Any]) -> None:
    central, hand, lines = await at_hand(place)
    await run_script(
        hand, "answer Reset Rejected; answer GetLocalListVersion -1; answer GetConfiguration '{}'; answer ClearCache error InternalError"
    )
    assert await central.command("Reset", {"type": "Hard"}) == {"status": "Rejected"}
    assert await central.command("GetLocalListVersion", {}) == {"listVersion": -1}
    assert await central.command("GetConfiguration", {}) == {}
    with pytest.raises(Exception, match="InternalError"):
        await central.command("ClearCache", {})
    await run_script(hand, "expect Reset Rejected; expect ClearCache InternalError")
    assert "-> ClearCache ! InternalError This charger was told to refuse." in lines


async def test_anything_is_said(place: Callable[..., Any]) -> None:
    central, hand, _ = await at_hand(place)
    await run_script(
        hand, """event TamperDetectionActivated the lid; data org.example Hello '{"a":1}'; say Heartbeat; heartbeat; boot; reading 2"""
    )
    await run_script(hand, "expect SecurityEventNotification; expect DataTransfer Accepted; expect MeterValues; settled")
    assert central.of("SecurityEventNotification", techInfo="the lid")
    assert central.of("DataTransfer", messageId="Hello", data='{"a":1}')
    assert (len(central.of("Heartbeat")), len(central.of("BootNotification"))) == (2, 2)
    assert central.of("MeterValues", connectorId=2)


async def test_it_is_made_otherwise(place: Callable[..., Any]) -> None:
    _, hand, lines = await at_hand(place)
    await run_script(hand, "config LightIntensity = 7; config NumberOfConnectors; cable fixed; meter signed")
    await run_script(hand, "firmware download-failed; upload UploadFailed; config")
    machine = hand.machine16
    assert (machine.configured("LightIntensity"), machine.cable, machine.meter_signs) == ("7", "fixed", True)
    assert (machine.updates.outcome, machine.uploads.outcome) == ("DownloadFailed", "UploadFailed")
    assert lines[0] == "   NumberOfConnectors = 2"
    assert "   AuthorizationKey = ***" in lines


async def test_offline_and_faults(place: Callable[..., Any]) -> None:
    central, hand, _ = await at_hand(place)
    await run_script(
        hand, "fault 1 GroundFailure; expect StatusNotification Faulted; clear 1; offline; start ABC 2; online; expect StartTransaction"
    )
    assert central.of("StatusNotification", connectorId=1, errorCode="GroundFailure")
    assert central.lines == 2
    assert hand.charger.session(2).tag == "ABC"


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("dance", "There is no command 'dance'"),
        ("plug x", "It is written: plug [N] [SOC%]"),
        ("plug 9", "has no EVSE 9"),
        ("tap", "It is written: tap TAG [N]"),
        ("cable loose", "choose one of detachable, fixed, stuck"),
        ("config Nonsense=1", "Nonsense"),
        ("config HeartbeatInterval=x", "is no value of HeartbeatInterval"),
        ("say Heartbeat {", "no JSON"),
        ("until Charging 2", "never became Charging"),
        ("expect Reset", "never had Reset"),
        ("say 'X", "No closing quotation"),
    ],
)
async def test_what_cannot_be_done_says_why(place: Callable[..., Any], script: str, words: str) -> None:
    _, hand, _ = await at_hand(place)
    hand.patience_s = 0.01
    with pytest.raises(BadScript) as caught:
        await run_script(hand, script)
    assert words in str(caught.value)


async def test_what_only_16_does_is_said_of_another_version(place: Callable[..., Any]) -> None:
    _, hand, _ = await at_hand(place, "ocpp2.0.1")
    await run_script(hand, "plug; tap ABC; unplug; status")
    with pytest.raises(BadScript, match=r"ocpp1\.6"):
        await run_script(hand, "event TamperDetectionActivated")


async def test_a_password_is_not_shown(place: Callable[..., Any]) -> None:
    central, _, lines = await at_hand(place)
    await central.command("ChangeConfiguration", {"key": "AuthorizationKey", "value": "secret-password-1"})
    assert "secret-password-1" not in "\n".join(lines)
    assert '<- ChangeConfiguration {"key":"AuthorizationKey","value":"***"}' in lines


async def simulate(*words: str, typed: str = "") -> tuple[int, str, str]:
    """``voltaro simulate`` with something typed: exit code, standard output, standard error."""
    command = (sys.executable, "-m", "voltaro", "simulate", *words)
    process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, stderr=PIPE)
    async with asyncio.timeout(60):
        output, errors = await process.communicate(typed.encode())
    assert process.returncode is not None
    return process.returncode, output.decode(), errors.decode()


async def test_scripts_are_done_from_the_command_line_and_the_keyboard(tmp_path: Path) -> None:
    script = tmp_path / "session"
    script.write_text("plug 1\ntap ABC  # it is known\n")
    async with CentralSystem("ocpp1.6") as central:
        where = (central.url, "--identity", "CP7", "--script", str(script), "--do", "unplug 1; settled", "--interactive")
        code, output, errors = await simulate(*where, typed="dance\nevent TamperDetectionActivated\nsettled\n")
        assert code == 0, errors
        actions = [each.action for each in central.heard if each.action not in ("StatusNotification", "BootNotification")]
        assert actions == ["Authorize", "StartTransaction", "StopTransaction", "SecurityEventNotification"]
        assert {each.charger_id for each in central.heard} == {"CP7"}
    assert "-> StartTransaction" in output
    assert "There is no command 'dance'" in errors


async def test_a_script_that_fails_ends_with_1() -> None:
    async with CentralSystem("ocpp1.6") as central:
        code, _, errors = await simulate(central.url, "--do", "until Charging", "--patience-s", "0.2")
    assert (code, "never became Charging" in errors) == (1, True)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--do", "plug", "--chargers", "2"], "By hand there is one charger"),
        (["--do", "plug", "--protocol", "mixed"], "By hand there is one charger"),
        (["--identity", "CP1"], "are for a charger worked by hand"),
    ],
)
def test_what_does_not_go_together_is_said(words: list[str], said: str) -> None:
    result = CliRunner().invoke(main, ["simulate", "ws://127.0.0.1:1/", *words])
    assert (result.exit_code, said in result.output) == (2, True)


async def test_the_time_of_a_charger_by_hand_can_be_bounded() -> None:
    async with CentralSystem("ocpp1.6") as central:
        code, output, _ = await simulate(central.url, "--do", "start ABC; wait 3000", "--duration", "1")
    assert (code, "-> BootNotification" in output) == (0, True)


async def test_it_refuses_thinks_long_floods_and_goes_wrong_when_it_is_told_to(place: Callable[..., Any]) -> None:
    central, hand, _ = await at_hand(place)
    await run_script(hand, "refuse on")
    with pytest.raises(Exception, match="NotSupported"):
        await central.command("ClearCache", {})
    await run_script(hand, "refuse off; clock -3600; flood 3; heartbeat; expect Heartbeat")
    assert await central.command("ClearCache", {}) == {"status": "Accepted"}
    assert len(central.of("Heartbeat")) == 4
    behind = hand.charger.clock.now() - hand.machine16.clock.now()
    assert round(behind.total_seconds()) == 3600
    await run_script(hand, "clock 0; slow 0")
    assert hand.machine16.clock is hand.charger.clock
