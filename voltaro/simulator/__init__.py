"""Virtual chargers: an independent reading of the protocol, for demos, load and tests."""

from __future__ import annotations

from voltaro.simulator.battery import Battery
from voltaro.simulator.fleet import FleetPlan, SimulatedFleet, run_simulation
from voltaro.simulator.ledger import Acknowledged, Discarded, Ledger, SessionRecord
from voltaro.simulator.report import Progress, Summary, render
from voltaro.simulator.simulated import SimulatedCharger
from voltaro.simulator.station import Happening
from voltaro.simulator.talker import BackOff

__all__ = [
    "Acknowledged",
    "BackOff",
    "Battery",
    "Discarded",
    "FleetPlan",
    "Happening",
    "Ledger",
    "Progress",
    "SessionRecord",
    "SimulatedCharger",
    "SimulatedFleet",
    "Summary",
    "render",
    "run_simulation",
]
