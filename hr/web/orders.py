"""Orders and where they run, prices and their versions, machines and shifts. A form is a file of one or two lines."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from hr.pay.terms.changes import PriceChange
from hr.people.clearances import Validity
from hr.people.csv_import import BadFile, Kind
from hr.people.records import CLOSED, OPEN, OrderView, PriceView
from hr.people.rejected import Rejected
from hr.web.context import service
from hr.web.forms import WHY, errors_of, field, file_of, reason, save_rows, wanted_text
from hr.web.price_words import price_modes
from hr.web.rerating import changes_page, only_looks
from sync.wire.reference_data import Machine

log = logging.getLogger(__name__)
blueprint = Blueprint("orders", __name__, url_prefix="/orders")

ORDER_FIELDS = ("order", "product", "product_name", "operation", "operation_name", "quantity", "pieces_per_count")
PRICE_FIELDS = ("product", "product_name", "operation", "operation_name", "price", "valid_from")
PRICE_MORE = ("price_per", "mode", "bands", "quota", "base", "per")


@dataclass(frozen=True)
class Priced:
    """One kind of work, the price in force today, other versions (newest first), and whether an open order needs it."""

    product: str
    product_name: str
    operation: str
    operation_name: str
    in_force: PriceView | None
    others: tuple[PriceView, ...]
    ordered: bool


def priced_work(prices: Iterable[PriceView], orders: Iterable[OrderView], today: str) -> list[Priced]:
    """Every product and operation that has a price or an order, those without a price first."""
    versions: dict[tuple[str, str], list[PriceView]] = {}
    names: dict[tuple[str, str], tuple[str, str]] = {}
    ordered: set[tuple[str, str]] = set()
    for order in orders:
        key = (order.product, order.operation)
        versions.setdefault(key, [])
        names[key] = (order.product_name, order.operation_name)
        if order.state == OPEN:
            ordered.add(key)
    for price in prices:
        key = (price.product, price.operation)
        versions.setdefault(key, []).append(price)
        names[key] = (price.product_name, price.operation_name)
    work = [_priced(key, names[key], found, key in ordered, today) for key, found in versions.items()]
    return sorted(work, key=lambda each: (each.in_force is not None, each.product, each.operation))


def _priced(
    key: tuple[str, str], names: tuple[str, str], versions: list[PriceView], ordered: bool, today: str
) -> Priced:
    newest_first = sorted(versions, key=lambda each: each.valid_from, reverse=True)
    now = next((each for each in newest_first if each.valid_from <= today), None)
    others = tuple(each for each in newest_first if each is not now)
    return Priced(key[0], names[0], key[1], names[1], now, others, ordered)


# --- orders -----------------------------------------------------------------------------------------


@blueprint.route("/")
def listed() -> ResponseReturnValue:
    edited = _order(request.args.get("edit", ""))
    return _orders_page(_order_values(edited) if edited else {"pieces_per_count": "1"}, edited)


@blueprint.post("/")
def save_order() -> ResponseReturnValue:
    values = {name: field(request.form, name) for name in ORDER_FIELDS}
    known = _order(values["order"])
    if (known is None) == bool(request.form.get("known")):
        return _orders_page(
            values, None, {"order": gettext("This order number is taken already: edit that order")}
        ), 422
    place = {"machine": (known.machine or "") if known else "", "state": known.state if known else OPEN}
    try:
        save_rows(Kind.ORDERS, [values | place])
    except BadFile as error:
        return _orders_page(values, known, errors_of(error)), 422
    return _done(gettext("Order %(order)s is saved.", order=values["order"]), "orders.listed")


@blueprint.post("/switch")
def switch() -> ResponseReturnValue:
    """Puts an order on a machine; the one that ran there waits without a machine and keeps what it made."""
    machine, chosen = field(request.form, "machine"), _order(field(request.form, "order"))
    if chosen is None:
        return _move([], "")
    there = (each for each in service().catalogue.orders() if each.machine == machine and each.state == OPEN)
    running = [each for each in there if each.id != chosen.id]
    moves = [*(replace(each, machine=None) for each in running), replace(chosen, machine=machine, state=OPEN)]
    return _move(moves, gettext("The order of the machine is switched. The kiosk counts for it within a minute."))


@blueprint.post("/state")
def set_state() -> ResponseReturnValue:
    order, closed = _order(field(request.form, "order")), request.form.get("state") == CLOSED
    moves = [replace(order, machine=None, state=CLOSED if closed else OPEN)] if order else []
    return _move(moves, gettext("The order is closed.") if closed else gettext("The order is open again."))


def _move(moves: Sequence[OrderView], message: str) -> ResponseReturnValue:
    if not moves:
        flash(gettext("Choose an order."), "stop")
        return redirect(url_for("orders.listed"))
    try:
        save_rows(
            Kind.ORDERS, [_order_values(each) | {"machine": each.machine or "", "state": each.state} for each in moves]
        )
    except BadFile as error:
        flash(wanted_text(error.problems[0].wanted), "stop")
        return redirect(url_for("orders.listed"))
    return _done(message, "orders.listed")


def _orders_page(values: Mapping[str, str], edited: OrderView | None, errors: Mapping[str, str] | None = None) -> str:
    orders = service().catalogue.orders()
    return render_template(
        "hr/orders.html",
        machines=service().catalogue.machines(),
        running={order.machine: order for order in orders if order.machine and order.state == OPEN},
        open_orders=[order for order in orders if order.state == OPEN],
        waiting_orders=[order for order in orders if order.state == OPEN and not order.machine],
        closed_orders=[order for order in orders if order.state == CLOSED],
        values=values,
        edited=edited,
        errors=errors or {},
    )


def _order(identifier: str) -> OrderView | None:
    return next((order for order in service().catalogue.orders() if order.id == identifier), None)


def _order_values(order: OrderView) -> dict[str, str]:
    return {
        "order": order.id,
        "product": order.product,
        "product_name": order.product_name,
        "operation": order.operation,
        "operation_name": order.operation_name,
        "quantity": str(order.quantity),
        "pieces_per_count": str(order.pieces_per_count),
    }


# --- prices -----------------------------------------------------------------------------------------


@blueprint.route("/prices")
def prices() -> ResponseReturnValue:
    product, operation = request.args.get("product", ""), request.args.get("operation", "")
    return _prices_page({"product": product, "operation": operation, "valid_from": service().office.today()})


@blueprint.post("/prices")
def save_price() -> ResponseReturnValue:
    values = {name: field(request.form, name) for name in (*PRICE_FIELDS, *PRICE_MORE)}
    back = url_for("orders.prices", product=values["product"], operation=values["operation"])
    why = field(request.form, WHY)
    try:
        if only_looks():
            return changes_page(PriceChange(file_of([values])), back, values, why)
        save_rows(Kind.PRICES, [values], reason(request.form))
    except (BadFile, Rejected) as error:
        return _prices_page(values | {WHY: why}, errors_of(error)), 422
    message = gettext(
        "The price holds from %(date)s on; lines of those days are computed with it at once.", date=values["valid_from"]
    )
    return _done(message, "orders.prices")


def _prices_page(values: Mapping[str, str], errors: Mapping[str, str] | None = None) -> str:
    work = priced_work(service().catalogue.prices(), service().catalogue.orders(), service().office.today())
    return render_template("hr/prices.html", work=work, values=values, errors=errors or {}, modes=price_modes())


# --- machines and shifts ----------------------------------------------------------------------------


@blueprint.route("/machines")
def machines() -> ResponseReturnValue:
    edited = next((each for each in service().catalogue.machines() if each.id == request.args.get("edit")), None)
    return _machines_page(_machine_values(edited) if edited else {"operators": "1"})


@blueprint.post("/machines")
def save_machine() -> ResponseReturnValue:
    values = {name: field(request.form, name) for name in ("machine", "name", "operators", "needs")}
    try:
        save_rows(Kind.MACHINES, [values])
    except BadFile as error:
        return _machines_page(values, errors_of(error)), 422
    return _done(
        gettext("%(name)s is saved. The kiosks know it within a minute.", name=values["name"]), "orders.machines"
    )


def _machines_page(values: Mapping[str, str], errors: Mapping[str, str] | None = None) -> str:
    running = {order.machine: order for order in service().catalogue.orders() if order.machine and order.state == OPEN}
    machines = service().catalogue.machines()
    return render_template(
        "hr/machines.html",
        machines=machines,
        running=running,
        cleared={each.id: _cleared(each) for each in machines if each.needs},
        values=values,
        errors=errors or {},
    )


def _machine_values(machine: Machine) -> dict[str, str]:
    return {
        "machine": machine.id,
        "name": machine.name,
        "operators": str(machine.operators),
        "needs": ";".join(machine.needs),
    }


def _cleared(machine: Machine) -> int:
    """How many people have everything the machine needs today."""
    today = service().office.today()
    held: dict[str, set[str]] = {}
    for each in service().people.clearances():
        if each.validity(today) in (Validity.VALID, Validity.ENDING):
            held.setdefault(each.person, set()).add(each.kind)
    return sum(set(machine.needs) <= kinds for kinds in held.values())


@blueprint.route("/shifts")
def shifts() -> ResponseReturnValue:
    return _shifts_page({}, {})


@blueprint.post("/shifts")
def save_shift() -> ResponseReturnValue:
    values = {name: field(request.form, name) for name in ("shift", "name", "start", "end", "overtime_min")}
    try:
        if service().attendance.shift_rules.one(values["shift"]) is not None:
            raise Rejected("shift", values["shift"], "a number that no shift has: a change is typed on its own page")
        save_rows(Kind.SHIFTS, [values])
    except (BadFile, Rejected) as error:
        return _shifts_page(values, errors_of(error)), 422
    return _done(
        gettext("%(name)s is saved. The kiosks know it within a minute.", name=values["name"]), "orders.shifts"
    )


def _shifts_page(values: Mapping[str, str], errors: Mapping[str, str]) -> str:
    """Each with its times today, and its next change; None without one."""
    today = date.fromisoformat(service().office.today())
    known = [each.since(today) for each in service().catalogue.shifts()]
    listed = [(each, next(iter(each.changes), None)) for each in sorted(known, key=lambda each: each.start_min)]
    return render_template("hr/shifts.html", shifts=listed, values=values, errors=errors)


def _done(message: str, endpoint: str) -> ResponseReturnValue:
    log.info("reference data was changed at %s", endpoint)
    flash(message)
    return redirect(url_for(endpoint))
