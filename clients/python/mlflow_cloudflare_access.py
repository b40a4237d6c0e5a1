"""Shows a service token of Cloudflare Access to the host of MLFLOW_TRACKING_URI, and to nobody else.

MLflow's client uses it with MLFLOW_TRACKING_AUTH=cloudflare-access. The token's two halves are read from CF_ACCESS_CLIENT_ID and
CF_ACCESS_CLIENT_SECRET. A header provider, MLflow's other kind of plugin, does not learn where a request goes: its headers would go to a
registry on another host as well. https://developers.cloudflare.com/cloudflare-one/identity/service-tokens/
"""
import os
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

from mlflow.tracking.request_auth.abstract_request_auth_provider import RequestAuthProvider
from requests import PreparedRequest, Response, Session
from requests.auth import AuthBase
from urllib3.util import parse_url

CLIENT_ID = "CF_ACCESS_CLIENT_ID"
CLIENT_SECRET = "CF_ACCESS_CLIENT_SECRET"
TRACKING_URI = "MLFLOW_TRACKING_URI"

# Header to the variable that holds its value.
HEADERS = {"CF-Access-Client-Id": CLIENT_ID, "CF-Access-Client-Secret": CLIENT_SECRET}

PORTS = {"https": 443, "http": 80}


class Origin(NamedTuple):
    """Where requests to a URL go."""

    scheme: str
    host: str
    port: int


class ServiceTokenProvider(RequestAuthProvider):
    """What MLflow finds by the name in MLFLOW_TRACKING_AUTH."""

    def get_name(self) -> str:
        return "cloudflare-access"

    def get_auth(self) -> AuthBase:
        return ServiceToken(home(), token())


class ServiceToken(AuthBase):
    """Adds the token to a request, and keeps it from where a redirect leads."""

    def __init__(self, home: Origin, headers: dict[str, str]) -> None:
        self._home = home
        self._headers = headers

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        if origin(request.url) == self._home:
            request.headers.update(self._headers)
            request.register_hook("response", self._keep)
        return request

    def _keep(self, response: Response, **_: object) -> None:
        """Before a redirect is followed, by a copy of the request: takes the token out of it, unless the redirect stays at home."""
        target = Session().get_redirect_target(response)
        if target is not None and origin(urljoin(response.url, target)) != self._home:
            for header in self._headers:
                response.request.headers.pop(header, None)


def token() -> dict[str, str]:
    """The headers of the token. Raises ValueError where a half is missing."""
    missing = [variable for variable in HEADERS.values() if not os.environ.get(variable, "").strip()]
    if missing:
        raise ValueError(f"MLFLOW_TRACKING_AUTH is cloudflare-access, and {' and '.join(missing)} not set: set both halves of the service token")
    return {header: os.environ[variable].strip() for header, variable in HEADERS.items()}


def home() -> Origin:
    """The one place that the token goes to. Raises ValueError where it would go there in the clear."""
    uri = os.environ.get(TRACKING_URI, "").strip()
    found = origin(uri)
    if found is None or not (found.scheme == "https" or found.host in ("localhost", "127.0.0.1", "::1")):
        raise ValueError(f"MLFLOW_TRACKING_AUTH is cloudflare-access, and {TRACKING_URI} is not an https URL: write e.g. https://mlflow.example.com")
    return found


def origin(url: str | None) -> Origin | None:
    """Where a URL leads, or None where that is not certain: requests reads some URLs by one of these two and some by the other."""
    try:
        one, other = urlsplit(url or ""), parse_url(url or "")
        found = (one.scheme, one.hostname or "", one.port or PORTS.get(one.scheme))
        agree = found == (other.scheme, (other.host or "").strip("[]").lower(), other.port or PORTS.get(other.scheme or ""))
    except ValueError:
        return None
    return Origin(*found) if agree and found[1] and found[2] else None
