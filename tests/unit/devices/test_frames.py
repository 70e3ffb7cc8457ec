"""The last bytes of each device: kept together as they stood together, for whoever's task sent or received them."""

import asyncio

from edge.devices.shared.meaning import Meaning
from edge.field.trail import bytes_of, sizes
from edge.transport.frames import KEPT, LONGEST, TOGETHER_S, Frames, NotedPort, note_for
from edge.transport.memory import memory_pair


class Time:
    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def told(frames: Frames) -> list[tuple[bool, bytes]]:
    return [(frame.sent, frame.data) for frame in frames.last()]


def test_bytes_that_come_close_together_are_one_frame():
    time = Time()
    frames = Frames(machine_time_s=time)
    frames.received(b"ab")
    time.now_s += TOGETHER_S / 2
    frames.received(b"cd")
    time.now_s += TOGETHER_S
    frames.received(b"ef")
    assert told(frames) == [(False, b"abcd"), (False, b"ef")]


def test_what_is_sent_ends_a_frame():
    frames = Frames(machine_time_s=Time())
    frames.received(b"a")
    frames.sent(b"?")
    frames.received(b"b")
    assert told(frames) == [(False, b"a"), (True, b"?"), (False, b"b")]


def test_only_the_last_frames_are_kept_and_none_grows_for_ever():
    frames = Frames(machine_time_s=Time())
    for number in range(KEPT + 5):
        frames.sent(bytes((number,)))
    assert [data for _, data in told(frames)] == [bytes((number,)) for number in range(5, KEPT + 5)]
    for _ in range(100):
        frames.received(bytes(100))
    assert max(frame.size for frame in frames.last()) <= LONGEST
    assert len(frames.last()) == KEPT


def test_of_an_identity_card_reader_no_byte_is_kept():
    frames = Frames(with_bytes=False, machine_time_s=Time())
    frames.sent(b"question")
    frames.received(b"card")
    frames.received(b"holder")
    assert [(frame.sent, frame.size, frame.data) for frame in frames.last()] == [(True, 8, b""), (False, 10, b"")]


def test_a_watch_gets_each_frame_once_it_is_whole_and_learns_how_many_it_missed():
    time = Time()
    frames = Frames(machine_time_s=time)
    frames.received(b"a")
    assert frames.whole_since(0) == (0, [])
    time.now_s += TOGETHER_S
    upto, new = frames.whole_since(0)
    assert (upto, [each.data for each in new]) == (1, [b"a"])
    assert frames.whole_since(upto) == (1, [])
    for _ in range(KEPT + 3):
        frames.sent(b"?")
    upto, new = frames.whole_since(upto)
    assert (upto - 1 - len(new), len(new)) == (3, KEPT)


def test_on_a_shared_line_each_device_has_the_frames_of_its_own_questions():
    async def ask(frames: Frames, port: NotedPort, question: bytes) -> None:
        note_for([frames])
        await port.write(question)
        await port.read()

    async def run() -> tuple[Frames, Frames]:
        near, far = memory_pair()
        port, one, other = NotedPort(near), Frames(), Frames()
        for frames, question in ((one, b"1?"), (other, b"2?")):
            task = asyncio.create_task(ask(frames, port, question))
            await far.write(b"answer to " + await far.read())
            await task
        return one, other

    one, other = asyncio.run(run())
    assert told(one) == [(True, b"1?"), (False, b"answer to 1?")]
    assert told(other) == [(True, b"2?"), (False, b"answer to 2?")]


def test_a_question_asked_for_several_is_noted_for_each_of_them():
    async def run(everyone: list[Frames]) -> None:
        near, _ = memory_pair()
        note_for(everyone)
        await NotedPort(near).write(b"?")

    everyone = [Frames(), Frames()]
    asyncio.run(run(everyone))
    assert [told(each) for each in everyone] == [[(True, b"?")]] * 2


# --- for the log ------------------------------------------------------------------------------------


def trail() -> Frames:
    time = Time()
    frames = Frames(machine_time_s=time)
    frames.sent(b"\x01\x03")
    time.now_s += 0.25
    frames.received(b"5678")
    return frames


def test_a_counters_bytes_are_told_with_the_seconds_before_the_last():
    assert bytes_of(trail().last()) == "-0.250 > 0103, +0.000 < 35363738"


def test_a_long_frame_is_cut_for_the_log():
    frames = Frames()
    frames.sent(bytes(100))
    assert bytes_of(frames.last()) == "+0.000 > " + "00" * 64 + "..."


def test_of_a_badge_only_the_size_is_told_and_whether_it_was_whole():
    def explain(_sent: bool, data: bytes) -> Meaning:
        return Meaning("badge of somebody", whole=data.startswith(b"5"))

    assert sizes(trail().last(), explain) == "-0.250 > 2 bytes, +0.000 < 4 bytes whole"
    assert sizes(trail().last(), lambda _sent, _data: Meaning("", whole=False)).endswith("4 bytes bad")
    assert sizes(trail().last()) == "-0.250 > 2 bytes, +0.000 < 4 bytes"


def test_without_frames_nothing_is_told():
    assert bytes_of([]) == sizes([]) == ""
