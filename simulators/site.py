"""The demo's factory: two machines, three readers, one box, one HR server, all real but the devices.

Everything lies in one folder that may be thrown away; sockets and reader links lie in a short one.
"""

from __future__ import annotations

import contextlib
import json
import secrets
import shutil
import socket
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType

from simulators.network import NetworkSwitch
from simulators.panel import Factory, Links, Place
from simulators.plant import COUNTERS, Plant, load_plant
from simulators.plc import SimulatedPlc
from simulators.processes import Failed, Processes
from simulators.rdm6300 import SimulatedReader
from simulators.samv import SimulatedIdCardReader

DEVICE = "kiosk-1"
HR_USER = "zhoumin"
HR_PASSWORD = "shunda-2026"  # noqa: S105 - the demo's, printed on the panel
SECOND_HR_USER = "lina"
SECOND_HR_PASSWORD = "shunda-2027"  # noqa: S105 - the demo's, printed on the panel
"""What one account asks for, another one approves."""

HR_ACCOUNTS = ((HR_USER, HR_PASSWORD), (SECOND_HR_USER, SECOND_HR_PASSWORD))

READY_WITHIN_S = 120.0
MAX_RATE_PER_MIN = 600
SAVE_EVERY_S = 2.0
WATCHDOG_S = {"core": 30.0, "devices": 30.0, "kiosk": 30.0, "sync": 90.0}
"""As the units of a box have it; sync beats between requests, of which one may take 30 s."""

STATIONS = {"gate": None, "press": "M03", "tapping": "M02"}
JOINS_AT = "gate"
"""Where the reader of identity cards is."""

TITLES = {
    "zh": {"gate": "一号门", "press": "冲床 03", "tapping": "攻丝 02"},
    "en": {"gate": "Gate 1", "press": "Press 03", "tapping": "Tapping 02"},
}


@dataclass(frozen=True)
class SiteOptions:
    """`now_us` is fact time; `clock_table` the file behind it when it is not the machine's clock.

    `known_ports`: the pages of a demo that people look at have the same addresses each time, if they are free.
    """

    folder: Path
    language: str
    now_us: Callable[[], int]
    clock_table: Path | None = None
    known_ports: bool = False


MARKER = "clockpiece-demo"
"""A file by which a demo knows a folder of its own."""


def prepare_folder(folder: Path, *, fresh: bool) -> None:
    """Makes a demo's folder, or takes one up again, emptied if `fresh`. Failed for a folder of anybody else's."""
    if folder.exists() and any(folder.iterdir()) and not (folder / MARKER).exists():
        raise Failed(f"{folder} is not a demo's folder and will not be touched; name another with --data")
    if fresh:
        shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARKER).touch()


ADDRESSES_TRIED = 5
TAKEN = "cannot listen on"
"""What a service says of a port that somebody else has."""


class Site:
    """A running factory. As a context manager it stops everything it started."""

    def __init__(self, options: SiteOptions) -> None:
        self.options = options
        self.plant: Plant = load_plant(options.language)
        self.folder = options.folder.absolute()
        # Not below the data folder: the path of a Unix socket has at most 107 bytes.
        self.run_folder = Path(tempfile.mkdtemp(prefix="cp-", dir="/tmp"))
        self.processes = Processes(self.folder / "logs")
        self.readers: dict[str, SimulatedReader] = {}
        self.id_cards: SimulatedIdCardReader
        self.plcs: dict[str, SimulatedPlc] = {}
        self.kiosk_url = self.hr_url = ""
        self._closing = contextlib.ExitStack()
        self._saved = threading.Event()

    def __enter__(self) -> Site:
        try:
            self._start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stops the services, then the devices, and keeps the counters' values as a battery would."""
        self.processes.stop()
        self._saved.set()
        if self.plcs:
            self._save_counters()
        self._closing.close()
        shutil.rmtree(self.run_folder, ignore_errors=True)

    @property
    def box_config(self) -> Path:
        return self.folder / "box.toml"

    @property
    def _id_card_port(self) -> Path:
        return self.run_folder / f"id-cards-{JOINS_AT}"

    @property
    def hr_config(self) -> Path:
        return self.folder / "hr" / "hr.toml"

    def factory(self) -> Factory:
        """What the panel acts on."""
        titles = TITLES[self.plant.language]
        places = tuple(
            Place(
                name,
                titles[name],
                self.readers[name],
                machine,
                f"{self.kiosk_url}/station/{name}",
                self.id_cards if name == JOINS_AT else None,
            )
            for name, machine in STATIONS.items()
        )
        return Factory(self.plant, places, self.plcs, self.network, self.options.now_us)

    def links(self) -> Links:
        return Links(self.kiosk_url, f"{self.kiosk_url}/line", self.hr_url, HR_ACCOUNTS)

    # --- building -------------------------------------------------------------------------------------

    def _start(self) -> None:
        self._start_devices()
        server_key = self._install_hr()
        hr_listen = self._serve("hr", self.hr_config, 8071)
        host, port = hr_listen.rsplit(":", 1)
        self.network = self._closing.enter_context(NetworkSwitch(host, int(port)))
        self._write_box_config(server_key)
        for name in ("core", "devices", "sync"):
            self.processes.start(name, "run", name, "--config", str(self.box_config), watchdog_s=WATCHDOG_S[name])
        kiosk_listen = self._serve("kiosk", self.box_config, 8070)
        self.hr_url, self.kiosk_url = f"http://{hr_listen}", f"http://{kiosk_listen}"
        self._accept_box()
        self._await_reference()

    def _start_devices(self) -> None:
        for name in STATIONS:
            self.readers[name] = self._closing.enter_context(SimulatedReader(self.run_folder / f"reader-{name}"))
        self.id_cards = self._closing.enter_context(SimulatedIdCardReader(self._id_card_port))
        kept = self._kept_counters()
        for machine, spec in COUNTERS.items():
            value, session = kept.get(machine, (spec.start, spec.session))
            spec = replace(spec, start=value, session=session)
            self.plcs[machine] = self._closing.enter_context(SimulatedPlc(spec, self.options.now_us))
        threading.Thread(target=self._save_often, name="counters' battery", daemon=True).start()

    def _serve(self, name: str, config: Path, known_port: int) -> str:
        """Starts a service that has pages, and gives the address it listens on: the known one, or any that is free.

        Between looking for a free port and listening there another program may take it: then it is another one.
        """
        preferred = known_port if self.options.known_ports else 0
        for _ in range(ADDRESSES_TRIED):
            listen, preferred = free_address(preferred), 0
            start = ("run", name, "--config", str(config), "--listen", listen)
            self.processes.start(name, *start, watchdog_s=WATCHDOG_S.get(name))
            if self._comes_up(name, f"http://{listen}"):
                return listen
            self.processes.withdraw(name)
        raise Failed(
            f"{ADDRESSES_TRIED} ports were taken by other programs, each at the very moment; start the demo again"
        )

    def _install_hr(self) -> str:
        """HR's public key; on the first start also the installation and the plant's own data."""
        kept = self.folder / "hr" / "public-key"
        if kept.exists():
            return kept.read_text("ascii")
        shutil.rmtree(self.folder / "hr", ignore_errors=True)
        arguments = ["--user", HR_USER, "--password", HR_PASSWORD, "--plant", self.plant.name]
        arguments += ["--language", self.plant.language, "--json"]
        if self.options.clock_table:
            arguments += ["--clock-table", str(self.options.clock_table)]
        made = json.loads(self.processes.step("hr", "init", str(self.folder / "hr"), *arguments))
        files = [str(file) for file in (*(file for _, file in self.plant.csv_files()), *self.plant.pay_files())]
        self.processes.step("hr", "import", "--config", str(self.hr_config), *files)
        second = ("hr", "user", "--config", str(self.hr_config), SECOND_HR_USER, "--password", SECOND_HR_PASSWORD)
        self.processes.step(*second)
        kept.write_text(made["public_key"], "ascii")
        return str(made["public_key"])

    def _write_box_config(self, server_key: str) -> None:
        key = self.folder / "database.key"
        if not key.exists():
            key.touch(mode=0o600)
            key.write_text(secrets.token_hex(32), "ascii")
        box: dict[str, object] = {
            "name": DEVICE,
            "data": "box",
            "run": str(self.run_folder),
            "key": key.name,
            "language": self.plant.language,
            "reserve_bytes": 1_000_000,
        }
        if self.options.clock_table:
            box["clock_table"] = str(self.options.clock_table)
        tables = [("[box]", box)]
        for name, machine in STATIONS.items():
            tables.append(("[[station]]", {"name": name, "title": TITLES[self.plant.language][name]}))
            reader = {"name": f"reader-{name}", "station": name, "family": "rdm6300"}
            reader["port"] = str(self.run_folder / f"reader-{name}")
            tables.append(("[[reader]]", {**reader, "machine": machine} if machine else dict(reader)))
        cards = {"name": "id-cards", "station": JOINS_AT, "family": "samv", "port": str(self._id_card_port)}
        tables.append(("[[reader]]", dict(cards)))
        tables += [("[[counter]]", _counter_table(machine, plc)) for machine, plc in self.plcs.items()]
        tables.append(("[kiosk]", {"secret": "kiosk.secret"}))
        hr = {"url": self.network.url, "public_key": server_key, "signing_key": "signing.key"}
        tables.append(("[hr]", {**hr, "interval_s": 0.5, "retry_max_s": 2.0}))
        text = "\n".join(
            "\n".join([head, *(_toml_line(*item) for item in table.items()), ""]) for head, table in tables
        )
        self.box_config.write_text(text, "utf-8")

    def _comes_up(self, name: str, url: str) -> bool:
        """Its own word, not just an answer at that address, which may be another demo's; False when it was taken."""

        def decided() -> bool:
            log = self.processes.log_of(name)
            return TAKEN in log or f"{name} is ready at {url}" in log

        self._until(decided, name, f"{name} is not at {url}")
        return TAKEN not in self.processes.log_of(name)

    def _accept_box(self) -> None:
        """The technician types HR's code and compares the fingerprint on both screens; here the real commands do."""
        box, hr = ("--config", str(self.box_config)), ("--config", str(self.hr_config))
        own = self.processes.step("fingerprint", *box).strip()
        listed = [json.loads(line) for line in self.processes.step("hr", "kiosks", *hr, "--json").splitlines()]
        if own not in {each.get("fingerprint") for each in listed}:
            code = self.processes.step("hr", "code", *hr, DEVICE)
            self.processes.step("enrol", *box, "--wait-s", "0", typed=code)
        self.processes.step("hr", "accept", *hr, own)

    def _await_reference(self) -> None:
        needle = "reference data is now"
        self._until(
            lambda: (self.folder / "box" / "reference.db").exists() and needle in self.processes.log_of("sync"),
            "sync",
            "no reference data arrived from HR",
        )

    def _until(self, true: Callable[[], bool], process: str, complaint: str) -> None:
        deadline = time.monotonic() + READY_WITHIN_S
        while not true():
            if time.monotonic() > deadline:
                raise Failed(f"{complaint} within {READY_WITHIN_S:.0f} s\n{self.processes.log_of(process)[-2000:]}")
            time.sleep(0.1)

    # --- the counters' battery -------------------------------------------------------------------------

    @property
    def _battery(self) -> Path:
        return self.folder / "counters.json"

    def _kept_counters(self) -> dict[str, tuple[int, int | None]]:
        """What the counters showed when they were last switched off."""
        try:
            rows = json.loads(self._battery.read_text("utf-8"))
            return {machine: (row[0], row[1]) for machine, row in rows.items()}
        except (OSError, ValueError):
            return {}

    def _save_often(self) -> None:
        while not self._saved.wait(SAVE_EVERY_S):
            self._save_counters()

    def _save_counters(self) -> None:
        now_us = self.options.now_us()
        rows = {machine: (plc.value_at(now_us), plc.session_at(now_us)) for machine, plc in self.plcs.items()}
        beside = self._battery.with_suffix(".new")
        beside.write_text(json.dumps(rows), "utf-8")
        beside.replace(self._battery)


def _counter_table(machine: str, plc: SimulatedPlc) -> dict[str, object]:
    table: dict[str, object] = {
        "name": f"counter-{machine}",
        "machine": machine,
        "family": "modbus_counter",
        "host": plc.host,
        "port": plc.port,
        "unit": plc.spec.unit,
        "address": plc.spec.address,
        "words": plc.spec.words,
        "word_order": plc.spec.word_order,
        "max_rate_per_min": MAX_RATE_PER_MIN,
        "poll_ms": 200,
    }
    if plc.spec.session_address is not None:
        table["session_address"] = plc.spec.session_address
    return table


def _toml_line(key: str, value: object) -> str:
    # A JSON string, number or boolean is a TOML one.
    return f"{key} = {json.dumps(value, ensure_ascii=False)}"


def free_address(preferred: int) -> str:
    """Loopback with the preferred port, or with a free one when somebody else has it."""
    for port in (preferred, 0):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return f"127.0.0.1:{probe.getsockname()[1]}"
    raise Failed("no free port on this machine")
