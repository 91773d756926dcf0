"""Who is let in: what a charger shows, against what is stored of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.gateway.fakes import KEY, SALT, credential
from voltaro.domain.profiles import PLAIN, Came, Certificate, Issued, Link
from voltaro.gateway.admission import CERTIFICATE, Admission, admission
from voltaro.gateway.credentials import hash_password
from voltaro.ports import Credential

NOW = datetime(2026, 5, 1, tzinfo=UTC)
TLS = Link(True, "TLSv1.2", "AES128-GCM-SHA256")
HEX_KEY = "00ff3a" + "ab" * 17


def _certificate(name: str = "CP1", organisation: str = "Acme", **changes: Any) -> Certificate:
    day = timedelta(days=1)
    return Certificate(name, organisation, "f" * 64, NOW - day, NOW + day)._replace(**changes)


def _judge(known: Credential | None, password: bytes | None, link: Link = PLAIN, **more: Any) -> Admission:
    return admission(known, password, link, key=KEY, now=NOW, **more)


def _with(certificate: Certificate) -> Link:
    return TLS._replace(certificate=certificate)


def test_an_open_charger_needs_no_password_and_a_wrong_one_is_refused_where_it_has_one() -> None:
    assert _judge(credential(), None).granted
    known = credential(password=b"x", security_profile=0)
    assert _judge(known, None).granted
    assert _judge(known, b"x").granted
    assert not _judge(known, b"y").granted


def test_a_charger_that_never_had_a_password_is_let_in_in_profile_0_alone() -> None:
    assert not _judge(credential(security_profile=1), None).granted
    assert not _judge(credential(security_profile=1), b"").granted


def test_a_charger_of_profile_2_is_let_in_over_tls_alone() -> None:
    known = credential(password=b"x", security_profile=2)
    assert _judge(known, b"x", TLS).granted
    refused = _judge(known, b"x")
    assert not refused.granted
    assert "without TLS" in refused.why


def test_a_charger_of_profile_3_is_let_in_by_its_certificate_alone() -> None:
    known = credential(password=b"x", security_profile=3)
    assert not _judge(known, b"x", TLS).granted
    assert not _judge(known, b"x").granted
    granted = _judge(known, None, _with(_certificate()))
    assert granted.granted
    assert granted.entry is not None
    assert granted.entry.certificate == _certificate()


@pytest.mark.parametrize(
    ("certificate", "why"),
    [
        (_certificate("CP2"), "not this charger's"),
        (_certificate(organisation="Other"), "organisation"),
        (_certificate(not_after=NOW), "expired"),
        (_certificate(not_before=NOW + timedelta(seconds=1)), "not valid yet"),
        (_certificate(""), "not this charger's"),
    ],
)
def test_a_certificate_that_is_not_this_chargers_now_is_refused(certificate: Certificate, why: str) -> None:
    refused = _judge(credential(security_profile=3), None, _with(certificate), cpo_name="Acme")
    assert not refused.granted
    assert refused.event == CERTIFICATE
    assert why in refused.why


def test_a_certificate_may_name_the_serial_number_and_is_held_to_the_name_it_is_known_by() -> None:
    assert _judge(credential(security_profile=3, serial_number="S1"), None, _with(_certificate("S1"))).granted
    enrolled = credential(security_profile=3, serial_number="S1", certificate_name="S1", certificate_fingerprint="f" * 64)
    assert _judge(enrolled, None, _with(_certificate("S1"))).entry is None, "nothing new"
    assert not _judge(enrolled, None, _with(_certificate("CP1"))).granted
    renewed = _judge(enrolled, None, _with(_certificate("S1", fingerprint="e" * 64)))
    assert renewed.granted
    assert renewed.entry is not None


def test_a_certificate_named_by_its_fingerprint_alone_is_the_only_one() -> None:
    known = credential(security_profile=3, certificate_fingerprint="f" * 64)
    assert _judge(known, None, _with(_certificate("anything"))) == Admission(True)
    assert not _judge(known, None, _with(_certificate(fingerprint="e" * 64))).granted


def test_a_certificate_that_was_issued_here_is_its_to_whom_it_was_issued() -> None:
    known = credential(security_profile=3, certificate_name="CP1")
    link = _with(_certificate("SN-1"))
    assert _judge(known, None, link, issued=Issued("CP1")).granted, "a new one, of another name"
    assert not _judge(known, None, _with(_certificate("CP1")), issued=Issued("CP2")).granted
    revoked = _judge(known, None, _with(_certificate("CP1")), issued=Issued(None))
    assert not revoked.granted
    assert "revoked" in revoked.why


def test_while_a_password_is_changed_both_are_good_and_which_one_came_is_told() -> None:
    known = credential(password=b"old", next_salt=SALT, next_hash=hash_password(KEY, SALT, b"new"))
    for password, came in ((b"old", Came.WITH_OLD), (b"new", Came.WITH_NEW)):
        granted = _judge(known, password)
        assert granted.entry is not None
        assert granted.entry.password is came
    assert not _judge(known, b"other").granted


def test_while_a_profile_is_raised_the_one_before_is_good_and_the_new_one_is_told() -> None:
    known = credential(password=b"x", upgrade_profile=2)
    assert _judge(known, b"x") == Admission(True, by_password=True)
    raised = _judge(known, b"x", TLS)
    assert raised.entry is not None
    assert raised.entry.profile == 2
    to_certificate = credential(password=b"x", security_profile=2, upgrade_profile=3)
    assert not _judge(to_certificate, b"x").granted
    assert _judge(to_certificate, b"x", TLS).granted
    reached = _judge(to_certificate, None, _with(_certificate()))
    assert reached.entry is not None
    assert reached.entry.profile == 3


@pytest.mark.parametrize(
    ("presented", "is_key", "option", "protocol", "granted"),
    [
        (bytes.fromhex(HEX_KEY), True, False, "ocpp1.6", True),
        (HEX_KEY.encode(), True, False, "ocpp1.6", False),
        (HEX_KEY.encode(), True, True, "ocpp1.6", True),
        (HEX_KEY.encode(), True, False, "ocpp2.0.1", True),
        (HEX_KEY.encode(), False, False, "ocpp1.6", True),
    ],
)
def test_a_key_sent_as_text_is_good_where_an_operator_has_said_so(
    presented: bytes, is_key: bool, option: bool, protocol: str, granted: bool
) -> None:
    known = credential(password=HEX_KEY.encode(), is_key=is_key, key_as_text=option)
    judged = _judge(known, presented, protocol=protocol)
    assert judged.granted is granted
    assert granted or "key_as_text" in judged.why


def test_nobody_is_let_in_whom_nobody_knows() -> None:
    assert not _judge(None, b"x").granted
    assert not _judge(None, None, _with(_certificate())).granted
