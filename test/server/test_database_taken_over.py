"""What the set-up Job takes over because it is told to, and what is left of it when it is killed, refused or not alone."""

from __future__ import annotations

import os
import signal
import time

import pytest
from jobs import ADMINISTRATOR, ROLE_PASSWORD, Jobs
from pod import check, end, eventually
from services import Postgres
from shared_postgres import REFUSED, by_plain, clean, in_datahub, jobs, may_connect, quoted, server

pytestmark = pytest.mark.long


def test_a_role_that_is_taken_over_gets_what_is_said_and_keeps_the_rest(clean: Postgres) -> None:
    clean.sql("CREATE ROLE mlflow PASSWORD 'of-before' CREATEDB")
    clean.sql("ALTER ROLE mlflow SET work_mem = '8MB'")
    clean.sql("COMMENT ON ROLE mlflow IS 'of the data team'")
    clean.sql("GRANT SELECT ON orders TO mlflow", "datahub")
    assert jobs(clean, takeOver={"role": True}).set_up()[0] == 0
    assert may_connect(clean, "mlflow", ROLE_PASSWORD, "mlflow")
    assert clean.sql("SELECT rolcreatedb, rolconfig[1], shobj_description(oid, 'pg_authid') FROM pg_roles WHERE rolname = 'mlflow'") == [
        (True, "work_mem=8MB", "of the data team [mlflow-platform: mlflow/test]")]
    assert clean.sql("SELECT has_table_privilege('mlflow', 'orders', 'SELECT')", "datahub") == [(True,)]


def test_from_a_database_that_is_taken_over_nobody_is_shut_out(clean: Postgres) -> None:
    clean.sql("REVOKE CONNECT ON DATABASE datahub FROM PUBLIC")
    clean.sql("GRANT CONNECT ON DATABASE datahub TO reader")
    try:
        assert in_datahub(clean, takeOver={"database": True}).set_up()[0] == 0
        assert clean.sql("SELECT pg_get_userbyid(datdba), shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = 'datahub'") == [
            ("mlflow", "do not touch [mlflow-platform: mlflow/test]")]
        for user in ("owner2", "reader"):
            with clean.connect("datahub", user, user).cursor() as cursor:
                cursor.execute("SELECT * FROM orders")
        with clean.connect("datahub", "owner2", "owner2").cursor() as cursor:
            cursor.execute("CREATE TABLE more (id int); DROP TABLE more")
        before = clean.dump()
        clean.sql("UPDATE pg_authid SET rolpassword = 'x' WHERE rolname = 'mlflow'")
        assert in_datahub(clean).set_up()[0] == 0
        clean.sql("UPDATE pg_authid SET rolpassword = 'x' WHERE rolname = 'mlflow'")
        assert [line for line in clean.dump().splitlines() if "mlflow" not in line] == [line for line in before.splitlines() if "mlflow" not in line]
    finally:
        clean.sql("COMMENT ON DATABASE datahub IS 'do not touch'")
        clean.sql("GRANT CONNECT ON DATABASE datahub TO PUBLIC")


@pytest.mark.parametrize("administrator", [jobs, by_plain])
def test_killed_at_any_moment_it_leaves_nothing_that_the_next_run_does_not_finish(clean: Postgres, administrator: type[Jobs]) -> None:
    those = administrator(clean)
    those.environment = {"access": {"mode": "basic"}}
    for milliseconds in range(250, 700, 50):
        process, _ = those.start("database-set-up", "set-up")
        time.sleep(milliseconds / 1000)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    code, output = those.set_up()
    assert code == 0, output
    assert clean.sql("SELECT datname, datconnlimit, datacl::text, shobj_description(oid, 'pg_database') FROM pg_database WHERE datname LIKE 'mlflow%' ORDER BY 1") == [
        (name, -1, "{mlflow=CTc/mlflow}", "[mlflow-platform: mlflow/test]") for name in ("mlflow", "mlflow_users")]
    assert may_connect(clean, "mlflow", ROLE_PASSWORD, "mlflow_users")
    assert clean.sql("SELECT nspacl::text FROM pg_namespace WHERE nspname = 'public'", "mlflow")[0][0].count("=U/") == 0


MEMBERS = "SELECT pg_get_userbyid(roleid), pg_get_userbyid(member) FROM pg_auth_members ORDER BY 1, 2"


@pytest.mark.parametrize("kill", [signal.SIGTERM, signal.SIGKILL])
def test_killed_while_it_acts_for_others_it_leaves_no_membership(clean: Postgres, kill: signal.Signals) -> None:
    clean.sql(f"CREATE ROLE mlflow LOGIN PASSWORD {quoted(ROLE_PASSWORD)}")
    before = clean.sql(MEMBERS)
    those = by_plain(clean, takeOver={"database": True})
    those.database["name"] = "datahub"
    waits = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'plain' AND wait_event_type = 'Lock'"
    try:
        with clean.connect() as session, session.cursor() as cursor:
            cursor.execute("BEGIN; ALTER DATABASE datahub CONNECTION LIMIT -1")
            process, _ = those.start("database-set-up", "set-up")
            eventually(10, lambda: check(clean.sql(waits) == [(1,)]))
            os.killpg(process.pid, kill)
            process.wait()
            cursor.execute("ROLLBACK")
        eventually(10, lambda: check(clean.sql("SELECT 1 FROM pg_stat_activity WHERE usename = 'plain'") == []))
        assert clean.sql(MEMBERS) == before
        assert those.set_up()[0] == 0
        assert clean.sql(MEMBERS) == before
    finally:
        clean.sql("REVOKE owner2, mlflow FROM plain")
        clean.sql("COMMENT ON DATABASE datahub IS 'do not touch'")


@pytest.mark.parametrize("owner", ["mlflow", "plain"])
def test_a_database_whose_making_was_cut_off_is_finished(clean: Postgres, owner: str) -> None:
    assert by_plain(clean).set_up()[0] == 0
    clean.sql("DROP DATABASE mlflow")
    clean.sql(f"CREATE DATABASE mlflow OWNER {owner} CONNECTION LIMIT {int.from_bytes(b'mlfl', 'big')}")
    assert by_plain(clean).set_up()[0] == 0
    assert not may_connect(clean, "reader", "reader", "mlflow")
    assert clean.sql("SELECT pg_get_userbyid(datdba), datacl::text FROM pg_database WHERE datname = 'mlflow'") == [("mlflow", "{mlflow=CTc/mlflow}")]


def test_an_administrator_who_may_not_is_told_at_once(clean: Postgres) -> None:
    those = jobs(clean)
    those.secrets[ADMINISTRATOR] = {"username": "reader", "password": "reader"}
    code, output = those.set_up()
    assert code == REFUSED and "the administrator may not do what is needed, CREATE ROLE {role} (permission denied to create role" in output


def test_of_two_at_once_one_waits_and_says_for_whom(clean: Postgres) -> None:
    with clean.connect() as session, session.cursor() as cursor:
        cursor.execute("BEGIN; SELECT pg_advisory_xact_lock(%s)", (int.from_bytes(b"mlflow", "big"),))
        process, log = jobs(clean).start("database-set-up", "set-up")
        time.sleep(3)
        assert "holds the lock of this database" in log.read_text() and "role superuser" in log.read_text()
        assert process.poll() is None
        session.rollback()
    assert process.wait(20) == 0


@pytest.mark.parametrize("in_use", [True, False])
def test_a_role_in_use_gets_another_password_when_running_servers_have_read_it(clean: Postgres, in_use: bool) -> None:
    those = jobs(clean)
    assert those.set_up()[0] == 0
    session = clean.connect("mlflow", "mlflow", ROLE_PASSWORD)
    if not in_use:
        session.close()
    those.secrets["mlflow-database"] = {"username": "mlflow", "password": "the new one"}
    process, log = those.start("database-set-up", "set-up")
    if in_use:
        eventually(10, lambda: check("gets the Secret's new password in 100 seconds" in log.read_text()))
        assert may_connect(clean, "mlflow", ROLE_PASSWORD, "mlflow")
        end(process)
    else:
        assert process.wait(10) == 0
        assert may_connect(clean, "mlflow", "the new one", "mlflow")
