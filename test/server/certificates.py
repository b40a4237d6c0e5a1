"""Authorities and certificates for servers of tests."""

from __future__ import annotations

import datetime
import pathlib
import ssl
import tempfile
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass(frozen=True)
class Certificate:
    """Certificate and key, as PEM."""

    certificate: str
    key: str


def named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


class Authority:
    """An authority of a company. `certificate`: its own, as PEM."""

    def __init__(self, name: str = "Test Authority") -> None:
        self._name, self._key = named(name), ec.generate_private_key(ec.SECP256R1())
        self.certificate = self._sign(self._name, self._key, is_authority=True)

    def server(self, host: str, valid_for_days: int = 30) -> Certificate:
        """The certificate of a host or a role; one with negative days has expired."""
        key = ec.generate_private_key(ec.SECP256R1())
        pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        return Certificate(self._sign(named(host), key, host=host, valid_for_days=valid_for_days), pem.decode())

    def certify(self, context: ssl.SSLContext, host: str, valid_for_days: int = 30) -> ssl.SSLContext:
        """Makes a server with that context be that host, from its next connection on."""
        with tempfile.TemporaryDirectory() as folder:
            files = [pathlib.Path(folder, name) for name in ("certificate", "key")]
            made = self.server(host, valid_for_days)
            for file, text in zip(files, (made.certificate, made.key), strict=True):
                file.write_text(text)
            context.load_cert_chain(*files)
        return context

    def _sign(self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, is_authority: bool = False, host: str | None = None, valid_for_days: int = 30) -> str:
        now = datetime.datetime.now(datetime.timezone.utc)
        builder = (
            x509.CertificateBuilder().subject_name(subject).issuer_name(self._name).public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=60)).not_valid_after(now + datetime.timedelta(days=valid_for_days))
            .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
        )
        if host:
            builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        if is_authority:
            builder = builder.add_extension(x509.KeyUsage(False, False, False, False, False, True, True, False, False), critical=True)
        return builder.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()
