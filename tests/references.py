"""Reference data for tests: given to a box as `sync` does, served as HR does, fetched as a box does."""

from __future__ import annotations

from typing import Any

import msgspec

from sync.exchange.client import HrClient
from sync.reference.kept_pages import KeptPages
from sync.wire.envelope import canonical_json
from sync.wire.reference_data import Reference
from sync.wire.reference_pages import Manifest, manifest_of, paged, rows_of

Pages = dict[tuple[str, str], bytes]


def pages_of(reference: Reference) -> tuple[Manifest, Pages]:
    """The manifest, and the pages by kind and name."""
    every = [paged(kind, rows) for kind, rows in reference.rows().items()]
    return manifest_of(every), {(each.kind, name): page for each in every for name, page in each.pages.items()}


def give(store: KeptPages, reference: Reference) -> None:
    """All of it, at once."""
    manifest, pages = pages_of(reference)
    for page in store.missing(manifest):
        store.keep(page, pages[page])
    store.show(manifest)


def answered(reference: Reference, path: str) -> tuple[int, bytes]:
    """What HR says to GET `path` when these are its reference data."""
    manifest, pages = pages_of(reference)
    match path.removeprefix("/v1/reference").split("/")[1:]:
        case [version] if version == manifest.version:
            return 304, b""
        case [] | [_]:
            return 200, canonical_json(manifest)
        case [kind, name] if (kind, name) in pages:
            return 200, pages[kind, name]
        case _:
            return 404, b'{"code":"gone"}'


def fetched(client: HrClient) -> tuple[str, dict[str, list[Any]]]:
    """The version and the rows of each kind, all of them asked for."""
    reply = client.send("GET", "/v1/reference", b"")
    assert (reply.status, reply.signed) == (200, True)
    manifest = msgspec.json.decode(reply.body, type=Manifest)
    rows: dict[str, list[Any]] = {}
    for each in manifest.kinds:
        rows[each.kind] = []
        for name in each.pages:
            page = client.send("GET", f"/v1/reference/{each.kind}/{name}", b"", takes_packed=True)
            assert (page.status, page.signed) == (200, True)
            rows[each.kind] += rows_of(each.kind, page.body)
    return manifest.version, rows
