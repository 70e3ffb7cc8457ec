"""A camera as the box runs it: a process that looks at pictures from disk, and what comes of it when that goes."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import cv2
import msgspec
import pytest

from edge.devices.camera import driver
from edge.devices.camera.codec import Look
from edge.devices.camera.driver import Camera
from edge.devices.camera.keys import CameraKeys
from edge.devices.family import DeviceLost
from edge.transport.child import ChildPort
from edge.transport.port import PortLost
from tests.unit.devices import printed
from tests.unit.devices.bench import Core, RunningClock, box, running

pytestmark = [pytest.mark.needs("zbar"), pytest.mark.slow]

COMMON = {"name": "camera", "station": "entrance", "family": "camera"}


def keys(port: Path | str, **settings: Any) -> CameraKeys:
    return msgspec.convert({**COMMON, "port": str(port), "looks_per_s": 30, **settings}, CameraKeys)


def film(folder: Path, *pictures: Any, each: int = 15) -> str:
    """Pictures on disk, each shown for some time; OpenCV plays them at 25 a second."""
    folder.mkdir()
    for number, picture in enumerate(pictures):
        first = folder / f"{number * each:04d}.png"
        assert cv2.imwrite(str(first), picture)
        for again in range(1, each):
            os.link(first, folder / f"{number * each + again:04d}.png")
    return str(folder / "%04d.png")


def card(text: str) -> Any:
    return printed.scene(printed.code(text))


WALL = printed.scene()


def run(story: Any) -> Any:
    return asyncio.run(asyncio.wait_for(story, 30))


def ended(pid: int) -> bool:
    """Gone, or dead and not yet reaped."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


async def until_ended(pid: int) -> None:
    async with asyncio.timeout(8):
        while not ended(pid):
            await asyncio.sleep(0.01)


def test_badges_held_before_a_camera_are_taps_one_each(tmp_path):
    source = film(tmp_path / "film", WALL, card("EMP-1"), WALL, card("EMP-2"))

    async def story(core: Core) -> None:
        async with running(box([keys(source)]), core):
            await core.until(lambda: core.states() == [True, False], timeout_s=20)

    core = Core()
    run(story(core))
    assert [tap.badge for tap in core.taps()] == ["CODE:EMP-1", "CODE:EMP-2"]


def test_two_badges_held_up_together_are_nobody(tmp_path):
    both = printed.scene(printed.code("EMP-1"), printed.code("EMP-2"))
    source = film(tmp_path / "film", both, WALL)

    async def story(core: Core) -> None:
        async with running(box([keys(source)]), core):
            await core.until(lambda: core.states() == [True, False], timeout_s=20)

    core = Core()
    run(story(core))
    assert core.taps() == []


def test_a_source_that_is_not_there_or_no_film_is_one_sentence(tmp_path):
    (tmp_path / "text.mp4").write_text("no film")

    async def story() -> None:
        for name, says in (("nothing", "No such file"), ("text.mp4", "no pictures come from it")):
            camera = Camera(keys(tmp_path / name), RunningClock())
            with pytest.raises(DeviceLost, match=says):
                await camera.open()
            camera.close()
            with pytest.raises(DeviceLost, match=r"not open|closed"):
                await camera.scan()

    run(story())


@pytest.fixture
def endless(tmp_path) -> str:
    return film(tmp_path / "film", WALL, each=1000)


@pytest.mark.parametrize("blow", [signal.SIGKILL, signal.SIGSEGV])
def test_a_process_that_is_killed_or_crashes_is_a_lost_camera_and_opens_again(endless, blow):
    async def story() -> None:
        camera = Camera(keys(endless), RunningClock())
        await camera.open()
        assert camera.pid is not None
        os.kill(camera.pid, blow)
        with pytest.raises(DeviceLost, match=f"killed by signal {blow.value}"):
            await camera.scan()
        camera.close()
        await camera.open()
        camera.close()

    run(story())


def test_a_process_that_hangs_is_a_lost_camera_and_is_killed(endless, monkeypatch):
    monkeypatch.setattr(driver, "SILENT_S", 1.5)

    async def story() -> None:
        camera = Camera(keys(endless), RunningClock())
        await camera.open()
        pid = camera.pid
        assert pid is not None
        os.kill(pid, signal.SIGSTOP)
        with pytest.raises(DeviceLost, match=r"says nothing for 1\.5 s"):
            await camera.scan()
        camera.close()
        await until_ended(pid)

    run(story())


def test_a_process_that_does_not_end_is_not_joined_by_another(endless, monkeypatch):
    async def story() -> None:
        camera = Camera(keys(endless), RunningClock())
        await camera.open()
        port = camera._child
        camera.close()
        monkeypatch.setattr(ChildPort, "gone", lambda _: False)
        with pytest.raises(DeviceLost, match="hangs in the camera's driver"):
            await camera.open()
        monkeypatch.undo()
        assert port is not None
        assert port.gone()

    run(story())


PARENT = """
import json, os, subprocess, sys, time
look = json.dumps({**json.loads(sys.argv[1]), "parent": os.getpid()})
child = subprocess.Popen([sys.executable, "-m", "edge.devices.camera.eye", look], stdout=subprocess.PIPE)
child.stdout.readline()
print(child.pid, flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("stopped", [False, True], ids=["looking", "hanging"])
def test_the_process_dies_with_the_one_that_started_it(endless, stopped):
    async def story() -> None:
        look = msgspec.json.encode(Look(endless, ("qr",), 640, 480, 30, 0)).decode()
        parent = subprocess.Popen([sys.executable, "-c", PARENT, look], stdout=subprocess.PIPE, text=True)
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        if stopped:
            os.kill(child, signal.SIGSTOP)
        assert not ended(child)
        parent.kill()
        parent.wait()
        parent.stdout.close()
        await until_ended(child)

    run(story())


def test_a_process_whose_parent_is_gone_already_does_not_begin(endless):
    look = msgspec.json.encode(Look(endless, ("qr",), 640, 480, 30, 1)).decode()
    done = subprocess.run(
        [sys.executable, "-m", "edge.devices.camera.eye", look], capture_output=True, timeout=20, check=False
    )
    assert (done.returncode, done.stdout) == (1, b"")


async def listen(child: ChildPort, heard: list[bytes]) -> None:
    while True:
        heard.append(await child.read())


def test_a_child_is_heard_until_its_output_ends():
    async def story() -> None:
        child = ChildPort("child", [sys.executable, "-c", "print('A' * 9)"], {})
        heard: list[bytes] = []
        with pytest.raises(PortLost, match="its process ended with 0"):
            await listen(child, heard)
        assert b"".join(heard) == b"AAAAAAAAA\n"
        child.close()
        child.close()
        for attempt in (child.read(), child.write(b"x")):
            with pytest.raises(PortLost):
                await attempt

    run(story())


def test_closing_wakes_whoever_waits_for_a_child():
    async def story() -> None:
        child = ChildPort("child", ["sleep", "60"], {})
        reading = asyncio.create_task(child.read())
        await asyncio.sleep(0)
        child.close()
        with pytest.raises(PortLost, match="closed"):
            await reading
        assert child.gone()

    run(story())


def test_a_program_that_is_not_there_is_one_sentence():
    with pytest.raises(PortLost, match="No such file"):
        ChildPort("child", ["/nonexistent/program"], {})
