"""An S3 store in memory, and what it may answer instead."""
from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import boto3
from botocore.client import BaseClient
from botocore.exceptions import ClientError
from bucket import Wanted
from lifecycle import Days
from moto import mock_aws


def error(code: str, status: int, message: str = "no", headers: dict[str, str] | None = None, **more: str) -> ClientError:
    said = {"Error": {"Code": code, "Message": message, **more}, "ResponseMetadata": {"HTTPStatusCode": status, "HTTPHeaders": headers or {}}}
    return ClientError(said, "AnOperation")


DENIED = error("AccessDenied", 403)
NOT_IMPLEMENTED = error("NotImplemented", 501)
TROUBLE = error("SlowDown", 503)


def raising(problem: Exception) -> Callable[..., Any]:
    def fail(*_: Any, **__: Any) -> None:
        raise problem

    return fail


# One for all: it reads what Amazon says of its services once.
SESSION = boto3.session.Session(aws_access_key_id="key", aws_secret_access_key="secret", region_name="us-east-1")


@contextmanager
def in_memory() -> Iterator[BaseClient]:
    with mock_aws():
        yield SESSION.client("s3")


# The rules that earlier releases set.
FORMER = [
    {"ID": "expire-old-versions", "Status": "Enabled", "Filter": {"Prefix": ""}, "NoncurrentVersionExpiration": {"NoncurrentDays": 30},
     "Expiration": {"ExpiredObjectDeleteMarker": True}},
    {"ID": "abort-uploads", "Status": "Enabled", "Filter": {"Prefix": ""}, "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7}},
]

WANTED = Wanted(
    bucket="artifacts", prefix="", region="us-east-1", platform="one/mlflow/staging", days=Days(30, 7), versioning_required=False, take_over=False)
