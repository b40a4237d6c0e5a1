"""The Jobs of an environment, each of their containers as a process, against a PostgreSQL of others."""

from __future__ import annotations

import functools
import json
import os
import pathlib
import re
import subprocess
from dataclasses import dataclass, field
from typing import Any

from platform_process import DATABASE, merged
from pod import Manifests, Object, Pod, Secrets
from services import PASSWORD, SUPERUSER

# Any characters will do.
ROLE_PASSWORD = "p@ss:/w%rd#?&'\"\\ ü"
ADMINISTRATOR = "the-administrator"


@functools.cache
def rendered(environment: str, name: str) -> Manifests:
    return Manifests(json.loads(environment), name)


@dataclass
class Jobs:
    """database: what the file says of the database. environment: and of all else. name: the file's. patience: constants of waiting.py and lock.py."""

    port: int
    database: Object = field(default_factory=dict)
    environment: Object = field(default_factory=dict)
    name: str = "test"
    secrets: Secrets = field(default_factory=dict)
    image: dict[str, pathlib.Path] = field(default_factory=dict)
    hosts: dict[str, str] = field(default_factory=lambda: {DATABASE: "127.0.0.1"})
    patience: dict[str, float] = field(default_factory=dict)

    def manifests(self) -> Manifests:
        least: Object = {
            "profile": "production", "tracking": {"version": os.environ["MLFLOW_RELEASE"]},
            "database": {"provider": "external", "host": DATABASE, "port": self.port, **self.database},
            "artifactStore": {"provider": "s3", "bucket": "some-bucket"},
        }
        return rendered(json.dumps(merged(least, self.environment)), self.name)

    def pod(self, component: str) -> Pod:
        secrets: Secrets = {
            "mlflow-database": {"username": "mlflow", "password": ROLE_PASSWORD},
            ADMINISTRATOR: {"username": SUPERUSER, "password": PASSWORD},
            "mlflow-administrator": {"username": "admin", "password": ROLE_PASSWORD},
            "mlflow-object-store": {"access-key-id": "key", "secret-access-key": "secret"},
            "mlflow-server-keys": {"flask-secret-key": "f", "kek-passphrase": "k", "webhook-key": "w"},
            **self.secrets,
        }
        pod = Pod(self.manifests(), component, secrets, self.hosts, image=self.image)
        for program in (pod.folder / "mlflow-connections" / name for name in ("waiting.py", "lock.py")):
            for constant, seconds in self.patience.items():
                program.write_text(re.sub(rf"^{constant} = \d+", f"{constant} = {seconds}", program.read_text(), flags=re.MULTILINE))
        return pod

    def run(self, component: str, container: str, **arguments: Any) -> tuple[int, str]:
        pod = self.pod(component)
        try:
            return pod.run(container, **arguments)
        finally:
            pod.remove()

    def set_up(self, **arguments: Any) -> tuple[int, str]:
        return self.run("database-set-up", "set-up", **arguments)

    def migrate(self, **arguments: Any) -> tuple[int, str]:
        return self.run("schema", "migrate-schema", **arguments)

    def start(self, component: str, container: str) -> tuple[subprocess.Popen[bytes], pathlib.Path]:
        """A container that goes on, and its log."""
        pod = self.pod(component)
        log = pod.folder / "log"
        return pod.start(container, log), log
