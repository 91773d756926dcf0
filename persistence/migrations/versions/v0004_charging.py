"""Charging profiles as chargers hold them, how chargers are told of them, and reservations."""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TABLES = """
CREATE SEQUENCE reservation_ids AS integer;
CREATE TABLE charging_profiles (
    charger_id text NOT NULL,
    profile_id integer NOT NULL,
    evse_id integer NOT NULL,
    purpose text NOT NULL,
    stack_level integer NOT NULL,
    profile json NOT NULL,
    set_at timestamptz NOT NULL,
    set_by text,
    waits_for text,
    CONSTRAINT pk_charging_profiles PRIMARY KEY (charger_id, profile_id)
);
CREATE TABLE charging_settings (
    charger_id text NOT NULL,
    try_variants boolean DEFAULT false NOT NULL,
    variant text,
    max_stack_level integer,
    max_periods integer,
    rate_units text,
    reserve_evse_zero boolean,
    CONSTRAINT pk_charging_settings PRIMARY KEY (charger_id)
);
CREATE TABLE reservations (
    id bigint DEFAULT nextval('reservation_ids'::regclass) NOT NULL,
    charger_id text NOT NULL,
    number integer NOT NULL,
    evse_id integer NOT NULL,
    id_tag text NOT NULL,
    parent text,
    expires_at timestamptz NOT NULL,
    state text NOT NULL,
    requested_at timestamptz NOT NULL,
    requested_by text,
    answer text,
    answered_at timestamptz,
    ended_at timestamptz,
    reason text,
    transaction_id text,
    CONSTRAINT pk_reservations PRIMARY KEY (id)
);
CREATE INDEX ix_reservations_charger ON reservations (charger_id, id DESC);
CREATE INDEX ix_reservations_open ON reservations (expires_at) WHERE state IN ('requested', 'accepted', 'unknown');
"""


def upgrade() -> None:
    op.get_bind().exec_driver_sql(TABLES)
