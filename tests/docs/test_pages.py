"""All pages: what they name is there, and what is there they name."""

from __future__ import annotations

import ast
import configparser
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import edge.devices
from sync.wire.facts import KINDS, Outcome
from tests.docs.pages import (
    DOCS,
    ROOT,
    anchors,
    code_words,
    folders,
    markdown_files,
    page,
    rows,
    section,
    without_code_blocks,
)

PAGES = markdown_files()
ABOUT_THE_WHOLE = [
    file for file in PAGES if file.is_relative_to(DOCS) or (file.parent == ROOT and file.name != "CHANGELOG.md")
]
"""The pages whose paths count from the project's root."""

PATH = re.compile(r"\.?[\w.-]+(/[\w.-]+)*(/|\.(py|md|toml|txt|csv|json|svg|sh|js|css))")
MADE_LATER = {
    "clockpiece.toml", "hr.toml", "systems.toml", "template.toml", "README.md", "codec.py", "driver.py", "explain.py",
    "keys.py", "__init__.py", "people.csv", "badges.csv", "machines.csv", "orders.csv", "prices.csv", "shifts.csv",
    "clearances.csv", "roster.csv", "terms.csv", "grades.csv",
    "static/", "templates/", "translations/",
}  # fmt: skip
"""Names of files that there are many of, or that an installation makes."""

REGISTRY_HOSTS = re.compile(
    r"pypi\.|pythonhosted|piwheels|/simple\b|index-url|registry\.npm|mirrors?\.|proxy\.golang|conda\.", re.IGNORECASE
)
DEVELOPERS_PATHS = re.compile(r"(?<![\w.])/(home|root|work|Users|tmp|mnt)/")


def name_of(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


def links(file: Path) -> list[str]:
    return re.findall(r"\]\(([^)\s]+)\)", without_code_blocks(file.read_text("utf-8")))


@pytest.mark.parametrize("file", PAGES, ids=name_of)
def test_every_relative_link_leads_somewhere(file: Path):
    for link in links(file):
        if "://" in link or link.startswith("mailto:"):
            continue
        target, _, anchor = link.partition("#")
        there = (file.parent / target).resolve() if target else file
        assert there.exists(), link
        if anchor:
            assert anchor in anchors(there.read_text("utf-8")), link


def is_path(word: str) -> bool:
    """`edge/core/`, `edge/config.py`, and `edge/core` as well, because `edge` is a folder."""
    bare = re.fullmatch(r"([\w.-]+)(/[\w.-]+)+", word)
    return bool(PATH.fullmatch(word) or (bare and (ROOT / bare[1]).is_dir()))


def named_paths(file: Path) -> Iterator[str]:
    for word in code_words(file.read_text("utf-8")):
        if is_path(word) and word not in MADE_LATER and not word.startswith("var/"):
            yield word


@pytest.mark.parametrize("file", ABOUT_THE_WHOLE, ids=name_of)
def test_every_path_it_names_exists(file: Path):
    missing = [path for path in named_paths(file) if not (ROOT / path).exists()]
    assert missing == []


@pytest.mark.parametrize("file", PAGES, ids=name_of)
def test_no_page_names_a_package_registry_or_a_path_of_a_developers_machine(file: Path):
    text = file.read_text("utf-8")
    assert REGISTRY_HOSTS.findall(text) == []
    assert DEVELOPERS_PATHS.findall(text) == []


# --- what is there is described ---------------------------------------------------------------------


def test_every_outcome_is_described():
    described = {cells[0] for cells in rows(section(page("architecture.md"), "Outcomes"))}
    assert described == {each.value for each in Outcome}


def test_the_privacy_page_judges_every_kind_of_fact():
    table = section(page("privacy.md"), "Which fact holds what about whom")
    assert set(KINDS) <= set(code_words(table))


def generic(folder: str) -> str:
    """The name under which the architecture page speaks of a folder."""
    recurring = re.search(r"(?:^|/)((?:static|templates|translations)/)", folder)
    if recurring:
        return recurring[1]
    if folder.startswith("docs/pictures/"):
        return "docs/"
    folder = re.sub(r"^edge/devices/[^/]+/", "edge/devices/<family>/", folder)
    return re.sub(r"^tests/unit/.+", "tests/unit/<room>/", folder)


def test_every_folder_has_its_purpose_in_the_architecture_page():
    described = set(code_words(section(page("architecture.md"), "The rooms")))
    missing = {generic(folder) for folder in folders()} - described
    assert missing == set()


@pytest.mark.parametrize("family", sorted(edge.devices.families()))
def test_every_device_family_has_its_own_page_and_a_line_in_the_devices_page(family: str):
    folder = ROOT / "edge" / "devices" / family
    assert (folder / "README.md").exists()
    assert (folder / "template.toml").exists()
    assert family in {cells[0].strip("`") for cells in rows(page("devices.md"))}


def budgets() -> dict[str, float]:
    """What `make bench` measures, with its limit: first and last argument of each `Row`."""
    trees = [ast.parse(file.read_text("utf-8")) for file in (ROOT / "tests" / "bench").glob("*.py")]
    nodes = (node for tree in trees for node in ast.walk(tree))
    calls = (node for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Name))
    made = [call.args for call in calls if isinstance(call.func, ast.Name) and call.func.id == "Row"]
    return {ast.literal_eval(arguments[0]): ast.literal_eval(arguments[-1]) for arguments in made}


def test_every_budget_of_the_bench_is_promised_in_the_architecture_page():
    promised = {what: float(most) for what, most in rows(section(page("architecture.md"), "Budgets"))}
    assert promised == budgets()


def test_every_pure_module_is_named_as_such():
    contracts = configparser.ConfigParser()
    contracts.read(ROOT / ".importlinter")
    pure = contracts["importlinter:contract:pure"]["source_modules"].split()
    described = set(code_words(section(page("architecture.md"), "Imports run one way")))
    assert {module for module in pure if not module.endswith((".codec", ".explain"))} <= described


# --- decisions --------------------------------------------------------------------------------------

DECISIONS = sorted((DOCS / "decisions").glob("*.md"))


def test_decisions_are_numbered_without_a_gap():
    numbers = [int(file.name.partition("-")[0]) for file in DECISIONS]
    assert numbers == list(range(len(DECISIONS)))


@pytest.mark.parametrize("file", DECISIONS, ids=name_of)
def test_a_decision_is_short_and_says_why_what_and_what_follows(file: Path):
    text = file.read_text("utf-8")
    assert text.startswith(f"# {file.name.partition('-')[0]}: ")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == ["Context", "Decision", "Consequences"]
    assert len(text.splitlines()) <= 40


# --- the project ------------------------------------------------------------------------------------


def test_each_dependency_carries_its_reason():
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    lists = re.findall(r"^(?:dependencies|\w+) = \[\n(.*?)^\]", text.partition("[project.scripts]")[0], re.M | re.S)
    lines = [line.strip() for each in lists for line in each.splitlines() if line.strip()]
    assert len(lines) > 10
    assert [line for line in lines if not re.fullmatch(r'"[^"]+",\s+# .{4,}', line)] == []


@pytest.mark.parametrize("lock", sorted((ROOT / "requirements").glob("*.txt")), ids=name_of)
def test_the_lock_names_no_download_host(lock: Path):
    assert re.findall(r"https?://|--(?:extra-)?index-url|--find-links", lock.read_text("utf-8")) == []
