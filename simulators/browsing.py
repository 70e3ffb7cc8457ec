"""A person at a web page without a browser: opens pages, fills in their own forms, presses their buttons."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

import requests

TIMEOUT_S = 20.0


@dataclass
class Form:
    """A form as the page offers it: where it goes and what it already holds, hidden fields included."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)


class _Forms(HTMLParser):
    """The forms of a page, and where its links go."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: list[str] = []
        self._by_id: dict[str, Form] = {}
        self._open: Form | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "a":
            self.links.append(values.get("href", ""))
        elif tag == "form":
            self._open = Form(values.get("action", ""))
            self.forms.append(self._open)
            self._by_id[values.get("id", "")] = self._open
        elif tag in {"input", "button", "textarea", "select"} and values.get("name"):
            # A control may stand outside its form and name it, as in the rows of a table.
            form = self._by_id.get(values["form"]) if "form" in values else self._open
            if form is not None and (tag != "button" or values.get("value")):
                form.fields.setdefault(values["name"], values.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None


class Visitor:
    """One person's session at one server. Raises requests.RequestException when a page does not answer."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._session = requests.Session()
        self._session.trust_env = False

    def open(self, path: str) -> str:
        """The page's HTML; requests.HTTPError when it refuses."""
        answer = self._session.get(urljoin(self._url, path), timeout=TIMEOUT_S)
        answer.raise_for_status()
        return answer.text

    def download(self, path: str) -> bytes:
        answer = self._session.get(urljoin(self._url, path), timeout=TIMEOUT_S)
        answer.raise_for_status()
        return answer.content

    def forms(self, path: str) -> list[Form]:
        """The forms of a page."""
        parser = _Forms()
        parser.feed(self.open(path))
        return [Form(urljoin(urljoin(self._url, path), each.action or path), each.fields) for each in parser.forms]

    def links(self, path: str) -> list[str]:
        """Where the links of a page go."""
        parser = _Forms()
        parser.feed(self.open(path))
        return parser.links

    def submit(self, form: Form, **values: str) -> str:
        """Presses the form's button with these values filled in; the page that comes."""
        answer = self._session.post(
            form.action, data={**form.fields, **values}, headers={"Origin": self._url}, timeout=TIMEOUT_S
        )
        answer.raise_for_status()
        return answer.text
