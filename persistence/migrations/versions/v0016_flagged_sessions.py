"""Sessions with flags are found without looking at those that have none."""

from __future__ import annotations

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.get_bind().exec_driver_sql("CREATE INDEX ix_sessions_flagged ON sessions (started_at DESC, id DESC) WHERE flags <> '{}'::text[]")
