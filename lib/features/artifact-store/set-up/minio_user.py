"""Makes the server's user on a MinIO, with one policy, and nothing of others' is changed.

The S3 API has no words for users, so MinIO's client `mc` is asked. A policy of ours bears our name in its ID. A user has no place for a mark: ours
is one that has a policy of ours, or none at all and the Secret's key, as after a run that ended between the two. Its key is replaced only where
nothing else can be: it has no other policy, and nobody else has that one.
"""
from __future__ import annotations

import json
import os
import pathlib
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from marks import is_platforms, problem_of_mark
from minio_policy import Policy, makes_administrators, owner_of, permissions
from waiting import GiveUp, say

User = dict[str, Any]
MayUse = Callable[[], bool | None]  # whether the user's key may do what the server does, None where the store does not know it
Key = tuple[str, str]

# What mc answers where nothing will change by itself.
HOPELESS = {"AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "XMinioInvalidIAMCredentials", "XMinioMalformedIAMPolicy",
            "XMinioAdminInvalidAccessKey", "XMinioAdminInvalidSecretKey", "XMinioAdminInvalidArgument", "XMinioIAMActionNotAllowed"}

# Of an access key that no user has: none has it, or it is of another kind.
NO_USER = {"XMinioAdminNoSuchUser", "XMinioIAMActionNotAllowed"}
NO_POLICY = {"XMinioAdminNoSuchPolicy"}

ANSWER_WITHIN_S = 60
SETTLED_WITHIN_S = 15


class Failed(Exception):
    """What mc said instead of doing it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Minio:
    """A MinIO, as one of its users."""

    def __init__(self, program: str, environment: Mapping[str, str], key: Key) -> None:
        self._folder = tempfile.mkdtemp(prefix="mc-")
        alias = {"url": environment["MLFLOW_S3_ENDPOINT_URL"], "accessKey": key[0], "secretKey": key[1], "api": "S3v4", "path": "auto"}
        pathlib.Path(self._folder, "config.json").write_text(json.dumps({"version": "10", "aliases": {"store": alias}}))
        # What boto3 trusts instead of the public authorities, Go is told so.
        authorities = environment.get("AWS_CA_BUNDLE")
        trust = {"SSL_CERT_FILE": authorities, "SSL_CERT_DIR": "/nowhere"} if authorities else {}
        self._program = program
        self._environment = {"PATH": os.environ["PATH"], "HOME": self._folder, **trust}

    def admin(self, *arguments: str, stdin: str = "") -> dict[str, Any]:
        """What `mc admin ...` answers. Raises Failed."""
        command = [self._program, "--json", "--config-dir", self._folder, "admin", *arguments[:2], "store", *arguments[2:]]
        try:
            done = subprocess.run(command, check=False, env=self._environment, input=stdin, capture_output=True, text=True, timeout=ANSWER_WITHIN_S)
            answer: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
        except subprocess.TimeoutExpired:
            raise Failed("", f"no answer within {ANSWER_WITHIN_S} s") from None
        except (IndexError, ValueError):
            raise Failed("", done.stdout + done.stderr) from None
        if done.returncode or answer.get("status") == "error":
            cause = answer.get("error", {}).get("cause", {})
            raise Failed(cause.get("error", {}).get("Code", ""), cause.get("message") or str(answer))
        return answer

    def user(self, name: str) -> User | None:
        return self._found(NO_USER, "user", "info", name)

    def policy(self, name: str) -> Policy | None:
        found = self._found(NO_POLICY, "policy", "info", name)
        return None if found is None else found["policyInfo"]["Policy"]

    def holders(self, policy: str) -> list[tuple[str, str]]:
        """The users and groups that have a policy, each with its kind."""
        found = self.admin("policy", "entities", "--policy", policy)["result"].get("policyMappings") or []
        return [(kind, name) for each in found for kind in ("users", "groups") for name in each.get(kind) or []]

    def _found(self, missing: set[str], *arguments: str) -> dict[str, Any] | None:
        try:
            return self.admin(*arguments)
        except Failed as failed:
            if failed.code in missing:
                return None
            raise

    def is_administrator(self) -> bool:
        """Whether the store shows this user what only administrators see."""
        try:
            self.admin("user", "list")
        except Failed:
            return False
        return True


class Wanted(NamedTuple):
    """What the environment file says of the user."""

    key: Key
    platform: str  # what our policies say that they belong to
    policy: str
    content: Policy
    former: Policy  # as earlier releases had it
    take_over: bool


def set_up(minio: Minio, as_user: Minio, may_use: MayUse, wanted: Wanted) -> None:
    """Makes the user and its policy, as far as they are not others'. Raises GiveUp for what people must decide, Failed for trouble of the store."""
    name, key = wanted.key
    user = minio.user(name)
    policies = {each: minio.policy(each) or {} for each in policies_of(user)}
    if as_user.is_administrator() or any(makes_administrators(each) for each in policies.values()):
        raise GiveUp(f"{name} is an administrator of the object store, which the server must not be: write another access-key-id into the "
                     "server's Secret")
    able, policy = may_use(), minio.policy(wanted.policy)
    for each, content in {**policies, **({wanted.policy: policy} if policy else {})}.items():
        refuse_others_mark(each, content, wanted, able)
    ours = {each for each, content in policies.items() if owner_of(content)}
    former = policy is not None and is_former(minio, policy, wanted, able)
    if not wanted.take_over:
        if able and not ours and not former:
            say(f"user {name} is others', and may do already what the server does: it stays as it is")
            return
        refuse_others(minio, user, able, policies, wanted)
    if user is not None and user.get("userStatus") != "enabled":
        raise GiveUp(f"the user {name} of the object store is disabled: enable it, or write another access-key-id into the server's Secret")
    write = content_to_write(policy, wanted, former)
    if able is None:
        minio.admin("user", "add", stdin=f"{name}\n{key}\n")
        say(f"user {name}: made" if user is None else f"user {name}: has the Secret's key now")
    if write:
        write_policy(minio, wanted.policy, write)
    if wanted.policy not in policies:
        minio.admin("policy", "attach", wanted.policy, "--user", name)
    for superseded in ours.intersection(own_policies_of(user)) - {wanted.policy}:
        minio.admin("policy", "detach", superseded, "--user", name)
    wait_until_settled(may_use, f"the user {name} of the object store has its policy {wanted.policy} now")
    say(f"user {name} may do what the server does")


def refuse_others_mark(name: str, policy: Policy, wanted: Wanted, able: bool | None) -> None:
    """Raises GiveUp where a policy is another environment's, whatever may be taken over. One of before the file named a cluster is so without the
    user's key."""
    owner = owner_of(policy)
    if owner is None or is_platforms(owner, wanted.platform, lambda: able is not None):
        return
    rename = f'give the policy the ID "{wanted.content["ID"]}"'
    raise GiveUp(problem_of_mark(f"the policy {name} of the object store", owner, wanted.platform, rename))


def is_former(minio: Minio, policy: Policy, wanted: Wanted, able: bool | None) -> bool:
    """Whether the policy is that of the user of an earlier release, which set no marks: by its name and content, the user's key, and because nobody
    else has it."""
    said_so = owner_of(policy) is None and permissions(policy) == permissions(wanted.former)
    return said_so and able is not None and minio.holders(wanted.policy) == [("users", wanted.key[0])]


def refuse_others(minio: Minio, user: User | None, able: bool | None, policies: Mapping[str, Policy], wanted: Wanted) -> None:
    """Raises GiveUp where a user is others', and will not do."""
    name = wanted.key[0]
    what = None
    if able is None and user is not None and not has_our_policy_alone(minio, name, policies):
        what = "has another key"
    elif able is False and (policies or user is None) and not any(owner_of(each) for each in policies.values()):
        what = "may not use the bucket"
    if what:
        raise GiveUp(f"the user {name} of the object store may be others', and {what}: write another access-key-id into the server's Secret, or let "
                     "the platform have this one by artifactStore.takeOver: {user: true}")


def has_our_policy_alone(minio: Minio, name: str, policies: Mapping[str, Policy]) -> bool:
    """Whether the user has a policy of ours and no other, and nobody else has that one. Whose it is has been asked before."""
    return len(policies) == 1 and all(owner_of(content) and minio.holders(each) == [("users", name)] for each, content in policies.items())


def content_to_write(policy: Policy | None, wanted: Wanted, former: bool) -> Policy | None:
    """What our policy must be, or None where it is right, or as somebody wants it who changed it. Raises GiveUp where it is others'."""
    if policy is None or former:
        return wanted.content
    owner, right = owner_of(policy), permissions(policy) == permissions(wanted.content)
    if owner and not right:
        say(f"policy {wanted.policy} was changed by somebody: what it permits stays as it is")
    if owner not in (None, wanted.platform):
        return {**policy, "ID": wanted.content["ID"]}
    if owner or right:
        return None
    if wanted.take_over:
        return wanted.content
    raise GiveUp(f"the policy {wanted.policy} of the object store is others', and permits something else: remove it, or let the platform have it by "
                 "artifactStore.takeOver: {user: true}")


def write_policy(minio: Minio, name: str, content: Policy) -> None:
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(content, file)
        file.flush()
        minio.admin("policy", "create", name, file.name)
    say(f"policy {name}: set")


def wait_until_settled(may_use: MayUse, what: str) -> None:
    """Until all servers of the store know it. Raises GiveUp where they do not."""
    until = time.monotonic() + SETTLED_WITHIN_S
    while not may_use():
        if time.monotonic() > until:
            raise GiveUp(f"{what}, and still may not use the bucket: another policy denies it")
        time.sleep(1)


def policies_of(user: User | None) -> list[str]:
    """Names of the policies that a user has, by itself or by its groups."""
    by_groups = [name for group in (user or {}).get("memberOf") or [] for name in group.get("policies") or []]
    return [*own_policies_of(user), *by_groups]


def own_policies_of(user: User | None) -> list[str]:
    return [name for name in (user or {}).get("policyName", "").split(",") if name]
