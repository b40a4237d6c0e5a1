"""What the tracking server's role needs in its databases."""
from __future__ import annotations

from connections import Connection, the_row

# What the role may do in the schema that its tables will be in: make some by itself or by a role that it belongs to, and by everybody's right.
MAY_CREATE = """
    SELECT current_user, current_database(), current_schema(), has_schema_privilege(current_schema(), 'CREATE'),
           (SELECT bool_or(grantee <> 0 AND pg_has_role(grantee, 'USAGE')) FROM pg_namespace, aclexplode(coalesce(nspacl, acldefault('n', nspowner)))
            WHERE nspname = current_schema() AND privilege_type = 'CREATE')"""


def quoted(name: str) -> str:
    """A name as people can paste it into SQL."""
    return '"' + name.replace('"', '""') + '"'


def missing_right(connection: Connection, table: str | None = None, of_its_own: bool = False) -> str | None:
    """What the connection's role may not do in its database and a migration needs.

    table: one that the role must own if it is there. of_its_own: whether the right to make tables must be more than that which everybody has.
    """
    with connection.cursor() as cursor:
        cursor.execute(MAY_CREATE)
        role, database, schema, may_create, by_itself = the_row(cursor)
        cursor.execute("SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = to_regclass(%s) AND NOT pg_has_role(relowner, 'USAGE')", (table,))
        owner = cursor.fetchone()
        cursor.execute("SELECT pg_encoding_to_char(encoding), to_regclass(%s) IS NULL FROM pg_database WHERE datname = current_database()",
                       (table or "alembic_version",))
        encoding, is_new = the_row(cursor)
    # In any other, names and values with letters that it does not have are errors. A platform that lives with that goes on.
    if encoding != "UTF8" and is_new:
        return (f"the database {database} has the encoding {encoding}, and must have UTF8: make another one, by CREATE DATABASE ... TEMPLATE "
                "template0 ENCODING 'UTF8'")
    if owner:
        return (f'the tables of the database {database} belong to the role {owner[0]}: write its name and password into the Secret of '
                f'database.secret, or run REASSIGN OWNED BY {quoted(owner[0])} TO {quoted(role)} in that database')
    if schema is None:
        return f'the role {role} finds no schema in the database {database}: run CREATE SCHEMA public AUTHORIZATION {quoted(role)} in it'
    if not may_create or (of_its_own and not by_itself):
        may = 'may make tables only as everybody may' if may_create else 'may not make tables'
        return f'the role {role} {may} in the database {database}: run GRANT CREATE ON SCHEMA {quoted(schema)} TO {quoted(role)} in it'
    return None
