"""A CSV file as an answer; its content is made by the service."""

from __future__ import annotations

from flask import Response


def as_csv(name: str, body: bytes) -> Response:
    """`name` is the server's own, ASCII."""
    response = Response(body, content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
