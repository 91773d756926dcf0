"""What chargers have agreed to have in or out of service; how the figures of 2.x events were found.

The release before goes on working: it does not know the table, and the column has a default.
"""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

SERVICE_WISHES = """
CREATE TABLE service_wishes (
    charger_id text NOT NULL,
    evse_id integer NOT NULL,
    connector_id integer NOT NULL,
    operative boolean NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (charger_id, evse_id, connector_id)
);
"""


EVENTS = "ALTER TABLE transaction_events ADD COLUMN flags text[] DEFAULT '{}'::text[] NOT NULL"


def upgrade() -> None:
    connection = op.get_bind()
    connection.exec_driver_sql(SERVICE_WISHES)
    connection.exec_driver_sql(EVENTS)
