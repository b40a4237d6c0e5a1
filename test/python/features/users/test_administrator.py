"""The Job that makes the administrator of MLflow's users."""
from __future__ import annotations

import contextlib
import pathlib
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, ClassVar

import administrator
import pytest
import waiting
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import INTERNAL_ERROR, TEMPORARILY_UNAVAILABLE
from mlflow.server.auth import sqlalchemy_store


class Users:
    """MLflow's store of users: name to password and whether it is an administrator."""

    there: ClassVar[dict[str, tuple[str, bool]]] = {}
    error: MlflowException | None = None

    def init_db(self, uri: str) -> None:
        assert uri == "users"
        if Users.error:
            raise Users.error

    def has_user(self, name: str) -> bool:
        return name in self.there

    def create_user(self, name: str, password: str, is_admin: bool) -> None:
        self.there[name] = password, is_admin

    def get_user(self, name: str) -> Any:
        return SimpleNamespace(is_admin=self.there[name][1])

    def authenticate_user(self, name: str, password: str) -> bool:
        return self.there[name][0] == password

    def update_user(self, name: str, password: str) -> None:
        self.there[name] = password, self.there[name][1]


@pytest.fixture(autouse=True)
def _surroundings(monkeypatch: pytest.MonkeyPatch, secret: pathlib.Path) -> None:
    @contextlib.contextmanager
    def locked(*_: Any) -> Iterator[None]:
        yield

    monkeypatch.setattr(administrator, "locked", locked)
    monkeypatch.setattr(sqlalchemy_store, "SqlAlchemyStore", Users)
    monkeypatch.setattr(Users, "there", {})
    monkeypatch.setattr(Users, "error", None)
    monkeypatch.setenv("MLFLOW_USERS_URI", "users")
    monkeypatch.setenv("ADMINISTRATOR_SECRET", str(secret))


@pytest.mark.parametrize(("there", "done"), [
    ({}, "is made"),
    ({"mlflow": ("the-password", True)}, "is as the Secret says already"),
    ({"mlflow": ("another-password", True)}, "is now as the Secret says"),
])
def test_the_administrator_is_as_the_secret_says_at_the_end(
    there: dict[str, tuple[str, bool]], done: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Users.there.update(there)
    administrator.main()
    assert Users.there == {"mlflow": ("the-password", True)}
    assert capsys.readouterr().out.endswith(f"the administrator mlflow {done}\n")


def test_a_user_of_that_name_that_is_no_administrator_stays_as_it_is() -> None:
    Users.there["mlflow"] = ("her-password", False)
    with pytest.raises(waiting.GiveUp, match="the user mlflow exists and is no administrator") as ended:
        administrator.main()
    assert ended.value.code == waiting.FINAL
    assert Users.there == {"mlflow": ("her-password", False)}


@pytest.mark.parametrize(("file", "value", "problem"), [
    ("username", "a:b", "username holds a colon"),
    ("password", "elevenchars", "password is shorter than the 12 characters"),
    ("password", "password1234", "password is one that everybody knows"),
    ("password", "", "password is empty"),
])
def test_a_secret_that_cannot_be_used_is_refused_before_anything_is_asked(secret: pathlib.Path, file: str, value: str, problem: str) -> None:
    (secret / file).write_text(value)
    with pytest.raises(waiting.GiveUp, match=f"the administrator's Secret cannot be used: .*{problem}.*, raise secretsRevision and apply"):
        administrator.main()
    assert Users.there == {}


@pytest.mark.parametrize(("code", "exit_code"), [(TEMPORARILY_UNAVAILABLE, waiting.TRY_AGAIN), (INTERNAL_ERROR, waiting.FINAL)])
def test_trouble_of_the_database_may_pass(monkeypatch: pytest.MonkeyPatch, code: int, exit_code: int) -> None:
    monkeypatch.setattr(Users, "error", MlflowException("no", error_code=code))
    with pytest.raises(waiting.GiveUp, match="the administrator mlflow could not be made: no") as ended:
        administrator.main()
    assert ended.value.code == exit_code
