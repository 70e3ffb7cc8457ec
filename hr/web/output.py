"""What was counted on one day, who owns it, and what supervisors sealed, by order: pieces, not money."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from hr.pay.rules.lines import WageLine
from hr.web.context import service
from hr.web.dates import date_or, shifted

blueprint = Blueprint("output", __name__)


@dataclass(frozen=True)
class OrderOutput:
    """The sealed lines of one order on one day, with their sums."""

    order: str
    lines: tuple[WageLine, ...]

    @property
    def counted(self) -> int:
        return sum(line.counted for line in self.lines)

    @property
    def good(self) -> int:
        return sum(line.good for line in self.lines)

    @property
    def scrap_labour(self) -> int:
        return sum(line.scrap_labour for line in self.lines)

    @property
    def scrap_material(self) -> int:
        return sum(line.scrap_material for line in self.lines)

    @property
    def rework(self) -> int:
        return sum(line.rework for line in self.lines)

    @property
    def adjustment(self) -> int:
        return sum(line.adjustment for line in self.lines)


def by_order(lines: Iterable[WageLine]) -> list[OrderOutput]:
    grouped: dict[tuple[str, str, str], list[WageLine]] = {}
    for line in sorted(lines, key=lambda each: (each.order, each.person_number, each.seq)):
        grouped.setdefault((line.order, line.product, line.operation), []).append(line)
    return [OrderOutput(key[0], tuple(group)) for key, group in grouped.items()]


@blueprint.route("/output")
def of_day() -> ResponseReturnValue:
    date = date_or(request.args.get("date"), service().office.today())
    return render_template(
        "hr/output.html",
        orders=by_order(service().pay.lines(date, date)),
        day=service().pay.output(date),
        states=service().pay.state_changes(date),
        machine_names={machine.id: machine.name for machine in service().catalogue.machines()},
        date=date,
        before=shifted(date, -1),
        after=shifted(date, 1),
    )
