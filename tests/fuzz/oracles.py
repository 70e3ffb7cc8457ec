"""What must hold of each parser besides that it does not fall over: one function a parser, which raises what the parser
does, or AssertionError when it took what it should not have."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Protocol

import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from sqlalchemy import Engine

from edge.bootstrap import BoxFiles
from edge.devices import families
from edge.devices.camera import codec as camera
from edge.devices.family import IdCardFamily, ReaderFamily
from edge.devices.keyboard_scanner.codec import Events, Typed
from edge.devices.line_counter import codec as line_counter
from edge.devices.modbus_counter import codec as modbus
from edge.devices.modbus_counter import templates
from edge.devices.modbus_counter.keys import ModbusKeys
from edge.devices.pn532 import codec as pn532
from edge.devices.rdm6300.codec import FRAME_BYTES, Frame
from edge.devices.samv import codec as samv
from edge.devices.serial_scanner import codec as scanner
from edge.devices.shared.codes import BadCode
from edge.devices.shared.meaning import Explain
from edge.devices.wiegand_serial import codec as wiegand
from edge.framing import pn532 as pn532_framing
from edge.framing import samv as samv_framing
from edge.framing.delimited import DelimitedFrames, NeedMore
from edge.framing.events import Content, Skipped
from edge.framing.lines import Lines
from edge.framing.pn532 import Pn532Frames
from edge.framing.rtu import Registers, RtuAnswer
from edge.framing.samv import SamvFrames
from edge.link import codec as link
from hr.people.csv_import import LAYOUTS, Kind, import_csv
from hr.people.table_file import MAX_CELL, MAX_ROWS, read_rows
from hr.store import engine, upgrade, writing
from simulators.rtu import checksum
from sync.wire import envelope as wire
from sync.wire import facts, verify
from sync.wire.identity import IdCard, Identity, NotSealedForUs, seal, unseal
from sync.wire.reference_data import KINDS, Directory, Reference
from sync.wire.reference_pages import Manifest, rows_of
from sync.wire.report import decode_report, encode_report

LINE_CAP = 16
RTU_WANTED = (1, 3, 0x10, 2)
TODAY = date(2026, 3, 31)
PERSON = "0190a000-0000-7000-8000-000000000001"

EXPECTED_OF_UNSEAL = (NotSealedForUs, UnsupportedAlgorithm)


class Framing(Protocol):
    def receive_data(self, data: bytes) -> None: ...

    def next_event(self) -> Any: ...


# --- framing: the same events however the bytes were split, and no more kept than a frame ----------------------------


def delimited(data: bytes) -> None:
    framings = _fed(lambda: DelimitedFrames(FRAME_BYTES), data)
    events, framing = _alike(framings)
    assert all(1 <= len(event.raw) <= FRAME_BYTES for event in events)
    assert b"".join(event.raw for event in events) + framing.trailing_data == data
    assert len(framing.trailing_data) <= FRAME_BYTES


def lines(data: bytes) -> None:
    events, framing = _alike(_fed(lambda: Lines(LINE_CAP), data))
    for event in events:
        raw = getattr(event, "raw", b"x")
        assert 1 <= len(raw) <= LINE_CAP
        assert not set(raw) & set(b"\r\n")
    assert len(framing._buffer) <= LINE_CAP
    framing.silence()
    assert not framing.begun


def samv_frames(data: bytes) -> None:
    events, framing = _alike(_fed(SamvFrames, data), Skipped)
    for event in events:
        if isinstance(event, Content):
            assert samv_framing.frame(event.data) in data
    assert len(framing._buffer) < samv_framing.HEAD_BYTES + samv_framing.LONGEST


def pn532_frames(data: bytes) -> None:
    events, framing = _alike(_fed(Pn532Frames, data), Skipped)
    for event in events:
        if isinstance(event, Content):
            assert pn532_framing.frame(event.data)[1:-1] in data
    assert len(framing._buffer) < pn532_framing.LONGEST


def rtu(data: bytes) -> None:
    whole, pieces = _fed(lambda: RtuAnswer(*RTU_WANTED), data)
    assert whole[0] == pieces[0]
    assert (whole[1].noise, whole[1].echoed) == (pieces[1].noise, pieces[1].echoed)
    for event in whole[0]:
        if isinstance(event, Registers):
            frame = bytes((1, 3, 4)) + b"".join(word.to_bytes(2, "big") for word in event.values)
            assert frame + checksum(frame) in data


def _fed(make: Callable[[], Any], data: bytes) -> list[tuple[list[Any], Any]]:
    """The events of the whole at once, and byte by byte."""
    return [_events(make(), [data]), _events(make(), (data[at : at + 1] for at in range(len(data))))]


def _events(framing: Framing, chunks: Iterable[bytes]) -> tuple[list[Any], Any]:
    found = []
    for chunk in chunks:
        framing.receive_data(chunk)
        while not isinstance(event := framing.next_event(), NeedMore):
            found.append(event)
    return found, framing


def _alike(fed: list[tuple[list[Any], Any]], skipped: type[Any] = NeedMore) -> tuple[list[Any], Any]:
    """Skipped bytes may be told in other portions: their sum is the same."""
    (whole, framing), (pieces, _) = fed
    assert [each for each in whole if not isinstance(each, skipped)] == [
        each for each in pieces if not isinstance(each, skipped)
    ]
    counts = [sum(each.count for each in events if isinstance(each, skipped)) for events in (whole, pieces)]
    assert counts[0] == counts[1]
    return whole, framing


# --- codecs: what is taken has the form it is told in, and can be written again --------------------------------------


def rdm6300(data: bytes) -> None:
    frame = Frame.from_bytes(data)
    assert frame.to_bytes().lower() == data.lower()
    assert re.fullmatch("EM4100:[0-9A-F]{10}", frame.badge_key)


def samv_card(data: bytes) -> None:
    answer = samv.Answer.from_content(data)
    assert answer.step in samv.Step
    assert [command for command in samv.Command if answer.fits(command)]
    card = samv.card_of(samv.text_of(answer), TODAY)
    for day in (card.birth, card.valid_from, card.valid_until or ""):
        assert not day or date.fromisoformat(day)
    assert card.sex in ("", "M", "F")
    assert card.name not in repr(card) or not card.name or card.name in f"<IdCard {card.kind}>"
    assert msgspec.json.decode(msgspec.json.encode(card), type=IdCard) == card


def scanner_line(data: bytes) -> None:
    for profile in (scanner.Profile(), scanner.Profile(True, frozenset("QC"), "A", frozenset({"%%NoRead"}))):
        _or(BadCode, _scanned, profile, data)


def _scanned(profile: scanner.Profile, data: bytes) -> None:
    badge = profile.badge_key(data)
    assert badge is None or (re.fullmatch(r"CODE:[^\s,;]{1,64}", badge) and badge.isprintable())


def wiegand_line(data: bytes) -> None:
    for bits, form in (
        *((bits, form) for bits in (26, 34) for form in ("bits", "hex", "number-hex", "number-decimal")),
        (26, "facility-number"),
    ):
        _or(wiegand.BadFrame, _wiegand, wiegand.Profile(bits, form), data)


def _wiegand(profile: wiegand.Profile, data: bytes) -> None:
    badge = profile.badge_key(data)
    assert re.fullmatch(rf"WIEGAND{profile.bits}:[0-9A-F]{{{profile.bits // 4}}}", badge)
    if profile.form == "bits":
        sent = int(data.strip(b" "), 2)
        assert sent >> 1 & ((1 << profile.bits - 2) - 1) == int(badge.partition(":")[2], 16)


def counter_line(data: bytes) -> None:
    for profile in (
        line_counter.Profile(),
        line_counter.Profile(">", 16, 8, checksum=True),
        line_counter.Profile("N=", 10, 6),
    ):
        profile.is_piece(data)
        _or(line_counter.BadAnswer, _counted, profile, data)


def _counted(profile: line_counter.Profile, data: bytes) -> None:
    value = profile.value(data)
    assert 0 <= value < profile.base ** (profile.digits or 10)


def pn532_answer(data: bytes) -> None:
    content = bytes((pn532.FROM_PN532, pn532.FIND.command + 1)) + data
    answer = pn532.answer_of(pn532.FIND, content)
    assert answer == data
    _or(pn532.BadAnswer, pn532.check_firmware, data)
    for target in pn532.targets_of(data):
        assert len(target.uid) in pn532.UID_BYTES
        assert target.uid in data
        assert target.badge_key is None or re.fullmatch("ISO14443A:([0-9A-F]{2})+", target.badge_key)


def modbus_words(data: bytes) -> None:
    words = [int.from_bytes(data[at : at + 2], "big") for at in range(0, len(data) - 1, 2)]
    if not words:
        return
    assert modbus.value_of(words, "hi-first") == int(modbus.raw_of(words), 16)
    assert modbus.value_of(words, "lo-first") == modbus.value_of(words[::-1], "hi-first")
    counter = ModbusKeys(
        name="c",
        machine="m",
        family="modbus_counter",
        host="h",
        port=502,
        address=words[0],
        words=2 if len(data) % 2 else 1,
        session_address=words[1] if len(words) > 1 else None,
        max_rate_per_min=1,
    )
    _blocks(counter)


def _blocks(counter: ModbusKeys) -> None:
    block, session = modbus.value_block(counter), modbus.session_block(counter)
    registers = range(block.address, block.address + block.count)
    assert list(block.words(registers, counter.address, counter.words)) == [
        counter.address + place for place in range(counter.words)
    ]
    if counter.session_address is not None:
        assert counter.session_address in (registers if session is None else [session.address])


def keyboard(data: bytes) -> None:
    whole = Typed().text(Events().keys(data))
    events, typed = Events(), Typed()
    assert whole == b"".join(typed.text(events.keys(data[at : at + 1])) for at in range(len(data)))
    assert len(whole) <= len(data)


def camera_report(data: bytes) -> None:
    said = camera.decoded(data)
    assert camera.decoded(camera.encoded(said)) == said


def explanations(data: bytes) -> None:
    """The electrician sees a meaning or that there is none, whatever is on the line."""
    for explain in _explanations():
        for sent in (False, True):
            assert isinstance(explain(sent, data).text, str)


@cache
def _explanations() -> list[Explain]:
    counter: dict[str, Any] = {"machine": "m", "max_rate_per_min": 1, "serial": "/dev/x", "address": 0}
    reader: dict[str, Any] = {"station": "s", "port": "/dev/x"}
    found = []
    for name, family in families().items():
        if not isinstance(family, IdCardFamily):
            common = reader if isinstance(family, ReaderFamily) else counter | {"chip": "/dev/x", "line": 1}
            known = {each.name for each in msgspec.structs.fields(family.keys)}
            given = {"name": "it", "family": name} | {key: each for key, each in common.items() if key in known}
            found.append(family.explain(msgspec.convert(given, family.keys)))
    return found


def _or(refusal: type[Exception], check: Callable[..., object], *arguments: Any) -> None:
    with suppress(refusal):
        check(*arguments)


# --- the link and the wire: what was decoded is what is encoded again ------------------------------------------------


def commands(data: bytes) -> None:
    _message(link.decode_command, data)


def replies(data: bytes) -> None:
    _message(link.decode_reply, data)


def notices(data: bytes) -> None:
    _message(link.decode_notice, data)


def questions(data: bytes) -> None:
    _message(link.decode_question, data)


def seen(data: bytes) -> None:
    _message(link.decode_seen, data)


def _message(decode: Callable[[bytes], Any], data: bytes) -> None:
    message = decode(data)
    line = link.encode(message)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert decode(line) == message


def batch(data: bytes) -> None:
    taken = wire.decode_batch(data)
    sent = wire.encode_batch(taken)
    if len(sent) <= wire.MAX_BATCH_BYTES:
        assert wire.decode_batch(sent) == taken
    assert wire.encode_batch(taken) == sent
    assert wire.sealed(taken[0]).hash == wire.fact_hash(taken[0])


def sealed_record(data: bytes) -> None:
    person, sealed = wire.decode_sealed(data)
    assert wire.decode_sealed(wire.encode_sealed(person, sealed)) == (person, sealed)


def box_report(data: bytes) -> None:
    report = decode_report(data)
    assert decode_report(encode_report(report)) == report


def request_headers(data: bytes) -> None:
    head, _, body = data.partition(b"\n\n")
    pairs = (line.partition(": ") for line in head.decode("latin-1").split("\n"))
    headers = {name: value for name, _, value in pairs}
    claim, _signature = wire.read_request(
        "POST", "hr", "/v1/facts", headers | {"Content-Digest": wire.digest(body)}, body
    )
    assert claim.signing_bytes().startswith(b"clockpiece-request-1\nPOST\nhr\n/v1/facts\n")


def fact_bodies(data: bytes) -> None:
    for name, kind in facts.KINDS.items():
        try:
            body = msgspec.json.decode(data, type=kind)
        except (msgspec.ValidationError, RecursionError):
            continue
        assert facts.body_of(name, facts.as_dict(body)) == body


def receipts(data: bytes) -> None:
    for kind in (wire.Receipt, wire.Wanted, wire.SealedReceipt, wire.Introduced):
        try:
            taken: Any = msgspec.json.decode(data, type=kind)
        except msgspec.ValidationError:
            continue
        assert msgspec.json.decode(wire.canonical_json(taken), type=kind) == taken


def reference(data: bytes) -> None:
    """A page of any kind, or a manifest."""
    with suppress(msgspec.ValidationError):
        manifest = msgspec.json.decode(data, type=Manifest)
        assert msgspec.json.decode(wire.canonical_json(manifest), type=Manifest) == manifest
    for kind in KINDS:
        try:
            rows = rows_of(kind, data)
        except msgspec.ValidationError:
            continue
        assert rows_of(kind, wire.canonical_json(rows)) == rows
        directory = Directory(Reference.of(1, {kind: rows}))
        assert all(directory.badge(badge.key) for badge in directory.reference.badges)


def export(data: bytes) -> None:
    report = verify.verify(data.splitlines())
    assert report.first_bad is not None or not report.problems


@cache
def _sealing_key() -> X25519PrivateKey:
    return X25519PrivateKey.from_private_bytes(bytes(range(32)))


def sealed_identity(data: bytes) -> None:
    """Also of what HR can open: whoever has its public key can seal anything to it."""
    key = _sealing_key()
    try:
        identity = msgspec.json.decode(data, type=Identity)
    except (msgspec.DecodeError, UnicodeDecodeError):
        unseal(data, PERSON, key)
        raise AssertionError("what was never sealed was opened") from None
    sealed = seal(identity, key.public_key())
    assert unseal(sealed, identity.person, key) == identity
    if identity.person != PERSON:
        unseal(sealed, PERSON, key)
        raise AssertionError("it was opened as another person's")


# --- files of people: configuration, templates, tables ---------------------------------------------------------------


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="fuzz-")


def config(data: bytes) -> None:
    file = Path(_folder().name) / "clockpiece.toml"
    file.write_bytes(data)
    box = BoxFiles.read(file)
    assert box.zone.key == box.config.box.timezone
    for counter in box.config.counter:
        assert counter.counts_to > 1


def template(data: bytes) -> None:
    taken = templates.parse(data.decode("utf-8"))
    assert all(known.source in taken.sources for _, known in templates.knowns(taken))
    for section in ({"host": "h"}, {"serial": "/dev/x", "register": "CH0"}, {"host": "h", "address": 7}):
        _or(templates.Misfit, _fills, section, taken)


def _fills(section: dict[str, object], taken: templates.Template) -> None:
    filled = templates.filled(section, taken)
    assert section.items() <= filled.settings.items()
    address = filled.settings.get("address")
    assert isinstance(address, int)
    assert 0 <= address <= 65535


def table(data: bytes) -> None:
    rows = read_rows(data, ("number", "name"), ("role", "team", "pin"))
    assert len(rows) <= MAX_ROWS
    for row in rows:
        assert row.cells["number"]
        assert row.cells["name"]
        assert all(len(cell) <= MAX_CELL and cell.isprintable() for cell in row.cells.values())


@cache
def _hr() -> Engine:
    """HR's database, with the people and the machines of the demo."""
    made = engine(f"sqlite:///{_folder().name}/hr.db")
    upgrade(made)
    with writing(made).begin() as connection:
        for kind in (Kind.PEOPLE, Kind.MACHINES):
            import_csv(connection, kind, (files("simulators") / "plant" / f"{kind}.csv").read_bytes())
    return made


def table_import(data: bytes) -> None:
    """The same file a second time changes nothing. Which kind of table it is, its first byte says."""
    kind = list(LAYOUTS)[data[0] % len(LAYOUTS)] if data else Kind.PEOPLE
    with writing(_hr()).connect() as connection, connection.begin() as transaction:
        try:
            taken = import_csv(connection, kind, data[1:])
            assert taken.changed <= taken.rows
            assert import_csv(connection, kind, data[1:]).changed == 0
        finally:
            transaction.rollback()
