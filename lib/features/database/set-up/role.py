"""The tracking server's role."""
from __future__ import annotations

import os
import time

import psycopg2
from connections import Connection, at, connect, credentials, reason
from ownership import TAKE_OVER, execute, is_ours, marked, problem_of_mark, rows, transaction
from psycopg2.extensions import encrypt_password
from psycopg2.sql import SQL, Identifier, Literal
from rights import quoted
from sqlalchemy import make_url
from waiting import GiveUp, say

# A client whose host lost its power says nothing more: by default its session and its locks stay for two hours. With these, 20 seconds.
# Earlier releases set no marks: a role with exactly these settings, no comment, and the Secret's password is taken to be theirs.
SETTINGS = {"tcp_keepalives_idle": "10s", "tcp_keepalives_interval": "5s", "tcp_keepalives_count": "2", "tcp_user_timeout": "20s",
            "client_connection_check_interval": "10s"}

# What reaches further than the server's own databases, of the role itself or of one that it belongs to. Not CREATEDB: nobody comes to
# anything of others by it.
TOO_MIGHTY = """
    SELECT rolname, concat_ws(' and ', CASE WHEN rolsuper THEN 'a superuser' END, CASE WHEN rolcreaterole THEN 'one that may make roles' END,
           CASE WHEN rolreplication THEN 'one that may copy the whole server' END,
           CASE WHEN rolbypassrls THEN 'one that no row security holds for' END, CASE WHEN rolname = current_user THEN 'the administrator itself' END)
    FROM pg_roles
    WHERE pg_has_role(%(role)s, oid, 'MEMBER') AND (rolsuper OR rolcreaterole OR rolreplication OR rolbypassrls OR rolname = current_user
          OR rolname IN ('pg_read_all_data', 'pg_write_all_data', 'pg_read_server_files', 'pg_write_server_files', 'pg_execute_server_program'))
    ORDER BY rolname <> %(role)s, rolname LIMIT 1"""

# A running server reads the Secret's new password from files, which the kubelet writes every 60 to 90 seconds, and signs in by the old one until
# the role has another. Were the role the first to have the new one, servers would find no new connections until then.
SERVERS_LEARN_WITHIN_S = 100

# PostgreSQL's answers to a role whose password was right.
AFTER_THE_PASSWORD = ("permission denied for database", "too many connections")


class Role:
    """uris: of its databases, whose Secret names it."""

    def __init__(self, administrator: Connection, uris: list[str]) -> None:
        self._administrator, self._uris = administrator, uris
        try:
            self._credentials = credentials(str(make_url(uris[0]).query["secret"]))
        except psycopg2.OperationalError as error:
            raise GiveUp(str(error)) from error
        self.name = self._credentials["user"]
        self.quoted = Identifier(self.name)
        found = rows(administrator, "SELECT rolconfig, rolcanlogin, shobj_description(oid, 'pg_authid') FROM pg_roles WHERE rolname = %(name)s",
                     name=self.name)
        settings, may_sign_in, self._comment = found[0] if found else (None, True, None)
        self.exists = bool(found)
        as_before = self._comment is None and set(settings or ()) == {f"{name}={value}" for name, value in SETTINGS.items()}
        self.of_earlier_release = as_before and self.lets_in()
        ours = not self.exists or self.of_earlier_release or is_ours(self._comment, self.lets_in)
        self._change = ours or "role" in TAKE_OVER
        self._stays_locked = ours and not may_sign_in

    def problem(self) -> str | None:
        if not self.exists:
            return None
        if mighty := rows(self._administrator, TOO_MIGHTY, role=self.name):
            other, why = mighty[0]
            what = f"is {why}" if other == self.name else f"belongs to the role {other}{why and f', {why}'}"
            return (f"the role {self.name} {what}: whoever broke into the tracking server would reach what is not the server's. Write another "
                    "username into the Secret of database.secret")
        if problem := problem_of_mark("role", self.name, self._comment, self.lets_in):
            return problem
        why = None if self._change else self._why_refused()
        return why and (f"the role {self.name} exists, this environment did not make it, and the Secret of database.secret does not let it in "
                        f"({why}): write its password there, or another username, or database.takeOver: {{role: true}}")

    def lets_in(self) -> bool:
        """Whether the Secret lets the role in."""
        return self._why_refused() is None

    def _why_refused(self) -> str | None:
        """None where the Secret lets it in."""
        for uri in [*self._uris, at(self._uris[0], "postgres")]:
            try:
                connect(uri).close()
                return None
            except psycopg2.OperationalError as error:
                why = reason(error)
                if any(text in why for text in AFTER_THE_PASSWORD):
                    return None
        return why

    def _in_use(self) -> bool:
        return bool(rows(self._administrator, "SELECT 1 FROM pg_stat_activity WHERE usename = %(role)s LIMIT 1", role=self.name))

    def set_up(self) -> None:
        if not self._change:
            say(f"the role {self.name} was made by others, and stays as it is")
            return
        if self._in_use() and self._why_refused():
            say(f"the role {self.name} gets the Secret's new password in {SERVERS_LEARN_WITHIN_S} seconds: running servers must have read it by then")
            time.sleep(SERVERS_LEARN_WITHIN_S)
        with transaction(self._administrator):
            if not self.exists:
                execute(self._administrator, "CREATE ROLE {role}", role=self.quoted)
            limit = SQL(str(int(os.environ["CONNECTION_LIMIT"])))
            login = SQL("" if self._stays_locked else "LOGIN")
            execute(self._administrator, "ALTER ROLE {role} {login} CONNECTION LIMIT {limit}", role=self.quoted, login=login, limit=limit)
            for name, value in SETTINGS.items():
                execute(self._administrator, "ALTER ROLE {role} SET {name} = {value}", role=self.quoted, name=Identifier(name), value=Literal(value))
            # A hash: a statement with the password itself could end in the server's log. None where a certificate stands for it.
            password = self._credentials.get("password")
            hashed = password and encrypt_password(password, self.name, scope=self._administrator)
            execute(self._administrator, "ALTER ROLE {role} PASSWORD {hashed}", role=self.quoted, hashed=Literal(hashed))
            execute(self._administrator, "COMMENT ON ROLE {role} IS {comment}", role=self.quoted, comment=marked(self._comment))
        say(f"the role {self.name} is set up")
        if self._stays_locked:
            say(f"the role {self.name} may not sign in, as somebody said: it stays so until they run ALTER ROLE {quoted(self.name)} LOGIN")
