"""Sessions that no clock ends: for pages of a box, whose wall clock may be set at any moment.

Flask's own cookie carries the wall time it was made at, and one from the future, or older than a month, is thrown away.
Here the server's own table says who is logged in, and machine time ends it.
"""

from __future__ import annotations

from flask import Flask, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask.wrappers import Request
from itsdangerous import BadSignature


class AgelessSessions(SecureCookieSessionInterface):
    """The signature counts, the age does not. What was set over TLS is sent over TLS alone."""

    def get_cookie_secure(self, app: Flask) -> bool:
        return request.is_secure or super().get_cookie_secure(app)

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        serializer = self.get_signing_serializer(app)
        if serializer is None:
            return None
        cookie = request.cookies.get(self.get_cookie_name(app))
        try:
            return self.session_class(serializer.loads(cookie) if cookie else None)
        except BadSignature:
            return self.session_class()
