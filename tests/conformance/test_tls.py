"""TLS at the chargers' door: versions, suites, certificates both ways, and what becomes of those that do not hold."""

from __future__ import annotations

import asyncio
import shutil
import ssl
import warnings
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import pytest
from websockets.exceptions import InvalidStatus

from tests.conformance.authority import HERE, Authority, Pair, files
from tests.gateway.fakes import House, RawClient, call, credential, receive
from voltaro.config import TlsPreset
from voltaro.domain.fact import EventHappened, SecurityEventReported
from voltaro.gateway.limits import Limits
from voltaro.gateway.tls import BadTls, Tls, make_context

SUITES = ["ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384", "AES128-GCM-SHA256", "AES256-GCM-SHA384"]


def _of_tls(house: House) -> list[EventHappened]:
    return [fact for fact in house.calls.noted if isinstance(fact, EventHappened) and fact.type == "security.refused"]


def _of_charger(house: House) -> list[SecurityEventReported]:
    return [fact for fact in house.calls.noted if isinstance(fact, SecurityEventReported)]


@pytest.mark.conformance("VT-T09", "TR-27", "TR-28", "TR-29", "TC_086")
async def test_each_of_the_four_suites_is_served_without_compression(authority: Authority, server_pairs: list[Pair]) -> None:
    async with House(credential(), tls=Tls(files(server_pairs))) as house:
        for number, suite in enumerate(SUITES, 1):
            context = authority.trusting()
            context.maximum_version = ssl.TLSVersion.TLSv1_2
            context.set_ciphers(suite)
            async with house.connect_tls(context) as client:
                await client.send(call("1"))
                assert await receive(client) == [3, "1", {}]
                connection = client.transport.get_extra_info("ssl_object")
                assert (connection.cipher()[0], connection.version(), connection.compression()) == (suite, "TLSv1.2", None)
                link = (await house.line(number)).link
                assert (link.secure, link.tls_version, link.cipher) == (True, "TLSv1.2", suite)


@pytest.mark.conformance("VT-T09", "TR-27", "TC_086")
async def test_older_tls_is_refused_counted_and_recorded_without_a_flood(authority: Authority, server_pairs: list[Pair]) -> None:
    async with House(credential(), tls=Tls(files(server_pairs))) as house:
        for _ in range(10):
            context = authority.trusting()
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)  # it is old: that is what is tried
                context.minimum_version = ssl.TLSVersion.TLSv1
                context.maximum_version = ssl.TLSVersion.TLSv1_1
            context.set_ciphers("ALL:@SECLEVEL=0")
            with pytest.raises(OSError):
                await house.connect_tls(context)
        await house.calls.until(lambda: _of_tls(house))
        told = _of_tls(house)
        assert {fact.data["type"] for fact in told} == {"InvalidTLSVersion"}
        assert len(told) <= 4
        assert house.calls.looked_up == []


@pytest.mark.conformance("TR-28")
async def test_the_modern_preset_has_forward_secrecy_alone(authority: Authority, server_pairs: list[Pair]) -> None:
    async with House(credential(), tls=Tls(files(server_pairs, preset=TlsPreset.MODERN))) as house:
        static = authority.trusting()
        static.maximum_version = ssl.TLSVersion.TLSv1_2
        static.set_ciphers("AES128-GCM-SHA256")
        with pytest.raises(OSError):
            await house.connect_tls(static)
        await house.calls.until(lambda: _of_tls(house))
        assert _of_tls(house)[0].data["type"] == "InvalidTLSCipherSuite"
        async with house.connect_tls(authority.trusting()) as client:
            assert client.transport.get_extra_info("ssl_object").version() == "TLSv1.3"


@pytest.mark.conformance("TR-30", "TR-20", "TR-32", "TC_087")
async def test_a_charger_of_profile_3_is_known_by_its_certificate(
    authority: Authority, server_pairs: list[Pair], charger_pair: Pair
) -> None:
    tls = Tls(files(server_pairs, authority))
    async with (
        House(credential(security_profile=3), tls=tls, cpo_name="Acme", now=datetime.now(UTC)) as house,
        house.connect_tls(authority.trusting(charger_pair)),
    ):
        certificate = (await house.line()).link.certificate
        assert certificate is not None
        assert (certificate.common_name, certificate.organisation) == ("CP1", "Acme")
        (entry,) = house.calls.entries
        assert entry.certificate == certificate, "it is enrolled with this one"


@pytest.mark.conformance("VT-T10", "TR-30", "TR-32", "TC_087")
@pytest.mark.parametrize(
    ("name", "organisation", "why"), [("CP2", "Acme", "'CP2' is not this charger's"), ("CP1", "Other", "organisation")]
)
async def test_a_certificate_of_another_station_or_operator_is_refused_and_recorded(
    authority: Authority, server_pairs: list[Pair], name: str, organisation: str, why: str
) -> None:
    other = authority.issue("other", name, organisation=organisation)
    tls = Tls(files(server_pairs, authority))
    async with House(credential(security_profile=3), tls=tls, cpo_name="Acme", now=datetime.now(UTC)) as house:
        for _ in range(10):
            with pytest.raises(InvalidStatus) as refused:
                await house.connect_tls(authority.trusting(other))
            assert refused.value.response.status_code == 401
        told = _of_charger(house)
        assert {(fact.charger_id, fact.type) for fact in told} == {("CP1", "InvalidChargePointCertificate")}
        assert why in (told[0].tech_info or "")
        assert len(told) <= 4
        assert house.calls.up == []


@pytest.mark.conformance("TR-30", "TC_087")
async def test_a_certificate_that_has_expired_or_is_nobodys_ends_the_handshake(
    authority: Authority, stranger_authority: Authority, server_pairs: list[Pair]
) -> None:
    async with House(credential(security_profile=3), tls=Tls(files(server_pairs, authority))) as house:
        for issuer, days, why in ((authority, -1, "expired"), (stranger_authority, 90, "issuer")):
            shown = issuer.issue("bad", "CP1", days=days)
            before = len(_of_tls(house))
            context = authority.trusting(shown)
            context.maximum_version = ssl.TLSVersion.TLSv1_2
            with pytest.raises(OSError):
                await house.connect_tls(context)
            await house.calls.until(lambda before=before: len(_of_tls(house)) > before)
            assert _of_tls(house)[-1].data["type"] == "InvalidChargePointCertificate"
            assert why in _of_tls(house)[-1].data["reason"]
        assert house.calls.looked_up == []


@pytest.mark.conformance("TR-30", "TR-21")
async def test_without_a_certificate_profile_3_is_refused_whatever_password_comes(authority: Authority, server_pairs: list[Pair]) -> None:
    known = credential(password=b"right", security_profile=3)
    async with House(known, tls=Tls(files(server_pairs, authority))) as house:
        for headers in ({}, {"Authorization": "Basic Q1AxOnJpZ2h0"}):
            with pytest.raises(InvalidStatus) as refused:
                await house.connect_tls(authority.trusting(), additional_headers=headers)
            assert refused.value.response.status_code == 401


@pytest.mark.conformance("TR-20", "TR-21", "VT-T11")
async def test_a_charger_of_profile_2_is_served_over_tls_and_refused_without(authority: Authority, server_pairs: list[Pair]) -> None:
    known = credential(password=b"right", security_profile=2)
    basic = {"Authorization": "Basic Q1AxOnJpZ2h0"}
    async with House(known, tls=Tls(files(server_pairs))) as house:
        async with house.connect_tls(authority.trusting(), additional_headers=basic):
            await house.line()
        with pytest.raises(InvalidStatus) as refused:
            await house.connect(additional_headers=basic)
        assert refused.value.response.status_code == 401
        (told,) = _of_charger(house)
        assert (told.charger_id, told.type) == ("CP1", "FailedToAuthenticateAtCentralSystem")
        assert "without TLS" in (told.tech_info or "")


@pytest.mark.conformance("TR-33")
async def test_the_certificate_that_a_trusted_proxy_hands_on_counts(authority: Authority, charger_pair: Pair) -> None:
    pem = quote(charger_pair.certificate.read_text(), safe="")
    spellings = {
        "nginx": pem,
        "Envoy": f'By=spiffe://x;Hash={"0" * 64};Cert="{pem}";Subject="CN=CP1,O=Acme"',
        "after another's": f'Hash={"1" * 64};Subject="O=Acme,CN=CP9",Hash={"2" * 64};Subject="O=Acme,CN=CP1"',
    }
    async with House(credential(security_profile=3), trusted_proxies=("127.0.0.1",), cpo_name="Acme", now=datetime.now(UTC)) as house:
        for number, told in enumerate(spellings.values(), 1):
            headers = {"X-Forwarded-Proto": "https", "X-Forwarded-Client-Cert": told}
            async with house.connect(additional_headers=headers):
                link = (await house.line(number)).link
                assert link.secure
                assert link.is_forwarded
                assert link.certificate is not None
                assert link.certificate.common_name == "CP1"
        for headers in (
            {"X-Forwarded-Client-Cert": pem},
            {"X-Forwarded-Proto": "http", "X-Forwarded-Client-Cert": pem},
            {"X-Forwarded-Proto": "https"},
            {"X-Forwarded-Proto": "https", "X-Forwarded-Client-Cert": f'Hash={"1" * 64};Subject="O=Acme,CN=CP1",Subject="CN=CP1"'},
        ):
            with pytest.raises(InvalidStatus):
                await house.connect(additional_headers=headers)


@pytest.mark.conformance("TR-33")
async def test_a_certificate_that_anybody_else_claims_is_not_believed(charger_pair: Pair) -> None:
    async with House(credential(security_profile=3)) as house:
        headers = {"X-Forwarded-Proto": "https", "X-Forwarded-Client-Cert": quote(charger_pair.certificate.read_text(), safe="")}
        with pytest.raises(InvalidStatus) as refused:
            await house.connect(additional_headers=headers)
        assert refused.value.response.status_code == 401


async def test_certificates_that_are_renewed_come_into_use_while_lines_stay(
    authority: Authority, server_pairs: list[Pair], tmp_path: Path
) -> None:
    mine = Pair(tmp_path / "mine.pem", tmp_path / "mine.key")
    shutil.copy(server_pairs[0].certificate, mine.certificate)
    shutil.copy(server_pairs[0].key, mine.key)
    tls = Tls(files([mine]))
    async with House(credential(), credential("CP2"), credential("CP3"), tls=tls) as house, house.connect_tls(authority.trusting()) as old:
        assert not tls.look(), "nothing has changed"
        mine.key.write_text("broken")
        assert not tls.look(), "what cannot be used is not taken"
        async with house.connect_tls(authority.trusting(), "/CP2"):
            await house.line(2)
        renewed = authority.issue("renewed", "localhost", names=HERE)
        shutil.copy(renewed.certificate, mine.certificate)
        shutil.copy(renewed.key, mine.key)
        assert tls.look()
        async with house.connect_tls(authority.trusting(), "/CP3") as new:
            shown = [client.transport.get_extra_info("ssl_object").getpeercert()["serialNumber"] for client in (old, new)]
            assert shown[0] != shown[1]
        await old.send(call("1"))
        assert await receive(old) == [3, "1", {}]


async def test_a_tls_handshake_that_does_not_go_on_is_cut(server_pairs: list[Pair]) -> None:
    async with House(credential(), tls=Tls(files(server_pairs))) as house, await RawClient.open(house.tls_port) as client:
        client.send(b"\x16\x03\x01\x02\x00")
        async with asyncio.timeout(30):
            while not house.gateway.wires:
                await asyncio.sleep(0)
        house.pass_time(9)
        assert house.gateway.wires == 1
        house.pass_time(2)
        assert await client.rest() == b""
        async with asyncio.timeout(30):
            while house.gateway.wires:
                await asyncio.sleep(0)


async def test_tls_handshakes_are_begun_at_a_pace(server_pairs: list[Pair]) -> None:
    limits = Limits(tls_burst=1, tls_per_second=0.5, tls_wait_s=2.0)
    async with House(credential(), tls=Tls(files(server_pairs)), limits=limits) as house, AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(await RawClient.open(house.tls_port)) for _ in range(3)]
        assert await clients[2].rest() == b"", "one is served, one waits, and there is no room for a third"
        assert house.gateway.wires == 2


def test_files_that_cannot_be_used_are_named_with_what_to_do(authority: Authority, server_pairs: list[Pair], tmp_path: Path) -> None:
    ec, rsa = server_pairs
    empty = tmp_path / "empty.pem"
    empty.write_text("")
    for pairs, said in (
        ([Pair(tmp_path / "none.pem", ec.key)], "none.pem cannot be read"),
        ([Pair(ec.certificate, tmp_path / "none.key")], "none.key cannot be read"),
        ([Pair(ec.certificate, authority.own.key)], "is not the key of"),
        ([Pair(empty, ec.key)], "must be PEM"),
    ):
        with pytest.raises(BadTls, match=said):
            make_context(files(pairs))
    with pytest.raises(BadTls, match="tls_client_ca"):
        make_context(replace(files([rsa]), client_ca=empty))
