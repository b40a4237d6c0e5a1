"""The set-up Job makes what is missing, and changes nothing of others."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator

import psycopg2
import pytest
from jobs import ADMINISTRATOR, ROLE_PASSWORD, Jobs
from pod import check, end, eventually
from services import Postgres

REFUSED = 65
EARLIER_RELEASE = """
    CREATE ROLE mlflow LOGIN CONNECTION LIMIT 70 PASSWORD 'of-before';
    ALTER ROLE mlflow SET tcp_keepalives_idle = '10s';
    ALTER ROLE mlflow SET tcp_keepalives_interval = '5s';
    ALTER ROLE mlflow SET tcp_keepalives_count = 2;
    ALTER ROLE mlflow SET tcp_user_timeout = '20s';
    ALTER ROLE mlflow SET client_connection_check_interval = '10s'"""


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    """With an application of others: the role shop, which owns the database shop, and reader, who may connect to it and read."""
    postgres = Postgres({"log_statement": "all"})
    postgres.sql("CREATE ROLE owner2 LOGIN PASSWORD 'owner2' CONNECTION LIMIT 7")
    postgres.sql("CREATE ROLE reader LOGIN PASSWORD 'reader'")
    postgres.sql("ALTER ROLE owner2 SET work_mem = '8MB'")
    postgres.sql("COMMENT ON ROLE owner2 IS 'the shop''s'")
    postgres.sql("CREATE DATABASE datahub OWNER owner2")
    postgres.sql("COMMENT ON DATABASE datahub IS 'do not touch'")
    postgres.sql("CREATE TABLE orders (id int)", "datahub")
    postgres.sql("ALTER TABLE orders OWNER TO owner2", "datahub")
    postgres.sql("GRANT SELECT ON orders TO reader", "datahub")
    postgres.sql("CREATE ROLE plain LOGIN CREATEROLE CREATEDB PASSWORD 'plain'")
    yield postgres
    postgres.remove()


@pytest.fixture
def clean(server: Postgres) -> Iterator[Postgres]:
    """Without what an earlier test made."""
    yield server
    for database in ("mlflow", "mlflow_users"):
        server.sql(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")
    server.sql("ALTER DATABASE datahub OWNER TO owner2")
    if server.sql("SELECT 1 FROM pg_roles WHERE rolname = 'mlflow'"):
        for database in ("datahub", "postgres"):
            server.sql("DROP OWNED BY mlflow", database)
        server.sql("DROP ROLE mlflow")


def jobs(server: Postgres, name: str = "test", **database: object) -> Jobs:
    return Jobs(server.port, {"administratorSecret": ADMINISTRATOR, "sslMode": "disable", **database}, name=name)


def by_plain(server: Postgres, **database: object) -> Jobs:
    """By an administrator who is no superuser, as those of managed servers."""
    those = jobs(server, **database)
    those.secrets[ADMINISTRATOR] = {"username": "plain", "password": "plain"}
    return those


def may_connect(server: Postgres, user: str, password: str, database: str) -> bool:
    try:
        server.connect(database, user, password).close()
        return True
    except psycopg2.OperationalError:
        return False


@pytest.mark.parametrize("administrator", [jobs, by_plain])
def test_on_a_shared_server_it_adds_a_role_and_a_database_and_all_else_stays_byte_for_byte(clean: Postgres, administrator: type[Jobs]) -> None:
    before = clean.dump()
    code, output = administrator(clean).set_up()
    assert code == 0, output
    after = clean.dump()
    clean.sql("DROP DATABASE mlflow")
    clean.sql("DROP ROLE mlflow")
    assert clean.dump() == before
    assert may_connect(clean, "reader", "reader", "datahub")
    assert "[mlflow-platform: mlflow/test]" in after


def test_the_password_is_in_no_statement_and_lets_the_role_in(clean: Postgres) -> None:
    began = len(clean.log())
    assert jobs(clean).set_up()[0] == 0
    assert "PASSWORD" in clean.log()[began:]
    assert ROLE_PASSWORD not in clean.log()[began:].replace("''", "'")
    assert may_connect(clean, "mlflow", ROLE_PASSWORD, "mlflow")
    assert not may_connect(clean, "reader", "reader", "mlflow")


def test_a_second_run_changes_nothing_but_the_hash_of_the_password(clean: Postgres) -> None:
    assert jobs(clean).set_up()[0] == 0
    clean.sql("UPDATE pg_authid SET rolpassword = 'x' WHERE rolname = 'mlflow'")
    before = clean.dump()
    assert jobs(clean).set_up()[0] == 0
    clean.sql("UPDATE pg_authid SET rolpassword = 'x' WHERE rolname = 'mlflow'")
    assert clean.dump() == before


def test_what_people_wrote_into_the_comments_stays_there(clean: Postgres) -> None:
    assert jobs(clean).set_up()[0] == 0
    clean.sql("COMMENT ON ROLE mlflow IS 'of the data team [mlflow-platform: mlflow/test] since 2026'")
    assert jobs(clean).set_up()[0] == 0
    assert clean.sql("SELECT shobj_description(oid, 'pg_authid') FROM pg_roles WHERE rolname = 'mlflow'") == [
        ("of the data team [mlflow-platform: mlflow/test] since 2026",)]


def test_a_role_of_others_is_refused_whose_password_is_another_and_nothing_changes(clean: Postgres) -> None:
    clean.sql("CREATE ROLE mlflow LOGIN PASSWORD 'of-the-old-mlflow' CONNECTION LIMIT 5")
    before = clean.dump()
    code, output = jobs(clean).set_up()
    assert code == REFUSED
    assert "database.takeOver: {role: true}" in output
    assert 'password authentication failed for user "mlflow"' in output
    assert clean.dump() == before


@pytest.mark.parametrize("administrator", [jobs, by_plain])
def test_a_role_of_others_that_the_password_lets_in_stays_as_it_is_and_gets_the_missing_database(clean: Postgres, administrator: type[Jobs]) -> None:
    clean.sql(f"CREATE ROLE mlflow LOGIN PASSWORD {quoted(ROLE_PASSWORD)} CONNECTION LIMIT 5")
    clean.sql("COMMENT ON ROLE mlflow IS 'made by Terraform'")
    before = clean.dump()
    code, output = administrator(clean).set_up()
    assert code == 0, output
    assert clean.sql("SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'mlflow'") == [("mlflow",)]
    clean.sql("DROP DATABASE mlflow")
    assert clean.dump() == before


def test_role_and_database_of_others_that_will_do_are_used_and_nothing_changes(clean: Postgres) -> None:
    clean.sql(f"CREATE ROLE mlflow LOGIN PASSWORD {quoted(ROLE_PASSWORD)} CONNECTION LIMIT 5")
    clean.sql("CREATE DATABASE mlflow OWNER mlflow CONNECTION LIMIT 50")
    clean.sql("GRANT CONNECT ON DATABASE mlflow TO reader")
    before = clean.dump()
    assert jobs(clean).set_up()[0] == 0
    assert clean.dump() == before
    assert jobs(clean).migrate()[0] == 0


def test_a_database_of_others_in_which_the_role_may_make_tables_is_used_and_nothing_changes(clean: Postgres) -> None:
    clean.sql(f"CREATE ROLE mlflow LOGIN PASSWORD {quoted(ROLE_PASSWORD)}")
    clean.sql("GRANT CREATE ON SCHEMA public TO mlflow", "datahub")
    before = clean.dump()
    code, output = in_datahub(clean).set_up()
    assert code == 0, output
    assert clean.dump() == before


def in_datahub(server: Postgres, **database: object) -> Jobs:
    those = jobs(server, **database)
    those.database["name"] = "datahub"
    return those


@pytest.mark.parametrize("exists", [False, True])
def test_a_database_of_others_is_refused_and_nothing_changes(clean: Postgres, exists: bool) -> None:
    if exists:
        clean.sql(f"CREATE ROLE mlflow LOGIN PASSWORD {quoted(ROLE_PASSWORD)}")
    before = clean.dump()
    code, output = in_datahub(clean).set_up()
    assert code == REFUSED
    assert "database.takeOver: {database: true}" in output
    assert ("GRANT CREATE ON SCHEMA public TO" if exists else "it belongs to the role owner2") in output
    assert clean.dump() == before
    assert may_connect(clean, "owner2", "owner2", "datahub") and may_connect(clean, "reader", "reader", "datahub")


@pytest.mark.parametrize("attributes", ["SUPERUSER", "CREATEROLE", "REPLICATION", "BYPASSRLS", "IN ROLE superuser", "IN ROLE plain", "IN ROLE pg_read_all_data"])
def test_a_role_that_reaches_further_is_never_the_servers(clean: Postgres, attributes: str) -> None:
    clean.sql(f"CREATE ROLE mlflow LOGIN PASSWORD {quoted(ROLE_PASSWORD)} {attributes}")
    before = clean.dump()
    for database in ({}, {"takeOver": {"role": True, "database": True}}):
        code, output = jobs(clean, **database).set_up()
        assert code == REFUSED
        assert "write another username into the Secret of database.secret" in output.replace("Write", "write")
        assert clean.dump() == before


@pytest.mark.parametrize("administrator", [jobs, by_plain])
def test_the_administrator_is_never_the_servers_role(clean: Postgres, administrator: type[Jobs]) -> None:
    those = administrator(clean, takeOver={"role": True})
    those.secrets["mlflow-database"] = those.secrets.get(ADMINISTRATOR) or {"username": "superuser", "password": "the-superusers-password"}
    before = clean.dump()
    code, output = those.set_up()
    assert code == REFUSED and "the administrator itself" in output
    assert clean.dump() == before


def test_role_and_database_of_another_environment_are_refused_whatever_may_be_taken_over(clean: Postgres) -> None:
    assert jobs(clean, name="one").set_up()[0] == 0
    before = clean.dump()
    for database in ({}, {"takeOver": {"role": True, "database": True}}):
        code, output = jobs(clean, name="two", **database).set_up()
        assert code == REFUSED
        assert "the role mlflow belongs to the environment mlflow/one" in output
        assert "the database mlflow belongs to the environment mlflow/one" in output
        assert clean.dump() == before
    # What is written there does it.
    for kind in ("ROLE", "DATABASE"):
        clean.sql(next(line for line in output.splitlines() if f"COMMENT ON {kind}" in line).split("run ")[1])
    assert jobs(clean, name="two").set_up()[0] == 0


def test_what_an_earlier_release_made_is_known_and_upgraded_without_a_word(clean: Postgres) -> None:
    clean.sql(EARLIER_RELEASE)
    for name in ("mlflow", "mlflow_users"):
        clean.sql(f"CREATE DATABASE {name} OWNER mlflow")
    those = jobs(clean)
    those.environment = {"access": {"mode": "basic"}}
    code, output = those.set_up()
    assert code == 0, output
    assert may_connect(clean, "mlflow", ROLE_PASSWORD, "mlflow_users")
    assert clean.sql("SELECT count(*) FROM pg_shdescription WHERE description = '[mlflow-platform: mlflow/test]'") == [(3,)]


def test_a_role_with_a_setting_more_is_not_that_of_an_earlier_release(clean: Postgres) -> None:
    clean.sql(EARLIER_RELEASE)
    clean.sql("ALTER ROLE mlflow SET work_mem = '8MB'")
    before = clean.dump()
    assert jobs(clean).set_up()[0] == REFUSED
    assert clean.dump() == before


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


def test_a_database_whose_making_was_cut_off_is_finished(clean: Postgres) -> None:
    assert jobs(clean).set_up()[0] == 0
    clean.sql("DROP DATABASE mlflow")
    clean.sql(f"CREATE DATABASE mlflow OWNER mlflow CONNECTION LIMIT {int.from_bytes(b'mlfl', 'big')}")
    assert jobs(clean).set_up()[0] == 0
    assert not may_connect(clean, "reader", "reader", "mlflow")


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
