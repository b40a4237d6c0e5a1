"""The tracking server's databases."""
from __future__ import annotations

import contextlib
import os

import psycopg2
from connections import Connection, at, connect, reason
from ownership import ENVIRONMENT, TAKE_OVER, execute, is_ours, mark_in, marked, member_of, problem_of_mark, rows, transaction
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
        found = rows(administrator, "SELECT pg_get_userbyid(datdba), pg_get_userbyid(datdba) = current_user, datconnlimit,"
                                    " shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %(name)s", name=self._name)
        self._owner, administrators, limit, self._comment = found[0] if found else (None, True, LIMIT_WHILE_MADE, None)
        owned = self._owner == role.name
        self._finished = limit != LIMIT_WHILE_MADE
        without_mark = ((owned or administrators) and not self._finished) or (owned and role.of_earlier_release)
        ours = without_mark if mark_in(self._comment) is None else is_ours(self._comment, role.lets_in)
        self._change = ours or "database" in TAKE_OVER
        self._will_do = self._change or owned
        self._former = self._owner if self._finished and not owned else None  # who goes on by rights of its own when it is taken over

    def problem(self) -> str | None:
        """What is wrong with it, as far as that can be told before the role can sign in."""
        if problem := problem_of_mark("database", self._name, self._comment, self._role.lets_in):
            return problem
        return None if self._will_do or self._role.exists else self._refused(f"it belongs to the role {self._owner}")

    def problem_of_role(self) -> str | None:
        """What the role lacks in a database of others."""
        if self._will_do:
            return None
        try:
            with contextlib.closing(connect(self._uri)) as connection:
                missing = missing_right(connection, of_its_own=True)
        except psycopg2.OperationalError as error:
            missing = reason(error)
        return missing and self._refused(missing)

    def _refused(self, why: str) -> str:
        return (f"the database {self._name} exists, this environment did not make it, and {why}. Or write another {self._setting}, "
                "or database.takeOver: {database: true}")

    def set_up(self) -> None:
        if not self._change:
            say(f"the database {self._name} was made by others, and stays as it is")
        elif not (self._finished and self._owner == self._role.name and mark_in(self._comment) == ENVIRONMENT):
            roles = self._role.name, *filter(None, [self._former])
            if self._owner is None:
                with transaction(self._administrator), member_of(self._administrator, *roles):
                    pass  # asks whether it may, before there is anything
                # The administrator's, until the transaction in which it may act for the role: a kill leaves no membership.
                execute(self._administrator, f"CREATE DATABASE {{database}} CONNECTION LIMIT {{limit}} {self._encoding()}",
                        database=self._quoted, limit=Literal(LIMIT_WHILE_MADE))
            uri = at(os.environ["ADMINISTRATOR_URI"], self._name)
            with contextlib.closing(connect(uri)) as inside, transaction(inside), member_of(inside, *roles):
                self._make_ours(inside)
            say(f"the database {self._name} is set up")
        else:
            say(f"the database {self._name} is as it should be already")

    def _encoding(self) -> str:
        """What makes it UTF8 on a server whose databases are not. UTF8 goes with the locale C, and with few others."""
        found = rows(self._administrator, "SELECT 1 FROM pg_database WHERE datname = 'template1' AND pg_encoding_to_char(encoding) = 'UTF8'")
        return "" if found else "TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'"

    def _make_ours(self, inside: Connection) -> None:
        names = {"database": self._quoted, "role": self._role.quoted}
        if self._owner != self._role.name:
            execute(inside, "ALTER DATABASE {database} OWNER TO {role}", **names)
        execute(inside, "SET LOCAL ROLE {role}", **names)
        if self._former:
            self._let_go_on(inside, Identifier(self._former))
        if not self._finished:
            # Nothing is for PUBLIC. The schema is the database's owner's, too, by way of pg_database_owner.
            execute(inside, "REVOKE ALL ON DATABASE {database} FROM PUBLIC", **names)
            execute(inside, "REVOKE ALL ON SCHEMA public FROM PUBLIC")
            execute(inside, "ALTER DATABASE {database} CONNECTION LIMIT -1", **names)
        execute(inside, "COMMENT ON DATABASE {database} IS {comment}", comment=marked(self._comment), **names)
        execute(inside, "SET LOCAL ROLE NONE")

    def _let_go_on(self, inside: Connection, former: Identifier) -> None:
        """Its former owner keeps all that is not the owner's alone."""
        execute(inside, "GRANT ALL ON DATABASE {database} TO {former}", database=self._quoted, former=former)
        if rows(inside, "SELECT 1 FROM pg_namespace WHERE nspname = 'public' AND pg_get_userbyid(nspowner) = 'pg_database_owner'"):
            execute(inside, "GRANT ALL ON SCHEMA public TO {former}", former=former)
