"""The tracking server's databases."""
from __future__ import annotations

import contextlib
import os

import psycopg2
from connections import Connection, at, connect, reason
from ownership import ENVIRONMENT, TAKE_OVER, execute, mark_in, marked, member_of, problem_of_mark, rows, transaction
from psycopg2.sql import Identifier, Literal
from rights import missing_right
from role import Role
from sqlalchemy import make_url
from waiting import say

# Of a database that is being made, and of no other: no comment can be set in the same moment, so this tells what a killed attempt left.
LIMIT_WHILE_MADE = int.from_bytes(b"mlfl", "big")


class Database:
    """One of the databases. setting: what names it in the environment file."""

    def __init__(self, administrator: Connection, uri: str, role: Role, setting: str) -> None:
        self._administrator, self._uri, self._role, self._setting = administrator, uri, role, setting
        self._name = str(make_url(uri).database)
        self._quoted = Identifier(self._name)
        found = rows(administrator, "SELECT pg_get_userbyid(datdba), datconnlimit, shobj_description(oid, 'pg_database') FROM pg_database"
                                    " WHERE datname = %(name)s", name=self._name)
        self._owner, limit, self._comment = found[0] if found else (None, None, None)
        self._finished = bool(found) and limit != LIMIT_WHILE_MADE
        owned, mark = self._owner == role.name, mark_in(self._comment)
        ours = not found or mark == ENVIRONMENT or (mark is None and owned and (not self._finished or role.of_earlier_release))
        self._change = ours or "database" in TAKE_OVER
        self._will_do = self._change or owned

    def problem(self) -> str | None:
        """What is wrong with it, as far as that can be told before the role can sign in."""
        if problem := problem_of_mark("database", self._name, self._comment):
            return problem
        return None if self._will_do or self._role.exists else self._refused(f"it belongs to the role {self._owner}")

    def problem_of_role(self) -> str | None:
        """What the role lacks in a database of others."""
        if self._will_do:
            return None
        try:
            with contextlib.closing(connect(self._uri)) as connection:
                missing = missing_right(connection)
        except psycopg2.OperationalError as error:
            missing = reason(error)
        return missing and self._refused(missing)

    def _refused(self, why: str) -> str:
        return (f"the database {self._name} exists, this environment did not make it, and {why}. Or write another {self._setting}, "
                "or database.takeOver: {database: true}")

    def set_up(self) -> None:
        if not self._change:
            say(f"the database {self._name} was made by others, and stays as it is")
        elif not (self._finished and self._owner == self._role.name and mark_in(self._comment)):
            with member_of(self._administrator, self._role.name, *filter(None, [self._owner])):
                if self._owner is None:
                    execute(self._administrator, "CREATE DATABASE {database} OWNER {role} CONNECTION LIMIT {limit}",
                            database=self._quoted, role=self._role.quoted, limit=Literal(LIMIT_WHILE_MADE))
                with contextlib.closing(connect(at(os.environ["ADMINISTRATOR_URI"], self._name))) as inside, transaction(inside):
                    self._make_ours(inside)
            say(f"the database {self._name} is set up")
        else:
            say(f"the database {self._name} is as it should be already")

    def _make_ours(self, inside: Connection) -> None:
        names = {"database": self._quoted, "role": self._role.quoted}
        former = self._owner if self._owner not in (None, self._role.name) else None
        if former:
            execute(inside, "ALTER DATABASE {database} OWNER TO {role}", **names)
        execute(inside, "SET LOCAL ROLE {role}", **names)
        if former:
            self._let_go_on(inside, Identifier(former))
        if not self._finished:
            # Nothing is for PUBLIC. The schema is the database's owner's, too, by way of pg_database_owner.
            execute(inside, "REVOKE ALL ON DATABASE {database} FROM PUBLIC", **names)
            execute(inside, "REVOKE ALL ON SCHEMA public FROM PUBLIC")
            execute(inside, "ALTER DATABASE {database} CONNECTION LIMIT -1", **names)
        execute(inside, "COMMENT ON DATABASE {database} IS {comment}", comment=marked(self._comment), **names)

    def _let_go_on(self, inside: Connection, former: Identifier) -> None:
        """Its former owner keeps all that is not the owner's alone."""
        execute(inside, "GRANT ALL ON DATABASE {database} TO {former}", database=self._quoted, former=former)
        if rows(inside, "SELECT 1 FROM pg_namespace WHERE nspname = 'public' AND pg_get_userbyid(nspowner) = 'pg_database_owner'"):
            execute(inside, "GRANT ALL ON SCHEMA public TO {former}", former=former)
