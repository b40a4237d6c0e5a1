"""The Job that sets up the object store, as a process; and all that a store tells of a bucket."""

from __future__ import annotations

import functools
import json
import os
import pathlib
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.client import BaseClient
from botocore.exceptions import ClientError
from pod import Manifests, Object, Pod, end
from services import Store

HOST = "minio.data.svc.cluster.local"
NAME = "staging"
PLATFORM = f"mlflow/{NAME}"  # namespace and environment
BUCKET = "artifacts"
PORT = 9000
USER = {"access-key-id": "mlflow", "secret-access-key": "the-servers-key"}


@functools.cache
def manifests(said: str) -> Manifests:
    database = {"provider": "external", "host": "postgres.data.svc.cluster.local"}
    return Manifests({"profile": "local", "tracking": {"version": os.environ["MLFLOW_RELEASE"]}, "database": database, **json.loads(said)}, NAME)


class StoreJob:
    """port, scheme: of the store. user, administrator: what the Secrets hold. authority: certificate in a Secret. cluster: the file's. others: more of artifactStore.

    bucket: instead of the file's, so that not each needs manifests of its own.
    """

    def __init__(self, port: int, bucket: str = BUCKET, user: dict[str, str] | None = None, administrator: tuple[str, str] | None = None,
                 authority: str | None = None, scheme: str = "http", programs: pathlib.Path | None = None,
                 cluster: str | None = None, **others: Any) -> None:
        store: Object = {"provider": "minio" if administrator else "s3", "endpoint": f"{scheme}://{HOST}:{PORT}", "bucket": BUCKET, **others}
        self._changes = {"BUCKET": bucket, "MLFLOW_S3_ENDPOINT_URL": f"{scheme}://{HOST}:{port}"}
        secrets = {"mlflow-object-store": user or USER}
        if administrator:
            store["administratorSecret"] = "the-administrator"
            secrets["the-administrator"] = dict(zip(USER, administrator, strict=True))
        if authority:
            store["caSecret"] = "the-authority"
            secrets["the-authority"] = {"ca.crt": authority}
        self.pod = Pod(manifests(json.dumps({"artifactStore": store, **({"cluster": cluster} if cluster else {})})), "bucket", secrets, {HOST: "127.0.0.1"})
        if administrator:
            code, output = self.pod.run("client", changes={"PATH": f"{programs}:/usr/bin:/bin"})
            assert code == 0, output

    def run(self) -> tuple[int, str]:
        """Exit code and output."""
        try:
            return self.pod.run("bucket", changes=self._changes)
        finally:
            self.pod.remove()

    @contextmanager
    def running(self) -> Iterator[tuple[subprocess.Popen[bytes], pathlib.Path]]:
        """The process, and its log."""
        log = self.pod.folder / "bucket.log"
        process = self.pod.start("bucket", log, self._changes)
        try:
            yield process, log
        finally:
            end(process)
            self.pod.remove()


SETTINGS = ("versioning", "lifecycle_configuration", "tagging", "policy", "acl", "encryption", "cors", "ownership_controls", "notification_configuration",
            "replication", "logging", "website", "accelerate_configuration", "request_payment")


def everything(s3: BaseClient, bucket: str) -> dict[str, Any]:
    """All that a store tells of a bucket and of what is in it, as it says it: bodies of answers, byte for byte."""
    bodies: list[bytes] = []

    def hear(response_dict: dict[str, Any] | None, **_: object) -> None:
        bodies.append((response_dict or {}).get("body", b""))

    calls = {**{name: f"get_bucket_{name}" for name in SETTINGS}, "public access": "get_public_access_block", "lock": "get_object_lock_configuration"}
    s3.meta.events.register("response-received.s3", hear)
    try:
        return {**{name: told(s3, call, bucket, bodies) for name, call in calls.items()}, "versions": versions(s3, bucket)}
    finally:
        s3.meta.events.unregister("response-received.s3", hear)


def told(s3: BaseClient, call: str, bucket: str, bodies: list[bytes]) -> str:
    try:
        getattr(s3, call)(Bucket=bucket)
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return bodies[-1].decode()


def versions(s3: BaseClient, bucket: str) -> list[tuple[str, str]]:
    found = s3.list_object_versions(Bucket=bucket)
    return sorted((each["Key"], each["VersionId"]) for kind in ("Versions", "DeleteMarkers") for each in found.get(kind, []))


def rules(s3: BaseClient, bucket: str) -> dict[str, Any]:
    """Lifecycle rules by ID."""
    try:
        return {rule["ID"]: rule for rule in s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]}
    except ClientError:
        return {}


def tags(s3: BaseClient, bucket: str) -> dict[str, str]:
    try:
        return {tag["Key"]: tag["Value"] for tag in s3.get_bucket_tagging(Bucket=bucket)["TagSet"]}
    except ClientError:
        return {}


# What somebody else has in a bucket of theirs.
THEIRS: list[dict[str, Any]] = [
    {"ID": "legal-keep-7y-then-glacier", "Status": "Enabled", "Filter": {"Prefix": "audit/"}, "Transitions": [{"Days": 90, "StorageClass": "GLACIER"}],
     "NoncurrentVersionExpiration": {"NoncurrentDays": 2555}},
    {"ID": "expire-tmp", "Status": "Enabled", "Filter": {"Prefix": "tmp/"}, "Expiration": {"Days": 3}},
    {"ID": "expire-old-versions", "Status": "Enabled", "Filter": {"Prefix": ""}, "NoncurrentVersionExpiration": {"NoncurrentDays": 30},
     "Expiration": {"ExpiredObjectDeleteMarker": True}},
]


def make_theirs(store: Store, bucket: str, versioning: str | None = None) -> None:
    """Makes a bucket as somebody else has it."""
    store.s3.create_bucket(Bucket=bucket)
    if versioning:
        store.s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": versioning})
    store.s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": THEIRS})
    store.s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": [{"Key": "cost-centre", "Value": "4711"}]})
    store.s3.put_object(Bucket=bucket, Key="audit/2019.pdf", Body=b"kept")


def ran(port: int, bucket: str, expected: int = 0, **others: Any) -> str:
    """Runs the Job, which ends as expected, and returns what it prints."""
    code, output = StoreJob(port, bucket, **others).run()
    assert code == expected, output
    return output
