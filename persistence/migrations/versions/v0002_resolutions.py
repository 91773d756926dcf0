"""What operators decide of sessions; frames put aside are counted by content, and say what has become of them.

The release before goes on working: columns have defaults, and its insert of a frame ignores any conflict.
"""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SESSIONS = """
ALTER TABLE sessions
    ADD COLUMN assigned_to bigint,
    ADD COLUMN resolved_by text,
    ADD COLUMN resolved_at timestamptz,
    ADD COLUMN resolved_reason text;
CREATE INDEX ix_sessions_orphans ON sessions (charger_id, transaction_id) WHERE stop_key IS NOT NULL;
"""

FRAMES = """
ALTER TABLE kept_frames
    ADD COLUMN state text DEFAULT 'waiting' NOT NULL,
    ADD COLUMN count integer DEFAULT 1 NOT NULL,
    ADD COLUMN last_received_at timestamptz,
    ADD COLUMN attempts integer DEFAULT 0 NOT NULL,
    ADD COLUMN outcome text,
    ADD COLUMN resolved_by text,
    ADD COLUMN resolved_at timestamptz;
UPDATE kept_frames AS twin SET digest = digest || ':' || id
WHERE EXISTS (
    SELECT FROM kept_frames AS other WHERE other.charger_id = twin.charger_id AND other.digest = twin.digest AND other.id < twin.id);
ALTER TABLE kept_frames DROP CONSTRAINT uq_kept_frames_charger_id_kind_digest;
ALTER TABLE kept_frames ADD CONSTRAINT uq_kept_frames_charger_id_digest UNIQUE (charger_id, digest);
"""


def upgrade() -> None:
    connection = op.get_bind()
    connection.exec_driver_sql(SESSIONS)
    connection.exec_driver_sql(FRAMES)
