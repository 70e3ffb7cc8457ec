"""Figures as the pages mark them.

`data-opens="kind:amount"` on a link: the page it leads to holds parts of this kind that sum to the amount.
`data-part="kind:amount"`: one such part. `data-sum="kind:amount"`: the sum of the parts of its own table, or of the
page where it stands in none.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from html.parser import HTMLParser

VOID = frozenset({"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"})


@dataclass(frozen=True)
class Opening:
    kind: str
    amount: Decimal
    href: str


@dataclass
class Scope:
    """A table, or the whole page."""

    parts: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    sums: list[tuple[str, Decimal]] = field(default_factory=list)


class Figures(HTMLParser):
    """What a page marks."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.page = Scope()
        self.tables: list[Scope] = []
        self.openings: list[Opening] = []
        self._open: list[Scope] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self._open.append(Scope())
        given = {name: value or "" for name, value in attrs}
        if "data-opens" in given:
            self.openings.append(Opening(*marked(given["data-opens"]), given["href"]))
        if "data-part" in given:
            kind, amount = marked(given["data-part"])
            for scope in {id(each): each for each in (self.page, *self._open[-1:])}.values():
                scope.parts[kind] += amount
        if "data-sum" in given:
            (self._open[-1] if self._open else self.page).sums.append(marked(given["data-sum"]))

    def handle_endtag(self, tag: str) -> None:
        if tag == "table":
            self.tables.append(self._open.pop())

    @property
    def wrong_sums(self) -> list[tuple[str, Decimal, Decimal]]:
        """Sums that their own parts do not give: kind, said, added up. A part may be a figure that opens."""
        return [
            (kind, said, scope.parts[kind])
            for scope in (self.page, *self.tables)
            for kind, said in scope.sums
            if scope.parts[kind] != said
        ]


def marked(text: str) -> tuple[str, Decimal]:
    kind, _, amount = text.rpartition(":")
    return kind, Decimal(amount)
