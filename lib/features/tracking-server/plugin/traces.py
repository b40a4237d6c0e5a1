"""Whose a trace is. Its clients choose its id, and MLflow takes what comes with an id that is there already for a part of that trace.

MLflow asks whether somebody may write to the experiment that a request names, and not to the one that the trace is in (3.17.2:
store/tracking/sqlalchemy_store.py: `_start_trace_once`, `_log_spans_once`). So whoever knew the id of a trace moved it into an experiment of
their own, with all that it holds, or wrote into it.
"""
from __future__ import annotations

from typing import Any

from flask import has_request_context
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import INVALID_PARAMETER_VALUE, PERMISSION_DENIED
from mlflow.store.tracking.dbmodels.models import SqlAssessments, SqlExperiment, SqlRun, SqlTraceInfo, SqlTraceTag
from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore
from mlflow.utils.mlflow_tags import MLFLOW_ARTIFACT_LOCATION, MLFLOW_TRACE_ARCHIVE_LOCATION
from mlflow.utils.uri import append_to_uri_path
from places import is_within
from sqlalchemy import event, inspect, select


def keep_traces_in_their_places() -> None:
    """Refuses a place for a trace that is not the trace's own: no route checks each of the tags that say where a trace lies."""

    def check(_mapper: Any, connection: Any, tag: Any) -> None:
        if tag.key not in (MLFLOW_ARTIFACT_LOCATION, MLFLOW_TRACE_ARCHIVE_LOCATION):
            return
        of_trace: Any = select(SqlExperiment.artifact_location).join(SqlTraceInfo, SqlTraceInfo.experiment_id == SqlExperiment.experiment_id)
        place = connection.execute(of_trace.where(SqlTraceInfo.request_id == tag.request_id)).scalar()
        if place and tag.key == MLFLOW_ARTIFACT_LOCATION:
            place = append_to_uri_path(place, SqlAlchemyStore.TRACE_FOLDER_NAME, tag.request_id)
        if not place or not is_within(tag.value, place):
            raise MlflowException(f"Tag '{tag.key}' is set by the server and cannot be changed.", INVALID_PARAMETER_VALUE)

    for moment in ("before_insert", "before_update"):
        event.listen(SqlTraceTag, moment, check)


def keep_traces_with_their_experiments() -> None:
    """Refuses what would move a trace, or a part of it, to another experiment or trace, or write into one of another experiment."""
    for model, attribute in ((SqlTraceInfo, "experiment_id"), (SqlAssessments, "trace_id")):
        event.listen(model, "before_update", refuse_change_of(attribute))

    log_spans, link_traces_to_run = SqlAlchemyStore.log_spans, SqlAlchemyStore.link_traces_to_run

    def log_spans_of_own(self: SqlAlchemyStore, location: str, spans: list[Any], *arguments: Any, **others: Any) -> Any:
        refuse_elsewhere(self, {span.trace_id for span in spans}, location)
        return log_spans(self, location, spans, *arguments, **others)

    def link_own(self: SqlAlchemyStore, trace_ids: list[str], run_id: str) -> None:
        # Flask's route has checked both. The header X-MLflow-Run-Id, which comes with spans, nobody has.
        if not has_request_context():
            with self.ManagedSessionMaker() as session:
                experiment = session.query(SqlRun.experiment_id).filter(SqlRun.run_uuid == run_id).scalar()
            if experiment is not None:
                refuse_elsewhere(self, set(trace_ids), str(experiment))
        link_traces_to_run(self, trace_ids, run_id)

    SqlAlchemyStore.log_spans = log_spans_of_own  # type: ignore[method-assign]
    SqlAlchemyStore.link_traces_to_run = link_own  # type: ignore[method-assign]


def refuse_change_of(attribute: str) -> Any:
    def check(_mapper: Any, _connection: Any, row: Any) -> None:
        history = inspect(row).attrs[attribute].history
        if any(str(before) != str(getattr(row, attribute)) for before in history.deleted or ()):
            raise MlflowException("A trace of this id is in another experiment, or an assessment of this id at another trace.", PERMISSION_DENIED)

    return check


def refuse_elsewhere(store: SqlAlchemyStore, trace_ids: set[str], experiment: str) -> None:
    """Raises MlflowException where one of the traces is in another experiment."""
    with store.ManagedSessionMaker() as session:
        found = session.query(SqlTraceInfo.experiment_id).filter(SqlTraceInfo.request_id.in_(trace_ids)).distinct()
        if any(str(each) != str(experiment) for each, in found):
            raise MlflowException("A trace of this id is in another experiment.", PERMISSION_DENIED)
