"""What every test shares: what it needs of the system, and that no log call is badly formatted.

A test that needs a program this machine lacks is not skipped in silence: it is named at the end and pytest exits
with 3, so that "green" always means that everything was run.
"""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import settings

from hr.store import engine, upgrade
from tests import postgres, templates, tryton
from tests.faults.memory import cgroups
from tests.faults.networks import may_have_networks
from tests.unit.devices.kernel_parts import has_evdev, has_gpio_sim, has_uinput, has_zbar

# The same examples at every run, and nothing kept in a folder: `make test` twice gives the same answer twice.
settings.register_profile("repeatable", derandomize=True, database=None, deadline=None)
settings.load_profile("repeatable")
templates.compile_once()

NOT_RUN = 3
"""pytest's exit status when all that ran passed, but not everything could run."""

LONGEST_SHORT_PATH = 60
"""A Unix socket's path has 107 bytes at most; pytest's own folders leave too little of that for a name."""


class Need(NamedTuple):
    """`required` False: what not every machine can have. The test is named as not run, and that is no failure."""

    is_met: Callable[[], bool]
    mend: str
    required: bool = True


def _installed(*programs: str) -> Callable[[], bool]:
    return lambda: any(shutil.which(program) for program in programs)


def _has_fonts() -> bool:
    """Those that a payslip is drawn with."""
    return Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc").exists()


def _may_trace() -> bool:
    """Whether strace is there and may attach to a process that is not its own child."""
    scope = Path("/proc/sys/kernel/yama/ptrace_scope")
    free = os.geteuid() == 0 or not scope.exists() or scope.read_text("ascii").strip() == "0"
    return free and shutil.which("strace") is not None


def _may_unshare() -> bool:
    """Whether this user may have a mount namespace of his own, as on Debian by default."""
    return subprocess.run(["unshare", "-Urm", "true"], capture_output=True, check=False).returncode == 0


NEEDS = {
    "fonts": Need(_has_fonts, "install fonts-noto-cjk"),
    "chromium": Need(_installed("chromium", "chromium-browser"), "install chromium"),
    "gcc": Need(_installed("gcc"), "install gcc"),
    "strace": Need(_may_trace, "install strace; where kernel.yama.ptrace_scope is not 0, run pytest as root (sudo)"),
    "evdev": Need(has_evdev, "pip install evdev, which is compiled there", False),
    "gpio-sim": Need(has_gpio_sim, "load the kernel's gpio-sim and run pytest as root", False),
    "memory-cgroup": Need(lambda: cgroups() is not None, "run pytest as root where cgroups limit memory", False),
    "postgresql": Need(lambda: postgres.programs() is not None, "install postgresql"),
    "systemd": Need(_installed("systemd-analyze"), "install systemd"),
    "mounts": Need(lambda: os.geteuid() == 0 or _may_unshare(), "run pytest as root (sudo)"),
    "tryton": Need(tryton.can_run, "install postgresql; pip fetches Tryton"),
    "netns": Need(may_have_networks, "install iproute2 and nftables, and run pytest as root (sudo)"),
    "uinput": Need(has_uinput, "load the kernel's uinput and run pytest as root", False),
    "zbar": Need(has_zbar, "install libzbar0"),
}

_not_run: pytest.StashKey[list[str]] = pytest.StashKey()
_incomplete: pytest.StashKey[bool] = pytest.StashKey()
_NOT_RUN_KEY, _INCOMPLETE_KEY = "clockpiece_not_run", "clockpiece_incomplete"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--fast", action="store_true", help="leave out the tests marked slow")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_not_run] = []
    config.stash[_incomplete] = False


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    kept, left_out = [], []
    for item in items:
        missing = _missing(item)
        if config.getoption("--fast") and item.get_closest_marker("slow"):
            left_out.append(item)
        elif missing:
            left_out.append(item)
            config.stash[_not_run] += [f"NOT RUN: {item.nodeid}: needs {name}, {NEEDS[name].mend}" for name in missing]
            config.stash[_incomplete] |= any(NEEDS[name].required for name in missing)
        else:
            kept.append(item)
    items[:] = kept
    config.hook.pytest_deselected(items=left_out)


def _missing(item: pytest.Item) -> list[str]:
    names = [str(name) for marker in item.iter_markers("needs") for name in marker.args]
    unknown = sorted(set(names) - NEEDS.keys())
    if unknown:
        raise pytest.UsageError(f"{item.nodeid}: needs({unknown[0]!r}) is none of {sorted(NEEDS)}")
    return [name for name in names if not NEEDS[name].is_met()]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for line in config.stash[_not_run]:
        terminalreporter.write_line(line, red=True)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    """One of several processes has ended: each has collected, and left out, the same tests."""
    told = getattr(node, "workeroutput", {})
    node.config.stash[_not_run] = told.get(_NOT_RUN_KEY, node.config.stash[_not_run])
    node.config.stash[_incomplete] |= told.get(_INCOMPLETE_KEY, False)


def pytest_sessionfinish(session: pytest.Session) -> None:
    config = session.config
    if hasattr(config, "workeroutput"):
        config.workeroutput.update({_NOT_RUN_KEY: config.stash[_not_run], _INCOMPLETE_KEY: config.stash[_incomplete]})
        return
    nothing_failed = session.exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)
    if config.stash[_incomplete] and nothing_failed:
        session.exitstatus = NOT_RUN


class _Formatting(logging.Handler):
    """Formats every record and keeps the ones that cannot be."""

    def __init__(self) -> None:
        super().__init__(logging.NOTSET)
        self.bad: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        try:
            record.getMessage()
        except (TypeError, ValueError, KeyError) as error:
            self.bad.append(f"{record.pathname}:{record.lineno}: {record.msg!r} % {record.args!r}: {error}")


@pytest.fixture(autouse=True)
def _log_calls_are_well_formed() -> Iterator[None]:
    """A log call is run most often when something has gone wrong already: it must not fail then."""
    root, handler = logging.getLogger(), _Formatting()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield
    root.setLevel(level)
    root.removeHandler(handler)
    assert not handler.bad, "\n".join(handler.bad)


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """A folder whose path leaves room for a Unix socket's name."""
    folder = Path(tempfile.mkdtemp(prefix="cp-", dir="/tmp"))
    assert len(str(folder)) < LONGEST_SHORT_PATH
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[postgres.Cluster]:
    """A PostgreSQL server for the whole run. Whoever asks for it says `needs("postgresql")`."""
    with postgres.cluster() as made:
        yield made


@pytest.fixture(scope="session")
def empty_hr_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite database of HR at its newest schema, to be copied."""
    file = tmp_path_factory.mktemp("hr") / "hr.db"
    _with_tables(f"sqlite:///{file}")
    return file


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.needs("postgresql"))])
def hr_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty HR database, at its newest schema: the test runs on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("empty_hr_file"), tmp_path / "hr.db")
        yield f"sqlite:///{tmp_path / 'hr.db'}"
        return
    server: postgres.Cluster = request.getfixturevalue("postgresql")
    name = server.copy_of("hr", _with_tables)
    yield server.url(name)
    server.drop(name)


def _with_tables(url: str) -> None:
    made = engine(url)
    upgrade(made)
    made.dispose()
