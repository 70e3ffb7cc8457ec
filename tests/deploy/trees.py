"""Fresh Debian trees to install into: one for arm64 under qemu-user, one that a real systemd boots.

The base trees are made once and kept in the temporary folder. Everything is mounted in a mount namespace of its own,
so nothing of it is left when the tree is thrown away.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.deploy.staged import REPO

CACHE = Path(tempfile.gettempdir()) / "clockpiece-deploy"
INCLUDED = "python3,python3-venv,ca-certificates,openssl,systemd-sysv,udev,dbus,procps"
BINFMT = Path("/proc/sys/fs/binfmt_misc")
QEMU = Path("/usr/lib/binfmt.d/qemu-aarch64.conf")
BOOT_WITHIN_S = 60.0
HERE = Path(__file__).parent

MOUNTS = """
mount -t proc proc "$1/proc" && mount -t tmpfs tmpfs "$1/run" && mount --bind /dev "$1/dev" &&
exec chroot "$1" sh "/src/tests/deploy/$2"
"""


class NotHere(Exception):
    """This machine cannot do it; the text says what it lacks."""


def install_in_chroot(machine: str) -> int:
    """The whole life of an installation in a chroot of this machine type; what it says goes to the terminal."""
    with _tree(machine) as tree:
        command = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", MOUNTS, "sh", str(tree)]
        return subprocess.run([*command, "in_chroot.sh"], env=_environment(), check=False).returncode


def install_under_systemd() -> int:
    """The units under a real systemd of this machine's own type."""
    if not shutil.which("systemd-nspawn"):
        raise NotHere("needs systemd-nspawn (apt install systemd-container)")
    with _tree(_debian_name(platform.machine())) as tree:
        boot = ["systemd-nspawn", f"--directory={tree}", "--register=no", "--keep-unit", "--console=pipe", "--boot"]
        quiet = subprocess.DEVNULL
        container = subprocess.Popen(boot, stdin=quiet, stdout=quiet, stderr=quiet)
        try:
            inside = ["nsenter", f"--target={_leader(container)}", "--mount", "--uts", "--ipc", "--pid"]
            return subprocess.run(
                [*inside, "sh", "/src/tests/deploy/in_systemd.sh"], env=_environment(), check=False
            ).returncode
        finally:
            container.terminate()
            container.wait()


def _leader(container: subprocess.Popen[bytes]) -> int:
    """The systemd in the container, once it has booted."""
    deadline_s = time.monotonic() + BOOT_WITHIN_S
    children = Path(f"/proc/{container.pid}/task/{container.pid}/children")
    while time.monotonic() < deadline_s and container.poll() is None:
        for pid in children.read_text().split():
            ask = ["nsenter", f"--target={pid}", "--mount", "--pid", "systemctl", "is-system-running"]
            said = subprocess.run(ask, capture_output=True, text=True, check=False).stdout.strip()
            if said in {"running", "degraded"}:
                return int(pid)
        time.sleep(0.5)
    raise NotHere("systemd does not boot in a container here")


def _environment() -> dict[str, str]:
    """The packages come from wherever this machine gets its own."""
    kept = {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "SSL_", "http", "no_proxy"))}
    return {**kept, "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root"}


@contextmanager
def _tree(machine: str) -> Iterator[Path]:
    """A copy of the base tree with this checkout in /src."""
    base = _base(machine)
    tree = Path(tempfile.mkdtemp(prefix=f"{machine}-", dir=CACHE))
    try:
        subprocess.run(["cp", "-a", "--reflink=auto", f"{base}/.", str(tree)], check=True)
        files = subprocess.run(
            ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
            cwd=REPO, capture_output=True, text=True, check=True,
        ).stdout.splitlines()  # fmt: skip
        for name in files:
            if (REPO / name).is_file():
                (tree / "src" / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(REPO / name, tree / "src" / name)
        for name in ("etc/resolv.conf", "etc/hosts", "etc/pip.conf", "etc/ssl/certs/ca-certificates.crt"):
            if Path("/", name).exists():
                (tree / name).unlink(missing_ok=True)
                shutil.copy(Path("/", name), tree / name)
        yield tree
    finally:
        shutil.rmtree(tree)


def _base(machine: str) -> Path:
    if os.geteuid() != 0:
        raise NotHere("needs root")
    if not shutil.which("mmdebstrap"):
        raise NotHere("needs mmdebstrap (apt install mmdebstrap)")
    if machine != _debian_name(platform.machine()):
        _emulate()
    base = CACHE / f"{machine}-base"
    if base.exists():
        return base
    CACHE.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix="new-", dir=CACHE))
    fresh.chmod(0o755)
    command = ["mmdebstrap", "--mode=root", "--variant=minbase", f"--architectures={machine}", f"--include={INCLUDED}"]
    print(f"making a Debian tree for {machine} (once, minutes) ...", flush=True)
    made = subprocess.run([*command, _release(), str(fresh)], capture_output=True, text=True, check=False)
    if made.returncode:
        shutil.rmtree(fresh)
        raise NotHere(f"mmdebstrap: {made.stderr.strip().splitlines()[-1]}")
    fresh.rename(base)
    return base


def _emulate() -> None:
    """Has the kernel run programs for arm64 through qemu-user."""
    if not QEMU.exists():
        raise NotHere("needs qemu-user (apt install qemu-user-static)")
    if not (BINFMT / "register").exists():
        done = subprocess.run(["mount", "-t", "binfmt_misc", "none", str(BINFMT)], capture_output=True, check=False)
        if done.returncode:
            raise NotHere("cannot mount binfmt_misc")
    if not (BINFMT / "qemu-aarch64").exists():
        (BINFMT / "register").write_text(QEMU.read_text("ascii"), "ascii")


def _release() -> str:
    return str(platform.freedesktop_os_release()["VERSION_CODENAME"])


def _debian_name(machine: str) -> str:
    return {"x86_64": "amd64", "aarch64": "arm64"}[machine]
