"""Person keys that boxes mint for newcomers: which of HR's people each one is.

Facts keep the key for ever; whoever groups facts by person asks here first, so that what a newcomer did before HR knew
him and after is one person's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from sqlalchemy import Connection, select

from hr.store.tables import person_key


class Owners(Mapping[str, str]):
    """Person key to the person whose it is; a key that nobody mapped is its own."""

    def __init__(self, mapped: Mapping[str, str]) -> None:
        self._mapped = mapped
        self._further: dict[str, list[str]] = defaultdict(list)
        for key, owner in sorted(mapped.items()):
            if key != owner:
                self._further[owner].append(key)

    def __getitem__(self, key: str) -> str:
        return self._mapped.get(key, key)

    def __iter__(self) -> Iterator[str]:
        return iter(self._mapped)

    def __len__(self) -> int:
        return len(self._mapped)

    def keys_of(self, person: str) -> list[str]:
        """All keys under which facts name him, his own first; `person` may be any of them."""
        owner = self[person]
        return [owner, *self._further.get(owner, ())]


def owners(connection: Connection) -> Owners:
    rows = connection.execute(select(person_key.c.key, person_key.c.person).where(person_key.c.person.is_not(None)))
    return Owners({row.key: row.person for row in rows})
