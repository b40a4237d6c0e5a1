"""The server of the database is verified, and where it is not the one that is meant every program says why."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from certificates import Authority, Certificate
from jobs import ADMINISTRATOR, ROLE_PASSWORD, Jobs
from platform_process import DATABASE, Platform
from pod import check, end, eventually
from services import Postgres, Store

pytestmark = pytest.mark.long

OURS, FOREIGN = Authority("the company's authority"), Authority("somebody else's authority")
BUNDLE = "/etc/ssl/certs/ca-certificates.crt"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    postgres = Postgres({"ssl_ca_file": "'ca.crt'"})
    postgres.write("ca.crt", OURS.certificate)
    yield postgres
    postgres.remove()


def use(server: Postgres, certificate: Certificate | None) -> None:
    if certificate:
        server.write("server.crt", certificate.certificate)
        server.write("server.key", certificate.key)
    server.sql(f"ALTER SYSTEM SET ssl = {'on' if certificate else 'off'}")
    server.reload()
    eventually(5, lambda: check(server.sql("SHOW ssl") == [("on" if certificate else "off",)]))


def jobs(server: Postgres, **database: Any) -> Jobs:
    those = Jobs(server.port, {"administratorSecret": ADMINISTRATOR, **database})
    those.secrets["authorities"] = {"ca.crt": OURS.certificate}
    return those


OTHER_HOST = f'server certificate for "other.example.com" does not match host name "{DATABASE}"'
WRONG = {
    "expired": (OURS.server(DATABASE, valid_for_days=-1), "certificate has expired"),
    "signed by somebody else": (FOREIGN.server(DATABASE), "unable to get local issuer certificate (the authorities are those of /run/secrets/database/ca.crt)"),
    "of another host": (OURS.server("other.example.com"), OTHER_HOST),
    "none at all": (None, "server does not support SSL, but SSL was required"),
}


@pytest.mark.parametrize(("component", "container"), [("database-set-up", "set-up"), ("schema", "migrate-schema"), ("tracking-server", "wait-schema")])
@pytest.mark.parametrize("wrong", WRONG)
def test_whoever_waits_says_in_one_line_what_is_wrong_with_the_certificate(server: Postgres, wrong: str, component: str, container: str) -> None:
    certificate, why = WRONG[wrong]
    use(server, certificate)
    those = jobs(server, sslMode="verify-full", caSecret="authorities")
    process, log = those.start(component, container)
    try:
        eventually(10, lambda: check(len(log.read_text().splitlines()) > 0))
        first, *_ = log.read_text().splitlines()
        assert "waiting: " in first
        assert why.replace("/run/secrets/database/", "/run/secrets/administrator/" if component == "database-set-up" else "/run/secrets/database/") in first
    finally:
        end(process)


@pytest.mark.parametrize(("mode", "host"), [("verify-full", DATABASE), ("verify-ca", "other.example.com"), ("require", "other.example.com")])
def test_set_up_and_migration_go_through_by_tls_where_the_certificate_is_as_the_mode_wants_it(server: Postgres, mode: str, host: str) -> None:
    use(server, OURS.server(host))
    those = jobs(server, sslMode=mode, name=server.name(), **({} if mode == "require" else {"caSecret": "authorities"}))
    server.write("pg_hba.conf", "hostnossl all superuser 127.0.0.1/32 trust\nhostssl all all 0.0.0.0/0 scram-sha-256\n")
    server.reload()
    for code, output in (those.set_up(), those.migrate()):
        assert code == 0, output


@pytest.mark.parametrize("known", [True, False])
def test_without_a_secret_the_authorities_of_the_image_are_asked(server: Postgres, tmp_path: pathlib.Path, known: bool) -> None:
    use(server, OURS.server(DATABASE))
    bundle = tmp_path / "bundle"
    bundle.write_text(pathlib.Path(BUNDLE).read_text() + (OURS.certificate if known else ""))
    those = jobs(server, sslMode="verify-full", name=server.name())
    those.image = {BUNDLE: bundle}
    if known:
        code, output = those.set_up()
        assert code == 0, output
        return
    process, log = those.start("database-set-up", "set-up")
    try:
        eventually(10, lambda: check(f"(the authorities are those of {BUNDLE})" in log.read_text()))
    finally:
        end(process)


def test_an_authority_that_is_none_is_told(server: Postgres) -> None:
    use(server, OURS.server(DATABASE))
    those = jobs(server, sslMode="verify-full", caSecret="authorities")
    those.secrets["authorities"] = {"ca.crt": "no certificate"}
    process, log = those.start("database-set-up", "set-up")
    try:
        eventually(10, lambda: check("could not read root certificate file" in log.read_text()))
    finally:
        end(process)


def by_certificate(server: Postgres, certificate: Certificate | None) -> Jobs:
    server.write("pg_hba.conf", "host all superuser 127.0.0.1/32 scram-sha-256\nhostssl all mlflow 0.0.0.0/0 cert\n")
    use(server, OURS.server(DATABASE))
    those = jobs(server, sslMode="verify-full", caSecret="authorities", **({"clientCertificateSecret": "certificate"} if certificate else {}))
    those.secrets["mlflow-database"] = {"username": "mlflow"} if certificate else {"username": "mlflow", "password": ROLE_PASSWORD}
    if certificate:
        those.secrets["certificate"] = {"tls.crt": certificate.certificate, "tls.key": certificate.key}
    return those


def test_a_role_that_signs_in_by_certificate_needs_no_password(server: Postgres) -> None:
    those = by_certificate(server, OURS.server("mlflow"))
    for code, output in (those.set_up(), those.migrate()):
        assert code == 0, output
    assert server.sql("SELECT rolpassword FROM pg_authid WHERE rolname = 'mlflow'") == [(None,)]


@pytest.mark.parametrize(("certificate", "why"), [
    (None, "connection requires a valid client certificate"),
    (OURS.server("somebody"), 'certificate authentication failed for user "mlflow"'),
    (FOREIGN.server("mlflow"), "tlsv1 alert unknown ca"),
    (OURS.server("mlflow", valid_for_days=-1), "certificate expired"),
])
def test_a_certificate_that_the_server_does_not_take_is_told(server: Postgres, certificate: Certificate | None, why: str) -> None:
    process, log = by_certificate(server, certificate).start("schema", "migrate-schema")
    try:
        eventually(10, lambda: check("waiting: " in log.read_text()))
        assert why in log.read_text().splitlines()[0]
    finally:
        end(process)


class Verified(Platform):
    def secrets(self) -> dict[str, dict[str, str]]:
        return {**super().secrets(), "authorities": {"ca.crt": OURS.certificate}}


def test_the_server_serves_by_tls_that_it_verifies(store: Store) -> None:
    postgres = Postgres()
    use(postgres, OURS.server(DATABASE))
    platform = Verified(postgres, store, {"database": {"sslMode": "verify-full", "caSecret": "authorities"}})
    try:
        assert platform.call("POST", "/api/2.0/mlflow/experiments/create", json={"name": "by TLS"}).status_code == 200
        assert platform.call("GET", "/ready").status_code == 200
        with postgres.connect() as connection, connection.cursor() as cursor:
            cursor.execute("SELECT bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE usename = %s", (platform.database,))
            assert cursor.fetchone() == (True,)
    finally:
        platform.remove()
        postgres.remove()
