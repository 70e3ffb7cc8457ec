"""Where the templates lie, and how a section gets what it leaves out from the one it names."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from edge.devices.modbus_counter import templates
from edge.devices.modbus_counter.templates import Misfit, Template
from settings import Contradiction

SUFFIX = ".toml"


def _folder() -> Traversable:
    return files("edge.devices.modbus_counter") / "templates"


@cache
def names() -> list[str]:
    return sorted(each.name.removesuffix(SUFFIX) for each in _folder().iterdir() if each.name.endswith(SUFFIX))


def template(name: str) -> Template:
    """KeyError when there is none of this name."""
    if name not in names():
        raise KeyError(name)
    return templates.parse((_folder() / f"{name}{SUFFIX}").read_text("utf-8"))


def filled(section: dict[str, Any]) -> dict[str, Any]:
    """The section with the fields of its template, and with what nobody knows of them in `unproven`.

    Contradiction when there is no such template, or the two do not go together.
    """
    name = section.get("template")
    if name is None:
        if "register" in section:
            raise Contradiction("register", repr(section["register"]), "an address, or a template that knows registers")
        return section
    try:
        found = templates.filled(section, template(name))
    except KeyError as unknown:
        raise Contradiction("template", repr(name), f"one of {', '.join(names())}") from unknown
    except Misfit as misfit:
        raise Contradiction(misfit.key, misfit.got, misfit.wanted) from misfit
    said = section.get("unproven", [])
    if not isinstance(said, list):
        return {**found.settings}  # the schema says what is wrong with it
    return {**found.settings, "unproven": [*said, *(each for each in found.unsure if each not in said)]}


def area_without_holes(name: str, register: str | None) -> str | None:
    """Names the area that a register is in, where all registers between two of its counters exist; else None."""
    area = template(name).area_of(register) if register is not None else None
    if area is None or area.words.value is None or area.words.value < area.step:
        return None
    return f"{name} {area.name}{area.first}"
