"""Serves an app on a free port of loopback for the length of a `with` block."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask

from kiosk_ui import live_of
from pages.serve import Server


@contextmanager
def served(app: Flask, threads: int = 8) -> Iterator[str]:
    """The URL; ends the streams, the server and its threads."""
    server = Server(app, "127.0.0.1:0", threads)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield server.url
    finally:
        live_of(app).stop()
        server.stop()
        thread.join(10)
    assert not thread.is_alive()
