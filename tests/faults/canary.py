"""A person who does not exist joins, another one looks at his pay, and then everything the box has left on its disk is
searched for them.

`python -m tests.faults.canary` runs it with the real processes and prints where they were found: at HR, the card opened
with HR's key, and on the screen; and nowhere on the box.
"""

from __future__ import annotations

import base64
import contextlib
import os
import socket
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from database import _keyed
from edge.link.ask import ask
from edge.link.codec import encode
from edge.link.messages import BadgeTapped, CardRead, Command, OpenCardStep, RegisterPerson, new_id
from sync.reference.store import ReferenceReader
from sync.wire.envelope import ClockState, Stamp, b64
from sync.wire.identity import IdCard, Identity, seal, sealing_fingerprint
from sync.wire.reference_data import Person
from tests import newcomers
from tests.faults import canary_pay
from tests.faults.box import DB_KEY, FaultBox, Service
from tests.faults.canary_pay import PAY
from tests.listening import listens

PERSON = "019aa000-0000-7000-8000-0000ca4a41e5"
CARD = msgspec.structs.replace(newcomers.CARD, name="欧阳金丝雀", address="北京市朝阳区金丝雀路118号")
BADGE = "EM4100:CA4A41E5D1"
IDENTITY = {"name": CARD.name, "number": CARD.number, "address": CARD.address}
"""What his card says: sealed at once, and in no store of the box, keyed or not."""

EVERYTHING = {**IDENTITY, "badge": BADGE.partition(":")[2]}
WANTED = {**EVERYTHING, **PAY}
DEADLINE_S = 30.0


def spellings(text: str) -> list[bytes]:
    """The ways in which a text may lie on a disk."""
    whole = [text.encode(each) for each in ("utf-8", "utf-16-le", "utf-16-be", "gb18030")]
    whole.append(text.encode("unicode_escape"))
    found = {*whole, *(each.hex().encode() for each in whole), *(each.hex().upper().encode() for each in whole)}
    for each in whole:
        for shift in range(3):
            # The letters of base64 at the edges depend on the neighbours; those in the middle do not.
            encoded = base64.b64encode(b"\0" * shift + each).rstrip(b"=")
            found.add(encoded[4 if shift else 0 : len(encoded) - 1])
    return sorted(found)


def found_in(raw: bytes, wanted: dict[str, str]) -> list[str]:
    """Which of the wanted are in there, in any spelling."""
    return [name for name, text in wanted.items() if any(each in raw for each in spellings(text))]


def search(folder: Path, wanted: dict[str, str]) -> dict[str, list[str]]:
    """The files in which something was found, and what."""
    files = [file for file in sorted(folder.rglob("*")) if file.is_file()]
    hits = {str(file.relative_to(folder)): found_in(file.read_bytes(), wanted) for file in files}
    return {file: names for file, names in hits.items() if names}


def unkeyed_copy(file: Path, key: bytes, target: Path) -> Path:
    """The same database as somebody with the key sees it."""
    with contextlib.closing(_keyed(f"file:{file}", key)) as connection:
        connection.execute("ATTACH DATABASE ? AS plain KEY ''", (str(target),))
        connection.execute("SELECT sqlcipher_export('plain')")
    return target


def joining(key_text: str, sealed: bytes, now: Callable[[], Stamp], station: str) -> Iterator[Command]:
    """Everything that the card reader, the pages and the badge reader send to core when he joins."""
    yield OpenCardStep(new_id(), station, 15)
    yield CardRead(new_id(), now(), station, "gate-card", card=CARD)
    yield RegisterPerson(new_id(), now(), station, PERSON, b64(sealed), key_text, "0" * 64, "zh")
    yield BadgeTapped(new_id(), now(), station, "gate-1", BADGE)
    yield BadgeTapped(new_id(), now(), station, "gate-1", BADGE)
    yield BadgeTapped(new_id(), now(), station, "gate-1", BADGE)


def now() -> Stamp:
    return Stamp("boot-canary", time.clock_gettime_ns(time.CLOCK_BOOTTIME), time.time_ns() // 1000, ClockState.NTP)


@dataclass
class Found:
    """Where it was found. `at_hr`, `on_screen` and `with_key` prove that the search works."""

    at_hr: list[str]
    on_screen: list[str]
    with_key: dict[str, list[str]]
    on_box: dict[str, list[str]]


def run() -> Found:
    """A box with its real processes, from before he joins until HR has given him a number."""
    with FaultBox(1) as box, temporary_files_in(box.folder / "temporary"):
        for service in (Service.HR, Service.CORE, Service.SYNC):
            box.start(service)
        wait(lambda: listens(box.folder / "run" / "core.sock"))
        sealing = box.hr.office.keys.sealing
        record = seal(Identity(PERSON, CARD), sealing.public_key())
        for command in joining(sealing_fingerprint(sealing.public_key()), record, now, "gate"):
            ask(box.folder / "run" / "core.sock", command, DEADLINE_S)
        misspoken(box.folder / "run" / "core.sock")
        wait(lambda: len(box.hr.newcomers.listed()) == 1 and box.hr.newcomers.listed()[0].badges != ())
        wait(lambda: box.hr.newcomers.open_card(PERSON) is not None)
        box.hr.newcomers.employ(PERSON, Person("", "7777", CARD.name))
        wait(lambda: CARD.name in {person.name for person in directory(box)})
        card = box.hr.newcomers.open_card(PERSON)
        canary_pay.earn(box)
        screen = canary_pay.look(box)
        box.stop()
        plain = box.folder / "hr" / "plain"
        plain.mkdir()
        with_key = {
            name: found_in(unkeyed_copy(box.folder / "data" / name, DB_KEY, plain / name).read_bytes(), WANTED)
            for name in ("facts.db", "reference.db")
        }
        # HR's own folder is another machine's.
        on_box = {file: names for file, names in search(box.folder, WANTED).items() if not file.startswith("hr/")}
        return Found(found_in(repr_of(card), IDENTITY), found_in(screen.encode(), PAY), with_key, on_box)


def repr_of(card: IdCard | None) -> bytes:
    return b"" if card is None else "\n".join((card.name, card.number, card.address)).encode()


def directory(box: FaultBox) -> list[Person]:
    with contextlib.closing(ReferenceReader(box.folder / "data" / "reference.db", DB_KEY)) as reader:
        return reader.directory().reference.people


def misspoken(path: Path) -> None:
    """A card that a broken process sends: core cuts it off, and the log must not say what was in it."""
    whole = encode(CardRead(new_id(), now(), "gate", "gate-card", card=CARD)).rstrip(b"\n")
    for line in (whole[:-1], whole[:-2] + b',"nation":"x"}}', whole.replace(b'"RESIDENT"', b'"ROBOT"')):
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as peer:
            peer.settimeout(DEADLINE_S)
            peer.connect(str(path))
            peer.sendall(line + b"\n")
            while peer.recv(1000):
                pass


@contextlib.contextmanager
def temporary_files_in(folder: Path) -> Iterator[None]:
    folder.mkdir()
    before = os.environ.get("TMPDIR")
    os.environ["TMPDIR"] = str(folder)
    try:
        yield
    finally:
        if before is None:
            del os.environ["TMPDIR"]
        else:
            os.environ["TMPDIR"] = before


def wait(true: Callable[[], bool]) -> None:
    until_s = time.monotonic() + DEADLINE_S
    while not true():
        if time.monotonic() > until_s:
            raise AssertionError("it did not come to that in time")
        time.sleep(0.05)


def main() -> int:
    found = run()
    print(f"at HR, opened with its key: {', '.join(found.at_hr)}")
    print(f"of the pay, on the screen: {', '.join(found.on_screen)}")
    for file, names in found.with_key.items():
        print(f"in {file}, opened with the box's key: {', '.join(names) or 'nothing'}")
    for file, names in found.on_box.items():
        print(f"FOUND in {file}: {', '.join(names)}")
    print(f"{len(found.on_box)} hits on the box")
    return 1 if found.on_box or not found.at_hr or not found.on_screen else 0


if __name__ == "__main__":
    sys.exit(main())
