"""Which user of a MinIO the Job makes, changes, leaves as it is, or refuses."""
from __future__ import annotations

import json
import pathlib
from typing import Any, cast

import minio_user
import pytest
from clock import Clock
from minio_user import Minio, Policy, Wanted
from waiting import GiveUp

NAME, KEY = "mlflow", "the-key"
PLATFORM = "one/mlflow/staging"
READ_WRITE = [{"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": ["arn:aws:s3:::b/*"]}]
OURS: Policy = {"ID": f"mlflow-platform {PLATFORM}", "Version": "2012-10-17", "Statement": READ_WRITE}
THEIRS: Policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["s3:*"], "Resource": ["arn:aws:s3:::*"]}]}
FORMER: Policy = {
    "Version": "2012-10-17",
    "Statement": [*READ_WRITE, {"Effect": "Allow", "Action": ["s3:ListBucket"], "Resource": ["arn:aws:s3:::b"]}],
}
ADMINISTRATION: Policy = {"Statement": [{"Effect": "Allow", "Action": ["admin:*"]}]}


class Store:
    """A MinIO in memory: its users with key and policies, and what the server's key may do there."""

    def __init__(self) -> None:
        self.users: dict[str, dict[str, Any]] = {}
        self.policies: dict[str, Policy] = {}
        self.disabled = False
        self.user_is_administrator = False
        self.denied = False
        self.done: list[str] = []

    def has_user(self, *policies: str, key: str = KEY, groups: dict[str, list[str]] | None = None) -> None:
        self.users[NAME] = {"key": key, "policies": list(policies), "groups": groups or {}}

    # What minio_user asks.

    def user(self, name: str) -> dict[str, Any] | None:
        if (user := self.users.get(name)) is None:
            return None
        groups = [{"name": group, "policies": policies} for group, policies in user["groups"].items()]
        return {"policyName": ",".join(user["policies"]), "userStatus": "disabled" if self.disabled else "enabled", "memberOf": groups}

    def policy(self, name: str) -> Policy | None:
        return self.policies.get(name)

    def holders(self, policy: str) -> list[tuple[str, str]]:
        return [("users", name) for name, user in self.users.items() if policy in user["policies"]]

    def is_administrator(self) -> bool:
        return self.user_is_administrator

    def admin(self, *arguments: str, stdin: str = "") -> dict[str, Any]:
        match arguments:
            case ("user", "add"):
                name, key, _ = stdin.split("\n")
                self.users.setdefault(name, {"policies": [], "groups": {}})["key"] = key
            case ("policy", "create", name, file):
                self.policies[name] = json.loads(pathlib.Path(file).read_text())
            case ("policy", "attach", policy, "--user", name):
                self.users[name]["policies"].append(policy)
            case ("policy", "detach", policy, "--user", name):
                self.users[name]["policies"].remove(policy)
        self.done.append(" ".join(arguments[:2]))
        return {}

    def may_use(self) -> bool | None:
        user = self.users.get(NAME)
        if user is None or user["key"] != KEY:
            return None
        held = [*user["policies"], *(policy for policies in user["groups"].values() for policy in policies)]
        return bool(held) and not self.denied


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> Store:
    monkeypatch.setattr(minio_user, "time", clock)
    return Store()


def set_up(store: Store, take_over: bool = False) -> None:
    minio = cast(Minio, store)
    minio_user.set_up(minio, minio, store.may_use, Wanted((NAME, KEY), PLATFORM, "mlflow-b", OURS, FORMER, take_over))


def test_a_user_that_is_not_there_is_made_with_our_policy_alone(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    set_up(store)
    assert store.users == {NAME: {"key": KEY, "policies": ["mlflow-b"], "groups": {}}}
    assert store.policies == {"mlflow-b": OURS}
    assert capsys.readouterr().out.endswith("user mlflow may do what the server does\n")


def test_a_second_run_changes_nothing(store: Store) -> None:
    set_up(store)
    store.done.clear()
    set_up(store)
    assert store.done == []


def test_a_run_that_ended_in_between_is_finished(store: Store) -> None:
    store.has_user()
    set_up(store)
    assert store.users[NAME]["policies"] == ["mlflow-b"]


def test_a_new_key_is_given_to_a_user_that_has_our_policy_alone(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    set_up(store)
    store.users[NAME]["key"] = "former"
    set_up(store)
    assert store.users[NAME]["key"] == KEY
    assert "user mlflow: has the Secret's key now" in capsys.readouterr().out


@pytest.mark.parametrize("policies", [["theirs"], ["mlflow-b", "theirs"], []])
def test_the_key_of_a_user_that_may_be_others_stays(store: Store, policies: list[str]) -> None:
    store.policies |= {"theirs": THEIRS, "mlflow-b": OURS}
    store.has_user(*policies, key="another")
    with pytest.raises(GiveUp, match="the user mlflow of the object store may be others', and has another key"):
        set_up(store)
    assert store.done == []


def test_the_key_stays_where_somebody_else_has_our_policy_too(store: Store) -> None:
    set_up(store)
    store.users[NAME]["key"] = "former"
    store.users["eve"] = {"key": "x", "policies": ["mlflow-b"], "groups": {}}
    with pytest.raises(GiveUp, match="has another key"):
        set_up(store)


def test_a_user_of_others_that_may_do_what_the_server_does_stays_as_it_is(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    store.policies["theirs"] = THEIRS
    store.has_user("theirs")
    set_up(store)
    assert store.done == []
    assert "user mlflow is others', and may do already what the server does" in capsys.readouterr().out


def test_a_user_of_others_that_may_not_is_refused_or_taken_over(store: Store) -> None:
    store.policies["theirs"] = THEIRS
    store.has_user("theirs")
    store.denied = True
    with pytest.raises(GiveUp, match="may be others', and may not use the bucket"):
        set_up(store)
    with pytest.raises(GiveUp, match="and still may not use the bucket: another policy denies it"):
        set_up(store, take_over=True)
    assert store.users[NAME]["policies"] == ["theirs", "mlflow-b"]


@pytest.mark.parametrize("by_groups", [False, True])
def test_an_administrator_is_refused(store: Store, by_groups: bool) -> None:
    store.policies["admins"] = ADMINISTRATION
    store.has_user(*([] if by_groups else ["admins"]), groups={"g": ["admins"]} if by_groups else {})
    with pytest.raises(GiveUp, match="mlflow is an administrator of the object store"):
        set_up(store, take_over=True)


def test_whoever_sees_what_administrators_see_is_one(store: Store) -> None:
    store.has_user()
    store.user_is_administrator = True
    with pytest.raises(GiveUp, match="mlflow is an administrator"):
        set_up(store)


def test_a_disabled_user_is_refused(store: Store) -> None:
    set_up(store)
    store.disabled = True
    with pytest.raises(GiveUp, match="the user mlflow of the object store is disabled"):
        set_up(store)


def test_a_policy_of_another_environment_is_refused_whatever_may_be_taken_over(store: Store) -> None:
    store.policies["mlflow-b"] = {**OURS, "ID": "mlflow-platform two/mlflow/staging"}
    with pytest.raises(GiveUp, match=f'belongs to the environment two/mlflow/staging: .* give the policy the ID "mlflow-platform {PLATFORM}"'):
        set_up(store, take_over=True)


def test_a_mark_of_before_the_file_named_a_cluster_is_renewed_where_the_key_works(store: Store) -> None:
    former = {**OURS, "ID": "mlflow-platform mlflow/staging"}
    store.policies["mlflow-b"] = former
    with pytest.raises(GiveUp, match="belongs to the environment mlflow/staging"):
        set_up(store)
    store.has_user("mlflow-b")
    set_up(store)
    assert store.policies["mlflow-b"] == OURS


def test_a_policy_of_ours_that_somebody_changed_stays(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    changed = {**OURS, "Statement": THEIRS["Statement"]}
    store.policies["mlflow-b"] = changed
    store.has_user("mlflow-b")
    set_up(store)
    assert store.policies["mlflow-b"] == changed
    assert "policy mlflow-b was changed by somebody" in capsys.readouterr().out


def test_a_policy_of_others_by_our_name_is_refused_or_taken_over(store: Store) -> None:
    store.policies["mlflow-b"] = THEIRS
    with pytest.raises(GiveUp, match="the policy mlflow-b of the object store is others', and permits something else"):
        set_up(store)
    set_up(store, take_over=True)
    assert store.policies["mlflow-b"] == OURS


def test_a_policy_of_others_that_permits_the_same_stays(store: Store) -> None:
    same = {"Statement": READ_WRITE}
    store.policies["mlflow-b"] = same
    set_up(store)
    assert store.policies["mlflow-b"] == same


def test_the_policy_of_an_earlier_release_becomes_ours(store: Store) -> None:
    store.policies["mlflow-b"] = FORMER
    store.has_user("mlflow-b")
    set_up(store)
    assert store.policies["mlflow-b"] == OURS


def test_a_policy_for_a_bucket_of_before_is_taken_away(store: Store) -> None:
    store.policies["mlflow-former"] = OURS
    store.has_user("mlflow-former")
    set_up(store)
    assert store.users[NAME]["policies"] == ["mlflow-b"]


def test_policies_of_a_user_are_its_own_and_its_groups() -> None:
    assert minio_user.policies_of({"policyName": "a,b", "memberOf": [{"policies": ["c"]}, {"policies": None}]}) == ["a", "b", "c"]
    assert minio_user.policies_of(None) == []
