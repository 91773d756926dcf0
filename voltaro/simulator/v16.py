"""A virtual charger that speaks OCPP 1.6J, and where it finds how it obeys."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ocpp.v16.enums import Action

from voltaro.simulator import v16_core as core
from voltaro.simulator import v16_profiles as profiles
from voltaro.simulator.talker import Reply
from voltaro.simulator.v16_equipped import Equipped16

COMMANDS: dict[str, Callable[[Equipped16, dict[str, Any]], Reply]] = {
    "CancelReservation": lambda charger, payload: charger.reservations.cancel(payload),
    "CertificateSigned": lambda charger, payload: charger.papers.signed(payload),
    "ChangeAvailability": core.change_availability,
    "ChangeConfiguration": core.change_configuration,
    "ClearCache": core.clear_cache,
    "ClearChargingProfile": profiles.clear,
    "DataTransfer": core.data_transfer,
    "DeleteCertificate": lambda charger, payload: charger.papers.delete(payload),
    "ExtendedTriggerMessage": lambda charger, payload: core.trigger(charger, payload, extended=True),
    "GetCompositeSchedule": profiles.composite,
    "GetConfiguration": core.get_configuration,
    "GetDiagnostics": lambda charger, payload: charger.uploads.get_diagnostics(payload),
    "GetInstalledCertificateIds": lambda charger, payload: charger.papers.ids(payload),
    "GetLocalListVersion": lambda charger, payload: charger.local_list.get_version(),
    "GetLog": lambda charger, payload: charger.uploads.get_log(payload),
    "InstallCertificate": lambda charger, payload: charger.papers.install(payload),
    "RemoteStartTransaction": core.remote_start,
    "RemoteStopTransaction": core.remote_stop,
    "ReserveNow": lambda charger, payload: charger.reservations.reserve(payload),
    "Reset": core.reset,
    "SendLocalList": lambda charger, payload: charger.local_list.send(payload),
    "SetChargingProfile": profiles.set_profile,
    "SignedUpdateFirmware": lambda charger, payload: charger.updates.signed_update(payload),
    "TriggerMessage": core.trigger,
    "UnlockConnector": core.unlock,
    "UpdateFirmware": lambda charger, payload: charger.updates.update(payload),
}


class Charger16(Equipped16):
    """The whole charger."""

    protocol = "ocpp1.6"
    known_actions = frozenset(Action)
    malformed = "FormationViolation"
    commands = COMMANDS
