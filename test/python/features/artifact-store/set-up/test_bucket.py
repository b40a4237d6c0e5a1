"""Which bucket the Job makes, sets up, leaves as it is, or refuses."""
from __future__ import annotations

from typing import Any

import bucket
import pytest
import waiting
from botocore.client import BaseClient
from botocore.exceptions import ClientError
from bucket import Wanted
from lifecycle import Days
from stores import DENIED, FORMER, NOT_IMPLEMENTED, error, raising

pytestmark = pytest.mark.usefixtures("waits_by_the_clock")

PLATFORM = "one/mlflow/staging"
OURS = {"mlflow-platform": PLATFORM}


def wanted(**others: Any) -> Wanted:
    least = {
        "bucket": "artifacts",
        "prefix": "",
        "region": "us-east-1",
        "platform": PLATFORM,
        "days": Days(30, 7),
        "versioning_required": False,
        "take_over": False,
    }
    return Wanted(**{**least, **others})


def set_up(s3: BaseClient, key_works: bool = True, **others: Any) -> None:
    bucket.set_up(lambda: s3, lambda: key_works, wanted(**others))


def tags(s3: BaseClient) -> dict[str, str]:
    try:
        return {tag["Key"]: tag["Value"] for tag in s3.get_bucket_tagging(Bucket="artifacts")["TagSet"]}
    except ClientError:
        return {}


def tag(s3: BaseClient, values: dict[str, str]) -> None:
    s3.put_bucket_tagging(Bucket="artifacts", Tagging={"TagSet": [{"Key": key, "Value": value} for key, value in values.items()]})


def settings(s3: BaseClient) -> tuple[dict[str, str], str | None, list[str]]:
    """Tags, versioning, and the rules' names."""
    try:
        rules = [rule["ID"] for rule in s3.get_bucket_lifecycle_configuration(Bucket="artifacts")["Rules"]]
    except ClientError:
        rules = []
    return tags(s3), s3.get_bucket_versioning(Bucket="artifacts").get("Status"), rules


SET_UP = (OURS, "Enabled", ["mlflow-platform-old-versions-after-30-days", "mlflow-platform-abandoned-uploads-after-7-days"])


def test_a_bucket_that_is_not_there_is_made_marked_private_versioned_and_tidied_up(s3: BaseClient) -> None:
    set_up(s3)
    assert settings(s3) == SET_UP
    assert s3.get_public_access_block(Bucket="artifacts")["PublicAccessBlockConfiguration"] == bucket.KEEP_PRIVATE


def test_an_empty_bucket_that_nobody_touched_is_finished(s3: BaseClient) -> None:
    s3.create_bucket(Bucket="artifacts")
    set_up(s3)
    assert settings(s3) == SET_UP


def test_another_region_than_amazons_first_is_named(s3: BaseClient) -> None:
    set_up(s3, region="eu-west-1")
    assert s3.get_bucket_location(Bucket="artifacts")["LocationConstraint"] == "eu-west-1"


def test_a_bucket_of_ours_keeps_what_people_changed(s3: BaseClient) -> None:
    set_up(s3)
    s3.put_bucket_versioning(Bucket="artifacts", VersioningConfiguration={"Status": "Suspended"})
    s3.delete_public_access_block(Bucket="artifacts")
    tag(s3, {**OURS, "cost-centre": "4711"})
    set_up(s3)
    assert settings(s3) == ({**OURS, "cost-centre": "4711"}, "Suspended", SET_UP[2])
    with pytest.raises(ClientError):
        s3.get_public_access_block(Bucket="artifacts")


def test_a_bucket_of_others_keeps_its_settings(s3: BaseClient, capsys: pytest.CaptureFixture[str]) -> None:
    s3.create_bucket(Bucket="artifacts")
    s3.put_object(Bucket="artifacts", Key="theirs", Body=b"")
    set_up(s3)
    assert settings(s3) == ({}, None, [])
    assert "bucket artifacts is others': it keeps its settings" in capsys.readouterr().out


def test_below_a_prefix_rules_are_set_in_a_bucket_of_others_and_nothing_else(s3: BaseClient) -> None:
    s3.create_bucket(Bucket="artifacts")
    tag(s3, {"cost-centre": "4711"})
    set_up(s3, prefix="mlflow/")
    assert settings(s3) == ({"cost-centre": "4711"}, None, [f"{rule}-in-mlflow" for rule in SET_UP[2]])


def test_a_bucket_of_others_may_be_taken_over_with_what_it_has(s3: BaseClient) -> None:
    s3.create_bucket(Bucket="artifacts")
    tag(s3, {"cost-centre": "4711"})
    s3.put_bucket_versioning(Bucket="artifacts", VersioningConfiguration={"Status": "Suspended"})
    set_up(s3, take_over=True)
    assert settings(s3) == ({"cost-centre": "4711", **OURS}, "Enabled", SET_UP[2])


def test_a_bucket_of_an_earlier_release_gets_the_mark_and_its_new_rules(s3: BaseClient) -> None:
    s3.create_bucket(Bucket="artifacts")
    s3.put_bucket_versioning(Bucket="artifacts", VersioningConfiguration={"Status": "Enabled"})
    s3.put_bucket_lifecycle_configuration(Bucket="artifacts", LifecycleConfiguration={"Rules": FORMER})
    set_up(s3)
    assert settings(s3) == SET_UP


@pytest.mark.parametrize(("owner", "key_works"), [("two/mlflow/staging", True), ("mlflow/staging", False)])
def test_a_bucket_of_another_environment_is_refused(s3: BaseClient, owner: str, key_works: bool) -> None:
    s3.create_bucket(Bucket="artifacts")
    tag(s3, {"mlflow-platform": owner})
    for take_over in (False, True):
        with pytest.raises(
            waiting.GiveUp, match=f"the bucket artifacts belongs to the environment {owner}: .* give its tag mlflow-platform the value {PLATFORM}"
        ):
            set_up(s3, key_works, take_over=take_over)
    assert settings(s3) == ({"mlflow-platform": owner}, None, [])


def test_below_a_prefix_of_its_own_a_bucket_of_another_environment_will_do(s3: BaseClient) -> None:
    s3.create_bucket(Bucket="artifacts")
    tag(s3, {"mlflow-platform": "two/mlflow/staging"})
    set_up(s3, prefix="mlflow/")
    assert tags(s3) == {"mlflow-platform": "two/mlflow/staging"}


def test_a_mark_of_before_the_file_named_a_cluster_is_renewed_where_the_key_works(s3: BaseClient) -> None:
    s3.create_bucket(Bucket="artifacts")
    tag(s3, {"mlflow-platform": "mlflow/staging"})
    set_up(s3)
    assert tags(s3) == OURS


def test_a_bucket_whose_tags_are_hidden_is_others(s3: BaseClient, monkeypatch: pytest.MonkeyPatch) -> None:
    set_up(s3)
    tag(s3, {"cost-centre": "4711"})
    monkeypatch.setattr(s3, "get_bucket_tagging", raising(DENIED))
    monkeypatch.setattr(s3, "put_bucket_versioning", raising(AssertionError("was changed")))
    set_up(s3)


def test_in_a_store_without_tags_a_bucket_with_rules_of_ours_is_ours(s3: BaseClient, monkeypatch: pytest.MonkeyPatch) -> None:
    for call in ("get_bucket_tagging", "put_bucket_tagging"):
        monkeypatch.setattr(s3, call, raising(NOT_IMPLEMENTED))
    set_up(s3)
    set_up(s3, days=Days(60, 7))
    assert "mlflow-platform-old-versions-after-60-days" in settings(s3)[2]


def test_a_bucket_that_must_keep_old_versions_and_does_not_is_refused(s3: BaseClient) -> None:
    s3.create_bucket(Bucket="artifacts")
    s3.put_object(Bucket="artifacts", Key="theirs", Body=b"")
    with pytest.raises(waiting.GiveUp, match=r"artifactStore\.versioning: required, and the bucket artifacts keeps no old versions"):
        set_up(s3, versioning_required=True)


def test_a_store_that_says_yes_to_versioning_and_does_nothing_is_found_out(s3: BaseClient, monkeypatch: pytest.MonkeyPatch,
                                                                          capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(s3, "put_bucket_versioning", lambda **_: {})
    set_up(s3)
    assert "versioning: cannot, as the store says yes and does nothing" in capsys.readouterr().out


def test_a_store_that_says_yes_to_a_tag_and_does_nothing_is_found_out(
    s3: BaseClient, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(s3, "put_bucket_tagging", lambda **_: {})
    set_up(s3)
    assert f"tag mlflow-platform={PLATFORM}: cannot, as the store says yes and does nothing" in capsys.readouterr().out


def test_the_mark_waits_for_a_store_in_trouble(s3: BaseClient, monkeypatch: pytest.MonkeyPatch) -> None:
    put, answers = s3.put_bucket_tagging, [error("SlowDown", 503)]

    def put_bucket_tagging(**arguments: Any) -> Any:
        if answers:
            raise answers.pop()
        return put(**arguments)

    monkeypatch.setattr(s3, "put_bucket_tagging", put_bucket_tagging)
    set_up(s3)
    assert tags(s3) == OURS


@pytest.mark.parametrize(("server", "is_minio"), [("MinIO", True), ("Silo", True), ("AmazonS3", False), ("", False)])
def test_a_minio_is_known_by_its_name(server: str, is_minio: bool) -> None:
    assert bucket.is_minio({"ResponseMetadata": {"HTTPHeaders": {"server": server}}}) is is_minio
