"""Payslips on paper: draws what it is given, and has no words of its own.

PDF by fpdf2, with the parts of the fonts that are used inside the file, so that it looks the same everywhere. Fonts
come from Debian's packages, because those for Chinese weigh 40 MB.
"""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import segno
from fpdf import FPDF, FontFace, XPos, YPos
from fpdf.enums import Align, TableBordersLayout, TableHeadingsDisplay

from settings import Mendable

FONTS = Path("/usr/share/fonts/opentype/noto")
SIMPLIFIED = 2
"""Which face of Debian's collection is the one for simplified Chinese. It has all letters of Vietnamese too, so one
font does for every line; fpdf2 2.8.9 writes nonsense after a line that it took a second font for."""
FACE = "paper"

MARGIN_MM = 14
CODE_MM = 44
INK, GREY, RULE = (19, 32, 26), (89, 104, 96), (197, 206, 197)
SMALL, BODY, TITLE = 7.5, 9, 16


class NoFonts(Mendable):
    """The fonts are not installed."""


@dataclass(frozen=True)
class Column:
    """`share` of the width of the page, against the other columns'."""

    title: str
    share: int
    figures: bool = False


@dataclass(frozen=True)
class Row:
    """`below` is written under the cells, over all columns."""

    cells: tuple[str, ...]
    below: str = ""
    strong: bool = False


@dataclass(frozen=True)
class Table:
    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Sheet:
    """One person's paper. `code` is the text of its QR code; `footer` stands on each of its pages."""

    title: str
    subtitle: str
    head: tuple[tuple[str, str], ...]
    tables: tuple[Table, ...]
    sums: tuple[tuple[str, str], ...]
    code: str
    code_note: str
    footer: str


def pdf(sheets: Iterable[Sheet], language: str, made: datetime, title: str) -> bytes:
    """One file; each person begins on a page of his own. `language` is that of the words. NoFonts."""
    paper = _Paper()
    paper.set_title(title)
    paper.set_creator("Clockpiece")
    paper.set_lang(language)
    paper.set_creation_date(made)
    for sheet in sheets:
        _draw(paper, sheet)
    return bytes(paper.output())


class _Paper(FPDF):
    """A4, upright."""

    def __init__(self) -> None:
        super().__init__(format="A4")
        self.set_margins(MARGIN_MM, MARGIN_MM)
        self.set_auto_page_break(True, MARGIN_MM + 6)
        self.footer_text = ""
        self.first_page = 1
        for style, name in (("", "Regular"), ("B", "Bold")):
            self.add_font(FACE, style, _font(FONTS / f"NotoSansCJK-{name}.ttc"), collection_font_number=SIMPLIFIED)

    def say(self, size: float, bold: bool = False, grey: bool = False) -> None:
        """How the next words look."""
        self.set_font(FACE, "B" if bold else "", size)
        self.set_text_color(*(GREY if grey else INK))

    def footer(self) -> None:
        self.set_y(-MARGIN_MM)
        self.say(SMALL, grey=True)
        self.cell(0, 4, f"{self.footer_text} · {self.page_no() - self.first_page + 1}", align=Align.C)


def _draw(paper: _Paper, sheet: Sheet) -> None:
    # The page that ends here bears the footer of whoever it is of, so the name changes after the new one has begun.
    paper.add_page()
    paper.footer_text, paper.first_page = _text(sheet.footer), paper.page_no()
    _head(paper, sheet)
    for table in sheet.tables:
        _table(paper, table)


def _head(paper: _Paper, sheet: Sheet) -> None:
    top, width = paper.get_y(), paper.epw - CODE_MM - 6
    paper.say(TITLE, bold=True)
    paper.multi_cell(width, 8, _text(sheet.title), align=Align.L, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    paper.say(BODY, grey=True)
    paper.multi_cell(width, 5, _text(sheet.subtitle), align=Align.L, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    paper.ln(3)
    for pairs, strong in ((sheet.head, False), (sheet.sums, True)):
        for name, value in pairs:
            _pair(paper, name, value, width, strong)
        paper.ln(2)
    below = paper.get_y()
    left = paper.w - MARGIN_MM - CODE_MM
    paper.image(_code(sheet.code), left, top, CODE_MM, CODE_MM)
    paper.set_xy(left, top + CODE_MM + 1)
    paper.say(SMALL, grey=True)
    paper.multi_cell(CODE_MM, 3.4, _text(sheet.code_note), align=Align.L, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    paper.set_y(max(below, paper.get_y()) + 3)


def _pair(paper: _Paper, name: str, value: str, width: float, strong: bool) -> None:
    """A name and its value side by side; either may need several lines."""
    top = paper.get_y()
    paper.say(BODY, grey=True)
    paper.multi_cell(width * 0.5 - 3, 5.2, _text(name), align=Align.L, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    below = paper.get_y()
    paper.set_xy(MARGIN_MM + width * 0.5, top)
    paper.say(BODY, bold=strong)
    paper.multi_cell(width * 0.5, 5.2, _text(value), align=Align.L, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    paper.set_y(max(below, paper.get_y()))


def _table(paper: _Paper, table: Table) -> None:
    paper.say(BODY + 1, bold=True)
    paper.cell(0, 7, _text(table.title), new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    paper.say(SMALL)
    paper.set_draw_color(*RULE)
    with paper.table(
        col_widths=tuple(each.share for each in table.columns),
        text_align=tuple(Align.R if each.figures else Align.L for each in table.columns),
        borders_layout=TableBordersLayout.HORIZONTAL_LINES,
        headings_style=FontFace(emphasis="", color=GREY),
        repeat_headings=TableHeadingsDisplay.ON_TOP_OF_EVERY_PAGE,
        line_height=3.8,
        padding=(0.9, 1.2),
    ) as drawn:
        drawn.row([_text(each.title) for each in table.columns])
        for row in table.rows:
            style = FontFace(emphasis="BOLD") if row.strong else None
            drawn.row([_text(each) for each in row.cells], style=style)
            if row.below:
                below = drawn.row()
                below.cell(_text(row.below), colspan=len(table.columns), align=Align.L, style=FontFace(color=GREY))
    paper.ln(4)


def _code(text: str) -> io.BytesIO:
    """Error correction M: paper is folded and gets stains."""
    drawn = io.BytesIO()
    segno.make(text, error="m", micro=False, boost_error=False).save(drawn, kind="png", scale=6, border=2)
    return drawn


def _font(file: Path) -> Path:
    if not file.exists():
        raise NoFonts(f"{file} is not there: install the package fonts-noto-cjk")
    return file


def _text(text: str) -> str:
    """Composed characters: Vietnamese ones have a shape each."""
    return unicodedata.normalize("NFC", text)
