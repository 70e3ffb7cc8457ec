"""What an exported journal proves, checked with public keys only. Pure; docs/wire.md specifies the file.

A fact is proven by three things: its own hash, the chain that ties it to the facts before it, and a receipt that HR has
signed for the chain's head at or after it. Facts after the last receipt are the box's own word.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from sync.wire.envelope import (
    GENESIS,
    Fact,
    Receipt,
    WireError,
    b64,
    canonical_json,
    fact_hash,
    public_from_text,
    public_text,
    response_bytes,
    unb64,
    verified,
)
from sync.wire.facts import EpochOpened, body_of

FORMAT = 1


class Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="line", tag=str.lower):
    """One line of the file, in canonical form."""


class Header(Line, frozen=True):
    """The first line. An empty key: the box has none."""

    format: int
    device: str
    box_key: str
    hr_key: str


class Signed(Line, frozen=True):
    """A receipt as it came: `body` is the text that HR signed, for `nonce`. Before the facts of its epoch."""

    epoch: int
    seq: int
    body: str
    nonce: str
    signature: str


class Pruned(Line, frozen=True):
    """What is left of facts that were deleted after HR had received them."""

    epoch: int
    first: int
    last: int
    first_hash: str
    last_hash: str


class Recorded(Line, frozen=True):
    """A fact of the journal."""

    fact: Fact


class Unreadable(Line, frozen=True):
    """Facts that the card no longer gives back; `last` 0: to the end, wherever that was."""

    epoch: int
    first: int
    last: int
    why: str


class End(Line, frozen=True):
    """The last line: the SHA-256 of all before it, signed by the box."""

    facts: int
    digest: str
    signature: str


AnyLine = Header | Signed | Pruned | Recorded | Unreadable | End


class NotAnExport(WireError):
    """The file is something else, or of a format that this release does not know."""


def written(lines: Iterable[AnyLine], key: Ed25519PrivateKey | None) -> Iterator[bytes]:
    """The bytes of the file, line by line, with the signed end."""
    whole, facts = hashlib.sha256(), 0
    for line in lines:
        encoded = canonical_json(line) + b"\n"
        whole.update(encoded)
        facts += isinstance(line, Recorded)
        yield encoded
    digest = whole.hexdigest()
    signature = b64(key.sign(_end_bytes(digest))) if key else ""
    yield canonical_json(End(facts, digest, signature)) + b"\n"


def _end_bytes(digest: str) -> bytes:
    return b"clockpiece-export-1\n" + digest.encode()


@dataclass(frozen=True)
class Problem:
    """What does not hold, for the facts `first` to `last` of an epoch; 0 for the file as a whole."""

    epoch: int
    first: int
    last: int
    reason: str


@dataclass
class Covered:
    """One journal in the file. `receipt`: the last fact that a receipt of HR covers, signed at `receipt_us`."""

    epoch: int
    first: int = 0
    last: int = 0
    facts: int = 0
    receipt: int = 0
    receipt_us: int = 0


@dataclass
class Report:
    """What was found. `first_bad` is the earliest problem."""

    device: str = ""
    box_key: str = ""
    hr_key: str = ""
    journals: list[Covered] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def first_bad(self) -> Problem | None:
        return min(self.problems, key=lambda each: (each.epoch, each.first, each.last), default=None)


def decoded(lines: Iterable[bytes]) -> Iterator[AnyLine]:
    """The lines of a file. Raises NotAnExport."""
    for number, line in enumerate(lines, start=1):
        try:
            yield msgspec.json.decode(line, type=AnyLine)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise NotAnExport(f"line {number} is not one of an export: {error}") from error


def verify(
    lines: Iterable[bytes],
    box_key: Ed25519PublicKey | None = None,
    hr_key: Ed25519PublicKey | None = None,
    take: Callable[[Fact], None] = lambda fact: None,
) -> Report:
    """Checks a whole file; without keys, by those it names itself. `take` is given every fact that has its own hash.

    Raises NotAnExport.
    """
    return _Verifier(box_key, hr_key, take).run(lines)


class _Journal:
    """One epoch as it goes by."""

    def __init__(self, epoch: int) -> None:
        self.covered = Covered(epoch)
        self.next, self.head = 1, GENESIS
        self.receipts: dict[int, Receipt] = {}
        self.known, self.parted = True, False
        self.opened: tuple[int, EpochOpened] | None = None

    def beyond(self) -> int:
        """The last fact that HR has signed for and that is not here; 0 for none."""
        return max((seq for seq in self.receipts if seq >= self.next), default=0)


class _Verifier:
    def __init__(
        self, box_key: Ed25519PublicKey | None, hr_key: Ed25519PublicKey | None, take: Callable[[Fact], None]
    ) -> None:
        self._box_key, self._hr_key, self._take = box_key, hr_key, take
        self._report = Report()
        self._journals: dict[int, _Journal] = {}
        self._whole = hashlib.sha256()
        self._facts, self._ended = 0, False

    def run(self, lines: Iterable[bytes]) -> Report:
        kept = list[bytes]()
        for line in decoded(self._watched(lines, kept)):
            if self._ended:
                self._say(0, 0, 0, "something follows the end of the file")
                break
            if not self._report.device and not isinstance(line, Header):
                raise NotAnExport("the first line is not the header of an export")
            if isinstance(line, End):
                self._end(line)
            else:
                self._whole.update(kept[-1])
                self._line(line)
            kept.clear()
        if not self._ended:
            self._say(0, 0, 0, "the file has no end: it was cut short")
        self._continuity()
        return self._report

    @staticmethod
    def _watched(lines: Iterable[bytes], kept: list[bytes]) -> Iterator[bytes]:
        for line in lines:
            kept.append(line)
            yield line

    def _line(self, line: AnyLine) -> None:
        match line:
            case Header():
                self._header(line)
            case Signed():
                self._receipt(line)
            case Pruned():
                self._pruned(line)
            case Recorded(fact):
                self._fact(fact)
            case Unreadable():
                self._unreadable(line)

    def _header(self, line: Header) -> None:
        if line.format != FORMAT:
            raise NotAnExport(f"the file has format {line.format}, this release knows {FORMAT}")
        report = self._report
        report.device = line.device
        self._box_key = self._key("box", self._box_key, line.box_key)
        self._hr_key = self._key("HR", self._hr_key, line.hr_key)
        report.box_key = public_text(self._box_key) if self._box_key else ""
        report.hr_key = public_text(self._hr_key) if self._hr_key else ""

    def _key(self, whose: str, given: Ed25519PublicKey | None, named: str) -> Ed25519PublicKey | None:
        if given is None:
            if named:
                self._report.notes.append(f"the key of {whose} is the one that the file itself names: compare it")
            return _named_key(whose, named) if named else None
        if named and named != public_text(given):
            self._say(0, 0, 0, f"the file names another key of {whose} than the one given")
        return given

    def _journal(self, epoch: int) -> _Journal:
        if epoch not in self._journals:
            self._journals[epoch] = _Journal(epoch)
            self._report.journals.append(self._journals[epoch].covered)
        return self._journals[epoch]

    def _receipt(self, line: Signed) -> None:
        journal = self._journal(line.epoch)
        body = line.body.encode()
        if self._hr_key is None or not _is_signed(self._hr_key, line.signature, response_bytes(line.nonce, body)):
            self._say(line.epoch, line.seq, line.seq, "its receipt is not signed with HR's key")
            return
        try:
            receipt = msgspec.json.decode(body, type=Receipt)
        except (msgspec.MsgspecError, RecursionError):
            self._say(line.epoch, line.seq, line.seq, "what HR has signed for it is no receipt")
            return
        if (receipt.device, receipt.epoch, receipt.seq) != (self._report.device, line.epoch, line.seq):
            self._say(line.epoch, line.seq, line.seq, "its receipt is for another fact")
            return
        journal.receipts[line.seq] = receipt

    def _pruned(self, line: Pruned) -> None:
        journal = self._journal(line.epoch)
        if line.first != journal.next:
            self._say(line.epoch, journal.next, line.first - 1, "missing")
        journal.next, journal.head, journal.known = line.last + 1, line.last_hash, True
        journal.covered.last = line.last
        self._compare(journal, line.last, line.last_hash)

    def _unreadable(self, line: Unreadable) -> None:
        journal = self._journal(line.epoch)
        last = max(line.last, journal.beyond()) if line.last == 0 else line.last
        self._say(line.epoch, line.first, last, f"cannot be read from the card: {line.why}")
        journal.next, journal.known = max(journal.next, last + 1), False

    def _fact(self, fact: Fact) -> None:
        self._facts += 1
        journal = self._journal(fact.epoch)
        if fact.device != self._report.device:
            self._say(fact.epoch, fact.seq, fact.seq, f"is a fact of {fact.device}")
        if fact.seq > journal.next:
            self._say(fact.epoch, journal.next, fact.seq - 1, "missing")
            journal.known = False
        elif fact.seq < journal.next:
            self._say(fact.epoch, fact.seq, fact.seq, "stands here a second time, or out of order")
        if not _has_its_hash(fact):
            self._say(fact.epoch, fact.seq, fact.seq, "its content does not have its hash")
        else:
            if journal.known and fact.prev_hash != journal.head:
                self._say(fact.epoch, fact.seq, fact.seq, "does not follow the fact before it")
            self._opened(journal, fact)
            self._take(fact)
        journal.next, journal.head, journal.known = fact.seq + 1, fact.hash, True
        covered = journal.covered
        covered.first, covered.last, covered.facts = covered.first or fact.seq, fact.seq, covered.facts + 1
        self._compare(journal, fact.seq, fact.hash)

    def _compare(self, journal: _Journal, seq: int, head: str) -> None:
        receipt = journal.receipts.get(seq)
        if receipt is None:
            return
        covered = journal.covered
        if receipt.head == head and not journal.parted:
            covered.receipt, covered.receipt_us = seq, receipt.server_time_us
        elif not journal.parted and not self._bad_between(covered.epoch, covered.receipt, seq):
            # Everything after this one differs too; between these two lies where it begins.
            journal.parted = True
            self._say(covered.epoch, covered.receipt + 1, seq, "not what HR has signed for, at one of them or more")

    def _bad_between(self, epoch: int, after: int, until: int) -> bool:
        """Whether a fact that is known to be bad by itself explains why a receipt does not fit."""
        return any(each.epoch == epoch and after < each.first <= until for each in self._report.problems)

    def _opened(self, journal: _Journal, fact: Fact) -> None:
        if fact.kind == EpochOpened.__name__:
            body = body_of(fact.kind, fact.body)
            if isinstance(body, EpochOpened):
                journal.opened = (fact.seq, body)

    def _end(self, line: End) -> None:
        self._ended = True
        if line.facts != self._facts or line.digest != self._whole.hexdigest():
            self._say(0, 0, 0, "the file was changed after it was exported")
        if self._box_key is None:
            self._report.notes.append("the box has no key of its own: nothing says who exported the file")
        elif not _is_signed(self._box_key, line.signature, _end_bytes(line.digest)):
            self._say(0, 0, 0, "the file is not signed with the key of the box")

    def _continuity(self) -> None:
        """Each journal after a box's first says which one it follows, and what of that one the card has forgotten."""
        for epoch, journal in self._journals.items():
            self._missing_tail(epoch, journal)
            if epoch == 1 or not journal.covered.facts:
                continue
            if journal.opened is None:
                self._say(epoch, 1, 1, "does not say which journal it follows")
                continue
            seq, opened = journal.opened
            before = self._journals.get(opened.previous)
            if opened.previous >= epoch:
                self._say(epoch, seq, seq, "says that it follows a later journal")
            elif before is None:
                self._report.notes.append(f"epoch {opened.previous}, before {epoch}, is not on this card")
            elif opened.here and opened.here != before.covered.last:
                reason = f"says that epoch {opened.previous} ended at {opened.here}"
                self._say(epoch, seq, seq, f"{reason}; it ends at {before.covered.last}")

    def _missing_tail(self, epoch: int, journal: _Journal) -> None:
        beyond = journal.beyond()
        if not beyond:
            return
        first = journal.next
        for later in self._journals.values():
            if later.opened and later.opened[1].previous == epoch and later.opened[1].at_hr >= beyond:
                self._report.notes.append(
                    f"facts {first} to {beyond} of epoch {epoch} are not on this card, as epoch {later.covered.epoch} "
                    "says itself; HR has signed for them"
                )
                return
        self._say(epoch, first, beyond, "missing: HR has signed for them")

    def _say(self, epoch: int, first: int, last: int, reason: str) -> None:
        self._report.problems.append(Problem(epoch, first, last, reason))


def _named_key(whose: str, text: str) -> Ed25519PublicKey:
    try:
        return public_from_text(text)
    except WireError as error:
        raise NotAnExport(f"the key of {whose} that it names is none: {error}") from error


def _is_signed(key: Ed25519PublicKey, signature: str, message: bytes) -> bool:
    try:
        return verified(key, unb64(signature), message)
    except ValueError:
        return False


def _has_its_hash(fact: Fact) -> bool:
    try:
        return fact.hash == fact_hash(fact)
    except (WireError, RecursionError):
        return False
