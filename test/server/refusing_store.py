"""An S3 store before moto's that does as a table says: refuses operations, answers what is not S3, says yes and does nothing, never answers."""

from __future__ import annotations

import re
import ssl
import threading
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

import requests
from services import Store, free_port


class Answer(NamedTuple):
    status: int
    body: str = ""
    headers: Mapping[str, str] = {}


def error(status: int, code: str, message: str = "said by a test", **more: str) -> Answer:
    elements = {"Code": code, "Message": message, **more}
    return Answer(status, f"<?xml version='1.0'?><Error>{''.join(f'<{name}>{text}</{name}>' for name, text in elements.items())}</Error>")


DENIED = error(403, "AccessDenied")
UNKNOWN_KEY = error(403, "InvalidAccessKeyId")
NOT_IMPLEMENTED = error(501, "NotImplemented")
NOT_ALLOWED = error(405, "MethodNotAllowed")
MALFORMED = error(400, "MalformedXML")
A_PAGE = Answer(200, "<!DOCTYPE html><html><body>Welcome</body></html>")
A_PAGE_OF_403 = Answer(403, "<!DOCTYPE html><html><body>Forbidden</body></html>")
NOTHING_DONE = Answer(200)
BROKEN_OFF = Answer(206, "the beginning", {"Content-Length": "1000", "Content-Range": "bytes 0-999/1000", "ETag": '"e"'})
SILENCE = Answer(0)  # until the table says otherwise; then the connection is closed

Table = Mapping[str, Answer]

WITHOUT_KEY = {"versioning": "BucketVersioning", "lifecycle": "BucketLifecycleConfiguration", "tagging": "BucketTagging",
               "publicAccessBlock": "PublicAccessBlock", "policy": "BucketPolicy"}
METHODS = {"GET": "Get", "PUT": "Put", "DELETE": "Delete", "HEAD": "Head"}


def operation(method: str, target: str) -> str:
    """S3's name for a request, as far as the tests need one."""
    url = urlsplit(target)
    query = parse_qs(url.query, keep_blank_values=True)
    _, bucket, *key = url.path.split("/", 2)
    if not bucket:
        return "ListBuckets"
    if not "".join(key):
        for parameter, name in WITHOUT_KEY.items():
            if parameter in query:
                return METHODS[method] + name
        if method == "POST":
            return "DeleteObjects"
        return {"GET": "ListObjectsV2", "HEAD": "HeadBucket", "PUT": "CreateBucket"}[method]
    if method == "POST":
        return "CreateMultipartUpload" if "uploads" in query else "CompleteMultipartUpload"
    if "uploadId" in query:
        return {"PUT": "UploadPart", "DELETE": "AbortMultipartUpload"}[method]
    return f"{METHODS[method]}Object"


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Says nothing of clients that went away, or did not trust the certificate."""


class RefusingStore:
    """`table`: operation to answer; what is not there, moto answers. `keys`: those it knows, all by default. `away`: closes every connection. `bodies`: of the last request of each operation."""

    def __init__(self, store: Store, table: Table | None = None, tls: ssl.SSLContext | None = None) -> None:
        self.table: dict[str, Answer] = dict(table or {})
        self.keys: set[str] = set()
        self.bodies: dict[str, str] = {}
        self.s3 = store.s3
        self.port = free_port()
        self.away, self.tls = False, tls
        self._server = Server(("127.0.0.1", self.port), handler(self, f"http://127.0.0.1:{store.port}"))
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def answer(self, method: str, target: str, authorization: str) -> Answer | None:
        key = re.search("Credential=([^/]*)/", authorization)
        if self.keys and (key is None or key[1] not in self.keys):
            return UNKNOWN_KEY if method != "HEAD" else Answer(403)
        return self.table.get(operation(method, target))

    def remove(self) -> None:
        self.table.clear()
        self._server.shutdown()
        self._server.server_close()


def handler(store: RefusingStore, upstream: str) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            if store.away:
                self.close_connection = True
                return None
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            store.bodies[operation(self.command, self.path)] = body.decode("latin-1")
            said = store.answer(self.command, self.path, self.headers.get("Authorization", ""))
            if said is SILENCE:
                while said is store.answer(self.command, self.path, self.headers.get("Authorization", "")):
                    time.sleep(0.05)
                self.close_connection = True
                return None
            if said is None:
                headers = {name: value for name, value in self.headers.items() if name.lower() not in ("host", "expect", "connection")}
                got = requests.request(self.command, upstream + self.path, data=body, headers=headers, allow_redirects=False, timeout=60)
                length = got.headers.get("Content-Length", "0") if self.command == "HEAD" else str(len(got.content))
                return self._send(got.status_code, got.content, {**got.headers, "Content-Length": length})
            self.close_connection = "Content-Length" in said.headers  # where it promises more than there is
            return self._send(said.status, said.body.encode(), {"Content-Length": str(len(said.body.encode())), **said.headers})

        def _send(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
            self.send_response_only(status)
            for name, value in headers.items():
                if name.lower() not in ("transfer-encoding", "connection", "content-encoding"):
                    self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    for method in ("GET", "PUT", "POST", "DELETE", "HEAD"):
        setattr(Handler, f"do_{method}", Handler._serve)
    return Handler
