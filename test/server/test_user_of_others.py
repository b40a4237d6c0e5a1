"""Which users and policies of a real MinIO the Job takes for its own: none that others may have or use."""

from __future__ import annotations

from typing import Any

import pytest
from minio import Minio
from shared_minio import FORMER, KEY, NAME, POLICY, THEIR_POLICY, can, minio, ran
from store_job import BUCKET, PLATFORM, tags

pytestmark = pytest.mark.long

REFUSED = 65


def our_policy(minio: Minio) -> dict[str, Any]:
    policy: dict[str, Any] = minio.admin("policy", "info", POLICY)["policyInfo"]["Policy"]
    return policy


def refused(minio: Minio, said: str, name: str = NAME, key: str = KEY, **others: Any) -> None:
    """Runs the Job, which says so and changes nothing."""
    before = minio.users_and_policies()
    assert said in ran(minio, REFUSED, name=name, key=key, **others)
    assert minio.users_and_policies() == before


@pytest.mark.parametrize("policies", [("team-rw", "shop"), ("team-rw",), (POLICY,), (POLICY, "shop")])
def test_the_key_of_a_user_stays_whose_policies_only_look_like_those_of_an_earlier_release(minio: Minio, policies: tuple[str, ...]) -> None:
    minio.add_policy(policies[0], FORMER)
    minio.add_user(NAME, "their-key-1", *policies)
    refused(minio, "takeOver: {user: true}")
    assert can(minio, "get_bucket_location", key="their-key-1") == "allowed"


def test_policies_that_look_like_that_of_an_earlier_release_stay_with_their_user(minio: Minio) -> None:
    minio.add_policy("team-rw", FORMER)
    minio.add_user(NAME, KEY, "team-rw")
    before = minio.users_and_policies()
    assert "stays as it is" in ran(minio)
    assert minio.users_and_policies() == before


@pytest.mark.parametrize("how", ["another user", "a group"])
def test_a_policy_of_an_earlier_release_that_others_have_too_is_not_rewritten(minio: Minio, how: str) -> None:
    minio.add_policy(POLICY, FORMER)
    minio.add_user(NAME, KEY, POLICY)
    minio.admin("policy", "attach", POLICY, *(("--user", "shop") if how == "another user" else ("--group", "shop-people")))
    before = minio.users_and_policies()
    assert "stays as it is" in ran(minio)
    assert minio.users_and_policies() == before


@pytest.mark.parametrize("policies", [(POLICY, "shop"), (POLICY,)])
def test_a_user_of_others_that_somebody_gave_our_policy_keeps_its_key(minio: Minio, policies: tuple[str, ...]) -> None:
    ran(minio)
    minio.add_user("alice", "alices-own-key", *policies)
    refused(minio, "takeOver: {user: true}", name="alice", key="another-key")
    assert can(minio, "list_objects_v2", name="alice", key="alices-own-key") == "allowed"


def test_our_user_that_got_a_policy_more_keeps_its_key_and_is_taken_over_when_told_to(minio: Minio) -> None:
    ran(minio)
    minio.admin("policy", "attach", "shop", "--user", NAME)
    refused(minio, "takeOver: {user: true}", key="another-key")
    ran(minio, key="another-key", takeOver={"user": True})
    assert can(minio, "list_objects_v2", key="another-key") == "allowed"


@pytest.mark.parametrize("key", [KEY, "another-key"])
@pytest.mark.parametrize("take_over", [False, True])
def test_user_policy_and_bucket_of_another_environment_are_refused_whatever_may_be_taken_over(minio: Minio, key: str, take_over: bool) -> None:
    ran(minio)
    minio.add_policy(POLICY, {**our_policy(minio), "ID": "mlflow-platform ns/other"})
    minio.s3.put_bucket_tagging(Bucket=BUCKET, Tagging={"TagSet": [{"Key": "mlflow-platform", "Value": "ns/other"}]})
    refused(minio, "to the environment ns/other", key=key, takeOver={"user": take_over, "bucket": take_over})
    assert (can(minio, "list_objects_v2"), tags(minio.s3, BUCKET)) == ("allowed", {"mlflow-platform": "ns/other"})


def test_a_user_with_a_policy_of_another_environment_is_refused(minio: Minio) -> None:
    minio.add_policy("other", {**THEIR_POLICY, "ID": "mlflow-platform ns/other"})
    minio.add_user(NAME, KEY, "other")
    refused(minio, f"ns/other is an earlier name of {PLATFORM}", takeOver={"user": True})


def test_a_policy_of_before_the_file_named_a_cluster_is_ours_while_the_key_is_right(minio: Minio) -> None:
    ran(minio)
    refused(minio, f"to the environment {PLATFORM}", key="another-key", cluster="one")
    ran(minio, cluster="one")
    assert (our_policy(minio)["ID"], tags(minio.s3, BUCKET)) == (f"mlflow-platform one/{PLATFORM}", {"mlflow-platform": f"one/{PLATFORM}"})
    refused(minio, f"to the environment one/{PLATFORM}", cluster="two", takeOver={"user": True, "bucket": True})


def test_an_administrator_by_a_pattern_is_never_the_servers_user(minio: Minio) -> None:
    minio.add_policy("star", {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["*"], "Resource": ["arn:aws:s3:::*"]}]})
    minio.add_user("chief", "the-chiefs-key", "star")
    refused(minio, "is an administrator", name="chief", key="another-key", takeOver={"user": True})
