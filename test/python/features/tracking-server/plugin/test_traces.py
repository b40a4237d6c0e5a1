"""Whose a trace is."""
from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import databases
import pytest
import sqlalchemy
import traces
from flask import Flask
from mlflow.exceptions import MlflowException
from mlflow.store.tracking.dbmodels.models import SqlExperiment, SqlRun, SqlTraceInfo, SqlTraceTag
from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore
from sqlalchemy import event
from sqlalchemy.orm import Session

LOCATION, ARCHIVE = "mlflow.artifactLocation", "mlflow.trace.archiveLocation"


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Iterator[sqlalchemy.Engine]:
    """A database with a trace in the first of two experiments. What listens to MLflow's tables listens no longer afterwards."""
    listening: list[tuple[Any, ...]] = []

    def listen(*arguments: Any) -> None:
        listening.append(arguments)
        event.listen(*arguments)

    monkeypatch.setattr(traces, "event", SimpleNamespace(listen=listen))
    with databases.in_memory() as made:
        databases.add(
            made, *(SqlExperiment(experiment_id=each, name=f"e{each}", artifact_location=f"mlflow-artifacts:/{each}") for each in (1, 2)),
            SqlTraceInfo(request_id="tr-1", experiment_id=1, timestamp_ms=0, status="OK"), SqlRun(run_uuid="run-1", experiment_id=1),
            SqlRun(run_uuid="run-2", experiment_id=2))
        yield made
    for each in listening:
        event.remove(*each)


@pytest.mark.parametrize(("key", "value", "allowed"), [
    (LOCATION, "mlflow-artifacts:/1/traces/tr-1/artifacts", True),
    (LOCATION, "mlflow-artifacts:/1/traces/tr-2/artifacts", False),
    (LOCATION, "mlflow-artifacts:/2/traces/tr-1/artifacts", False),
    (LOCATION, "s3://artifacts/mlflow/1", False),
    (traces.MLFLOW_TRACE_ARCHIVE_LOCATION, "mlflow-artifacts:/1/archive", True),
    (traces.MLFLOW_TRACE_ARCHIVE_LOCATION, "mlflow-artifacts:/2/archive", False),
    ("team", "/etc/passwd", True),
])
def test_a_trace_lies_where_its_experiment_does_whoever_says_otherwise(engine: sqlalchemy.Engine, key: str, value: str, allowed: bool) -> None:
    traces.keep_traces_in_their_places()
    tag = SqlTraceTag(request_id="tr-1", key=key, value=value)
    if allowed:
        databases.add(engine, tag)
    else:
        with pytest.raises(MlflowException, match=f"Tag '{key}' is set by the server and cannot be changed"):
            databases.add(engine, tag)


def test_a_place_is_looked_at_when_it_is_changed_and_of_a_trace_that_is_not_there_too(engine: sqlalchemy.Engine) -> None:
    databases.add(engine, SqlTraceTag(request_id="tr-1", key=LOCATION, value="mlflow-artifacts:/1/traces/tr-1/artifacts"))
    traces.keep_traces_in_their_places()
    with Session(engine) as session, pytest.raises(MlflowException):
        session.query(SqlTraceTag).one().value = "/etc"
        session.flush()
    with pytest.raises(MlflowException):
        databases.add(engine, SqlTraceTag(request_id="tr-9", key=LOCATION, value="mlflow-artifacts:/1"))


class Store(SqlAlchemyStore):
    """MLflow's store of a database that is there already."""

    def __init__(self, engine: sqlalchemy.Engine) -> None:
        self.engine = engine
        self.done: list[tuple[Any, ...]] = []

    def ManagedSessionMaker(self, **_: Any) -> Any:
        return Session(self.engine)


@pytest.fixture
def store(engine: sqlalchemy.Engine, monkeypatch: pytest.MonkeyPatch) -> Store:
    """With MLflow's own methods, which write down that they were reached."""
    monkeypatch.setattr(SqlAlchemyStore, "log_spans", lambda self, *arguments: self.done.append(arguments))
    monkeypatch.setattr(SqlAlchemyStore, "link_traces_to_run", lambda self, *arguments: self.done.append(arguments))
    traces.keep_traces_with_their_experiments()
    return Store(engine)


def spans(*ids: str) -> list[Any]:
    return [SimpleNamespace(trace_id=each) for each in ids]


def test_spans_go_into_new_traces_and_those_of_the_same_experiment(store: Store) -> None:
    store.log_spans("1", spans("tr-1", "tr-new"))
    store.log_spans("2", spans("tr-new"))
    assert len(store.done) == 2


def test_spans_of_a_trace_of_another_experiment_are_refused(store: Store) -> None:
    with pytest.raises(MlflowException, match="A trace of this id is in another experiment") as raised:
        store.log_spans("2", spans("tr-new", "tr-1"))
    assert raised.value.get_http_status_code() == 403
    assert store.done == []


def test_a_trace_is_linked_to_runs_of_its_own_experiment(store: Store) -> None:
    store.link_traces_to_run(["tr-1"], "run-1")
    store.link_traces_to_run(["tr-1"], "no-such-run")
    with pytest.raises(MlflowException, match="in another experiment"):
        store.link_traces_to_run(["tr-1"], "run-2")
    assert [run for _, run in store.done] == ["run-1", "no-such-run"]


def test_a_route_of_flasks_has_checked_both(store: Store) -> None:
    with Flask("an_application").test_request_context():
        store.link_traces_to_run(["tr-1"], "run-2")
    assert store.done == [(["tr-1"], "run-2")]


def test_a_trace_stays_in_its_experiment_and_may_change_otherwise(store: Store) -> None:
    with Session(store.engine) as session:
        session.get_one(SqlTraceInfo, "tr-1").status = "ERROR"
        session.commit()
        session.get_one(SqlTraceInfo, "tr-1").experiment_id = 2
        with pytest.raises(MlflowException, match="in another experiment"):
            session.flush()
