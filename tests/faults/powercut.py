"""Pulls the plug at any moment of the store's work and looks at what the card would hold.

    python -m tests.faults.powercut --images 1500 [--seed 1] [--older facts-0001.db] [--unsafe NORMAL|OFF]

A process does the box's real work while every write and barrier it asks for is recorded. From the log, images are
built of what a card may hold after a cut: every byte covered by a finished fsync, and of what was not covered yet an
arbitrary subset of the writes, each whole, missing or torn at 512 bytes; names (created, removed) up to an arbitrary
one of those not covered by a barrier. SQLite's own crash tests assume the same card. On each image core is started
again, is sent the unanswered commands once more as a client would, and takes one tap.

`--fail-every` lets flushes fail as well: the kernel says so once, and takes for written what never was (man fsync).
`--unsafe` runs the work with weaker barriers and must find losses: a harness that cannot fail proves nothing.
"""

from __future__ import annotations

import argparse
import itertools
import os
import random
import shutil
import struct
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path
from typing import NamedTuple

from edge.domain.state import BoxState
from edge.link.messages import Answer, Recordable
from sync.wire.envelope import GENESIS, fact_hash
from tests.faults.powercut_writer import batches, open_recorder, tap
from tests.moments import StandingClock, moment

HERE = Path(__file__).parent
SECTOR = 512
HEADER = struct.Struct("<BIQI")
EARLY_SHARE = 0.2
"""Of the images, as many are cut before the first answer: the creation and migration of the journal."""

OLDER = HERE.parent / "fixtures" / "databases"
OLDER_BATCHES = 30
"""What the journals of older releases in `tests/fixtures/databases` hold of the work."""


class Op(IntEnum):
    OPEN = 1
    WRITE = 2
    TRUNCATE = 3
    SYNC = 4
    UNLINK = 5
    RENAME = 6
    NOTE = 7
    FAILED = 8


class Entry(NamedTuple):
    """What `offset` means: a place (WRITE), a length (TRUNCATE), "was emptied" (OPEN), the new path (RENAME)."""

    op: Op
    file: int
    offset: int
    data: bytes


def read_log(file: Path) -> list[Entry]:
    raw, place, entries = file.read_bytes(), 0, []
    while place < len(raw):
        op, number, offset, length = HEADER.unpack_from(raw, place)
        place += HEADER.size
        entries.append(Entry(Op(op), number, offset, raw[place : place + length]))
        place += length
    return entries


class Broken(Exception):
    """An image on which core starts, but not on what the facts say."""


class Card:
    """A card that has been asked for the entries so far; `image` says what it may hold if the plug is pulled now."""

    def __init__(self, before: dict[str, bytes], answered_before: Iterable[str] = ()) -> None:
        """`before`: files that lay on it, and the commands that they have long answered."""
        self.asked: dict[str, None] = dict.fromkeys(answered_before)
        self.answered: set[str] = set(self.asked)
        self._held = [bytearray(content) for content in before.values()]
        self._seen = [bytearray(content) for content in before.values()]
        self._uncovered: list[list[Entry]] = [[] for _ in before]
        self._names = {path: content for content, path in enumerate(before)}
        self._held_names = dict(self._names)
        self._name_changes: list[tuple[str, int | None]] = []
        self._path_of: dict[int, str] = {}
        self._content_of: dict[int, int] = {}

    def apply(self, entry: Entry) -> None:
        match entry.op:
            case Op.NOTE:
                self._note(entry.data.decode())
            case Op.OPEN:
                self._open(entry)
            case Op.WRITE | Op.TRUNCATE:
                self._change(self._content_of[entry.file], entry)
            case Op.SYNC:
                self._sync(entry.file)
            case Op.FAILED:
                # The kernel keeps what it could not write in its cache and never writes it again.
                if entry.file in self._content_of:
                    self._uncovered[self._content_of[entry.file]] = []
            case Op.UNLINK:
                self._rename(self._path_of[entry.file], None)
            case Op.RENAME:
                self._path_of[entry.offset] = entry.data.decode()
                self._rename(self._path_of[entry.file], entry.data.decode())
                self._content_of[entry.offset] = self._content_of[entry.file]

    def _note(self, text: str) -> None:
        word, *ids = text.split()
        if word == "asked":
            self.asked.update(dict.fromkeys(ids))
        else:
            self.answered.update(ids)

    def _open(self, entry: Entry) -> None:
        path = self._path_of[entry.file] = entry.data.decode()
        if path not in self._names:
            self._held.append(bytearray())
            self._seen.append(bytearray())
            self._uncovered.append([])
            self._names[path] = len(self._held) - 1
            self._name_changes.append((path, self._names[path]))
        self._content_of[entry.file] = self._names[path]
        if entry.offset:
            self._change(self._names[path], Entry(Op.TRUNCATE, entry.file, 0, b""))

    def _change(self, content: int, entry: Entry) -> None:
        change(self._seen[content], entry)
        self._uncovered[content].append(entry)

    def _rename(self, path: str, to: str | None) -> None:
        content = self._names.pop(path)
        self._name_changes.append((path, None))
        if to is not None:
            self._names[to] = content
            self._name_changes.append((to, content))

    def _sync(self, file: int) -> None:
        """Covers the file's bytes and, as a journalling file system does, every name change before it."""
        content = self._content_of.get(file)  # None: the folder itself
        if content is not None:
            for entry in self._uncovered[content]:
                change(self._held[content], entry)
            self._uncovered[content] = []
        rename_all(self._held_names, self._name_changes)
        self._name_changes = []

    def image(self, chance: random.Random) -> dict[str, bytes]:
        names = dict(self._held_names)
        rename_all(names, self._name_changes[: chance.randint(0, len(self._name_changes))])
        contents = {content: bytearray(self._held[content]) for content in names.values()}
        luck = chance.random()
        for content, held in contents.items():
            for entry in self._uncovered[content]:
                for kept in survivors(entry, luck, chance):
                    change(held, kept)
        return {path: bytes(contents[content]) for path, content in names.items() if not path.endswith("-shm")}

    def whole(self) -> dict[str, bytes]:
        """What the files hold for whoever reads them now."""
        names = {path: self._seen[content] for path, content in self._names.items()}
        return {path: bytes(seen) for path, seen in names.items() if not path.endswith("-shm")}


def change(held: bytearray, entry: Entry) -> None:
    if len(held) < entry.offset:
        held.extend(bytes(entry.offset - len(held)))
    if entry.op is Op.TRUNCATE:
        del held[entry.offset :]
    else:
        held[entry.offset : entry.offset + len(entry.data)] = entry.data


def rename_all(names: dict[str, int], changes: list[tuple[str, int | None]]) -> None:
    for path, content in changes:
        if content is None:
            names.pop(path, None)
        else:
            names[path] = content


def survivors(entry: Entry, luck: float, chance: random.Random) -> list[Entry]:
    """What is left of a write that no barrier covered. One cut in five keeps none of them, one in ten all."""
    if luck < 0.2:
        return []
    if luck > 0.9 or entry.op is Op.TRUNCATE:
        return [entry] if luck > 0.9 or chance.random() < 0.5 else []
    fate = chance.random()
    if fate < 0.45:
        return []
    if fate > 0.65 or len(entry.data) <= SECTOR:
        return [entry]
    cut = SECTOR * chance.randint(1, (len(entry.data) - 1) // SECTOR)
    if chance.random() < 0.5:
        return [entry._replace(data=entry.data[:cut])]
    return [entry._replace(offset=entry.offset + cut, data=entry.data[cut:])]


@dataclass
class Tally:
    runs: int = 0
    lost: int = 0
    doubled: int = 0
    broken: int = 0
    stories: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        return not (self.lost or self.doubled or self.broken)

    def tell(self, story: str) -> None:
        if len(self.stories) < 20:
            self.stories.append(story)


def record_work(
    folder: Path, count: int, synchronous: str, before: dict[str, bytes], fail_every: int = 0
) -> list[Entry]:
    """Runs the writer under the recorder. The log must rebuild the files exactly, or it has missed a call."""
    library, log, root = folder / "recorder.so", folder / "log", folder / "data"
    root.mkdir()
    for path, content in before.items():
        (root / path).write_bytes(content)
    source = str(HERE / "powercut_recorder.c")
    subprocess.run(["gcc", "-O2", "-shared", "-fPIC", "-o", library, source, "-ldl", "-lpthread"], check=True)
    notes = folder / "notes"
    surroundings = {
        **os.environ,
        "LD_PRELOAD": str(library),
        "POWERCUT_ROOT": str(root),
        "POWERCUT_LOG": str(log),
        "POWERCUT_NOTES": str(notes),
        "POWERCUT_FAIL_EVERY": str(fail_every),
    }
    command = [sys.executable, "-m", "tests.faults.powercut_writer", str(root), str(notes), str(count), synchronous]
    subprocess.run(command, env=surroundings, check=True)
    entries = read_log(log)
    card = Card(before)
    for entry in entries:
        card.apply(entry)
    real = {file.name: file.read_bytes() for file in root.iterdir() if not file.name.endswith("-shm")}
    if card.whole() != real:
        raise RuntimeError("the recorder has missed a call: its log does not rebuild the files")
    return entries


def cuts(entries: list[Entry], images: int, seed: int, card: Card, early_share: float) -> Iterator[tuple[int, Card]]:
    """(entries done before the cut, the card then), in order, for `images` cuts."""
    chance = random.Random(seed)
    first_answer = next(place for place, entry in enumerate(entries) if entry.op is Op.NOTE)
    early = round(images * early_share)
    # One after another: with enough images the start is cut at each of its calls.
    starts = [1 + (seed + n) % first_answer for n in range(early)]
    places = sorted(starts + [chance.randint(1, len(entries)) for _ in range(images - early)])
    done = 0
    for place in places:
        for entry in entries[done:place]:
            card.apply(entry)
        done = place
        yield place, card


def inspect(folder: Path, card: Card, work: dict[str, Recordable], tally: Tally) -> None:
    """Starts core on an image and counts what is not as it was promised."""
    clock = StandingClock(moment(20 * 3600))
    journal, recorder = open_recorder(folder, clock)
    try:
        (integrity,) = journal._connection.execute("PRAGMA integrity_check").fetchone()
        if integrity != "ok":
            raise Broken(f"integrity check: {integrity}")
        stored = {fact.command for fact in journal.after(0) if fact.command in work}
        lost = card.answered - stored
        unanswered = [name for name in card.asked if name not in card.answered]
        strangers = stored - card.asked.keys()
        again = [work[name] for name in unanswered]
        last = tap("tap-after-the-cut", 20 * 3600, "EM4100:1000000001")
        own = (f"own-after-the-cut-{number}" for number in itertools.count())
        answers = recorder.record([*again, last], lambda: next(own)).answers
        if not all(isinstance(answer, Answer) for answer in answers):
            raise Broken(f"does not go on: {answers}")
        taps, folded, head = Counter[str](), BoxState(), (0, GENESIS)
        for fact in journal.after(0):
            if (fact.seq - 1, fact.prev_hash) != head or fact_hash(fact) != fact.hash:
                raise Broken(f"the chain is broken at {fact.seq}")
            head = (fact.seq, fact.hash)
            folded.apply(fact)
            taps[fact.command] += fact.kind == "AttendanceTap"
        if folded != recorder.state:
            raise Broken("the state is not what the facts say")
    finally:
        journal.close()
    expected = {name for name in (*card.answered, *unanswered, last.id) if name.startswith("tap-")}
    tally.lost += len(lost | {name for name in expected if taps[name] == 0})
    tally.doubled += sum(taps[name] - 1 for name in expected if taps[name] > 1) + len(strangers)


def run(
    images: int,
    seed: int = 1,
    synchronous: str = "FULL",
    count: int = 300,
    older: bytes = b"",
    early_share: float = EARLY_SHARE,
    fail_every: int = 0,
) -> Tally:
    """`fail_every`: so many flushes, and then some that fail.

    `older`: a journal of an older schema, holding the first commands of the work; the first start migrates it.
    """
    tally, chance = Tally(), random.Random(seed)
    before = {"facts.db": older} if older else {}
    long_answered = [command.id for _, commands in batches(OLDER_BATCHES if older else 0) for command in commands]
    memory = Path("/dev/shm")
    place = memory if memory.is_dir() else None
    work = {command.id: command for _, commands in batches(count) for command in commands}
    with tempfile.TemporaryDirectory(prefix="powercut-", dir=place) as name:
        folder = Path(name)
        entries = record_work(folder, count, synchronous, before, fail_every)
        for done, card in cuts(entries, images, seed, Card(before, long_answered), early_share):
            tally.runs += 1
            image = folder / "image"
            image.mkdir()
            for path, content in card.image(chance).items():
                (image / path).write_bytes(content)
            lost, doubled = tally.lost, tally.doubled
            try:
                inspect(image, card, work, tally)
            except Exception as error:  # noqa: BLE001 - outermost loop: whatever stops core on an image is a finding
                tally.broken += 1
                tally.lost += len(card.answered)
                tally.tell(f"cut {done} of {len(entries)}: core does not start: {error!r}")
            if (lost, doubled) != (tally.lost, tally.doubled):
                tally.tell(f"cut {done} of {len(entries)}: {tally.lost - lost} lost, {tally.doubled - doubled} doubled")
            shutil.rmtree(image)
    return tally


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.powercut", description=__doc__.partition("\n")[0])
    parser.add_argument("--images", type=int, default=1500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--unsafe", choices=["NORMAL", "OFF"], help="weaker barriers, which must lose something")
    parser.add_argument(
        "--older", help="a journal of tests/fixtures/databases, cut while it is migrated: facts-0001.db"
    )
    parser.add_argument("--fail-every", type=int, default=0, help="so many flushes, and then some that fail")
    options = parser.parse_args()
    older = (OLDER / options.older).read_bytes() if options.older else b""
    tally = run(
        options.images,
        options.seed,
        options.unsafe or "FULL",
        older=older,
        early_share=1.0 if older else EARLY_SHARE,
        fail_every=options.fail_every,
    )
    for story in tally.stories:
        print(story)
    if tally.broken:
        print(f"{tally.broken} images on which core does not start")
    print(f"{tally.runs} runs, {tally.lost} lost, {tally.doubled} doubled")
    return 0 if tally.clean else 1


if __name__ == "__main__":
    sys.exit(main())
