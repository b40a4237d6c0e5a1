"""Whose something is that is not in the cluster: the platform marks what it makes with namespace and environment, after the cluster that its file
names."""
from __future__ import annotations

from collections.abc import Callable


def without_cluster(platform: str) -> str:
    """What marked things of the platform before its file named a cluster: namespace and environment."""
    return "/".join(platform.split("/")[-2:])


def is_platforms(owner: str | None, platform: str, is_proven: Callable[[], bool]) -> bool:
    """Whether a mark is the platform's.

    is_proven: whether the platform's own credentials work there, without which a mark of before the file named a cluster may be that of another
    cluster.
    """
    return owner == platform or (owner == without_cluster(platform) and is_proven())


def problem_of_mark(what: str, owner: str, platform: str, rename: str) -> str:
    """What is another environment's stays so, whatever may be taken over: two of them would change it in turn.

    rename: how to make it the platform's, if the owner is an earlier name of that.
    """
    return f"{what} belongs to the environment {owner}: name another. If {owner} is an earlier name of {platform}, {rename}"
