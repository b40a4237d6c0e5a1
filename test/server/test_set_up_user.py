"""What the Job does with users and policies of a real MinIO: those of others stay as they are."""

from __future__ import annotations

import time

import pytest
from minio import ROOT, Minio
from shared_minio import FORMER, KEY, NAME, POLICY, THEIR_POLICY, can, minio, ran
from store_job import BUCKET, PLATFORM, everything, rules, tags

pytestmark = pytest.mark.long


def test_the_user_is_made_and_may_use_the_bucket_and_nothing_else_and_others_stay(minio: Minio) -> None:
    theirs, shop = minio.users_and_policies(), everything(minio.s3, "shop")
    ran(minio)
    assert can(minio, "put_object", Key="1/x", Body=b"x") == can(minio, "get_object", Key="1/x") == can(minio, "list_objects_v2") == "allowed"
    assert can(minio, "delete_object", Key="1/x") == "allowed"
    assert [can(minio, what, Bucket="shop") for what in ("list_objects_v2", "get_bucket_location")] == ["AccessDenied"] * 2
    assert minio.admin("policy", "info", POLICY)["policyInfo"]["Policy"]["ID"] == f"mlflow-platform {PLATFORM}"
    assert (set(rules(minio.s3, BUCKET)), tags(minio.s3, BUCKET)) == ({"mlflow-platform-old-versions-after-30-days"}, {"mlflow-platform": PLATFORM})
    after, bucket = minio.users_and_policies(), everything(minio.s3, BUCKET)
    ran(minio)
    assert (minio.users_and_policies(), everything(minio.s3, BUCKET)) == (after, bucket)
    minio.admin("user", "remove", NAME)
    minio.admin("policy", "remove", POLICY)
    assert (minio.users_and_policies(), everything(minio.s3, "shop")) == (theirs, shop)


def test_a_platform_of_an_earlier_release_upgrades_without_a_word(minio: Minio) -> None:
    minio.s3.create_bucket(Bucket=BUCKET)
    minio.s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    rule = {"ID": "expire-old-versions", "Status": "Enabled", "Filter": {"Prefix": ""}, "NoncurrentVersionExpiration": {"NoncurrentDays": 30},
            "Expiration": {"ExpiredObjectDeleteMarker": True}}
    minio.s3.put_bucket_lifecycle_configuration(Bucket=BUCKET, LifecycleConfiguration={"Rules": [rule]})
    minio.add_policy(POLICY, FORMER)
    minio.add_user(NAME, KEY, POLICY, "readonly")
    ran(minio)
    assert (set(rules(minio.s3, BUCKET)), tags(minio.s3, BUCKET)) == ({"mlflow-platform-old-versions-after-30-days"}, {"mlflow-platform": PLATFORM})
    assert can(minio, "put_object", Key="1/x", Body=b"x") == "allowed"
    assert set(minio.admin("user", "info", NAME)["policyName"].split(",")) == {POLICY, "readonly"}


def test_with_a_prefix_the_user_may_use_that_alone(minio: Minio) -> None:
    ran(minio)
    minio.s3.put_object(Bucket=BUCKET, Key="company/other/x", Body=b"x")
    ran(minio, prefix="company/mlflow")
    assert can(minio, "put_object", Key="company/mlflow/1/x", Body=b"x") == can(minio, "get_object", Key="company/mlflow/1/x") == "allowed"
    assert can(minio, "list_objects_v2", Prefix="company/mlflow/") == can(minio, "list_objects_v2", Prefix="company/mlflow") == "allowed"
    assert [can(minio, "list_objects_v2", Prefix=prefix) for prefix in ("", "company/", "company/mlflowx", "company/other/")] == ["AccessDenied"] * 4
    assert [can(minio, "get_object", Key=key) for key in ("company/other/x", "company/mlflowx")] == ["AccessDenied"] * 2


def test_a_key_that_changed_in_the_secret_is_the_users(minio: Minio) -> None:
    ran(minio)
    ran(minio, key="another-key")
    assert can(minio, "list_objects_v2", key="another-key") == "allowed"
    assert can(minio, "list_objects_v2") == "SignatureDoesNotMatch"


def test_what_others_changed_of_our_user_and_policy_survives_the_next_run(minio: Minio) -> None:
    ran(minio)
    minio.admin("policy", "attach", "shop", "--user", NAME)
    changed = minio.admin("policy", "info", POLICY)["policyInfo"]["Policy"]
    changed["Statement"].append(THEIR_POLICY["Statement"][0])
    minio.add_policy(POLICY, changed)
    before = minio.users_and_policies()
    ran(minio)
    assert minio.users_and_policies() == before


@pytest.mark.parametrize("policy", ["shop", "readwrite"])
def test_the_key_of_a_user_of_others_is_not_replaced(minio: Minio, policy: str) -> None:
    minio.add_user(NAME, "their-key", policy)
    before = minio.users_and_policies()
    output = ran(minio, 65)
    assert "has another key" in output and "takeOver: {user: true}" in output
    assert minio.users_and_policies() == before
    assert can(minio, "get_object", Bucket="shop", Key="orders", key="their-key") == "allowed"


def test_a_user_of_others_that_may_not_use_the_bucket_gets_no_policy(minio: Minio) -> None:
    minio.add_user(NAME, KEY, "shop")
    before = minio.users_and_policies()
    assert "may not use the bucket" in ran(minio, 65)
    assert minio.users_and_policies() == before


def test_a_user_of_others_that_may_do_already_what_the_server_does_is_right(minio: Minio) -> None:
    minio.add_user(NAME, KEY, "readwrite")
    before = minio.users_and_policies()
    assert "stays as it is" in ran(minio)
    assert minio.users_and_policies() == before


def test_a_user_of_others_by_the_usual_rights_is_right(minio: Minio) -> None:
    statements = [{"Effect": "Allow", "Action": ["s3:ListBucket"], "Resource": [f"arn:aws:s3:::{BUCKET}"]},
                  {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], "Resource": [f"arn:aws:s3:::{BUCKET}/*"]}]
    minio.add_policy("usual", {"Version": "2012-10-17", "Statement": statements})
    minio.add_user(NAME, KEY, "usual")
    before = minio.users_and_policies()
    assert "stays as it is" in ran(minio)
    assert minio.users_and_policies() == before


def test_a_user_that_is_taken_over_gets_the_secrets_key_and_keeps_its_policies(minio: Minio) -> None:
    minio.add_user(NAME, "their-key", "shop")
    ran(minio, takeOver={"user": True})
    assert can(minio, "put_object", Key="1/x", Body=b"x") == "allowed"
    assert set(minio.admin("user", "info", NAME)["policyName"].split(",")) == {POLICY, "shop"}


def test_a_policy_of_others_by_our_policys_name_is_not_overwritten(minio: Minio) -> None:
    minio.add_policy(POLICY, THEIR_POLICY)
    before = minio.users_and_policies()
    assert f"the policy {POLICY} of the object store is others'" in ran(minio, 65)
    assert minio.users_and_policies() == before
    ran(minio, takeOver={"user": True})
    assert can(minio, "put_object", Key="1/x", Body=b"x") == "allowed"


def test_what_others_changed_of_what_was_taken_over_survives_the_next_run(minio: Minio) -> None:
    minio.add_policy(POLICY, THEIR_POLICY)
    ran(minio, takeOver={"user": True})
    changed = minio.admin("policy", "info", POLICY)["policyInfo"]["Policy"]
    changed["Statement"].append(THEIR_POLICY["Statement"][0])
    minio.add_policy(POLICY, changed)
    before = minio.users_and_policies()
    ran(minio, takeOver={"user": True})
    assert minio.users_and_policies() == before


def test_a_user_without_policies_that_has_the_secrets_key_gets_ours(minio: Minio) -> None:
    minio.add_user(NAME, KEY)
    ran(minio)
    assert can(minio, "put_object", Key="1/x", Body=b"x") == "allowed"


def test_a_disabled_user_stays_disabled(minio: Minio) -> None:
    ran(minio)
    minio.admin("user", "disable", NAME)
    before = minio.users_and_policies()
    assert "is disabled" in ran(minio, 65)
    assert minio.users_and_policies() == before


@pytest.mark.parametrize("take_over", [False, True])
@pytest.mark.parametrize("who", ["root", "root, by another key", "one with consoleAdmin", "one with consoleAdmin, by another key", "one by a group"])
def test_an_administrator_is_never_the_servers_user(minio: Minio, who: str, take_over: bool) -> None:
    minio.add_user("chief", "the-chiefs-key", *(["consoleAdmin"] if "consoleAdmin" in who else []))
    if "group" in who:
        minio.admin("group", "add", "chiefs", "chief")
        minio.admin("policy", "attach", "consoleAdmin", "--group", "chiefs")
    before = minio.users_and_policies()
    name, key = ROOT if "root" in who else ("chief", "the-chiefs-key")
    ran(minio, 65, name=name, key="yet-another-key" if "another" in who else key, takeOver={"user": take_over})
    assert minio.users_and_policies() == before
    assert can(minio, "list_objects_v2", Bucket="shop", name=name, key=key) == "allowed"


def test_the_administrator_that_is_no_root_is_never_the_servers_user(minio: Minio) -> None:
    minio.add_user("chief", "the-chiefs-key", "consoleAdmin")
    before = minio.users_and_policies()
    assert "the administrator itself" in ran(minio, 65, name="chief", key="another-key", administrator=("chief", "the-chiefs-key"), takeOver={"user": True})
    assert minio.users_and_policies() == before


def test_a_key_of_a_service_account_stays(minio: Minio) -> None:
    minio.add_user("boss", "the-boss-key", "readwrite")
    account = minio.service_account("boss")
    before = minio.users_and_policies()
    ran(minio, name=account[0], key=account[1])
    ran(minio, 65, name=account[0], key="another-key")
    assert minio.users_and_policies() == before
    assert can(minio, "list_objects_v2", name=account[0], key=account[1]) == "allowed"


def test_the_user_is_made_where_the_bucket_cannot_have_what_the_file_demands(minio: Minio) -> None:
    minio.s3.create_bucket(Bucket=BUCKET)
    minio.s3.put_object(Bucket=BUCKET, Key="theirs", Body=b"theirs")
    assert "artifactStore.versioning: required" in ran(minio, 65, versioning="required")
    assert can(minio, "put_object", Key="1/x", Body=b"x") == "allowed"


def test_a_key_that_is_no_administrators_is_told_at_once(minio: Minio) -> None:
    minio.add_user("plain", "a-plain-key", "readwrite")
    began = time.monotonic()
    assert "administration" in ran(minio, 65, administrator=("plain", "a-plain-key"))
    assert time.monotonic() - began < 20
