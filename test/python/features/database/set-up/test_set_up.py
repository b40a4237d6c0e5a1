"""The set-up Job: all problems first, and nothing is changed while there is one."""
from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import pytest
import set_up
from fake_postgres import Connection
from waiting import GiveUp


class Steps:
    """What the Job does, in its order, with a role and databases that have these problems."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.done: list[str] = []
        self.administrator = Connection()
        self.problems: dict[str, str] = {}
        self.problems_of_role: dict[str, str] = {}
        steps = self

        class Thing:
            def __init__(self, name: str) -> None:
                self.name = name

            def problem(self) -> str | None:
                return steps.problems.get(self.name)

            def problem_of_role(self) -> str | None:
                return steps.problems_of_role.get(self.name)

            def set_up(self) -> None:
                steps.done.append(self.name)

        @contextlib.contextmanager
        def locked(_uri: str, _waiting: Any) -> Iterator[None]:
            self.done.append("locked")
            yield
            self.done.append("unlocked")

        monkeypatch.setattr(set_up, "locked", locked)
        monkeypatch.setattr(set_up, "connected", lambda *_: self.administrator)
        monkeypatch.setattr(set_up, "Role", lambda _, uris: Thing(f"role of {len(uris)}"))
        monkeypatch.setattr(set_up, "Database", lambda _administrator, _uri, _role, setting: Thing(setting))
        monkeypatch.setenv("MLFLOW_USERS_URI", "postgresql+platform://db/users?secret=/nowhere")


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> Steps:
    return Steps(monkeypatch)


def test_the_role_comes_before_the_databases_and_all_under_the_lock(steps: Steps) -> None:
    set_up.main()
    assert steps.done == ["locked", "role of 2", "database.name", "access.databaseName", "unlocked"]
    assert steps.administrator.encoding == "UTF8"  # whatever the server's is: names and comments come back as they went
    assert steps.administrator.closed


def test_without_users_there_is_one_database(steps: Steps, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_USERS_URI")
    set_up.main()
    assert steps.done == ["locked", "role of 1", "database.name", "unlocked"]


def test_all_problems_are_said_and_nothing_is_changed(steps: Steps, capsys: pytest.CaptureFixture[str]) -> None:
    steps.problems = {"role of 2": "the role is others'", "access.databaseName": "the database is others'"}
    with pytest.raises(GiveUp, match="nothing of others was changed"):
        set_up.main()
    assert steps.done == ["locked"]
    said = capsys.readouterr().out
    assert "the role is others'" in said
    assert "the database is others'" in said


def test_what_the_role_lacks_is_asked_once_it_is_set_up_and_before_any_database_is(steps: Steps) -> None:
    steps.problems_of_role = {"access.databaseName": "it may make no tables"}
    with pytest.raises(GiveUp):
        set_up.main()
    assert steps.done == ["locked", "role of 2"]
