"""Every device family is complete and is found without a list."""

import subprocess
import sys
import tomllib
from pathlib import Path

import msgspec
import pytest

import edge.devices
from edge.devices import UnknownFamily, counter_family, families, reader_family
from edge.devices.family import BackOff, CounterFamily

FOLDER = Path(edge.devices.__file__).parent
NAMES = sorted(families())


def test_each_folder_but_the_shared_one_is_a_family_under_its_own_name():
    assert sorted({each.parent.name for each in FOLDER.glob("*/__init__.py")} - {"shared"}) == NAMES
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
    family = families()[name]
    filled = family.filled(section) if isinstance(family, CounterFamily) else section
    msgspec.convert(filled, family.keys)


def test_the_keys_of_all_families_are_known_without_a_driver():
    """Every process of a box reads the configuration; only `devices` pays for what opens a device."""
    heavy = {"serial", "pymodbus", "asyncio", *(f"edge.devices.{name}.driver" for name in NAMES)}
    looks = f"import sys, edge.devices as d; d.families(); print(sorted({heavy!r} & set(sys.modules)))"
    assert subprocess.check_output([sys.executable, "-c", looks], text=True).strip() == "[]"


@pytest.mark.parametrize("find", [reader_family, counter_family])
def test_an_unknown_family_is_refused_with_the_known_ones(find):
    with pytest.raises(UnknownFamily, match=r"got 'abacus', wanted one of \w+"):
        find("abacus")


def test_a_counter_is_no_reader():
    with pytest.raises(UnknownFamily, match=r"got 'modbus_counter', wanted one of (?!.*counter).*rdm6300"):
        reader_family("modbus_counter")


def test_back_off_doubles_up_to_its_end():
    assert [BackOff(0.5, 2.0).delay_s(failures) for failures in (0, 1, 2, 3, 10_000)] == [0.5, 1.0, 2.0, 2.0, 2.0]
