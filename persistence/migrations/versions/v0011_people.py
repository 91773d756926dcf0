"""Drivers own tags; logins can be listed and ended one by one; the audit says what was before and after, and where it came from.

The release before goes on working: what is new has defaults, may be empty, or is kept by triggers. A tag whose ``user_id`` names no
driver stays as it is: the reference is checked for what is written from now on (``NOT VALID``), and no driver is given its number.
"""

from __future__ import annotations

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

DRIVERS = """
CREATE TABLE drivers (
    id bigint GENERATED ALWAYS AS IDENTITY,
    name text NOT NULL,
    email text,
    phone text,
    external_id text,
    note text,
    disabled boolean DEFAULT false NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    CONSTRAINT pk_drivers PRIMARY KEY (id),
    CONSTRAINT uq_drivers_external_id UNIQUE (external_id)
);
SELECT setval(pg_get_serial_sequence('drivers', 'id'), max(user_id)) FROM tags WHERE user_id BETWEEN 1 AND 1099511627776;
ALTER TABLE tags ADD COLUMN driver_disabled boolean DEFAULT false NOT NULL;
ALTER TABLE tags ADD CONSTRAINT fk_tags_user_id FOREIGN KEY (user_id) REFERENCES drivers (id) NOT VALID;
CREATE INDEX ix_tags_user_id ON tags (user_id) WHERE user_id IS NOT NULL;

CREATE TABLE tag_owners (
    id bigint GENERATED ALWAYS AS IDENTITY,
    tag_key text NOT NULL,
    driver_id bigint NOT NULL,
    since timestamptz NOT NULL,
    until timestamptz DEFAULT 'infinity' NOT NULL,
    CONSTRAINT pk_tag_owners PRIMARY KEY (id)
);
CREATE INDEX ix_tag_owners_driver ON tag_owners (driver_id, tag_key);
CREATE INDEX ix_tag_owners_tag ON tag_owners (tag_key);
INSERT INTO tag_owners (tag_key, driver_id, since) SELECT key, user_id, '-infinity' FROM tags WHERE user_id IS NOT NULL;
"""

# A card whose driver may not charge carries that itself, so that judging it takes one row.
OWNED = """
CREATE FUNCTION tag_takes_on_its_driver() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.driver_disabled := coalesce((SELECT disabled FROM drivers WHERE id = NEW.user_id FOR SHARE), false);
    RETURN NEW;
END $$;
CREATE TRIGGER takes_on_its_driver BEFORE INSERT OR UPDATE OF user_id ON tags FOR EACH ROW EXECUTE FUNCTION tag_takes_on_its_driver();
CREATE FUNCTION driver_tells_its_tags() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE tags SET driver_disabled = NEW.disabled WHERE user_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER tells_its_tags AFTER UPDATE OF disabled ON drivers FOR EACH ROW
    WHEN (OLD.disabled IS DISTINCT FROM NEW.disabled) EXECUTE FUNCTION driver_tells_its_tags();

CREATE FUNCTION tag_owner_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' AND (TG_OP = 'DELETE' OR NEW.user_id IS DISTINCT FROM OLD.user_id) THEN
        UPDATE tag_owners SET until = clock_timestamp() WHERE tag_key = OLD.key AND until = 'infinity';
    END IF;
    IF TG_OP <> 'DELETE' AND NEW.user_id IS NOT NULL AND (TG_OP = 'INSERT' OR NEW.user_id IS DISTINCT FROM OLD.user_id) THEN
        INSERT INTO tag_owners (tag_key, driver_id, since) SELECT NEW.key, NEW.user_id,
            CASE WHEN EXISTS (SELECT FROM tag_owners WHERE tag_key = NEW.key) THEN clock_timestamp() ELSE '-infinity' END;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER owner_is_kept AFTER INSERT OR DELETE OR UPDATE OF user_id ON tags FOR EACH ROW EXECUTE FUNCTION tag_owner_is_kept();
"""

PEOPLE = """
ALTER TABLE users
    ADD COLUMN issuer text,
    ADD COLUMN subject text,
    ADD COLUMN last_login_at timestamptz,
    ADD COLUMN version integer DEFAULT 1 NOT NULL;
CREATE UNIQUE INDEX uq_users_subject ON users (issuer, subject);
ALTER TABLE logins
    ADD COLUMN id bigint GENERATED ALWAYS AS IDENTITY,
    ADD COLUMN method text DEFAULT 'password' NOT NULL,
    ADD COLUMN last_seen_at timestamptz,
    ADD COLUMN address text,
    ADD COLUMN user_agent text;
CREATE UNIQUE INDEX uq_logins_id ON logins (id);
ALTER TABLE tokens ADD COLUMN created_by text;
"""

AUDIT = """
ALTER TABLE audit
    ADD COLUMN before json,
    ADD COLUMN after json,
    ADD COLUMN address text,
    ADD COLUMN request_id text;
CREATE INDEX ix_audit_actor ON audit (actor, id);
CREATE INDEX ix_audit_action ON audit (action, id);
CREATE INDEX ix_audit_target ON audit (target, id);
CREATE INDEX ix_audit_at ON audit (at);
"""


def upgrade() -> None:
    connection = op.get_bind()
    for statements in (DRIVERS, OWNED, PEOPLE, AUDIT):
        connection.exec_driver_sql(statements)
