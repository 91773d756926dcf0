"""Firmware and log jobs, uploads, certificates. The release before knows none of these tables."""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

JOBS = """
CREATE TABLE jobs (
    id text NOT NULL,
    charger_id text NOT NULL,
    kind text NOT NULL,
    state text NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    action text,
    request_id integer,
    log_type text,
    location text,
    upload text,
    file_name text,
    status text,
    steps json DEFAULT '[]' NOT NULL,
    version_before text,
    version_after text,
    ended_at timestamptz,
    CONSTRAINT pk_jobs PRIMARY KEY (id)
);
CREATE INDEX ix_jobs_charger ON jobs (charger_id, created_at DESC, id DESC);
CREATE TABLE uploads (
    key text NOT NULL,
    charger_id text NOT NULL,
    state text NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    expires_at timestamptz NOT NULL,
    created_by text,
    claimed_at timestamptz,
    file_name text,
    stored_name text,
    size_bytes bigint,
    sha256 text,
    received_at timestamptz,
    CONSTRAINT pk_uploads PRIMARY KEY (key)
);
"""

CERTIFICATES = """
CREATE TABLE certificates (
    id bigint GENERATED ALWAYS AS IDENTITY,
    charger_id text NOT NULL,
    state text NOT NULL,
    origin text NOT NULL,
    requested_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    csr_digest text,
    common_name text,
    certificate_type text,
    request_id integer,
    reason text,
    serial_number text,
    fingerprint text,
    not_before timestamptz,
    not_after timestamptz,
    chain text,
    CONSTRAINT pk_certificates PRIMARY KEY (id)
);
CREATE INDEX ix_certificates_charger ON certificates (charger_id, id DESC);
CREATE INDEX ix_certificates_fingerprint ON certificates (fingerprint);
CREATE TABLE installed_certificates (
    id bigint GENERATED ALWAYS AS IDENTITY,
    charger_id text NOT NULL,
    type text NOT NULL,
    key text NOT NULL,
    hash_data json NOT NULL,
    children json NOT NULL,
    reported_at timestamptz NOT NULL,
    CONSTRAINT pk_installed_certificates PRIMARY KEY (id),
    CONSTRAINT uq_installed_certificates_charger_id_type_key UNIQUE (charger_id, type, key)
);
"""


def upgrade() -> None:
    connection = op.get_bind()
    connection.exec_driver_sql(JOBS)
    connection.exec_driver_sql(CERTIFICATES)
