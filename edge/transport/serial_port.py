"""A serial port, read without blocking in the event loop.

pyserial opens and configures it; reading goes through the file descriptor, because pyserial's own `read`
blocks. The modem lines are left alone: a pseudo-terminal has none and the readers do not use them.
"""

from __future__ import annotations

import errno
import os
import termios

import serial

from edge.transport.descriptor import DescriptorPort
from edge.transport.frames import NotedPort
from edge.transport.port import Port, PortLost

LOST = (OSError, termios.error)
"""pyserial's SerialException is an OSError; termios has an error of its own."""


def open_serial(path: str, baudrate: int = 9600, parity: str = "N", stop_bits: int = 1) -> Port:
    """Eight data bits, for this process alone. PortLost when it is not there, not allowed, or in use."""
    try:
        line = serial.Serial(path, baudrate, parity=parity, stopbits=stop_bits, timeout=0, exclusive=True)
    except LOST as error:
        raise PortLost(f"{path}: {_why(error)}") from error
    try:
        _distinguish_silence_from_end(line.fileno())
    except LOST as error:
        line.close()
        raise PortLost(f"{path}: {error}") from error
    return NotedPort(DescriptorPort(path, line))


def _why(error: Exception) -> str:
    """pyserial wraps the system's words twice."""
    number = getattr(error, "errno", None)
    return os.strerror(number) if number in (errno.ENOENT, errno.EACCES) else str(error)


def _distinguish_silence_from_end(descriptor: int) -> None:
    """With pyserial's VMIN 0 an empty read means either; with 1 silence is EAGAIN and only the end is empty."""
    settings = termios.tcgetattr(descriptor)
    settings[6][termios.VMIN] = 1
    termios.tcsetattr(descriptor, termios.TCSANOW, settings)
    os.set_blocking(descriptor, False)
