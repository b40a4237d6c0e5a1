"""Tells trouble that passes, such as a database that starts again, from faults: clients come again for the one, and not for the other.

MLflow answers a lost connection with 503 where its store notices, with 400 where SQLAlchemy calls the error otherwise, and with a page of
HTML where users are asked for. Clients try 503 again.
"""
from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import mlflow.store.db.utils
import psycopg2
import sqlalchemy.exc
from answers import Refusal
from fastapi import FastAPI, Response
from fastapi.responses import JSONResponse
from flask import Flask, jsonify
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import TEMPORARILY_UNAVAILABLE, ErrorCode
from mlflow.server.graphql.graphql_schema_extensions import schema
from werkzeug.exceptions import HTTPException

PASSING = (
    sqlalchemy.exc.OperationalError, sqlalchemy.exc.InterfaceError, sqlalchemy.exc.TimeoutError, psycopg2.OperationalError, psycopg2.InterfaceError)

# Of PostgreSQL's codes those that its drivers call otherwise: a server that only reads, as after a failover; a statement that was cancelled.
CODES = {"25006", "57014"}


def passes(error: BaseException | None) -> bool:
    """Whether an error, or what it comes from, may be over when the client tries again."""
    while error is not None:
        original = getattr(error, "orig", None) or error
        if isinstance(error, PASSING) or isinstance(original, PASSING) or getattr(original, "pgcode", None) in CODES:
            return True
        if isinstance(error, MlflowException) and error.error_code == ErrorCode.Name(TEMPORARILY_UNAVAILABLE):
            return True
        error = error.__cause__ or error.__context__
    return False


def refusal_of(error: Exception) -> Refusal:
    """What a client is told of an error that nobody has answered. Its details are for the log."""
    if passes(error):
        print(f"the database or the store is in trouble: {error}", flush=True)
        return Refusal(503, "TEMPORARILY_UNAVAILABLE", "The server cannot reach what it keeps its data in. Try again.")
    traceback.print_exception(error)
    return Refusal(500, "INTERNAL_ERROR", "The server has failed. Its log says why.")


def answer_errors(fastapi: FastAPI, flask: Flask) -> None:
    """Has both applications answer an error that nobody has answered in MLflow's form, instead of by a page."""

    @fastapi.exception_handler(Exception)
    async def answer(_: Any, error: Exception) -> Response:
        refusal = refusal_of(error)
        return JSONResponse({"error_code": refusal.code, "message": refusal.reason}, refusal.status)

    @flask.errorhandler(Exception)
    def answer_of_flask(error: Exception) -> Any:
        if isinstance(error, HTTPException):
            return error
        refusal = refusal_of(error)
        return jsonify(error_code=refusal.code, message=refusal.reason), refusal.status

    # GraphQL answers errors with 200, and names them.
    execute = schema.execute

    def execute_or_fail(*arguments: Any, **others: Any) -> Any:
        result = execute(*arguments, **others)
        for error in result.errors or []:
            if error.original_error is not None and passes(error.original_error):
                raise error.original_error
        return result

    schema.execute = execute_or_fail


def tell_sessions() -> None:
    """Has MLflow's stores, which are made afterwards, call trouble that passes so."""
    sessions_of: Callable[..., Any] = mlflow.store.db.utils._get_managed_session_maker

    def managed_session_maker(*arguments: Any, **others: Any) -> Any:
        make = sessions_of(*arguments, **others)

        @contextmanager
        def session(*settings: Any, **more: Any) -> Iterator[Any]:
            try:
                with make(*settings, **more) as made:
                    yield made
            except MlflowException as error:
                if error.error_code != ErrorCode.Name(TEMPORARILY_UNAVAILABLE) and passes(error.__cause__):
                    raise MlflowException(error.message, TEMPORARILY_UNAVAILABLE) from error.__cause__
                raise

        return session

    mlflow.store.db.utils._get_managed_session_maker = managed_session_maker
