"""install.sh on a tree: what it lays there, that it changes nothing twice, and what systemd says of the units.

The long form, with a real installation in a chroot and under a real systemd: `make check-deploy`.
"""

from __future__ import annotations

import json
import re
import stat
import tomllib
from pathlib import Path

import click
import pytest

from clockpiece import main
from edge.bootstrap.sections import read_config
from edge.config import Kiosk
from simulators.site import WATCHDOG_S
from sync.exchange.client import TOTAL_S
from tests.deploy.staged import DEPLOY, LIMITS, REPO, SCRIPTS, complaints_of_the_shell, exposure, install, verified

BOX = ("--name", "box-1")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    assert install(tmp_path / "tree", *BOX).returncode == 0
    return tmp_path / "tree"


def unit(service: str) -> str:
    return (DEPLOY / "units" / f"clockpiece-{service}.service").read_text("utf-8")


def test_a_second_run_changes_nothing_and_check_agrees(tree: Path):
    assert install(tree).stdout == ""
    checked = install(tree, "--check")
    assert (checked.returncode, checked.stdout) == (0, "Nothing differs.\n")


def test_check_names_what_differs_and_leaves_it_so(tree: Path):
    rules = tree / "etc/udev/rules.d/71-clockpiece-input.rules"
    rules.write_text("# nothing is refused\n")
    (tree / "etc/clockpiece/keys").chmod(0o755)
    checked = install(tree, "--check")
    assert checked.returncode == 1
    assert "differs: file /etc/udev/rules.d/71-clockpiece-input.rules" in checked.stdout.splitlines()
    assert any(line.startswith("differs: folder /etc/clockpiece/keys (700") for line in checked.stdout.splitlines())
    assert rules.read_text() == "# nothing is refused\n"
    assert install(tree).returncode == install(tree, "--check").returncode == 0


def test_check_of_an_empty_tree_makes_nothing(tmp_path: Path):
    assert install(tmp_path, "--check").returncode == 1
    assert list(tmp_path.iterdir()) == []


def test_the_configuration_is_made_once_and_never_touched_again(tree: Path):
    config = tree / "etc/clockpiece/clockpiece.toml"
    config.write_text(config.read_text("utf-8").replace("entrance", "gate"), "utf-8")
    mine = config.read_text("utf-8")
    assert install(tree, "--name", "other").returncode == 0
    assert config.read_text("utf-8") == mine


@pytest.mark.parametrize("name", ["", "two words", "x" * 33, "-box", "a/b"])
def test_a_name_that_no_box_can_have_is_refused_before_anything_is_made(tmp_path: Path, name: str):
    refused = install(tmp_path, "--name", name)
    assert refused.returncode == 2
    assert "a new box needs a name" in refused.stderr
    assert list(tmp_path.iterdir()) == []


def test_remove_keeps_data_keys_and_configuration(tree: Path):
    (tree / "var/lib/clockpiece/facts.db").touch()
    assert install(tree, "--remove").returncode == 0
    left = {str(file.relative_to(tree)) for file in tree.rglob("*") if file.is_file()}
    assert left == {"etc/clockpiece/clockpiece.toml", "etc/clockpiece/screen.env", "var/lib/clockpiece/facts.db"}


def test_remove_data_takes_everything(tree: Path):
    assert install(tree, "--remove", "--remove-data").returncode == 0
    assert [file for file in tree.rglob("*") if file.is_file() or "clockpiece" in file.name] == []


def test_data_can_only_be_removed_together_with_the_rest(tree: Path):
    assert install(tree, "--remove-data").returncode == 2
    assert (tree / "etc/clockpiece/clockpiece.toml").exists()


def test_folders_and_commands_have_their_rights(tree: Path):
    modes = {"etc/clockpiece/keys": 0o700, "var/lib/clockpiece": 0o2770, "etc/clockpiece/clockpiece.toml": 0o640}
    modes |= {"usr/local/bin/clockpiece": 0o755, "etc/udev/rules.d/71-clockpiece-input.rules": 0o644}
    assert {name: stat.S_IMODE((tree / name).stat().st_mode) for name in modes} == modes


def test_a_box_without_a_screen_has_nothing_of_one(tmp_path: Path):
    assert install(tmp_path, *BOX, "--without-screen").returncode == 0
    assert [file for file in tmp_path.rglob("*") if "screen" in file.name or "chromium" in file.name] == []


EXTRAS = ("camera", "gpio", "keyboard")


def test_what_a_box_needs_for_its_devices_is_laid_there_and_kept_by_an_update(tmp_path: Path):
    assert install(tmp_path, *BOX, "--with", "gpio", "--with", "camera").returncode == 0
    added = tmp_path / "etc/systemd/system/clockpiece-devices.service.d"
    rules = tmp_path / "etc/udev/rules.d/73-clockpiece-gpio.rules"
    assert sorted(file.name for file in added.iterdir()) == ["camera.conf", "gpio.conf"]
    (added / "gpio.conf").write_text("# nothing\n")
    assert install(tmp_path).stdout == "file /etc/systemd/system/clockpiece-devices.service.d/gpio.conf\n"
    assert install(tmp_path, "--check").returncode == 0
    assert rules.exists()
    assert install(tmp_path, "--remove", "--remove-data").returncode == 0
    assert (added.exists(), rules.exists()) == (False, False)


def test_a_box_for_other_devices_has_none_of_it(tree: Path):
    assert not (tree / "etc/systemd/system/clockpiece-devices.service.d").exists()
    assert install(tree, "--with", "plotter").returncode == 2


@pytest.mark.needs("systemd")
def test_with_all_its_devices_the_service_has_still_only_the_rights_it_needs(tmp_path: Path):
    assert install(tmp_path, *BOX, *(word for extra in EXTRAS for word in ("--with", extra))).returncode == 0
    done = verified(tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert exposure(tmp_path, "devices") <= LIMITS["devices"]


# --- the units ------------------------------------------------------------------------------------


@pytest.mark.needs("systemd")
def test_systemd_finds_no_fault_in_the_units(tree: Path):
    done = verified(tree)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.needs("systemd")
@pytest.mark.parametrize("service", LIMITS)
def test_each_service_has_only_the_rights_it_needs(tree: Path, service: str):
    assert exposure(tree, service) <= LIMITS[service]


@pytest.mark.parametrize("service", ["core", "devices", "kiosk", "sync"])
def test_each_unit_starts_a_command_that_there_is_and_watches_it(service: str):
    started = re.findall(r"^ExecStart=/opt/clockpiece/current/bin/clockpiece (\w+) (\w+)$", unit(service), re.M)
    assert started == [("run", service)]
    assert isinstance(main.commands["run"], click.Group)
    assert service in main.commands["run"].commands
    assert re.search(r"^Type=notify\n(#.*\n)*WatchdogSec=\d+$", unit(service), re.M)


def test_the_demo_watches_its_services_as_the_units_do():
    watched = {name: float(re.findall(r"^WatchdogSec=(\d+)$", unit(name), re.M)[0]) for name in WATCHDOG_S}
    assert watched == WATCHDOG_S
    assert WATCHDOG_S["sync"] >= 2 * TOTAL_S


def test_the_group_of_the_services_may_ask_devices_and_nobody_else():
    assert "d /run/clockpiece 2770 clockpiece clockpiece" in (DEPLOY / "tmpfiles.conf").read_text("utf-8")
    for setting in ("Group=clockpiece", "UMask=0007", "ReadWritePaths=/run/clockpiece"):
        assert re.search(rf"^{setting}$", unit("devices"), re.M)
    assert re.search(r"^RestrictAddressFamilies=.*\bAF_UNIX\b", unit("devices"), re.M)


def test_kiosk_alone_may_ask_sync_for_a_payslip():
    assert "d /run/clockpiece/pay 2750 clockpiece-sync clockpiece-pay" in (DEPLOY / "tmpfiles.conf").read_text("utf-8")
    asks = [service for service in LIMITS if "clockpiece-pay" in unit(service)]
    assert asks == ["kiosk"]
    assert re.search(r"^SupplementaryGroups=clockpiece-pay$", unit("kiosk"), re.M)
    assert "group clockpiece-pay" in (DEPLOY / "install.sh").read_text("utf-8")


def test_sync_sees_what_devices_tells_and_no_socket_but_its_own():
    assert "d /run/clockpiece/told 2770 clockpiece clockpiece" in (DEPLOY / "tmpfiles.conf").read_text("utf-8")
    for setting in ("TemporaryFileSystem=/run/clockpiece:ro", "BindReadOnlyPaths=/run/clockpiece/told"):
        assert re.search(rf"^{setting}$", unit("sync"), re.M)
    assert re.findall(r"^BindPaths=(.*)$", unit("sync"), re.M) == ["/run/clockpiece/pay"]
    for setting in ("User=clockpiece-sync", "UMask=0007"):
        assert re.search(rf"^{setting}$", unit("sync"), re.M)


def test_a_key_reaches_only_the_services_that_use_it():
    given = {service: re.findall(r"^LoadCredential=([\w.]+):", unit(service), re.M) for service in LIMITS}
    assert given == {
        "core": ["database.key"],
        "devices": [],
        "kiosk": ["database.key"],
        "sync": ["database.key", "signing.key"],
        "screen": [],
    }


# --- the files ------------------------------------------------------------------------------------


def test_the_configuration_of_a_new_box_is_one_also_with_everything_it_suggests(tree: Path, tmp_path: Path):
    file = tree / "etc/clockpiece/clockpiece.toml"
    text, config = file.read_text("utf-8"), read_config(file)
    assert (config.box.name, config.hr) == ("box-1", None)
    suggested = re.sub(r"^# (?=\[|\w+ = )", "", text, flags=re.MULTILINE)
    with_everything = tmp_path / "clockpiece.toml"
    with_everything.write_text(suggested, "utf-8")
    whole = read_config(with_everything)
    assert (len(whole.reader), len(whole.counter)) == (1, 1)
    assert whole.hr is not None


def test_the_browser_may_show_the_kiosk_and_nothing_else(tree: Path):
    policy = json.loads((tree / "etc/chromium/policies/managed/clockpiece.json").read_text("utf-8"))
    kiosk = f"http://{Kiosk().listen}"
    assert policy["URLAllowlist"] == [kiosk]
    assert {"*", "chrome://*", "file://*", "devtools://*"} <= set(policy["URLBlocklist"])
    assert policy["DeveloperToolsAvailability"] == 2
    shown = re.findall(r"^CLOCKPIECE_URL=(.+)$", (tree / "etc/clockpiece/screen.env").read_text("utf-8"), re.M)
    assert [url.startswith(f"{kiosk}/station/") for url in shown] == [True]


def test_keyboards_and_mice_are_refused_at_the_screen(tree: Path):
    rules = (tree / "etc/udev/rules.d/71-clockpiece-input.rules").read_text("utf-8")
    refused = re.findall(r'^ENV\{(ID_INPUT_\w+)\}=="1", ENV\{LIBINPUT_IGNORE_DEVICE\}="1"$', rules, re.M)
    assert refused == ["ID_INPUT_KEYBOARD", "ID_INPUT_KEY", "ID_INPUT_MOUSE"]


def test_the_release_holds_every_module_and_package_of_the_project():
    script = (DEPLOY / "install.sh").read_text("utf-8")
    copied = set(re.findall(r'^sources="(.*?)"', script, re.M | re.S)[0].split())
    project = tomllib.loads((REPO / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]
    wanted = {f"{module}.py" for module in project["py-modules"]}
    wanted |= {pattern.rstrip("*") for pattern in project["packages"]["find"]["include"]}
    assert wanted <= copied
    assert all((REPO / name).exists() for name in copied)


def test_the_shell_has_nothing_to_say_against_the_scripts():
    assert complaints_of_the_shell() == []
    assert {file.name for file in DEPLOY.iterdir() if file.stat().st_mode & 0o100 and file.is_file()} == set(SCRIPTS)
