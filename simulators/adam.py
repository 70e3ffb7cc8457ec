"""Counter modules that are asked in text on one serial line (Advantech ADAM-4080), on a pseudo-terminal."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from pathlib import Path

from simulators.serial_line import SerialDevice

# Written from the maker's manual (ADAM 4000 Series, 7-36 and the appendix on checksums), and from nothing else.


class SpoiltText(Enum):
    """What happens to one answer."""

    SILENT = "it does not come"
    HALF = "only its first half comes"
    TWICE = "it comes twice"
    HELD_BACK = "it comes when the next question has come, before the answer to that"
    DIGIT = "one of its digits is another one"
    ECHO = "the adapter returns the question before it"
    NOISE = "bytes of no meaning come before it"


class SimulatedAdamLine(SerialDevice):
    """`counts` is what counter N of module AA holds, by "AAN". `questions` are those that came."""

    def __init__(self, link: Path, counts: dict[str, int], checksum: bool = False) -> None:
        self.counts = counts
        self.questions: list[str] = []
        self.spoil: Callable[[], SpoiltText | None] = lambda: None
        self._checksum = checksum
        self._heard = ""
        self._held_back = b""
        super().__init__(link)

    def _hear(self, data: bytes) -> None:
        self._heard += data.decode("ascii")
        while "\r" in self._heard:
            question, _, self._heard = self._heard.partition("\r")
            self._answer(question)

    def _answer(self, question: str) -> None:
        asked = question
        if self._checksum:
            asked, given = question[:-2], question[-2:]
            if self._sum(asked) != given:
                return
        self.questions.append(asked)
        if not any(asked[1:3] == name[:2] for name in self.counts):
            return
        count = self.counts.get(asked[1:])
        text = f"?{asked[1:3]}" if count is None or asked[0] != "#" else f">{count:08X}"
        answer = (text + (self._sum(text) if self._checksum else "") + "\r").encode("ascii")
        self._send(question, answer, self.spoil())

    def _send(self, question: str, answer: bytes, spoilt: SpoiltText | None) -> None:
        before, self._held_back = self._held_back, b""
        match spoilt:
            case SpoiltText.SILENT:
                answer = b""
            case SpoiltText.HALF:
                answer = answer[: len(answer) // 2]
            case SpoiltText.TWICE:
                answer += answer
            case SpoiltText.HELD_BACK:
                answer, self._held_back = b"", answer
            case SpoiltText.DIGIT:
                answer = answer[:4] + (b"1" if answer[4:5] == b"0" else b"0") + answer[5:]
            case SpoiltText.ECHO:
                answer = f"{question}\r".encode("ascii") + answer
            case SpoiltText.NOISE:
                answer = b"\xfe\x01" + answer
            case None:
                pass
        self._line.say(before + answer)

    @staticmethod
    def _sum(text: str) -> str:
        total = 0
        for character in text:
            total = (total + ord(character)) & 0xFF
        return f"{total:02X}"
