"""A platform without a cluster: its Jobs and its tracking server, each as a process, on a database of its own."""

from __future__ import annotations

import os
import pathlib
import subprocess
from typing import Any

import requests
from pod import Manifests, Object, Pod, Secrets, end, eventually
from services import Postgres, Store, free_port

DATABASE = "postgres.data.svc.cluster.local"
STORE = "minio.data.svc.cluster.local"
ADMINISTRATOR = ("admin", "the-administrators-password")
CLIENTS = pathlib.Path(__file__).with_name("client")

# A Fernet key, which any 32 bytes are.
WEBHOOK_KEY = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="


def merged(one: Object, other: Object) -> Object:
    return {**one, **{key: merged(one[key], value) if isinstance(value, dict) and isinstance(one.get(key), dict) else value for key, value in other.items()}}


class Platform:
    """What one environment file renders, with its schema migrated and one pod of the tracking server.

    environment: what the file says, in addition to where database and store are.
    variables: of the server, instead of its own. The others are as those of Pod.
    """

    def __init__(self, postgres: Postgres, store: Store, environment: Object | None = None, variables: dict[str, str] | None = None,
                 hosts: dict[str, str] | None = None, address: str = "127.0.0.1", network: str | None = None, nameserver: str | None = None) -> None:
        self.postgres, self.store = postgres, store
        self.database = postgres.name()
        self.bucket = self.database.replace("_", "-") + "-artifacts"
        # Where the pod has a network of its own, it has its own port there, too, which hosts are allowed with.
        self.port, self.metrics_port, self._variables = 5000 if network else free_port(), free_port(), variables or {}
        self.url = f"http://{f'[{address}]' if ':' in address else address}:{self.port}"
        self._surroundings: dict[str, Any] = {"address": address, "network": network, "nameserver": nameserver}
        self.password = "p@ss:/w%rd#?&'\"\\ ü"
        said = merged(self._places(), environment or {})
        users = said.get("access", {}).get("mode") == "basic"
        if users:
            said["access"].setdefault("databaseName", f"{self.database}_users")
        self._make_databases([self.database, *([said["access"]["databaseName"]] if users else [])])
        store.s3.create_bucket(Bucket=self.bucket)
        self.manifests = Manifests(said)
        self.hosts = hosts or {DATABASE: "127.0.0.1", STORE: "127.0.0.1"}
        self._process: subprocess.Popen[bytes] | None = None
        self.pods: list[Pod] = []
        self.job("schema", "migrate-schema")
        if users:
            self.job("administrator", "administrator")
        self.server = self.pod("tracking-server")
        self.log = self.server.folder / "server.log"
        self.start()

    def _places(self) -> Object:
        return {
            "profile": "local",
            "tracking": {"version": os.environ["MLFLOW_RELEASE"]},
            "database": {"provider": "external", "host": DATABASE, "port": self.postgres.port, "name": self.database, "sslMode": "disable"},
            "artifactStore": {"provider": "s3", "endpoint": f"http://{STORE}:{self.store.port}", "bucket": self.bucket},
        }

    def _make_databases(self, names: list[str]) -> None:
        quoted = self.password.replace("'", "''")
        self.postgres.sql(f"CREATE ROLE {self.database} LOGIN PASSWORD '{quoted}'")
        for name in names:
            self.postgres.sql(f"CREATE DATABASE {name} OWNER {self.database}")

    def secrets(self) -> Secrets:
        keys = {"flask-secret-key": "f" * 43, "kek-passphrase": "k" * 43, "webhook-key": WEBHOOK_KEY}
        administrator = dict(zip(("username", "password"), ADMINISTRATOR, strict=True))
        values: Secrets = {
            "mlflow-database": {"username": self.database, "password": self.password},
            "mlflow-object-store": {"access-key-id": "mlflow", "secret-access-key": "the-servers-key"},
            "mlflow-server-keys": keys,
            "mlflow-administrator": administrator,
        }
        return values | {f"{name}-generated": each for name, each in values.items()}

    def pod(self, component: str) -> Pod:
        self.pods.append(Pod(self.manifests, component, self.secrets(), self.hosts, **self._surroundings))
        return self.pods[-1]

    def job(self, component: str, container: str) -> str:
        code, output = self.pod(component).run(container)
        assert code == 0, output
        return output

    def start(self) -> None:
        self._process = self.server.start("mlflow", self.log, {"MLFLOW_PORT": str(self.port), "PLATFORM_METRICS_PORT": str(self.metrics_port), **self._variables})
        eventually(90, self._serves)

    def _serves(self) -> None:
        if self._process is None or self._process.poll() is not None:
            raise RuntimeError(f"the server has ended:\n{self.log.read_text()[-4000:]}")
        assert requests.get(f"{self.url}/health", timeout=5).status_code == 200

    def stop(self) -> None:
        if self._process:
            end(self._process)
            self._process = None

    def remove(self) -> None:
        self.stop()
        for pod in self.pods:
            pod.remove()

    def call(self, method: str, path: str, user: tuple[str, str] | None = None, **arguments: Any) -> requests.Response:
        return requests.request(method, self.url + path, auth=user, timeout=arguments.pop("timeout", 60), **arguments)

    def client(self, program: str, *arguments: str, variables: dict[str, str] | None = None, release: str | None = None) -> str:
        """Runs a program of test/server/client with MLflow's own client, and returns what it prints."""
        folder = release or os.environ["MLFLOW_FOLDER"]
        environment = {**os.environ, "MLFLOW_TRACKING_URI": self.url, "MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_ENABLE_ASYNC_TRACE_LOGGING": "false", **(variables or {})}
        command = [f"{folder}/bin/python", str(CLIENTS / program), *arguments]
        done = subprocess.run(command, check=False, env=environment, text=True, capture_output=True, timeout=300)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout
