"""The first schema.

The statements are written out, not taken from ``persistence.tables``: that module moves on, a migration never does.
"""

from __future__ import annotations

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = """
CREATE SEQUENCE transaction_ids AS integer MAXVALUE 1999999999;
CREATE SEQUENCE meter_value_ids CACHE 64;
CREATE SEQUENCE message_row_ids CACHE 64;
CREATE SEQUENCE event_ids;
CREATE TABLE audit (
    id bigint GENERATED ALWAYS AS IDENTITY,
    at timestamptz DEFAULT now() NOT NULL,
    actor text NOT NULL,
    action text NOT NULL,
    target text NOT NULL,
    detail json NOT NULL,
    CONSTRAINT pk_audit PRIMARY KEY (id)
);

CREATE TABLE chargers (
    id text NOT NULL,
    registration text NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    name text,
    site_id text,
    latitude double precision,
    longitude double precision,
    security_profile smallint DEFAULT 1 NOT NULL,
    protocol text,
    protocol_override text,
    vendor text,
    model text,
    serial_number text,
    firmware_version text,
    boot json,
    boot_accepted_at timestamptz,
    last_seen timestamptz,
    salt bytea DEFAULT ''::bytea NOT NULL,
    password_hash bytea,
    CONSTRAINT pk_chargers PRIMARY KEY (id)
) WITH (fillfactor = 80);

CREATE TABLE commands (
    id text NOT NULL,
    charger_id text NOT NULL,
    action text NOT NULL,
    payload json NOT NULL,
    state text NOT NULL,
    created_at timestamptz NOT NULL,
    requested_by text,
    response json,
    error text,
    sent_at timestamptz,
    answered_at timestamptz,
    CONSTRAINT pk_commands PRIMARY KEY (id)
);
CREATE INDEX ix_commands_charger ON commands (charger_id, created_at DESC, id DESC);

CREATE TABLE connectors (
    charger_id text NOT NULL,
    evse_id integer NOT NULL,
    connector_id integer NOT NULL,
    status text NOT NULL,
    state text NOT NULL,
    error_code text,
    info text,
    vendor_id text,
    vendor_error_code text,
    updated_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    CONSTRAINT pk_connectors PRIMARY KEY (charger_id, evse_id, connector_id)
) WITH (fillfactor = 70);

CREATE TABLE device_events (
    id bigint GENERATED ALWAYS AS IDENTITY,
    charger_id text NOT NULL,
    at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    data json NOT NULL,
    digest text NOT NULL,
    CONSTRAINT pk_device_events PRIMARY KEY (id),
    CONSTRAINT uq_device_events_charger_id_at_digest UNIQUE (charger_id, at, digest)
);

CREATE TABLE events (
    id bigint DEFAULT nextval('event_ids'::regclass) NOT NULL,
    type text NOT NULL,
    at timestamptz NOT NULL,
    charger_id text,
    session_id bigint,
    data json NOT NULL,
    CONSTRAINT pk_events PRIMARY KEY (id)
);
CREATE INDEX ix_events_charger ON events (charger_id, id DESC);

CREATE TABLE kept_frames (
    id bigint GENERATED ALWAYS AS IDENTITY,
    charger_id text NOT NULL,
    kind text NOT NULL,
    action text NOT NULL,
    message_id text NOT NULL,
    protocol text NOT NULL,
    raw bytea NOT NULL,
    reason text NOT NULL,
    stack text,
    received_at timestamptz NOT NULL,
    digest text NOT NULL,
    CONSTRAINT pk_kept_frames PRIMARY KEY (id),
    CONSTRAINT uq_kept_frames_charger_id_kind_digest UNIQUE (charger_id, kind, digest)
);
CREATE INDEX ix_kept_frames_charger ON kept_frames (charger_id, id DESC);

CREATE TABLE messages (
    id bigint DEFAULT nextval('message_row_ids'::regclass) NOT NULL,
    charger_id text NOT NULL,
    direction text NOT NULL,
    message_id text NOT NULL,
    action text NOT NULL,
    request text NOT NULL,
    answer text,
    outcome text NOT NULL,
    at timestamptz NOT NULL,
    answered_at timestamptz
)
 PARTITION BY RANGE (at);
CREATE INDEX ix_messages_charger ON messages (charger_id, at DESC, id DESC);

CREATE TABLE meter_kinds (
    id integer GENERATED ALWAYS AS IDENTITY,
    measurand text NOT NULL,
    unit text NOT NULL,
    context text NOT NULL,
    phase text NOT NULL,
    location text NOT NULL,
    signed boolean NOT NULL,
    CONSTRAINT pk_meter_kinds PRIMARY KEY (id),
    CONSTRAINT uq_meter_kinds_measurand_unit_context_phase_location_signed UNIQUE (measurand, unit, context, phase, location, signed)
);

CREATE TABLE meter_values (
    id bigint DEFAULT nextval('meter_value_ids'::regclass) NOT NULL,
    charger_id text NOT NULL,
    evse_id integer NOT NULL,
    session_id bigint,
    kind_id integer NOT NULL,
    at timestamptz NOT NULL,
    value text NOT NULL,
    received_at timestamptz NOT NULL,
    transaction_id text
)
 PARTITION BY RANGE (at);
CREATE UNIQUE INDEX uq_meter_values_charger ON meter_values (charger_id, evse_id, at, kind_id) WHERE session_id IS NULL;
CREATE UNIQUE INDEX uq_meter_values_session ON meter_values (session_id, at, kind_id, evse_id) WHERE session_id IS NOT NULL;

CREATE TABLE secrets (
    name text NOT NULL,
    value bytea NOT NULL,
    CONSTRAINT pk_secrets PRIMARY KEY (name)
);

CREATE TABLE security_events (
    id bigint GENERATED ALWAYS AS IDENTITY,
    charger_id text NOT NULL,
    type text NOT NULL,
    at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    tech_info text,
    digest text NOT NULL,
    CONSTRAINT pk_security_events PRIMARY KEY (id),
    CONSTRAINT uq_security_events_charger_id_at_digest UNIQUE (charger_id, at, digest)
);

CREATE TABLE session_stops (
    session_id bigint NOT NULL,
    key text NOT NULL,
    meter_stop_wh bigint NOT NULL,
    at timestamptz NOT NULL,
    raw_timestamp text,
    received_at timestamptz NOT NULL,
    reason text NOT NULL,
    id_tag text,
    CONSTRAINT pk_session_stops PRIMARY KEY (session_id, key)
);

CREATE TABLE sessions (
    id bigint GENERATED ALWAYS AS IDENTITY,
    charger_id text NOT NULL,
    evse_id integer,
    connector_id integer,
    transaction_id text NOT NULL,
    protocol text NOT NULL,
    state text NOT NULL,
    started_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    id_tag text,
    tag_key text,
    ended_at timestamptz,
    meter_start_wh bigint,
    meter_stop_wh bigint,
    energy_wh bigint DEFAULT 0 NOT NULL,
    power_w bigint,
    soc_percent smallint,
    stop_reason text,
    flags text[] DEFAULT '{}'::text[] NOT NULL,
    "authorization" text,
    charging_state text,
    remote_start_id bigint,
    reservation_id bigint,
    base_wh bigint,
    register_wh bigint,
    carried_wh bigint DEFAULT 0 NOT NULL,
    first_seq_no bigint,
    last_seq_no bigint,
    last_event_at timestamptz,
    last_digest text,
    events_count integer DEFAULT 0 NOT NULL,
    metered_at timestamptz,
    start_key text,
    stop_key text,
    CONSTRAINT pk_sessions PRIMARY KEY (id)
) WITH (fillfactor = 80);
CREATE INDEX ix_sessions_active ON sessions (started_at DESC, id DESC) WHERE state = 'active';
CREATE INDEX ix_sessions_active_evse ON sessions (charger_id, evse_id) WHERE state = 'active';
CREATE INDEX ix_sessions_active_tag ON sessions (tag_key) WHERE state = 'active';
CREATE INDEX ix_sessions_charger ON sessions (charger_id, started_at DESC, id DESC);
CREATE INDEX ix_sessions_started ON sessions (started_at DESC, id DESC);
CREATE INDEX ix_sessions_tag ON sessions (tag_key, started_at DESC, id DESC);
CREATE INDEX ix_sessions_unresolved ON sessions (started_at DESC, id DESC) WHERE state = 'unresolved';
CREATE UNIQUE INDEX uq_sessions_start_key ON sessions (start_key);
CREATE UNIQUE INDEX uq_sessions_stop_key ON sessions (stop_key);
CREATE UNIQUE INDEX uq_sessions_transaction ON sessions (charger_id, transaction_id, (protocol = 'ocpp1.6')) WHERE stop_key IS NULL;

CREATE TABLE tags (
    key text NOT NULL,
    id_tag text NOT NULL,
    status text NOT NULL,
    type text,
    parent text,
    expires_at timestamptz,
    max_active_sessions integer,
    user_id bigint,
    note text,
    created_at timestamptz DEFAULT now() NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    CONSTRAINT pk_tags PRIMARY KEY (key)
);
CREATE INDEX ix_tags_created ON tags (created_at DESC, key DESC);

CREATE TABLE tokens (
    id bigint GENERATED ALWAYS AS IDENTITY,
    name text NOT NULL,
    prefix text NOT NULL,
    secret_hash bytea NOT NULL,
    scopes text[] NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    expires_at timestamptz,
    last_used_at timestamptz,
    revoked_at timestamptz,
    CONSTRAINT pk_tokens PRIMARY KEY (id),
    CONSTRAINT uq_tokens_secret_hash UNIQUE (secret_hash)
);

CREATE TABLE transaction_events (
    charger_id text NOT NULL,
    transaction_id text NOT NULL,
    seq_no bigint NOT NULL,
    digest text NOT NULL,
    kind text NOT NULL,
    at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    trigger_reason text NOT NULL,
    protocol text NOT NULL,
    offline boolean NOT NULL,
    evse_id integer,
    connector_id integer,
    id_tag text,
    "authorization" text,
    charging_state text,
    stopped_reason text,
    remote_start_id bigint,
    reservation_id bigint,
    register_wh bigint,
    interval_wh bigint,
    power_w bigint,
    soc_percent smallint,
    clock_flag text,
    CONSTRAINT pk_transaction_events PRIMARY KEY (charger_id, transaction_id, seq_no, digest)
);

CREATE TABLE users (
    id bigint GENERATED ALWAYS AS IDENTITY,
    name text NOT NULL,
    name_key text NOT NULL,
    role text NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    disabled boolean DEFAULT false NOT NULL,
    password_hash text NOT NULL,
    CONSTRAINT pk_users PRIMARY KEY (id),
    CONSTRAINT uq_users_name_key UNIQUE (name_key)
);

CREATE TABLE variables (
    charger_id text NOT NULL,
    key text NOT NULL,
    request_id bigint NOT NULL,
    position bigint NOT NULL,
    received_at timestamptz NOT NULL,
    data json NOT NULL,
    CONSTRAINT pk_variables PRIMARY KEY (charger_id, key)
);

CREATE TABLE login_links (
    secret_hash bytea NOT NULL,
    user_id bigint NOT NULL,
    expires_at timestamptz NOT NULL,
    CONSTRAINT pk_login_links PRIMARY KEY (secret_hash),
    CONSTRAINT fk_login_links_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE
);

CREATE TABLE logins (
    secret_hash bytea NOT NULL,
    user_id bigint NOT NULL,
    csrf text NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    expires_at timestamptz NOT NULL,
    CONSTRAINT pk_logins PRIMARY KEY (secret_hash),
    CONSTRAINT fk_logins_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE
);
CREATE INDEX ix_logins_expires_at ON logins (expires_at);
CREATE INDEX ix_logins_user_id ON logins (user_id);
"""

PARTITIONS = """
CREATE FUNCTION prepare_partitions(parent text, unit text, behind integer, ahead integer) RETURNS integer
LANGUAGE plpgsql AS $$
-- Make the partitions of the months or days around now that are not there yet; how many were made.
-- Rows that the default partition holds for a new one are moved into it.
DECLARE
    step interval := ('1 ' || unit)::interval;
    lower_bound timestamptz;
    upper_bound timestamptz;
    partition text;
    made integer := 0;
BEGIN
    PERFORM pg_advisory_xact_lock(7865117210001);
    FOR n IN -behind .. ahead LOOP
        lower_bound := (date_trunc(unit, now() AT TIME ZONE 'UTC') + n * step) AT TIME ZONE 'UTC';
        upper_bound := (date_trunc(unit, now() AT TIME ZONE 'UTC') + (n + 1) * step) AT TIME ZONE 'UTC';
        partition := parent || '_' || to_char(lower_bound AT TIME ZONE 'UTC', 'YYYYMMDD');
        CONTINUE WHEN to_regclass(partition) IS NOT NULL;
        EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS)', partition, parent);
        EXECUTE format(
            'WITH moved AS (DELETE FROM %I WHERE at >= %L AND at < %L RETURNING *) INSERT INTO %I SELECT * FROM moved',
            parent || '_default', lower_bound, upper_bound, partition);
        EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', parent, partition, lower_bound, upper_bound);
        made := made + 1;
    END LOOP;
    RETURN made;
END
$$;

CREATE FUNCTION retire_partitions(parent text, before timestamptz) RETURNS integer
LANGUAGE plpgsql AS $$
-- Drop the partitions that end at or before a moment; how many were dropped. The default partition stays.
DECLARE
    partition record;
    dropped integer := 0;
BEGIN
    FOR partition IN
        SELECT child.relname AS name,
            (regexp_match(pg_get_expr(child.relpartbound, child.oid), $re$TO \\('([^']+)'\\)$re$))[1]::timestamptz AS ends
        FROM pg_inherits JOIN pg_class child ON child.oid = inhrelid
        WHERE inhparent = parent::regclass
    LOOP
        IF partition.ends <= before THEN
            EXECUTE format('DROP TABLE %I', partition.name);
            dropped := dropped + 1;
        END IF;
    END LOOP;
    RETURN dropped;
END
$$;

CREATE FUNCTION record_events(rows json) RETURNS void
LANGUAGE plpgsql AS $$
-- Insert events under a lock that is held until the transaction ends: ids become visible in the order they are given out.
-- Call it last, in a transaction that commits synchronously.
BEGIN
    PERFORM pg_advisory_xact_lock(7865117210002);
    INSERT INTO events (type, at, charger_id, session_id, data)
    SELECT type, at, charger_id, session_id, data::json
    FROM json_to_recordset(rows) AS new (type text, at timestamptz, charger_id text, session_id bigint, data text);
    PERFORM pg_notify('voltaro', 'events:');
END
$$;

CREATE TABLE meter_values_default PARTITION OF meter_values DEFAULT;
CREATE TABLE messages_default PARTITION OF messages DEFAULT;
SELECT prepare_partitions('meter_values', 'month', 2, 3);
SELECT prepare_partitions('messages', 'day', 1, 7);
"""


def upgrade() -> None:
    connection = op.get_bind()
    connection.exec_driver_sql(TABLES)
    connection.exec_driver_sql(PARTITIONS.replace("%", "%%"))
