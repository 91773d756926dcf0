"""An ``Idempotency-Key`` stands for the answer to any request, not for a command alone.

The release before goes on working: its inserts name their columns, and none of them is told of the answers.
"""

from __future__ import annotations

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

ANSWERS = """
ALTER TABLE idempotency_keys
    ADD COLUMN status smallint,
    ADD COLUMN headers text,
    ADD COLUMN body bytea;
"""


def upgrade() -> None:
    op.get_bind().exec_driver_sql(ANSWERS)
