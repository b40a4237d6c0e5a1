"""An authority that signs certificates, by openssl."""

from __future__ import annotations

import pathlib
import subprocess
import tempfile
from dataclasses import dataclass


@dataclass(frozen=True)
class Certificate:
    certificate: str
    key: str


class Authority:
    def __init__(self, name: str) -> None:
        self._folder = pathlib.Path(tempfile.mkdtemp(prefix="mlflow-platform-authority-"))
        self._openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", f"/CN={name}", "-keyout", "ca.key", "-out", "ca.crt")
        self.certificate = self._read("ca.crt")

    def _openssl(self, *arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=self._folder, check=True, capture_output=True)

    def _read(self, file: str) -> str:
        return (self._folder / file).read_text()

    def sign(self, name: str, expired: bool = False) -> Certificate:
        """A certificate of a host or a role."""
        self._openssl("req", "-new", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name[:64]}", "-addext", f"subjectAltName=DNS:{name}",
                      "-keyout", "key", "-out", "request")
        self._openssl("x509", "-req", "-in", "request", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-copy_extensions", "copy",
                      "-days", "-1" if expired else "30", "-out", "certificate")
        return Certificate(self._read("certificate"), self._read("key"))
