"""The events of one charger are found by time, those of its line alone; notes on chargers.

The release before goes on working: it reads events by id alone, and does not know the table.
"""

from __future__ import annotations

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

EVENTS = """
CREATE INDEX ix_events_charger_at ON events (charger_id, at DESC, id DESC);
CREATE INDEX ix_events_lines ON events (charger_id, at DESC, id DESC) WHERE type IN ('charger.connected', 'charger.disconnected');
DROP INDEX ix_events_charger;
"""
"""One index takes the place of another that nothing reads: an event costs what it did."""

NOTES = """
CREATE TABLE charger_notes (
    id bigint GENERATED ALWAYS AS IDENTITY,
    charger_id text NOT NULL,
    text text NOT NULL,
    author text NOT NULL,
    at timestamptz DEFAULT now() NOT NULL,
    edited_at timestamptz,
    version integer DEFAULT 1 NOT NULL,
    CONSTRAINT pk_charger_notes PRIMARY KEY (id)
);
CREATE INDEX ix_charger_notes_charger ON charger_notes (charger_id, at DESC, id DESC);
"""


def upgrade() -> None:
    connection = op.get_bind()
    for statements in (EVENTS, NOTES):
        connection.exec_driver_sql(statements)
