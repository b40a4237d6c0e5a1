"""A PostgreSQL and an S3 store of somebody else's, on this machine."""

from __future__ import annotations

import copy
import logging
import os
import pathlib
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from typing import Any

import boto3
import psycopg2
from moto.server import ThreadedMotoServer

PROGRAMS = pathlib.Path("/usr/lib/postgresql/15/bin")
SUPERUSER = "superuser"
PASSWORD = "the-superusers-password"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Postgres:
    """A server of its own, whose roles sign in with passwords. `settings` are lines of postgresql.conf."""

    def __init__(self, settings: dict[str, str] | None = None) -> None:
        self.port, self.address = free_port(), "127.0.0.1"
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="mlflow-platform-postgres-"))
        self._user = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
        self._made = 0
        password = self.folder / "password"
        password.write_text(PASSWORD)
        shutil.chown(self.folder, self._user)
        shutil.chown(password, self._user)
        self.data = self.folder / "data"
        self._run("initdb", "--no-sync", "--username", SUPERUSER, "--pwfile", str(password), "--auth", "scram-sha-256", "--encoding", "UTF8", str(self.data))
        lines = {"listen_addresses": "'*'", "port": str(self.port), "unix_socket_directories": f"'{self.folder}'", "fsync": "off", "max_connections": "300",
                 "log_line_prefix": "'%m [%p] %u@%d '", **(settings or {})}
        with (self.data / "postgresql.conf").open("a") as file:
            file.writelines(f"{name} = {value}\n" for name, value in lines.items())
        with (self.data / "pg_hba.conf").open("a") as file:
            file.write("host all all 0.0.0.0/0 scram-sha-256\nhost all all ::/0 scram-sha-256\n")
        self.start()

    def _run(self, program: str, *arguments: str) -> str:
        command = [str(PROGRAMS / program), *arguments]
        if os.geteuid() == 0:
            command = ["setpriv", f"--reuid={self._user}", f"--regid={self._user}", "--clear-groups", *command]
        environment = {**os.environ, "PGHOST": self.address, "PGPORT": str(self.port), "PGUSER": SUPERUSER, "PGPASSWORD": PASSWORD}
        return subprocess.run(command, check=True, capture_output=True, text=True, cwd=self.folder, env=environment).stdout

    def standby(self, address: str) -> Postgres:
        """A server that follows this one, on the same port of another address, until it is promoted."""
        other = copy.copy(self)
        other.folder = pathlib.Path(tempfile.mkdtemp(prefix="mlflow-platform-postgres-"))
        shutil.chown(other.folder, self._user)
        other.data, other.address = other.folder / "data", address
        self._run("pg_basebackup", "--write-recovery-conf", "--checkpoint=fast", "--pgdata", str(other.data))
        with (other.data / "postgresql.conf").open("a") as file:
            file.write(f"listen_addresses = '{address}'\nunix_socket_directories = '{other.folder}'\n")
        other.start()
        return other

    def promote(self) -> None:
        self._run("pg_ctl", "promote", "--wait", "--pgdata", str(self.data))

    def write(self, file: str, text: str) -> None:
        """Writes a file of the server's folder, which it alone can read. It is read after a reload."""
        path = self.data / file
        path.write_text(text)
        path.chmod(0o600)
        shutil.chown(path, self._user)

    def reload(self) -> None:
        self._run("pg_ctl", "reload", "--pgdata", str(self.data))

    def start(self) -> None:
        self._run("pg_ctl", "start", "--wait", "--pgdata", str(self.data), "--log", str(self.folder / "log"))

    def stop(self, mode: str = "fast") -> None:
        self._run("pg_ctl", "stop", "--wait", "--mode", mode, "--pgdata", str(self.data))

    def remove(self) -> None:
        self.stop("immediate")
        shutil.rmtree(self.folder)

    def connect(self, database: str = "postgres", user: str = SUPERUSER, password: str = PASSWORD) -> Any:
        connection = psycopg2.connect(host=self.address, port=self.port, dbname=database, user=user, password=password)
        connection.autocommit = True
        return connection

    def sql(self, statement: str, database: str = "postgres", parameters: tuple[Any, ...] | None = None) -> list[tuple[Any, ...]]:
        """Runs a statement as the superuser."""
        connection = self.connect(database)
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement, parameters)
                return list(cursor.fetchall()) if cursor.description else []
        finally:
            connection.close()

    def dump(self) -> str:
        """All that the server knows of roles, databases and schemas: grants, owners, settings, limits, comments, hashes of passwords."""
        databases = [name for name, in self.sql("SELECT datname FROM pg_database WHERE datallowconn ORDER BY datname")]
        texts = [self._run("pg_dumpall", "--globals-only"), *(self._run("pg_dump", "--schema-only", "--create", name) for name in databases)]
        # pg_dump guards its output by a random key.
        lines = [line for text in texts for line in text.splitlines() if not line.startswith(("\\restrict", "\\unrestrict"))]
        catalogs = ("pg_shdescription", "pg_database", "pg_authid", "pg_auth_members", "pg_db_role_setting")
        rows = [row for catalog in catalogs for row, in self.sql(f"SELECT each::text FROM {catalog} AS each ORDER BY 1")]
        # Whether there are sessions changes the age of a database.
        return "\n".join([*lines, *rows])

    def log(self) -> str:
        return (self.folder / "log").read_text()

    def name(self) -> str:
        """A name that no test has had."""
        self._made += 1
        return f"test_{self._made}"


class Pooler:
    """A PgBouncer in front of a server, for the roles that it has passwords of. It has as many connections as a pod may hold at once."""

    def __init__(self, postgres: Postgres, mode: str, passwords: dict[str, str], settings: dict[str, str] | None = None) -> None:
        self.postgres = postgres
        self.port = free_port()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="mlflow-platform-pooler-"))
        self._user = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
        shutil.chown(self.folder, self._user)
        self.write_passwords(passwords)
        lines = {"listen_addr": "127.0.0.1", "listen_port": str(self.port), "unix_socket_dir": "", "auth_type": "scram-sha-256",
                 "auth_file": str(self.folder / "users"), "pool_mode": mode, "default_pool_size": "30", "max_client_conn": "200", "server_login_retry": "1",
                 "logfile": str(self.folder / "log"), "pidfile": str(self.folder / "pid"), **(settings or {})}
        (self.folder / "ini").write_text(f"[databases]\n* = host=127.0.0.1 port={postgres.port}\n[pgbouncer]\n"
                                         + "".join(f"{name} = {value}\n" for name, value in lines.items()))
        self.start()

    def write_passwords(self, passwords: dict[str, str]) -> None:
        def quoted(text: str) -> str:
            return '"' + text.replace('"', '""') + '"'

        users = self.folder / "users"
        users.write_text("".join(f"{quoted(name)} {quoted(password)}\n" for name, password in passwords.items()))

    def start(self) -> None:
        self._process = subprocess.Popen(["setpriv", f"--reuid={self._user}", "--clear-groups", "/usr/sbin/pgbouncer", str(self.folder / "ini")]
                                         if os.geteuid() == 0 else ["/usr/sbin/pgbouncer", str(self.folder / "ini")], stderr=subprocess.DEVNULL)
        for _ in range(50):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.1)
        raise RuntimeError((self.folder / "log").read_text())

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()
        (self.folder / "pid").unlink(missing_ok=True)

    def remove(self) -> None:
        self.kill()
        shutil.rmtree(self.folder)


class Store:
    """An S3 store that takes every key."""

    def __init__(self) -> None:
        self.port = free_port()
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        self._server = ThreadedMotoServer(ip_address="::", port=self.port, verbose=False)
        self._server.start()
        self.s3 = boto3.client("s3", endpoint_url=f"http://127.0.0.1:{self.port}", region_name="us-east-1",
                               aws_access_key_id="owner", aws_secret_access_key="the-owners-key")

    def remove(self) -> None:
        self._server.stop()
