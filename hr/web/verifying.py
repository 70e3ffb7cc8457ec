"""The page that checks a signed paper, for anybody: the file of docs/verify.html, under a content policy of its own.

Its scripts and styles stand in the file, so that it can be saved and used without a network; the policy names each by
its hash (CSP level 3, hash-source) and lets nothing else run.
"""

from __future__ import annotations

import re
from base64 import b64encode
from functools import cache
from hashlib import sha256
from pathlib import Path

from flask import Blueprint, Response

blueprint = Blueprint("verifying", __name__)

FILE = Path(__file__).with_name("verify.html")
INLINE = re.compile(rb"<(script|style)>(.*?)</\1>", re.DOTALL)


@blueprint.route("/verify")
def page() -> Response:
    content, policy = _served()
    return Response(content, content_type="text/html; charset=utf-8", headers={"Content-Security-Policy": policy})


@cache
def _served() -> tuple[bytes, str]:
    """The file and its policy."""
    content = FILE.read_bytes()
    hashes: dict[bytes, list[str]] = {b"script": [], b"style": []}
    for kind, inline in INLINE.findall(content):
        hashes[kind].append(f"'sha256-{b64encode(sha256(inline).digest()).decode()}'")
    policy = (
        "default-src 'none'",
        f"script-src {' '.join(hashes[b'script'])}",
        f"style-src {' '.join(hashes[b'style'])}",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
    return content, "; ".join(policy)
