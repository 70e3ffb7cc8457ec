"""Files as answers; their content is made by the service."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from datetime import datetime
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from flask import Response


def as_csv(name: str, body: bytes) -> Response:
    """`name` is the server's own, ASCII."""
    response = Response(body, content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


class _Outlet(io.RawIOBase):
    """Where a ZIP is written to piece by piece, and read from in between. It cannot be wound back."""

    def __init__(self) -> None:
        self._written: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override] # ZipFile writes bytes only
        self._written.append(bytes(data))
        return len(data)

    def taken(self) -> bytes:
        written, self._written = self._written, []
        return b"".join(written)


def zipped(files: Iterable[tuple[str, bytes]], moment: datetime) -> Iterator[bytes]:
    """A ZIP of files (name, content) that is on its way before the last of them is made."""
    outlet = _Outlet()
    with ZipFile(outlet, "w", ZIP_STORED) as archive:
        for name, content in files:
            archive.writestr(ZipInfo(name, moment.timetuple()[:6]), content)
            yield outlet.taken()
    yield outlet.taken()
