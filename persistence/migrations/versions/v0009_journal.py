"""The message log holds every frame and can be searched; commands say whether their effect was seen.

The release before goes on working: columns have defaults, and its inserts name theirs.
"""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

MESSAGES = """
ALTER TABLE messages
    ADD COLUMN kind text DEFAULT 'call' NOT NULL,
    ADD COLUMN error_code text,
    ADD COLUMN error text;
CREATE INDEX ix_messages_at ON messages (at, id);
CREATE INDEX ix_messages_trouble ON messages (at, id) WHERE outcome NOT IN ('result', 'sent');
CREATE INDEX ix_messages_id ON messages (id);
"""

COMMANDS = """
ALTER TABLE commands
    ADD COLUMN effect text DEFAULT 'none' NOT NULL,
    ADD COLUMN reason text,
    ADD COLUMN effect_until timestamptz,
    ADD COLUMN effect_at timestamptz,
    ADD COLUMN session_id bigint;
UPDATE commands SET effect = 'seen' WHERE state = 'effective';
CREATE INDEX ix_commands_open ON commands (charger_id) WHERE effect = 'awaited' OR state IN ('queued', 'sent');
CREATE INDEX ix_commands_session ON commands (session_id) WHERE session_id IS NOT NULL;
"""

KEYS = """
CREATE TABLE idempotency_keys (
    actor text NOT NULL,
    key text NOT NULL,
    digest bytea NOT NULL,
    command_id text,
    reserved_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT pk_idempotency_keys PRIMARY KEY (actor, key)
);
CREATE INDEX ix_idempotency_keys_reserved ON idempotency_keys (reserved_at);
"""


def upgrade() -> None:
    connection = op.get_bind()
    for statements in (MESSAGES, COMMANDS, KEYS):
        connection.exec_driver_sql(statements)
