"""Behind PgBouncer, which gives a connection to somebody else after each session or transaction, everything goes as without it."""

from __future__ import annotations

import os
import pathlib
import signal
import subprocess
import time
import urllib.parse
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from jobs import ADMINISTRATOR, ROLE_PASSWORD, Jobs
from platform_process import Platform
from pod import check, end, eventually
from services import PASSWORD, SUPERUSER, Pooler, Postgres, Store

pytestmark = pytest.mark.long

# Brings an empty database to the schema of some releases ago.
OLD_SCHEMA = """
import sys, sqlalchemy
from alembic import command
from alembic.script import ScriptDirectory
from mlflow.store.db.utils import InitialBase, _get_alembic_config
engine = sqlalchemy.create_engine(sys.argv[1])
InitialBase.metadata.create_all(engine)
config = _get_alembic_config(sys.argv[1])
old = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()][6]
with engine.begin() as connection:
    config.attributes["connection"] = connection
    command.upgrade(config, old)
print(old)
"""
SLOW = """
    CREATE FUNCTION slow() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.3); END $$;
    CREATE EVENT TRIGGER slow ON ddl_command_end EXECUTE FUNCTION slow()"""
LOCK = int.from_bytes(b"mlflow", "big")


@pytest.fixture(scope="module", params=["session", "transaction"])
def pooler(request: pytest.FixtureRequest) -> Iterator[Pooler]:
    # Impatient, so that it shows when a transaction that is open for long is not protected from the server's own bounds.
    postgres = Postgres({"idle_in_transaction_session_timeout": "'2s'", "statement_timeout": "'2s'"})
    pooler = Pooler(postgres, request.param, {SUPERUSER: PASSWORD, "mlflow": ROLE_PASSWORD})
    yield pooler
    pooler.remove()
    postgres.remove()


@pytest.fixture
def old(pooler: Pooler) -> Iterator[Jobs]:
    """The Jobs of a platform whose database has an old schema, and whose migration takes seconds."""
    postgres = pooler.postgres
    those = Jobs(pooler.port, {"administratorSecret": ADMINISTRATOR, "sslMode": "disable", "name": postgres.name()})
    code, output = those.set_up()
    assert code == 0, output
    name = those.database["name"]
    uri = f"postgresql+psycopg2://mlflow:{urllib.parse.quote(ROLE_PASSWORD, safe='')}@127.0.0.1:{postgres.port}/{name}"
    subprocess.run([f"{os.environ['MLFLOW_FOLDER']}/bin/python", "-c", OLD_SCHEMA, uri], check=True, capture_output=True)
    postgres.sql(SLOW, name)
    yield those
    postgres.sql(f"DROP DATABASE {name} WITH (FORCE)")


def locks(pooler: Pooler, jobs: Jobs) -> list[tuple[int, ...]]:
    return pooler.postgres.sql("SELECT pid FROM pg_locks JOIN pg_database ON pg_database.oid = database WHERE locktype = 'advisory' AND granted AND datname = %s",
                               parameters=(jobs.database["name"],))


def revision(pooler: Pooler, jobs: Jobs) -> str:
    return str(pooler.postgres.sql("SELECT version_num FROM alembic_version", jobs.database["name"])[0][0])


def migrating(jobs: Jobs) -> tuple[subprocess.Popen[bytes], pathlib.Path]:
    """A schema Job that is in the middle of its migration."""
    process, log = jobs.start("schema", "migrate-schema")
    eventually(30, lambda: check("migrating the schema from" in log.read_text()))
    time.sleep(3)
    check(process.poll() is None)
    return process, log


def test_two_jobs_at_once_migrate_an_old_schema_once_and_one_says_for_whom_it_waits(pooler: Pooler, old: Jobs) -> None:
    process, log = migrating(old)
    waiting, its_log = old.start("schema", "migrate-schema")
    eventually(20, lambda: check("holds the lock of this database" in its_log.read_text()))
    assert (process.wait(60), waiting.wait(60)) == (0, 0)
    assert "is at" in log.read_text() and " already" in its_log.read_text()
    assert "role mlflow" in its_log.read_text()
    assert locks(pooler, old) == []


def kill(pooler: Pooler, process: subprocess.Popen[bytes]) -> None:
    os.killpg(process.pid, signal.SIGKILL)


def kill_pooler(pooler: Pooler, _process: subprocess.Popen[bytes]) -> None:
    pooler.kill()
    pooler.start()


def kill_postgres(pooler: Pooler, _process: subprocess.Popen[bytes]) -> None:
    pooler.postgres.stop("immediate")
    pooler.postgres.start()


@pytest.mark.parametrize("cut", [kill, kill_pooler, kill_postgres])
def test_cut_off_in_the_middle_it_leaves_the_schema_as_it_was_and_no_lock_and_the_next_goes_through(
        pooler: Pooler, old: Jobs, cut: Callable[[Pooler, subprocess.Popen[bytes]], None]) -> None:
    before = revision(pooler, old)
    process, _ = migrating(old)
    assert len(locks(pooler, old)) == 1
    cut(pooler, process)
    code = process.wait(60)
    assert code not in (0, 65)
    # Without its client the server goes on with the statement that it is at, for ten seconds at most.
    eventually(15, lambda: check(locks(pooler, old) == [] and not pooler.postgres.sql("SELECT 1 FROM pg_stat_activity WHERE query LIKE 'ALTER%' AND state = 'active'")))
    assert revision(pooler, old) == before
    pooler.postgres.sql("DROP EVENT TRIGGER slow", old.database["name"])
    code, output = old.migrate()
    assert code == 0, output
    assert revision(pooler, old) != before


def test_a_table_that_somebody_uses_is_waited_for_shortly(pooler: Pooler, old: Jobs) -> None:
    name = old.database["name"]
    with pooler.postgres.connect(name) as session, session.cursor() as cursor:
        cursor.execute("BEGIN; SET LOCAL idle_in_transaction_session_timeout = 0")
        for table, in pooler.postgres.sql("SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace", name):
            cursor.execute(f'LOCK TABLE "{table}" IN ACCESS SHARE MODE')
        code, output = old.migrate()
        session.rollback()
    assert code not in (0, 65)
    assert "lock timeout; tables are locked by process" in output and "of role superuser" in output


def test_a_platform_serves_many_at_once(pooler: Pooler, store: Store) -> None:
    postgres = pooler.postgres
    role = f"test_{postgres._made + 1}"
    pooler.write_passwords({SUPERUSER: PASSWORD, "mlflow": ROLE_PASSWORD, role: ROLE_PASSWORD})
    pooler.kill()
    pooler.start()
    platform = Platform(postgres, store, {"database": {"port": pooler.port}})
    try:
        experiment = platform.call("POST", "/api/2.0/mlflow/experiments/create", json={"name": "many"}).json()["experiment_id"]

        def write(number: int) -> list[int]:
            run = platform.call("POST", "/api/2.0/mlflow/runs/create", json={"experiment_id": experiment, "start_time": number}).json()["run"]["info"]["run_id"]
            return [platform.call("POST", "/api/2.0/mlflow/runs/log-batch", json={
                "run_id": run, "metrics": [{"key": f"m{i}", "value": step, "timestamp": step, "step": step} for i in range(10)],
                "tags": [{"key": "step", "value": str(step)}]}).status_code for step in range(20)]

        with ThreadPoolExecutor(8) as threads:
            statuses = [status for each in threads.map(write, range(8)) for status in each]
        assert statuses == [200] * 160
        assert platform.call("GET", "/ready").status_code == 200
        assert postgres.sql("SELECT count(*) FROM metrics", platform.database) == [(8 * 20 * 10,)]
    finally:
        platform.remove()
