"""The lifecycle rules of a bucket: only the platform's own are changed."""
from __future__ import annotations

from typing import Any

import lifecycle
import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError
from lifecycle import Days
from stores import DENIED, FORMER, NOT_IMPLEMENTED, TROUBLE, raising

DAYS = Days(old_versions=30, abandoned_uploads=7)
OLD, UPLOADS = "mlflow-platform-old-versions-after-30-days", "mlflow-platform-abandoned-uploads-after-7-days"
THEIRS = {"ID": "glacier", "Status": "Enabled", "Filter": {"Prefix": "audit/"}, "Transitions": [{"Days": 90, "StorageClass": "GLACIER"}]}


@pytest.fixture
def s3(s3: BaseClient) -> BaseClient:
    s3.create_bucket(Bucket="artifacts")
    return s3


def put(s3: BaseClient, *rules: dict[str, Any]) -> None:
    s3.put_bucket_lifecycle_configuration(Bucket="artifacts", LifecycleConfiguration={"Rules": list(rules)})


def rules(s3: BaseClient) -> dict[str, dict[str, Any]]:
    try:
        return {rule["ID"]: rule for rule in s3.get_bucket_lifecycle_configuration(Bucket="artifacts")["Rules"]}
    except ClientError:
        return {}


def set_rules(s3: BaseClient, days: Days = DAYS, prefix: str = "", without_former: bool = False) -> dict[str, dict[str, Any]]:
    lifecycle.set_rules(s3, "artifacts", days, prefix, without_former)
    return rules(s3)


def test_the_rules_remove_old_versions_and_abandoned_uploads_and_no_object(s3: BaseClient) -> None:
    assert set_rules(s3) == {
        OLD: {"ID": OLD, "Status": "Enabled", "Filter": {"Prefix": ""}, "NoncurrentVersionExpiration": {"NoncurrentDays": 30},
              "Expiration": {"ExpiredObjectDeleteMarker": True}},
        UPLOADS: {"ID": UPLOADS, "Status": "Enabled", "Filter": {"Prefix": ""}, "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7}},
    }


def test_below_a_prefix_they_are_others_and_say_so(s3: BaseClient) -> None:
    found = set_rules(s3, prefix="team/mlflow/")
    assert list(found) == [f"{OLD}-in-team/mlflow", f"{UPLOADS}-in-team/mlflow"]
    assert {rule["Filter"]["Prefix"] for rule in found.values()} == {"team/mlflow/"}


def test_others_rules_stay(s3: BaseClient) -> None:
    put(s3, THEIRS)
    found = set_rules(s3)
    assert found.keys() == {OLD, UPLOADS, "glacier"}
    assert found["glacier"] == THEIRS


def test_a_rule_that_somebody_changed_stays_as_long_as_the_file_says_the_same(s3: BaseClient) -> None:
    set_rules(s3)
    changed = {**rules(s3)[OLD], "NoncurrentVersionExpiration": {"NoncurrentDays": 365}}
    put(s3, changed, rules(s3)[UPLOADS])
    assert set_rules(s3)[OLD] == changed


def test_other_days_make_other_rules_and_one_that_was_disabled_stays_so(s3: BaseClient) -> None:
    set_rules(s3)
    put(s3, {**rules(s3)[OLD], "Status": "Disabled"}, rules(s3)[UPLOADS])
    found = set_rules(s3, Days(60, 7))
    assert found.keys() == {"mlflow-platform-old-versions-after-60-days", UPLOADS}
    assert found["mlflow-platform-old-versions-after-60-days"]["Status"] == "Disabled"


def test_rules_of_an_earlier_release_go_where_they_are_ours(s3: BaseClient) -> None:
    put(s3, *FORMER)
    assert set_rules(s3, without_former=True).keys() == {OLD, UPLOADS}


def test_rules_of_those_names_stay_where_they_are_others(s3: BaseClient) -> None:
    put(s3, *FORMER)
    assert set_rules(s3).keys() == {OLD, UPLOADS, "expire-old-versions", "abort-uploads"}


def test_the_older_form_of_a_prefix_is_kept_where_a_rule_has_it(s3: BaseClient) -> None:
    put(s3, {"ID": "tmp", "Status": "Enabled", "Prefix": "tmp/", "Expiration": {"Days": 3}})
    assert set_rules(s3)[OLD]["Prefix"] == ""


@pytest.mark.parametrize(("rules_of", "takes_uploads", "are"), [
    (FORMER, True, True), (FORMER[:1], False, True), (FORMER[:1], True, False), ([], True, False), ([*FORMER, THEIRS], True, False),
    ([{**FORMER[0], "NoncurrentVersionExpiration": {"NoncurrentDays": 31}}, FORMER[1]], True, False),
])
def test_rules_are_of_an_earlier_release_by_name_days_and_number(
    s3: BaseClient, rules_of: list[dict[str, Any]], takes_uploads: bool, are: bool
) -> None:
    if rules_of:
        put(s3, *rules_of)
    found = lifecycle.read(s3, "artifacts")
    assert found is not None
    assert found.are_of_earlier_release(DAYS, takes_uploads) is are


def test_rules_of_ours_hold_everywhere_only_without_a_prefix(s3: BaseClient) -> None:
    set_rules(s3, prefix="mlflow/")
    below = lifecycle.read(s3, "artifacts")
    set_rules(s3)
    everywhere = lifecycle.read(s3, "artifacts")
    assert below is not None and everywhere is not None
    assert [below.hold_everywhere(), everywhere.hold_everywhere()] == [False, True]


def test_where_they_are_already_nothing_is_written(s3: BaseClient, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    set_rules(s3)
    monkeypatch.setattr(s3, "put_bucket_lifecycle_configuration", raising(AssertionError("was written")))
    set_rules(s3)
    assert capsys.readouterr().out.endswith("abandoned uploads: as they are\n")


def test_a_store_that_refuses_the_rule_for_uploads_gets_the_other_alone(s3: BaseClient, monkeypatch: pytest.MonkeyPatch) -> None:
    write = lifecycle.write

    def as_minio(client: BaseClient, bucket: str, wanted: lifecycle.Lifecycle) -> None:
        if UPLOADS in wanted.rules:
            raise DENIED
        write(client, bucket, wanted)

    monkeypatch.setattr(lifecycle, "write", as_minio)
    assert set_rules(s3).keys() == {OLD}


def test_a_store_that_takes_none_is_said_with_its_first_answer(
    s3: BaseClient, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(lifecycle, "write", raising(NOT_IMPLEMENTED))
    assert set_rules(s3) == {}
    assert "cannot, as the store answers 501 NotImplemented" in capsys.readouterr().out


def test_trouble_of_the_store_is_no_refusal(s3: BaseClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lifecycle, "write", raising(TROUBLE))
    with pytest.raises(ClientError, match="SlowDown"):
        set_rules(s3)


def test_a_store_that_says_yes_and_does_nothing_is_found_out(
    s3: BaseClient, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(lifecycle, "write", lambda *_: None)
    set_rules(s3)
    assert "cannot, as the store says yes and does nothing" in capsys.readouterr().out


def test_rules_that_cannot_be_read_are_not_written(s3: BaseClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3, "get_bucket_lifecycle_configuration", raising(DENIED))
    monkeypatch.setattr(lifecycle, "write", raising(AssertionError("was written")))
    lifecycle.set_rules(s3, "artifacts", DAYS, "", False)


def test_what_is_no_list_of_rules_is_not_taken_for_an_empty_one(
    s3: BaseClient, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    put(s3, THEIRS)
    monkeypatch.setattr(lifecycle.ET, "fromstring", raising(lifecycle.ET.ParseError()))
    assert lifecycle.read(s3, "artifacts") is None
    assert "cannot, as the store answers something else" in capsys.readouterr().out


def test_a_rule_that_two_things_tell_is_no_rule_of_ours() -> None:
    tagged = lifecycle.element("Rule", {"ID": OLD, "Status": "Enabled", "Filter": {"And": {"Prefix": "", "Tag": {"Key": "a", "Value": "b"}}}})
    assert lifecycle.kind_of(tagged, "") is None
    assert lifecycle.kind_of(lifecycle.element("Rule", {"ID": OLD, "Filter": {"Prefix": ""}}), "") == "old-versions"
