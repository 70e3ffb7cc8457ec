"""A walk over HR's pages: every link of a figure is followed, of other links a few for each kind of page."""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from html import unescape
from urllib.parse import parse_qsl, urlsplit

from flask import Flask
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from tests.unit.hr_web.conftest import Desk
from tests.unit.hr_web.figures_of import Figures, address

SAMPLES = 1
"""So many pages of one address pattern and set of arguments, beside those that figures lead to."""

_LINK = re.compile(r'<a\b[^>]*\bhref="([^"]*)"')
_ELSEWHERE = ("static", "language", "account.", "payslip.payslips", "payslip.hours")
"""No pages of figures that open: files, switches, and paper that is printed for seconds."""


@dataclass
class Walk:
    """What was found: the text and the figures of each page by its address, and links that lead to no page."""

    texts: dict[str, str] = field(default_factory=dict)
    pages: dict[str, Figures] = field(default_factory=dict)
    dead: list[str] = field(default_factory=list)
    patterns: dict[object, str] = field(default_factory=dict)
    """The first page of each kind."""


def walk(desk: Desk, begin: Iterable[str], most: int) -> Walk:
    """At most `most` pages, from `begin` on."""
    found, seen = Walk(), Counter[object]()
    app = desk.client.application
    # A page that fails is to be named with its address, not to end the walk.
    app.config["PROPAGATE_EXCEPTIONS"] = False
    waiting = deque((path, "", True) for path in begin)
    while waiting and len(found.texts) < most:
        path, source, is_figure = waiting.popleft()
        if path in found.pages or path.startswith("http"):
            continue
        pattern = pattern_of(app, path)
        if pattern is None:
            found.dead.append(f"{source}: {path} is no address")
            continue
        seen[pattern] += 1
        if pattern[0].startswith(_ELSEWHERE) or (seen[pattern] > SAMPLES and not is_figure):
            continue
        answer = desk.get(path)
        if answer.status_code != 200:
            found.dead.append(f"{source}: {path} answers {answer.status_code}")
        if answer.status_code != 200 or answer.mimetype != "text/html":
            continue
        found.texts[path] = answer.text
        found.patterns.setdefault(pattern, path)
        figures = found.pages[path] = Figures(answer.text)
        waiting.extend((address(path, each.href), path, True) for each in figures.openings)
        links = (address(path, unescape(each)) for each in _LINK.findall(answer.text))
        waiting.extend((each, path, False) for each in links)
    return found


def pattern_of(app: Flask, path: str) -> tuple[str, tuple[str, ...]] | None:
    """The endpoint and the names of the arguments; None where there is no page."""
    parts = urlsplit(path)
    try:
        endpoint, _values = app.url_map.bind("localhost").match(parts.path, method="GET")
    except RequestRedirect as redirected:
        return pattern_of(app, urlsplit(redirected.new_url)._replace(scheme="", netloc="").geturl())
    except HTTPException:
        return None
    return endpoint, tuple(sorted(name for name, _value in parse_qsl(parts.query)))
