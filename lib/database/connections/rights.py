"""What the tracking server's role needs in its databases."""
from __future__ import annotations

from connections import Connection


def missing_right(connection: Connection, table: str | None = None) -> str | None:
    """What the connection's role may not do in its database and a migration needs. table: one that the role must own if it is there."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, current_database(), current_schema(), has_schema_privilege(current_schema(), 'CREATE')")
        role, database, schema, may_create = cursor.fetchone()
        cursor.execute("SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = to_regclass(%s) AND NOT pg_has_role(relowner, 'USAGE')", (table,))
        owner = cursor.fetchone()
    if owner:
        return (f'the tables of the database {database} belong to the role {owner[0]}: write its name and password into the Secret of '
                f'database.secret, or run REASSIGN OWNED BY "{owner[0]}" TO "{role}" in that database')
    if schema is None:
        return f'the role {role} finds no schema in the database {database}: run CREATE SCHEMA public AUTHORIZATION "{role}" in it'
    if not may_create:
        return f'the role {role} may not make tables in the database {database}: run GRANT CREATE ON SCHEMA {schema} TO "{role}" in it'
    return None
