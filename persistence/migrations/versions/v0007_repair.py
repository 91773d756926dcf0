"""What an operator has switched on for a charger's quirks; its anomalies; the repaired payload beside the raw frame; tags are known
without the spaces around them.

The release before goes on working: columns have defaults or may be null.
"""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

QUIRKS = "ALTER TABLE chargers ADD COLUMN quirks json DEFAULT '{}'::json NOT NULL"

REPAIRED = "ALTER TABLE messages ADD COLUMN repaired text"

ANOMALIES = """
CREATE TABLE anomalies (
    charger_id text NOT NULL,
    code text NOT NULL,
    field text NOT NULL,
    count bigint NOT NULL,
    first_seen timestamptz NOT NULL,
    last_seen timestamptz NOT NULL,
    message_id text,
    example text,
    CONSTRAINT pk_anomalies PRIMARY KEY (charger_id, code, field)
)
"""


TAGS = """
UPDATE tags SET key = btrim(key)
WHERE key <> btrim(key) AND btrim(key) <> '' AND NOT EXISTS (SELECT FROM tags AS other WHERE other.key = btrim(tags.key))
"""


def upgrade() -> None:
    connection = op.get_bind()
    connection.exec_driver_sql(TAGS)
    connection.exec_driver_sql(QUIRKS)
    connection.exec_driver_sql(REPAIRED)
    connection.exec_driver_sql(ANOMALIES)
