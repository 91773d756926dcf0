"""Sites, the fleet's figures over time, and what is muted of what needs attention.

The release before goes on working: it knows none of these tables, and writes any text as a charger's site. What it has written
becomes a site here.
"""

from __future__ import annotations

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

SITES = """
CREATE TABLE sites (
    id text PRIMARY KEY,
    name text NOT NULL,
    address text,
    latitude double precision,
    longitude double precision,
    time_zone text DEFAULT 'UTC' NOT NULL,
    note text,
    created_at timestamptz DEFAULT now() NOT NULL,
    version integer DEFAULT 1 NOT NULL
);
CREATE INDEX ix_sites_name ON sites (lower(name), id);
INSERT INTO sites (id, name) SELECT DISTINCT site_id, site_id FROM chargers WHERE site_id IS NOT NULL;
CREATE INDEX ix_chargers_site ON chargers (site_id) WHERE site_id IS NOT NULL;
"""

FIGURES = """
CREATE TABLE fleet_figures (
    site_id text NOT NULL,
    at timestamptz NOT NULL,
    samples integer NOT NULL,
    power_sum_w bigint NOT NULL,
    power_max_w bigint NOT NULL,
    energy_wh bigint NOT NULL,
    online integer NOT NULL,
    charging integer NOT NULL,
    sessions integer NOT NULL,
    PRIMARY KEY (site_id, at)
);
CREATE TABLE fleet_ledger (
    id smallint PRIMARY KEY,
    version bigint NOT NULL,
    newest_session_id bigint NOT NULL,
    energies json NOT NULL
);
"""

MUTES = """
CREATE TABLE attention_mutes (
    item text PRIMARY KEY,
    kind text NOT NULL,
    charger_id text,
    until timestamptz NOT NULL,
    note text,
    muted_by text NOT NULL,
    muted_at timestamptz NOT NULL
);
"""


def upgrade() -> None:
    connection = op.get_bind()
    for statements in (SITES, FIGURES, MUTES):
        connection.exec_driver_sql(statements)
