"""The dialogue of a commissioning with a simulated PLC on a real port, and what it says when something does not fit."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from cli.devices.commissioning import Commissioning, Unsigned
from clockpiece import main
from edge.bootstrap import BoxFiles
from edge.bootstrap.inspecting import inspector
from edge.devices.modbus_counter.keys import ModbusKeys
from edge.devices.shared.presence import REPEAT_GAP_S
from edge.link.codec import decode_command, encode
from edge.link.messages import Answer, CommissionCounter
from simulators.mill import CounterSpec
from simulators.rdm6300 import SimulatedReader
from simulators.rtu import SimulatedRtuLine
from simulators.training_plc import TrainingPlc
from sync.wire.facts import Outcome
from tests import cast

pytestmark = pytest.mark.slow

FASTER = 60
PAUSE_S = 0.015
WITHIN_S = 10.0

TOML = """
[box]
name = "box-1"
data = "data"
run = "run"
key = "box.key"

[[station]]
name = "press"

[[reader]]
name = "badges"
station = "press"
family = "rdm6300"
port = "{port}"
machine = "press-1"

[[counter]]
name = "strokes"
machine = "press-1"
family = "modbus_counter"
{line}
max_rate_per_min = 600
address = 100
word_order = "lo-first"
{section}
"""


def fast_us() -> int:
    return time.monotonic_ns() // 1000 * FASTER


class StubCore:
    """Answers each commissioning with the next of `outcomes`, and keeps what was sent."""

    def __init__(self, path: Path, outcomes: list[Outcome]) -> None:
        self.commands: list[CommissionCounter] = []
        self._outcomes = iter(outcomes)
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(str(path))
        self._listener.listen()
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                peer, _ = self._listener.accept()
            except OSError:
                return
            with peer, peer.makefile("rb") as lines:
                command = decode_command(lines.readline())
                assert isinstance(command, CommissionCounter)
                self.commands.append(command)
                peer.sendall(encode(Answer(command.id, next(self._outcomes), len(self.commands))))


class Bench:
    """A PLC, a reader, a box without services, and somebody who does what he is told."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder = folder
        (folder / "run").mkdir()
        spec = CounterSpec(bits=32, word_order="lo-first", start=7, address=100)
        self.plc = TrainingPlc(spec, fast_us)
        stack.callback(self.plc.close)
        self.line = f'host = "127.0.0.1"\nport = {self.plc.port}'
        self.reader = stack.enter_context(SimulatedReader(folder / "badges"))
        self.events: list[tuple[str, str]] = []
        self.badges = iter([cast.WANG_BADGE, cast.ZHANG_BADGE] * 3)
        self.makes: Callable[[int], int] = lambda pieces: pieces
        self.skips = False
        self._taken_away_s: dict[str, float] = {}

    def files(self, section: str = "") -> BoxFiles:
        config = self.folder / "box.toml"
        config.write_text(TOML.format(port=self.reader.link, line=self.line, section=section), "utf-8")
        return BoxFiles.read(config)

    def commission(self, section: str = "", pieces: int = 10, skip_power: bool = True) -> bool:
        files = self.files(section)
        (counter,) = files.config.counter
        assert isinstance(counter, ModbusKeys)
        with inspector(files, "strokes", "badges") as devices:
            return Commissioning(files, devices, counter, "badges", self, PAUSE_S).run(pieces, skip_power)

    def said(self, event: str) -> list[str]:
        return [says for name, says in self.events if name == event]

    @contextmanager
    def core(self, *outcomes: Outcome) -> Iterator[StubCore]:
        core = StubCore(self.folder / "run" / "core.sock", list(outcomes))
        try:
            yield core
        finally:
            core.close()

    # --- the dialogue: it is this bench that is spoken to -------------------------------------------

    def say(self, event: str, says: str, **_details: object) -> None:
        self.events.append((event, says))
        if event == "sign":
            badge = next(self.badges).removeprefix("EM4100:")
            now_s = time.monotonic()
            held_s = max(now_s + 0.05, self._taken_away_s.get(badge, 0.0) + REPEAT_GAP_S)
            self._taken_away_s[badge] = held_s + 0.3
            threading.Timer(held_s - now_s, self.reader.tap, (badge,)).start()

    def ask(self, event: str, says: str, **_details: object) -> str:
        self.say(event, says)
        match event:
            case "power-off" if self.skips:
                return "skip"
            case "power-off":
                self.plc.power_off()
            case "power-on":
                self.plc.power_on()
        return ""

    def answer(self, within_s: float) -> str | None:
        pieces = 10
        before = self.plc.mill.count_at(fast_us())
        made = self.makes(pieces)
        self.plc.make(made, within_us=FASTER * 30_000)
        deadline_s = time.monotonic() + WITHIN_S
        while self.plc.mill.count_at(fast_us()) < before + made * self.plc.counts_per_piece:
            assert time.monotonic() < deadline_s
            time.sleep(0.01)
        return str(pieces)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with ExitStack() as stack:
        yield Bench(tmp_path, stack)


def test_a_section_that_is_right_is_proven_and_signed_as_it_stands(bench: Bench):
    with bench.core(Outcome.COMMISSIONED) as core:
        assert bench.commission()
    (command,) = core.commands
    assert (command.pieces, command.counts, command.reset) == (10, 10, "NOT_TRIED")
    assert (command.electrician_badge, command.witness_badge) == (cast.WANG_BADGE, cast.ZHANG_BADGE)
    assert command.meaning == bench.files().config.counter[0].meaning
    assert command.proof[0].value == 17, "seven before, and ten of the run before this one"


def test_a_count_that_outlasts_the_power_is_told_so(bench: Bench):
    with bench.core(Outcome.COMMISSIONED) as core:
        assert bench.commission(skip_power=False)
    assert core.commands[0].reset == "KEPT"
    assert [each.value for each in core.commands[0].proof][-2:] == [27, 27]


def test_one_who_skips_the_power_has_it_recorded_as_not_tried(bench: Bench):
    bench.skips = True
    with bench.core(Outcome.COMMISSIONED) as core:
        assert bench.commission(skip_power=False)
    assert core.commands[0].reset == "NOT_TRIED"


def test_two_counts_a_piece_are_found_and_then_counted_as_pieces(bench: Bench):
    bench.plc.counts_per_piece = 2
    assert not bench.commission()
    assert "counts_per_piece = 2" in bench.said("change")[0]
    with bench.core(Outcome.COMMISSIONED) as core:
        assert bench.commission("counts_per_piece = 2")
    assert core.commands[0].counts == 10
    assert "counts per piece 2" in core.commands[0].meaning


def test_counts_a_piece_that_do_not_go_into_the_counters_end_are_for_the_device_to_divide(bench: Bench):
    bench.plc.counts_per_piece = 3
    assert not bench.commission()
    assert "prescale" in bench.said("change")[0]


def test_a_piece_too_many_proves_nothing(bench: Bench):
    bench.makes = lambda pieces: pieces + 1
    assert not bench.commission()
    assert "no whole number" in bench.said("unproven")[0]
    assert len(bench.said("run")) == 3, "after three runs more would not help"


def test_badges_that_do_not_sign_are_asked_for_once_more_and_no_more_than_three_times(bench: Bench):
    with bench.core(Outcome.NOT_SIGNED, Outcome.COMMISSIONED) as core:
        assert bench.commission()
    assert len({each.id for each in core.commands}) == 2
    assert len(bench.said("unsigned")) == 1


def test_what_core_finds_unproven_is_not_tried_again(bench: Bench):
    with bench.core(Outcome.NOT_PROVEN):
        assert not bench.commission()
    assert "NOT_PROVEN" in bench.said("refused")[0]


def test_one_badge_cannot_sign_twice(bench: Bench):
    bench.badges = iter([cast.WANG_BADGE, cast.WANG_BADGE, cast.ZHANG_BADGE])
    with bench.core(Outcome.COMMISSIONED) as core:
        assert bench.commission()
    assert bench.said("same-badge")
    assert core.commands[0].witness_badge == cast.ZHANG_BADGE


def test_without_core_nothing_is_recorded_and_that_is_said(bench: Bench):
    with pytest.raises(Unsigned, match="core has not answered"):
        bench.commission()


def test_on_a_serial_line_a_device_with_few_registers_is_looked_through_in_what_it_has(bench: Bench):
    with SimulatedRtuLine(bench.folder / "bus", [bench.plc]) as bus, bench.core(Outcome.COMMISSIONED) as core:
        bench.line = f'serial = "{bus.link}"\nbaud = 115200'
        assert bench.commission()
        assert (3, 100, 2) in {each[1:] for each in bus.requests}
    assert core.commands[0].counts == 10
    assert bench.events[0][1].endswith("4 registers are looked through."), "two, with either function"


def refused(bench: Bench, *options: str, section: str = "") -> str:
    files = bench.files(section)
    result = CliRunner().invoke(main, ["devices", "commission", *options, "--config", str(files.file)])
    assert result.exit_code == 2
    return result.output


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["press-2"], "no section for a counter of machine press-2"),
        (["press-1", "--counter", "rounds"], "no section for counter rounds of machine press-1; it has strokes"),
        (["press-1", "--badge-reader", "gate"], "name a badge reader with --badge-reader; this box has badges"),
    ],
)
def test_what_cannot_be_commissioned_is_one_sentence(bench: Bench, options: list[str], says: str):
    assert says in refused(bench, *options)


def test_a_plc_that_is_away_is_told_before_anybody_makes_a_piece(bench: Bench):
    bench.plc.power_off()
    assert "strokes" in refused(bench, "press-1")


def test_an_input_that_ends_records_nothing(bench: Bench):
    assert "the input has ended" in refused(bench, "press-1")


def test_json_is_one_event_a_line(bench: Bench):
    files = bench.files()
    result = CliRunner().invoke(main, ["devices", "commission", "press-1", "--config", str(files.file), "--json"])
    events: list[dict[str, Any]] = [json.loads(line) for line in result.stdout.splitlines() if line.startswith("{")]
    assert [each["event"] for each in events] == ["begin", "stand"]
    assert events[0]["meaning"] == files.config.counter[0].meaning
