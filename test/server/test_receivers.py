"""Receivers of webhooks and model servers of the company's own: those that the environment file names are called, by certificates that it trusts."""

from __future__ import annotations

import http.server
import json
import socket
import ssl
import threading
from collections.abc import Iterator

import pytest
import requests
from certificates import Authority
from platform_process import DATABASE, STORE, Platform
from pod import Secrets, check, eventually
from services import Postgres, Store, free_port

OURS, FOREIGN = Authority("the company's authority"), Authority("somebody else's authority")
RECEIVER = "receiver.hooks.svc.cluster.local"


class Receiver:
    """Takes webhooks, by TLS once it has a certificate, and answers as a model server does."""

    def __init__(self) -> None:
        self.port, self.heard = free_port(), []
        self.certificate: ssl.SSLContext | None = None
        heard = self.heard

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                heard.append((self.path, json.loads(self.rfile.read(int(self.headers["content-length"])))))
                answer = json.dumps({"id": "1", "object": "chat.completion", "created": 1, "model": "m", "usage": {},
                                     "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "from inside"}}]}).encode()
                self.send_response(200)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: object) -> None:
                pass

        class Server(http.server.ThreadingHTTPServer):
            def get_request(self) -> tuple[socket.socket, object]:
                plain, address = super().get_request()
                if receiver.certificate is None:
                    return plain, address
                return receiver.certificate.wrap_socket(plain, server_side=True, do_handshake_on_connect=False), address

            def handle_error(self, *_: object) -> None:
                pass  # a client that does not trust it

        receiver = self
        self._server = Server(("127.0.0.1", self.port), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def become(self, authority: Authority, host: str = RECEIVER, valid_for_days: int = 30) -> None:
        self.certificate = authority.certify(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), host, valid_for_days)
        self.heard.clear()

    def end(self) -> None:
        self._server.shutdown()


class WithAuthorities(Platform):
    def secrets(self) -> Secrets:
        return {**super().secrets(), "companys-authorities": {"ca.crt": f"\ufeff# Größe GmbH\n{FOREIGN.certificate}# and\n{OURS.certificate}"}}


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.end()


@pytest.fixture(scope="module")
def platform(receiver: Receiver, postgres: Postgres, store: Store) -> Iterator[Platform]:
    environment = {"tracking": {"caSecret": "companys-authorities"}, "network": {"destinations": [{"host": RECEIVER, "port": receiver.port}]}}
    made = WithAuthorities(postgres, store, environment, hosts=dict.fromkeys([DATABASE, STORE, RECEIVER], "127.0.0.1"))
    yield made
    made.remove()


def webhook_to(platform: Platform, url: str) -> requests.Response:
    return platform.call("POST", "/api/2.0/mlflow/webhooks", json={"name": "hook", "url": url, "events": [{"entity": "REGISTERED_MODEL", "action": "CREATED"}]})


@pytest.fixture(scope="module")
def webhook(platform: Platform, receiver: Receiver) -> str:
    answer = webhook_to(platform, f"https://{RECEIVER}:{receiver.port}/hook")
    assert answer.status_code == 200, answer.text
    return answer.json()["webhook"]["webhook_id"]


@pytest.fixture(scope="module")
def model(platform: Platform, receiver: Receiver) -> str:
    return endpoint(platform, f"https://{RECEIVER}:{receiver.port}/v1")


def endpoint(platform: Platform, base: str) -> str:
    """The path of an endpoint of the gateway that leads to a model server."""
    def made(path: str, body: dict[str, object]) -> dict[str, object]:
        answer = platform.call("POST", f"/api/3.0/mlflow/gateway/{path}/create", json=body)
        assert answer.status_code == 200, answer.text
        return next(iter(answer.json().values()))

    secret = made("secrets", {"secret_name": "key", "provider": "openai", "secret_value": {"api_key": "k"},
                              "auth_config": {"api_base": base}})
    definition = made("model-definitions", {"name": "m", "provider": "openai", "model_name": "m", "secret_id": secret["secret_id"]})
    made("endpoints", {"name": "chat", "model_configs": [{"model_definition_id": definition["model_definition_id"], "linkage_type": "PRIMARY", "weight": 1.0}]})
    return "/gateway/chat/mlflow/invocations"


def ask_model(platform: Platform, path: str) -> tuple[int, str]:
    answer = platform.call("POST", path, json={"messages": [{"role": "user", "content": "hello"}]})
    return answer.status_code, answer.text


def test_a_webhook_reaches_a_receiver_with_a_certificate_of_the_company(platform: Platform, receiver: Receiver, webhook: str) -> None:
    receiver.become(OURS)
    tried = platform.call("POST", f"/api/2.0/mlflow/webhooks/{webhook}/test", json={}).json()["result"]
    assert tried["success"], tried
    assert platform.call("POST", "/api/2.0/mlflow/registered-models/create", json={"name": "churn"}).status_code == 200
    eventually(20, lambda: check(any(body.get("data", {}).get("name") == "churn" for _, body in receiver.heard)))


def test_a_model_server_with_a_certificate_of_the_company_answers(platform: Platform, receiver: Receiver, model: str) -> None:
    receiver.become(OURS)
    status, text = ask_model(platform, model)
    assert (status, "from inside" in text) == (200, True), text


WRONG = {"expired": {"authority": OURS, "valid_for_days": -1}, "of another host": {"authority": OURS, "host": "other.example.com"},
         "of an authority that nobody trusts": {"authority": Authority("a third one")}}


@pytest.mark.parametrize("wrong", WRONG)
def test_nobody_is_told_anything_whose_certificate_is(platform: Platform, receiver: Receiver, webhook: str, model: str, wrong: str) -> None:
    receiver.become(**WRONG[wrong])
    tried = platform.call("POST", f"/api/2.0/mlflow/webhooks/{webhook}/test", json={}).json()["result"]
    assert not tried.get("success"), tried
    assert ask_model(platform, model)[0] >= 400
    assert receiver.heard == []


@pytest.mark.parametrize("content", ["no certificate", "", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
def test_authorities_that_are_none_are_told(platform: Platform, content: str) -> None:
    pod = platform.pod("tracking-server")
    pod.write_volumes({"companys-authorities": {"ca.crt": content}})
    code, output = pod.run("mlflow", changes={"MLFLOW_PORT": str(free_port())})
    assert code == 1
    assert "tracking.caSecret: ca.crt must be certificates as PEM" in output


def test_receivers_and_model_servers_inside_are_called_by_http_where_the_file_says_so(postgres: Postgres, store: Store) -> None:
    plain = Receiver()
    environment = {"network": {"destinations": [{"host": RECEIVER, "port": plain.port, "scheme": "http"}]}}
    platform = Platform(postgres, store, environment, hosts=dict.fromkeys([DATABASE, STORE, RECEIVER], "127.0.0.1"))
    try:
        webhook = webhook_to(platform, f"http://{RECEIVER}:{plain.port}/hook").json()["webhook"]["webhook_id"]
        tried = platform.call("POST", f"/api/2.0/mlflow/webhooks/{webhook}/test", json={}).json()["result"]
        assert tried["success"], tried
        status, text = ask_model(platform, endpoint(platform, f"http://{RECEIVER}:{plain.port}/v1"))
        assert (status, "from inside" in text) == (200, True), text
    finally:
        platform.remove()
        plain.end()


def test_nobody_inside_is_called_whom_the_file_does_not_name(postgres: Postgres, store: Store) -> None:
    plain = Receiver()
    platform = Platform(postgres, store, hosts=dict.fromkeys([DATABASE, STORE, RECEIVER], "127.0.0.1"))
    try:
        for url in (f"http://{RECEIVER}:{plain.port}/hook", f"https://{RECEIVER}:{plain.port}/hook"):
            assert webhook_to(platform, url).status_code == 400
        for base in (f"http://{RECEIVER}:{plain.port}/v1", f"https://{RECEIVER}:{plain.port}/v1"):
            body = {"secret_name": "key", "provider": "openai", "secret_value": {"api_key": "k"}, "auth_config": {"api_base": base}}
            assert platform.call("POST", "/api/3.0/mlflow/gateway/secrets/create", json=body).status_code == 400
        assert plain.heard == []
    finally:
        platform.remove()
        plain.end()
