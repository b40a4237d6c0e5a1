"""Sets up the object store as the environment file says: the bucket and, with an administrator of a MinIO, the server's user.

Exit codes are those of waiting.py.
"""
from __future__ import annotations

import json
import os
import pathlib
import sys
from collections.abc import Callable, Mapping

import bucket
import minio_user
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError
from lifecycle import Days
from store import client, may_use, reason
from waiting import FINAL, TRY_AGAIN, GiveUp, exit_code, say

Environment = Mapping[str, str]


def wanted_bucket(said: Environment) -> bucket.Wanted:
    return bucket.Wanted(
        bucket=said["BUCKET"],
        prefix=f"{said['PREFIX']}/" if said.get("PREFIX") else "",
        region=said["AWS_DEFAULT_REGION"],
        platform=said["PLATFORM"],
        days=Days(int(said["EXPIRE_OLD_VERSIONS_AFTER_DAYS"]), int(said["ABORT_UPLOADS_AFTER_DAYS"])),
        versioning_required=said["VERSIONING"] == "required",
        take_over="bucket" in said["TAKE_OVER"].split(),
    )


def servers_key_may_use(said: Environment) -> bool | None:
    """Whether the server's key may use the bucket; None where the store does not know it."""
    names = ("USER_ID", "USER_KEY") if "USER_ID" in said else ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
    place = wanted_bucket(said)
    return may_use(client(said, *(said[name] for name in names)), place.bucket, place.prefix)


def set_up_bucket(said: Environment) -> None:
    key = said["AWS_ACCESS_KEY_ID"], said["AWS_SECRET_ACCESS_KEY"]
    bucket.set_up(lambda: client(said, *key), lambda: bool(servers_key_may_use(said)), wanted_bucket(said))


def set_up_user(said: Environment) -> None:
    policies = json.loads((pathlib.Path(__file__).parent / "policies.json").read_text())
    key = said["USER_ID"], said["USER_KEY"]
    wanted = minio_user.Wanted(key, said["PLATFORM"], policies["name"], policies["content"], policies["former"], "user" in said["TAKE_OVER"].split())
    administrator, user = (minio_user.Minio(said["MC"], said, each) for each in ((said["AWS_ACCESS_KEY_ID"], said["AWS_SECRET_ACCESS_KEY"]), key))
    if key[0] == said["AWS_ACCESS_KEY_ID"]:
        raise GiveUp(f"{key[0]} is the administrator itself: write another access-key-id into the server's Secret")
    minio_user.set_up(administrator, user, lambda: servers_key_may_use(said), wanted)


def outcome(step: Callable[[Environment], None], said: Environment) -> int:
    """The exit code of a step, whose trouble is said."""
    try:
        return exit_code(lambda: step(said))
    except minio_user.Failed as failed:
        say(f"the store's administration: {failed}")
        return FINAL if failed.code in minio_user.HOPELESS else TRY_AGAIN
    except (BotoCoreError, ClientError, ResponseParserError) as error:
        say(reason(error))
        return TRY_AGAIN


def main(said: Environment) -> int:
    say(f"setting up the object store at {said.get('MLFLOW_S3_ENDPOINT_URL', 'Amazon')}")
    # Each step by itself: the server needs its user, whatever else cannot be done.
    codes = [outcome(step, said) for step in (set_up_bucket, *([set_up_user] if "USER_ID" in said else []))]
    return FINAL if FINAL in codes else max(codes)


if __name__ == "__main__":
    sys.exit(main(os.environ))
