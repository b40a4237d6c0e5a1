"""Authorities of the company's own."""
from __future__ import annotations

import pathlib

import authorities
import certifi
import pytest
import requests
from certificates import self_signed
from mlflow.webhooks import delivery


@pytest.fixture
def certificate(tmp_path: pathlib.Path) -> pathlib.Path:
    return self_signed(tmp_path, "ours")[0]


def test_they_are_trusted_in_addition_to_the_public_ones(certificate: pathlib.Path, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(authorities, "BUNDLE", tmp_path / "bundle.pem")
    variables = authorities.trust(str(certificate))
    assert variables == dict.fromkeys(("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "CURL_CA_BUNDLE"), str(tmp_path / "bundle.pem"))
    bundle = (tmp_path / "bundle.pem").read_text()
    assert certificate.read_text() in bundle
    assert pathlib.Path(certifi.where()).read_text() in bundle


def test_what_is_no_certificate_ends_the_server(tmp_path: pathlib.Path) -> None:
    (tmp_path / "ca.crt").write_text("no certificate")
    with pytest.raises(SystemExit, match=r"tracking.caSecret: ca.crt must be certificates as PEM"):
        authorities.trust(str(tmp_path / "ca.crt"))


@pytest.mark.parametrize("bundle", [None, "/tmp/bundle.pem"])
def test_deliveries_of_webhooks_know_them_and_read_no_variables_of_proxies(monkeypatch: pytest.MonkeyPatch, bundle: str | None) -> None:
    session = requests.Session()
    monkeypatch.setattr(delivery, "_create_webhook_session", lambda: session)
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    if bundle:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", bundle)
    authorities.trust_receivers()
    assert delivery._create_webhook_session() is session
    assert session.verify == (bundle or True)
