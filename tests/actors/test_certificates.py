"""Certificates of a charger's actor where time and the authority are held by hand."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from actors.certificates import MOST_REQUESTS, PER_SECONDS
from persistence.store import PostgresStore
from tests.actors.clocks import NOON
from tests.actors.house import House
from voltaro.domain.certificate import CertificateDetails, CertificateRequest, CertificateState
from voltaro.ports import CannotSign, Outcome, OutcomeKind

BOOT = {"chargePointVendor": "V", "chargePointModel": "M"}
AVAILABLE = {"connectorId": 0, "errorCode": "NoError", "status": "Available"}
"""Told by a charger by itself, so that nobody asks for it."""


class SlowAuthority:
    """An authority outside: it signs when it is let, or not at all."""

    def __init__(self) -> None:
        self.let = asyncio.Event()
        self.signed = 0
        self.refuses = False

    def read(self, csr: str) -> CertificateRequest:
        return CertificateRequest((csr,), None, "EC", 256, True)

    def describe(self, pem: str) -> CertificateDetails:
        return CertificateDetails(pem, "CP1", "1f", f"f{self.signed}", NOON, NOON + timedelta(days=36_500))

    async def sign(self, csr: str) -> CertificateDetails:
        await self.let.wait()
        if self.refuses:
            raise CannotSign("the contract has ended")
        self.signed += 1
        return self.describe(f"CHAIN {self.signed}")

    async def root(self) -> CertificateDetails:
        return self.describe("ROOT")

    async def is_root(self, hash_data: Mapping[str, Any]) -> bool:
        return False


@pytest.fixture
async def authority() -> SlowAuthority:
    return SlowAuthority()


@pytest.fixture
async def house(store: PostgresStore, authority: SlowAuthority) -> AsyncIterator[House]:
    house = House(store)
    house.fleet._wiring = house.wiring = replace(house.wiring, authority=authority)
    yield house
    await house.tree.stop()


async def states(house: House) -> list[CertificateState]:
    return [known.state for known in await house.store.certificates("CP1")]


async def is_in(house: House, *wanted: CertificateState) -> None:
    async with asyncio.timeout(30):
        while await states(house) != list(wanted):
            await asyncio.sleep(0.001)


@pytest.mark.conformance("16-16")
async def test_a_certificate_that_was_signed_while_the_charger_was_away_is_sent_once_when_it_has_settled(
    house: House, authority: SlowAuthority
) -> None:
    line = await house.charger("CP1")
    assert (await line.say("BootNotification", BOOT))["status"] == "Accepted"
    assert await line.say("SignCertificate", {"csr": "CP1"}) == {"status": "Accepted"}
    house.fleet.line_down(line, 1006, "gone")
    authority.let.set()
    await is_in(house, CertificateState.ISSUED)
    back = await house.line("CP1")
    await back.say("StatusNotification", AVAILABLE)
    assert back.sent.empty()
    house.clock.advance(house.wiring.policy.settle_s)
    while (asked := await back.asked({"status": "Accepted"}))[0] != "CertificateSigned":
        assert asked[0] == "GetConfiguration"
    assert asked[1] == {"certificateChain": "CHAIN 1"}
    await is_in(house, CertificateState.ACCEPTED)
    house.fleet.line_down(back, 1006, "gone")
    again = await house.line("CP1")
    await again.say("StatusNotification", AVAILABLE)
    house.clock.advance(house.wiring.policy.settle_s)
    await house.heard()
    assert again.sent.empty()


async def test_a_certificate_in_hand_outlives_a_crash_and_its_answer_still_counts(house: House, authority: SlowAuthority) -> None:
    authority.let.set()
    line = await house.charger("CP1")
    assert (await line.say("BootNotification", BOOT))["status"] == "Accepted"
    assert await line.say("SignCertificate", {"csr": "CP1"}) == {"status": "Accepted"}
    async with asyncio.timeout(30):
        request, done = await line.sent.get()
    assert request.action == "CertificateSigned"
    fault = await house.fleet.inject("charger/CP1", "crash", 1, None)
    await line.say("Heartbeat", {})
    assert (await house.fleet.fault(fault.id)).crashes == 1  # type: ignore[union-attr]
    done(Outcome(OutcomeKind.RESULT, {"status": "Accepted"}))
    await is_in(house, CertificateState.ACCEPTED)


async def test_what_the_authority_refuses_is_told(house: House, authority: SlowAuthority) -> None:
    authority.refuses = True
    authority.let.set()
    line = await house.charger("CP1")
    assert (await line.say("BootNotification", BOOT))["status"] == "Accepted"
    assert await line.say("SignCertificate", {"csr": "CP1"}) == {"status": "Accepted"}
    await is_in(house, CertificateState.REFUSED)
    assert (await house.store.certificates("CP1"))[0].reason == "the contract has ended"


async def test_after_an_hour_a_charger_may_ask_again(house: House, authority: SlowAuthority) -> None:
    line = await house.charger("CP1")
    assert (await line.say("BootNotification", BOOT))["status"] == "Accepted"
    for _ in range(MOST_REQUESTS):
        assert await line.say("SignCertificate", {"csr": "CP1"}) == {"status": "Accepted"}
    assert await line.say("SignCertificate", {"csr": "CP1"}) == {"status": "Rejected"}
    house.clock.advance(PER_SECONDS)
    assert await line.say("SignCertificate", {"csr": "CP1"}) == {"status": "Accepted"}
