"""What a box gives away about itself: every journal with the receipts for it, one line at a time."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator

from edge.bootstrap import BoxFiles
from edge.store.files import journals
from edge.store.salvage import Lost, Salvage
from sync.wire.verify import FORMAT, AnyLine, Header, Pruned, Recorded, Signed, Unreadable


def exported(files: BoxFiles, box_key: str, hr_key: str, receipts: Iterable[Signed]) -> Iterator[AnyLine]:
    """The lines of an export but for its end. A page that cannot be read costs its rows and no others."""
    yield Header(FORMAT, files.config.box.name, box_key, hr_key)
    by_epoch: dict[int, list[Signed]] = {}
    for receipt in receipts:
        by_epoch.setdefault(receipt.epoch, []).append(receipt)
    here = journals(files.journal)
    for epoch in sorted({*here, *by_epoch}):
        signed = by_epoch.get(epoch, [])
        yield from signed
        if epoch in here:
            with contextlib.closing(Salvage(here[epoch], files.key(), files.config.box.name)) as salvage:
                yield from _journal(epoch, salvage, max((each.seq for each in signed), default=0))


def _journal(epoch: int, salvage: Salvage, expected: int) -> Iterator[AnyLine]:
    first = 1
    for seal in salvage.seals():
        yield Pruned(epoch, seal.first, seal.last, seal.first_hash, seal.last_hash)
        first = seal.last + 1
    for each in salvage.facts(first, expected):
        yield Unreadable(epoch, each.first, each.last, each.why) if isinstance(each, Lost) else Recorded(each)
