"""The page about the simulator: what it says can be typed can be typed."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest
from ocpp.v16.enums import Action

from tests.simulator.central import check
from voltaro.simulator import Hand, SimulatedCharger, commands_of, do_command
from voltaro.simulator.verbs import VERBS

PAGE = Path(__file__).parents[2] / "docs" / "simulator.md"
ROWS = [tuple(cell.strip() for cell in line.strip("|").split(" | ")) for line in PAGE.read_text().splitlines() if line.startswith("| ")]
FLOWS = [row for row in ROWS if len(row) == 3 and row[1].startswith("`")]


def typed(cell: str) -> str:
    return cell.removeprefix("`").removesuffix("`")


@pytest.mark.parametrize("row", FLOWS, ids=lambda row: row[0])
async def test_a_flow_is_written_in_words_that_there_are(row: tuple[str, str, str]) -> None:
    _, script, asked = row
    hand = Hand(SimulatedCharger("ws://127.0.0.1:1/", "SIM-1"), lambda line: None)
    for words in commands_of(typed(script)):
        assert words[0] in VERBS
        if words[0] in ("expect", "answer"):
            assert words[1] in set(Action)
        if words[0] in ("answer", "cable", "config", "firmware", "hashes", "meter", "upload"):
            await do_command(hand, words)
    await hand.charger.close()
    for command in re.split(r"; (?=ask )", typed(asked)) if asked.startswith("`ask") else ():
        _, action, *payload = shlex.split(command)
        check("ocpp1.6", 2, action, json.loads(payload[0]) if payload else {})


def test_every_action_that_a_charger_obeys_is_in_some_flow() -> None:
    from voltaro.simulator.v16 import Charger16

    text = PAGE.read_text()
    missing = {action for action in Charger16.commands if action not in text}
    assert missing == {"DeleteCertificate"}, "it needs what GetInstalledCertificateIds has answered"
