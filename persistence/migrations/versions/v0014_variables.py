"""What 2.x chargers answer to GetVariables and SetVariables is kept beside what they report.

The release before goes on working: it knows nothing of the new table.
"""

from __future__ import annotations

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

VALUES = """
CREATE TABLE variable_values (
    charger_id text NOT NULL,
    key text NOT NULL,
    attribute text NOT NULL,
    name json NOT NULL,
    value text,
    read_at timestamptz,
    written_value text,
    written_status text,
    written_reason text,
    written_at timestamptz,
    CONSTRAINT pk_variable_values PRIMARY KEY (charger_id, key, attribute)
)
"""


def upgrade() -> None:
    op.get_bind().exec_driver_sql(VALUES)
