"""What the Job does where a store or a key allows little: it says what it cannot do, and fails only where the file demands that."""

from __future__ import annotations

import pathlib
import time

import pytest
from pod import eventually
from refusing_store import (
    A_PAGE,
    A_PAGE_OF_403,
    DENIED,
    MALFORMED,
    NOT_ALLOWED,
    NOT_IMPLEMENTED,
    NOTHING_DONE,
    UNKNOWN_KEY,
    Answer,
    RefusingStore,
    error,
)
from services import Store
from store_job import PLATFORM, StoreJob, everything, make_theirs, ran, rules, tags

pytestmark = pytest.mark.long


def all_settings(said: Answer) -> dict[str, Answer]:
    names = ("BucketVersioning", "BucketLifecycleConfiguration", "BucketTagging", "PublicAccessBlock")
    return {method + name: said for method in ("Get", "Put") for name in names}


STORES: dict[str, dict[str, Answer]] = {
    "refuses all settings": all_settings(DENIED),
    "refuses all settings, on a page": all_settings(A_PAGE_OF_403),
    "knows no settings, 501": all_settings(NOT_IMPLEMENTED),
    "knows no settings, 405": all_settings(NOT_ALLOWED),
    "knows no settings, MalformedXML": all_settings(MALFORMED),
    "answers pages": all_settings(A_PAGE),
    "says yes to all and does nothing": {name: NOTHING_DONE for name in all_settings(NOTHING_DONE) if name.startswith("Put")},
    "answers nothing": all_settings(NOTHING_DONE),
    "has no tags": {"GetBucketTagging": NOT_IMPLEMENTED, "PutBucketTagging": NOT_IMPLEMENTED},
    "takes no rules": {"PutBucketLifecycleConfiguration": MALFORMED},
    "lets the key neither look nor list": {**all_settings(DENIED), "ListObjectsV2": DENIED, "HeadBucket": Answer(403), "ListBuckets": DENIED},
}


@pytest.mark.parametrize("there", [True, False], ids=["of others", "that it makes"])
@pytest.mark.parametrize("what", STORES)
def test_a_store_that(store: Store, refusing: RefusingStore, bucket: str, what: str, there: bool) -> None:
    if there:
        make_theirs(store, bucket)
    before = everything(store.s3, bucket) if there else None
    refusing.table |= STORES[what]
    output = ran(refusing.port, bucket, prefix="mlflow")
    assert "cannot" in output or (there and what == "has no tags")
    if there and what not in ("has no tags",):
        assert everything(store.s3, bucket) == before


@pytest.mark.parametrize("what", [each for each in STORES if each not in ("has no tags", "takes no rules")])
def test_versioning_that_is_required_and_cannot_be_had_fails_the_job_for_good(store: Store, refusing: RefusingStore, bucket: str, what: str) -> None:
    refusing.table |= STORES[what]
    output = ran(refusing.port, bucket, 65, versioning="required")
    assert "artifactStore.versioning: required" in output


def test_versioning_that_is_required_in_a_bucket_of_others_is_not_switched_on(store: Store, bucket: str) -> None:
    make_theirs(store, bucket)
    before = everything(store.s3, bucket)
    assert "takeOver: {bucket: true}" in ran(store.port, bucket, 65, versioning="required")
    assert everything(store.s3, bucket) == before


def test_a_store_without_tags_is_known_again_by_rules_for_all_of_the_bucket(store: Store, refusing: RefusingStore, bucket: str) -> None:
    refusing.table |= STORES["has no tags"]
    ran(refusing.port, bucket)
    ran(refusing.port, bucket, expireOldVersionsAfterDays=60)
    assert set(rules(store.s3, bucket)) == {"mlflow-platform-old-versions-after-60-days", "mlflow-platform-abandoned-uploads-after-7-days"}


def test_trouble_right_after_the_bucket_was_made_does_not_make_it_others(store: Store, refusing: RefusingStore, bucket: str) -> None:
    refusing.table["PutBucketTagging"] = error(503, "SlowDown")
    with StoreJob(refusing.port, bucket).running() as (process, log):
        eventually(20, lambda: says(log, "waiting: tag"))
        refusing.table.clear()
        assert process.wait(30) == 0
    assert tags(store.s3, bucket) == {"mlflow-platform": PLATFORM}


def test_a_name_that_is_taken_fails_the_job_for_good(refusing: RefusingStore, bucket: str) -> None:
    refusing.table["CreateBucket"] = error(409, "BucketAlreadyExists")
    assert "write another as artifactStore.bucket" in ran(refusing.port, bucket, 65)


WAITS: dict[str, tuple[dict[str, Answer], str]] = {
    "does not know the key": ({"ListObjectsV2": UNKNOWN_KEY}, "InvalidAccessKeyId"),
    "is in trouble": ({"ListObjectsV2": error(503, "SlowDown")}, "SlowDown"),
    "is none": ({"ListObjectsV2": A_PAGE}, "artifactStore.endpoint"),
    "wants https": ({"ListObjectsV2": Answer(400, "Client sent an HTTP request to an HTTPS server.")}, "https?"),
    "has the bucket in another region": ({"ListObjectsV2": error(301, "PermanentRedirect")._replace(headers={"x-amz-bucket-region": "eu-west-9"})}, "region: eu-west-9"),
    "is of another region": ({"ListObjectsV2": error(400, "AuthorizationHeaderMalformed", Region="eu-west-9")}, "artifactStore.region: eu-west-9"),
    "lets the key make no bucket": ({"CreateBucket": DENIED}, "is not there, and cannot be made"),
}


@pytest.mark.parametrize("what", WAITS)
def test_it_says_at_once_for_what_it_waits_and_goes_on_by_itself(store: Store, refusing: RefusingStore, bucket: str, what: str) -> None:
    table, said = WAITS[what]
    refusing.table |= table
    with StoreJob(refusing.port, bucket).running() as (process, log):
        eventually(20, lambda: says(log, "setting up the object store"))
        eventually(1, lambda: says(log, said))
        time.sleep(2.5)
        assert log.read_text().count("waiting: ") == 1
        refusing.table.clear()
        assert process.wait(30) == 0, log.read_text()


def says(log: pathlib.Path, what: str) -> None:
    assert what in log.read_text()
