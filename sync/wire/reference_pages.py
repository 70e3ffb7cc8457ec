"""Reference data on the wire: pages, and the manifest that names them (docs/wire.md). Pure.

A page is named by its content, and which page a row is on follows from the row's name alone: one changed row changes
one page, and a box asks for pages that it does not hold.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from sync.wire.envelope import canonical_json, join_batch
from sync.wire.reference_data import KINDS, Item, name_of

MAX_PAGE_BYTES = 32_000
"""Before packing: 4 s at 64 kbit/s. Only a single row may be longer."""

NAME_LETTERS = 32
"""Of a SHA-256 in hex: enough that no two contents ever have one name."""


class KindPages(msgspec.Struct, frozen=True):
    """One kind in the manifest; `pages` are the names of its pages, none for a kind without rows."""

    kind: str
    pages: list[str]
    must_know: bool = True


class Manifest(msgspec.Struct, frozen=True):
    """What the reference data are made of now. `version` names the whole."""

    version: str
    kinds: list[KindPages]


@dataclass(frozen=True)
class Paged:
    """One kind as it is sent: pages by name."""

    kind: str
    must_know: bool
    pages: Mapping[str, bytes]


def paged(kind: str, rows: Iterable[Item]) -> Paged:
    """The rows of one kind; their order says nothing."""
    placed = [(_place(name_of(row)), canonical_json(row)) for row in sorted(rows, key=name_of)]
    return Paged(kind, KINDS[kind].must_know, {name_of_page(page): page for page in _split(placed, 0)})


def manifest_of(every: Iterable[Paged]) -> Manifest:
    kinds = [KindPages(each.kind, list(each.pages), each.must_know) for each in every]
    return Manifest(name_of_page(canonical_json(kinds)), kinds)


def name_of_page(page: bytes) -> str:
    return hashlib.sha256(page).hexdigest()[:NAME_LETTERS]


def rows_of(kind: str, page: bytes) -> list[Any]:
    """The rows on a page. msgspec.MsgspecError when it is of another release."""
    rows: list[Any] = msgspec.json.decode(page, type=rows_type(kind))
    return rows


def rows_type(kind: str) -> type[list[Any]]:
    """What a page of this kind holds."""
    row: Any = KINDS[kind].row
    return list[row]


_BITS = 64


def _place(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[: _BITS // 8])


def _split(rows: list[tuple[int, bytes]], bit: int) -> Iterator[bytes]:
    """Halves by one bit of the place after the other until each page is short enough."""
    page = join_batch([encoded for _, encoded in rows])
    if len(rows) <= 1 or len(page) <= MAX_PAGE_BYTES or bit == _BITS:
        yield from [page] if rows else []
        return
    for half in (0, 1):
        yield from _split([row for row in rows if (row[0] >> bit) & 1 == half], bit + 1)
