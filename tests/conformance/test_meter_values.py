"""Meter values of every kind: kept as sent, counted as what they are, flagged where they are an estimate."""

from __future__ import annotations

import asyncio
import json
import urllib.request
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from tests.conformance.charger import Voice, booted, charger, meter, plugged, reading, say, sessions, start, status, stop, tag
from tests.looking import until
from tests.running import ADMIN_TOKEN, RunningServer, running_server

AT = "2026-06-01T10:00:00Z"
END = "2026-06-01T11:00:00Z"
POWER = "Power.Active.Import"
INTERVAL = "Energy.Active.Import.Interval"

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(module_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningServer]:
    flags = ("--unknown-chargers", "accept", "--settle-s", "0.3")
    async with running_server(module_database_url, tmp_path_factory.mktemp("meter"), *flags) as running:
        await tag(running, "TAG1")
        yield running


def at(minute: int) -> str:
    return f"2026-06-01T10:{minute:02}:00Z"


def value(text: str, measurand: str = "Energy.Active.Import.Register", **more: str) -> dict[str, str]:
    return {"value": text, "measurand": measurand, **more}


async def charged(server: RunningServer, identity: str, readings: list[dict[str, Any]], *, start_wh: int, stop_wh: int) -> dict[str, Any]:
    """A whole session of one reading a message; the session as it is shown at last."""
    async with plugged(server, identity) as cp:
        await booted(cp)
        transaction_id = await start(cp, AT, meter=start_wh)
        for one in readings:
            await meter(cp, transaction_id, one)
        await stop(cp, transaction_id, END, stop_wh)
    [session] = await sessions(server, identity)
    return session


async def values(server: RunningServer, session: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await server.api("GET", f"/api/v1/sessions/{session['id']}/meter-values?limit=200"))["items"]
    return found


@pytest.mark.conformance("VT-M01", "X-18")
async def test_what_is_not_said_has_its_defaults(server: RunningServer, identity: str) -> None:
    session = await charged(server, identity, [reading(at(10), "1234")], start_wh=1000, stop_wh=1300)
    [shown] = await values(server, session)
    names = ("value", "measurand", "unit", "context", "location", "phase", "signed")
    assert [shown[name] for name in names] == [
        "1234", "Energy.Active.Import.Register", "Wh", "Sample.Periodic", "Outlet", None, False,
    ]  # fmt: skip


@pytest.mark.conformance("X-16", "16-14", "X-19")
async def test_every_measurand_phase_context_place_and_unit_is_kept_as_sent(server: RunningServer, identity: str) -> None:
    sent = [
        value("12.5", "Current.Import", phase="L1", unit="A"),
        value("-3", "Power.Reactive.Import", unit="kvar", location="Inlet"),
        value("21.0", "Temperature", unit="Celcius", location="Body"),
        value("22.0", "Temperature", unit="Celsius", location="Cable"),
        value("398.2", "Voltage", phase="L1-L2", unit="V", context="Sample.Clock"),
        value("1.10", context="Transaction.Begin", unit="kWh"),
        value("50", "SoC", unit="Percent", location="EV"),
        value("1500", context="Interruption.End", format="Raw"),
    ]
    session = await charged(server, identity, [reading(at(10), *sent)], start_wh=1000, stop_wh=2000)
    names = ("value", "measurand", "unit", "context", "phase", "location")
    stored = {tuple(one[name] for name in names) for one in await values(server, session)}
    defaults = {"unit": "Wh", "context": "Sample.Periodic", "phase": None, "location": "Outlet"}
    assert stored == {tuple((defaults | one)[name] for name in names) for one in sent}
    assert session["energy_wh"] == 1000


@pytest.mark.conformance("VT-M02", "X-17")
async def test_intervals_are_summed(server: RunningServer, identity: str) -> None:
    sent = [reading(at(10 * number), value("200", INTERVAL)) for number in (1, 2, 3)]
    session = await charged(server, identity, [*sent, sent[-1]], start_wh=0, stop_wh=0)
    assert (session["energy_wh"], session["flags"]) == (600, [])


@pytest.mark.conformance("VT-M03", "X-18")
async def test_multipliers_are_applied(server: RunningServer, identity: str) -> None:
    def event(kind: str, seq_no: int, register: float) -> dict[str, Any]:
        sampled = {"value": register, "unitOfMeasure": {"unit": "Wh", "multiplier": 3}}
        return {
            "eventType": kind, "timestamp": at(seq_no), "triggerReason": "MeterValuePeriodic", "seqNo": seq_no,
            "transactionInfo": {"transactionId": "tx"}, "evse": {"id": 1, "connectorId": 1},
            "meterValue": [{"timestamp": at(seq_no), "sampledValue": [sampled]}],
        }  # fmt: skip

    async with plugged(server, identity, "ocpp2.0.1") as cp:
        await say(cp, "BootNotification", {"reason": "PowerUp", "chargingStation": {"vendorName": "V", "model": "M"}})
        await say(cp, "TransactionEvent", event("Started", 0, 0))
        await say(cp, "TransactionEvent", event("Ended", 1, 12))
    [session] = await sessions(server, identity)
    assert session["energy_wh"] == 12_000


@pytest.mark.conformance("VT-M04", "X-16", "Q-47")
async def test_a_register_that_falls_is_split_and_summed_also_within_one_message(server: RunningServer, identity: str) -> None:
    async with plugged(server, identity) as cp:
        await booted(cp)
        transaction_id = await start(cp, AT, meter=1000)
        await meter(cp, transaction_id, *(reading(at(10 * number), register) for number, register in enumerate(("1500", "20", "70"), 1)))
        [running] = await until(lambda: sessions(server, identity), lambda seen: seen[0]["energy_wh"] > 0)
        assert (running["energy_wh"], running["flags"]) == (550, ["meter_reset"])
        await stop(cp, transaction_id, END, 70)
    [session] = await sessions(server, identity)
    assert (session["energy_wh"], session["flags"]) == (550, ["meter_reset"])


@pytest.mark.conformance("Q-47")
@pytest.mark.parametrize("stop_wh", [-1, 0, 900])
async def test_a_stop_that_cannot_be_takes_no_energy_away(server: RunningServer, identity: str, stop_wh: int) -> None:
    session = await charged(server, identity, [reading(at(10), "1500"), reading(at(20), "1800")], start_wh=1000, stop_wh=stop_wh)
    assert (session["energy_wh"], session["meter_start_wh"], session["meter_stop_wh"]) == (800, 1000, stop_wh)
    assert "negative_energy" in session["flags"]


@pytest.mark.conformance("Q-47")
async def test_a_start_at_0_of_a_meter_that_stands_elsewhere_is_none(server: RunningServer, identity: str) -> None:
    session = await charged(server, identity, [reading(at(1), "7000000"), reading(at(20), "7000800")], start_wh=0, stop_wh=7_001_000)
    assert (session["energy_wh"], session["flags"]) == (1000, ["start_implausible"])


@pytest.mark.conformance("Q-52")
async def test_a_session_that_begins_at_0_begins_at_its_first_reading_where_an_operator_says_so(
    server: RunningServer, identity: str
) -> None:
    await server.api("POST", "/api/v1/chargers", {"id": identity, "security_profile": 0})
    await server.api("PATCH", f"/api/v1/chargers/{identity}", {"quirks": {"begin_at_first_reading": True}})
    sent = [reading(at(1), "0"), reading(at(5), "7000"), reading(at(20), "7800")]
    session = await charged(server, identity, sent, start_wh=0, stop_wh=8_000)
    assert (session["energy_wh"], session["meter_start_wh"]) == (1000, 0)
    assert session["flags"] == ["begins_at_first_reading", "start_implausible"]
    other = f"{identity}-2"  # without the switch the same figures are a session of 8 kWh
    assert (await charged(server, other, sent, start_wh=0, stop_wh=8_000))["energy_wh"] == 8_000


@pytest.mark.conformance("X-16")
@pytest.mark.parametrize("registers", [("0", "400", "900"), ("500100", "100", "500400", "400")])
async def test_registers_of_the_session_and_of_the_meter_are_told_apart(
    server: RunningServer, identity: str, registers: tuple[str, ...]
) -> None:
    sent = [reading(at(number), register) for number, register in enumerate(registers, 1)]
    session = await charged(server, identity, sent, start_wh=500_000, stop_wh=501_000)
    assert (session["energy_wh"], session["flags"]) == (1000, ["registers_mixed"])


@pytest.mark.conformance("VT-M05", "Q-63")
@pytest.mark.parametrize("names", [("L1", "L2", "L3"), ("L1-N", "L2-N", "L3-N")])
async def test_phases_alone_make_a_total_that_says_so(server: RunningServer, identity: str, names: tuple[str, ...]) -> None:
    async with plugged(server, identity) as cp:
        await booted(cp)
        transaction_id = await start(cp, AT, meter=0)
        sent = [value("100", phase=name) for name in names] + [value("2000", POWER, phase=name) for name in names]
        await meter(cp, transaction_id, reading(at(10), *sent))
        [running] = await until(lambda: sessions(server, identity), lambda seen: seen[0]["energy_wh"] > 0)
        assert (running["energy_wh"], running["power_w"], running["flags"]) == (300, 6000, ["phases_summed"])
        assert len(await values(server, running)) == 6


@pytest.mark.conformance("Q-65", "X-20", "VT-M06", "X-19")
async def test_a_boundary_that_is_told_again_and_a_batch_that_comes_twice_count_once(server: RunningServer, identity: str) -> None:
    begin = value("1000", context="Transaction.Begin")
    async with plugged(server, identity) as cp:
        await booted(cp)
        transaction_id = await start(cp, AT, meter=1000)
        for number, register in enumerate(("1500", "1500", "2000"), 1):
            await meter(cp, transaction_id, reading(at(10 * number), value(register), begin))
            await meter(cp, transaction_id, reading(at(10 * number), value(register), begin))
        [running] = await until(lambda: sessions(server, identity), lambda seen: seen[0]["energy_wh"] == 1000)
        assert (running["flags"], len(await values(server, running))) == ([], 6)


@pytest.mark.conformance("Q-67")
async def test_where_there_is_only_power_energy_is_estimated_and_flagged(server: RunningServer, identity: str) -> None:
    async with plugged(server, identity) as cp:
        await booted(cp)
        transaction_id = await start(cp, AT, meter=0)
        for minute in (0, 20, 40):
            await meter(cp, transaction_id, reading(at(minute), value("6", POWER, unit="kW")))
        [running] = await until(lambda: sessions(server, identity), lambda seen: seen[0]["energy_wh"] == 4000)
        assert running["flags"] == ["energy_estimated"]
        await stop(cp, transaction_id, END, 0)
    [session] = await sessions(server, identity)
    assert (session["energy_wh"], session["flags"]) == (4000, ["energy_estimated"])


@pytest.mark.conformance("Q-68")
async def test_without_any_sample_start_and_stop_count(server: RunningServer, identity: str) -> None:
    session = await charged(server, identity, [], start_wh=1000, stop_wh=4000)
    assert (session["energy_wh"], session["flags"]) == (3000, [])


@pytest.mark.conformance("X-10", "X-17")
async def test_what_comes_with_the_stop_counts_with_it(server: RunningServer, identity: str) -> None:
    async with plugged(server, identity) as cp:
        await booted(cp)
        transaction_id = await start(cp, AT, meter=0)
        data = [reading(at(10 * number), value("250", INTERVAL, context="Sample.Periodic")) for number in (1, 2)]
        await stop(cp, transaction_id, END, 0, transactionData=data)
    [session] = await sessions(server, identity)
    assert session["energy_wh"] == 500
    assert len(await values(server, session)) == 2


async def fetched(server: RunningServer, path: str, accept: str = "*/*") -> bytes:
    """The bytes of an answer."""
    request = urllib.request.Request(server.http_url + path, headers={"Authorization": f"Bearer {ADMIN_TOKEN}", "Accept": accept})

    def read() -> bytes:
        with urllib.request.urlopen(request, timeout=30) as answered:
            found: bytes = answered.read()
            return found

    return await asyncio.to_thread(read)


SIGNED = (
    'OCMF|{"FV":"1.0","GI":"ÄÖ Meter ✓","GS":"  two  spaces ","PG":"T1","RD":[{"TM":"2026-06-01T10:00:00,000+0000 S","RV":1.0}]}|'
    '{"SA":"ECDSA-secp256r1-SHA256","SD":"' + "ab12" * 8000 + '"} \n\t'
)


@pytest.mark.conformance("VT-X23", "X-21")
async def test_signed_values_are_given_out_byte_for_byte(server: RunningServer, identity: str) -> None:
    assert len(SIGNED.encode()) > 32_000
    first = value(SIGNED, context="Transaction.Begin", format="SignedData")
    last = value("00ffAA==", context="Transaction.End", format="SignedData")
    async with plugged(server, identity) as cp:
        await booted(cp)
        transaction_id = await start(cp, AT)
        await meter(cp, transaction_id, reading(AT, first))
        await stop(cp, transaction_id, END, 3000, transactionData=[reading(END, last, value("3000"))])
    [session] = await sessions(server, identity)
    assert session["energy_wh"] == 2000
    path = f"/api/v1/sessions/{session['id']}"
    signed = [one["value"] for one in await values(server, session) if one["signed"]]
    assert signed == [SIGNED, "00ffAA=="]
    lines = (await fetched(server, f"{path}/meter-values", "application/x-ndjson")).decode().split("\n")
    assert [one["value"] for one in map(json.loads, filter(None, lines)) if one["signed"]] == signed
    listed = (await server.api("GET", f"{path}/signed-values"))["items"]
    assert [(one["context"], one["format"]) for one in listed] == [("Transaction.Begin", "OCMF"), ("Transaction.End", None)]
    assert await fetched(server, listed[0]["data_url"]) == SIGNED.encode()


@pytest.mark.conformance("X-21")
async def test_signed_values_of_2_keep_their_key_and_method(server: RunningServer, identity: str) -> None:
    signed = {
        "signedMeterData": "T0NNRnx7fQ==",
        "signingMethod": "ECDSA-secp256r1-SHA256",
        "encodingMethod": "OCMF",
        "publicKey": "MFkwEw==",
    }
    sampled = {"value": 1000.0, "context": "Transaction.Begin", "signedMeterValue": signed}
    event = {
        "eventType": "Started", "timestamp": AT, "triggerReason": "Authorized", "seqNo": 0, "transactionInfo": {"transactionId": "tx"},
        "evse": {"id": 1, "connectorId": 1}, "meterValue": [{"timestamp": AT, "sampledValue": [sampled]}],
    }  # fmt: skip
    async with plugged(server, identity, "ocpp2.0.1") as cp:
        await say(cp, "BootNotification", {"reason": "PowerUp", "chargingStation": {"vendorName": "V", "model": "M"}})
        await say(cp, "TransactionEvent", event)
    [session] = await sessions(server, identity)
    [listed] = (await server.api("GET", f"/api/v1/sessions/{session['id']}/signed-values"))["items"]
    names = ("data", "signing_method", "encoding_method", "public_key", "format")
    assert [listed[name] for name in names] == ["T0NNRnx7fQ==", "ECDSA-secp256r1-SHA256", "OCMF", "MFkwEw==", "OCMF"]


# --- the charger's clock ---


async def beat(cp: Voice, transaction_id: int, behind: timedelta, count: int) -> None:
    """A reading as of now, by a clock that is ``behind``."""
    now = datetime.now(UTC) - behind
    await meter(cp, transaction_id, reading(now.isoformat(), str(1000 + count)))


@pytest.mark.conformance("TR-71", "Q-33")
@pytest.mark.parametrize("behind", [timedelta(hours=2), timedelta(hours=-1), timedelta(0)])
async def test_how_far_a_clock_is_off_is_measured_and_told(server: RunningServer, identity: str, behind: timedelta) -> None:
    counts = iter(range(10_000))
    async with plugged(server, identity) as cp:
        await booted(cp)
        for number in (0, 1):
            await status(cp, number, "Charging")
        transaction_id = await start(cp, (datetime.now(UTC) - behind).isoformat())

        async def measured() -> Any:
            await beat(cp, transaction_id, behind, next(counts))
            return (await charger(server, identity))["clock"]

        clock = await until(measured, lambda seen: seen is not None)
        assert abs(clock["offset_s"] - behind.total_seconds()) < 5
        assert clock["is_off"] is (behind != timedelta(0))
        [session] = await sessions(server, identity)
        began = datetime.fromisoformat(session["started_at"])
        assert abs(began - (datetime.now(UTC) - behind)) < timedelta(seconds=60), "its own time is left as it is"
