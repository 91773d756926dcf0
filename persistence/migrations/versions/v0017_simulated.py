"""What is simulated is marked: chargers, tags, and the sessions of such chargers.

A session gets its mark from its charger by a trigger, whoever inserts it: four statements do, and the release before does too. The
charger may be removed later, and its sessions are known for what they are all the same. It costs a look at one row of an index for
each session that begins.

The release before goes on working: columns have defaults, and its inserts name theirs.
"""

from __future__ import annotations

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

COLUMNS = """
ALTER TABLE chargers ADD COLUMN simulated boolean DEFAULT false NOT NULL;
ALTER TABLE tags ADD COLUMN simulated boolean DEFAULT false NOT NULL;
ALTER TABLE sessions ADD COLUMN simulated boolean DEFAULT false NOT NULL;
CREATE INDEX ix_chargers_simulated ON chargers (id) WHERE simulated;
CREATE INDEX ix_sessions_simulated ON sessions (id) WHERE simulated;
"""

MARK = """
CREATE FUNCTION mark_simulated_session() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.simulated := EXISTS (SELECT FROM chargers WHERE id = NEW.charger_id AND simulated);
    RETURN NEW;
END $$;
CREATE TRIGGER mark_simulated BEFORE INSERT ON sessions FOR EACH ROW EXECUTE FUNCTION mark_simulated_session();
"""


def upgrade() -> None:
    connection = op.get_bind()
    for statements in (COLUMNS, MARK):
        connection.exec_driver_sql(statements)
