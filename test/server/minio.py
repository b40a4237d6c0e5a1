"""A real MinIO of somebody else's."""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import subprocess
import tempfile
from typing import Any

import boto3
import urllib3
from botocore.client import BaseClient
from botocore.config import Config
from certificates import Certificate
from pod import REPOSITORY, end, eventually
from services import free_port

ROOT = ("minioadmin", "the-administrators-key")


class Minio:
    """certificate: its own and its key, as PEM, for TLS; authority: the authority's."""

    def __init__(self, certificate: Certificate | None = None, authority: str | None = None) -> None:
        programs = subprocess.run([str(REPOSITORY / ".ci/minio")], check=True, text=True, stdout=subprocess.PIPE).stdout.strip()
        self.programs = pathlib.Path(programs)
        self.port = free_port()
        self.scheme, self._authority = "https" if certificate else "http", authority
        self._folder = pathlib.Path(tempfile.mkdtemp(prefix="mlflow-platform-minio-", dir="/var/tmp"))
        certs = self._folder / "certs"
        certs.mkdir()
        for name, text in zip(("public.crt", "private.key"), (certificate.certificate, certificate.key) if certificate else (), strict=False):
            (certs / name).write_text(text)
        environment = {"PATH": os.environ["PATH"], "HOME": str(self._folder), "MINIO_ROOT_USER": ROOT[0], "MINIO_ROOT_PASSWORD": ROOT[1], "MINIO_UPDATE": "off"}
        command = [str(self.programs / "minio"), "server", str(self._folder / "data"), "--address", f"127.0.0.1:{self.port}", "--certs-dir", str(certs)]
        self._process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if authority:
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)  # of this test's own client
        self.s3 = self.client(*ROOT)
        eventually(30, self._answers)

    def _answers(self) -> None:
        try:
            self.s3.list_buckets()
        except Exception as error:
            raise AssertionError from error

    def client(self, key_id: str, key: str) -> BaseClient:
        return boto3.client("s3", endpoint_url=f"{self.scheme}://127.0.0.1:{self.port}", region_name="us-east-1", aws_access_key_id=key_id,
                            aws_secret_access_key=key, verify=False if self._authority else None,
                            config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}))

    def _mc(self, *arguments: str, stdin: str = "") -> list[dict[str, Any]]:
        folder = self._folder / "mc"
        folder.mkdir(exist_ok=True)
        alias = {"url": f"{self.scheme}://127.0.0.1:{self.port}", "accessKey": ROOT[0], "secretKey": ROOT[1], "api": "S3v4", "path": "auto"}
        (folder / "config.json").write_text(json.dumps({"version": "10", "aliases": {"store": alias}}))
        command = [str(self.programs / "mc"), "--json", "--insecure", "--config-dir", str(folder), *arguments]
        done = subprocess.run(command, check=False, input=stdin, text=True, capture_output=True, timeout=60)
        return [json.loads(line) for line in done.stdout.strip().splitlines()]

    def admin(self, *arguments: str, stdin: str = "") -> dict[str, Any]:
        """What `mc admin` answers."""
        return self._mc("admin", *arguments[:2], "store", *arguments[2:], stdin=stdin)[-1]

    def service_account(self, user: str) -> tuple[str, str]:
        """A key of a user's own making."""
        made = self._mc("admin", "user", "svcacct", "add", "store", user)[-1]
        return made["accessKey"], made["secretKey"]

    def users_and_policies(self) -> str:
        """All that it tells of users, their policies and groups, and of policies. It tells the actions of a statement in any order."""
        users = [self.admin("user", "info", user) for user in sorted(self._names("user", "accessKey"))]
        policies = [self.admin("policy", "info", policy) for policy in sorted(self._names("policy", "policy"))]
        for statement in (each for policy in policies for each in policy["policyInfo"]["Policy"]["Statement"]):
            statement["Action"].sort()
        return json.dumps([users, policies], indent=1)

    def _names(self, kind: str, field: str) -> list[str]:
        return [each[field] for each in self._mc("admin", kind, "list", "store") if field in each]

    def add_user(self, name: str, key: str, *policies: str) -> None:
        self.admin("user", "add", stdin=f"{name}\n{key}\n")
        for policy in policies:
            self.admin("policy", "attach", policy, "--user", name)

    def add_policy(self, name: str, content: dict[str, Any]) -> None:
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump(content, file)
            file.flush()
            self.admin("policy", "create", name, file.name)

    def remove(self) -> None:
        end(self._process)
        shutil.rmtree(self._folder)
