"""What the Job does with the bucket: one of others stays as it is, and what its owner changes of ours survives."""

from __future__ import annotations

import pytest
from refusing_store import NOTHING_DONE, Answer, RefusingStore
from services import Store
from store_job import PLATFORM, THEIRS, everything, make_theirs, ran, rules, tags

pytestmark = pytest.mark.long

OLD_VERSIONS = "mlflow-platform-old-versions-after-30-days"
UPLOADS = "mlflow-platform-abandoned-uploads-after-7-days"
PRIVATE = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)


@pytest.mark.parametrize("versioning", [None, "Enabled", "Suspended"])
def test_a_bucket_of_others_stays_byte_for_byte(store: Store, bucket: str, versioning: str | None) -> None:
    make_theirs(store, bucket, versioning)
    before = everything(store.s3, bucket)
    output = ran(store.port, bucket)
    assert everything(store.s3, bucket) == before
    assert "others'" in output and "takeOver" in output


def test_in_a_bucket_of_others_only_rules_below_the_prefix_are_added(store: Store, bucket: str) -> None:
    make_theirs(store, bucket)
    before, theirs = everything(store.s3, bucket), rules(store.s3, bucket)
    ran(store.port, bucket, prefix="company/mlflow")
    after = rules(store.s3, bucket)
    added = {name: after.pop(name) for name in list(after) if name.startswith("mlflow-platform-")}
    assert after == theirs
    assert {name: rule["Filter"] for name, rule in added.items()} == {
        f"{OLD_VERSIONS}-in-company/mlflow": {"Prefix": "company/mlflow/"}, f"{UPLOADS}-in-company/mlflow": {"Prefix": "company/mlflow/"}}
    assert {**everything(store.s3, bucket), "lifecycle_configuration": ""} == {**before, "lifecycle_configuration": ""}


def test_rules_of_others_keep_what_no_client_knows(store: Store, refusing: RefusingStore, bucket: str) -> None:
    store.s3.create_bucket(Bucket=bucket)
    theirs = ("<Rule><ID>theirs</ID><Status>Enabled</Status><Filter><Prefix>logs/</Prefix></Filter><DelMarkerExpiration><Days>9</Days></DelMarkerExpiration>"
              "<Expiration><Days>90</Days><ExpiredObjectAllVersions>true</ExpiredObjectAllVersions></Expiration></Rule>")
    refusing.table["GetBucketLifecycleConfiguration"] = Answer(200, f"<LifecycleConfiguration>{theirs}</LifecycleConfiguration>")
    refusing.table["PutBucketLifecycleConfiguration"] = NOTHING_DONE
    ran(refusing.port, bucket, prefix="mlflow")
    assert theirs in refusing.bodies["PutBucketLifecycleConfiguration"]


def test_rules_are_added_in_the_form_of_those_that_are_there(store: Store, refusing: RefusingStore, bucket: str) -> None:
    store.s3.create_bucket(Bucket=bucket)
    older = "<Rule><ID>theirs</ID><Prefix>logs/</Prefix><Status>Enabled</Status><Expiration><Days>90</Days></Expiration></Rule>"
    refusing.table["GetBucketLifecycleConfiguration"] = Answer(200, f"<LifecycleConfiguration>{older}</LifecycleConfiguration>")
    refusing.table["PutBucketLifecycleConfiguration"] = NOTHING_DONE
    ran(refusing.port, bucket, prefix="mlflow")
    written = refusing.bodies["PutBucketLifecycleConfiguration"]
    assert older in written and "<Prefix>mlflow/</Prefix>" in written and "Filter" not in written


def test_two_platforms_share_a_bucket_of_others(store: Store, bucket: str) -> None:
    make_theirs(store, bucket)
    ran(store.port, bucket, prefix="one")
    ran(store.port, bucket, prefix="another", expireOldVersionsAfterDays=5)
    assert {rule["Filter"]["Prefix"] for name, rule in rules(store.s3, bucket).items() if name.startswith("mlflow-platform-")} == {"one/", "another/"}


def test_a_bucket_that_the_job_makes_is_marked_versioned_private_and_tidied_up(store: Store, bucket: str) -> None:
    ran(store.port, bucket)
    assert tags(store.s3, bucket) == {"mlflow-platform": PLATFORM}
    assert store.s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    assert store.s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"] == PRIVATE
    found = rules(store.s3, bucket)
    assert (found[OLD_VERSIONS]["NoncurrentVersionExpiration"]["NoncurrentDays"], found[OLD_VERSIONS]["Filter"]) == (30, {"Prefix": ""})
    assert (found[UPLOADS]["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"], len(found)) == (7, 2)
    before = everything(store.s3, bucket)
    ran(store.port, bucket)
    assert everything(store.s3, bucket) == before


def test_what_its_owner_changed_later_survives_the_next_run(store: Store, bucket: str) -> None:
    ran(store.port, bucket)
    ours = list(rules(store.s3, bucket).values())
    ours[0]["NoncurrentVersionExpiration"]["NoncurrentDays"] = 400
    store.s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": [*THEIRS, *ours]})
    store.s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Suspended"})
    store.s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": [{"Key": "cost-centre", "Value": "1"}, {"Key": "mlflow-platform", "Value": PLATFORM}]})
    store.s3.delete_public_access_block(Bucket=bucket)
    store.s3.put_bucket_policy(Bucket=bucket, Policy='{"Version": "2012-10-17", "Statement": []}')
    before = everything(store.s3, bucket)
    ran(store.port, bucket)
    assert everything(store.s3, bucket) == before


def test_other_days_in_the_file_are_those_of_the_rules(store: Store, bucket: str) -> None:
    ran(store.port, bucket)
    ran(store.port, bucket, expireOldVersionsAfterDays=60)
    assert set(rules(store.s3, bucket)) == {"mlflow-platform-old-versions-after-60-days", UPLOADS}


def test_a_bucket_that_is_taken_over_is_the_platforms_and_rules_tags_and_policy_of_others_stay(store: Store, bucket: str) -> None:
    make_theirs(store, bucket, "Suspended")
    store.s3.put_bucket_policy(Bucket=bucket, Policy='{"Version": "2012-10-17", "Statement": []}')
    policy = store.s3.get_bucket_policy(Bucket=bucket)["Policy"]
    theirs = rules(store.s3, bucket)
    ran(store.port, bucket, takeOver={"bucket": True})
    assert store.s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    assert store.s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"] == PRIVATE
    assert store.s3.get_bucket_policy(Bucket=bucket)["Policy"] == policy
    assert tags(store.s3, bucket) == {"cost-centre": "4711", "mlflow-platform": PLATFORM}
    after = rules(store.s3, bucket)
    assert {name: after[name] for name in theirs} == theirs and set(after) - set(theirs) == {OLD_VERSIONS, UPLOADS}
    store.s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Suspended"})
    before = everything(store.s3, bucket)
    ran(store.port, bucket, takeOver={"bucket": True})
    assert everything(store.s3, bucket) == before
