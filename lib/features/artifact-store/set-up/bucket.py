"""Makes the bucket for artifacts. One of the platform's own is versioned, private, and tidied up by rules; one of others keeps its settings.

A bucket that this Job made is marked by a tag. A store without tags is asked for rules of ours that hold for the whole bucket; where there
are none either, the bucket counts as others' from the next run on, and keeps what it was given when it was made. Where the key may not see
the tags, the bucket is others'.
"""
from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Any, NamedTuple

import lifecycle
from botocore.client import BaseClient
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError
from marks import is_platforms, problem_of_mark
from store import UNKNOWN_KEY, code_of, permitted, reason, status_of
from waiting import GiveUp, Waiting, say

TAG = "mlflow-platform"
KEEP_PRIVATE = {"BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": True, "RestrictPublicBuckets": True}


class Wanted(NamedTuple):
    """What the environment file says of the bucket."""

    bucket: str
    prefix: str  # ends in "/", or is empty
    region: str
    platform: str  # namespace/environment, after the cluster that the file names
    days: lifecycle.Days
    versioning_required: bool
    take_over: bool


class Tags(NamedTuple):
    """What a bucket is tagged with. hidden: the key may not see it. unknown: the store has no tags."""

    values: dict[str, str]
    hidden: bool = False
    unknown: bool = False


class Whose(Enum):
    """A new bucket is one that this run made, or one that was killed before it could mark it."""

    NEW, FORMER, OURS, OTHERS = range(4)


def set_up(connect: Callable[[], BaseClient], key_works: Callable[[], bool], wanted: Wanted) -> None:
    """connect: makes a client. key_works: whether the server's key may use the bucket.

    Raises GiveUp for what people must decide, ClientError and BotoCoreError for trouble of the store.
    """
    s3, made = find_or_make(connect, wanted)
    tags = Tags({}) if made else tags_of(s3, wanted.bucket)
    whose = Whose.NEW if made else whose_is(s3, wanted, tags, key_works)
    ours = whose is not Whose.OTHERS
    taken = wanted.take_over and not ours
    from_now_on = whose is Whose.NEW or taken
    if ours or taken:
        mark(s3, wanted, tags)
    if from_now_on:
        permitted("block of public access", s3.put_public_access_block, Bucket=wanted.bucket, PublicAccessBlockConfiguration=KEEP_PRIVATE)
    set_versioning(s3, wanted, ours, anyway=from_now_on)
    if ours or taken or wanted.prefix:
        lifecycle.set_rules(s3, wanted.bucket, wanted.days, wanted.prefix, whose is Whose.FORMER)
    else:
        say(f"bucket {wanted.bucket} is others': it keeps its settings, and all that is in it, for ever. With artifactStore.prefix old versions "
            "below that are removed; with artifactStore.takeOver.bucket it is the platform's own")


def find_or_make(connect: Callable[[], BaseClient], wanted: Wanted) -> tuple[BaseClient, bool]:
    """Waits for the store, and makes the bucket where it is not there. Returns the client, and whether it did."""
    waiting = Waiting()
    while True:
        s3 = connect()  # each time, as the authority's certificate may be another by now
        try:
            answer = s3.list_objects_v2(Bucket=wanted.bucket, Prefix=wanted.prefix, MaxKeys=1)
            if "IsTruncated" in answer:
                say(f"bucket {wanted.bucket} is there")
                return s3, False
            waiting.on("the store answers what S3 stores do not: is artifactStore.endpoint that of its API?")
        except ClientError as error:
            if code_of(error) == "NoSuchBucket":
                if make(s3, wanted, waiting):
                    return s3, True
            elif is_hidden(error):
                say(f"bucket {wanted.bucket}: the key may not list it, so it is taken to be there: {reason(error)}")
                return s3, False
            else:
                waiting.on(reason(error))
        except (BotoCoreError, ResponseParserError) as error:
            waiting.on(reason(error))


def is_hidden(error: ClientError) -> bool:
    """Whether the store knows the key, and does not let it look."""
    return status_of(error) == 403 and code_of(error) not in UNKNOWN_KEY | {"RequestTimeTooSkewed"}


def make(s3: BaseClient, wanted: Wanted, waiting: Waiting) -> bool:
    # Amazon refuses the name of this one region here, and wants that of every other.
    where = {} if wanted.region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": wanted.region}}
    try:
        s3.create_bucket(Bucket=wanted.bucket, **where)
    except ClientError as error:
        if code_of(error) == "BucketAlreadyExists":
            raise GiveUp(f"the name of the bucket {wanted.bucket} is taken by another account of the store: write another as "
                         "artifactStore.bucket") from error
        if code_of(error) != "BucketAlreadyOwnedByYou":  # made by another run in between
            waiting.on(f"the bucket {wanted.bucket} is not there, and cannot be made: {reason(error)}")
        return False
    say(f"bucket {wanted.bucket} is made")
    return True


def tags_of(s3: BaseClient, bucket: str) -> Tags:
    answer = permitted("reading tags", s3.get_bucket_tagging, unknown={"Unknown": True}, Bucket=bucket)
    if answer is None:
        return Tags({}, hidden=True)
    return Tags({tag["Key"]: tag["Value"] for tag in answer.get("TagSet", [])}, unknown="Unknown" in answer)


def whose_is(s3: BaseClient, wanted: Wanted, tags: Tags, key_works: Callable[[], bool]) -> Whose:
    """Raises GiveUp where another environment's is to be used as our own."""
    if owner := tags.values.get(TAG):
        if is_platforms(owner, wanted.platform, key_works):
            return Whose.OURS
        problem = problem_of_mark(f"the bucket {wanted.bucket}", owner, wanted.platform, f"give its tag {TAG} the value {wanted.platform}")
        if wanted.take_over or not wanted.prefix:
            raise GiveUp(problem)
        say(problem)
        return Whose.OTHERS
    rules = None if tags.hidden else lifecycle.read(s3, wanted.bucket)
    if rules is None:
        return Whose.OTHERS
    if not tags.values:
        versioning = permitted("reading versioning", s3.get_bucket_versioning, Bucket=wanted.bucket) or {}
        if not rules.rules and "Status" not in versioning and is_empty(s3, wanted.bucket):
            return Whose.NEW
        if versioning.get("Status") == "Enabled" and rules.are_of_earlier_release(wanted.days, takes_uploads=not is_minio(versioning)):
            return Whose.FORMER
    return Whose.OURS if tags.unknown and rules.hold_everywhere() else Whose.OTHERS


def is_empty(s3: BaseClient, bucket: str) -> bool:
    """Whether the bucket has no object, no version of one, and no policy."""
    policy = permitted("reading the policy", s3.get_bucket_policy, unknown={}, Bucket=bucket)
    versions = permitted("reading versions", s3.list_object_versions, Bucket=bucket, MaxKeys=1)
    return policy is not None and "Policy" not in policy and versions is not None and not versions.keys() & {"Versions", "DeleteMarkers"}


def is_minio(versioning: dict[str, Any]) -> bool:
    """Whether the store is a MinIO or its fork, which take no rules for abandoned uploads. versioning: its answer to any question."""
    server = versioning.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("server", "").lower()
    return "minio" in server or "silo" in server


def mark(s3: BaseClient, wanted: Wanted, tags: Tags) -> None:
    """Adds our tag to those that are there. It waits for a store in trouble: the next attempt would not know whose the bucket is."""
    if tags.hidden or tags.unknown or tags.values.get(TAG) == wanted.platform:
        return
    waiting, what = Waiting(), f"tag {TAG}={wanted.platform}"
    all_tags = [{"Key": key, "Value": value} for key, value in {**tags.values, TAG: wanted.platform}.items()]
    while True:
        try:
            if permitted(what, s3.put_bucket_tagging, Bucket=wanted.bucket, Tagging={"TagSet": all_tags}) is not None:
                is_set = tags_of(s3, wanted.bucket).values.get(TAG) == wanted.platform
                say(f"{what}: {'set' if is_set else 'cannot, as the store says yes and does nothing'}")
            return
        except (BotoCoreError, ClientError) as error:
            waiting.on(f"{what}: {reason(error)}")


def set_versioning(s3: BaseClient, wanted: Wanted, ours: bool, anyway: bool) -> None:
    """Switches versioning on in a bucket of ours where it never was; anyway: also where somebody suspended it, or nobody can see it."""
    before = versioning_of(s3, wanted.bucket)
    if before != "Enabled" and (anyway or (ours and before is None)):
        if permitted("versioning", s3.put_bucket_versioning, Bucket=wanted.bucket, VersioningConfiguration={"Status": "Enabled"}) is not None:
            after = versioning_of(s3, wanted.bucket)
            say("versioning: set" if after == "Enabled" else "versioning: cannot, as the store says yes and does nothing")
            before = after
    else:
        say(f"versioning: {(before or 'off').lower()}, as it is")
    if wanted.versioning_required and before != "Enabled":
        raise GiveUp(f"artifactStore.versioning: required, and the bucket {wanted.bucket} keeps no old versions. Switch versioning on by hand, "
                      "write where-possible, or, for a bucket that others made, artifactStore.takeOver: {bucket: true}")


def versioning_of(s3: BaseClient, bucket: str) -> str | None:
    """Enabled, Suspended, None where it was never switched on, or unknown."""
    answer = permitted("reading versioning", s3.get_bucket_versioning, Bucket=bucket)
    return "unknown" if answer is None else answer.get("Status")
