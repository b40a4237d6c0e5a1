"""Lists the artifacts that the database knows of and this server cannot read, as after a take-over from another deployment. In a pod of the
tracking server: `python3 /opt/mlflow-plugin/missing_artifacts.py`.

It asks the store, for the place of each run, logged model, model version and trace, whether something is there. Of a run the database does not
know whether it ever had artifacts, so those with nothing are listed apart.

Exit codes: 0: each place has something. 1: something cannot be read. 2: only runs have nothing. 3: the database or the store did not answer.
"""
from __future__ import annotations

import os
import sys
import urllib.parse
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import sqlalchemy
from mlflow.exceptions import MlflowException
from mlflow.prompt.constants import IS_PROMPT_TAG_KEY
from mlflow.server import handlers
from mlflow.store.model_registry.dbmodels.models import SqlModelVersion, SqlModelVersionTag
from mlflow.store.tracking.dbmodels.models import SqlExperiment, SqlLoggedModel, SqlRun, SqlTraceInfo, SqlTraceTag
from mlflow.utils.mlflow_tags import MLFLOW_ARTIFACT_LOCATION, MLFLOW_TRACE_ARCHIVE_LOCATION, MLFLOW_TRACE_SPANS_LOCATION
from mlflow.utils.uri import get_uri_scheme
from mlflow_command import take_credentials
from places import is_within
from proxied_artifacts import STORE
from sqlalchemy.orm import aliased
from store_errors import told_to_clients

PAGE = 1000
REQUESTS_AT_ONCE = 16

# Of SQLAlchemy's mapped classes, which MLflow declares without types.
Column = Any

# MLflow's own names for what lies below --artifacts-destination.
BELOW_DESTINATION = ("mlflow-artifacts", "http", "https")


class Unanswered(Exception):
    """The database or the store does not answer, so that nothing can be said."""


class Thing(NamedTuple):
    """What has artifacts, and where, as the database says."""

    kind: str
    name: str
    place: str


class Finding(NamedTuple):
    """What is wrong with the place of a thing."""

    thing: Thing
    problem: str
    is_empty: bool = False


def things(connection: sqlalchemy.Connection) -> Iterator[Thing]:
    for key, place in pages(connection, SqlExperiment.experiment_id, SqlExperiment.artifact_location):
        yield Thing("experiment", str(key), place or "")
    for key, place in pages(connection, SqlRun.run_uuid, SqlRun.artifact_uri):
        yield Thing("run", str(key), place or "")
    for key, place in pages(connection, SqlLoggedModel.model_id, SqlLoggedModel.artifact_location):
        yield Thing("logged model", str(key), place or "")
    yield from model_versions(connection)
    yield from traces(connection)


def pages(connection: sqlalchemy.Connection, key: Column, *columns: Column, query: Any = None) -> Iterator[Sequence[Any]]:
    """All rows in the order of a unique column, page by page."""
    rows = (sqlalchemy.select(key, *columns) if query is None else query).order_by(key).limit(PAGE)
    found = connection.execute(rows).all()
    while found:
        yield from found
        found = connection.execute(rows.where(key > found[-1][0])).all()


def model_versions(connection: sqlalchemy.Connection) -> Iterator[Thing]:
    """Those that are no prompts, which have no artifacts. Sources that are names are looked up, as clients do."""
    version, tag = SqlModelVersion, SqlModelVersionTag
    key: Column = version.name + "/" + sqlalchemy.cast(version.version, sqlalchemy.String)
    prompt = sqlalchemy.exists().where(tag.name == version.name, tag.version == version.version, tag.key == IS_PROMPT_TAG_KEY, tag.value == "true")
    query: Any = sqlalchemy.select(key, version.source, version.storage_location).where(~prompt)
    for name, source, location in pages(connection, key, query=query):
        yield Thing("model version", name, named_place(connection, location or source or ""))


def named_place(connection: sqlalchemy.Connection, source: str) -> str:
    """The place of runs:/<run>/<path> and of models:/<logged model>, or the source itself."""
    scheme, _, name = source.partition(":/")
    key, _, path = name.strip("/").partition("/")
    columns: dict[str, tuple[Column, Column]] = {
        "runs": (SqlRun.artifact_uri, SqlRun.run_uuid), "models": (SqlLoggedModel.artifact_location, SqlLoggedModel.model_id)}
    if scheme not in columns:
        return source
    place, of = columns[scheme]
    root = connection.execute(sqlalchemy.select(place).where(of == key)).scalar()
    return source if root is None else "/".join([root.rstrip("/"), *([path] if path else [])])


def traces(connection: sqlalchemy.Connection) -> Iterator[Thing]:
    """Those whose spans are not in the database."""
    key: Column = SqlTraceInfo.request_id
    location, spans, archive = (aliased(SqlTraceTag) for _ in range(3))
    query: Any = sqlalchemy.select(key, location.value, spans.value, archive.value)
    for tag, name in ((location, MLFLOW_ARTIFACT_LOCATION), (spans, MLFLOW_TRACE_SPANS_LOCATION), (archive, MLFLOW_TRACE_ARCHIVE_LOCATION)):
        query = query.outerjoin(tag, sqlalchemy.and_(tag.request_id == key, tag.key == name))
    for name, place, where, archived in pages(connection, key, query=query):
        if where != "TRACKING_STORE":
            yield Thing("trace", name, (archived if where == "ARCHIVE_REPO" else place) or "")


def checked(thing: Thing, root: str) -> Finding | None:
    """What is wrong with a thing's place. Raises Unanswered."""
    scheme = get_uri_scheme(thing.place)
    if not thing.place:
        return Finding(thing, "no place is known")
    if scheme in (None, "", "file"):
        return Finding(thing, "a folder of the machine that a former server ran on")
    if scheme in ("runs", "models"):
        return Finding(thing, "the database does not know what it names")
    place = below_destination(thing.place, root) if scheme in BELOW_DESTINATION else thing.place
    if place is None or get_uri_scheme(place) != "s3":
        return Finding(thing, f"a place of a former server, which this one does not open: it opens {root}")
    if not is_within(place, root):
        same_bucket = urllib.parse.urlsplit(place).netloc == urllib.parse.urlsplit(root).netloc
        return Finding(thing, f"another {'prefix' if same_bucket else 'bucket'}: this server opens {root} only")
    return None if thing.kind == "experiment" else asked(thing, place)


def below_destination(place: str, root: str) -> str | None:
    """Where the server looks for it."""
    try:
        return f"{root}/{handlers._get_proxied_run_artifact_destination_path(place)}"
    except AssertionError:  # some other URL
        return None


def asked(thing: Thing, place: str) -> Finding | None:
    """Asks the store whether something is there."""
    where = urllib.parse.urlsplit(place)
    try:
        with told_to_clients(place):
            found = STORE.current().list_objects_v2(Bucket=where.netloc, Prefix=f"{where.path.strip('/')}/", MaxKeys=1)
    except MlflowException as error:
        if error.error_code == "TEMPORARILY_UNAVAILABLE":
            raise Unanswered(error.message) from error
        return Finding(thing, error.message)
    return None if found.get("Contents") else Finding(thing, f"nothing is at {place}", is_empty=True)


def check(all_things: Iterable[Thing], root: str, say: Callable[[str], None]) -> int:
    """Says what cannot be read, and a summary. Returns the exit code."""
    seen: Counter[str] = Counter()
    unreadable: Counter[str] = Counter()
    empty_runs = 0
    with ThreadPoolExecutor(REQUESTS_AT_ONCE) as pool:
        for page in batches(all_things):
            seen.update(thing.kind for thing in page)
            for finding in filter(None, pool.map(lambda thing: checked(thing, root), page)):
                of_run = finding.is_empty and finding.thing.kind == "run"
                kind, name, place = finding.thing
                say(f"{'empty' if of_run else 'cannot be read'}: {kind} {name}: {place or '(none)'}: {finding.problem}")
                empty_runs += of_run
                unreadable.update([] if of_run else [finding.thing.kind])
    for kind, count in seen.items():
        nothing = f", {empty_runs} have nothing at their place" if kind == "run" and empty_runs else ""
        say(f"{kind}s: {count}, of which {unreadable[kind]} cannot be read{nothing}")
    if empty_runs:
        say("Whether a run ever had artifacts the database does not know. Compare one of them with the former server.")
    if empty_runs and empty_runs + unreadable["run"] == seen["run"]:
        say(f"No run has anything below {root}: did the former server's --artifacts-destination have another prefix? Write that as "
            "artifactStore.prefix.")
    return 1 if unreadable else 2 if empty_runs else 0


def batches(all_things: Iterable[Thing]) -> Iterator[list[Thing]]:
    batch: list[Thing] = []
    for thing in all_things:
        batch.append(thing)
        if len(batch) == PAGE:
            yield batch
            batch = []
    yield batch


def main() -> int:
    engine = sqlalchemy.create_engine(os.environ["MLFLOW_BACKEND_STORE_URI"])
    root = os.environ["MLFLOW_ARTIFACTS_DESTINATION"].rstrip("/")
    try:
        with engine.connect().execution_options(postgresql_readonly=True) as connection:
            return check(things(connection), root, lambda line: print(line, flush=True))
    except (Unanswered, sqlalchemy.exc.OperationalError) as error:
        print(f"not checked: {error}", flush=True)
        return 3


if __name__ == "__main__":
    take_credentials()
    sys.exit(main())
