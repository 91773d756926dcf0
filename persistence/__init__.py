"""The only room that knows SQLAlchemy and psycopg: tables, migrations and the store."""
