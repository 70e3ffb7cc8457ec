"""Whether this machine has what the tests of some devices need. Loads no driver."""

from __future__ import annotations

import ctypes.util
import importlib.util
import os
from pathlib import Path

CONFIGFS = Path("/sys/kernel/config/gpio-sim")
UINPUT = Path("/dev/uinput")


def has_gpio_sim() -> bool:
    return CONFIGFS.is_dir() and os.access(CONFIGFS, os.W_OK)


def has_uinput() -> bool:
    return os.access(UINPUT, os.W_OK)


def has_zbar() -> bool:
    return ctypes.util.find_library("zbar") is not None


def has_evdev() -> bool:
    return importlib.util.find_spec("evdev") is not None
