"""What a charger of OCPP 1.6 says to our remote control (sections 5.11, 5.12)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ocpp.v16.enums import Action

from voltaro.ocpp.dialect import Handlers, after
from voltaro.ports import Station


class Remote(Handlers):
    """What follows from the answers to remote starts and stops, whoever asked for them."""

    @after(Action.remote_stop_transaction)
    def after_remote_stop(self, station: Station, asked: Mapping[str, Any], answered: Mapping[str, Any] | None) -> None:
        """A charger rejects the stop of a transaction that it does not know; a session that runs here is in doubt then."""
        if answered is not None and answered.get("status") == "Rejected":
            station.doubt_session(str(asked["transactionId"]))
