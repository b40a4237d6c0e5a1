"""What the Job does with the bucket: one of others stays as it is, whatever a store cannot do is said, and the rest is done."""

from __future__ import annotations

import importlib
import pathlib
import time
from collections.abc import Iterator
from typing import Any

import pytest
from pod import REPOSITORY, eventually
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
from store_job import PLATFORM, StoreJob, everything, rules, tags

OLD_VERSIONS = "mlflow-platform-old-versions-after-30-days"
UPLOADS = "mlflow-platform-abandoned-uploads-after-7-days"
PRIVATE = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)
THEIRS: list[dict[str, Any]] = [
    {"ID": "legal-keep-7y-then-glacier", "Status": "Enabled", "Filter": {"Prefix": "audit/"}, "Transitions": [{"Days": 90, "StorageClass": "GLACIER"}],
     "NoncurrentVersionExpiration": {"NoncurrentDays": 2555}},
    {"ID": "expire-tmp", "Status": "Enabled", "Filter": {"Prefix": "tmp/"}, "Expiration": {"Days": 3}},
    {"ID": "expire-old-versions", "Status": "Enabled", "Filter": {"Prefix": ""}, "NoncurrentVersionExpiration": {"NoncurrentDays": 30},
     "Expiration": {"ExpiredObjectDeleteMarker": True}},
]
FORMER: list[dict[str, Any]] = [
    {"ID": "expire-old-versions", "NoncurrentVersionExpiration": {"NoncurrentDays": 45}, "Expiration": {"ExpiredObjectDeleteMarker": True}},
    {"ID": "abort-uploads", "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 9}},
]
FORMER = [{**rule, "Status": "Enabled", "Filter": {"Prefix": ""}} for rule in FORMER]


@pytest.fixture
def bucket(request: pytest.FixtureRequest) -> str:
    """A name that no other test has."""
    return "b-" + "".join(each if each.isalnum() else "-" for each in request.node.name.lower()).strip("-")[-50:].strip("-")


@pytest.fixture
def refusing(store: Store) -> Iterator[RefusingStore]:
    server = RefusingStore(store)
    yield server
    server.remove()


def make_theirs(store: Store, bucket: str, versioning: str | None = None) -> None:
    store.s3.create_bucket(Bucket=bucket)
    if versioning:
        store.s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": versioning})
    store.s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": THEIRS})
    store.s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": [{"Key": "cost-centre", "Value": "4711"}]})
    store.s3.put_object(Bucket=bucket, Key="audit/2019.pdf", Body=b"kept")


def ran(port: int, bucket: str, expected: int = 0, **others: Any) -> str:
    code, output = StoreJob(port, bucket, **others).run()
    assert code == expected, output
    return output


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


def test_a_bucket_of_an_earlier_release_is_the_platforms_and_its_rules_get_their_new_names(store: Store, bucket: str) -> None:
    store.s3.create_bucket(Bucket=bucket)
    store.s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    store.s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": [*FORMER, THEIRS[1]]})
    store.s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": [{"Key": "cost-centre", "Value": "4711"}]})
    ran(store.port, bucket)
    assert set(rules(store.s3, bucket)) == {OLD_VERSIONS, UPLOADS, "expire-tmp"}
    assert tags(store.s3, bucket) == {"cost-centre": "4711", "mlflow-platform": PLATFORM}
    assert store.s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"


ALMOST_FORMER: dict[str, list[dict[str, Any]]] = {
    "only one of them": FORMER[:1],
    "one below a prefix": [{**FORMER[0], "Filter": {"Prefix": "x/"}}, FORMER[1]],
    "one switched off": [{**FORMER[0], "Status": "Disabled"}, FORMER[1]],
    "one that does more": [FORMER[0], {**FORMER[1], "Expiration": {"Days": 9}}],
}


@pytest.mark.parametrize("what", ALMOST_FORMER)
def test_rules_that_only_look_like_those_of_an_earlier_release_are_others(store: Store, bucket: str, what: str) -> None:
    store.s3.create_bucket(Bucket=bucket)
    store.s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": ALMOST_FORMER[what]})
    before = everything(store.s3, bucket)
    ran(store.port, bucket)
    assert everything(store.s3, bucket) == before


def test_a_bucket_of_another_platform_is_others(store: Store, bucket: str) -> None:
    store.s3.create_bucket(Bucket=bucket)
    store.s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": [{"Key": "mlflow-platform", "Value": "elsewhere/production"}]})
    before = everything(store.s3, bucket)
    assert "elsewhere/production" in ran(store.port, bucket)
    assert everything(store.s3, bucket) == before


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
    assert set(rules(store.s3, bucket)) == {"mlflow-platform-old-versions-after-60-days", UPLOADS}


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


def test_it_says_every_minute_for_what_it_waits_and_gives_up_within_ten(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.syspath_prepend(str(REPOSITORY / "lib/artifact-store/set-up"))
    store = importlib.import_module("store")
    clock = {"now": 0.0}
    monkeypatch.setattr(store.time, "monotonic", lambda: clock["now"])
    monkeypatch.setattr(store.time, "sleep", lambda seconds: clock.update(now=clock["now"] + seconds))
    waiting = store.Waiting()
    with pytest.raises(store.Refused, match="gave up after 8 minutes: the store is away"):
        while True:
            waiting.on("the store is away")
    assert clock["now"] < 540
    assert len(capsys.readouterr().out.splitlines()) == 8


def says(log: pathlib.Path, what: str) -> None:
    assert what in log.read_text()
