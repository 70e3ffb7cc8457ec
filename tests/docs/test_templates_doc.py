"""docs/devices.md: the table of templates says what the templates say."""

from __future__ import annotations

from typing import Any

from edge.devices.modbus_counter import shelf
from edge.devices.modbus_counter.templates import Area, Confidence, Known, Template, filled
from tests.docs.pages import page, rows, section

KNOWN = [Confidence.SECONDARY, Confidence.DOCUMENTED, Confidence.CAPTURED]
"""The weaker first."""


def row(name: str) -> list[str]:
    template = shelf.template(name)
    models = ", ".join([template.model, *template.also])
    registers = ", ".join(f"`{area.name}{area.first}`{reach(area)}" for area in template.area)
    return [f"`{name}`", f"{template.maker} {models}", registers, surest(template), to_find(template), power(template)]


def reach(area: Area) -> str:
    if area.count == 1:
        return ""
    return " and up" if area.count is None else f" to `{area.name}{area.first + area.count - 1}`"


def surest(template: Template) -> str:
    """How surely its first registers are known: no more than the weakest of what is known."""
    area = template.area[0]
    parts: list[Known[Any] | None] = [area.function, area.address, area.words, area.word_order]
    known = [part.confidence for part in parts if part is not None and part.confidence is not Confidence.UNKNOWN]
    return min(known, key=KNOWN.index).value


def to_find(template: Template) -> str:
    """What the section has to say before its first registers count."""
    area = template.area[0]
    address = area.address_of(area.first)
    unsure = filled({"address": 0} if address is None else {"register": f"{area.name}{area.first}"}, template).unsure
    return ", ".join(f"`{key}`" for key in (*(["address"] if address is None else []), *unsure))


def power(template: Template) -> str:
    lost = template.power_loss
    said = {"setting": "by its setting", "model": "by its model", None: ""}.get(lost.value, str(lost.value))
    return f"{said}, not verified" if said and lost.confidence is Confidence.UNKNOWN else said


def test_the_table_of_templates_says_what_the_templates_say():
    assert list(rows(section(page("devices.md"), "Templates"))) == [row(name) for name in shelf.names()]
