"""Sets up the object store as the environment file says: the bucket and, with an administrator of a MinIO, the server's user.

Exit codes: 65 says that another attempt would end the same, and the Job fails at once; any other lets it try again.
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
from store import Refused, client, may_use, reason, say

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
    bucket.set_up(lambda: client(said, said["AWS_ACCESS_KEY_ID"], said["AWS_SECRET_ACCESS_KEY"]), lambda: bool(servers_key_may_use(said)), wanted_bucket(said))


def set_up_user(said: Environment) -> None:
    policies = json.loads((pathlib.Path(__file__).parent / "policies.json").read_text())
    key = said["USER_ID"], said["USER_KEY"]
    wanted = minio_user.Wanted(key, said["PLATFORM"], policies["name"], policies["content"], policies["former"], "user" in said["TAKE_OVER"].split())
    administrator, user = (minio_user.Minio(said["MC"], said, each) for each in ((said["AWS_ACCESS_KEY_ID"], said["AWS_SECRET_ACCESS_KEY"]), key))
    if key[0] == said["AWS_ACCESS_KEY_ID"]:
        raise Refused(f"{key[0]} is the administrator itself: write another access-key-id into the server's Secret")
    minio_user.set_up(administrator, user, lambda: servers_key_may_use(said), wanted)


def outcome(step: Callable[[Environment], None], said: Environment) -> int:
    """The exit code of a step, whose trouble is said."""
    try:
        step(said)
        return 0
    except Refused as refused:
        say(str(refused))
        return os.EX_DATAERR
    except minio_user.Failed as failed:
        say(f"the store's administration: {failed}")
        return os.EX_DATAERR if failed.code in minio_user.HOPELESS else 1
    except (BotoCoreError, ClientError, ResponseParserError) as error:
        say(reason(error))
        return 1


if __name__ == "__main__":
    say(f"setting up the object store at {os.environ.get('MLFLOW_S3_ENDPOINT_URL', 'Amazon')}")
    # Each step by itself: the server needs its user, whatever else cannot be done.
    sys.exit(max(outcome(step, os.environ) for step in [set_up_bucket, *([set_up_user] if "USER_ID" in os.environ else [])]))
