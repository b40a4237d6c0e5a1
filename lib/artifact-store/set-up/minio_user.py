"""Makes the server's user on a MinIO, with one policy, and nothing of others' is changed.

The S3 API has no words for users, so MinIO's client `mc` is asked. A policy of ours bears our name in its ID. A user has no place for a mark: ours
is one that has a policy of ours, or none at all and the Secret's key, as after a run that ended between the two.
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

from store import Refused, say

Policy = dict[str, Any]
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
            done = subprocess.run(command, env=self._environment, input=stdin, capture_output=True, text=True, timeout=ANSWER_WITHIN_S)
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
    policy: str
    content: Policy
    former: Policy  # as earlier releases had it
    take_over: bool


def set_up(minio: Minio, as_user: Minio, may_use: MayUse, wanted: Wanted) -> None:
    """Makes the user and its policy, as far as they are not others'. Raises Refused for what people must decide, Failed for trouble of the store."""
    name, key = wanted.key
    user = minio.user(name)
    policies = {each: minio.policy(each) or {} for each in policies_of(user)}
    if as_user.is_administrator() or any(makes_administrators(each) for each in policies.values()):
        raise Refused(f"{name} is an administrator of the object store, which the server must not be: write another access-key-id into the server's Secret")
    ours = {each for each, content in policies.items() if is_ours(wanted, content)}
    able = may_use()
    if not ours and not wanted.take_over:
        if able:
            return say(f"user {name} is others', and may do already what the server does: it stays as it is")
        refuse_others(user, able, name, has_policies=bool(policies))
    if user is not None and user.get("userStatus") != "enabled":
        raise Refused(f"the user {name} of the object store is disabled: enable it, or write another access-key-id into the server's Secret")
    policy_is_right = is_right(minio.policy(wanted.policy), wanted)
    if able is None:
        minio.admin("user", "add", stdin=f"{name}\n{key}\n")
        say(f"user {name}: made" if user is None else f"user {name}: has the Secret's key now")
    if not policy_is_right:
        write_policy(minio, wanted)
    if wanted.policy not in policies:
        minio.admin("policy", "attach", wanted.policy, "--user", name)
    for superseded in ours - {wanted.policy}:
        minio.admin("policy", "detach", superseded, "--user", name)
    wait_until_settled(may_use, f"the user {name} of the object store has its policy {wanted.policy} now")
    say(f"user {name} may do what the server does")


def refuse_others(user: User | None, able: bool | None, name: str, has_policies: bool) -> None:
    """Raises Refused where a user that has no policy of ours is others'."""
    what = "has another key" if able is None and user is not None else "may not use the bucket" if able is False and (has_policies or user is None) else None
    if what:
        raise Refused(f"the user {name} of the object store is others', and {what}: write another access-key-id into the server's Secret, or let the platform "
                      "have this one by artifactStore.takeOver: {user: true}")


def is_right(policy: Policy | None, wanted: Wanted) -> bool:
    """Whether our policy is there, or as somebody wants it who changed it; not where it must be written. Raises Refused where it is others'."""
    if policy is None or permissions(policy) == permissions(wanted.former):
        return False
    if permissions(policy) == permissions(wanted.content):
        return True
    if policy.get("ID") == wanted.content["ID"]:
        say(f"policy {wanted.policy} was changed by somebody: it stays as it is")
        return True
    if wanted.take_over:
        return False
    raise Refused(f"the policy {wanted.policy} of the object store is others', and permits something else: remove it, or let the platform have it by "
                  "artifactStore.takeOver: {user: true}")


def write_policy(minio: Minio, wanted: Wanted) -> None:
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(wanted.content, file)
        file.flush()
        minio.admin("policy", "create", wanted.policy, file.name)
    say(f"policy {wanted.policy}: set")


def wait_until_settled(may_use: MayUse, what: str) -> None:
    """Until all servers of the store know it. Raises Refused where they do not."""
    until = time.monotonic() + SETTLED_WITHIN_S
    while not may_use():
        if time.monotonic() > until:
            raise Refused(f"{what}, and still may not use the bucket: another policy denies it")
        time.sleep(1)


def policies_of(user: User | None) -> list[str]:
    """Names of the policies that a user has, by itself or by its groups."""
    by_groups = [name for group in (user or {}).get("memberOf") or [] for name in group.get("policies") or []]
    return [name for name in [*(user or {}).get("policyName", "").split(","), *by_groups] if name]


def is_ours(wanted: Wanted, policy: Policy) -> bool:
    return policy.get("ID") == wanted.content["ID"] or permissions(policy) == permissions(wanted.former)


def makes_administrators(policy: Policy) -> bool:
    return any(action.startswith("admin:") for statement in policy.get("Statement", []) for action in listed(statement.get("Action")))


def permissions(policy: Policy) -> str:
    """What a policy permits, the same for all orders of its lists."""
    return json.dumps(ordered(policy.get("Statement")), sort_keys=True)


def ordered(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: ordered(each) for key, each in value.items() if key != "Sid"}
    return sorted((ordered(each) for each in value), key=lambda each: json.dumps(each, sort_keys=True)) if isinstance(value, list) else value


def listed(value: str | list[str] | None) -> list[str]:
    return [value] if isinstance(value, str) else value or []
