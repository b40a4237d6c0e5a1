"""Makes the bucket for artifacts, versioned, tidied up by rules and private, as often as it is run, on any S3 store."""
import os
import time

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

# What a store answers that does not know an operation.
UNKNOWN = {"NotImplemented", "MethodNotAllowed", "XNotImplemented", "MalformedXML", "UnsupportedOperation", "501", "405"}

POLL_S = 2


def say(message):
    print(message, flush=True)


def code(error):
    return error.response.get("Error", {}).get("Code", "")


def client(environment):
    style = environment.get("MLFLOW_BOTO_CLIENT_ADDRESSING_STYLE", "auto")
    return boto3.client(
        "s3",
        endpoint_url=environment.get("MLFLOW_S3_ENDPOINT_URL"),
        config=Config(s3={"addressing_style": style}, connect_timeout=5, read_timeout=30, retries={"max_attempts": 1}),
    )


def make(s3, bucket, region):
    """The bucket, as soon as the store answers."""
    said = None
    while True:
        try:
            s3.head_bucket(Bucket=bucket)
            return say(f"bucket {bucket} is there")
        except ClientError as error:
            status = error.response["ResponseMetadata"]["HTTPStatusCode"]
            if status == 404:
                break
            if status < 500:
                raise
            reason = f"it answers {status}"
        except BotoCoreError as error:
            reason = str(error)
        if reason != said:
            say(f"waiting for the object store: {reason}")
            said = reason
        time.sleep(POLL_S)
    # Amazon refuses the name of this one region here, and wants that of every other.
    where = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    try:
        s3.create_bucket(Bucket=bucket, **where)
        say(f"bucket {bucket} is made")
    except ClientError as error:
        if code(error) != "BucketAlreadyOwnedByYou":  # made by another run in between
            raise


def lifecycle(old_versions_days, uploads_days):
    rules = [
        {"ID": "expire-old-versions", "NoncurrentVersionExpiration": {"NoncurrentDays": old_versions_days}, "Expiration": {"ExpiredObjectDeleteMarker": True}},
        {"ID": "abort-uploads", "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": uploads_days}},
    ]
    return {"Rules": [{**rule, "Status": "Enabled", "Filter": {"Prefix": ""}} for rule in rules]}


def where_known(what, call, **arguments):
    """Calls an operation that not every store has."""
    try:
        call(**arguments)
        say(f"{what}: set")
    except ClientError as error:
        if code(error) not in UNKNOWN:
            raise
        say(f"{what}: this store does not know it ({code(error)})")


def set_up(s3, bucket, region, old_versions_days, uploads_days):
    make(s3, bucket, region)
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    say("versioning: set")
    put_lifecycle(s3, bucket, lifecycle(old_versions_days, uploads_days))
    where_known(
        "block of public access", s3.put_public_access_block, Bucket=bucket,
        PublicAccessBlockConfiguration={"BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": True, "RestrictPublicBuckets": True},
    )


def put_lifecycle(s3, bucket, wanted):
    try:
        s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration=wanted)
        say("lifecycle of old versions and of abandoned uploads: set")
    except ClientError as error:
        if code(error) not in UNKNOWN | {"InvalidArgument", "InvalidRequest"}:
            raise
        # MinIO and its forks remove abandoned uploads by themselves and refuse a rule for it.
        where_known("lifecycle of old versions", s3.put_bucket_lifecycle_configuration, Bucket=bucket,
                    LifecycleConfiguration={"Rules": wanted["Rules"][:1]})


if __name__ == "__main__":
    set_up(
        client(os.environ),
        os.environ["BUCKET"],
        os.environ["AWS_DEFAULT_REGION"],
        int(os.environ["EXPIRE_OLD_VERSIONS_AFTER_DAYS"]),
        int(os.environ["ABORT_UPLOADS_AFTER_DAYS"]),
    )
