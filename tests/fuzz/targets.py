"""The table of what is fuzzed: a name, the oracle, what it may raise, the longest input, and where to begin."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.devices.camera.codec import BadReport, Said
from edge.devices.keyboard_scanner.codec import EVENT
from edge.devices.line_counter.codec import BadAnswer as BadCounterLine
from edge.devices.pn532.codec import BadAnswer as BadPn532Answer
from edge.devices.rdm6300.codec import BadFrame
from edge.devices.samv.codec import BadAnswer as BadSamvAnswer
from edge.link.codec import LinkError
from edge.link.inspection import Question, Seen
from edge.link.messages import Command, Notice, Reply
from hr.people.csv_import import LAYOUTS
from hr.people.table_file import BadFile
from settings import ConfigError
from sync.wire import envelope as wire
from sync.wire import reference_data
from sync.wire.envelope import Fact, WireError
from sync.wire.facts import KINDS, AttendanceTap, Direction, Outcome
from sync.wire.identity import CardKind, IdCard, Identity
from sync.wire.report import Report
from sync.wire.tally import DayTally
from sync.wire.verify import Header, NotAnExport, Pruned, Recorded, Signed, Unreadable, written
from tests.cast import REFERENCE, WANG
from tests.fuzz import oracles
from tests.fuzz.examples import example, examples
from tests.ledgers import MemoryLedger
from tests.moments import at
from tests.references import pages_of

CAPTURES = Path(__file__).parents[1] / "fixtures/captures"
SHORT, LONG = 64, 4096


@dataclass(frozen=True)
class Target:
    """`refusals` are what the parser raises for bytes that are nothing of its own; anything else is a finding."""

    name: str
    check: Callable[[bytes], None]
    refusals: tuple[type[Exception], ...] = ()
    longest: int = SHORT
    seeds: Callable[[], Iterator[bytes]] = lambda: iter(())

    def run(self, data: bytes) -> None:
        """Raises what is neither taken nor refused as it should be."""
        with suppress(*self.refusals):
            self.check(data)


def captured(*families: str) -> Callable[[], Iterator[bytes]]:
    """All that is written as hex, and all lines, in the captures of these families."""

    def seeds() -> Iterator[bytes]:
        for family in families:
            yield from _bytes_in(tomllib.loads((CAPTURES / f"{family}.toml").read_text("utf-8")))

    return seeds


def _bytes_in(part: Any) -> Iterator[bytes]:
    if isinstance(part, dict | list):
        for each in part.values() if isinstance(part, dict) else part:
            yield from _bytes_in(each)
    elif isinstance(part, str):
        try:
            yield bytes.fromhex(part)
        except ValueError:
            yield part.encode("utf-8")


def _samv_contents() -> Iterator[bytes]:
    for frame in captured("samv")():
        if frame.startswith(b"\xaa\xaa\xaa\x96\x69"):
            yield frame[7:-1]
    text = (
        "王芳".ljust(15) + "2" + "01" + "19900101" + "测试路1号".ljust(35) + "110105199001010020" + "测试局".ljust(15)
    )
    body = (text + "20200101" + "20300101").encode("utf-16-le").ljust(256, b" ")
    yield b"\0\0\x90" + bytes.fromhex("01000400") + body + bytes(1024)


def _pn532_contents() -> Iterator[bytes]:
    for frame in captured("pn532")():
        _, found, rest = frame.partition(b"\xd5\x4b")
        if found:
            yield rest[:-2]


def _toml() -> Iterator[bytes]:
    head = b'[box]\nname="b"\ndata="d"\nrun="r"\nkey="k"\n[[station]]\nname="entrance"\n'
    for each in files("edge.devices").iterdir():
        section = each / "template.toml"
        if section.is_file():
            yield head + section.read_bytes()


def _templates() -> Iterator[bytes]:
    for each in sorted((files("edge.devices.modbus_counter") / "templates").iterdir(), key=lambda file: file.name):
        if each.name in ("adam-6051w.toml", "ebyte-e831.toml", "delta-dvp-es2.toml", "siemens-s7-200-smart.toml"):
            yield each.read_bytes()


def _messages(union: Any) -> Callable[[], Iterator[bytes]]:
    return lambda: (msgspec.json.encode(each) for each in examples(union))


def _journal() -> list[Fact]:
    ledger = MemoryLedger()
    for hour in ("08", "20"):
        tap = AttendanceTap(Outcome.CLOCKED_IN, "gate", "reader", "2026-03-31", WANG.id, direction=Direction.IN)
        ledger.emit(at(f"{hour}:00"), tap)
    return ledger.facts


def _batches() -> Iterator[bytes]:
    yield wire.encode_batch(_journal())
    deep = b"[" * 900 + b"]" * 900
    yield wire.encode_batch(_journal()[:1]).replace(b'"body":{', b'"body":{"deep":' + deep + b",")


def _bodies() -> Iterator[bytes]:
    return (msgspec.json.encode(example(kind)) for kind in KINDS.values())


def _receipts() -> Iterator[bytes]:
    return (msgspec.json.encode(example(kind)) for kind in (wire.Receipt, wire.Wanted, wire.Introduced))


def _reports() -> Iterator[bytes]:
    day = example(DayTally) | {"date": "2026-11-23"}
    yield msgspec.json.encode(example(Report) | {"days": [day]})


def _sealed_records() -> Iterator[bytes]:
    yield wire.encode_sealed(oracles.PERSON, b"sealed")


def _references() -> Iterator[bytes]:
    manifest, pages = pages_of(REFERENCE)
    yield msgspec.json.encode(manifest)
    yield from pages.values()
    for kind in reference_data.KINDS.values():
        yield msgspec.json.encode([example(kind.row)])


def _exports() -> Iterator[bytes]:
    receipt = Signed(1, 1, "{}", "nonce", "c2ln")
    journal = [Recorded(fact) for fact in _journal()]
    yield b"".join(written([Header(1, "box-1", "", ""), receipt, *journal], None))
    key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    empty = Signed(1, 1, "{}", "nonce", wire.b64(key.sign(wire.response_bytes("nonce", b"{}"))))
    yield b"".join(written([Header(1, "box-1", "", wire.public_text(key.public_key())), empty, *journal], None))
    yield b"".join(written([Header(1, "box-1", "", ""), Pruned(1, 1, 1, "a", "b"), Unreadable(1, 2, 0, "why")], None))


def _identities() -> Iterator[bytes]:
    card = IdCard(CardKind.RESIDENT, "王芳", "110105199001010020", "F", "1990-01-01", "2020-01-01")
    yield msgspec.json.encode(Identity(oracles.PERSON, card))


def _headers() -> Iterator[bytes]:
    names = ("Device", "Epoch", "First", "Last", "Nonce", "Signature")
    yield "\n".join(
        f"Clockpiece-{name}: {value}" for name, value in zip(names, ("box-1", 1, 2, 3, "nonce", "c2ln"), strict=True)
    ).encode()


def _tables() -> Iterator[bytes]:
    for each in (files("simulators") / "plant").iterdir():
        if each.name.endswith(".csv"):
            yield each.read_bytes()[:LONG]
    yield '工号,姓名\nE1,"王\n芳"\n'.encode("gb18030")


def _imports() -> Iterator[bytes]:
    """The kind of table is the first byte (tests/fuzz/oracles.py)."""
    for place, kind in enumerate(LAYOUTS):
        yield bytes((place,)) + (files("simulators") / "plant" / f"{kind}.csv").read_bytes()[:600]


def _key_events() -> Iterator[bytes]:
    """Shift, A, 1, and Enter, down and up."""
    yield b"".join(EVENT.pack(0, 0, 1, code, value) for code in (42, 30, 2, 28) for value in (1, 0))


NOT_JSON = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)

TARGETS = {
    target.name: target
    for target in (
        Target("framing-delimited", oracles.delimited, (), 256, captured("rdm6300")),
        Target("framing-lines", oracles.lines, (), 256, captured("serial_scanner", "line_counter")),
        Target("framing-samv", oracles.samv_frames, (), LONG, captured("samv")),
        Target("framing-pn532", oracles.pn532_frames, (), 1024, captured("pn532")),
        Target("framing-rtu", oracles.rtu, (), 256, captured("modbus_templates")),
        Target("codec-rdm6300", oracles.rdm6300, (BadFrame,), SHORT, captured("rdm6300")),
        Target("codec-samv", oracles.samv_card, (BadSamvAnswer,), 1400, _samv_contents),
        Target("codec-serial-scanner", oracles.scanner_line, (), 256, captured("serial_scanner")),
        Target("codec-wiegand", oracles.wiegand_line, (), SHORT, captured("wiegand_serial")),
        Target("codec-line-counter", oracles.counter_line, (BadCounterLine,), SHORT, captured("line_counter")),
        Target("codec-pn532", oracles.pn532_answer, (BadPn532Answer,), 256, _pn532_contents),
        Target("codec-modbus", oracles.modbus_words, (), 16, captured("modbus_templates")),
        Target("codec-keyboard", oracles.keyboard, (), 1200, _key_events),
        Target("codec-camera", oracles.camera_report, (BadReport,), 1024, _messages(Said)),
        Target("explanations", oracles.explanations, (), 256, captured("rdm6300", "pn532", "modbus_templates")),
        Target("link-commands", oracles.commands, (LinkError,), LONG, _messages(Command)),
        Target("link-replies", oracles.replies, (LinkError,), LONG, _messages(Reply)),
        Target("link-notices", oracles.notices, (LinkError,), LONG, _messages(Notice)),
        Target("link-questions", oracles.questions, (LinkError,), LONG, _messages(Question)),
        Target("link-seen", oracles.seen, (LinkError,), LONG, _messages(Seen)),
        Target("wire-batch", oracles.batch, (WireError,), LONG, _batches),
        Target("wire-facts", oracles.fact_bodies, NOT_JSON, LONG, _bodies),
        Target("wire-receipts", oracles.receipts, NOT_JSON, LONG, _receipts),
        Target("wire-reference", oracles.reference, NOT_JSON, LONG, _references),
        Target("wire-report", oracles.box_report, (WireError,), LONG, _reports),
        Target("wire-sealed-record", oracles.sealed_record, (WireError,), 1024, _sealed_records),
        Target("wire-headers", oracles.request_headers, (WireError,), 1024, _headers),
        Target("wire-export", oracles.export, (NotAnExport,), LONG, _exports),
        Target("sealed-identity", oracles.sealed_identity, oracles.EXPECTED_OF_UNSEAL, 1024, _identities),
        Target("config", oracles.config, (ConfigError,), LONG, _toml),
        Target("templates", oracles.template, (ValueError,), LONG, _templates),
        Target("csv", oracles.table, (BadFile,), LONG, _tables),
        Target("csv-import", oracles.table_import, (BadFile,), 1024, _imports),
    )
}
