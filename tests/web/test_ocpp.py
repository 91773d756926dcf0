"""The versions of OCPP as the API tells of them."""

from __future__ import annotations

import pytest

from tests.web.site import Site


@pytest.mark.parametrize(
    ("protocol", "ours", "theirs"),
    [
        ("ocpp1.6", "Reset", "StartTransaction"),
        ("ocpp2.0.1", "SetVariables", "TransactionEvent"),
        ("ocpp2.1", "SetDERControl", "NotifyDERAlarm"),
    ],
)
async def test_each_version_says_which_actions_go_in_which_direction(site: Site, protocol: str, ours: str, theirs: str) -> None:
    said = {
        item["action"]: (item["to_charger"], item["from_charger"]) for item in (await site.get(f"/ocpp/{protocol}/actions")).json["items"]
    }
    assert (said[ours], said[theirs], said["DataTransfer"]) == ((True, False), (False, True), (True, True))


async def test_an_action_has_the_schemas_of_both_ways(site: Site) -> None:
    shown = (await site.get("/ocpp/ocpp1.6/actions/StartTransaction")).json
    assert shown["request"]["required"] == ["connectorId", "idTag", "meterStart", "timestamp"]
    assert "transactionId" in shown["response"]["properties"]
    send = (await site.get("/ocpp/ocpp2.1/actions/NotifyPeriodicEventStream")).json
    assert send["response"] is None, "it is a SEND"


@pytest.mark.parametrize("path", ["/ocpp/ocpp9/actions", "/ocpp/ocpp9/actions/Reset", "/ocpp/ocpp1.6/actions/Fly"])
async def test_what_no_version_has_is_404(site: Site, path: str) -> None:
    assert (await site.get(path)).status == 404


async def test_nobody_reads_them_without_signing_in(site: Site) -> None:
    assert (await site.get("/ocpp/ocpp1.6/actions", token=None)).status == 401
