"""One thing done to many chargers, with a result for each.

The release before goes on working: it does not know these tables.
"""

from __future__ import annotations

from alembic import op

revision = "0013"
down_revision = "0011"
branch_labels = None
depends_on = None

BATCHES = """
CREATE TABLE batches (
    id text NOT NULL,
    kind text NOT NULL,
    action text NOT NULL,
    payload json NOT NULL,
    created_by text NOT NULL,
    created_at timestamptz NOT NULL,
    total integer NOT NULL,
    repeatable boolean DEFAULT true NOT NULL,
    state text NOT NULL,
    ended_at timestamptz,
    CONSTRAINT pk_batches PRIMARY KEY (id)
);
CREATE INDEX ix_batches_created ON batches (created_at DESC, id DESC);
CREATE TABLE batch_items (
    batch_id text NOT NULL,
    position integer NOT NULL,
    charger_id text NOT NULL,
    state text NOT NULL,
    command_id text,
    error text,
    detail text,
    CONSTRAINT pk_batch_items PRIMARY KEY (batch_id, position)
);
"""


def upgrade() -> None:
    op.get_bind().exec_driver_sql(BATCHES)
