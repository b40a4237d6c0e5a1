"""The Job that makes the administrator of MLflow's users."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from jobs import ADMINISTRATOR, ROLE_PASSWORD, Jobs
from services import Postgres

FINAL = 65


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    postgres = Postgres()
    yield postgres
    postgres.remove()


@pytest.fixture(scope="module")
def jobs(server: Postgres) -> Jobs:
    those = Jobs(server.port, {"administratorSecret": ADMINISTRATOR, "sslMode": "disable"}, {"access": {"mode": "basic"}})
    for code, output in (those.set_up(), those.migrate()):
        assert code == 0, output
    return those


def administrator(jobs: Jobs, name: str = "admin", password: str = ROLE_PASSWORD) -> tuple[int, str]:
    jobs.secrets["mlflow-administrator"] = {"username": name, "password": password}
    return jobs.run("administrator", "administrator")


@pytest.mark.parametrize(("name", "password", "why"), [
    ("", "a good password", "/username is empty: write another username into the Secret"),
    ("ad:min", "a good password", "username holds a colon"),
    ("admin", "hunter2", "password is shorter than the 12 characters"),
    ("admin", "password1234", "password is one that everybody knows"),
])
def test_a_secret_that_will_not_do_is_refused_for_good_with_what_to_do_and_without_the_password(jobs: Jobs, name: str, password: str, why: str) -> None:
    code, output = administrator(jobs, name, password)
    assert code == FINAL
    assert "the administrator's Secret cannot be used: " in output and why in output
    assert password not in output


def test_of_two_at_once_one_makes_it_and_the_other_finds_it_right(jobs: Jobs) -> None:
    with ThreadPoolExecutor() as at_once:
        ends = list(at_once.map(lambda _: administrator(jobs), range(2)))
    assert [code for code, _ in ends] == [0, 0]
    output = "".join(text for _, text in ends)
    assert "the administrator admin is made" in output and "is as the Secret says already" in output
    assert "scrypt" not in output


def test_another_password_in_the_secret_is_the_administrators(jobs: Jobs) -> None:
    assert administrator(jobs)[0] == 0
    assert "is now as the Secret says" in administrator(jobs, password="another good password")[1]
    assert "is as the Secret says already" in administrator(jobs, password="another good password")[1]


@pytest.mark.parametrize("password", ["the-first-password", "of-another-environment"])
def test_a_user_that_is_no_administrator_keeps_its_password_and_rank(server: Postgres, jobs: Jobs, password: str) -> None:
    assert administrator(jobs, "alice", "the-first-password")[0] == 0
    server.sql("UPDATE users SET is_admin = false WHERE username = 'alice'", "mlflow_users")
    before = server.sql("SELECT * FROM users ORDER BY id", "mlflow_users")
    code, output = administrator(jobs, "alice", password)
    assert code == FINAL and "the user alice exists and is no administrator: write another username" in output
    assert server.sql("SELECT * FROM users ORDER BY id", "mlflow_users") == before
    server.sql("DELETE FROM users WHERE username = 'alice'", "mlflow_users")
