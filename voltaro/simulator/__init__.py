"""Virtual chargers: an independent reading of the protocol, for demos, load and tests."""

from __future__ import annotations

from voltaro.simulator.battery import Battery
from voltaro.simulator.fleet import FleetPlan, SimulatedFleet, run_simulation
from voltaro.simulator.hand import BadScript, Hand
from voltaro.simulator.ledger import Acknowledged, Discarded, Ledger, SessionRecord
from voltaro.simulator.report import Progress, Summary, render
from voltaro.simulator.script import commands_of, do_command, run_script
from voltaro.simulator.simulated import SimulatedCharger
from voltaro.simulator.station import Happening
from voltaro.simulator.talker import BackOff
from voltaro.simulator.trust import Trust
from voltaro.simulator.verbs import text_of_help

__all__ = [
    "Acknowledged",
    "BackOff",
    "BadScript",
    "Battery",
    "Discarded",
    "FleetPlan",
    "Hand",
    "Happening",
    "Ledger",
    "Progress",
    "SessionRecord",
    "SimulatedCharger",
    "SimulatedFleet",
    "Summary",
    "Trust",
    "commands_of",
    "do_command",
    "render",
    "run_script",
    "run_simulation",
    "text_of_help",
]
