"""What every page shares: security headers, sessions, CSRF, languages, formats, style sheets and macros.

`prepare` makes a Flask app one of ours. An app adds its own catalogues with `translations` and its own pages;
it finds the macros under `pages/macros.html` and the style sheets under `/shared/`.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Collection
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from flask import Blueprint, Flask, Response, abort, redirect, render_template, request, session
from flask_babel import Babel, get_locale
from markupsafe import Markup, escape
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from pages import formats

LANGUAGES = ("zh", "en", "vi")
HTML_LANG = {"zh": "zh-CN", "en": "en", "vi": "vi"}
SHARED_TRANSLATIONS = Path(__file__).parent / "translations"

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}
MAX_BODY_BYTES = 2_000_000
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def prepare(
    app: Flask,
    *,
    secret: bytes,
    default_language: str,
    translations: Path,
    timezone: str,
    exempt: Collection[str] = (),
    listen: str | None = None,
    https: bool = False,
) -> None:
    """Gives `app` everything this module promises.

    `exempt` names the endpoints whose POSTs carry a signature of their own instead of a session.
    `listen` ("host:port"), when known, limits the Host header to that host and loopback.
    `https` keeps the session cookie off plain connections.
    """
    from pages.catalogues import compile_stale  # here, so that `python -m pages.catalogues` runs it only once

    app.secret_key = secret
    app.config.update(
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Strict",
        SESSION_COOKIE_SECURE=https,
        MAX_CONTENT_LENGTH=MAX_BODY_BYTES,
        BABEL_DEFAULT_LOCALE=default_language,
        BABEL_DEFAULT_TIMEZONE=timezone,
        BABEL_TRANSLATION_DIRECTORIES=f"{translations};{SHARED_TRANSLATIONS}",
    )
    if listen is not None:
        app.config["TRUSTED_HOSTS"] = [listen.rpartition(":")[0].strip("[]"), "localhost", "127.0.0.1", "[::1]"]
    compile_stale([translations, SHARED_TRANSLATIONS])
    Babel(app, locale_selector=lambda: session.get("language", default_language))
    app.register_blueprint(
        Blueprint("shared", __name__, static_folder="static", static_url_path="/shared", template_folder="templates")
    )
    app.add_url_rule("/language/<language>", "language", _set_language)
    app.before_request(lambda: _refuse_foreign_posts(frozenset(exempt)))
    app.after_request(_add_headers)
    app.register_error_handler(HTTPException, _error_page)
    app.jinja_env.filters.update(formats.filters(ZoneInfo(timezone)))
    app.jinja_env.globals.update(
        csrf_token=csrf_token, csrf_field=csrf_field, language=language, html_lang=html_lang, languages=LANGUAGES
    )


def language() -> str:
    """The language of the page being made: zh, en or vi."""
    locale = get_locale()
    return str(locale.language) if locale else "en"


def html_lang() -> str:
    """The same for the `lang` attribute, where Chinese needs its script."""
    return HTML_LANG.get(language(), "en")


# --- CSRF -----------------------------------------------------------------------------------------


def csrf_token() -> str:
    """The session's token, made at its first use."""
    if "csrf" not in session:
        session["csrf"] = secrets.token_urlsafe(24)
    return str(session["csrf"])


def csrf_field() -> Markup:
    """What every form that posts must hold."""
    return Markup('<input type="hidden" name="csrf" value="{}">').format(escape(csrf_token()))


def _refuse_foreign_posts(exempt: frozenset[str]) -> None:
    """A POST must come from a page of ours and prove it twice: by the browser's header and by the session's token."""
    # An address that is not there runs nothing.
    if request.method in SAFE_METHODS or request.endpoint is None or request.endpoint in exempt:
        return
    given, wanted = request.form.get("csrf", ""), session.get("csrf", "")
    if not (_same_origin() and wanted and hmac.compare_digest(given.encode(), wanted.encode())):
        abort(403)


def _same_origin() -> bool:
    """Browsers send Sec-Fetch-Site to secure origins and loopback only, Origin with every POST; one must be there."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    return urlsplit(request.headers.get("Origin", "")).netloc == request.host


# --- responses ------------------------------------------------------------------------------------


def _add_headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.endpoint is None or not request.endpoint.endswith("static"):
        response.headers.setdefault("Cache-Control", "no-store")
    return response


def _error_page(error: HTTPException) -> AnyResponse | tuple[str, int]:
    """A page in the person's language instead of the framework's; redirects pass through."""
    if error.code is None or error.code < 400:
        return error.get_response()
    return render_template("pages/error.html", code=error.code), error.code


def _set_language(language: str) -> AnyResponse:
    """Remembers the language of this browser and goes back to the local page `next`."""
    if language not in LANGUAGES:
        abort(404)
    session["language"] = language
    return redirect(local_path(request.args.get("next", "/")))


def local_path(path: str) -> str:
    """`path` when it stays on this server, else "/"."""
    parts = urlsplit(path)
    clean = path.isprintable() and "\\" not in path
    if clean and path.startswith("/") and not path.startswith("//") and not parts.scheme and not parts.netloc:
        return path
    return "/"


__all__ = ["LANGUAGES", "csrf_field", "csrf_token", "html_lang", "language", "local_path", "prepare"]
