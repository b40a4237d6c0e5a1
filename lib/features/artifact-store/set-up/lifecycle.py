"""The lifecycle rules of a bucket. Only the platform's own are changed.

They are read and written as the store's own XML: boto3 would lose what it does not know of others' rules, such as MinIO's extensions.
"""
from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from botocore.client import BaseClient
from botocore.exceptions import ClientError
from store import is_trouble, permitted, reason
from waiting import say

NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"
OLD_VERSIONS, ABANDONED_UPLOADS = "old-versions", "abandoned-uploads"
OURS = re.compile(rf"mlflow-platform-({OLD_VERSIONS}|{ABANDONED_UPLOADS})-after-\d+-days(?:-in-(.+))?")

Content = dict[str, Any]


class Days(NamedTuple):
    """Days after which something is removed."""

    old_versions: int
    abandoned_uploads: int


class Lifecycle(NamedTuple):
    """Rules of a bucket, as XML by their ID, and what goes with them."""

    rules: dict[str, ET.Element]
    namespace: str = f"{{{NAMESPACE}}}"
    transition_size: str | None = None  # Amazon sets it back where it is not repeated

    def are_of_earlier_release(self, days: Days, takes_uploads: bool) -> bool:
        """Whether these are the rules that an earlier release set, and no others.

        takes_uploads: whether the store takes rules for abandoned uploads.
        """
        wanted = former(days)
        return all(is_former(rule, days) for rule in self.rules.values()) and (
            self.rules.keys() == wanted.keys() or (self.rules.keys() == {FORMER_OLD_VERSIONS} and not takes_uploads))

    def hold_everywhere(self) -> bool:
        """Whether rules of ours hold for all of the bucket, as they do only where it is the platform's."""
        return any(kind_of(rule, "") for rule in self.rules.values())

    def with_ours(self, wanted: dict[str, Content], prefix: str, without_former: Days | None) -> Lifecycle:
        """Others' rules, and those wanted below a prefix. One whose ID is there stays, whoever changed its content; one that takes the place
        of a rule that somebody disabled is disabled, too. without_former: days of an earlier release's rules, which go."""
        replaced = {name: rule for name, rule in self.rules.items()
                    if name not in wanted and (kind_of(rule, prefix) or (without_former and is_former(rule, without_former)))}
        kept = {name: rule for name, rule in self.rules.items() if name not in replaced}
        status = {kind_of(rule, prefix): content(rule).get("Status", "Enabled") for rule in replaced.values()}
        older = any(rule.find("{*}Prefix") is not None for rule in kept.values())
        added = {}
        for name, rule in wanted.items():
            said = {**rule, "Status": status.get(kind_of_id(name, prefix), rule["Status"])}
            added[name] = element(f"{self.namespace}Rule", in_older_form(said) if older else said)
        return self._replace(rules={**added, **kept})


def read(s3: BaseClient, bucket: str) -> Lifecycle | None:
    """The rules that are there, or None where they cannot be read."""
    bodies: list[Any] = []

    def hear(response_dict: Content | None, **_: object) -> None:
        bodies.append((response_dict or {}).get("body"))

    with handling(s3, "response-received.s3.GetBucketLifecycleConfiguration", hear):
        answer = permitted("reading lifecycle rules", s3.get_bucket_lifecycle_configuration, Bucket=bucket)
    if answer is None:
        return None
    if not answer:
        return Lifecycle({})
    try:
        root = ET.fromstring(bodies[-1])
    except ET.ParseError:
        root = ET.Element("nothing")
    namespace, name = root.tag[: root.tag.find("}") + 1], root.tag.rpartition("}")[2]
    if name != "LifecycleConfiguration":
        say("reading lifecycle rules: cannot, as the store answers something else")
        return None
    rules = {rule.findtext("{*}ID") or f"without an ID, {index}": rule for index, rule in enumerate(root.findall("{*}Rule"))}
    return Lifecycle(rules, namespace, answer.get("TransitionDefaultMinimumObjectSize"))


def write(s3: BaseClient, bucket: str, lifecycle: Lifecycle) -> None:
    """Makes these the bucket's rules. Raises ClientError."""
    if lifecycle.namespace:
        ET.register_namespace("", lifecycle.namespace.strip("{}"))
    root = ET.Element(f"{lifecycle.namespace}LifecycleConfiguration")
    root.extend(lifecycle.rules.values())
    size = {"TransitionDefaultMinimumObjectSize": lifecycle.transition_size} if lifecycle.transition_size else {}
    with handling(s3, "before-call.s3.PutBucketLifecycleConfiguration", lambda params, **_: params.update(body=ET.tostring(root))):
        s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": []}, **size)


@contextmanager
def handling(s3: BaseClient, event: str, handler: Callable[..., object]) -> Iterator[None]:
    """Calls a handler at an event of botocore, for the time of a call."""
    s3.meta.events.register_first(event, handler)
    try:
        yield
    finally:
        s3.meta.events.unregister(event, handler)


def actions(days: Days) -> tuple[Content, Content]:
    """What the rule for old versions does, and the one for abandoned uploads."""
    return (
        {"NoncurrentVersionExpiration": {"NoncurrentDays": str(days.old_versions)}, "Expiration": {"ExpiredObjectDeleteMarker": "true"}},
        {"AbortIncompleteMultipartUpload": {"DaysAfterInitiation": str(days.abandoned_uploads)}},
    )


def ours(days: Days, prefix: str) -> dict[str, Content]:
    """Our rules by ID. The ID says what the rule does, so that the file's days can change, and a rule that somebody changed can stay."""
    where = f"-in-{prefix.rstrip('/')}" if prefix else ""
    names = [f"mlflow-platform-{kind}-after-{after}-days{where}" for kind, after in zip((OLD_VERSIONS, ABANDONED_UPLOADS), days, strict=True)]
    return {name: {"ID": name, "Status": "Enabled", "Filter": {"Prefix": prefix}, **does} for name, does in zip(names, actions(days), strict=True)}


def kind_of_id(name: str, prefix: str) -> str | None:
    """What a rule by this ID of ours removes below the prefix; None of an ID of others, or of another prefix."""
    found = OURS.fullmatch(name)
    return found[1] if found and (found[2] or "") == prefix.rstrip("/") else None


def kind_of(rule: ET.Element, prefix: str) -> str | None:
    """What a rule of ours removes below the prefix; None of a rule of others, or of another prefix."""
    said = content(rule)
    return kind_of_id(str(said.get("ID")), prefix) if prefix_of(said) == prefix else None


FORMER_OLD_VERSIONS = "expire-old-versions"


def former(days: Days) -> dict[str, Content]:
    """The rules that earlier releases set, for all of the bucket, without the form of the empty prefix, which stores change."""
    names = (FORMER_OLD_VERSIONS, "abort-uploads")
    return {name: {"ID": name, "Status": "Enabled", **does} for name, does in zip(names, actions(days), strict=True)}


def is_former(rule: ET.Element, days: Days) -> bool:
    """Whether a rule is one of an earlier release, with exactly these days: another's may be others'."""
    said = content(rule)
    bare = {key: value for key, value in said.items() if key not in ("Filter", "Prefix")}
    return prefix_of(said) == "" and bare == former(days).get(str(said.get("ID")))


def in_older_form(rule: Content) -> Content:
    """With the prefix as Amazon had it at first. It takes one form or the other, for all rules of a bucket."""
    return {**{key: value for key, value in rule.items() if key != "Filter"}, "Prefix": rule["Filter"]["Prefix"]}


def element(tag: str, value: Content | str) -> ET.Element:
    made = ET.Element(tag)
    if isinstance(value, str):
        made.text = value
    else:
        made.extend(element(tag[: tag.find("}") + 1] + name, each) for name, each in value.items())
    return made


def content(rule: ET.Element) -> Content:
    return {child.tag.rpartition("}")[2]: content(child) if len(child) else (child.text or "").strip() for child in rule}


def prefix_of(rule: Content) -> str | None:
    """What a rule's objects begin with, or None where that is not all that tells them."""
    where = rule.get("Filter") or {"Prefix": rule.get("Prefix", "")}
    return str(where["Prefix"]) if isinstance(where, dict) and set(where) == {"Prefix"} else None


def set_rules(s3: BaseClient, bucket: str, days: Days, prefix: str, without_former: bool) -> None:
    """Sets our rules for what begins with a prefix, or says why not."""
    what = f"lifecycle of old versions and abandoned uploads{f' below {prefix}' if prefix else ''}"
    before = read(s3, bucket)
    if before is None:
        return
    old_versions, abandoned_uploads = ours(days, prefix).items()
    refusals: list[ClientError] = []
    # MinIO removes abandoned uploads by itself, and refuses a rule for that; Garage keeps no versions.
    for wanted in ([old_versions, abandoned_uploads], [old_versions], [abandoned_uploads]):
        after = before.with_ours(dict(wanted), prefix, days if without_former else None)
        if after.rules.keys() == before.rules.keys():
            say(f"{what}: as they are")
            return
        try:
            write(s3, bucket, after)
        except ClientError as error:
            if is_trouble(error):
                raise
            refusals.append(error)
            continue
        found = read(s3, bucket)
        is_set = found is not None and found.rules.keys() == after.rules.keys()
        say(f"{what}: {'set' if is_set else 'cannot, as the store says yes and does nothing'}")
        return
    say(f"{what}: cannot, as {reason(refusals[0])}")
