"""docs/operations.md: every key, every command, every log line it quotes."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from typing import Any

import click
import msgspec
import pytest

from clockpiece import main
from edge.bootstrap.sections import read_config
from edge.config import BoxConfig, Counter, Reader
from edge.devices import families
from edge.devices.family import CounterFamily, Family
from hr.config import Mail, Server
from sync.connectors import connectors
from sync.connectors.port import Keys
from tests.docs.pages import DOCS, ROOT, code_words, page, rows, section

PAGE = page("operations.md")


def sections_of_the_box() -> Iterator[tuple[str, type[msgspec.Struct]]]:
    """Heading and schema of each part of clockpiece.toml."""
    for field in msgspec.structs.fields(BoxConfig):
        inner = msgspec.inspect.type_info(field.type)
        repeated = isinstance(inner, msgspec.inspect.ListType)
        if isinstance(inner, msgspec.inspect.ListType):
            inner = inner.item_type
        if isinstance(inner, msgspec.inspect.UnionType):
            inner = next(each for each in inner.types if isinstance(each, msgspec.inspect.StructType))
        assert isinstance(inner, msgspec.inspect.StructType)
        yield (f"[[{field.name}]]" if repeated else f"[{field.name}]"), inner.cls


SCHEMAS = [
    *sections_of_the_box(),
    ("[hr] of the server", Server),
    ("[mail] of the server", Mail),
    ("[[system]] of systems.toml", Keys),
]


def default_of(field: msgspec.structs.FieldInfo) -> str:
    """As the page shows it: required, empty for None, else the value as TOML."""
    if field.required:
        return "required"
    value: Any = field.default if field.default is not msgspec.NODEFAULT else field.default_factory()
    return "" if value is None else f"`{json.dumps(value)}`"


@pytest.mark.parametrize(("heading", "schema"), SCHEMAS, ids=[heading for heading, _ in SCHEMAS])
def test_every_key_stands_in_the_page_with_its_default(heading: str, schema: type[msgspec.Struct]):
    described = {cells[0].strip("`"): cells[-1].strip("| ") for cells in rows(section(PAGE, heading))}
    assert described == {field.name: default_of(field) for field in msgspec.structs.fields(schema)}


@pytest.mark.parametrize(("heading", "schema"), SCHEMAS, ids=[heading for heading, _ in SCHEMAS])
def test_every_key_has_a_meaning_and_a_unit(heading: str, schema: type[msgspec.Struct]):
    for cells in rows(section(PAGE, heading)):
        assert len(cells) == 4, cells
        assert cells[1], cells
        assert cells[2], cells


FAMILIES = families()


def own_keys(family: Family) -> list[msgspec.structs.FieldInfo]:
    """What the family adds to the keys that all readers or all counters have."""
    common = Counter if isinstance(family, CounterFamily) else Reader
    return [each for each in msgspec.structs.fields(family.keys) if each.name not in common.__struct_fields__]


@pytest.mark.parametrize("name", sorted(FAMILIES))
def test_the_keys_of_a_family_stand_in_its_own_page_with_their_defaults(name: str):
    text = (ROOT / "edge" / "devices" / name / "README.md").read_text("utf-8")
    table = list(rows(section(text, "Keys"))) if own_keys(FAMILIES[name]) else []
    assert all(len(cells) == 4 and cells[1] and cells[2] for cells in table)
    described = {cells[0].strip("`"): cells[-1].strip("| ") for cells in table}
    assert described == {field.name: default_of(field) for field in own_keys(FAMILIES[name])}


CONNECTORS = connectors()


@pytest.mark.parametrize("name", sorted(CONNECTORS))
def test_the_keys_of_a_connector_stand_in_its_own_page_with_their_defaults(name: str):
    text = (ROOT / "sync" / "connectors" / name / "README.md").read_text("utf-8")
    own = [each for each in msgspec.structs.fields(CONNECTORS[name].keys) if each.name not in Keys.__struct_fields__]
    table = list(rows(section(text, "Keys")))
    assert all(len(cells) == 4 and cells[1] and cells[2] for cells in table)
    assert {cells[0].strip("`"): cells[-1].strip("| ") for cells in table} == {
        each.name: default_of(each) for each in own
    }


def test_the_example_of_a_configuration_is_one(tmp_path):
    file = tmp_path / "clockpiece.toml"
    file.write_text(re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)[0], "utf-8")
    assert read_config(file).box.name == "kiosk-1"


# --- commands -------------------------------------------------------------------------------------


def commands(group: click.Command = main, words: str = "clockpiece") -> Iterator[tuple[str, click.Command]]:
    """Every command that does something, with what is typed for it."""
    if not isinstance(group, click.Group):
        yield words, group
        return
    for name, command in sorted(group.commands.items()):
        if not command.hidden:
            yield from commands(command, f"{words} {name}")


COMMANDS = dict(commands())


def words_of(parameter: click.Parameter) -> list[str]:
    if isinstance(parameter, click.Option):
        return [] if parameter.hidden else [max(parameter.opts, key=len)]
    return [(parameter.name or "").upper()]


@pytest.mark.parametrize("words", COMMANDS)
def test_every_command_stands_in_the_page_with_its_options(words: str):
    described = {cells[0].strip("`"): cells[1] for cells in rows(section(PAGE, "Commands"))}
    wanted = {word for parameter in COMMANDS[words].params for word in words_of(parameter)}
    assert words in described
    assert set(re.findall(r"[A-Z]{3,}|--[a-z-]+", described[words])) == wanted


def test_no_page_names_a_command_that_there_is_not():
    known = {*COMMANDS, *(" ".join(words.split()[:count]) for words in COMMANDS for count in (2, 3))}
    for file in [*DOCS.rglob("*.md"), ROOT / "hr" / "README.md"]:
        for word in code_words(file.read_text("utf-8")):
            found = re.match(r"clockpiece( [a-z]+(?:-[a-z]+)*)( [a-z]+)?", word)
            if found:
                assert found[0] in known or f"clockpiece{found[1]}" in COMMANDS, (file.name, word)


# --- the log --------------------------------------------------------------------------------------


LEVELS = {"debug", "info", "warning", "error", "exception", "log"}


def log_texts() -> set[str]:
    """What every log call of the program says; `log` itself has its level first."""
    texts: set[str] = set()
    for room in ("clockpiece.py", "cli", "edge", "kiosk_ui", "sync", "hr", "pages"):
        files = [ROOT / room] if room.endswith(".py") else (ROOT / room).rglob("*.py")
        for file in files:
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in LEVELS:
                    said = (each.value for each in node.args[:2] if isinstance(each, ast.Constant))
                    texts |= {text for text in said if isinstance(text, str)}
    return texts


def test_every_log_line_the_page_explains_is_one_that_the_program_writes():
    explained = {cells[0].strip("`") for cells in rows(section(PAGE, "What the log says"))}
    assert explained
    assert explained <= log_texts()
