"""Values of configuration keys as chargers write them."""

from __future__ import annotations

import pytest

from voltaro.domain.configuration import Configuration, ConfigurationKey, in_style, is_same, is_secret, read_list, read_truth, read_whole


@pytest.mark.conformance("Q-70")
@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("60", 60),
        (" 60 ", 60),
        ('"60"', 60),
        ("60 s", 60),
        ("60s", 60),
        ("60.0", 60),
        ("-1", -1),
        ("6.5", None),
        ("", None),
        ("sixty", None),
    ],
)
def test_a_whole_number_is_read_with_what_is_around_it(value: str, number: int | None) -> None:
    assert read_whole(value) == number


@pytest.mark.conformance("Q-70")
@pytest.mark.parametrize(("value", "truth"), [("TRUE", True), ("'False'", False), ("1", True), ("on", True), ("No", False), ("2", None)])
def test_a_truth_is_read_in_any_words(value: str, truth: bool | None) -> None:
    assert read_truth(value) is truth


@pytest.mark.conformance("Q-70")
def test_a_list_is_read_whatever_is_between_its_items() -> None:
    for value in ("Current,Power", '"A, W"', "['A';'W']", " Current ; W "):
        assert read_list(value) == ("Current", "Power")
    assert read_list("") == ()


@pytest.mark.conformance("Q-70")
@pytest.mark.parametrize(("one", "other"), [("true", "TRUE"), ("60", '"60"'), ("B,a", "A, b"), ("", '""'), ("60", "60 s")])
def test_values_that_mean_the_same_are_the_same(one: str, other: str) -> None:
    assert is_same(one, other)


@pytest.mark.parametrize(("one", "other"), [("true", "false"), ("60", "61"), ("a,b", "a"), ("a", "b"), ("60", "")])
def test_values_that_differ_are_told_apart(one: str, other: str) -> None:
    assert not is_same(one, other)


@pytest.mark.conformance("Q-70")
@pytest.mark.parametrize(
    ("value", "read", "written"),
    [
        ("true", "FALSE", "TRUE"),
        ("true", "False", "True"),
        ("false", "1", "0"),
        ("60", '"30"', '"60"'),
        ("a,b", "x, y", "a, b"),
        ("60", "30 s", "60"),
    ],
)
def test_a_value_is_written_in_the_style_in_which_it_was_read(value: str, read: str, written: str) -> None:
    assert in_style(value, read) == written


@pytest.mark.conformance("16-17")
@pytest.mark.parametrize("name", ["AuthorizationKey", "authorizationkey ", "WlanPassword"])
def test_keys_with_secrets_are_known_by_name(name: str) -> None:
    assert is_secret(name)


def test_a_key_is_found_in_any_case() -> None:
    configuration = Configuration((ConfigurationKey("sendlocallistmaxlength", "20"),))
    assert configuration.whole("SendLocalListMaxLength") == 20
    assert configuration.whole("LocalAuthListMaxLength") is None
