"""Where a charger dials: one address, or two of which the security profile chooses, and with which certificates."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass, replace

from voltaro.simulator.line import Address
from voltaro.simulator.station import Station
from voltaro.simulator.trust import Trust


@dataclass(frozen=True, slots=True)
class Route:
    """``secure`` is for security profiles 2 and 3; without one ``first`` is for all. ``trust`` names the files of TLS."""

    first: Address
    secure: Address | None = None
    trust: Trust | None = None

    @property
    def is_fixed(self) -> bool:
        """Whether every dial goes to ``first``, as it is."""
        return self.secure is None and self.trust is None

    async def address(self, station: Station) -> Address:
        """For the next dial. Raises OSError where a file of TLS does not fit."""
        address = self.secure if self.secure is not None and station.security_profile >= 2 else self.first
        if self.trust is None or not address.uri.secure:
            return address
        return replace(address, tls=await asyncio.to_thread(self.trust.context, station.trusted_roots, station.own_certificate))

    async def for_files(self, station: Station) -> ssl.SSLContext | None:
        """Whom to trust when files are fetched and brought; None for the machine's own roots. Raises OSError as above."""
        return None if self.trust is None else await asyncio.to_thread(self.trust.context, station.trusted_roots)
