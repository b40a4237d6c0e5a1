"""A MinIO with users and policies of others, on which the set-up Job runs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from minio import ROOT, Minio
from store_job import BUCKET, StoreJob

NAME, KEY = "mlflow", "the-servers-key"
POLICY = f"{BUCKET}-read-write"
OBJECTS = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"]
FORMER = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": ["s3:ListBucket", "s3:ListBucketMultipartUploads", "s3:GetBucketLocation"], "Resource": [f"arn:aws:s3:::{BUCKET}"]},
        {"Effect": "Allow", "Action": OBJECTS, "Resource": [f"arn:aws:s3:::{BUCKET}/*"]},
    ],
}
THEIR_POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["arn:aws:s3:::shop/*"]}]}


@pytest.fixture
def minio() -> Iterator[Minio]:
    server = Minio()
    server.s3.create_bucket(Bucket="shop")
    server.s3.put_object(Bucket="shop", Key="orders", Body=b"orders")
    server.add_policy("shop", THEIR_POLICY)
    server.add_user("shop", "the-shops-key", "shop")
    server.admin("group", "add", "shop-people", "shop")
    yield server
    server.remove()


def ran(minio: Minio, expected: int = 0, name: str = NAME, key: str = KEY, **others: Any) -> str:
    user = {"access-key-id": name, "secret-access-key": key}
    code, output = StoreJob(minio.port, user=user, administrator=others.pop("administrator", ROOT), programs=minio.programs, **others).run()
    assert code == expected, output
    assert key not in output and ROOT[1] not in output
    return output


def can(minio: Minio, what: str, name: str = NAME, key: str = KEY, **arguments: Any) -> str:
    """What becomes of a call by a user."""
    try:
        getattr(minio.client(name, key), what)(**{"Bucket": BUCKET, **arguments})
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return "allowed"
