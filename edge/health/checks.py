"""What is wrong with a box and what to do, judged from what the probes saw. Pure: one function a check, in `CHECKS`.

BAD: something does not work, or what is recorded may be lost. LOOK: it works, and a person should know or decide.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

OLDEST_SAFE_SQLITE = (3, 51, 3)
"""Below this a WAL database can be corrupted when two connections write at once (sqlite.org, WAL-reset bug)."""

IN_MEMORY = {"tmpfs", "ramfs", "overlay"}
WITHOUT_WAL = {"nfs", "nfs4", "cifs", "smb3", "9p", "vfat", "exfat", "fuse.sshfs", "fuse.glusterfs"}
"""File systems without the shared memory or the locks that WAL needs (sqlite.org/wal.html)."""

ROOMY_BYTES = 500_000_000
SILENT_AFTER_US = 3_600_000_000
OLD_AFTER_US = 7 * 86_400_000_000
CLOCK_OFF_US = 120_000_000
KEY_OLD_AFTER_US = 365 * 86_400_000_000
MANY_BAD_FRAMES = 20
"""On one day; a badge that is held badly makes one or two."""

HOT_CELSIUS = 80.0
"""From here on a Raspberry Pi slows itself down (raspberrypi.com, frequency management and thermal control)."""

THROTTLED = {0: "too little voltage now", 2: "slowed down now", 16: "too little voltage since the start"}
"""Bits of `vcgencmd get_throttled` (raspberrypi.com, vcgencmd)."""


class Level(StrEnum):
    OK = "ok"
    LOOK = "look"
    BAD = "bad"


@dataclass(frozen=True)
class Finding:
    """One line: what is so, and what to do about it."""

    level: Level
    check: str
    says: str
    mend: str = ""


@dataclass(frozen=True)
class Secret:
    """A key file. `mode` None: not there. `trouble`: why it cannot be used. `made_us`: UTC, 0 for not known.
    `followed`: another key waits to take its place."""

    path: str
    mode: int | None
    trouble: str = ""
    made_us: int = 0
    followed: bool = False


@dataclass(frozen=True)
class Folder:
    """The data folder. `mode` None: not there. `unshared`: databases in it that its group may not write."""

    path: str
    mode: int | None
    free_bytes: int = 0
    filesystem: str = ""
    unshared: tuple[str, ...] = ()


@dataclass(frozen=True)
class Journal:
    """The last facts, recomputed. `broken_at`: the first whose hash or link is wrong; `newest_us`: UTC, 0 for none."""

    head: int = 0
    checked: int = 0
    broken_at: int | None = None
    newest_us: int = 0
    trouble: str = ""


@dataclass(frozen=True)
class Uploads:
    """How it stands with HR. `heard_us`: its last answer, UTC, 0 for never; `oldest_us`: the oldest unsent fact's;
    `off_us`: this box's clock less HR's, as far as HR has signed what time it is in this boot."""

    state: str
    heard_us: int
    acknowledged: int
    parked: int
    oldest_us: int = 0
    off_us: int = 0


@dataclass(frozen=True)
class Line:
    """A serial port of the configuration."""

    device: str
    path: str
    there: bool
    usable: bool


@dataclass(frozen=True)
class Device:
    """A device as the running service tells of it. `gone`: why it is away, empty when it is there.

    `bad_frames`: today.
    """

    name: str
    gone: str = ""
    bad_frames: int = 0


@dataclass(frozen=True)
class Clock:
    """`now_us` is UTC; `state` says how far it can be believed: none, rtc, ntp, ..."""

    now_us: int
    state: str
    has_rtc: bool
    zone: str


@dataclass(frozen=True)
class Board:
    """What a Raspberry Pi says of itself; both None on other machines."""

    celsius: float | None = None
    throttled: int | None = None


@dataclass(frozen=True)
class Seen:
    """Everything the probes saw. `core` empty: it answers and records. `uploads` None: the box works alone.

    `devices`: as the service tells of them. `not_counted`: counter and machine, where neither the section nor a
    commissioning says for sure what the values mean.
    `overlay`: the setting of overlayroot, empty without. `policy` None: no screen is installed.
    `memory_limits`: whether the kernel keeps the units' MemoryMax; None where that cannot be told.
    """

    sqlite: tuple[int, ...]
    key: Secret
    signing_key: Secret | None
    data: Folder
    reserve_bytes: int
    core: str
    running: dict[str, bool]
    journal: Journal
    uploads: Uploads | None
    lines: tuple[Line, ...]
    clock: Clock
    board: Board
    overlay: str
    policy: bool | None
    memory_limits: bool | None = None
    devices: tuple[Device, ...] = ()
    not_counted: tuple[tuple[str, str], ...] = ()


def judge(seen: Seen) -> list[Finding]:
    """Every finding, in the order of the table."""
    return [finding for check in CHECKS for finding in check(seen)]


def _keys(seen: Seen) -> Iterator[Finding]:
    for name, key in (("database key", seen.key), ("signing key", seen.signing_key)):
        if key is None:
            continue
        if key.mode is None or key.trouble:
            mend = "make it as docs/operations.md says, or run doctor as root (sudo)"
            yield Finding(Level.BAD, name, key.trouble or f"{key.path} is not there", mend)
        elif key.mode & 0o007:
            yield Finding(Level.BAD, name, f"{key.path} can be read by everybody", f"chmod 600 {key.path}")
        else:
            yield Finding(Level.OK, name, key.path)
    if seen.signing_key is not None:
        yield from _rotation(seen.signing_key, seen.clock.now_us)
    if seen.key.mode is not None:
        says = "it lies on the card beside the data: it does not protect a card that is stolen"
        yield Finding(Level.LOOK, "database key", says, "lock the housing; keep a copy of the key elsewhere")


def _rotation(key: Secret, now_us: int) -> Iterator[Finding]:
    if key.followed:
        says = "a new key waits beside it, and HR may have taken that one already"
        yield Finding(Level.BAD, "signing key", says, "run `clockpiece rotate-key` again")
    elif key.made_us and now_us - key.made_us > KEY_OLD_AFTER_US:
        says = f"made {_ago(now_us - key.made_us)}"
        yield Finding(Level.LOOK, "signing key", says, "once a year: clockpiece rotate-key")


def _sqlite(seen: Seen) -> Iterator[Finding]:
    version = ".".join(map(str, seen.sqlite))
    if seen.sqlite < OLDEST_SAFE_SQLITE:
        yield Finding(Level.BAD, "SQLite", f"{version} can damage a database", "install sqlcipher3 0.6.4 or newer")
    else:
        yield Finding(Level.OK, "SQLite", version)


def _data(seen: Seen) -> Iterator[Finding]:
    data = seen.data
    if data.mode is None:
        yield Finding(Level.BAD, "data folder", f"{data.path} is not there", "mount its card, or run install.sh again")
        return
    if data.filesystem in IN_MEMORY:
        says = f"{data.path} is on {data.filesystem}: what is recorded is gone at the next power cut"
        yield Finding(Level.BAD, "data folder", says, "give it a partition of its own; see docs/technician.md")
    elif data.filesystem in WITHOUT_WAL:
        says = f"{data.path} is on {data.filesystem}, which cannot hold these databases"
        yield Finding(Level.BAD, "data folder", says, "put it on the box's own card or disk, ext4")
    if data.mode & 0o007:
        yield Finding(Level.BAD, "data folder", f"everybody may enter {data.path}", f"chmod 2770 {data.path}")
    elif data.mode & 0o070 != 0o070:
        says = "only its owner may write there: kiosk and sync cannot read the databases"
        yield Finding(Level.LOOK, "data folder", says, f"chmod 2770 {data.path}, unless all services are one user")
    elif data.unshared:
        says = f"its group may not write {', '.join(data.unshared)}: a reader may lock the writer out"
        yield Finding(Level.BAD, "data folder", says, f"chmod g+rw {data.path}/*.db*")
    else:
        yield Finding(Level.OK, "data folder", data.path)
    free = f"{data.free_bytes / 1e6:,.0f} MB free"
    if data.free_bytes < seen.reserve_bytes:
        yield Finding(Level.BAD, "space", f"{free}: counter readings are refused", "make room outside the data folder")
    elif data.free_bytes < ROOMY_BYTES:
        yield Finding(Level.LOOK, "space", free, "make room outside the data folder, or use a larger card")
    else:
        yield Finding(Level.OK, "space", free)


def _services(seen: Seen) -> Iterator[Finding]:
    if seen.core:
        mend = "systemctl status clockpiece-core; docs/operations.md, What to do when"
        yield Finding(Level.BAD, "core", seen.core, mend)
    else:
        yield Finding(Level.OK, "core", "answers and records")
    for service, runs in seen.running.items():
        if runs:
            yield Finding(Level.OK, service, "runs")
        else:
            yield Finding(Level.BAD, service, "does not run", f"systemctl status clockpiece-{service}")


def _journal(seen: Seen) -> Iterator[Finding]:
    journal = seen.journal
    if journal.trouble:
        yield Finding(Level.BAD, "journal", journal.trouble, "start core once, or see what it says")
    elif journal.broken_at is not None:
        says = f"the chain is broken at fact {journal.broken_at}"
        yield Finding(Level.BAD, "journal", says, "stop the box, copy the data folder, and replace the box")
    else:
        yield Finding(Level.OK, "journal", f"{journal.head} facts, the last {journal.checked} verified")


def _uploads(seen: Seen) -> Iterator[Finding]:
    uploads, now_us = seen.uploads, seen.clock.now_us
    if uploads is None:
        yield Finding(Level.LOOK, "HR", "no [hr]: this box works alone", "fill in [hr] to send facts")
        return
    heard = f"last answer {_ago(now_us - uploads.heard_us)}" if uploads.heard_us else "has never answered"
    if uploads.state == "waiting":
        mend = "`clockpiece enrol` asks HR and shows six words: compare them there, and accept it"
        yield Finding(Level.BAD, "HR", "has not accepted this box", mend)
    elif uploads.state == "certificate":
        says = "its certificate is not valid on the day that it is there, or here where HR does not say: facts wait"
        mend = "at HR: clockpiece hr certificate, and start it anew; without hr.ca set this box's clock"
        yield Finding(Level.BAD, "HR", says, mend)
    elif uploads.state != "ok" or now_us - uploads.heard_us > SILENT_AFTER_US:
        mend = "nothing is lost; look at the network, then at sync's log"
        yield Finding(Level.LOOK, "HR", f"cannot be reached; {heard}", mend)
    else:
        yield Finding(Level.OK, "HR", f"accepted; {heard}")
    waiting = max(0, seen.journal.head - uploads.acknowledged)
    age_us = now_us - uploads.oldest_us if waiting and uploads.oldest_us else 0
    says = f"{waiting} facts wait for HR" + (f", the oldest made {_ago(age_us)}" if age_us else "")
    if age_us > OLD_AFTER_US:
        yield Finding(Level.LOOK, "queue", says, "they wait for as long as it takes; bring the network back")
    else:
        yield Finding(Level.OK, "queue", says)
    if uploads.parked:
        says = f"HR has set {uploads.parked} facts aside"
        yield Finding(Level.LOOK, "refusals", says, "see the reasons on HR's page of boxes")


def _lines(seen: Seen) -> Iterator[Finding]:
    for line in seen.lines:
        name = f"port of {line.device}"
        if not line.there:
            mend = "plug it in; name its socket with clockpiece-name-port"
            yield Finding(Level.BAD, name, f"{line.path} is not there", mend)
        elif not line.usable:
            mend = "add the user clockpiece to the port's group, usually dialout"
            yield Finding(Level.BAD, name, f"the services may not use {line.path}", mend)
        elif line.path.startswith(("/dev/ttyUSB", "/dev/ttyACM")):
            mend = "name its socket with clockpiece-name-port"
            yield Finding(Level.LOOK, name, f"{line.path} changes its number when plugged in anew", mend)
        else:
            yield Finding(Level.OK, name, line.path)


def _devices(seen: Seen) -> Iterator[Finding]:
    for device in seen.devices:
        if device.gone:
            mend = "look at its cable and its supply; docs/technician.md, When it does not work"
            yield Finding(Level.BAD, device.name, f"is gone: {device.gone}", mend)
        elif device.bad_frames >= MANY_BAD_FRAMES:
            says = f"{device.bad_frames} bad frames today"
            mend = f"look at its cable, antenna and supply: clockpiece devices watch {device.name}"
            yield Finding(Level.LOOK, device.name, says, mend)
        else:
            yield Finding(Level.OK, device.name, "is there")
    for counter, machine in seen.not_counted:
        says = "nobody has proven what its values mean: they are shown, and nothing is counted"
        yield Finding(Level.LOOK, counter, says, f"clockpiece devices commission {machine}")


def _clock(seen: Seen) -> Iterator[Finding]:
    clock = seen.clock
    if clock.now_us < seen.journal.newest_us:
        says = "the clock is behind the newest fact"
        yield Finding(Level.BAD, "clock", says, "set it: timedatectl set-time; look at the clock's battery")
    elif seen.uploads is not None and abs(seen.uploads.off_us) > CLOCK_OFF_US:
        off_us = seen.uploads.off_us
        far = f"{abs(off_us) // 60_000_000:,} minutes {'fast' if off_us > 0 else 'slow'}"
        says = f"{far} by HR's time; HR dates the facts"
        yield Finding(Level.LOOK, "clock", says, "set it: timedatectl set-time; look at the clock's battery")
    elif clock.state == "none":
        says = "nobody vouches for the time: facts are marked so and HR dates them later"
        yield Finding(Level.LOOK, "clock", says, "fit a real-time clock (docs/technician.md) or reach a time server")
    elif clock.state == "ntp" and not clock.has_rtc:
        says = "set by a time server; without a network the next start will not know the time"
        yield Finding(Level.LOOK, "clock", says, "fit a real-time clock (docs/technician.md)")
    else:
        yield Finding(Level.OK, "clock", f"believed: {clock.state}")
    yield Finding(Level.OK, "time zone", f"days are counted in {clock.zone}")


def _board(seen: Seen) -> Iterator[Finding]:
    board = seen.board
    if board.celsius is not None:
        hot = board.celsius >= HOT_CELSIUS
        mend = "give it air or a heat sink" if hot else ""
        yield Finding(Level.LOOK if hot else Level.OK, "temperature", f"{board.celsius:.0f} degrees", mend)
    if board.throttled is not None:
        wrong = [text for bit, text in THROTTLED.items() if board.throttled >> bit & 1]
        if wrong:
            yield Finding(Level.BAD, "power", ", ".join(wrong), "use the official power supply and a short cable")
        else:
            yield Finding(Level.OK, "power", "enough voltage since the start")


def _memory(seen: Seen) -> Iterator[Finding]:
    if seen.memory_limits is False:
        says = "the kernel keeps no limits: a browser that grows can starve the rest"
        mend = "add cgroup_enable=memory to /boot/firmware/cmdline.txt and restart"
        yield Finding(Level.LOOK, "memory", says, mend)


def _overlay(seen: Seen) -> Iterator[Finding]:
    options = seen.overlay.split(":", 1)[-1].split(",")
    if seen.overlay and seen.overlay != "disabled" and "recurse=0" not in options:
        says = f"overlayroot={seen.overlay} makes every file system volatile, the data folder's too"
        yield Finding(Level.BAD, "overlay", says, "write overlayroot=tmpfs:recurse=0 and restart")


def _policy(seen: Seen) -> Iterator[Finding]:
    if seen.policy is None:
        return
    if seen.policy:
        yield Finding(Level.OK, "browser", "its policy is there")
    else:
        says = "its policy is missing: a worker can leave the page"
        yield Finding(Level.BAD, "browser", says, "run install.sh again")


def _ago(age_us: int) -> str:
    minutes = max(0, age_us) // 60_000_000
    if minutes < 120:
        return f"{minutes} minutes ago"
    return f"{minutes // 60} hours ago" if minutes < 48 * 60 else f"{minutes // 1440} days ago"


CHECKS: tuple[Callable[[Seen], Iterator[Finding]], ...] = (
    _keys,
    _sqlite,
    _data,
    _overlay,
    _services,
    _journal,
    _uploads,
    _lines,
    _devices,
    _clock,
    _board,
    _memory,
    _policy,
)
