"""MLflow's tables in a database of SQLite's, in memory."""
from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy
from mlflow.store.db.base_sql_model import Base
from mlflow.store.model_registry.dbmodels import models as registry
from mlflow.store.tracking.dbmodels import models as tracking
from sqlalchemy.orm import Session
from sqlalchemy.schema import CreateTable

TABLES = (tracking, registry)  # whose import makes the tables known


@contextmanager
def in_memory() -> Iterator[sqlalchemy.Engine]:
    engine = sqlalchemy.create_engine("sqlite://")
    with engine.begin() as connection:
        for table in Base.metadata.sorted_tables:
            connection.execute(CreateTable(table))
    yield engine
    engine.dispose()


def add(engine: sqlalchemy.Engine, *rows: Any) -> None:
    with Session(engine) as session:
        for row in rows:
            session.add(row)
            session.flush()
        session.commit()
