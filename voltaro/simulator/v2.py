"""A virtual charging station that speaks OCPP 2.0.1, and the little that 2.1 adds."""

from __future__ import annotations

from importlib.resources import files

from voltaro.simulator.v2_commands import COMMANDS
from voltaro.simulator.v2_station import Station2

REQUEST = "Request.json"


def _actions(version: str) -> frozenset[str]:
    """The actions of a version, by its schemas: reading their names takes a hundredth of the time of loading the version's classes."""
    named = (schema.name for schema in files("ocpp").joinpath(version, "schemas").iterdir())
    return frozenset(name.removesuffix(REQUEST) for name in named if name.endswith(REQUEST))


class Charger2(Station2):
    """OCPP 2.0.1."""

    protocol = "ocpp2.0.1"
    known_actions = _actions("v201")
    commands = COMMANDS
    resets = {"Immediate": "Immediate", "OnIdle": "OnIdle"}


class Charger21(Charger2):
    """OCPP 2.1: more actions to know, and sessions that survive a reset."""

    protocol = "ocpp2.1"
    known_actions = _actions("v21")
    resets = {**Charger2.resets, "ImmediateAndResume": "ImmediateAndResume"}
    resumed = "TxResumed"
