"""Badge readers that babble, fall silent or change their number: the others do not notice (F26)."""

import asyncio
import logging
import resource
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from edge.config import BoxConfig, Reader
from edge.devices import reader_family
from edge.devices.rdm6300.keys import Rdm6300Keys
from simulators.pn532 import SimulatedPn532
from simulators.rdm6300 import SimulatedReader
from simulators.samv import SimulatedIdCardReader
from simulators.serial_line import SerialDevice
from tests.unit.devices.bench import Core, box, running

pytestmark = pytest.mark.fault("F26")

ANNA, BAO = "100086F444", "6F007B3972"


@contextmanager
def babbling(*readers: SerialDevice) -> Iterator[None]:
    """Endless bytes, as many as the line takes; sometimes they look like the beginning of a frame."""
    over = threading.Event()

    def babble() -> None:
        while not over.is_set():
            for reader in readers:
                noise = b"\x02\xaa\xaa\xaa\x96\x69\x0a\x00\xff\x08\xf8\x00\x00\xff\x00\xff" * 32
                reader.say(noise)

    thread = threading.Thread(target=babble)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def own_cpu_s() -> float:
    """Of the thread in which the field runs, and no other."""
    used = resource.getrusage(resource.RUSAGE_THREAD)
    return used.ru_utime + used.ru_stime


def reader(device: SerialDevice, family: str = "rdm6300") -> Reader:
    keys: type[Reader] = reader_family(family).keys
    return keys(device.link.name, "entrance", family, str(device.link))


def taps_are(core: Core, count: int) -> bool:
    return len(core.taps()) == count


def at_once(_seconds: float) -> None:
    """The line takes no time."""


def test_babbling_readers_cost_little_and_the_others_are_read(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """That they fill no memory is tested where the bytes are kept, in tests/unit/framing."""

    async def story(config: BoxConfig) -> None:
        core, loop = Core(), asyncio.get_running_loop()
        async with running(config, core):
            await core.until(lambda: len(core.states()) == 4)
            with babbling(mad, mad_id, mad_pn532):
                begun_s, begun_cpu_s = loop.time(), own_cpu_s()
                for count, badge in enumerate([ANNA, BAO], 1):
                    await asyncio.to_thread(gate.tap, badge, 1)
                    await core.until(partial(taps_are, core, count), 1.0)
                    await asyncio.sleep(0.7)  # long enough for the share to mean something
                share = (own_cpu_s() - begun_cpu_s) / (loop.time() - begun_s)
            assert {tap.reader for tap in core.taps()} == {"gate"}
            assert share < 0.3

    with (
        SimulatedReader(tmp_path / "mad", at_once) as mad,
        SimulatedIdCardReader(tmp_path / "mad-id") as mad_id,
        SimulatedPn532(tmp_path / "mad-pn532") as mad_pn532,
        SimulatedReader(tmp_path / "gate") as gate,
        caplog.at_level(logging.INFO),
    ):
        asyncio.run(story(box([reader(mad), reader(mad_id, "samv"), reader(mad_pn532, "pn532"), reader(gate)])))
    assert len(caplog.records) < 20


def test_a_reader_that_comes_back_under_another_number_is_told_from_the_one_that_took_its_number(
    tmp_path: Path,
) -> None:
    async def story(config: BoxConfig) -> None:
        core = Core()
        async with running(config, core):
            await core.until(lambda: core.states("gate") == [True])
            number = gate.link.readlink()
            gate.unplug()
            await core.until(lambda: core.states("gate") == [True, False])
            with SimulatedReader(tmp_path / "press", at_once) as press:
                assert press.link.readlink() == number
                gate.plug()
                await core.until(lambda: core.states("gate") == [True, False, True], 3.0)
                await core.until(lambda: core.states("press")[-1:] == [True], 3.0)
                await asyncio.to_thread(press.tap, ANNA)
                await asyncio.to_thread(gate.tap, BAO)
                await core.until(lambda: len(core.taps()) == 2)
        assert {tap.reader: tap.badge for tap in core.taps()} == {"press": f"EM4100:{ANNA}", "gate": f"EM4100:{BAO}"}

    with SimulatedReader(tmp_path / "gate", at_once) as gate:
        press_to_come = Rdm6300Keys("press", "entrance", "rdm6300", str(tmp_path / "press"), "press-1")
        asyncio.run(story(box([reader(gate), press_to_come])))
