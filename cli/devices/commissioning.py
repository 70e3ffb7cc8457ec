"""The commissioning of one counter, step by step, with whoever stands before the machine."""

from __future__ import annotations

import time
from collections.abc import Sequence

from msgspec import structs

from cli.devices.dialogue import Dialogue
from cli.devices.registers import Registers
from edge.bootstrap import BoxFiles
from edge.devices.modbus_counter.codec import raw_of, value_of
from edge.devices.modbus_counter.finder import (
    Again,
    Change,
    Finding,
    Growth,
    Look,
    Place,
    Proven,
    Run,
    Unproven,
    concluded,
    moved,
)
from edge.devices.modbus_counter.keys import ModbusKeys
from edge.link.ask import CoreSilent, ask
from edge.link.inspection import BadgeSeen, NextBadge
from edge.link.inspector import Inspector
from edge.link.messages import Answer, CommissionCounter, new_id
from settings import Mendable
from sync.wire.facts import CounterProof, Outcome

STILL_LOOKS = 4
"""At a machine that stands; with the default pause a clock of seconds moves meanwhile."""

MOST_LOOKS = 400
"""While the pieces are made; beyond that each second one is dropped."""

SHOWN_DURING = 3
OFF_WITHIN_S = 5.0
BACK_WITHIN_S = 180.0
BADGE_WITHIN_S = 60.0
ANSWER_WITHIN_S = 10.0
TRIES = 3
LONGEST_LIST = 12
SKIP = "skip"
MOST_PIECES = 1000


class Unsigned(Mendable):
    """Nobody signed, or core did not answer."""


class Commissioning:
    """Asks, looks, concludes and has it signed. Nothing is written to the device, and nothing is stored before core
    has taken it."""

    def __init__(
        self,
        files: BoxFiles,
        devices: Inspector,
        counter: ModbusKeys,
        reader: str,
        dialogue: Dialogue,
        pause_s: float,
    ) -> None:
        """`reader`: where the two sign. `pause_s`: between two looks."""
        self._files = files
        self._devices = devices
        self._counter = counter
        self._reader = reader
        self._talk = dialogue
        self._pause_s = pause_s
        self._section = Place.of(counter)
        self._registers = Registers(devices, counter)

    def run(self, pieces: int, skip_power: bool) -> bool:
        """Whether it is recorded."""
        self._registers.scout()
        counter, many = self._counter, self._registers.many
        says = f"{counter.name} of {counter.machine} is read so: {self._section}; {many} registers are looked through."
        self._talk.say("begin", says, meaning=counter.meaning, registers=many)
        proven = self._pieces(pieces)
        if proven is None:
            return False
        runs, verdict = proven
        reset, power = ("NOT_TRIED", []) if skip_power else self._power_cycle(runs[-1].after[0])
        return self._sign(self._command(runs, verdict, reset, power))

    # --- the pieces -----------------------------------------------------------------------------------

    def _pieces(self, pieces: int) -> tuple[list[Run], Proven] | None:
        counter = self._counter
        sure = {"words", "word_order"} - set(counter.unproven)
        runs: list[Run] = []
        while True:
            runs.append(self._run(pieces))
            verdict = concluded(self._section, counter.counts_per_piece, sure, runs)
            match verdict:
                case Proven():
                    return runs, verdict
                case Change():
                    self._tell_change(verdict)
                    return None
                case Again() | Unproven():
                    self._tell_open(verdict)
                    if isinstance(verdict, Unproven):
                        return None

    def _run(self, pieces: int) -> Run:
        before = self._standing()
        self._talk.say(
            "run",
            f"Make exactly {pieces} pieces. When the machine stands again, type how many it made.",
            asks=True,
            pieces=pieces,
        )
        during: list[Look] = []
        made: int | None = None
        while made is None:
            during.append(self._registers.look())
            if len(during) > MOST_LOOKS:
                during = during[::2]
            typed = self._talk.answer(self._pause_s)
            if typed is not None and (made := _pieces_typed(typed)) is None:
                self._talk.say("run", "That is no number of pieces: type it again.", asks=True, pieces=pieces)
        return Run(made, before, tuple(during), self._looks())

    def _standing(self) -> tuple[Look, ...]:
        """Asked for once more where the counter moves; where it moves then too, it is no counter of pieces."""
        says = "Stop the machine. When it stands, press Enter."
        for _ in range(2):
            self._talk.ask("stand", says)
            looks = self._looks()
            if len({look.value(self._section) for look in looks}) == 1:
                break
            says = "The counter still moves. Stop the machine, and press Enter when it stands."
        return looks

    def _looks(self) -> tuple[Look, ...]:
        looks = [self._registers.look()]
        for _ in range(STILL_LOOKS - 1):
            time.sleep(self._pause_s)
            looks.append(self._registers.look())
        return tuple(looks)

    # --- what came of them ----------------------------------------------------------------------------

    def _tell_change(self, verdict: Change) -> None:
        counter, low = self._counter, verdict.finding.low
        says = (
            f"Function {low[0]}, register {low[1]} counts the pieces, {_growth(verdict.finding.growth)}; the section "
            f"of {counter.name} says otherwise. Write into it\n"
        )
        mend = "Then start the service devices again, and commission it once more. Nothing was recorded."
        if counter.wraps_at % verdict.finding.growth.counts_per_piece:
            mend = "The counter does not begin anew at a whole piece: set the prescale in the device instead."
        lines = [f"  {key} = {_toml(value)}" for key, value in verdict.keys.items()]
        if "address" in verdict.keys and counter.register:
            lines.append("  and take `register` out")
        self._talk.say("change", says + "\n".join([*lines, mend]), keys=dict(verdict.keys), low=low)

    def _tell_open(self, verdict: Again | Unproven) -> None:
        own, fit = verdict.why, [each.low for each in verdict.findings]
        says = f"{self._section}: {_growth(own) if isinstance(own, Growth) else own}."
        if fit:
            says += f" By function and register these fit: {_fitting(verdict.findings)}."
        if isinstance(verdict, Again):
            self._talk.say("again", f"{says} More pieces will tell.", fit=fit)
        elif fit:
            mend = "Choose one by the manual, write it into the section, and commission that."
            self._talk.say("unproven", f"{says} {mend} Nothing was recorded.", fit=fit)
        else:
            mend = "No register there counts pieces: look into the manual, and at the sensor."
            self._talk.say("unproven", f"{says} {mend} Nothing was recorded.", fit=fit)

    # --- without power --------------------------------------------------------------------------------

    def _power_cycle(self, after: Look) -> tuple[str, list[CounterProof]]:
        """KEPT, LOST or NOT_TRIED, and what the counter showed before and after."""
        last = self._proof("power-off", self._registers.look())
        if not self._switched_off():
            return "NOT_TRIED", []
        if self._talk.ask("power-on", f"It is off. Switch it on again, and press Enter; or type {SKIP}.") == SKIP:
            return "NOT_TRIED", []
        self._talk.say("waiting", "Waiting until it answers.")
        deadline_s = time.monotonic() + BACK_WITHIN_S
        while self._registers.own() is None:
            if time.monotonic() > deadline_s:
                raise Unsigned(f"it does not answer {BACK_WITHIN_S:.0f} s after power came back; nothing was recorded")
            time.sleep(self._pause_s)
        back = self._proof("power-on", self._looks()[-1])
        reset = "KEPT" if back.value >= self._proof("after", after).value else "LOST"
        self._talk.say("power", f"It showed {last.value} and now {back.value}: {reset}.", reset=reset)
        return reset, [last, back]

    def _switched_off(self) -> bool:
        says = f"Switch the power of {self._counter.name} off, and press Enter; or type {SKIP}."
        while self._talk.ask("power-off", says) != SKIP:
            deadline_s = time.monotonic() + OFF_WITHIN_S
            while time.monotonic() < deadline_s:
                if self._registers.own() is None:
                    return True
                time.sleep(self._pause_s)
            says = f"It still answers. Switch its power off, and press Enter; or type {SKIP}."
        return False

    # --- the proof ------------------------------------------------------------------------------------

    def _command(
        self, runs: Sequence[Run], verdict: Proven, reset: str, power: list[CounterProof]
    ) -> CommissionCounter:
        counter, run = self._counter, runs[-1]
        during = run.during[:: max(1, -(-len(run.during) // SHOWN_DURING))]
        proof = [
            self._proof("before", run.before[-1]),
            *(self._proof("during", each) for each in during),
            self._proof("after", run.after[0]),
            *power,
        ]
        counts = proof[1 + len(during)].value - proof[0].value
        self._talk.say(
            "proof",
            "What it held, word by word, and the value:\n"
            + "\n".join(f"  {each.step:<9} {each.raw:>8} {each.value:>10}" for each in proof),
        )
        says = f"{run.pieces} pieces were {counts} counts; the count without power: {reset}."
        self._talk.say("proven", says, pieces=run.pieces, counts=counts, reset=reset)
        return CommissionCounter(
            new_id(),
            self._files.clock().stamp(),
            counter.machine,
            counter.name,
            counter.meaning,
            str(self._section),
            run.pieces,
            counts,
            reset,
            proof,
            "",
            "",
            _remarks(runs, verdict),
        )

    def _proof(self, step: str, look: Look) -> CounterProof:
        words = look.words(self._section)
        if words is None:
            raise Unsigned(f"{self._counter.name} did not answer; nothing was recorded")
        value = value_of(words, self._section.word_order) // self._counter.counts_per_piece
        return CounterProof(step, look.at_us, raw_of(words), value)

    # --- signed by two --------------------------------------------------------------------------------

    def _sign(self, unsigned: CommissionCounter) -> bool:
        """Whether core has taken it."""
        for _ in range(TRIES):
            electrician = self._badge("Electrician")
            while (witness := self._badge("Witness")) == electrician:
                self._talk.say("same-badge", "That is the same badge: the witness is somebody else.")
            answer = self._recorded(
                structs.replace(
                    unsigned,
                    id=new_id(),
                    at=self._files.clock().stamp(),
                    electrician_badge=electrician,
                    witness_badge=witness,
                )
            )
            if answer.outcome is Outcome.COMMISSIONED:
                self._talk.say("recorded", f"Recorded as fact {answer.seq}: it counts from here on.", seq=answer.seq)
                return True
            if answer.outcome is not Outcome.NOT_SIGNED:
                break
            self._talk.say("unsigned", "The two must be people known here, one of them a supervisor. Once more.")
        says = f"Refused: {answer.outcome}, fact {answer.seq}. Nothing is counted by it."
        self._talk.say("refused", says, outcome=answer.outcome, seq=answer.seq)
        return False

    def _badge(self, who: str) -> str:
        self._talk.say("sign", f"{who}: hold your badge to {self._reader}.", who=who.lower(), reader=self._reader)
        for _ in range(TRIES):
            seen = self._devices.ask(NextBadge(self._reader, BADGE_WITHIN_S))
            if isinstance(seen, BadgeSeen) and seen.badge is not None:
                return seen.badge
            self._talk.say("unread", "No badge was read. Once more.")
        raise Unsigned(f"{self._reader} has read no badge; nothing was recorded")

    def _recorded(self, command: CommissionCounter) -> Answer:
        """Asked again with the same id, so that it is one fact however often the answer was lost."""
        says = ""
        for _ in range(TRIES):
            try:
                answer = ask(self._files.core_socket, command, ANSWER_WITHIN_S)
            except CoreSilent as silent:
                says = str(silent)
                continue
            if isinstance(answer, Answer):
                return answer
            says = answer.reason
        raise Unsigned(f"core has not answered ({says}): look with `clockpiece doctor`, and begin again")


def _pieces_typed(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and 0 < int(text) <= MOST_PIECES else None


def _growth(growth: Growth) -> str:
    if growth.pieces_per_count > 1:
        return f"one count for {growth.pieces_per_count} pieces"
    return f"{growth.counts_per_piece} count{'s' * (growth.counts_per_piece > 1)} for a piece"


def _toml(value: int | str) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)


def _fitting(findings: Sequence[Finding]) -> str:
    shown = ", ".join(f"{each.low[0]}/{each.low[1]} ({_growth(each.growth)})" for each in findings[:LONGEST_LIST])
    return shown + (", ..." if len(findings) > LONGEST_LIST else "")


def _remarks(runs: Sequence[Run], verdict: Proven) -> str:
    """For the record, by function and register: what else changed, and why it was not chosen."""
    said = []
    if len(runs) > 1:
        said.append("Earlier runs of " + ", ".join(str(each.pieces) for each in runs[:-1]) + " pieces gave the same.")
    if verdict.growth.pieces_per_count > 1:
        said.append(f"One count is {verdict.growth.pieces_per_count} pieces.")
    if verdict.others:
        said.append(f"Grew in the same way: {_fitting(verdict.others)}.")
    fits = {each.low for each in verdict.others}
    others = [(low, why) for low, why in moved(runs) if low not in fits]
    said += [f"{low[0]}/{low[1]}: {why}." for low, why in others[:LONGEST_LIST]]
    if len(others) > LONGEST_LIST:
        said.append(f"{len(others) - LONGEST_LIST} more changed.")
    return " ".join(said)
