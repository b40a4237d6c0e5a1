"""Authorities of the company's own, which the certificates of receivers of webhooks and of model providers may be of, in addition to the
public ones."""
from __future__ import annotations

import os
import pathlib
import ssl

import certifi
import requests

# What requests, httpx and the AWS SDK, and what Python's own TLS and so aiohttp, read.
VARIABLES = ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "CURL_CA_BUNDLE")
BUNDLE = pathlib.Path("/tmp/authorities.pem")


def trust(own: str) -> dict[str, str]:
    """Writes one file of all authorities, and returns the variables that lead to it.

    own: a file of certificates as PEM, perhaps with text between them. Raises SystemExit where it holds none.
    """
    try:
        ssl.create_default_context(cafile=own)
    except OSError as error:
        raise SystemExit(f"tracking.caSecret: ca.crt must be certificates as PEM: {error}") from error
    BUNDLE.write_bytes(b"\n".join(pathlib.Path(file).read_bytes() for file in (certifi.where(), own)))
    return dict.fromkeys(VARIABLES, str(BUNDLE))


def trust_receivers() -> None:
    """Lets deliveries of webhooks know the authorities, too. MLflow's session reads no variables, so that no proxy of the server's gets them."""
    bundle = os.environ.get(VARIABLES[0])
    if not bundle:
        return
    from mlflow.webhooks import delivery

    create = delivery._create_webhook_session

    def create_with_authorities() -> requests.Session:
        session = create()
        session.verify = bundle
        return session

    delivery._create_webhook_session = create_with_authorities
