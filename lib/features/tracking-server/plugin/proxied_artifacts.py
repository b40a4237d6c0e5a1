"""The S3 store behind the server, for clients that cannot reach it themselves.

MLflow's own repository of s3:// can sign URLs of the store. Since 3.12 the server tells so to every client, and clients then fetch every
file from the URL that the server signed, which holds the server's endpoint: a name inside the cluster. A client that cannot reach it waits
for more than ten minutes and fails. This repository cannot sign, so that everything goes through the server, whose access rules hold then.

The store's trouble is told in MLflow's codes (store_errors.py). MLflow's own repository tells nearly all of it as an internal error, at
which clients try again for four minutes, also for an artifact that is not there.
"""
from __future__ import annotations

import os
import pathlib
import posixpath
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from boto3.s3.transfer import TransferConfig
from botocore.client import BaseClient
from botocore.exceptions import ClientError
from mlflow.entities import FileInfo
from mlflow.entities.trace_data import TraceData
from mlflow.exceptions import MlflowException, MlflowTraceDataNotFound
from mlflow.protos.databricks_pb2 import TEMPORARILY_UNAVAILABLE
from mlflow.store.artifact.artifact_repo import ArtifactRepository
from mlflow.store.artifact.s3_artifact_repo import S3ArtifactRepository
from mlflow.tracing.otel.otel_archival import TRACE_ARCHIVAL_FILENAME
from store_client import ATTEMPTS, StoreClient
from store_errors import NoRoom, told_to_clients
from store_patience import Patience

PATIENCE = Patience()
STORE = StoreClient(pathlib.Path(os.environ["PLATFORM_STORE"]), PATIENCE.heard)

# Where nothing is sent any more in the middle of a file; by default five.
DOWNLOADS = TransferConfig(num_download_attempts=ATTEMPTS)


class Store(S3ArtifactRepository):
    """MLflow's own repository, with the client that knows today's keys."""

    def _get_s3_client(self) -> BaseClient:
        return STORE.current()

    def _download_file(self, remote_file_path: str, local_path: str | pathlib.Path) -> None:
        bucket, root = self.parse_s3_compliant_uri(self.artifact_uri)
        client, key = self._get_s3_client(), posixpath.join(root, remote_file_path)
        try:
            client.download_file(bucket, key, str(local_path), Config=DOWNLOADS)
        except ClientError as error:
            if error.operation_name == "HeadObject" and error.response["Error"]["Code"] != "404":
                client.get_object(Bucket=bucket, Key=key, Range="bytes=0-0")  # whose answer says why: that of a HEAD has no body
            raise


@contextmanager
def asking(what: str | None) -> Iterator[None]:
    """Asks the store something about an artifact, as patiently as its other answers allow."""
    with told_to_clients(what or "/"), PATIENCE.waiting():
        yield


class ProxiedS3ArtifactRepository(ArtifactRepository):
    """The store, as the server and its clients may use it."""

    def __init__(self, artifact_uri: str, tracking_uri: str | None = None, registry_uri: str | None = None) -> None:
        super().__init__(artifact_uri, tracking_uri, registry_uri)
        self._store = Store(artifact_uri, tracking_uri=tracking_uri, registry_uri=registry_uri)

    def log_artifact(self, local_file: str, artifact_path: str | None = None) -> None:
        with asking(posixpath.join(artifact_path or "", os.path.basename(local_file))):
            self._store.log_artifact(local_file, artifact_path)

    def log_artifacts(self, local_dir: str, artifact_path: str | None = None) -> None:
        with asking(artifact_path):
            self._store.log_artifacts(local_dir, artifact_path)

    def list_artifacts(self, path: str | None = None) -> list[FileInfo]:
        with asking(path):
            found: list[FileInfo] = self._store.list_artifacts(path)
            return found

    def delete_artifacts(self, artifact_path: str | None = None) -> None:
        with asking(artifact_path):
            self._store.delete_artifacts(artifact_path)

    def upload_archived_trace_data_bytes(self, data: bytes) -> None:
        with asking(TRACE_ARCHIVAL_FILENAME):
            self._store.upload_archived_trace_data_bytes(data)

    def _download_file(self, remote_file_path: str, local_path: str | pathlib.Path) -> None:
        with asking(remote_file_path):
            self._store._download_file(remote_file_path, local_path)

    def download_artifacts(self, artifact_path: str, dst_path: str | None = None) -> str:
        try:
            return str(super().download_artifacts(artifact_path, dst_path))
        except MlflowException as error:
            if error.error_code == "RESOURCE_EXHAUSTED":  # MLflow hands on the code alone, which has another status
                raise NoRoom(error.message) from error
            raise

    def _is_directory(self, artifact_path: str) -> bool:
        try:
            return bool(super()._is_directory(artifact_path))
        except MlflowException as error:
            if error.error_code == "PERMISSION_DENIED":  # a key that may read, and not list
                return False
            raise

    def download_trace_data_to_file(self, dst_path: pathlib.Path) -> pathlib.Path:
        return pathlib.Path(only_if_missing(super().download_trace_data_to_file, dst_path))

    def download_trace_data(self) -> dict[str, Any]:
        found: dict[str, Any] = only_if_missing(super().download_trace_data)
        return found

    def download_archived_trace_data(self) -> TraceData:
        found = super().download_archived_trace_data()
        # MLflow takes every failure for an archive that is not there. This one is, or the store says why not.
        if not found.spans and any(each.path == TRACE_ARCHIVAL_FILENAME for each in self.list_artifacts()):
            raise MlflowException(f"'{TRACE_ARCHIVAL_FILENAME}' could not be read", error_code=TEMPORARILY_UNAVAILABLE)
        return found


def only_if_missing(download: Callable[..., Any], *arguments: Any) -> Any:
    """Downloads a trace. MLflow takes every failure for a trace that is not there."""
    try:
        return download(*arguments)
    except MlflowTraceDataNotFound as error:
        cause = error.__cause__
        if isinstance(cause, MlflowException) and cause.error_code != "RESOURCE_DOES_NOT_EXIST":
            raise cause from None
        raise
