"""Trouble that passes is told from faults."""
from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import mlflow.store.db.utils
import psycopg2
import pytest
import sqlalchemy.exc
import trouble
from calls import call, request
from fastapi import FastAPI
from flask import Flask, abort
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import BAD_REQUEST, TEMPORARILY_UNAVAILABLE
from stores import raising

LOST = sqlalchemy.exc.OperationalError("SELECT", {}, psycopg2.OperationalError("server closed the connection"))


def of_code(code: str) -> Exception:
    original = SimpleNamespace(pgcode=code)
    return sqlalchemy.exc.DBAPIError("SELECT", {}, original)


def caused_by(cause: Exception, error: Exception) -> Exception:
    try:
        raise error from cause
    except Exception as raised:
        return raised


@pytest.mark.parametrize(("error", "passes"), [
    (LOST, True),
    (sqlalchemy.exc.TimeoutError("QueuePool limit"), True),
    (psycopg2.InterfaceError("connection already closed"), True),
    (of_code("25006"), True),  # a server that only reads
    (of_code("57014"), True),  # a statement that was cancelled
    (of_code("23505"), False),
    (caused_by(LOST, MlflowException("bad", error_code=BAD_REQUEST)), True),
    (caused_by(caused_by(LOST, ValueError()), KeyError()), True),
    (MlflowException("wait", error_code=TEMPORARILY_UNAVAILABLE), True),
    (MlflowException("bad", error_code=BAD_REQUEST), False),
    (ValueError("a fault"), False),
    (None, False),
])
def test_trouble_passes_by_what_it_comes_from(error: BaseException | None, passes: bool) -> None:
    assert trouble.passes(error) is passes


def test_a_client_is_told_no_details_and_the_log_is(capsys: pytest.CaptureFixture[str]) -> None:
    refusal = trouble.refusal_of(LOST)
    assert (refusal.status, refusal.reason) == (503, "The server cannot reach what it keeps its data in. Try again.")
    assert "server closed the connection" in capsys.readouterr().out
    refusal = trouble.refusal_of(ValueError("a secret"))
    assert (refusal.status, refusal.reason) == (500, "The server has failed. Its log says why.")
    assert "a secret" in capsys.readouterr().err


@pytest.fixture
def schema(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """MLflow's of GraphQL."""
    made = SimpleNamespace(execute=lambda: SimpleNamespace(errors=None))
    monkeypatch.setattr(trouble, "schema", made)
    return made


@pytest.mark.parametrize(("error", "status"), [(LOST, 503), (ValueError("a fault"), 500)])
def test_both_applications_answer_in_mlflows_form_instead_of_by_a_page(schema: SimpleNamespace, error: Exception, status: int) -> None:
    fastapi, flask = FastAPI(), Flask("an_application")
    trouble.answer_errors(fastapi, flask)

    @fastapi.get("/fails")
    def fails() -> None:
        raise error

    flask.add_url_rule("/fails", view_func=raising(error))
    of_fastapi, of_flask = call(fastapi, request(path="/fails")), flask.test_client().get("/fails")
    assert of_fastapi.status == of_flask.status_code == status
    assert json.loads(of_fastapi.body) == of_flask.get_json()
    assert of_flask.get_json()["error_code"] == ("TEMPORARILY_UNAVAILABLE" if status == 503 else "INTERNAL_ERROR")


def test_what_flask_answers_by_itself_stays(schema: SimpleNamespace) -> None:
    flask = Flask("an_application")
    trouble.answer_errors(FastAPI(), flask)
    flask.add_url_rule("/gone", view_func=lambda: abort(410))
    assert flask.test_client().get("/gone").status_code == 410
    assert flask.test_client().get("/nowhere").status_code == 404


@pytest.mark.parametrize(("errors", "fails"), [
    ([], False), ([SimpleNamespace(original_error=LOST)], True), ([SimpleNamespace(original_error=ValueError())], False),
    ([SimpleNamespace(original_error=None)], False),
])
def test_trouble_within_graphql_is_no_answer(schema: SimpleNamespace, errors: list[Any], fails: bool) -> None:
    result = SimpleNamespace(errors=errors)
    schema.execute = lambda: result
    trouble.answer_errors(FastAPI(), Flask("an_application"))
    if fails:
        with pytest.raises(sqlalchemy.exc.OperationalError):
            schema.execute()
    else:
        assert schema.execute() is result


@pytest.mark.parametrize(("cause", "code"), [(LOST, "TEMPORARILY_UNAVAILABLE"), (ValueError(), "BAD_REQUEST")])
def test_mlflows_stores_call_trouble_so(monkeypatch: pytest.MonkeyPatch, cause: Exception, code: str) -> None:
    @contextmanager
    def session() -> Iterator[str]:
        try:
            yield "a session"
        except type(cause) as error:
            raise MlflowException("it failed", error_code=BAD_REQUEST) from error

    monkeypatch.setattr(mlflow.store.db.utils, "_get_managed_session_maker", lambda *_, **__: session)
    trouble.tell_sessions()
    make = mlflow.store.db.utils._get_managed_session_maker(None, "postgresql")
    with make() as made:
        assert made == "a session"
    with pytest.raises(MlflowException) as raised, make():
        raise cause
    assert raised.value.error_code == code
