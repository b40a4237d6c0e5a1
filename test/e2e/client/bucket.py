"""bucket.py ENDPOINT BUCKET KEY_ID KEY [ACTION ...]: what one S3 user sees of a bucket, or may do, as JSON. AWS_CA_BUNDLE: the authorities to trust."""
import json
import re
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

endpoint, bucket, key_id, key, *actions = sys.argv[1:]
s3 = boto3.client("s3", endpoint_url=endpoint, aws_access_key_id=key_id, aws_secret_access_key=key, region_name="us-east-1",
                  config=Config(s3={"addressing_style": "path"}))


def describe():
    return {
        "versioning": s3.get_bucket_versioning(Bucket=bucket).get("Status"),
        "lifecycle": s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"],
        "keys": [o["Key"] for o in s3.list_objects_v2(Bucket=bucket).get("Contents", [])],
        "versions": [o["VersionId"] for o in s3.list_object_versions(Bucket=bucket).get("Versions", [])],
    }


def outcome(call, **arguments):
    try:
        call(**arguments)
        return "allowed"
    except ClientError as error:
        return error.response["Error"]["Code"]


def permissions():
    other = "somebody-elses"
    return {
        "put": outcome(s3.put_object, Bucket=bucket, Key="e2e/probe", Body=b"x"),
        "get": outcome(s3.get_object, Bucket=bucket, Key="e2e/probe"),
        "list": outcome(s3.list_objects_v2, Bucket=bucket),
        "delete": outcome(s3.delete_object, Bucket=bucket, Key="e2e/probe"),
        "list other": outcome(s3.list_objects_v2, Bucket=other),
        "put other": outcome(s3.put_object, Bucket=other, Key="x", Body=b"x"),
        "create bucket": outcome(s3.create_bucket, Bucket="one-of-my-own"),
        "list buckets": [b["Name"] for b in s3.list_buckets()["Buckets"]],
        "delete bucket": outcome(s3.delete_bucket, Bucket=bucket),
        "suspend versioning": outcome(s3.put_bucket_versioning, Bucket=bucket, VersioningConfiguration={"Status": "Suspended"}),
        "open to public": outcome(s3.put_bucket_policy, Bucket=bucket, Policy=json.dumps({
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Principal": "*", "Action": ["s3:GetObject"], "Resource": [f"arn:aws:s3:::{bucket}/*"]}]})),
    }


def create_other():
    return outcome(s3.create_bucket, Bucket="somebody-elses")


def make_theirs():
    """A bucket as somebody else has it: with rules, tags, a policy and a suspended versioning, and with data."""
    s3.create_bucket(Bucket=bucket)
    rules = [{"ID": "keep", "Filter": {"Prefix": "audit/"}, "NoncurrentVersionExpiration": {"NoncurrentDays": 2555}},
             {"ID": "expire-old-versions", "Filter": {"Prefix": "tmp/"}, "Expiration": {"Days": 3}}]
    s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": [{**rule, "Status": "Enabled"} for rule in rules]})
    s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": [{"Key": "cost-centre", "Value": "4711"}]})
    statement = {"Effect": "Allow", "Principal": {"AWS": ["*"]}, "Action": ["s3:GetObject"], "Resource": [f"arn:aws:s3:::{bucket}/public/*"]}
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    for status in ("Enabled", "Suspended"):
        s3.put_object(Bucket=bucket, Key="audit/2019.pdf", Body=b"kept")
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": status})


def everything():
    """The bodies of all that the store tells of a bucket, as it says them, except ours among the rules; and what is in it, except what is ours."""
    bodies = []
    s3.meta.events.register("response-received.s3", lambda response_dict, **_: bodies.append(response_dict["body"].decode()))
    said = {}
    for what in ("bucket_versioning", "bucket_lifecycle_configuration", "bucket_tagging", "bucket_policy", "bucket_encryption", "object_lock_configuration",
                 "bucket_replication", "bucket_notification_configuration", "bucket_acl", "bucket_cors"):
        code = outcome(getattr(s3, f"get_{what}"), Bucket=bucket)
        said[what] = bodies[-1] if code == "allowed" else code
    rules = re.findall("<Rule>.*?</Rule>", said["bucket_lifecycle_configuration"], re.DOTALL)
    said["bucket_lifecycle_configuration"] = [rule for rule in rules if "<ID>mlflow-platform-" not in rule]
    said["versions"] = [(each["Key"], each["VersionId"]) for each in s3.list_object_versions(Bucket=bucket, Prefix="audit/").get("Versions", [])]
    return said


print(json.dumps({action: {"describe": describe, "permissions": permissions, "create_other": create_other, "make_theirs": make_theirs,
                           "everything": everything}[action]() for action in actions}))
