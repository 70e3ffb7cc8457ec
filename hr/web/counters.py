"""Why one count is one piece: the proofs that electricians and witnesses have signed."""

from __future__ import annotations

from flask import Blueprint, abort, render_template
from flask.typing import ResponseReturnValue

from hr.web.context import service

blueprint = Blueprint("counters", __name__, url_prefix="/counters")


@blueprint.route("/")
def listed() -> ResponseReturnValue:
    return render_template("hr/counters.html", commissionings=service().pay.commissionings(), machine_names=_machines())


@blueprint.route("/<device>/<int:epoch>/<int:seq>")
def one(device: str, epoch: int, seq: int) -> ResponseReturnValue:
    place = (device, epoch, seq)
    wanted = next(
        (each for each in service().pay.commissionings() if (each.device, each.epoch, each.seq) == place), None
    )
    if wanted is None:
        abort(404)
    return render_template("hr/counter.html", proven=wanted, machine_names=_machines())


def _machines() -> dict[str, str]:
    return {machine.id: machine.name for machine in service().catalogue.machines()}
