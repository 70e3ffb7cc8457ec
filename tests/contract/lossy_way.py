"""A way to an HTTP server that can be cut, and on which the answers to writes can be lost."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import requests

Meddle = Callable[[str, str], tuple[int, bytes] | None]
"""Given method and path, after the server has done it: another answer, or none at all by raising ConnectionError."""


class LossyWay:
    """`url` leads to the server. `after` is called for each answer before it goes back."""

    def __init__(self, server: str) -> None:
        self.after: Meddle = lambda method, path: None
        self.asked: list[tuple[str, str]] = []
        way = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                headers = {name: value for name, value in self.headers.items() if name.lower() != "host"}
                way.asked.append((self.command, self.path))
                done = requests.request(self.command, server + self.path, data=body, headers=headers, timeout=30)
                try:
                    status, content = way.after(self.command, self.path) or (done.status_code, done.content)
                except ConnectionError:
                    self.close_connection = True
                    return
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_PUT = do_DELETE = do_GET = do_POST

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    @contextmanager
    def open(self) -> Iterator[LossyWay]:
        thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
            thread.join()

    @contextmanager
    def meddling(self, after: Meddle) -> Iterator[None]:
        before, self.after = self.after, after
        try:
            yield
        finally:
            self.after = before
