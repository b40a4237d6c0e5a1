"""The set-up Job makes what is missing, and changes nothing of others."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from jobs import ADMINISTRATOR, ROLE_PASSWORD, Jobs
from services import Postgres
from shared_postgres import REFUSED, by_plain, clean, in_datahub, jobs, may_connect, quoted, server

pytestmark = pytest.mark.long


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


def test_an_administrator_who_may_not_act_for_the_role_of_others_makes_no_database(clean: Postgres) -> None:
    clean.sql(f"CREATE ROLE mlflow LOGIN PASSWORD {quoted(ROLE_PASSWORD)}")
    clean.sql("CREATE ROLE maker LOGIN CREATEDB PASSWORD 'maker'")
    try:
        those = jobs(clean)
        those.secrets[ADMINISTRATOR] = {"username": "maker", "password": "maker"}
        before = clean.dump()
        code, output = those.set_up()
        assert code == REFUSED and 'run GRANT "mlflow" TO "maker"' in output
        assert clean.dump() == before
    finally:
        clean.sql("DROP DATABASE IF EXISTS mlflow")
        clean.sql("DROP ROLE maker")


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


@pytest.mark.parametrize("by", ["mlflow", "a group"])
def test_a_database_in_which_everybody_may_make_tables_is_used_only_where_the_role_has_that_right_itself(clean: Postgres, by: str) -> None:
    clean.sql(f"CREATE ROLE mlflow LOGIN PASSWORD {quoted(ROLE_PASSWORD)}")
    clean.sql("CREATE ROLE \"a group\" ROLE mlflow")
    clean.sql("GRANT CREATE ON SCHEMA public TO PUBLIC", "datahub")
    try:
        before = clean.dump()
        code, output = in_datahub(clean).set_up()
        assert code == REFUSED and clean.dump() == before
        assert 'may make tables only as everybody may in the database datahub: run GRANT CREATE ON SCHEMA "public" TO "mlflow"' in output
        clean.sql(f"GRANT CREATE ON SCHEMA public TO \"{by}\"", "datahub")
        before = clean.dump()
        assert in_datahub(clean).set_up()[0] == 0
        assert clean.dump() == before
    finally:
        clean.sql("REVOKE CREATE ON SCHEMA public FROM PUBLIC", "datahub")
        clean.sql("DROP OWNED BY \"a group\"; DROP ROLE \"a group\"", "datahub")


@pytest.mark.parametrize("exists", [False, True])
def test_a_database_of_others_is_refused_and_nothing_changes(clean: Postgres, exists: bool) -> None:
    if exists:
        clean.sql(f"CREATE ROLE mlflow LOGIN PASSWORD {quoted(ROLE_PASSWORD)}")
    before = clean.dump()
    code, output = in_datahub(clean).set_up()
    assert code == REFUSED
    assert "database.takeOver: {database: true}" in output
    assert ('GRANT CREATE ON SCHEMA "public" TO' if exists else "it belongs to the role owner2") in output
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


@pytest.fixture
def ascii_only(clean: Postgres) -> Iterator[Postgres]:
    """The server as initdb leaves it without a locale: new databases are SQL_ASCII by default."""
    sql = [f"UPDATE pg_database SET encoding = pg_char_to_encoding({encoding!r}) WHERE datname = 'template1'" for encoding in ("SQL_ASCII", "UTF8")]
    clean.sql(sql[0])
    yield clean
    clean.sql(sql[1])


def test_the_database_is_utf8_whatever_the_servers_others_are(ascii_only: Postgres) -> None:
    assert jobs(ascii_only).set_up()[0] == 0
    assert ascii_only.sql("SELECT pg_encoding_to_char(encoding) FROM pg_database WHERE datname = 'mlflow'") == [("UTF8",)]


@pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII"])
def test_a_database_of_others_with_another_encoding_is_refused(clean: Postgres, encoding: str) -> None:
    clean.sql(f"CREATE ROLE mlflow LOGIN PASSWORD {quoted(ROLE_PASSWORD)}")
    clean.sql(f"CREATE DATABASE mlflow TEMPLATE template0 ENCODING '{encoding}' LC_COLLATE 'C' LC_CTYPE 'C'")
    clean.sql("GRANT CREATE ON SCHEMA public TO mlflow", "mlflow")
    code, output = jobs(clean).set_up()
    assert (code, f"has the encoding {encoding}, and must have UTF8" in output) == (REFUSED, True), output
