"""Which buckets the Job takes for its own: those that it made, that an earlier release made, or that nobody has touched."""

from __future__ import annotations

import os
import signal
import time
from typing import Any

import pytest
from minio import ROOT, Minio
from refusing_store import A_PAGE_OF_403, DENIED, NOT_IMPLEMENTED, Answer, RefusingStore
from services import Store
from shared_minio import minio
from shared_minio import ran as ran_by_administrator
from store_job import BUCKET, PLATFORM, THEIRS, StoreJob, everything, ran, rules, tags

pytestmark = pytest.mark.long

OLD_VERSIONS = "mlflow-platform-old-versions-after-30-days"
UPLOADS = "mlflow-platform-abandoned-uploads-after-7-days"
FORMER: list[dict[str, Any]] = [
    {"ID": "expire-old-versions", "NoncurrentVersionExpiration": {"NoncurrentDays": 30}, "Expiration": {"ExpiredObjectDeleteMarker": True}},
    {"ID": "abort-uploads", "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7}},
]
FORMER = [{**rule, "Status": "Enabled", "Filter": {"Prefix": ""}} for rule in FORMER]
TEN_YEARS = {**FORMER[0], "NoncurrentVersionExpiration": {"NoncurrentDays": 3650}}


def make(store: Store | Minio, bucket: str, versioning: str | None = "Enabled", found: list[dict[str, Any]] = FORMER, tag: dict[str, str] | None = None) -> None:
    """Makes a bucket with an object, as an earlier release had it or almost so."""
    store.s3.create_bucket(Bucket=bucket)
    if versioning:
        store.s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": versioning})
    if found:
        store.s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": found})
    if tag:
        store.s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": [{"Key": key, "Value": value} for key, value in tag.items()]})
    store.s3.put_object(Bucket=bucket, Key="1/model", Body=b"model")


def stays(store: Store | Minio, bucket: str, port: int | None = None, expected: int = 0, **others: Any) -> str:
    before = everything(store.s3, bucket)
    output = ran(port or store.port, bucket, expected, **others)
    assert everything(store.s3, bucket) == before
    return output


def test_a_bucket_of_an_earlier_release_is_the_platforms_and_its_rules_get_their_new_names(store: Store, bucket: str) -> None:
    make(store, bucket)
    ran(store.port, bucket)
    assert set(rules(store.s3, bucket)) == {OLD_VERSIONS, UPLOADS}
    assert tags(store.s3, bucket) == {"mlflow-platform": PLATFORM}
    assert store.s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"


ALMOST_FORMER: dict[str, dict[str, Any]] = {
    "only one of the rules": {"found": FORMER[:1]},
    "one below a prefix": {"found": [{**FORMER[0], "Filter": {"Prefix": "x/"}}, FORMER[1]]},
    "one switched off": {"found": [{**FORMER[0], "Status": "Disabled"}, FORMER[1]]},
    "one that does more": {"found": [FORMER[0], {**FORMER[1], "Expiration": {"Days": 9}}]},
    "other days for old versions": {"found": [TEN_YEARS, FORMER[1]]},
    "other days for uploads": {"found": [FORMER[0], {**FORMER[1], "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 8}}]},
    "a rule more": {"found": [*FORMER, THEIRS[1]]},
    "a tag": {"tag": {"owner": "legal"}},
    "no versioning": {"versioning": None},
    "suspended versioning": {"versioning": "Suspended"},
}


@pytest.mark.parametrize("what", ALMOST_FORMER)
def test_a_bucket_that_only_looks_like_that_of_an_earlier_release_is_others(store: Store, bucket: str, what: str) -> None:
    make(store, bucket, **ALMOST_FORMER[what])
    assert "others'" in stays(store, bucket)


def test_a_rule_of_others_for_ten_years_stays_in_a_minio(minio: Minio) -> None:
    make(minio, BUCKET, found=[TEN_YEARS], tag={"owner": "legal"})
    before = everything(minio.s3, BUCKET)
    ran_by_administrator(minio)
    assert everything(minio.s3, BUCKET) == before


def test_a_rule_of_other_days_stays_in_a_bucket_that_is_taken_over(store: Store, bucket: str) -> None:
    make(store, bucket, found=[TEN_YEARS])
    ran(store.port, bucket, takeOver={"bucket": True})
    assert set(rules(store.s3, bucket)) == {"expire-old-versions", OLD_VERSIONS, UPLOADS}


@pytest.mark.parametrize("said", [DENIED, A_PAGE_OF_403], ids=["AccessDenied", "a page"])
@pytest.mark.parametrize("found", [FORMER, [{**TEN_YEARS, "ID": "mlflow-platform-old-versions-after-3650-days"}], []], ids=["former", "of a platform", "none"])
def test_a_bucket_whose_tags_the_key_may_not_read_is_others(store: Store, refusing: RefusingStore, bucket: str, said: Answer, found: list[dict[str, Any]]) -> None:
    make(store, bucket, found=found)
    refusing.table["GetBucketTagging"] = said
    assert "others'" in stays(store, bucket, refusing.port)


@pytest.mark.parametrize("others", [{}, {"takeOver": {"bucket": True}}, {"prefix": "mlflow", "takeOver": {"bucket": True}}])
def test_a_bucket_of_another_environment_is_refused_whatever_may_be_taken_over(store: Store, bucket: str, others: dict[str, Any]) -> None:
    make(store, bucket, tag={"mlflow-platform": "elsewhere/production"})
    output = stays(store, bucket, expected=65, **others)
    assert "belongs to the environment elsewhere/production" in output and f"an earlier name of {PLATFORM}" in output


def test_below_a_prefix_two_environments_share_the_bucket_of_one(store: Store, bucket: str) -> None:
    make(store, bucket, tag={"mlflow-platform": "elsewhere/production"})
    assert "belongs to the environment elsewhere/production" in ran(store.port, bucket, prefix="mlflow")
    assert tags(store.s3, bucket) == {"mlflow-platform": "elsewhere/production"}
    assert f"{OLD_VERSIONS}-in-mlflow" in rules(store.s3, bucket)


def test_a_bucket_of_before_the_file_named_a_cluster_is_ours(store: Store, bucket: str) -> None:
    ran(store.port, bucket)
    ran(store.port, bucket, cluster="one")
    assert tags(store.s3, bucket) == {"mlflow-platform": f"one/{PLATFORM}"}
    assert f"belongs to the environment one/{PLATFORM}" in stays(store, bucket, expected=65, cluster="two")


def test_a_bucket_of_before_the_file_named_a_cluster_is_others_where_the_key_does_not_work(store: Store, refusing: RefusingStore, bucket: str) -> None:
    ran(store.port, bucket)
    refusing.table["ListObjectsV2"] = DENIED
    assert f"belongs to the environment {PLATFORM}" in stays(store, bucket, refusing.port, 65, cluster="one")


def test_killed_after_it_made_the_bucket_the_next_run_finishes(minio: Minio) -> None:
    job = {"user": dict(zip(("access-key-id", "secret-access-key"), ROOT, strict=True))}
    with StoreJob(minio.port, **job).running() as (process, _):
        while BUCKET not in [each["Name"] for each in minio.s3.list_buckets()["Buckets"]]:
            time.sleep(0.001)
        os.killpg(process.pid, signal.SIGKILL)
    assert StoreJob(minio.port, **job).run()[0] == 0
    assert (minio.s3.get_bucket_versioning(Bucket=BUCKET)["Status"], tags(minio.s3, BUCKET)) == ("Enabled", {"mlflow-platform": PLATFORM})


def test_a_bucket_that_nobody_touched_is_finished(store: Store, bucket: str) -> None:
    store.s3.create_bucket(Bucket=bucket)
    ran(store.port, bucket)
    assert (set(rules(store.s3, bucket)), tags(store.s3, bucket)) == ({OLD_VERSIONS, UPLOADS}, {"mlflow-platform": PLATFORM})


TOUCHED: dict[str, tuple[str, dict[str, Any]]] = {
    "an object": ("put_object", {"Key": "x", "Body": b"x"}),
    "a tag": ("put_bucket_tagging", {"Tagging": {"TagSet": [{"Key": "owner", "Value": "legal"}]}}),
    "a rule": ("put_bucket_lifecycle_configuration", {"LifecycleConfiguration": {"Rules": [THEIRS[1]]}}),
    "a policy": ("put_bucket_policy", {"Policy": '{"Version": "2012-10-17", "Statement": []}'}),
    "versioning": ("put_bucket_versioning", {"VersioningConfiguration": {"Status": "Enabled"}}),
    "suspended versioning": ("put_bucket_versioning", {"VersioningConfiguration": {"Status": "Suspended"}}),
}


@pytest.mark.parametrize("what", TOUCHED)
def test_an_empty_bucket_with_something_that_somebody_set_is_others(store: Store, bucket: str, what: str) -> None:
    store.s3.create_bucket(Bucket=bucket)
    call, arguments = TOUCHED[what]
    getattr(store.s3, call)(Bucket=bucket, **arguments)
    assert "others'" in stays(store, bucket)


def test_a_bucket_in_which_all_was_deleted_is_others(store: Store, bucket: str) -> None:
    make(store, bucket, found=[])
    store.s3.delete_object(Bucket=bucket, Key="1/model")
    store.s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Suspended"})
    assert "others'" in stays(store, bucket)


def test_a_store_without_tags_gets_back_a_bucket_that_nobody_touched(store: Store, refusing: RefusingStore, bucket: str) -> None:
    store.s3.create_bucket(Bucket=bucket)
    refusing.table |= {"GetBucketTagging": NOT_IMPLEMENTED, "PutBucketTagging": NOT_IMPLEMENTED}
    ran(refusing.port, bucket)
    assert set(rules(store.s3, bucket)) == {OLD_VERSIONS, UPLOADS}


def test_a_rule_of_ours_that_somebody_disabled_stays_so_when_the_files_days_change(store: Store, bucket: str) -> None:
    ran(store.port, bucket)
    disabled = [{**rule, "Status": "Disabled"} if name == OLD_VERSIONS else rule for name, rule in rules(store.s3, bucket).items()]
    store.s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": disabled})
    ran(store.port, bucket, expireOldVersionsAfterDays=60, abortUploadsAfterDays=9)
    assert {name: rule["Status"] for name, rule in rules(store.s3, bucket).items()} == {
        "mlflow-platform-old-versions-after-60-days": "Disabled", "mlflow-platform-abandoned-uploads-after-9-days": "Enabled"}


def test_a_rule_of_others_by_a_name_like_ours_stays(store: Store, bucket: str) -> None:
    ran(store.port, bucket)
    theirs = [{**TEN_YEARS, "ID": f"mlflow-platform-{name}"} for name in ("legal-hold", "old-versions-after-3650-days-of-legal", "old-versions-after-9-days-in-")]
    store.s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": [*theirs, *rules(store.s3, bucket).values()]})
    ran(store.port, bucket, expireOldVersionsAfterDays=60)
    assert set(rules(store.s3, bucket)) == {"mlflow-platform-old-versions-after-60-days", UPLOADS, *(rule["ID"] for rule in theirs)}
