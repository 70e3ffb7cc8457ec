"""A whole simulated factory for the tests of its panel, with no product behind it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient

from simulators.network import NetworkSwitch
from simulators.panel import Factory, Links, Place, create_panel
from simulators.plant import COUNTERS, load_plant
from simulators.plc import SimulatedPlc
from simulators.rdm6300 import SimulatedReader
from simulators.samv import SimulatedIdCardReader

LINKS = Links("http://127.0.0.1:1/", "http://127.0.0.1:1/line", "http://127.0.0.1:2/", (("renshi", "let-me-in"),))
SECRET = b"a secret that only the tests know"


class FactTime:
    """A clock that a test turns by hand, microseconds since 1970."""

    def __init__(self) -> None:
        self.us = 1_795_392_000_000_000

    def __call__(self) -> int:
        return self.us


@contextmanager
def factory_in(folder: Path, now: FactTime, language: str = "zh") -> Iterator[Factory]:
    plant = load_plant(language)
    titles = {row.machine: row.name for row in plant.machines}
    gate = "一号门" if language == "zh" else "Gate 1"
    with ExitStack() as stack:

        def reader(name: str) -> SimulatedReader:
            return stack.enter_context(SimulatedReader(folder / name, pause=lambda _: None))

        yield Factory(
            plant=plant,
            places=(
                Place(
                    "gate",
                    gate,
                    reader("gate"),
                    screen_url="http://127.0.0.1:1/station/gate",
                    cards=stack.enter_context(SimulatedIdCardReader(folder / "id-cards")),
                ),
                Place("press", titles["M03"], reader("press"), machine="M03"),
            ),
            plcs={name: stack.enter_context(SimulatedPlc(spec, now)) for name, spec in COUNTERS.items()},
            network=stack.enter_context(NetworkSwitch("127.0.0.1", 9)),
            now_us=now,
        )


class Visitor:
    """A browser in front of the panel that sends what a form of the page would send."""

    def __init__(self, factory: Factory, language: str = "zh") -> None:
        self.client: FlaskClient = create_panel(factory, LINKS, secret=SECRET, language=language).test_client()
        self.page = self.get("/")

    def get(self, path: str) -> str:
        return self.client.get(path).get_data(as_text=True)

    def live(self) -> dict[str, Any]:
        answer: dict[str, Any] = self.client.get("/live.json").get_json()
        return answer

    def post(self, path: str, **fields: str) -> int:
        with self.client.session_transaction() as session:
            token = session["csrf"]
        headers = {"Sec-Fetch-Site": "same-origin"}
        return self.client.post(path, data={"csrf": token, **fields}, headers=headers).status_code
