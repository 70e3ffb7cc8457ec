"""How a configuration file becomes a typed value. The schemas live in their rooms; nothing has a silent default.

An unknown key or a bad value refuses to start and names file, key, got and wanted.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from msgspec import inspect

T = TypeVar("T")


class Mendable(Exception):
    """What a person on site can mend; its text is one sentence that says how. The command line exits 2 with it."""


class ConfigError(Mendable):
    """One sentence with the mend: file, key, got, wanted."""

    def __init__(self, file: Path, key: str, got: str, wanted: str) -> None:
        super().__init__(f"{file}: {key}: got {got}, wanted {wanted}")
        self.file, self.key, self.got, self.wanted = file, key, got, wanted


class Contradiction(ValueError):
    """For a schema's `__post_init__`: keys that are each good and do not go together. ConfigError names the file."""

    def __init__(self, key: str, got: str, wanted: str) -> None:
        super().__init__(f"{key}: got {got}, wanted {wanted}")
        self.key, self.got, self.wanted = key, got, wanted


def load(file: Path, schema: type[T]) -> T:
    """ConfigError for a file that cannot be read, is not TOML, or does not fit the schema."""
    return fitted(file, document_of(file), schema)


def document_of(file: Path) -> dict[str, Any]:
    """ConfigError for a file that cannot be read or is not TOML."""
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except OSError as error:
        raise ConfigError(file, "(the file)", error.strerror or str(error), "a readable TOML file") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(file, "(the file)", str(error), "TOML in UTF-8") from error


def fitted(file: Path, document: dict[str, Any], schema: type[T], at: str = "") -> T:
    """What the document says by the schema; `at` is its place when it is only a part of the file. ConfigError."""
    try:
        return msgspec.convert(document, schema)
    except msgspec.ValidationError as error:
        mend = _explained(file, schema, document, error)
        raise ConfigError(file, _joined(at, mend.key), mend.got, mend.wanted) from error


def _explained(file: Path, schema: type, document: dict[str, Any], error: msgspec.ValidationError) -> ConfigError:
    text, _, path = str(error).partition(" - at `$")
    key = path.rstrip("`").lstrip(".")
    if isinstance(error.__cause__, Contradiction):
        found = error.__cause__
        return ConfigError(file, _joined(key, found.key), found.got, found.wanted)
    unknown = re.search(r"unknown field `(.+?)`", text)
    missing = re.search(r"missing required field `(.+?)`", text)
    if unknown:
        name = _joined(key, unknown[1])
        return ConfigError(file, name, _shown(document, name), "a known key (is it misspelt?)")
    if missing:
        return ConfigError(file, _joined(key, missing[1]), "nothing", "a value")
    # TOML has no null: a key that may be left out is one that is not written.
    expected = re.sub(r", got .*$", "", text).removeprefix("Expected ").replace(" | null", "")
    wanted = _choices(schema, key) or expected
    return ConfigError(file, key or "(the file)", _shown(document, key), wanted)


def _choices(schema: type, path: str) -> str:
    """The values allowed at a path, where the schema lists them; msgspec's message does not."""
    found: Any = inspect.type_info(schema)
    for name, _index in _steps(path):
        if isinstance(found, inspect.StructType):
            found = next((field.type for field in found.fields if field.encode_name == name), None)
        elif isinstance(found, inspect.ListType):
            found = found.item_type
        if isinstance(found, inspect.UnionType):
            found = next((each for each in found.types if not isinstance(each, inspect.NoneType)), None)
    return " or ".join(repr(value) for value in found.values) if isinstance(found, inspect.LiteralType) else ""


def _joined(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _steps(path: str) -> list[tuple[str, str]]:
    """`reader[1].port` as (name, index) pairs of which one is empty."""
    return re.findall(r"([^.\[\]]+)|\[(\d+)\]", path)


def _shown(document: Any, path: str) -> str:
    """The value at a path like `reader[1].port`, shortened, for the message."""
    value = document
    for name, index in _steps(path):
        try:
            value = value[int(index)] if index else value[name]
        except (KeyError, IndexError, TypeError):
            return "nothing"
    return repr(value)[:80]
