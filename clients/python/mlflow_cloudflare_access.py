"""Sends a service token of Cloudflare Access with every request of MLflow's client.

The token's two halves are read from CF_ACCESS_CLIENT_ID and CF_ACCESS_CLIENT_SECRET. Without them nothing is sent, so the package may be
installed anywhere; with them they go to whatever MLFLOW_TRACKING_URI names, which should be https. https://developers.cloudflare.com/cloudflare-one/identity/service-tokens/
"""
import os

from mlflow.tracking.request_header.abstract_request_header_provider import RequestHeaderProvider

CLIENT_ID = "CF_ACCESS_CLIENT_ID"
CLIENT_SECRET = "CF_ACCESS_CLIENT_SECRET"


class ServiceToken(RequestHeaderProvider):
    def in_context(self):
        present = [name for name in (CLIENT_ID, CLIENT_SECRET) if os.environ.get(name)]
        if len(present) == 1:
            # MLflow logs it as a warning and goes on.
            raise ValueError(f"only {present[0]} is set: set both {CLIENT_ID} and {CLIENT_SECRET}, or neither")
        return len(present) == 2

    def request_headers(self):
        return {
            "CF-Access-Client-Id": os.environ[CLIENT_ID].strip(),
            "CF-Access-Client-Secret": os.environ[CLIENT_SECRET].strip(),
        }
