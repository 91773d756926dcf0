"""Certificates of a virtual OCPP 1.6 charger: its own, which it asks for, and the roots it is given (whitepaper A02, M03 to M05)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from voltaro.simulator import keys
from voltaro.simulator.outbox import End
from voltaro.simulator.talker import HangUp, Reply
from voltaro.simulator.trust import KeyPair
from voltaro.simulator.v16_configuration import LONGEST_CHAIN, MOST_CERTIFICATES
from voltaro.simulator.v16_station import Station16

CENTRAL, MAKER = "CentralSystemRootCertificate", "ManufacturerRootCertificate"


class Papers:
    """What one charger holds."""

    def __init__(self, station: Station16) -> None:
        self._station = station
        self._asked_with: str | None = None
        """The key of the request that is under way."""
        self.own: KeyPair | None = None
        self.roots: dict[str, list[str]] = {CENTRAL: [], MAKER: []}
        self.hashes = "SHA256"
        """How certificates are named: SHA256, SHA384 or SHA512."""

    def ask(self) -> None:
        """Make a key and have it signed. The certificate comes later, as a command."""
        station = self._station
        self._asked_with, request = keys.make_request(station.serial, station.configured("CpoName") or "Voltaro")

        def done(end: End, answer: Mapping[str, Any]) -> None:
            if end is not End.ANSWERED or answer.get("status") != "Accepted":
                self._asked_with = None

        station.call("SignCertificate", {"csr": request}, done, early=True)

    def signed(self, payload: dict[str, Any]) -> Reply:
        """Kept, and shown from the next dial on; where certificates are shown already, that is at once."""
        station, chain, key = self._station, str(payload["certificateChain"]), self._asked_with
        flaw: str | None = "None was asked for." if key is None else None
        if key is not None:
            now = station.clock.now()
            flaw = "It is too long." if len(chain) > LONGEST_CHAIN else keys.flaw_of_chain(chain, key, station.serial, now)
        if flaw is not None or key is None:
            return Reply({"status": "Rejected"}, lambda: station.security_event("InvalidChargePointCertificate", flaw))
        self.own, self._asked_with = KeyPair(key, chain), None

        def show() -> None:
            if station.security_profile == 3 and station.online:
                station.hang_up = HangUp.POLITELY

        return Reply({"status": "Accepted"}, show)

    def install(self, payload: dict[str, Any]) -> Reply:
        station, kind, pem = self._station, str(payload["certificateType"]), str(payload["certificate"])
        roots = self.roots[kind]
        flaw = keys.flaw_of_root(pem, station.clock.now())
        if flaw is not None:
            event = "InvalidCentralSystemCertificate" if kind == CENTRAL else "InvalidFirmwareSigningCertificate"
            return Reply({"status": "Rejected"}, lambda: station.security_event(event, flaw))
        if sum(map(len, self.roots.values())) >= MOST_CERTIFICATES and pem not in roots:
            return Reply({"status": "Failed"})
        if pem not in roots:
            roots.append(pem)
        return Reply({"status": "Accepted"})

    def ids(self, payload: dict[str, Any]) -> Reply:
        found = [keys.hash_data(pem, self.hashes) for pem in self.roots[str(payload["certificateType"])]]
        return Reply({"status": "Accepted", "certificateHashData": found} if found else {"status": "NotFound"})

    def delete(self, payload: dict[str, Any]) -> Reply:
        """By the hash data in any of the algorithms. The last root by which the open line is trusted stays."""
        wanted = payload["certificateHashData"]
        algorithm = str(wanted["hashAlgorithm"])
        for kind, roots in self.roots.items():
            for pem in roots:
                if keys.hash_data(pem, algorithm) == wanted:
                    if kind == CENTRAL and len(roots) == 1 and self._station.security_profile >= 2:
                        return Reply({"status": "Failed"})
                    roots.remove(pem)
                    return Reply({"status": "Accepted"})
        return Reply({"status": "NotFound"})
