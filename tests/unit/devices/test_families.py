"""Every device family is complete and is found without a list."""

import tomllib
from pathlib import Path

import msgspec
import pytest

import edge.devices
from edge.config import Counter, Reader
from edge.devices import UnknownFamily, counter_family, families, reader_family
from edge.devices.family import BackOff, CounterFamily

FOLDER = Path(edge.devices.__file__).parent
NAMES = sorted(families())


def test_each_folder_is_a_family_under_its_own_name():
    assert sorted(each.parent.name for each in FOLDER.glob("*/__init__.py")) == NAMES
    assert [families()[name].name for name in NAMES] == NAMES


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("part", ["codec.py", "driver.py", "template.toml", "README.md"])
def test_a_family_has_all_its_parts(name, part):
    assert (FOLDER / name / part).read_text("utf-8").strip()


@pytest.mark.parametrize("name", NAMES)
def test_a_template_fits_the_configuration(name):
    template = tomllib.loads((FOLDER / name / "template.toml").read_text("utf-8"))
    kind = "counter" if isinstance(families()[name], CounterFamily) else "reader"
    assert list(template) == [kind]
    (section,) = template[kind]
    assert section["family"] == name
    msgspec.convert(section, Counter if kind == "counter" else Reader)


@pytest.mark.parametrize("find", [reader_family, counter_family])
def test_an_unknown_family_is_refused_with_the_known_ones(find):
    with pytest.raises(UnknownFamily, match=r"got 'abacus', wanted one of \w+"):
        find("abacus")


def test_a_counter_is_no_reader():
    with pytest.raises(UnknownFamily, match="got 'modbus_counter', wanted one of rdm6300"):
        reader_family("modbus_counter")


def test_back_off_doubles_up_to_its_end():
    assert [BackOff(0.5, 2.0).delay_s(failures) for failures in (0, 1, 2, 3, 10_000)] == [0.5, 1.0, 2.0, 2.0, 2.0]
