"""Reads the documentation as a reader's eye would: tables, examples, links and names in code type."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"

GENERATED = {"__pycache__", "build", "var", "node_modules"}
"""Folders that no commit holds."""


def markdown_files() -> list[Path]:
    """Every page of the project, those beside the code included."""
    return sorted(file for file in ROOT.rglob("*.md") if _is_ours(file.relative_to(ROOT)))


def folders() -> list[str]:
    """Every folder of the project that holds a file, as `edge/core/`."""
    holding = {file.parent.relative_to(ROOT) for file in ROOT.rglob("*") if file.is_file()}
    whole = {part for folder in holding for part in (folder, *folder.parents)} - {Path(".")}
    return sorted(f"{folder.as_posix()}/" for folder in whole if _is_ours(folder))


def _is_ours(path: Path) -> bool:
    return not any(part in GENERATED or part.endswith(".egg-info") or part.startswith(".") for part in path.parts)


def page(name: str) -> str:
    """The text of a page in docs/."""
    return (DOCS / name).read_text("utf-8")


def section(text: str, heading: str) -> str:
    """What stands below a heading, up to the next one of its rank or higher."""
    found = re.search(rf"^(#+) {re.escape(heading)}$", text, re.MULTILINE)
    assert found, f"no heading {heading!r}"
    rest = text[found.end() :]
    end = re.search(rf"^#{{1,{len(found[1])}}} ", rest, re.MULTILINE)
    return rest[: end.start()] if end else rest


def rows(text: str) -> Iterator[list[str]]:
    """The cells of every table row, head and rule left out."""
    for table in re.findall(r"(?:^\|.*\|\n)+", text, re.MULTILINE):
        for line in table.splitlines()[2:]:
            yield [cell.strip() for cell in line.strip("|").split(" | ")]


def example(text: str, name: str) -> str:
    """The content of the code block that follows `<!-- example: name -->`."""
    found = re.search(rf"<!-- example: {re.escape(name)} -->\n```\w+\n(.*?)\n```", text, re.DOTALL)
    assert found, f"no example {name!r}"
    return found[1]


def without_code_blocks(text: str) -> str:
    return re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)


def code_words(text: str) -> list[str]:
    """Everything between single back-ticks, code blocks left out."""
    return re.findall(r"`([^`\n]+)`", without_code_blocks(text))


def anchors(text: str) -> set[str]:
    """The anchors that a page's headings get where it is shown."""
    titles = re.findall(r"^#+ (.+)$", without_code_blocks(text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in titles}
