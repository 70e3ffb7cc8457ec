"""Figures as the pages mark them, and what is wrong with the marks of pages that lead to one another.

`data-opens="kind:amount"` on a link: the page it leads to holds parts of this kind that sum to the amount.
`data-part="kind:amount"`: one such part. `data-sum="kind:amount"`: the sum of the parts of its own table, or of the
page where it stands in none. `data-row="kind:amount"`: the sum of the parts of its own row. An attribute may hold
several, a blank between them. `data-plain="why"`: a number that is no sum of anything here.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

VOID = frozenset({"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"})
NO_FIGURE = frozenset({"select", "script", "style"})
MARKS = ("data-opens", "data-part", "data-sum", "data-row")

PLAIN = {
    "identifier": "a record's, a line's or a version's number",
    "recorded": "as a device or a kiosk told it; the record itself",
    "typed": "a person entered it: a price, a wage, a share",
    "tally": "a count of records that no page lists one by one",
    "moment": "a time of day",
    "closed": "kept when its month was closed; what it comes to now stands beside it",
}
"""Why a number may stand in a figure's place and open nothing. A row here needs a reason that is true of every case."""

LEAVES = {
    "lines": "one row is one sealed line",
    "people": "one row is one person",
    "listed": "one row is one person",
    "taps": "one row is one tap, with its record",
    "in": "one row is one person who is in",
    "came": "one row is one person",
    "days": "one row is one date",
    "late-days": "one row is one date or shift",
    "absent-days": "one row is one date",
    "arrivals": "one row is one first tap",
    "late-arrivals": "one row is one first tap",
    "present": "between two taps whose records open",
    "paid": "between two clock times of the row, cut out of a stretch whose taps open",
    "unpaid": "between two clock times of the row, cut out of a stretch whose taps open",
    "overtime": "between two clock times of the row, whose day opens",
    "late": "from the start of the shift to the tap in, both in the row",
    "early": "from the tap out to the end of the shift, both in the row",
    "leave": "what of the shift is leave, which opens below it",
    "off-start": "from the start of the shift to the tap, whose day opens",
    "counts": "the difference of two readings, of this row and of the one above",
    "offered": "worked minutes that nobody has decided on; the day opens from the row",
    "waited": "between the clock times of the row, whose records and day open",
    "unconfirmed": "pieces of the record that opens from the figure",
    "assigned": "pieces of the record that opens from the row",
    "of-machine": "where a machine's counted pieces went, which add up in the row",
    "of-person": "sealed and not sealed, which add up in the row",
    "worker-days": "of a sheet that is read and kept nowhere; what differs stands below",
    "paper": "of a sheet that is read and kept nowhere; what differs stands below",
    "ours": "of a sheet that is read and kept nowhere; what differs stands below",
    "waiting": "held pieces, whose sealed lines open from the row",
    "line-before": "an item as the statement has it, which opens from the row; its formula stands beside it",
    "line-then": "an item as it would be; its formula stands beside it",
    "net": "an item: its formula stands beside it, and its sealed lines open from there",
    "amount": "on the page of the line, its pieces times the price beside it",
    "pieces": "on the page of the line, above the rungs it rests on",
    "attributed": "the difference of two readings, which stand below it",
}
"""Kinds of parts that are the end of the way, each with what stands beside them."""


@dataclass(frozen=True)
class Mark:
    """`how` is the attribute; `href` only of one that opens."""

    how: str
    kind: str
    amount: Decimal
    href: str = ""


@dataclass
class Cell:
    """A place where a figure stands: what is read there, and how it is marked."""

    where: str
    depth: int
    text: str = ""
    marks: list[Mark] = field(default_factory=list)
    plain: str | None = None


@dataclass
class Scope:
    """A row, a table, or the whole page."""

    parts: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    sums: list[tuple[str, Decimal]] = field(default_factory=list)

    @property
    def wrong(self) -> Iterator[tuple[str, Decimal, Decimal]]:
        return ((kind, said, self.parts[kind]) for kind, said in self.sums if self.parts[kind] != said)


class Figures(HTMLParser):
    """What a page marks, and its cells with a number."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.page = Scope()
        self.scopes = [self.page]
        self.openings: list[Mark] = []
        self.cells: list[Cell] = []
        self._stack: list[tuple[str, frozenset[str]]] = []
        self._tables: list[Scope] = []
        self._rows: list[Scope] = []
        self._open: list[Cell] = []
        self._silent: int | None = None
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        classes = frozenset(given.get("class", "").split())
        if tag == "table":
            self._tables.append(self._new_scope())
        if tag == "tr":
            self._rows.append(self._new_scope())
        if tag not in VOID:
            self._stack.append((tag, classes))
        if tag in NO_FIGURE and self._silent is None:
            self._silent = len(self._stack)
        if self._is_figure(tag, classes):
            self._open.append(Cell(f"{tag}.{'.'.join(sorted(classes))}", len(self._stack)))
        self._mark(given)

    def _new_scope(self) -> Scope:
        self.scopes.append(Scope())
        return self.scopes[-1]

    def _is_figure(self, tag: str, classes: frozenset[str]) -> bool:
        if tag == "td":
            return bool(classes & {"n", "d"})
        if tag == "dd":
            return any("figures" in of for name, of in self._stack if name == "dl")
        return tag == "div" and "v" in classes

    def _mark(self, given: dict[str, str]) -> None:
        marks = [
            Mark(how, *_said(text), given.get("href", "") if how == "data-opens" else "")
            for how in MARKS
            for text in given.get(how, "").split()
        ]
        for mark in marks:
            match mark.how:
                case "data-opens":
                    self.openings.append(mark)
                case "data-part":
                    for scope in (self.page, *self._tables[-1:], *self._rows[-1:]):
                        scope.parts[mark.kind] += mark.amount
                case "data-sum":
                    (self._tables[-1] if self._tables else self.page).sums.append((mark.kind, mark.amount))
                case _:
                    self._rows[-1].sums.append((mark.kind, mark.amount))
        if self._open:
            self._open[-1].marks += marks
            self._open[-1].plain = given.get("data-plain", self._open[-1].plain)

    def handle_data(self, data: str) -> None:
        if self._open and self._silent is None:
            self._open[-1].text += data

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        while self._stack:
            name, _classes = self._stack.pop()
            self._leave(name)
            if name == tag:
                return

    def _leave(self, name: str) -> None:
        depth = len(self._stack) + 1
        if self._silent == depth:
            self._silent = None
        if self._open and self._open[-1].depth == depth:
            self.cells.append(self._open.pop())
        if name == "table":
            self._tables.pop()
        elif name == "tr":
            self._rows.pop()

    @property
    def wrong_sums(self) -> list[tuple[str, Decimal, Decimal]]:
        """Sums that their own parts do not give: kind, said, added up. A part may be a figure that opens."""
        return [each for scope in self.scopes for each in scope.wrong]

    @property
    def unmarked(self) -> list[str]:
        """Cells with a number that nobody can follow: no mark, a reason that is on no list, a part that is no leaf."""
        return [f"{cell.where}: {cell.text.strip()}" for cell in self.cells if not _is_followed(cell)]

    @property
    def misread(self) -> list[str]:
        """Cells whose number is not the one that they are marked with."""
        return [
            f"{cell.where}: {cell.text.strip()} is marked {[str(each.amount) for each in cell.marks]}"
            for cell in self.cells
            if cell.marks and not any(_says(reading(cell.text), each) for each in cell.marks)
        ]


def _is_followed(cell: Cell) -> bool:
    if not any(each.isdecimal() for each in cell.text):
        return True
    if cell.plain is not None:
        return cell.plain in PLAIN
    return any(each.how != "data-part" or each.kind in LEAVES for each in cell.marks)


def _said(text: str) -> tuple[str, Decimal]:
    kind, _, amount = text.rpartition(":")
    return kind, Decimal(amount)


_NUMBER = re.compile(r"([-−+]?)\s*(?:CNY |¥)?(\d[\d,]*)(?::(\d\d)|(\.\d+))?")


def reading(text: str) -> Decimal | None:
    """The first number of an English page's cell; H:MM as minutes; None without a number."""
    found = _NUMBER.search(text)
    if found is None:
        return None
    sign, whole, minutes, rest = found.groups()
    size = Decimal(whole.replace(",", "") + (rest or ""))
    if minutes is not None:
        size = size * 60 + int(minutes)
    return -size if sign in ("-", "−") else size


def _says(read: Decimal | None, mark: Mark) -> bool:
    """Whether what is read, if anything, is the mark's amount; a month's grid shows minutes as hours, one decimal."""
    return read in (None, mark.amount, Decimal(str(round(float(mark.amount) / 60, 1))))


def address(page: str, href: str) -> str:
    """The page that a link of `page` leads to; a fragment alone leads to the page itself."""
    return urlsplit(urljoin(page, href))._replace(fragment="").geturl()


def faults(pages: Mapping[str, Figures]) -> list[str]:
    """Every figure that does not open to its sum, as sentences; empty for pages that can be followed throughout."""
    found = []
    for page, figures in pages.items():
        found += [f"{page}: a number without a mark, {each}" for each in figures.unmarked]
        found += [f"{page}: {each}" for each in figures.misread]
        found += [
            f"{page}: the sum of {kind} says {said}, its parts give {given}" for kind, said, given in figures.wrong_sums
        ]
        for each in figures.openings:
            opened = pages.get(address(page, each.href))
            if opened is None:
                found.append(f"{page}: {each.kind} {each.amount} opens {each.href}, which is no page")
            elif opened.page.parts[each.kind] != each.amount:
                sums = opened.page.parts[each.kind]
                found.append(f"{page}: {each.kind} {each.amount} opens {each.href}, whose parts give {sums}")
    return found
