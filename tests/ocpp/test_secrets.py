"""Secrets never leave a frame unmasked."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ocpp.examples import examples
from voltaro.ocpp.secrets import MASK, mask_answer, mask_secrets, secrets_of

CONNECTION = {"ocppCsmsUrl": "wss://x", "basicAuthPassword": "hush"}


def variable(name: str, **members: Any) -> dict[str, Any]:
    return {"component": {"name": "SecurityCtrlr"}, "variable": {"name": name}} | members


@pytest.mark.parametrize(
    "frame",
    [
        [2, "1", "ChangeConfiguration", {"key": "AuthorizationKey", "value": "hush"}],
        [2, "1", "ChangeConfiguration", {"key": "authorizationkey", "value": "hush"}],
        [3, "1", {"configurationKey": [{"key": "AuthorizationKey", "readonly": False, "value": "hush"}]}],
        [2, "1", "ChangeConfiguration", {"key": "VendorWiFiPassword", "value": "hush"}],
        [2, "1", "ChangeConfiguration", {"key": "x-Secret", "value": "hush"}],
        [2, "1", "GetDiagnostics", {"location": "ftp://user:hush@files.example/up"}],
        [2, "1", "GetLog", {"log": {"remoteLocation": "sftp://:hush@[2001:db8::1]:22/x"}}],
        [2, "1", "SignedUpdateFirmware", {"firmware": {"location": "https://u:hush%40@h"}}],
        [2, "1", "SetVariables", {"setVariableData": [variable("BasicAuthPassword", attributeValue="hush")]}],
        [2, "1", "SetVariables", {"setVariableData": [variable("VpnKey", attributeValue="hush")]}],
        [3, "1", {"getVariableResult": [variable("basicAuthPassword", attributeValue="hush")]}],
        [2, "1", "NotifyReport", {"reportData": [variable("BasicAuthPassword", variableAttribute=[{"value": "hush"}])]}],
        [2, "1", "NotifyEvent", {"eventData": [variable("BasicAuthPassword", actualValue="hush")]}],
        [2, "1", "SetNetworkProfile", {"connectionData": CONNECTION}],
        [2, "1", "SetNetworkProfile", {"connectionData": {"vpn": {"server": "v", "key": "hush", "password": "hush"}}}],
        [2, "1", "SetNetworkProfile", {"connectionData": {"apn": {"apn": "a", "apnPassword": "hush"}}}],
    ],
    ids=json.dumps,
)
def test_a_secret_is_masked(frame: list[Any]) -> None:
    masked = mask_secrets(json.dumps(frame))
    assert "hush" not in masked
    assert MASK in masked
    assert json.loads(masked)[:2] == frame[:2]


def test_a_secret_named_with_escapes_is_masked() -> None:
    assert "hush" not in mask_secrets('[2,"1","ChangeConfiguration",{"key":"\\u0041uthorizationKey","value":"hush"}]')


def test_a_broken_frame_that_names_a_secret_is_not_shown() -> None:
    assert "hush" not in mask_secrets('[2,"1","ChangeConfiguration",{"key":"AuthorizationKey","value":"hush"')


def test_other_settings_beside_a_secret_are_shown() -> None:
    frame = [
        2,
        "1",
        "X",
        {"setVariableData": [variable("BasicAuthPassword", attributeValue="hush"), variable("Other", attributeValue="shown")]},
    ]
    assert "shown" in mask_secrets(json.dumps(frame))


@pytest.mark.parametrize("case", examples("from_charger") + examples("to_charger"), ids=str)
def test_a_frame_without_secrets_is_the_same_text(case: Any) -> None:
    text = json.dumps(case.frame)
    assert mask_secrets(text) == text


def test_a_masked_frame_can_still_be_stored() -> None:
    masked = mask_secrets('[2,"1","ChangeConfiguration",{"key":"AuthorizationKey","value":"hush","x":"\\ud800\\u0000"}]')
    assert MASK in masked
    assert "\0" not in masked
    masked.encode()


@given(st.text(st.characters()) | st.text(st.characters()).map(lambda text: f'["password{text}\\u0041"]'))
def test_any_text_can_be_masked(text: str) -> None:
    assert isinstance(mask_secrets(text), str)


@pytest.mark.parametrize(
    ("payload", "answer"),
    [
        ({"key": "AuthorizationKey", "value": 'hu"sh'}, [4, "1", "GenericError", 'cannot store hu"sh', {"value": 'hu"sh'}]),
        ({"key": "AuthorizationKey", "value": "hush"}, [3, "1", {"status": "Rejected", "no hush": ["a hush b"]}]),
        ({"setVariableData": [variable("BasicAuthPassword", attributeValue="hush")]}, [3, "1", {"info": "hush is short"}]),
        ({"connectionData": CONNECTION}, [3, "1", {"info": {"additionalInfo": "hush"}}]),
    ],
    ids=json.dumps,
)
def test_an_answer_that_repeats_the_secret_of_its_call_hides_it(payload: dict[str, Any], answer: list[Any]) -> None:
    for text in (json.dumps(answer), json.dumps(answer).replace("hush", "\\u0068ush")):
        shown = mask_answer(text, payload)
        assert "hu" not in shown
        assert MASK in shown
        assert json.loads(shown)[:2] == answer[:2]


def test_an_answer_to_a_call_without_secrets_is_the_same_text() -> None:
    text = '[3, "1", {"status":"Accepted"}]'
    assert mask_answer(text, {"key": "HeartbeatInterval", "value": "60"}) == text


def test_an_answer_that_is_no_json_is_not_shown_where_its_call_held_a_secret() -> None:
    assert "hush" not in mask_answer('[3,"1",{"x":"hush"', {"key": "AuthorizationKey", "value": "hush"})


def test_a_secret_too_short_to_be_told_apart_is_not_searched_for() -> None:
    assert secrets_of({"key": "AuthorizationKey", "value": "a"}) == frozenset()
    assert secrets_of({"key": "AuthorizationKey", "value": 5}) == frozenset()
