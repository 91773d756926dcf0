"""The command line as a person types it, over a real database."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from voltaro import __version__
from voltaro.cli import main

Type = Callable[..., Result]


@pytest.fixture
def voltaro(database_url: str, tmp_path: Path) -> Type:
    """Type a command; it works on a fresh database."""

    def type_(*words: str, **more: Any) -> Result:
        environment = {"VOLTARO_DATABASE_URL": database_url, "VOLTARO_DATA_DIR": str(tmp_path)}
        return CliRunner().invoke(main, words, env=environment, catch_exceptions=False, **more)

    return type_


def read(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_the_help_names_every_command_and_every_command_has_help() -> None:
    listed = CliRunner().invoke(main, ["--help"])
    for name in ("serve", "demo", "simulate", "charger", "tag", "user", "token", "fault", "doctor", "db"):
        assert f"  {name} " in listed.output
        assert CliRunner().invoke(main, [name, "--help"]).exit_code == 0


def test_the_version_is_said() -> None:
    assert __version__ in CliRunner().invoke(main, ["--version"]).output


def test_a_charger_is_added_with_a_password_shown_once_listed_and_removed(voltaro: Type) -> None:
    made = read(voltaro("charger", "add", "CP1", "--name", "North", "--json"))
    assert len(made["password"]) >= 32
    listed = read(voltaro("charger", "list", "--json"))
    assert [(charger["id"], charger["name"], charger["security_profile"]) for charger in listed] == [("CP1", "North", 1)]
    assert made["password"] not in voltaro("charger", "show", "CP1", "--json").stdout
    assert voltaro("charger", "password", "CP1", "--set", "a-new-password-1").exit_code == 0
    assert voltaro("charger", "remove", "CP1").exit_code == 0
    assert read(voltaro("charger", "list", "--json")) == []


def test_an_open_charger_is_said_to_be_open(voltaro: Type) -> None:
    assert "whoever can reach the port" in voltaro("charger", "add", "CP1", "--open").output


@pytest.mark.parametrize("words", [("charger", "add", "CP1"), ("tag", "add", "TAG")])
def test_what_is_there_already_is_not_added_again(voltaro: Type, words: tuple[str, ...]) -> None:
    assert voltaro(*words).exit_code == 0
    again = voltaro(*words)
    assert again.exit_code == 1
    assert "already" in again.output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("charger", "add", "a:b"), "no ':'"),
        (("charger", "add", "CP1", "--password", "short"), "8 to 40"),
        (("charger", "remove", "CP9"), "no charger is named CP9"),
        (("tag", "block", "NOBODY"), "there is no tag NOBODY"),
        (("tag", "add", "T", "--expires", "2027-01-01T00:00:00"), "needs a zone"),
        (("user", "add", "ada", "--password", "short"), "at least 10"),
        (("token", "revoke", "99"), "there is no token 99"),
    ],
)
def test_a_mistake_is_said_in_one_line(voltaro: Type, words: tuple[str, ...], said: str) -> None:
    result = voltaro(*words)
    assert result.exit_code in (1, 2)
    assert said in result.output
    assert "Traceback" not in result.output


def test_tags_go_out_as_csv_and_come_in_again(voltaro: Type, tmp_path: Path) -> None:
    voltaro("tag", "add", "ONE", "--parent", "FAMILY", "--expires", "2030-01-01T00:00:00Z", "--max-active-sessions", "1")
    file = tmp_path / "tags.csv"
    file.write_text(voltaro("tag", "export").stdout + "TWO,blocked,,,,,\n")
    assert "2 tags would be imported" in voltaro("tag", "import", str(file), "--dry-run").output
    assert "1 tags added, 0 changed" in voltaro("tag", "import", str(file)).output
    tags = {tag["id_tag"]: tag for tag in read(voltaro("tag", "list", "--json"))}
    assert (tags["ONE"]["parent"], tags["ONE"]["max_active_sessions"], tags["TWO"]["status"]) == ("FAMILY", 1, "blocked")


def test_what_a_csv_has_no_column_for_stays(voltaro: Type, tmp_path: Path) -> None:
    file = tmp_path / "tags.csv"
    voltaro("tag", "add", "LOST", "--parent", "P")
    voltaro("tag", "block", "LOST")
    for text in ("id_tag,note\nLOST,van 7\n", "id_tag,status,note\nLOST,,van 8\n"):
        file.write_text(text)
        assert "0 tags added, 1 changed" in voltaro("tag", "import", str(file)).output
    [tag] = read(voltaro("tag", "list", "--json"))
    assert (tag["status"], tag["parent"], tag["note"]) == ("blocked", "P", "van 8")


def test_a_csv_with_a_wrong_line_imports_nothing_and_names_the_line(voltaro: Type, tmp_path: Path) -> None:
    file = tmp_path / "tags.csv"
    file.write_text("id_tag,status\nGOOD,accepted\nBAD,perhaps\n")
    result = voltaro("tag", "import", str(file))
    assert result.exit_code == 1
    assert "line 3: BAD" in result.output
    assert read(voltaro("tag", "list", "--json")) == []


def test_people_are_added_without_their_password_being_shown(voltaro: Type) -> None:
    assert voltaro("user", "add", "ada", "--role", "admin", "--password", "a-long-password").exit_code == 0
    listed = voltaro("user", "list", "--json")
    assert [(user["name"], user["role"]) for user in read(listed)] == [("ada", "admin")]
    assert "argon2" not in listed.stdout
    assert voltaro("user", "password", "ada", "--password", "another-password").exit_code == 0


def test_a_token_is_shown_once_and_can_be_revoked(voltaro: Type) -> None:
    made = read(voltaro("token", "create", "billing", "--scope", "sessions:read", "--json"))
    assert made["token"].startswith("vlt_")
    listed = voltaro("token", "list", "--json")
    assert made["token"] not in listed.stdout
    assert read(listed)[0]["scopes"] == "sessions:read"
    assert voltaro("token", "revoke", str(made["id"])).exit_code == 0
    assert read(voltaro("token", "list", "--json")) == []


def test_the_doctor_finds_a_healthy_database(voltaro: Type) -> None:
    found = read(voltaro("doctor", "--http-port", "0", "--ocpp-port", "0", "--json"))
    assert {finding["check"]: finding["well"] for finding in found}["database"] is True


def test_the_doctor_says_what_to_do_about_a_database_that_does_not_answer(tmp_path: Path) -> None:
    words = [
        "doctor",
        "--http-port",
        "0",
        "--ocpp-port",
        "0",
        "--data-dir",
        str(tmp_path),
        "--database-url",
        "postgresql://127.0.0.1:1/voltaro",
    ]
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 1
    assert "--database-url" in result.output


def test_a_backup_is_written_and_never_over_another(voltaro: Type, tmp_path: Path) -> None:
    file = tmp_path / "voltaro.dump"
    voltaro("tag", "add", "ONE")
    result = voltaro("db", "backup", str(file))
    assert result.exit_code == 0, result.output
    assert file.read_bytes()[:5] == b"PGDMP"
    assert voltaro("db", "backup", str(file)).exit_code == 2


def test_the_schema_is_upgraded_by_hand(voltaro: Type) -> None:
    assert "schema of this release" in voltaro("db", "upgrade").output


@pytest.mark.parametrize(
    ("flags", "environment", "said"),
    [
        (["--http-port", "99999"], {}, "the flag --http-port is '99999'; it must be a port"),
        ([], {"VOLTARO_OCPP_PORT": "many"}, "the environment variable VOLTARO_OCPP_PORT is 'many'"),
        (["--unknown-chargers", "maybe"], {}, "one of reject, pending, accept"),
        ([], {"VOLTARO_ADMIN_TOKEN": "short"}, "VOLTARO_ADMIN_TOKEN is (not shown); it must be at least 32 characters"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named_with_where_it_came_from(flags: list[str], environment: dict[str, str], said: str) -> None:
    result = CliRunner().invoke(main, ["serve", *flags], env=environment)
    assert result.exit_code == 2
    assert said in result.output


def test_a_fault_of_no_known_kind_or_point_is_refused_with_the_ones_there_are() -> None:
    environment = {"VOLTARO_ADMIN_TOKEN": "x" * 32}
    for flags in (("--kind", "melt"), ("--at", "lunch")):
        refused = CliRunner().invoke(main, ["fault", "registry", *flags], env=environment)
        assert refused.exit_code == 2
        assert "is not one of" in refused.output
