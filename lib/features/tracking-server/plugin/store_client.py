"""The S3 client of the tracking server: one for all requests of a worker, with the keys that the Secret holds now.

The kubelet refreshes the files of a Secret, but no variable of a process. So the keys are read again for each request, which costs
microseconds, and the client is built again when they, or the authority's certificate, have changed.
"""
from __future__ import annotations

import base64
import hashlib
import os
import pathlib
import threading
import time
from collections.abc import Callable
from typing import Any

import boto3
from botocore.awsrequest import AWSResponse
from botocore.client import BaseClient
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, CredentialRetrievalError
from botocore.model import OperationModel
from botocore.parsers import ResponseParserError
from mlflow.protos.databricks_pb2 import TEMPORARILY_UNAVAILABLE
from store_errors import code_of_answer

# Seconds. By default a store that accepts connections and never answers keeps a thread for five minutes, and one for which nobody answers,
# too. The longest pause of a store that works: it answers once it has written a part of 8 MiB, and while it puts parts together it
# sends spaces.
CONNECT_WITHIN_S = 10
ANSWER_WITHIN_S = 20

# The second one helps with connections that the store closed while nobody used them. Clients of MLflow's try again by themselves.
ATTEMPTS = 2

KEYS = ("access-key-id", "secret-access-key")
AUTHORITY = "ca.crt"
Files = tuple[str, str, str]

# What every S3 store says in its answer to an operation.
SIGNS = {"ListObjectsV2": "IsTruncated", "HeadObject": "ETag", "GetObject": "ETag", "PutObject": "ETag", "CreateMultipartUpload": "UploadId"}

# Seconds between two looks whether the store knows keys that it did not know.
LOOK_AGAIN_S = 5


class StoreClient:
    """A client built of what a folder holds: access-key-id, secret-access-key and, for authorities of one's own, ca.crt.

    New keys are used as soon as the store knows them: until then the ones of before may do, where somebody changed the Secret first.
    """

    def __init__(self, folder: pathlib.Path, heard: Callable[..., None]) -> None:
        """heard: called after each attempt, with what it ended in as `exception`, None for an answer."""
        self._folder, self._heard = folder, heard
        self._lock = threading.Lock()
        self._look_at = 0.0
        self._files: Files | None = None
        self._client: BaseClient | None = None

    def current(self) -> BaseClient:
        """The client. Raises CredentialRetrievalError where the keys cannot be read."""
        files = self._read()
        if self._client is None:
            with self._lock:
                if self._client is None:
                    self._use(files, self._build(files))
        elif files != self._files and time.monotonic() >= self._look_at and self._lock.acquire(blocking=False):
            try:
                client = self._build(files)
                if is_known(client):
                    self._use(files, client)
                self._look_at = time.monotonic() + LOOK_AGAIN_S
            finally:
                self._lock.release()
        return self._client

    def _read(self) -> Files:
        key_id, key, authority = (self._folder / name for name in (*KEYS, AUTHORITY))
        try:
            return key_id.read_text(), key.read_text(), authority.read_text() if authority.exists() else ""
        except (OSError, UnicodeDecodeError) as error:
            raise CredentialRetrievalError(provider="Secret", error_msg=str(error)) from error

    def _build(self, files: Files) -> BaseClient:
        key_id, key, authority = files
        return build(key_id.rstrip("\n"), key.rstrip("\n"), str(self._folder / AUTHORITY) if authority else None)

    def _use(self, files: Files, client: BaseClient) -> None:
        client.meta.events.register("response-received.s3", self._heard)
        self._files, self._client = files, client


def is_known(client: BaseClient) -> bool:
    """Whether the store knows the keys, whatever they may do."""
    try:
        client.list_buckets()
    except ClientError as error:
        return code_of_answer(error) != TEMPORARILY_UNAVAILABLE
    except BotoCoreError:
        return False
    return True


def build(key_id: str, key: str, authority: str | None) -> BaseClient:
    """A client of the store that the variables name, as MLflow reads them.

    authority: a file with the certificates to trust instead of the public ones.
    """
    client = boto3.session.Session().client(
        "s3",
        endpoint_url=os.environ.get("MLFLOW_S3_ENDPOINT_URL"),
        aws_access_key_id=key_id,
        aws_secret_access_key=key,
        verify=authority,
        config=Config(
            signature_version="s3v4",
            s3={"addressing_style": os.environ.get("MLFLOW_BOTO_CLIENT_ADDRESSING_STYLE", "auto")},
            connect_timeout=CONNECT_WITHIN_S,
            read_timeout=ANSWER_WITHIN_S,
            retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
        ),
    )
    client.meta.events.register("before-call.s3.DeleteObjects", with_md5)
    client.meta.events.register("after-call.s3.DeleteObjects", refuse_half)
    client.meta.events.register("after-call.s3", refuse_pages)
    return client


def with_md5(params: dict[str, Any], **_: object) -> None:
    """Adds the checksum that older stores ask for; botocore sends another one."""
    params["headers"]["Content-MD5"] = base64.b64encode(hashlib.md5(params["body"], usedforsecurity=False).digest()).decode()


def refuse_pages(http_response: AWSResponse, parsed: dict[str, Any], model: OperationModel, **_: object) -> None:
    """What is no store answers 200, too, such as MinIO's console: artifacts would seem to be gone, and uploads would be lost."""
    if http_response.status_code < 300 and SIGNS.get(model.name, "ResponseMetadata") not in parsed:
        raise ResponseParserError(f"the answer to {model.name} is none that S3 gives")


def refuse_half(parsed: dict[str, Any], **_: object) -> None:
    """A store answers 200 with a list of what it did not delete, at which MLflow does not look."""
    if errors := parsed.get("Errors"):
        raise ClientError({"Error": errors[0], "ResponseMetadata": {"HTTPStatusCode": 0}}, "DeleteObjects")
