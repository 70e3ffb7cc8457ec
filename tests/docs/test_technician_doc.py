"""docs/technician.md: what it tells somebody to type is there."""

from __future__ import annotations

import re

from tests.deploy.staged import DEPLOY, INSTALL
from tests.docs.pages import code_words, page
from tests.docs.test_operations_doc import COMMANDS

PAGE = page("technician.md")
TYPED = [
    *code_words(PAGE),
    *(line.strip() for block in re.findall(r"```sh\n(.*?)```", PAGE, re.S) for line in block.splitlines()),
]


def test_every_command_of_the_box_that_it_names_is_one():
    named = {found[1] for typed in TYPED if (found := re.match(r"(?:sudo )?(clockpiece [a-z]+(?: [a-z-]+)?)$", typed))}
    assert {"clockpiece doctor", "clockpiece enrol", "clockpiece hr backup"} <= named
    assert named <= COMMANDS.keys()


def test_every_option_of_the_installer_that_a_page_names_is_one():
    said = INSTALL.read_text("utf-8")
    for name in ("technician.md", "operations.md"):
        for typed in [*code_words(page(name)), *TYPED]:
            if "install.sh" in typed or typed.startswith(("--name", "--check", "--remove", "--root", "--without")):
                for option in re.findall(r"--[a-z-]+", typed):
                    assert f"{option})" in said or f"{option} |" in said, (name, typed)


def test_every_file_of_a_box_that_it_names_is_laid_there():
    laid = INSTALL.read_text("utf-8") + (DEPLOY / "name-port").read_text("utf-8")
    made_by_the_box = {"/etc/clockpiece/keys/database.key", "/etc/fstab", "/var/lib/clockpiece"}
    for typed in code_words(PAGE):
        if re.match(r"/etc/[\w./-]+$", typed) and typed not in made_by_the_box:
            name = typed.removeprefix("/etc/clockpiece/")
            assert name in laid, typed


def test_the_units_that_the_operations_page_describes_are_those_that_there_are():
    described = set(re.findall(r"^\| `(clockpiece-\w+)` \|", page("operations.md"), re.M))
    assert described == {file.stem for file in (DEPLOY / "units").glob("*.service")}
