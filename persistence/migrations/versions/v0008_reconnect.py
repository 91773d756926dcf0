"""What chargers have agreed to have in or out of service.

The release before goes on working: it does not know the table.
"""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0002"
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


def upgrade() -> None:
    op.get_bind().exec_driver_sql(SERVICE_WISHES)
