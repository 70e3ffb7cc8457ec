"""One value of any message type, every field filled: where a fuzzer begins."""

from __future__ import annotations

from typing import Any

from msgspec import inspect


def example(kind: Any) -> Any:
    """As it is written in JSON."""
    return _of(inspect.type_info(kind))


def examples(union: Any) -> list[Any]:
    """One of each member."""
    found = inspect.type_info(union)
    return [_of(each) for each in (found.types if isinstance(found, inspect.UnionType) else [found])]


def _of(found: inspect.Type) -> Any:
    match found:
        case inspect.StructType():
            tag = {found.tag_field: found.tag} if found.tag_field else {}
            return tag | {field.encode_name: _of(field.type) for field in found.fields}
        case inspect.UnionType():
            return _of(next(each for each in found.types if not isinstance(each, inspect.NoneType)))
        case inspect.ListType() | inspect.VarTupleType():
            return [_of(found.item_type)]
        case inspect.DictType():
            return {"k": _of(found.value_type)}
        case inspect.EnumType():
            return next(iter(found.cls)).value
        case inspect.LiteralType():
            return found.values[0]
        case inspect.IntType():
            return 7
        case inspect.FloatType():
            return 1.5
        case inspect.BoolType():
            return True
        case _:
            return "x"
