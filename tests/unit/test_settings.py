"""A configuration that is wrong refuses to start and says where, what it got and what it wanted."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.options import hr_of
from edge.bootstrap import BoxFiles
from edge.bootstrap.sections import read_config
from settings import ConfigError

GOOD = """
[box]
name = "box-1"
data = "data"
run = "run"
key = "box.key"

[[station]]
name = "gate"

[[reader]]
name = "gate-1"
station = "gate"
family = "rdm6300"
port = "/dev/ttyUSB0"

[[reader]]
name = "press-reader"
station = "gate"
family = "rdm6300"
port = "/dev/ttyUSB1"
machine = "press-1"

[[counter]]
name = "press-1-strokes"
machine = "press-1"
family = "modbus_counter"
host = "192.168.1.30"
port = 502
address = 0
max_rate_per_min = 120

[hr]
url = "https://hr.example"
public_key = "key"
signing_key = "signing.key"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "clockpiece.toml"


def error_of(file: Path, text: str) -> ConfigError:
    file.write_text(text, "utf-8")
    with pytest.raises(ConfigError) as caught:
        read_config(file)
    assert str(caught.value).startswith(f"{file}: {caught.value.key}: got ")
    return caught.value


def test_a_good_file_becomes_typed_values(file: Path):
    file.write_text(GOOD, "utf-8")
    config = read_config(file)
    assert config.reader[1].machine == "press-1"
    assert config.counter[0].counts_to == 2**32
    assert config.hr is not None
    assert config.hr.interval_s == 2.0


@pytest.mark.parametrize(
    ("old", "new", "key", "got", "wanted"),
    [
        ('run = "run"', 'run = "run"\nlangauge = "zh"', "box.langauge", "'zh'", "a known key"),
        ("[hr]", '[mqtt]\nhost = "h"\n[hr]', "mqtt", "{'host': 'h'}", "a known key"),
        ("port = 502", "port = 502\nbauds = 9600", "counter[0].bauds", "9600", "a known key"),
        ('machine = "press-1"\n\n', 'machin = "press-1"\n\n', "reader[1].machin", "'press-1'", "a known key"),
        ('name = "box-1"\n', "", "box.name", "nothing", "a value"),
        ('port = "/dev/ttyUSB1"\n', "", "reader[1].port", "nothing", "a value"),
        ('[[station]]\nname = "gate"\n', "", "station", "nothing", "a value"),
        ('port = "/dev/ttyUSB1"', "port = 1", "reader[1].port", "1", "`str`"),
        ("port = 502", 'port = "502"', "counter[0].port", "'502'", "`int`"),
        ("port = 502", "port = 65536", "counter[0].port", "65536", "`int` <= 65535"),
        ("port = 502", "port = 502\npoll_ms = 5", "counter[0].poll_ms", "5", "`int` >= 20"),
        ("port = 502", "port = 502\nwords = 3", "counter[0].words", "3", "1 or 2"),
        ("port = 502", 'port = 502\nword_order = "big"', "counter[0].word_order", "'big'", "'hi-first' or 'lo-first'"),
        ('run = "run"', 'run = "run"\nlanguage = "fr"', "box.language", "'fr'", "'en' or 'vi' or 'zh'"),
        ('name = "box-1"', 'name = "box 1"', "box.name", "'box 1'", "matching regex"),
        ('family = "modbus_counter"', "", "counter[0].family", "nothing", "a value"),
        ('family = "modbus_counter"', 'family = "abacus"', "counter[0].family", "'abacus'", "one of "),
        ('family = "rdm6300"', 'family = "modbus_counter"', "reader[0].family", "'modbus_counter'", "one of "),
        ("address = 0\n", "", "counter[0].address", "nothing", "a value"),
        ('port = "/dev/ttyUSB1"', 'port = "p"\nwords = 2', "reader[1].words", "2", "a known key"),
        ("port = 502", 'port = 502\nserial = "p"', "counter[0].host, port, serial", "host and port and serial", "eith"),
        ("[[station]]", "[station]", "station", "{'name': 'gate'}", "`array`"),
        ("[box]", "box = 5\n[other]", "box", "5", "`object`"),
    ],
)
def test_a_wrong_key_or_value_is_named_with_what_it_got_and_wanted(
    file: Path, old: str, new: str, key: str, got: str, wanted: str
):
    assert old in GOOD
    error = error_of(file, GOOD.replace(old, new, 1))
    assert (error.file, error.key, error.got) == (file, key, got)
    assert wanted in error.wanted


def test_the_message_is_one_sentence_with_the_mend(file: Path):
    error = error_of(file, GOOD.replace("port = 502", 'port = "502"'))
    assert str(error) == f"{file}: counter[0].port: got '502', wanted `int`"


def test_a_file_that_is_not_there_is_named(file: Path):
    with pytest.raises(ConfigError, match=r"clockpiece.toml: \(the file\): got No such file"):
        read_config(file)


def test_a_folder_is_not_a_file(tmp_path: Path):
    with pytest.raises(ConfigError, match="wanted a readable TOML file"):
        read_config(tmp_path)


@pytest.mark.parametrize("raw", [b"[box", b"a = ", b"\xff\xfe", b"a = 1\na = 2"])
def test_what_is_not_toml_says_so(file: Path, raw: bytes):
    file.write_bytes(raw)
    with pytest.raises(ConfigError, match="wanted TOML in UTF-8"):
        read_config(file)


def test_a_long_value_is_shortened_in_the_message(file: Path):
    error = error_of(file, GOOD.replace("port = 502", f'port = "{"5" * 5000}"'))
    assert len(error.got) <= 80


@pytest.mark.parametrize(("text", "key"), [(GOOD[: GOOD.index("[hr]")], "hr"), (GOOD, "hr.public_key")])
def test_a_command_that_needs_hr_says_what_of_it_is_missing_or_wrong(file: Path, text: str, key: str):
    file.write_text(text, "utf-8")
    with pytest.raises(ConfigError) as caught:
        hr_of(BoxFiles(file, read_config(file)))
    assert caught.value.key == key
