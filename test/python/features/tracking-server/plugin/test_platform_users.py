"""MLflow's own users, as the platform has them."""
from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import platform_users
import pytest
from calls import request
from flask import Flask, Response, jsonify
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import INTERNAL_ERROR, RESOURCE_DOES_NOT_EXIST
from mlflow.server import auth
from werkzeug.datastructures import Authorization


class Store:
    """MLflow's of users: anna, whose password is hers."""

    error = RESOURCE_DOES_NOT_EXIST

    def get_user(self, name: str) -> Any:
        if name != "anna":
            raise MlflowException("no such user", error_code=self.error)
        return SimpleNamespace(username=name)

    def authenticate_user(self, name: str, password: str) -> bool:
        return (name, password) == ("anna", "anna's")


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Store:
    made = Store()
    monkeypatch.setattr(auth, "store", made)
    return made


def test_a_password_of_nobody_is_compared_too_and_is_never_right(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[str] = []

    def compare(_: str, password: str) -> bool:
        compared.append(password)
        return True

    monkeypatch.setattr(platform_users, "check_password_hash", compare)
    platform_users.take_as_long_for_nobody()
    assert store.authenticate_user("nobody", "x") is False
    assert compared == ["x"]
    assert store.authenticate_user("anna", "anna's") is True
    assert store.authenticate_user("anna", "x") is False
    assert compared == ["x"]  # MLflow compares that of somebody itself


def test_trouble_is_not_taken_for_nobody(store: Store) -> None:
    store.error = INTERNAL_ERROR
    platform_users.take_as_long_for_nobody()
    with pytest.raises(MlflowException, match="no such user"):
        store.authenticate_user("nobody", "x")


@pytest.mark.parametrize(("path", "headers", "found"), [
    ("/api/2.0/mlflow/x", {"authorization": "Basic a"}, "Basic a"),
    ("/api/2.0/mlflow/x", {platform_users.OF_GATEWAY.decode(): "Basic b"}, None),
    ("/gateway/chat/invocations", {"authorization": "Bearer of the provider", platform_users.OF_GATEWAY.decode(): "Basic b"}, "Basic b"),
    ("/gateway/chat/invocations", {"authorization": "Basic a"}, "Basic a"),
    ("/", {}, None),
])
def test_at_the_gateway_a_header_of_its_own_names_the_user(path: str, headers: dict[str, str], found: str | None) -> None:
    assert platform_users.authorization(request(path=path, headers=headers)) == found


def test_flask_takes_the_user_that_the_platform_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(auth, "authenticate_request_basic_auth", lambda: "MLflow's own check")
    application = Flask("an_application")
    with application.test_request_context(environ_overrides={"platform.user": SimpleNamespace(username="anna")}):
        assert platform_users.authenticate() == Authorization("basic", {"username": "anna", "password": ""})
    with application.test_request_context():
        assert platform_users.authenticate() == "MLflow's own check"


@pytest.mark.parametrize("status", [200, 401])
def test_the_page_offers_to_change_ones_password(monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    application = Flask("an_application")

    def current_user() -> Response:
        answer = jsonify(username="anna")
        answer.status_code = status
        return answer

    monkeypatch.setattr(auth, "get_current_user", current_user)
    with application.app_context():
        answer = platform_users.current_user()
        assert answer.get_json() == {"username": "anna", **({"is_basic_auth": True} if status == 200 else {})}


def test_mlflows_application_gets_all_of_it(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    flask = Flask("an_application")
    monkeypatch.setattr(auth, "create_app", lambda given: "the application" if given is flask else None)
    monkeypatch.setattr(auth, "_authenticate_custom_for_fastapi", None)
    monkeypatch.setattr(
        platform_users, "refuse_places_of_others", lambda of, is_administrator: done.append(f"places {of is flask} {is_administrator.__name__}")
    )
    monkeypatch.setattr(platform_users, "keep_traces_with_their_experiments", lambda: done.append("traces"))
    assert platform_users.with_users(flask) == "the application"
    assert done == ["places True sender_is_admin", "traces"]
    assert auth._authenticate_custom_for_fastapi(SimpleNamespace(scope={"platform.user": "anna"})) == "anna"
    assert flask.view_functions["get_current_user"] is platform_users.current_user
    assert store.authenticate_user("nobody", "x") is False


def test_it_makes_no_administrator() -> None:
    assert platform_users.os.environ["_MLFLOW_AUTH_ADMIN_BOOTSTRAPPED"] == "true"
