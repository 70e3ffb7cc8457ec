"""What `make bench` prints."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One budget: the ratio `measured / limit`, where the limit is a measurement or a plain number."""

    what: str
    measured: str
    ratio: float
    budget: float

    @property
    def met(self) -> bool:
        return self.ratio <= self.budget
