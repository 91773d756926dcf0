"""What is known of chargers' configuration keys and local authorization lists.

The release before goes on working: it knows nothing of these tables.
"""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

CONFIGURATION = """
CREATE TABLE configurations (
    charger_id text NOT NULL,
    firmware_version text,
    attempts integer DEFAULT 0 NOT NULL,
    asked_at timestamptz,
    read_at timestamptz,
    failure text,
    CONSTRAINT pk_configurations PRIMARY KEY (charger_id)
);

CREATE TABLE configuration_keys (
    charger_id text NOT NULL,
    key text NOT NULL,
    name text NOT NULL,
    value text,
    readonly boolean,
    known boolean DEFAULT true NOT NULL,
    read_at timestamptz,
    written_value text,
    written_status text,
    written_at timestamptz,
    reboot_required boolean DEFAULT false NOT NULL,
    CONSTRAINT pk_configuration_keys PRIMARY KEY (charger_id, key)
);
CREATE INDEX ix_configuration_keys_waiting ON configuration_keys (charger_id) WHERE reboot_required;
"""

LISTS = """
CREATE TABLE local_lists (
    charger_id text NOT NULL,
    sync boolean DEFAULT false NOT NULL,
    version bigint,
    sent_version bigint DEFAULT 0 NOT NULL,
    entries json,
    held integer,
    digest text,
    supported boolean DEFAULT true NOT NULL,
    failure text,
    checked_at timestamptz,
    synced_at timestamptz,
    CONSTRAINT pk_local_lists PRIMARY KEY (charger_id)
);
"""


def upgrade() -> None:
    connection = op.get_bind()
    connection.exec_driver_sql(CONFIGURATION)
    connection.exec_driver_sql(LISTS)
