"""Metrics, at a port of their own: Prometheus needs no way to the API, and nobody else one to the metrics."""
from __future__ import annotations

import os
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

PORT = int(os.environ["PLATFORM_METRICS_PORT"])


class Server(ThreadingHTTPServer):
    # Each worker serves the metrics of all: whichever the kernel chooses.
    allow_reuse_port = True
    daemon_threads = True

    def __init__(self) -> None:
        self.address_family = socket.AF_INET6 if socket.has_dualstack_ipv6() else socket.AF_INET
        super().__init__(("::" if socket.has_dualstack_ipv6() else "0.0.0.0", PORT), Handler)

    def server_bind(self) -> None:
        if self.address_family == socket.AF_INET6:
            self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        super().server_bind()


class Handler(BaseHTTPRequestHandler):
    timeout = 10  # seconds

    def do_GET(self) -> None:
        if self.path.partition("?")[0] != "/metrics":
            return self.send_error(404)
        registry = CollectorRegistry()
        MultiProcessCollector(registry)
        body = generate_latest(registry)
        self.send_response(200)
        self.send_header("Content-Type", CONTENT_TYPE_LATEST)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        return None

    def log_message(self, *_: object) -> None:
        """Prometheus comes every half a minute."""


def serve() -> None:
    threading.Thread(target=Server().serve_forever, name="metrics", daemon=True).start()
