"""What a policy of a MinIO says: whose it is, and what it permits."""
from __future__ import annotations

import json
from typing import Any

Policy = dict[str, Any]

MARK = "mlflow-platform"  # of a policy's ID, before the environment
ADMINISTRATION = "admin:"


def owner_of(policy: Policy) -> str | None:
    """The environment that a policy belongs to, by its ID."""
    mark, _, owner = str(policy.get("ID", "")).partition(" ")
    return owner if mark == MARK else None


def makes_administrators(policy: Policy) -> bool:
    """Whether a policy permits some action of administrators, whatever else denies it."""
    allowed = [statement for statement in policy.get("Statement", []) if statement.get("Effect") == "Allow"]
    return any(any(map(permits_administration, listed(each.get("Action")))) or leaves_administration(each) for each in allowed)


def leaves_administration(statement: dict[str, Any]) -> bool:
    """Whether a statement is about all actions but some, and administration is none of these."""
    return "NotAction" in statement and not {"*", "admin:*"} & {*listed(statement["NotAction"])}


def permits_administration(pattern: str) -> bool:
    """Whether some action that begins with "admin:" matches the pattern, with * for any characters and ? for one."""
    head, star, _ = pattern.lower().partition("*")
    return all(said in (letter, "?") for said, letter in zip(head, ADMINISTRATION, strict=False)) and (bool(star) or len(head) > len(ADMINISTRATION))


def permissions(policy: Policy) -> str:
    """What a policy permits, the same for all orders of its lists."""
    return json.dumps(ordered(policy.get("Statement")), sort_keys=True)


def ordered(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: ordered(each) for key, each in value.items() if key != "Sid"}
    return sorted((ordered(each) for each in value), key=lambda each: json.dumps(each, sort_keys=True)) if isinstance(value, list) else value


def listed(value: str | list[str] | None) -> list[str]:
    return [value] if isinstance(value, str) else value or []
