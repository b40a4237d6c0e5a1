"""How connections to the platform's databases are opened, by MLflow and by the platform's own programs.

A URI postgresql+platform://HOST:PORT/NAME?secret=FOLDER&... is psycopg2's of SQLAlchemy, except that

- user and password are read from FOLDER, where a Secret is mounted, whenever a connection is opened: the kubelet refreshes the files when
  the Secret changes, so that a running server learns a new password by itself;
- a password that worked before is tried where the file's does not: a role gets its new password some time after the Secret has it;
- a connection that meets a read-only server is thrown away with its pool, as one that was lost: after a failover it leads to the server
  that was the primary before;
- an error that says that the server is in trouble is SQLAlchemy's OperationalError, which MLflow answers with 503, so that clients try
  again, and never with 400.
"""
from __future__ import annotations

import pathlib
import socket
import ssl
from typing import Any

import psycopg2
from psycopg2 import errors
from psycopg2.extensions import connection, cursor
from sqlalchemy import make_url
from sqlalchemy.dialects.postgresql.psycopg2 import PGDialect_psycopg2

Connection = connection
Cursor = cursor
Credentials = dict[str, str]

# Folder of a Secret to what the last connection by it was opened with.
worked: dict[str, Credentials] = {}


class Dialect(PGDialect_psycopg2):
    """What SQLAlchemy finds behind `postgresql+platform`, by entry_points.txt."""

    supports_statement_cache = True

    # psycopg2's exceptions that tell of the server, whatever class they are of. DatabaseError is what it raises when it knows nothing better.
    dbapi_exception_translation_map = dict.fromkeys(
        ("ReadOnlySqlTransaction", "IdleInTransactionSessionTimeout", "InterfaceError", "DatabaseError"), "OperationalError")

    def connect(self, *_: Any, **parameters: Any) -> Any:
        return open_connection(**parameters)

    def is_disconnect(self, e: Exception, connection: Any, cursor: Any) -> bool:
        return isinstance(e, errors.ReadOnlySqlTransaction) or bool(super().is_disconnect(e, connection, cursor))


def connect(uri: str) -> Connection:
    """A connection without SQLAlchemy, each of whose statements is a transaction. Raises psycopg2.OperationalError."""
    _, parameters = Dialect().create_connect_args(make_url(uri))
    connection = open_connection(**parameters)
    connection.autocommit = True
    return connection


def at(uri: str, database: str) -> str:
    """The URI of another database of the server."""
    return make_url(uri).set(database=database).render_as_string(hide_password=False)


def open_connection(secret: str, **parameters: Any) -> Connection:
    """Signs in as the Secret in the folder `secret` says. Raises psycopg2.OperationalError."""
    now = credentials(secret)
    try:
        opened = signed_in(parameters, now)
    except psycopg2.OperationalError as error:
        before = worked.get(secret, now)
        if before != now:
            try:
                return signed_in(parameters, before)
            except psycopg2.OperationalError:
                pass  # what is wrong with the Secret's is of interest
        if "certificate verify failed" in str(error):
            raise psycopg2.OperationalError(f"{reason(error)}: {why_unverified(**parameters)}") from None
        raise
    worked[secret] = now
    return opened


def signed_in(parameters: dict[str, Any], by: Credentials) -> Connection:
    made: Connection = psycopg2.connect(**{**parameters, **by})
    return made


def credentials(secret: str) -> Credentials:
    """What the Secret's files say now. Without a password where the Secret has none, as the server may ask for a certificate instead."""
    folder = pathlib.Path(secret)
    files = {"user": folder / "username", "password": folder / "password"}
    return {name: value(file) for name, file in files.items() if name == "user" or file.exists()}


def value(file: pathlib.Path) -> str:
    """A value of a Secret without the line feeds that editors end a file with. Raises psycopg2.OperationalError, as the server would."""
    try:
        text = file.read_text(encoding="utf-8").rstrip("\n")
    except UnicodeDecodeError:
        raise psycopg2.OperationalError(f"{file} is no text in UTF-8: write another {file.name} into the Secret") from None
    except OSError as error:
        raise psycopg2.OperationalError(f"{file} cannot be read: {error.strerror}") from None
    if not text or "\0" in text:
        raise psycopg2.OperationalError(f"{file} {'holds a NUL byte' if text else 'is empty'}: write another {file.name} into the Secret")
    return text


def the_row(found: Cursor) -> tuple[Any, ...]:
    """The row of a query that always has one."""
    row = found.fetchone()
    assert row is not None
    return row


def reason(error: Exception) -> str:
    """What an error says, in one line."""
    return "; ".join(line.strip() for line in str(error).splitlines() if line.strip()) or type(error).__name__


# What a client of PostgreSQL asks for TLS with: https://www.postgresql.org/docs/current/protocol-message-formats.html (SSLRequest)
SSL_REQUEST = bytes((0, 0, 0, 8, 4, 210, 22, 47))


def why_unverified(host: str, port: int, sslrootcert: str, **_: Any) -> str:
    """What is wrong with the server's certificate, which libpq does not tell."""
    try:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.load_verify_locations(sslrootcert)
        with socket.create_connection((host, port), timeout=5) as plain:
            plain.sendall(SSL_REQUEST)
            plain.recv(1)
            with context.wrap_socket(plain):
                return "the server has another certificate now"
    except ssl.SSLCertVerificationError as error:
        return f"{error.verify_message} (the authorities are those of {sslrootcert})"
    except OSError as error:
        return reason(error)
