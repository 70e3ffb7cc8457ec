"""What is believed of what a camera sees, and that a decoder's fault is nobody else's."""

import asyncio
from importlib import metadata
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.devices.camera.codec import BadReport, Blind, Code, Looked, TwoReads, decoded, encoded
from edge.devices.camera.driver import Camera
from edge.devices.camera.keys import CameraKeys, Symbology
from edge.devices.family import DeviceLost
from edge.transport.memory import memory_pair
from tests.unit.devices.bench import RunningClock

pytestmark = pytest.mark.needs("zbar")

A, B = "CODE:A", "CODE:B"


def believed(*pictures: set[str], every_s: float = 0.1) -> list[str]:
    reads = TwoReads()
    seen = [reads.see(dict.fromkeys(badges, True), number * every_s) for number, badges in enumerate(pictures)]
    return [each for each in seen if each is not None]


# --- two equal reads ----------------------------------------------------------------------------------------


def test_one_read_is_not_believed_and_two_are():
    assert believed({A}) == []
    assert believed({A}, {A}) == [A]
    assert believed({A}, set(), {A}) == [A]


def test_two_codes_that_take_turns_are_not_believed_until_one_is_read_twice():
    assert believed({A}, {B}, {A}, {B}, {A}) == []
    assert believed({A}, {B}, {A}, {B}, {B}) == [B]


def test_two_badges_in_a_picture_are_not_believed_either_of_them():
    assert believed({A}, {A, B}, {A}) == []
    assert believed({A, B}, {A, B}, {A, B}) == []


def test_reads_far_apart_are_not_of_one_badge():
    assert believed({A}, {A}, every_s=2.0) == []


def test_two_reads_of_which_none_is_sure_are_not_believed():
    def seen(*sure: bool) -> list[str | None]:
        reads = TwoReads()
        return [reads.see({A: each}, number * 0.1) for number, each in enumerate(sure)]

    assert seen(False, False, False) == [None, None, None]
    assert seen(False, True) == [None, A]
    assert seen(True, False, False) == [None, A, A]
    reads = TwoReads()
    assert [reads.see(each, 0.0) for each in ({A: True}, {B: False}, {B: False})] == [None, None, None]


def test_a_sure_read_long_ago_makes_no_later_one_sure():
    reads = TwoReads()
    assert [reads.see({A: sure}, at_s) for sure, at_s in ((True, 0.0), (False, 9.0), (False, 9.1))] == [None] * 3


@settings(max_examples=40)
@given(st.lists(st.sets(st.sampled_from([A, B]))))
def test_what_is_believed_was_alone_in_that_picture_and_in_one_before_with_nothing_else_between(pictures):
    reads = TwoReads()
    for number, badges in enumerate(pictures):
        seen = reads.see(dict.fromkeys(badges, True), number * 0.01)
        if seen is not None:
            before = [each for each in pictures[:number] if each]
            assert badges == {seen}
            assert before[-1] == {seen}


# --- what the process says ----------------------------------------------------------------------------------


@pytest.mark.parametrize("said", [Looked(7, 12.5, (Code(b"\xff\x00\n"),), 2), Blind("no more pictures")])
def test_a_report_comes_back_from_its_line(said):
    assert encoded(said).endswith(b"\n")
    assert encoded(said).count(b"\n") == 1
    assert decoded(encoded(said)[:-1]) == said


@settings(max_examples=40)
@given(st.binary(max_size=80))
def test_a_line_that_is_no_report_is_bad_and_nothing_else(line):
    with pytest.raises(BadReport):
        decoded(line)


def test_a_badge_stands_in_no_repr():
    assert "A0123" not in repr(Looked(1, 0.0, (Code(b"A0123"),)))


# --- the driver, and a process that says what it is told to -------------------------------------------------


class Eye:
    """In the place of the child process: says what a test wants it to say."""

    pid = 1

    def __init__(self) -> None:
        self.name = "eye"
        self._near, self._far = memory_pair("eye")
        self.read, self.write, self.close = self._near.read, self._near.write, self._near.close

    def gone(self) -> bool:
        return True

    async def says(self, *reports) -> None:
        for each in reports:
            await self._far.write(each if isinstance(each, bytes) else encoded(each))

    def ends(self) -> None:
        self._far.close()


class Stage:
    """A camera whose process is played; `now_s` is machine time. Each opening is another process."""

    def __init__(self, monkeypatch, **more) -> None:
        self.now_s = 100.0
        self.eyes: list[Eye] = []
        section = {"name": "gate", "station": "entrance", "family": "camera", "port": "/dev/video0", **more}
        self.camera = Camera(msgspec.convert(section, CameraKeys), RunningClock(), lambda: self.now_s)
        monkeypatch.setattr(self.camera, "_started", self._started)

    def _started(self) -> Eye:
        self.eyes.append(Eye())
        return self.eyes[-1]

    async def badges(self, *reports) -> list[str | None]:
        """What is believed of these reports, before the process ends."""
        opening = asyncio.create_task(self.camera.open())
        await asyncio.sleep(0)
        await self.eyes[-1].says(Looked(0, self.now_s), *reports)
        await opening
        self.eyes[-1].ends()
        found: list[str | None] = []
        try:
            while True:
                found.append((await self.camera.scan()).badge)
        except DeviceLost as lost:
            self.lost = str(lost)
            return found
        finally:
            self.camera.close()


def seen(number: int, *texts: bytes, at_s: float = 100.0) -> Looked:
    return Looked(number, at_s, tuple(map(Code, texts)))


def test_a_badge_that_stays_before_the_camera_is_one_tap(monkeypatch):
    reports = [seen(number, b"EMP-1") for number in range(9)]
    assert asyncio.run(Stage(monkeypatch).badges(*reports)) == ["CODE:EMP-1"]


def test_what_was_seen_long_ago_is_not_of_somebody_who_waits_now(monkeypatch):
    old = [seen(number, b"EMP-1", at_s=97.0) for number in range(3)]
    assert asyncio.run(Stage(monkeypatch).badges(*old)) == []


def test_one_read_before_the_camera_went_and_one_after_are_not_two(monkeypatch):
    async def story() -> list[list[str | None]]:
        stage = Stage(monkeypatch)
        return [await stage.badges(seen(1, b"EMP-1")) for _ in range(2)]

    assert asyncio.run(story()) == [[], []]


def test_a_code_of_another_beginning_in_the_picture_is_nobody(monkeypatch):
    stage = Stage(monkeypatch, prefix="CP")
    reports = [seen(number, b"https://poster.example", b"CP0007") for number in range(2)]
    assert asyncio.run(stage.badges(*reports)) == ["CODE:0007"]
    assert stage.camera.bad_frames.total == 2


@pytest.mark.parametrize(
    ("report", "says"),
    [
        (b"no report\n", "malformed"),
        (b"x" * 70_000 + b"\n", "too long"),
        (Blind("/dev/video0: unplugged"), "unplugged"),
    ],
)
def test_a_process_that_says_nonsense_or_sees_nothing_is_a_lost_camera(monkeypatch, report, says):
    stage = Stage(monkeypatch)
    assert asyncio.run(stage.badges(report)) == []
    assert says in stage.lost


def test_a_decoder_that_fails_again_and_again_is_told_by_tens(monkeypatch, caplog):
    reports = [Looked(number, 100.0, faults=number) for number in range(1, 30)]
    asyncio.run(Stage(monkeypatch).badges(*reports))
    told = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert [each.partition(" times")[0] for each in told] == [
        f"reader gate: a decoder has failed {number}" for number in (1, 10)
    ]


# --- pictures -----------------------------------------------------------------------------------------------


def read(picture: Any, *symbologies: Symbology) -> set[bytes]:
    from edge.devices.camera.decoding import Decoders

    decoders = Decoders(symbologies or CameraKeys("", "", "", "").symbologies)
    return {each.raw for each in decoders.codes(picture)}


def pictured(text: str | bytes, symbology: str = "qr", module: int = 4) -> Any:
    from tests.unit.devices import printed

    return printed.scene(printed.code(text, symbology, module))


@pytest.mark.parametrize(
    ("text", "symbology", "module"),
    [("EMP-00123", "qr", 5), ("EMP-00123", "code128", 3), ("EMP00123", "code39", 2), ("690123456789", "ean13", 3)],
)
def test_a_printed_badge_is_read(text, symbology, module):
    (raw,) = read(pictured(text, symbology, module), symbology)
    assert raw.decode().startswith(text)


@pytest.mark.parametrize(
    ("symbology", "degrees"),
    [*(("qr", degrees) for degrees in (0, 90, 180, 270, 30, -17)), *(("code128", turn) for turn in (90, 180, 270, -8))],
)
def test_a_qr_code_is_read_whichever_way_it_is_held_and_a_bar_code_when_it_is_straight(symbology, degrees):
    from tests.unit.devices.printed import Spoilt

    picture = Spoilt(turned_deg=degrees, noise=5).apply(pictured("A0123", symbology, 4), Random(1))
    assert read(picture) == {b"A0123"}


def test_an_empty_picture_and_a_noisy_one_hold_no_code():
    from tests.unit.devices import printed

    assert read(printed.scene()) == set()
    assert read(printed.Spoilt(noise=60).apply(printed.scene(), Random(1))) == set()


def test_a_code_is_its_bytes_and_never_what_a_decoder_makes_of_them():
    for raw in ("张三".encode(), "张三".encode("gbk"), b"\xff\xfe\x80A"):
        assert read(pictured(raw)) == {raw}


def test_a_micro_qr_code_is_no_badge():
    assert read(pictured("A0123", "microqr", 8)) == set()


def test_a_symbology_that_is_not_in_the_section_is_no_badge():
    assert read(pictured("690123456789", "ean13", 3)) == set()
    assert read(pictured("A0123"), "code128") == set()


def test_both_badges_of_a_picture_are_seen():
    from tests.unit.devices import printed

    assert read(printed.scene(printed.code("A"), printed.code("B"))) == {b"A", b"B"}


@pytest.mark.slow
def test_a_bar_code_with_a_painted_bar_is_never_another_number():
    from tests.unit.devices import printed

    whole = printed.code("690123456789", "ean13", 3)
    for at in range(36, whole.shape[1] - 36, 3):
        painted = whole.copy()
        painted[:, at : at + 3] = 255 - painted[:, at : at + 3]
        assert read(printed.scene(painted), "ean13") <= {b"6901234567892"}


@pytest.mark.parametrize(
    "fault",
    [
        ValueError("4294967295 is not a valid ZBarOrientation"),
        UnicodeDecodeError("utf-8", b"\xff", 0, 1, "bad"),
        RuntimeError("native"),
    ],
)
def test_whatever_one_decoder_raises_the_other_reads_on_and_it_is_counted(monkeypatch, fault):
    from edge.devices.camera import decoding

    def fails(*_, **__):
        raise fault

    monkeypatch.setattr("pyzbar.pyzbar.decode", fails)
    decoders = decoding.Decoders(["qr"])
    assert [each.raw for each in decoders.codes(pictured("A0123"))] == [b"A0123"]
    assert decoders.faults == 1


def test_a_bar_code_is_sure_where_both_have_read_it_and_a_qr_code_by_itself(monkeypatch):
    from edge.devices.camera import decoding

    def sure(picture: Any) -> list[bool]:
        return [each.sure for each in decoding.Decoders(["qr", "code128", "datamatrix"]).codes(picture)]

    bars, squares = pictured("A0123", "code128"), pictured("A0123")
    assert (sure(bars), sure(squares)) == ([True], [True])
    monkeypatch.setattr("pyzbar.pyzbar.decode", lambda *_, **__: [])
    assert (sure(bars), sure(squares)) == ([False], [True])


def test_two_opinions_that_differ_are_two_codes_and_are_not_believed(monkeypatch):
    from edge.devices.camera import decoding

    class Found:
        data, type = b"A0124", "QRCODE"

    monkeypatch.setattr("pyzbar.pyzbar.decode", lambda *_, **__: [Found])
    decoders = decoding.Decoders(["qr"])
    badges = {f"CODE:{each.raw.decode()}" for each in decoders.codes(pictured("A0123"))}
    assert believed(badges, badges, badges) == []


def test_of_zbar_only_ascii_is_taken(monkeypatch):
    from edge.devices.camera import decoding

    class Found:
        data, type = "张三".encode(), "QRCODE"

    monkeypatch.setattr("pyzbar.pyzbar.decode", lambda *_, **__: [Found])
    assert decoding.Decoders(["qr"]).codes(pictured(b"", module=1)) == ()


# --- the newest picture -------------------------------------------------------------------------------------


def test_whoever_is_slow_sees_the_newest_picture_once():
    from edge.devices.camera.eye import Newest

    newest = Newest()
    for number in range(5):
        newest.show(number, float(number))
    assert newest.take(1) == (4, 4.0)
    assert newest.take(0) == "no picture for 0 s"
    newest.show(5, 5.0)
    newest.end("unplugged")
    assert [newest.take(0), newest.take(9)] == [(5, 5.0), "unplugged"]


def test_it_is_said_each_second_that_there_are_pictures(monkeypatch):
    from edge.devices.camera import eye
    from edge.devices.camera.decoding import Decoders

    now_s = 100.0
    monkeypatch.setattr("edge.devices.camera.eye.time.monotonic", lambda: now_s)
    said: list[Any] = []

    class Pictures(eye.Newest):
        left = 40

        def take(self, within_s):
            nonlocal now_s
            self.left -= 1
            now_s += 0.1
            return (pictured("A0123") if self.left == 20 else pictured(b"", module=1), now_s) if self.left else "over"

    monkeypatch.setattr("edge.devices.camera.eye.time.sleep", lambda seconds: None)
    assert eye.watch(Pictures(), Decoders(["code128"]), said.append, 10) == "over"
    assert len(said) == 4
    assert [each.codes for each in said] == [()] * 4


def test_a_section_names_only_symbologies_that_there_are():
    with pytest.raises(msgspec.ValidationError, match="symbologies"):
        msgspec.convert(
            {"name": "c", "station": "s", "family": "camera", "port": "p", "symbologies": ["microqr"]}, CameraKeys
        )


def test_only_one_build_of_opencv_is_installed():
    """They share one folder, and each breaks the other."""
    builds = [each.metadata["Name"] for each in metadata.distributions()]
    assert [name for name in builds if name.lower().startswith("opencv")] == ["opencv-python-headless"]


def test_the_driver_loads_no_large_library():
    import subprocess
    import sys

    looks = "import sys, edge.devices.camera.driver; print(sorted({'cv2', 'numpy', 'zxingcpp'} & set(sys.modules)))"
    assert subprocess.check_output([sys.executable, "-c", looks], text=True).strip() == "[]"
