"""Looks at a box and the machine it runs on, and changes nothing. What is seen is judged in `checks`."""

from __future__ import annotations

import grp
import os
import pwd
import re
import shutil
import stat
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlcipher3 import dbapi2

from database import KeyRefused, NewerSchema, NotThereYet, read_key
from edge.bootstrap import BoxFiles
from edge.bootstrap.alone import is_held, lock_of
from edge.config import Counter, CounterOnLine
from edge.health.checks import Board, Clock, Device, Folder, Journal, Line, Secret, Seen, Uploads
from edge.link.ask import CoreSilent, ask
from edge.link.inspection import Devices, ListDevices
from edge.link.inspector import DevicesSilent, Inspector, NotDone
from edge.link.messages import NotRecorded, Ping, new_id
from edge.store.views import SqlViews
from settings import ConfigError
from sync.wire.envelope import GENESIS, Fact, fact_hash
from sync.wire.facts import CounterRole
from sync.wire.rotation import NEXT

TAIL = 1000
MOST_COMMISSIONINGS = 1000
CORE_WITHIN_S = 3.0
SERVICES_USER = "clockpiece"


def _said(*command: str) -> str:
    """What a program of the machine prints; nothing when there is none, or it fails."""
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=5, check=True).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return ""


@dataclass(frozen=True)
class Machine:
    """The machine below the box. `root` is where its /proc, /sys and /etc begin."""

    root: Path = Path("/")
    said: Callable[..., str] = _said


@dataclass(frozen=True)
class Hr:
    """What reference.db says of HR; see sync.reference.store.Contact. `off_us`: see checks.Uploads."""

    heard_us: int
    state: str
    acknowledged: int
    parked: int
    off_us: int = 0


def look(files: BoxFiles, hr: Callable[[], Hr], machine: Machine | None = None) -> Seen:
    """Everything the checks judge. `hr` is asked only where the configuration names one and the key opens."""
    machine = machine or Machine()
    config = files.config
    key = _secret(files, config.box.key, read_key)
    views = SqlViews(files.journal, files.key()) if key.mode is not None and not key.trouble else None
    journal = _journal(views) if views else Journal(trouble="cannot be opened without its key")
    return Seen(
        sqlite=dbapi2.sqlite_version_info,
        key=key,
        signing_key=_secret(files, config.hr.signing_key) if config.hr else None,
        data=_data(files.data, machine),
        reserve_bytes=config.box.reserve_bytes,
        core=_core(files.core_socket),
        running=_running(files),
        journal=journal,
        uploads=_uploads(views, hr()) if config.hr and views else None,
        lines=tuple(_line(device, path) for device, path in _ports(files)),
        clock=_clock(files, journal.newest_us, machine),
        board=_board(machine),
        overlay=overlay(machine),
        policy=_policy(machine),
        memory_limits=_memory_limits(machine),
        devices=_devices(files),
        not_counted=_not_counted(files, views),
    )


def _secret(files: BoxFiles, name: str, read: Callable[[Path], object] = Path.read_bytes) -> Secret:
    try:
        path = files.path(name)
    except ConfigError as error:
        return Secret(name, None, str(error))
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        read(path)
    except FileNotFoundError:
        return Secret(str(path), None)
    except (OSError, ValueError) as error:
        return Secret(str(path), None, str(error))
    followed = path.with_name(path.name + NEXT).exists()
    return Secret(str(path), mode, made_us=path.stat().st_mtime_ns // 1000, followed=followed)


def _data(folder: Path, machine: Machine) -> Folder:
    if not folder.is_dir():
        return Folder(str(folder), None)
    mode = stat.S_IMODE(folder.stat().st_mode)
    databases = sorted(folder.glob("*.db*"))
    unshared = tuple(each.name for each in databases if each.stat().st_mode & 0o060 != 0o060)
    kind = filesystem(folder.resolve(), machine)
    return Folder(str(folder), mode, shutil.disk_usage(folder).free, kind, unshared)


def filesystem(folder: Path, machine: Machine) -> str:
    """The type of the file system below a folder: that of the deepest mount point above it."""
    above = {str(folder), *map(str, folder.parents)}
    mounts = (line.split() for line in _text(machine.root / "proc/self/mounts").splitlines())
    # The later of two mounts on one point hides the earlier.
    found = [(len(point), place, kind) for place, (_, point, kind, *_) in enumerate(mounts) if point in above]
    return max(found)[2] if found else ""


def _core(socket: Path) -> str:
    """Empty when core answers and records."""
    try:
        answer = ask(socket, Ping(new_id()), CORE_WITHIN_S)
    except CoreSilent as error:
        return f"does not answer ({error})"
    return f"cannot record: {answer.reason}" if isinstance(answer, NotRecorded) else ""


def _running(files: BoxFiles) -> dict[str, bool]:
    """The services beside core, by the locks they hold."""
    locks = {"devices": lock_of(files.run, "devices"), "kiosk": lock_of(files.run, "kiosk")}
    if files.config.hr:
        locks["sync"] = lock_of(files.data, "sync")
    return {service: _held(lock) for service, lock in locks.items()}


def _held(lock: Path) -> bool:
    try:
        return is_held(lock)
    except OSError:
        return False


def _journal(views: SqlViews) -> Journal:
    try:
        head = views.head()
        facts = views.after(max(0, head - TAIL), TAIL)
    except (NotThereYet, NewerSchema, KeyRefused, dbapi2.Error) as error:
        return Journal(trouble=str(error))
    newest_us = max((fact.at.wall_us for fact in facts), default=0)
    return Journal(head, len(facts), _broken_at(facts), newest_us)


def _broken_at(facts: list[Fact]) -> int | None:
    before = facts[0].prev_hash if facts and facts[0].seq > 1 else GENESIS
    for fact in facts:
        if fact.prev_hash != before or fact_hash(fact) != fact.hash:
            return fact.seq
        before = fact.hash
    return None


def _uploads(views: SqlViews, hr: Hr) -> Uploads:
    try:
        unsent = views.after(hr.acknowledged, 1)
    except (NotThereYet, NewerSchema, KeyRefused, dbapi2.Error):
        unsent = []
    oldest_us = unsent[0].at.wall_us if unsent else 0
    return Uploads(hr.state, hr.heard_us, hr.acknowledged, hr.parked, oldest_us, hr.off_us)


def _ports(files: BoxFiles) -> list[tuple[str, str]]:
    """Every serial port the configuration names, once, with the first device on it."""
    ports: dict[str, str] = {}
    for reader in files.config.reader:
        ports.setdefault(reader.port, reader.name)
    for counter in files.config.counter:
        if isinstance(counter, CounterOnLine) and counter.serial:
            ports.setdefault(counter.serial, counter.name)
    return [(device, path) for path, device in ports.items()]


def _line(device: str, path: str) -> Line:
    try:
        status = Path(path).stat()
    except OSError:
        return Line(device, path, there=False, usable=False)
    try:
        user = pwd.getpwnam(SERVICES_USER)
    except KeyError:
        return Line(device, path, there=True, usable=os.access(path, os.R_OK | os.W_OK))
    return Line(device, path, there=True, usable=_may_use(status, user))


def _may_use(status: os.stat_result, user: pwd.struct_passwd) -> bool:
    """By the mode, as the unit starts it: with its own groups and dialout."""
    groups = {
        user.pw_gid,
        *(each.gr_gid for each in grp.getgrall() if user.pw_name in each.gr_mem or each.gr_name == "dialout"),
    }
    if status.st_uid == user.pw_uid:
        return status.st_mode & 0o600 == 0o600
    if status.st_gid in groups:
        return status.st_mode & 0o060 == 0o060
    return status.st_mode & 0o006 == 0o006


def _devices(files: BoxFiles) -> tuple[Device, ...]:
    """Nothing when the service does not run, or does not answer: that is told elsewhere."""
    try:
        with Inspector(files.devices_socket) as devices:
            answer = devices.ask(ListDevices())
    except (DevicesSilent, NotDone):
        return ()
    seen = answer.devices if isinstance(answer, Devices) else []
    return tuple(Device(each.name, each.detail if each.up is False else "", each.bad_frames_today) for each in seen)


def _not_counted(files: BoxFiles, views: SqlViews | None) -> tuple[tuple[str, str], ...]:
    counters = [
        each for each in files.config.counter if not each.commissioned and each.counts_as is not CounterRole.IGNORED
    ]
    return tuple((each.name, each.machine) for each in counters if not (views and _proven(each, views)))


def _proven(counter: Counter, views: SqlViews) -> bool:
    """Whether the newest commissioning of this counter is of what its section says now."""
    try:
        facts = views.of_machine("CounterCommissioned", counter.machine, 0, MOST_COMMISSIONINGS)
    except (NotThereYet, NewerSchema, KeyRefused, dbapi2.Error):
        return False
    proven = [fact.body["meaning"] for fact in facts if fact.body["counter"] == counter.name]
    return proven[-1:] == [counter.meaning]


def _clock(files: BoxFiles, newest_us: int, machine: Machine) -> Clock:
    stamp = files.clock(newest_us).stamp()
    has_rtc = any((machine.root / "sys/class/rtc").glob("rtc*"))
    return Clock(stamp.wall_us, str(stamp.clock), has_rtc, files.config.box.timezone)


def _board(machine: Machine) -> Board:
    celsius = re.search(r"temp=([\d.]+)", machine.said("vcgencmd", "measure_temp"))
    throttled = re.search(r"throttled=0x([0-9a-fA-F]+)", machine.said("vcgencmd", "get_throttled"))
    return Board(float(celsius[1]) if celsius else None, int(throttled[1], 16) if throttled else None)


def overlay(machine: Machine) -> str:
    """The kernel's command line wins over the file, as overlayroot itself has it."""
    for file in ("proc/cmdline", "etc/overlayroot.local.conf", "etc/overlayroot.conf"):
        found = re.findall(r'^(?:.*\s)?overlayroot="?([^\s"]+)', _text(machine.root / file), re.MULTILINE)
        if found:
            return str(found[-1])
    return ""


def _policy(machine: Machine) -> bool | None:
    if not (machine.root / "etc/systemd/system/clockpiece-screen.service").exists():
        return None
    return (machine.root / "etc/chromium/policies/managed/clockpiece.json").exists()


def _memory_limits(machine: Machine) -> bool | None:
    """By the controllers of cgroup version 2, see cgroups(7)."""
    controllers = _text(machine.root / "sys/fs/cgroup/cgroup.controllers").split()
    return "memory" in controllers if controllers else None


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8", "replace")
    except OSError:
        return ""
