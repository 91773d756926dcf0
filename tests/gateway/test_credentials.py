"""Passwords: how they are made, kept, read from a header and compared."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voltaro.gateway.credentials import BasicCredentials, hash_password, make_password, make_salt, parse_basic, password_fits

KEY = b"k" * 32
SALT = b"s" * 16


def _basic(credentials: bytes) -> str:
    return "Basic " + base64.b64encode(credentials).decode()


def test_a_made_password_has_40_hexadecimal_characters_and_is_never_the_same() -> None:
    made = {make_password() for _ in range(100)}
    assert len(made) == 100
    assert all(len(password) == 40 and bytes.fromhex(password) for password in made)


def test_a_salt_has_16_bytes() -> None:
    assert len(make_salt()) == 16
    assert make_salt() != make_salt()


def test_the_right_password_fits_and_another_does_not() -> None:
    kept = hash_password(KEY, SALT, b"correct horse")
    assert password_fits(KEY, SALT, kept, b"correct horse")
    assert not password_fits(KEY, SALT, kept, b"correct hors")
    assert not password_fits(KEY, SALT, kept, b"")


def test_a_hash_is_worth_nothing_with_another_key_or_salt() -> None:
    kept = hash_password(KEY, SALT, b"correct horse")
    assert not password_fits(b"x" * 32, SALT, kept, b"correct horse")
    assert not password_fits(KEY, b"x" * 16, kept, b"correct horse")


@pytest.mark.parametrize("spelled", ["00ff3a" + "ab" * 17, ("00ff3a" + "ab" * 17).upper()])
def test_a_hexadecimal_key_fits_as_the_bytes_it_stands_for(spelled: str) -> None:
    kept = hash_password(KEY, SALT, spelled.encode())
    assert password_fits(KEY, SALT, kept, bytes.fromhex(spelled))
    assert password_fits(KEY, SALT, kept, spelled.encode())


def test_short_bytes_are_no_hexadecimal_key() -> None:
    kept = hash_password(KEY, SALT, b"abcdef")
    assert not password_fits(KEY, SALT, kept, bytes.fromhex("abcdef"))


def test_basic_credentials_are_split_at_the_first_colon_and_stay_bytes() -> None:
    assert parse_basic(_basic(b"CP1:\xff:\x00x")) == BasicCredentials(b"CP1", b"\xff:\x00x")


@pytest.mark.parametrize("header", ["", "Basic", "Basic !!!", "Bearer Q1AxOng=", _basic(b"no colon"), "Basic Q1Ax\xff"])
def test_what_is_not_basic_is_no_credentials(header: str) -> None:
    assert parse_basic(header) is None


def test_the_scheme_has_no_case() -> None:
    assert parse_basic("bASIC " + base64.b64encode(b"a:b").decode()) == BasicCredentials(b"a", b"b")


@given(st.text())
def test_no_header_makes_the_parser_raise(header: str) -> None:
    parse_basic(header)
