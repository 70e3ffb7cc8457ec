"""The templates of Modbus devices: what they know, how surely, and what a counter gets from one."""

import asyncio
import re
import tomllib
from pathlib import Path
from typing import Any

import msgspec
import pytest
from pymodbus.framer.rtu import FramerRTU

from edge.bootstrap.sections import read_config
from edge.devices.modbus_counter import shelf
from edge.devices.modbus_counter.codec import session_block, value_block, value_of
from edge.devices.modbus_counter.driver import modbus_counters
from edge.devices.modbus_counter.keys import ModbusKeys
from edge.devices.modbus_counter.templates import Confidence, filled, knowns, parse
from edge.framing.delimited import NeedMore
from edge.framing.rtu import Refusal, Registers, RtuAnswer
from settings import ConfigError, Contradiction
from tests.unit.devices.plc import Plc
from tests.unit.devices.test_modbus_counter import StandingClock

CAPTURES = tomllib.loads((Path(__file__).parents[2] / "fixtures/captures/modbus_templates.toml").read_text("utf-8"))
FRAMES = CAPTURES["frame"]
SECTION: dict[str, Any] = {"name": "c", "machine": "m", "family": "modbus_counter", "max_rate_per_min": 60}
ON_NETWORK = {**SECTION, "host": "192.0.2.7"}
ON_LINE = {**SECTION, "serial": "/dev/serial/by-id/usb-x"}
PLAIN = """
maker = "M"
model = "X"
title = "t"
power_loss = { confidence = "unknown", source = "manual" }
reset = { confidence = "unknown", source = "manual" }
sources = { manual = "the manual" }
[[area]]
name = "CH"
function = { value = 4, confidence = "documented", source = "manual" }
address = { value = 16, confidence = "documented", source = "manual" }
words = { value = 2, confidence = "documented", source = "manual" }
word_order = { value = "lo-first", confidence = "documented", source = "manual" }
step = 2
count = 4
"""


def counter(section: dict[str, Any], **said: Any) -> ModbusKeys:
    return msgspec.convert(shelf.filled({**section, **said}), ModbusKeys)


# --- the templates themselves ----------------------------------------------------------------------


def test_there_are_templates_for_two_dozen_devices_and_more():
    assert len(shelf.names()) >= 24


@pytest.mark.parametrize("name", shelf.names())
def test_every_template_fits_the_schema_and_uses_each_of_its_sources(name: str):
    template = shelf.template(name)
    assert {known.source for _, known in knowns(template)} == template.sources.keys()


@pytest.mark.parametrize("name", shelf.names())
def test_every_area_of_a_template_makes_a_counter_or_says_what_is_missing(name: str):
    template = shelf.template(name)
    for area in template.area:
        said: dict[str, Any] = {"register": f"{area.name}{area.first}"}
        if area.address_of(area.first) is None:
            with pytest.raises(Contradiction, match="address: got nothing"):
                counter(ON_LINE, template=name, **said)
            said = {"address": 100}
        made = counter(ON_NETWORK, port=502, template=name, **said)
        assert made.address == said.get("address", area.address_of(area.first))


def test_an_area_never_reaches_into_another_of_its_name():
    for name in shelf.names():
        areas = shelf.template(name).area
        for area in areas:
            others = [each for each in areas if each is not area and each.name == area.name]
            assert not any(each.holds(area.first) or area.holds(each.first) for each in others), name


@pytest.mark.parametrize(
    ("was", "now", "what"),
    [
        ('title = "t"', 'title = "t"\ncolour = "red"', "unknown field `colour`"),
        ("step = 2", "steps = 2", "unknown field `steps`"),
        ("{ value = 4, ", "{ value = 5, ", "Invalid enum value 5"),
        ("{ value = 16, ", "{ value = 65536, ", "<= 65535"),
        ("{ value = 16, ", "{ ", "a value is missing, and its confidence is documented"),
        ('"documented", source = "manual" }\nstep', '"sure", source = "manual" }\nstep', "Invalid enum value 'sure'"),
        ('sources = { manual = "the manual" }', 'sources = { page = "a page" }', "no such source: manual"),
        (
            'word_order = { value = "lo-first", confidence = "documented", source = "manual" }\n',
            "",
            "`word_order` is mis",
        ),
    ],
)
def test_what_a_template_may_not_say(was: str, now: str, what: str):
    parse(PLAIN)
    assert was in PLAIN
    with pytest.raises(msgspec.ValidationError, match=re.escape(what)):
        parse(PLAIN.replace(was, now, 1))


# --- a section and its template --------------------------------------------------------------------


def test_a_template_fills_what_the_section_leaves_out():
    made = counter(ON_NETWORK, template="adam-6051w", register="CH3")
    assert (made.port, made.unit, made.function, made.address, made.words) == (502, 1, 3, 6, 2)
    assert (made.word_order, made.commissioned, made.counts_to) == ("lo-first", True, 2**32)


def test_what_the_section_says_stands():
    made = counter(ON_NETWORK, template="adam-6051w", address=30, port=1502, unit=9, word_order="hi-first")
    assert (made.address, made.port, made.unit, made.word_order) == (30, 1502, 9, "hi-first")


def test_a_template_brings_its_unit_and_its_modulus():
    assert counter(ON_NETWORK, template="konnad-c2000-sdd1010").unit == 255
    assert counter(ON_LINE, template="autonics-ct").counts_to == 1_000_000


def test_a_counter_on_a_serial_line_gets_no_port():
    assert counter(ON_LINE, template="ebyte-e850", register="DI2").port is None


@pytest.mark.parametrize(
    ("template", "register", "address", "words"),
    [
        ("ebyte-e850", "DI1", 48, 1),
        ("delta-dvp-es2", "D100", 0x1064, 2),
        ("delta-dvp-es2", "D4096", 0x9000, 2),
        ("delta-dvp-es2", "C199", 0x0EC7, 1),
        ("delta-dvp-es2", "C200", 0x0EC8, 2),
        ("inovance-h3u", "C201", 0xF702, 2),
        ("xinje-xc", "D8000", 0x4000, 2),
        ("xinje-xd", "HD0", 0xA080, 2),
        ("icpdas-tpet-p6", "CH5", 26, 2),
    ],
)
def test_a_register_is_found_by_the_makers_own_number(template: str, register: str, address: int, words: int):
    made = counter(ON_LINE, template=template, register=register)
    assert (made.address, made.words) == (address, words)


@pytest.mark.parametrize(
    ("said", "key", "wanted"),
    [
        ({"template": "adam-9999"}, "template", "one of adam-4100, "),
        ({"template": 5}, "template", "one of adam-4100, "),
        ({"template": "adam-6051w"}, "register", "one of CH0 to CH13, or an `address`"),
        ({"template": "adam-6051w", "register": "CH14"}, "register", "one of CH0 to CH13"),
        ({"template": "adam-6051w", "register": "3"}, "register", "one of CH0 to CH13"),
        (
            {"template": "adam-6051w", "register": "CH1", "address": 2},
            "register, address",
            "either register or address",
        ),
        ({"template": "ebyte-e850", "register": "DI0"}, "register", "one of DI1 and up"),
        ({"template": "ebyte-e850", "register": "DI65500"}, "register", "below register 65536"),
        ({"template": "ifm-al4002", "register": "CH0"}, "address", "not known for a AL4002"),
        ({"register": "CH1", "address": 2}, "register", "a template that knows registers"),
    ],
)
def test_a_section_that_does_not_go_with_its_template_says_what_would(said: dict[str, Any], key: str, wanted: str):
    with pytest.raises(Contradiction) as told:
        shelf.filled({**ON_NETWORK, **said})
    assert told.value.key == key
    assert wanted in told.value.wanted


def test_the_configuration_file_names_template_and_mend(tmp_path: Path):
    file = tmp_path / "clockpiece.toml"
    file.write_text(
        '[box]\nname = "b"\ndata = "d"\nrun = "r"\nkey = "k"\n[[station]]\nname = "gate"\n[[counter]]\nname = "c"\n'
        'machine = "m"\nfamily = "modbus_counter"\nmax_rate_per_min = 60\nhost = "h"\ntemplate = "adam-6051w"\n',
        "utf-8",
    )
    with pytest.raises(ConfigError, match=r"counter\[0\]\.register: got nothing, wanted one of CH0 to CH13"):
        read_config(file)
    file.write_text(file.read_text("utf-8") + 'register = "CH1"\n', "utf-8")
    (made,) = read_config(file).counter
    assert isinstance(made, ModbusKeys)
    assert (made.address, made.commissioned) == (2, True)


# --- what is not known -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("template", "said", "unproven"),
    [
        ("adam-4100", {"register": "CH0"}, ("word_order",)),
        ("adam-4100", {"register": "CH0", "word_order": "lo-first"}, ()),
        ("kingpigeon-s270", {"register": "CH0"}, ("function", "word_order")),
        ("ebyte-me31", {"register": "DI1"}, ("words", "word_order")),
        ("ebyte-me31", {"register": "DI1", "words": 1}, ()),
        ("omron-cp2e", {"register": "D0", "words": 2}, ("word_order",)),
        ("siemens-s7-200-smart", {"register": "HR0"}, ("words",)),
        ("siemens-s7-200-smart", {"register": "HR0", "words": 2}, ()),
        ("modmux-pm16di", {"address": 7}, ("word_order",)),
        ("adtek-cm1-ct", {"function": 3, "words": 1}, ("scale",)),
        ("ebyte-e851", {"register": "DI1"}, ()),
    ],
)
def test_a_field_that_nobody_knows_keeps_a_counter_from_counting(
    template: str, said: dict[str, Any], unproven: tuple[str, ...]
):
    made = counter(ON_LINE, template=template, **said)
    assert (made.unproven, made.commissioned) == (unproven, not unproven)


def test_a_section_cannot_talk_away_what_its_template_does_not_know():
    assert counter(ON_LINE, template="adam-4100", register="CH0", unproven=[]).unproven == ("word_order",)
    both = counter(ON_LINE, template="adam-4100", register="CH0", unproven=["address"]).unproven
    assert both == ("address", "word_order")
    assert counter(ON_LINE, template="adam-6051w", register="CH0", unproven=["address"]).unproven == ("address",)


def test_two_words_from_the_section_need_an_order_that_the_template_has_none_of():
    assert counter(ON_LINE, template="ebyte-e851", register="DI1", words=2).unproven == ("word_order",)


def test_an_unknown_that_counting_does_not_need_keeps_nothing_back():
    template = shelf.template("ebyte-e851")
    unknown = {path for path, known in knowns(template) if known.confidence is Confidence.UNKNOWN}
    assert "area[0].at_top" in unknown
    assert filled({**ON_LINE, "register": "DI1"}, template).unsure == ()


# --- the devices' own frames -----------------------------------------------------------------------


@pytest.mark.parametrize("frame", FRAMES, ids=lambda each: f"{each['template']} {each['request']}")
def test_a_counter_from_a_template_asks_with_the_frame_of_its_device_and_reads_its_answer(frame: dict[str, Any]):
    made = counter(ON_LINE, template=frame["template"], **frame.get("section", {}))
    block = value_block(made)
    assert session_block(made) is None
    request = bytes.fromhex(frame["request"])
    wanted = RtuAnswer(made.unit, made.function, block.address, block.count)
    asked_for = int.from_bytes(request[4:6], "big")
    assert wanted.request[:4] == request[:4]
    assert FramerRTU.compute_CRC(request[:-2]).to_bytes(2, "big") == request[-2:]
    if asked_for == block.count:
        assert wanted.request == request
    if "answer" not in frame:
        return
    whole = RtuAnswer(made.unit, made.function, block.address, asked_for)
    whole.receive_data(bytes.fromhex(frame["answer"]))
    answer = whole.next_event()
    assert isinstance(answer, Registers)
    found = [
        value_of(answer.values[place : place + made.words], made.word_order)
        for place in range(0, asked_for - made.words + 1, made.words)
    ]
    assert found == frame["values"]


@pytest.mark.parametrize("frame", CAPTURES["tcp"], ids=lambda each: each["template"])
def test_a_frame_on_the_network_names_the_unit_and_the_register_of_the_template(frame: dict[str, Any]):
    made = counter(ON_NETWORK, template=frame["template"], **frame.get("section", {}))
    sent = bytes.fromhex(frame["request"])
    assert len(sent) == 6 + int.from_bytes(sent[4:6], "big")
    assert (made.unit, made.address) == (sent[6], int.from_bytes(sent[8:10], "big"))
    assert frame.get("writes", False) or made.function == sent[7]


@pytest.mark.parametrize("frame", CAPTURES["refusal"], ids=lambda each: each["answer"])
def test_a_refusal_is_told_from_a_value(frame: dict[str, Any]):
    made = counter(ON_LINE, template="adam-6051w", register="CH0")
    wanted = RtuAnswer(made.unit, made.function, made.address, made.words)
    wanted.receive_data(bytes.fromhex(frame["answer"]))
    assert wanted.next_event() == Refusal(frame["code"])


@pytest.mark.parametrize("frame", CAPTURES["misprint"], ids=lambda each: each["bytes"])
def test_a_frame_that_a_manual_prints_wrongly_has_a_wrong_checksum(frame: dict[str, Any]):
    printed = bytes.fromhex(frame["bytes"])
    assert FramerRTU.compute_CRC(printed[:-2]).to_bytes(2, "big") != printed[-2:]
    made = counter(ON_LINE, template="adtek-cm1-ct")
    wanted = RtuAnswer(made.unit, made.function, made.address, made.words)
    wanted.receive_data(printed)
    assert isinstance(wanted.next_event(), NeedMore)


@pytest.mark.parametrize("template", ["moxa-iologik-e1210", "adam-6051w", "trycom-trp-c28m", "ebyte-e850"])
def test_a_counter_from_a_template_reads_a_device(template: str):
    async def story() -> tuple[int, list[tuple[int, int, int]], ModbusKeys]:
        async with Plc() as plc:
            there = plc.counter()
            said = {"host": there.host, "port": there.port, "unit": there.unit, "template": template}
            said["register"] = f"{shelf.template(template).area[0].name}1"
            made = counter(SECTION, **said)
            words = [7] if made.words == 1 else [0, 7] if made.word_order == "hi-first" else [7, 0]
            plc.registers.update({made.address + place: word for place, word in enumerate(words)})
            (device,) = modbus_counters([made], StandingClock())
            await device.open()
            try:
                return (await device.read()).value, plc.requests, made
            finally:
                device.close()

    value, requests, made = asyncio.run(story())
    assert value == 7
    assert requests == [(made.function, made.address, made.words)]
