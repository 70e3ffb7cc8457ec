"""Charts as SVG by pygal: text stays text, each mark is a link with its words, and the colours are classes of the
pages' own style, so that the content policy needs no exception (decision 0020)."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from unicodedata import east_asian_width
from xml.etree import ElementTree

import pygal
from markupsafe import Markup
from pygal.style import Style

# pygal's finder is of a kind that Python 3.12 has taken out; it is for maps, and every later import would ask it.
sys.meta_path[:] = [each for each in sys.meta_path if not isinstance(each, pygal.PluginImportFixer)]

_WIDTH = 520
_ROW, _FRAME, _MARGIN = 30, 60, 6
_TARGET = 20
_DRAWN_BY_STYLE = Style(
    font_family="sans-serif", label_font_size=13, major_label_font_size=13, value_font_size=13, no_data_font_size=16
)
"""What pygal measures room with; how it looks is hr.css."""
_XLINK = "{http://www.w3.org/1999/xlink}href"
_NOT_OURS = ("defs", "desc", "title")


@dataclass(frozen=True)
class Mark:
    """One bar or dot. `words` say it to whoever does not see it; `alarm` marks what needs a person."""

    value: float | int
    text: str
    words: str
    url: str
    alarm: bool = False


@dataclass(frozen=True)
class Line:
    """A legal line across the bars, with its word."""

    value: float
    word: str


def rows(labels: Sequence[str], marks: Sequence[Mark], line: Line | None = None) -> Markup:
    """Lying bars, the first on top."""
    most = max([each.value for each in marks] + ([line.value] if line else []), default=1)
    chart = _of(
        pygal.HorizontalStackedBar,
        height=_ROW * len(marks) + _FRAME,
        margin_left=_left(labels),
        range=(0, most * 1.15),
        print_values_position="top",
        y_labels=[{"value": line.value, "label": line.word}] if line else [],
        y_labels_major=[line.value] if line else [],
    )
    chart.x_labels = list(reversed(labels))
    _add(chart, list(reversed(marks)))
    return _svg(chart)


def columns(labels: Sequence[str], marks: Sequence[Sequence[Mark]]) -> Markup:
    """Standing bars; marks of one place stand on one another."""
    chart = _of(pygal.StackedBar, height=260, show_y_labels=False, show_y_guides=False)
    chart.x_labels = list(labels)
    for place in range(max((len(each) for each in marks), default=0)):
        chart.add("", [_value(each[place]) if place < len(each) and each[place].value else None for each in marks])
    return _svg(chart)


def dots(labels: Sequence[str], people: Sequence[tuple[str, Sequence[Mark | None]]]) -> Markup:
    """One row a person, one dot a day; the larger, the more."""
    chart = _of(
        pygal.Dot,
        height=_ROW * len(people) + _FRAME,
        print_values=False,
        margin_left=_left([name for name, _ in people]),
    )
    chart.x_labels = list(labels)
    for name, marks in people:
        chart.add(name, [None if each is None else _value(each) for each in marks])
    return _svg(chart)


def _left(labels: Sequence[str]) -> int:
    """Pixels that labels need beyond what pygal reserves, which counts a Chinese character as a Latin one."""
    return _MARGIN + max(
        (sum(each in "WF" for each in map(east_asian_width, label)) * 6 for label in labels), default=0
    )


def _of(kind: Callable[..., pygal.Graph], **options: object) -> pygal.Graph:
    usual = {
        "width": _WIDTH,
        "show_legend": False,
        "print_values": True,
        "css": [],
        "js": [],
        "margin": _MARGIN,
        "style": _DRAWN_BY_STYLE,
        "no_data_text": "",
        "print_zeroes": False,
        "truncate_label": -1,
    }
    return kind(**(usual | options))


def _add(chart: pygal.Graph, marks: Sequence[Mark]) -> None:
    """Usual marks are the first series, alarms the second: a series has a colour, a mark has none."""
    for alarm in (False, True):
        chart.add("", [_value(each) if each.alarm is alarm else None for each in marks])


def _value(mark: Mark) -> dict[str, object]:
    return {
        "value": mark.value,
        "formatter": lambda _value, text=mark.text: text,
        "label": mark.words,
        "xlink": {"href": mark.url, "target": ""},
    }


def _svg(chart: pygal.Graph) -> Markup:
    """pygal's own style, script and tool tips out: the content policy would refuse them."""
    root = chart.render_tree()
    for parent in list(root.iter()):
        for link in [each for each in parent if _name(each) == "a"]:
            _speaking(link)
        for child in [each for each in parent if _goes(each, parent)]:
            parent.remove(child)
    root.attrib.pop("id", None)
    return Markup(ElementTree.tostring(root, encoding="unicode"))  # noqa: S704 - a tree's serializer escapes every text and attribute


def _goes(child: ElementTree.Element, parent: ElementTree.Element) -> bool:
    name, kept = _name(child), _name(parent) == "a" and _name(child) == "title"
    return not name or (name in _NOT_OURS and not kept) or "tooltip-overlay" in child.get("class", "")


def _speaking(link: ElementTree.Element) -> None:
    words = next((each.text or "" for each in link if each.get("class") == "label"), "")
    link.set("href", link.attrib.pop(_XLINK, ""))
    link.attrib.pop("target", None)
    title = ElementTree.Element("title")
    title.text = words
    link.insert(0, title)
    for mark in [each for each in link if _name(each) in ("rect", "circle")]:
        link.append(_ground(mark))


def _ground(mark: ElementTree.Element) -> ElementTree.Element:
    """What is hit for a mark: never narrower or lower than a finger can aim at, and not seen."""
    of = {key: float(mark.get(key, 0)) for key in ("x", "y", "width", "height", "cx", "cy", "r")}
    middle_x, middle_y = of["x"] + of["width"] / 2 + of["cx"], of["y"] + of["height"] / 2 + of["cy"]
    width, height = (max(_TARGET, of[side], 2 * of["r"]) for side in ("width", "height"))
    at = {"x": middle_x - width / 2, "y": middle_y - height / 2, "width": width, "height": height}
    given = {key: f"{value:g}" for key, value in at.items()}
    return ElementTree.Element("rect", given | {"class": "ground", "fill-opacity": "0"})


def _name(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""
