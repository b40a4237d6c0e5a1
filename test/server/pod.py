"""Runs containers of rendered manifests as processes, each with the files, variables and host names that it has in its pod."""

from __future__ import annotations

import base64
import os
import pathlib
import shlex
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from typing import Any

import requests
import yaml

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
LOADER = REPOSITORY / "node_modules/tsx/dist/loader.mjs"

Object = dict[str, Any]
Secrets = dict[str, dict[str, str]]


class Manifests:
    """What the program renders of one environment."""

    def __init__(self, environment: Object, name: str = "test") -> None:
        with tempfile.TemporaryDirectory() as folder:
            files = pathlib.Path(folder)
            (files / "environments").mkdir()
            (files / "environments" / f"{name}.yaml").write_text(yaml.safe_dump(environment))
            # NODE_OPTIONS: npm's own would ask for a file that is not there.
            rendered = subprocess.run(["node", "--import", str(LOADER), str(REPOSITORY / "main.ts")], check=False, cwd=files, text=True, capture_output=True,
                                      env={**os.environ, "NODE_OPTIONS": ""})
            assert rendered.returncode == 0, rendered.stderr
            self.objects: list[Object] = [yaml.safe_load(file.read_text()) for file in sorted((files / "dist" / name).rglob("*.yaml"))]

    def all(self, kind: str) -> Iterator[Object]:
        return (each for each in self.objects if each["kind"] == kind)

    def named(self, kind: str, name: str) -> Object:
        return next(each for each in self.all(kind) if each["metadata"]["name"] == name)

    def secrets(self) -> Secrets:
        """Values of the Secrets that are rendered."""
        return {each["metadata"]["name"]: {key: base64.b64decode(value).decode() for key, value in each["data"].items()} for each in self.all("Secret")}

    def pod(self, component: str) -> Object:
        """The pod of the component's Deployment, StatefulSet or Job."""
        found = [each for each in self.objects if each["metadata"].get("labels", {}).get("app.kubernetes.io/component") == component
                 and "template" in each.get("spec", {})]
        assert len(found) == 1, f"{len(found)} workloads are of {component}"
        return dict(found[0]["spec"]["template"]["spec"])


class Pod:
    """One pod of a component. Its containers share its volumes, as in Kubernetes; Secrets can be changed while they run.

    hosts: host name to address, in addition to localhost. address: what the pod takes for its own.
    network: the network namespace of its processes; the machine's own by default. nameserver: whom it asks for other names.
    image: path in its image to the file that is there.
    """

    def __init__(self, manifests: Manifests, component: str, secrets: Secrets, hosts: dict[str, str] | None = None,
                 address: str = "127.0.0.1", network: str | None = None, nameserver: str | None = None,
                 image: dict[str, pathlib.Path] | None = None) -> None:
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="mlflow-platform-pod-", dir="/var/tmp"))
        self.address = address
        self.manifests = manifests
        self._network = network
        self._pod = manifests.pod(component)
        self._secrets = {**manifests.secrets(), **secrets}
        lines = ["127.0.0.1 localhost", "::1 localhost", *(f"{value} {name}" for name, value in (hosts or {}).items())]
        (self.folder / "hosts").write_text("\n".join(lines) + "\n")
        self._own = {"hosts": "/etc/hosts", **{str(file): path for path, file in (image or {}).items()}}
        if nameserver:
            (self.folder / "resolv.conf").write_text(f"nameserver {nameserver}\n")
            self._own["resolv.conf"] = "/etc/resolv.conf"
        for volume in self._pod["volumes"]:
            (self.folder / volume["name"]).mkdir()
        self.write_volumes()

    def write_volumes(self, secrets: Secrets | None = None) -> None:
        """Writes what ConfigMaps and Secrets hold, as the kubelet does at the start and after a change."""
        self._secrets |= secrets or {}
        for volume in self._pod["volumes"]:
            for path, content in self._files(volume):
                file = self.folder / volume["name"] / path
                file.parent.mkdir(parents=True, exist_ok=True)
                part = file.with_name(f".{file.name}")
                part.write_text(content)
                part.chmod(volume.get("projected", {}).get("defaultMode", 0o644))
                part.rename(file)

    def _files(self, volume: Object) -> Iterator[tuple[str, str]]:
        for source in [volume, *volume.get("projected", {}).get("sources", [])]:
            if config := source.get("configMap"):
                data = self.manifests.named("ConfigMap", config["name"])["data"]
                yield from ((item["path"], data[item["key"]]) for item in config["items"])
            if secret := source.get("secret"):
                values = self._secrets[secret.get("name") or secret["secretName"]]
                items = (item for item in secret["items"] if item["key"] in values or not secret.get("optional"))
                yield from ((item["path"], values[item["key"]]) for item in items)

    def container(self, name: str) -> Object:
        return next(dict(each) for each in [*self._pod.get("initContainers", []), *self._pod["containers"]] if each["name"] == name)

    def variables(self, container: Object) -> dict[str, str]:
        """The container's environment; $(NAME) stands for a variable that comes before it."""
        found: dict[str, str] = {}
        for source in container.get("envFrom", []):
            found |= self.manifests.named("ConfigMap", source["configMapRef"]["name"])["data"]
        for each in container.get("env", []):
            value = each.get("value", self.address if "valueFrom" in each else "")
            for name, known in found.items():
                value = value.replace(f"$({name})", known)
            found[each["name"]] = value
        return found

    def start(self, name: str, log: pathlib.Path, changes: dict[str, str] | None = None, arguments: list[str] | None = None) -> subprocess.Popen[bytes]:
        """Starts a container; `changes` are of its variables, `arguments` stand for its own."""
        container = self.container(name)
        return self._start(container, log, [*container["command"], *(arguments or container["args"])], changes)

    def execute(self, name: str, log: pathlib.Path, command: list[str]) -> subprocess.Popen[bytes]:
        """Starts another program in a container, as `kubectl exec` does."""
        return self._start(self.container(name), log, command)

    def _start(self, container: Object, log: pathlib.Path, command: list[str], changes: dict[str, str] | None = None) -> subprocess.Popen[bytes]:
        programs = [f"{os.environ['MLFLOW_FOLDER']}/bin", "/usr/lib/postgresql/15/bin", "/usr/bin", "/bin"]
        environment = {"PATH": ":".join(programs), "PYTHONUNBUFFERED": "1", **self.variables(container), **(changes or {})}
        mounts = [*(f"mount --bind {shlex.quote(str(self.folder / file))} {path}" for file, path in self._own.items()),
                  *(f"mount -t tmpfs none {folder}" for folder in ("/opt", "/run"))]
        for each in container["volumeMounts"]:
            path = shlex.quote(each["mountPath"])
            mounts += [f"mkdir -p {path}", f"mount --bind {shlex.quote(str(self.folder / each['name']))} {path}"]
        program = shlex.join(["env", "-i", *(f"{key}={value}" for key, value in environment.items()), *command])
        inside = ["ip", "netns", "exec", self._network] if self._network else []
        script = " && ".join([*mounts, f"exec {program}"])
        return subprocess.Popen([*inside, "unshare", "--mount", "--propagation", "private", "sh", "-c", script],
                                stdout=log.open("ab"), stderr=subprocess.STDOUT, start_new_session=True)

    def run(self, name: str, timeout: float = 120, changes: dict[str, str] | None = None) -> tuple[int, str]:
        """Runs a container to its end: its exit code, and what it printed."""
        log = self.folder / f"{name}.log"
        log.unlink(missing_ok=True)
        process = self.start(name, log, changes)
        try:
            return process.wait(timeout), log.read_text()
        except subprocess.TimeoutExpired:
            end(process)
            raise AssertionError(f"{name} did not end within {timeout} s:\n{log.read_text()}") from None

    def remove(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


def end(process: subprocess.Popen[bytes], within_s: float = 20) -> None:
    """Ends a process as Kubernetes ends a container."""
    process.terminate()
    try:
        process.wait(within_s)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, 9)
        process.wait()


def check(condition: bool) -> None:
    """An assertion as an expression, for `eventually`."""
    assert condition


def eventually(within_s: float, check: Callable[[], Any]) -> Any:
    """Calls until it raises no more."""
    until = time.monotonic() + within_s
    while True:
        try:
            return check()
        except (AssertionError, requests.RequestException, OSError):
            if time.monotonic() > until:
                raise
            time.sleep(0.2)
