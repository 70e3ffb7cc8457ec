"""Compiles the message catalogues: `python -m pages.catalogues DIR...` at set-up, and each app at its start if stale.

A folder holds `<language>/LC_MESSAGES/messages.po`; the msgids are the English texts, so English has none.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po


def compile_stale(folders: Iterable[Path]) -> list[Path]:
    """Writes each `.mo` that is missing or older than its `.po`; returns those written.

    OSError when the folder cannot be written; babel's PoFileError when a catalogue is malformed.
    """
    written = []
    for folder in folders:
        for source in sorted(folder.glob("*/LC_MESSAGES/*.po")):
            target = source.with_suffix(".mo")
            if not target.exists() or target.stat().st_mtime_ns < source.stat().st_mtime_ns:
                _compile(source, target)
                written.append(target)
    return written


def _compile(source: Path, target: Path) -> None:
    """Replaces the target at once, so that a service starting at the same moment reads the old or the new one."""
    with source.open("rb") as text:
        catalogue = read_po(text, locale=source.parent.parent.name, abort_invalid=True)
    with tempfile.NamedTemporaryFile(dir=target.parent, suffix=".tmp", delete=False) as binary:
        write_mo(binary, catalogue)
    Path(binary.name).chmod(0o644)
    os.replace(binary.name, target)


def main(arguments: list[str]) -> int:
    folders = [Path(each) for each in arguments]
    missing = [str(each) for each in folders if not each.is_dir()]
    if missing:
        sys.stderr.write(f"no such folder: {', '.join(missing)}; name the folders that hold zh/ and vi/\n")
        return 2
    for target in compile_stale(folders):
        sys.stdout.write(f"{target}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
