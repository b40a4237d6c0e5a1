"""Which places in stores the server opens, and which of them its users may name.

Artifacts lie in the server's own store, and it reads them with its own keys. A client can name a place for it to read and write: where an
experiment is, where a model version comes from, where a trace lies (traces.py). MLflow refuses the names of what is not the caller's in some of their
forms, and takes `s3://`, the form that its own artifacts have in the store (3.17.2: server/handlers.py, `_validate_source_run`).
"""
from __future__ import annotations

import urllib.parse
from collections.abc import Callable
from typing import Any

from flask import Flask, Response, request
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import PERMISSION_DENIED
from mlflow.protos.model_registry_pb2 import CreateModelVersion
from mlflow.protos.service_pb2 import CreateExperiment
from mlflow.server import handlers
from mlflow.store.artifact import artifact_repository_registry
from mlflow.utils.uri import get_uri_scheme

# They name no place but what MLflow has: it looks the place up, and opens that by a name of its own.
NAMES_OF_MLFLOW = {"runs", "models"}


def segments(place: str) -> list[str]:
    return urllib.parse.urlsplit(place).path.strip("/").split("/")


def is_within(place: str, root: str) -> bool:
    """Whether a place is a root or below it. A place with a segment that could stand for another is nowhere."""
    one, other = urllib.parse.urlsplit(place), urllib.parse.urlsplit(root)
    if (one.scheme, one.netloc) != (other.scheme, other.netloc) or one.query or one.fragment:
        return False
    below = segments(root) if other.path.strip("/") else []
    path = segments(place) if one.path.strip("/") else []
    return path[: len(below)] == below and not any(urllib.parse.unquote(each) in ("", ".", "..") for each in path)


def open_none_but(root: str) -> None:
    """Has every artifact repository of this process be at `root`, whoever names its place, and however."""
    registry = artifact_repository_registry._artifact_repository_registry
    repository_of = registry.get_artifact_repository

    def get_artifact_repository(artifact_uri: str, *arguments: Any, **others: Any) -> Any:
        if get_uri_scheme(artifact_uri) not in NAMES_OF_MLFLOW and not is_within(artifact_uri, root):
            raise MlflowException("This server opens artifacts in its own store only. Read others with keys of your own.", PERMISSION_DENIED)
        return repository_of(artifact_uri, *arguments, **others)

    registry.get_artifact_repository = get_artifact_repository  # type: ignore[method-assign]


def of_experiment(message: CreateExperiment) -> str | None:
    if not message.artifact_location:
        return None
    return "artifact_location is for administrators: leave it out, and the server keeps the experiment's artifacts where its permissions hold"


def of_model_version(message: CreateModelVersion) -> str | None:
    """MLflow itself checks its own names, and that the caller may read the run or the logged model that the request has."""
    source = message.source
    is_named = get_uri_scheme(source) in NAMES_OF_MLFLOW | {"mlflow-artifacts"} and not urllib.parse.urlsplit(source).netloc
    if is_named or handlers._is_prompt_request(message):
        return None
    store = handlers._get_tracking_store()
    roots = [store.get_run(message.run_id).info.artifact_uri] if message.run_id else []
    roots += [store.get_logged_model(message.model_id).artifact_location] if message.model_id else []
    if any(is_within(source, root) for root in roots):
        return None
    return "the source of a model version must be artifacts of a run or a logged model: name it, as runs:/<run id>/<path> or models:/<model id>"


# The fields of requests that name places. test/server/test_places.py compares them with all the fields of MLflow's protobuf definitions.
CHECKS: dict[type, Callable[[Any], str | None]] = {CreateExperiment: of_experiment, CreateModelVersion: of_model_version}


def refuse_places_of_others(flask: Flask, is_administrator: Callable[[], bool]) -> None:
    """Refuses, after users and their permissions are checked, places that only an administrator may name."""
    endpoints = handlers.get_endpoints(lambda message: message)
    checks = {(path, method): (message, CHECKS[message]) for path, message, methods in endpoints if message in CHECKS for method in methods}

    @flask.before_request
    @handlers.catch_mlflow_exception  # type: ignore[untyped-decorator]
    def check() -> Response | None:
        found = checks.get((request.url_rule.rule, request.method)) if request.url_rule else None
        if found is None or is_administrator():
            return None
        message, problem_of = found
        if problem := problem_of(handlers._get_request_message(message())):
            raise MlflowException(problem, PERMISSION_DENIED)
        return None
