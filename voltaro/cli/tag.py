"""``voltaro tag``: administration of tags, over the database."""

from __future__ import annotations

import csv
import sys
from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from voltaro.cli.common import OF_THE_DATABASE, as_json, every, print_json, run, show, stop, with_settings
from voltaro.config import Settings
from voltaro.domain.tag import Tag, TagStatus
from voltaro.ports import AlreadyExists, Change
from voltaro.storage import opened_store

BY = "command line"
COLUMNS = ("id_tag", "status", "type", "parent", "expires_at", "max_active_sessions", "note")


class _BadRow(ValueError):
    pass


@click.group()
def command() -> None:
    """Keep the tags that may charge."""


@command.command()
@click.argument("id_tag")
@click.option("--parent", help="The group this tag belongs to.")
@click.option("--type", "type_", help="Its kind, such as ISO14443.")
@click.option("--expires", help="When it ends, as 2027-01-31T00:00:00Z.")
@click.option("--max-active-sessions", type=click.IntRange(1), help="How many sessions it may have at once.")
@click.option("--note")
@as_json
@with_settings(OF_THE_DATABASE)
def add(settings: Settings, id_tag: str, as_json: bool, **given: Any) -> None:
    """Add a tag."""
    row = {"id_tag": id_tag, "type": given.pop("type_"), "expires_at": given.pop("expires"), **given}
    try:
        tag = _tag({key: None if value is None else str(value) for key, value in row.items()})
    except _BadRow as error:
        stop(str(error))

    async def work() -> Tag:
        async with opened_store(settings) as store:
            return await store.add_tag(tag, by=BY)

    try:
        added = run(work)
    except AlreadyExists:
        stop(f"the tag {id_tag} is there already", code=1)
    if as_json:
        print_json(_row(added))
    else:
        click.echo(f"The tag {added.id_tag} may charge.")


@command.command("list")
@as_json
@with_settings(OF_THE_DATABASE)
def list_(settings: Settings, as_json: bool) -> None:
    """List tags."""
    show([_row(tag) for tag in run(lambda: _all(settings))], COLUMNS, as_json=as_json)


@command.command()
@click.argument("id_tag")
@with_settings(OF_THE_DATABASE)
def block(settings: Settings, id_tag: str) -> None:
    """Block a tag: from now on it is refused."""

    async def work() -> Tag | None:
        async with opened_store(settings) as store:
            return await store.change_tag(id_tag, Change({"status": TagStatus.BLOCKED}), by=BY)

    if run(work) is None:
        stop(f"there is no tag {id_tag}", code=1)
    click.echo(f"The tag {id_tag} is blocked.")


@command.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Read and check, change nothing.")
@with_settings(OF_THE_DATABASE)
def import_(settings: Settings, file: Path, dry_run: bool) -> None:
    """Add and change tags from a CSV file with a header line; `export` shows its columns. What has no column stays as it is."""
    tags: list[Tag] = []
    named: list[Collection[str]] = []
    wrong: list[str] = []
    with file.open(newline="", encoding="utf-8-sig") as opened:
        for number, row in enumerate(csv.DictReader(opened), start=2):
            try:
                tags.append(_tag(row))
                named.append({column for column in row if column != "status" or row[column]})
            except _BadRow as error:
                wrong.append(f"line {number}: {error}")
    if wrong:
        stop("nothing was imported:\n  " + "\n  ".join(wrong[:20]), code=1)
    if dry_run:
        click.echo(f"{len(tags)} tags would be imported.")
        return

    async def work() -> tuple[int, int]:
        async with opened_store(settings) as store:
            return await store.import_tags(tags, by=BY, named=named)

    added, changed = run(work)
    click.echo(f"{added} tags added, {changed} changed.")


@command.command()
@with_settings(OF_THE_DATABASE)
def export(settings: Settings) -> None:
    """Print all tags as CSV."""
    writer = csv.DictWriter(sys.stdout, COLUMNS)
    writer.writeheader()
    for tag in run(lambda: _all(settings)):
        row = _row(tag)
        row["expires_at"] = "" if tag.expires_at is None else tag.expires_at.isoformat()
        writer.writerow(row)


async def _all(settings: Settings) -> list[Tag]:
    async with opened_store(settings) as store:
        return await every(lambda cursor: store.tags(limit=500, cursor=cursor))


def _row(tag: Tag) -> dict[str, Any]:
    return {column: getattr(tag, column) for column in COLUMNS}


def _tag(row: dict[str, Any]) -> Tag:
    """A tag from texts. Raises _BadRow that says what is wrong."""
    unknown = set(row) - set(COLUMNS)
    if unknown:
        raise _BadRow(f"unknown columns: {', '.join(sorted(map(str, unknown)))}")
    id_tag = (row.get("id_tag") or "").strip()
    if not id_tag or len(id_tag) > 255 or not id_tag.isprintable():
        raise _BadRow("an id_tag has 1 to 255 printable characters")
    try:
        status = TagStatus(row.get("status") or "accepted")
        most = int(row["max_active_sessions"]) if row.get("max_active_sessions") else None
        expires = datetime.fromisoformat(row["expires_at"]) if row.get("expires_at") else None
    except ValueError as error:
        raise _BadRow(f"{id_tag}: {error}") from error
    if expires is not None and expires.tzinfo is None:
        raise _BadRow(f"{id_tag}: expires_at needs a zone, as in 2027-01-31T00:00:00Z")
    return Tag(
        id_tag=id_tag,
        status=status,
        type=row.get("type") or None,
        parent=row.get("parent") or None,
        expires_at=None if expires is None else expires.astimezone(UTC),
        max_active_sessions=most,
        note=row.get("note") or None,
    )
