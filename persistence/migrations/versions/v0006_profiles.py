"""Security profiles: certificates of chargers, passwords and profiles that are being changed; identities found without case.

The release before goes on working: it neither reads nor writes the new table.
"""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

SECURITY = """
CREATE TABLE charger_security (
    charger_id text NOT NULL,
    is_key boolean DEFAULT false NOT NULL,
    key_as_text boolean DEFAULT false NOT NULL,
    lenient_handshake boolean DEFAULT false NOT NULL,
    certificate_name text,
    certificate_fingerprint text,
    certificate_by text,
    certificate_at timestamptz,
    next_salt bytea,
    next_hash bytea,
    rotation text,
    rotation_at timestamptz,
    upgrade text,
    upgrade_profile smallint,
    upgrade_at timestamptz,
    upgrade_until timestamptz,
    upgrade_resets boolean DEFAULT false NOT NULL,
    CONSTRAINT pk_charger_security PRIMARY KEY (charger_id),
    CONSTRAINT uq_charger_security_certificate_name UNIQUE (certificate_name),
    CONSTRAINT uq_charger_security_certificate_fingerprint UNIQUE (certificate_fingerprint)
);
CREATE INDEX ix_chargers_folded ON chargers (lower(id));
"""


def upgrade() -> None:
    op.get_bind().exec_driver_sql(SECURITY)
