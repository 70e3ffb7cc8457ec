"""Serving on waitress: loopback only, a free port on request, a clean stop."""

import os
import signal
import socket
import subprocess
import sys
import threading
import urllib.request

import pytest
from flask import Flask

from pages.serve import AddressTaken, BadAddress, Server, UnsafeBinding, serve, split_listen

# What a signal's handler says goes past the buffers: the print that it interrupts may still hold them.
PROGRAM = """
import os
from flask import Flask
from pages.serve import serve
app = Flask("probe")
app.add_url_rule("/", "home", lambda: "here")
serve(app, "127.0.0.1:0", 2, lambda url: print(url, flush=True), lambda: os.write(1, b"stopping\\n"))
"""


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.20", "kiosk.local", "::"])
def test_it_refuses_to_bind_the_network_without_tls(host):
    with pytest.raises(UnsafeBinding, match="without TLS"):
        serve(Flask("probe"), f"[{host}]:0" if ":" in host else f"{host}:0", 1)


@pytest.mark.parametrize("listen", ["", "8070", "127.0.0.1:", "127.0.0.1:http", "127.0.0.1:99999"])
def test_a_malformed_address_is_said(listen):
    with pytest.raises(BadAddress, match="wanted host:port"):
        split_listen(listen)


def test_a_free_port_is_taken_and_told():
    app = Flask("probe")
    app.add_url_rule("/", "home", lambda: "here")
    server = Server(app, "127.0.0.1:0", 1)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        with urllib.request.urlopen(server.url, timeout=5) as answer:
            assert answer.read() == b"here"
    finally:
        server.stop()
        thread.join(5)
    assert not thread.is_alive()


def test_a_taken_port_is_an_error():
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(AddressTaken, match="in use"):
        serve(Flask("probe"), f"127.0.0.1:{taken.getsockname()[1]}", 1)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly(number):
    with subprocess.Popen([sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("http://127.0.0.1:")
        os.kill(process.pid, number)
        output, _ = process.communicate(timeout=10)
    assert process.returncode == 0
    assert "stopping" in output
