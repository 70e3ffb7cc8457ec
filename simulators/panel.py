"""The demo's control panel: a page on which a newcomer holds badges to readers, runs machines and pulls cables.

It acts on the simulators and on nothing else. What comes of it is seen where it is seen in a factory: at the kiosk,
at the supervisor's tablet and at HR.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext, lazy_gettext
from flask_babel.speaklater import LazyString
from werkzeug.wrappers import Response

from pages import prepare
from pages.formats import thousands
from simulators.network import Network, NetworkSwitch
from simulators.plant import NEWCOMER, UNKNOWN_BADGE, Person, Plant
from simulators.plc import SimulatedPlc
from simulators.rdm6300 import SimulatedReader
from simulators.samv import SimulatedIdCardReader

TRANSLATIONS = Path(__file__).parent / "translations"

RATES_PER_MIN = (20, 60, 180)
"""The speeds offered, pieces a minute."""

MAX_RATE_PER_MIN = 600

TEN_PIECES_US = 3_000_000
"""What a commissioning asks for, made in this time."""

NETWORK_WORDS: dict[Network, tuple[LazyString, LazyString]] = {
    Network.PASS: (lazy_gettext("connected"), lazy_gettext("Connect again")),
    Network.CUT: (lazy_gettext("cut"), lazy_gettext("Cut the cable")),
    Network.BLACK_HOLE: (lazy_gettext("swallows everything"), lazy_gettext("Swallow everything")),
    Network.LOST_ANSWER: (lazy_gettext("loses HR's answers"), lazy_gettext("Lose HR's answers")),
    Network.HTML_200: (lazy_gettext("answers with a log-in page"), lazy_gettext("Answer with a log-in page")),
    Network.HTML_401: (lazy_gettext("answers 401"), lazy_gettext("Answer 401")),
    Network.HTML_500: (lazy_gettext("answers 500"), lazy_gettext("Answer 500")),
}


@dataclass(frozen=True)
class Place:
    """Somewhere a badge can be held to a reader; `screen_url` is the station that answers there.

    `cards`: the reader of identity cards beside it, where newcomers are registered.
    """

    name: str
    title: str
    reader: SimulatedReader
    machine: str | None = None
    screen_url: str | None = None
    cards: SimulatedIdCardReader | None = None


@dataclass(frozen=True)
class Links:
    """Where the real pages are, and the users and passwords at HR. The supervisor's number and PIN are the plant's."""

    kiosk: str
    supervisor: str
    hr: str
    hr_accounts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Factory:
    """The simulators that the panel acts on. `now_us` is fact time; `plcs` goes by machine."""

    plant: Plant
    places: tuple[Place, ...]
    plcs: dict[str, SimulatedPlc]
    network: NetworkSwitch
    now_us: Callable[[], int]


@dataclass(frozen=True)
class MachineView:
    """One machine as it is now: what it made, and what its register says of it."""

    name: str
    title: str
    made: int
    register: int
    session: int | None
    rate_per_min: int
    listening: bool
    reads: int
    bits: int
    order: str


def create_panel(
    factory: Factory, links: Links, *, secret: bytes, language: str = "zh", timezone: str = "Asia/Shanghai"
) -> Flask:
    """The page as an app, to be served on loopback by `pages.serve`. Places must have names of their own."""
    app = Flask(__name__)
    prepare(app, secret=secret, default_language=language, translations=TRANSLATIONS, timezone=timezone)
    # Cookies know no ports: without a name of its own this page would log people out of the others on loopback.
    app.config["SESSION_COOKIE_NAME"] = "clockpiece_panel"
    app.register_blueprint(_pages(factory, links))
    app.register_blueprint(_device_actions(factory))
    return app


def machine_views(factory: Factory) -> list[MachineView]:
    """The machines in the plant's order, all at one moment."""
    now_us = factory.now_us()
    return [
        MachineView(
            name=machine.machine,
            title=machine.name,
            made=plc.mill.count_at(now_us),
            register=plc.value_at(now_us),
            session=plc.session_at(now_us),
            rate_per_min=plc.mill.rate_per_min,
            listening=plc.listening,
            reads=plc.reads,
            bits=plc.spec.bits,
            order=_order_text(factory.plant, machine.machine),
        )
        for machine in factory.plant.machines
        if (plc := factory.plcs.get(machine.machine)) is not None
    ]


def _order_text(plant: Plant, machine: str) -> str:
    order = plant.order_at(machine)
    return f"{order.product_name} · {order.operation_name}" if order else ""


def _state(factory: Factory, machines: list[MachineView]) -> str:
    """Changes when anything changes that the live figures do not show, so that an open page knows to load again."""
    parts = [f"{each.name}:{each.rate_per_min}:{each.listening}:{each.session}" for each in machines]
    parts += [f"{place.name}:{place.reader.plugged}" for place in factory.places]
    parts += [f"{place.name}:{place.cards.card_lies}" for place in factory.places if place.cards]
    return " ".join([*parts, factory.network.mode])


def _pages(factory: Factory, links: Links) -> Blueprint:
    pages = Blueprint("panel", __name__)
    plant = factory.plant

    @pages.get("/")
    def index() -> str:
        machines = machine_views(factory)
        return render_template(
            "simulators/panel.html",
            plant=plant,
            links=links,
            places=factory.places,
            at=_place_or_first(factory, request.args.get("at", "")),
            unknown=UNKNOWN_BADGE,
            newcomer=NEWCOMER,
            joins_at=next((place for place in factory.places if place.cards), None),
            machines=machines,
            rates=RATES_PER_MIN,
            network=factory.network,
            network_words=NETWORK_WORDS,
            state=_state(factory, machines),
            first=_first_steps(factory),
        )

    @pages.get("/live.json")
    def live() -> dict[str, Any]:
        """The figures that change by themselves, as they are written in the language of the page."""
        machines = machine_views(factory)
        figures = {}
        for each in machines:
            figures[f"{each.name}.made"] = thousands(each.made)
            figures[f"{each.name}.register"] = thousands(each.register)
            figures[f"{each.name}.reads"] = thousands(each.reads)
        figures["network.up"] = thousands(factory.network.bytes_up)
        figures["network.down"] = thousands(factory.network.bytes_down)
        return {"figures": figures, "state": _state(factory, machines)}

    @pages.post("/tap")
    def tap() -> Response:
        place = _place(factory, request.form.get("at", ""))
        tag, name = _badge(plant, request.form.get("badge", ""))
        if place.reader.tap(tag):
            flash(gettext("%(name)s is held to the reader: %(place)s.", name=name, place=place.title), "held")
        else:
            flash(gettext("The reader is unplugged and has seen nothing: %(place)s.", place=place.title), "unplugged")
        return _back(place.name)

    return pages


def _first_steps(factory: Factory) -> dict[str, Any]:
    """The people, places and machine that the three first steps speak of."""
    machine_places = [place for place in factory.places if place.machine is not None]
    return {
        "worker": factory.plant.workers[0],
        "supervisor": factory.plant.supervisors[0],
        "clock": next((place for place in factory.places if place.machine is None), factory.places[0]),
        "machine": machine_places[0] if machine_places else factory.places[0],
    }


def _device_actions(factory: Factory) -> Blueprint:
    actions = Blueprint("devices", __name__)

    @actions.post("/reader/<name>/<action>")
    def reader(name: str, action: str) -> Response:
        place = _place(factory, name)
        doing = {"plug": place.reader.plug, "unplug": place.reader.unplug}
        doing.get(action, _unknown)()
        return _back()

    @actions.post("/card/<name>/<action>")
    def card(name: str, action: str) -> Response:
        cards = _place(factory, name).cards
        if cards is None:
            abort(404)
        doing = {"lay": lambda: cards.place(NEWCOMER.card), "lift": cards.lift}
        doing.get(action, _unknown)()
        return _back()

    @actions.post("/machine/<name>/<action>")
    def machine(name: str, action: str) -> Response:
        plc = factory.plcs.get(name)
        if plc is None:
            abort(404)
        doing: dict[str, Callable[[], object]] = {
            "run": lambda: plc.mill.run(_rate()),
            "stand": plc.mill.stand,
            "ten": lambda: plc.mill.make(10, TEN_PIECES_US),
            "restart": plc.restart,
            "glitch": lambda: plc.glitch_once(plc.value_at(factory.now_us()) + plc.spec.modulus // 2),
            "offline": plc.offline,
            "online": plc.online,
        }
        try:
            doing.get(action, _unknown)()
        except ValueError:
            flash(gettext("It is making its ten pieces: wait until it stands."), "held")
        return _back()

    @actions.post("/network/<mode>")
    def network(mode: str) -> Response:
        if mode not in list(Network):
            abort(404)
        factory.network.set(Network(mode))
        return _back()

    return actions


def _unknown() -> None:
    abort(404)


def _rate() -> int:
    text = request.form.get("rate", "")
    if not text.isdecimal() or not 1 <= int(text) <= MAX_RATE_PER_MIN:
        abort(400)
    return int(text)


def _place(factory: Factory, name: str) -> Place:
    place = next((place for place in factory.places if place.name == name), None)
    if place is None:
        abort(404)
    return place


def _place_or_first(factory: Factory, name: str) -> Place:
    return next((place for place in factory.places if place.name == name), factory.places[0])


def _badge(plant: Plant, number: str) -> tuple[str, str]:
    """Tag and name for an employee number, or for the words unknown and new."""
    if number == "new":
        return NEWCOMER.badge, gettext("The new badge")
    if number == "unknown":
        return UNKNOWN_BADGE, gettext("A badge nobody knows")
    person: Person | None = {each.number: each for each in plant.people}.get(number)
    if person is None:
        abort(400)
    return plant.tag_of(number), gettext("%(name)s's badge", name=person.name)


def _back(at: str | None = None) -> Response:
    """To the page, at the place where the person stood."""
    return redirect(url_for("panel.index", at=at or request.form.get("at") or None), code=303)
