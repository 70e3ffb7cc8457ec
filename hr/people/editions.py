"""The reference data as boxes fetch them: made when something has changed, not when a box asks."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

from sqlalchemy import Connection, Engine

from hr.people import newcomers, version
from hr.people.publish import SOURCES, Ground, publish
from sync.wire.envelope import canonical_json, pack
from sync.wire.reference_data import Reference
from sync.wire.reference_pages import Manifest, Paged, manifest_of, paged

T = TypeVar("T")


class Page(NamedTuple):
    """The rows in canonical form, and the same packed."""

    body: bytes
    packed: bytes


@dataclass(frozen=True)
class Edition:
    """What boxes are told at one moment. `manifest` is in canonical form; pages go by kind and name."""

    version: str
    manifest: bytes
    pages: Mapping[tuple[str, str], Page]


class Editions:
    """Thread-safe. `ground` is asked at each call."""

    def __init__(self, reading: Engine, writing: Engine, ground: Callable[[], Ground]) -> None:
        self._reading, self._writing, self._ground = reading, writing, ground
        self._one_at_a_time = threading.Lock()
        self._marks: dict[str, Hashable] = {}
        self._paged: dict[str, Paged] = {}
        self._edition = Edition("", b"", {})

    def reference(self) -> Reference:
        """All of it at once, for HR itself."""
        return self._at_one_moment(publish)

    def current(self) -> Edition:
        """What a box is told now."""
        with self._one_at_a_time:
            return self._at_one_moment(self._brought_up)

    def _at_one_moment(self, read: Callable[[Connection, Ground], T]) -> T:
        """After what the calendar changes by itself, once a day."""
        ground = self._ground()
        with self._reading.connect() as connection:
            if version.is_of(connection, ground.today):
                return read(connection, ground)
        with self._writing.begin() as connection:
            version.roll_over(connection, ground.today)
            newcomers.grow_old(connection, ground.now_us)
        # What is made of it is kept, so it must have been committed.
        with self._reading.connect() as connection:
            return read(connection, ground)

    def _brought_up(self, connection: Connection, ground: Ground) -> Edition:
        found = {mark: mark(connection, ground) for mark in {source.mark for source in SOURCES.values()}}
        stale = [kind for kind, source in SOURCES.items() if self._marks.get(kind) != found[source.mark]]
        for kind in stale:
            self._paged[kind] = paged(kind, SOURCES[kind].rows(connection, ground))
            self._marks[kind] = found[SOURCES[kind].mark]
        if stale:
            self._edition = self._bound(manifest_of(self._paged[kind] for kind in SOURCES))
        return self._edition

    def _bound(self, manifest: Manifest) -> Edition:
        if manifest.version == self._edition.version:
            return self._edition
        pages = {}
        for kind, each in self._paged.items():
            for name, body in each.pages.items():
                pages[kind, name] = self._edition.pages.get((kind, name)) or Page(body, pack(body))
        return Edition(manifest.version, canonical_json(manifest), pages)
