"""What the set-up Job takes for the environment's own: by its mark, or as an earlier release made it."""

from __future__ import annotations

import pytest
from jobs import ROLE_PASSWORD, Jobs
from services import Postgres
from shared_postgres import EARLIER_RELEASE, REFUSED, clean, jobs, may_connect, quoted, server

pytestmark = pytest.mark.long

OF_BEFORE = EARLIER_RELEASE.replace("'of-before'", quoted(ROLE_PASSWORD))


def refused(server: Postgres, those: Jobs) -> str:
    """Runs the Job, which says why and changes nothing."""
    before = server.dump()
    code, output = those.set_up()
    assert (code, server.dump()) == (REFUSED, before), output
    return output


def in_cluster(server: Postgres, cluster: str, password: str = ROLE_PASSWORD, **database: object) -> Jobs:
    those = jobs(server, **database)
    those.environment = {"cluster": cluster}
    those.secrets["mlflow-database"] = {"username": "mlflow", "password": password}
    return those


def test_what_an_earlier_release_made_is_known_and_upgraded_without_a_word(clean: Postgres) -> None:
    clean.sql(OF_BEFORE)
    for name in ("mlflow", "mlflow_users"):
        clean.sql(f"CREATE DATABASE {name} OWNER mlflow")
    those = jobs(clean)
    those.environment = {"access": {"mode": "basic"}}
    code, output = those.set_up()
    assert code == 0, output
    assert may_connect(clean, "mlflow", ROLE_PASSWORD, "mlflow_users")
    assert clean.sql("SELECT count(*) FROM pg_shdescription WHERE description = '[mlflow-platform: mlflow/test]'") == [(3,)]


@pytest.mark.parametrize("another", ["ALTER ROLE mlflow SET work_mem = '8MB'", "ALTER ROLE mlflow PASSWORD 'another'", "COMMENT ON ROLE mlflow IS ' '"])
def test_a_role_that_only_looks_like_that_of_an_earlier_release_keeps_all_it_has(clean: Postgres, another: str) -> None:
    clean.sql(OF_BEFORE)
    clean.sql(another)
    clean.sql("CREATE DATABASE mlflow OWNER mlflow")
    before = clean.dump()
    code, output = jobs(clean).set_up()
    assert clean.dump() == before
    assert (code, "takeOver: {role: true}" in output) == ((REFUSED, True) if "PASSWORD" in another else (0, False))


def test_a_role_made_by_hand_as_the_docs_say_keeps_its_password(clean: Postgres) -> None:
    clean.sql(EARLIER_RELEASE)
    clean.sql("COMMENT ON ROLE mlflow IS 'platform A of team X, do not touch'")
    clean.sql("CREATE DATABASE mlflow OWNER mlflow")
    other = jobs(clean, name="b")
    other.database["name"] = "mlflow_users"
    refused(clean, other)
    assert may_connect(clean, "mlflow", "of-before", "mlflow")


def test_the_same_file_for_another_cluster_is_another_environment(clean: Postgres) -> None:
    assert in_cluster(clean, "one").set_up()[0] == 0
    for password in (ROLE_PASSWORD, "password-of-two"):
        output = refused(clean, in_cluster(clean, "two", password, takeOver={"role": True, "database": True}))
        assert "the role mlflow belongs to the environment one/mlflow/test" in output and "the database mlflow belongs" in output


def test_what_was_marked_before_the_file_named_a_cluster_is_ours_while_the_password_is_right(clean: Postgres) -> None:
    assert jobs(clean).set_up()[0] == 0
    output = refused(clean, in_cluster(clean, "one", "another-password", takeOver={"role": True, "database": True}))
    assert "the role mlflow belongs to the environment mlflow/test" in output and "the database mlflow belongs" in output
    code, output = in_cluster(clean, "one").set_up()
    assert code == 0, output
    assert clean.sql("SELECT count(*) FROM pg_shdescription WHERE description = '[mlflow-platform: one/mlflow/test]'") == [(2,)]
    assert in_cluster(clean, "one", "another-password").set_up()[0] == 0
    assert "belongs to the environment one/mlflow/test" in refused(clean, in_cluster(clean, "two"))


@pytest.mark.parametrize("take_over", [False, True])
def test_a_role_of_ours_that_somebody_locked_stays_locked(clean: Postgres, take_over: bool) -> None:
    assert jobs(clean).set_up()[0] == 0
    clean.sql("ALTER ROLE mlflow NOLOGIN")
    code, output = jobs(clean, takeOver={"role": take_over}).set_up()
    assert code == 0 and 'it stays so until they run ALTER ROLE "mlflow" LOGIN' in output
    assert clean.sql("SELECT rolcanlogin FROM pg_roles WHERE rolname = 'mlflow'") == [(False,)]


def test_a_statement_to_paste_holds_any_name(clean: Postgres) -> None:
    one, two = jobs(clean, name="one"), jobs(clean, name="two")
    for those in (one, two):
        those.secrets["mlflow-database"] = {"username": 'my "role"', "password": ROLE_PASSWORD}
    try:
        assert one.set_up()[0] == 0
        clean.sql("COMMENT ON ROLE \"my \"\"role\"\"\" IS 'the team''s [mlflow-platform: mlflow/one]'")
        for line in refused(clean, two).splitlines():
            if "run COMMENT ON" in line:
                clean.sql(line.split("run ")[1])
        assert two.set_up()[0] == 0
    finally:
        clean.sql("DROP DATABASE mlflow")
        clean.sql('DROP ROLE "my ""role"""')
