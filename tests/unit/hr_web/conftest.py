"""The factory of `plant.py`, served: once for tests that only look, anew for tests that change something."""

from __future__ import annotations

import re
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from hr.config import Server
from hr.service import HrService
from hr.web import create_app
from tests.unit.hr_web import plant
from tests.unit.hr_web.plant import Factory

SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}


@dataclass
class Desk:
    """A browser at HR's desk: it follows redirects and sends the token that every form holds."""

    client: FlaskClient

    def get(self, path: str) -> TestResponse:
        return self.client.get(path, follow_redirects=True)

    def text(self, path: str) -> str:
        """The page as words: no tags, one space between them."""
        answer = self.get(path)
        assert answer.status_code == 200, path
        return words(answer)

    def post(self, path: str, **fields: Any) -> TestResponse:
        with self.client.session_transaction() as session:
            fields.setdefault("csrf", session.get("csrf", ""))
        return self.client.post(path, data=fields, headers=SAME_ORIGIN, follow_redirects=True)

    def log_in(self, user: str = plant.USER, password: str = plant.PASSWORD) -> TestResponse:
        self.client.get("/log-in")
        return self.post("/log-in", user=user, password=password)

    def speak(self, language: str) -> None:
        self.client.get(f"/language/{language}")


def words(answer: TestResponse) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


def app_of(service: HrService, language: str = "en", **options: Any) -> Flask:
    settings = msgspec.convert({"database": "", "keys": "", "language": language}, Server)
    app = create_app(service, settings, **options)
    app.testing = True
    return app


def desk_of(service: HrService, language: str = "en", user: str = plant.USER) -> Desk:
    """As after logging in, which test_log_in.py does with the password."""
    desk = Desk(app_of(service, language).test_client())
    with desk.client.session_transaction() as session:
        session.update(user=user, csrf=secrets.token_urlsafe())
    return desk


@pytest.fixture(scope="session")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Factory]:
    """For looking only."""
    factory = plant.build(tmp_path_factory.mktemp("plant"))
    yield factory
    factory.engine.dispose()


@pytest.fixture(scope="session")
def desk(shown: Factory) -> Desk:
    """Logged in, for looking only."""
    return desk_of(shown.service)


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Factory]:
    """Built once and closed: a file to copy."""
    folder = tmp_path_factory.mktemp("built")
    factory = plant.build(folder)
    factory.engine.dispose()
    return folder, factory


@pytest.fixture
def factory(tmp_path: Path, built: tuple[Path, Factory]) -> Iterator[Factory]:
    """One's own, to change."""
    folder, original = built
    shutil.copy(folder / plant.DATABASE, tmp_path)
    factory = plant.reopened(original, tmp_path)
    yield factory
    factory.engine.dispose()


@pytest.fixture
def own_desk(factory: Factory) -> Desk:
    return desk_of(factory.service)
